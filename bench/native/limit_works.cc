// The limits as works: reading an array, and multiplying and adding in registers.

#include <cmath>
#include <cstdlib>
#include <memory>

#include "kernels/select.h"
#include "machine.h"
#include "works.h"

namespace gradus::bench {
namespace {

// 1 MB: so small that threads end together, so large that handing it out costs nothing.
constexpr size_t kReadBlock = size_t{1} << 17;

std::string name_of(const Loops& loops, const ReadLoop& loop) {
  return std::string(loops.name) + "/" + std::to_string(loop.accumulators) + "/" + std::to_string(loop.prefetch);
}

}  // namespace

Work read_work(std::shared_ptr<const void> owner, const double* x, size_t n) {
  Work work;
  const std::vector<Loops> all = usable_loops();
  for (const Loops& loops : all) {
    for (const ReadLoop& loop : loops.reads) work.variants.push_back(name_of(loops, loop));
  }
  work.make = [owner, x, n, all](const std::string& variant, int threads) {
    Run run;
    for (const Loops& loops : all) {
      for (const ReadLoop& loop : loops.reads) {
        if (name_of(loops, loop) != variant) continue;
        run.once = [owner, x, n, loop, threads] { return !std::isnan(read_all(loop, x, n, kReadBlock, threads)); };
      }
    }
    return run;
  };
  return work;
}

Work multiply_add_work() {
  Work work;
  const std::vector<Loops> all = usable_loops();
  for (const Loops& loops : all) work.variants.push_back(loops.name);
  work.make = [all](const std::string& variant, int threads) {
    Run run;
    for (const Loops& loops : all) {
      if (loops.name != variant) continue;
      const size_t rounds = static_cast<size_t>(kPeakOperations) / loops.operations_per_round;
      run.once = [loops, rounds, threads] { return !std::isnan(multiply_adds(loops, rounds, threads)); };
    }
    return run;
  };
  return work;
}

std::vector<std::string> set_names() {
  std::vector<std::string> names;
  for (const Kernels* kernels : available_kernels()) names.push_back(kernels->name);
  return names;
}

size_t size_argument(const std::string& text) {
  const long long number = std::atoll(text.c_str());
  return number > 0 ? static_cast<size_t>(number) : 0;
}

}  // namespace gradus::bench
