// What the decreed order of summation costs, beside what the machine can do. One
// process, one array that was written before, rounds in which every contender has
// its turn, and medians: reading loops (the best is the limit), the gradient of
// the widest table, the same gradient with parts of the decree taken away, and the
// peak of multiply-adds; on one thread and on all. Flags: --rows N, --columns N,
// --threads N, --rounds N, --set NAME, and --limit for limit and peak as JSON.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "core/cpu_budget.h"
#include "core/linear.h"
#include "core/row_tree.h"
#include "core/thread_pool.h"
#include "kernels/select.h"
#include "machine.h"

namespace gradus::bench {
namespace {

struct Settings {
  size_t rows = 1'000'000, columns = 100;
  int threads = cpu_budget().threads, rounds = 9;
  bool limit = false;
  const char* set = available_kernels()[available_kernels().size() - 1].name;
};

enum class Kind { kRead, kGradient, kPeak };

struct Contender {
  Kind kind;
  int threads;
  std::string name;
  double work;  // bytes or operations of one run
  std::function<double()> run;
  std::vector<double> seconds{};

  double rate() const {
    std::vector<double> sorted = seconds;
    std::sort(sorted.begin(), sorted.end());
    const size_t middle = sorted.size() / 2;
    return work / (sorted.size() % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2);
  }
};

struct Problem {
  LinearProblem linear;
  std::vector<double> theta;

  const double* x() const { return static_cast<const double*>(linear.rows.x); }
  size_t values() const { return linear.rows.rows * linear.rows.columns; }
  double bytes() const { return 8.0 * static_cast<double>(values()); }
};

// The gradient without leaves and tree: one running sum a thread. out as in
// linear_gradient, without an intercept.
void running_gradient(const Kernels& kernels, const Problem& problem, int threads, double* out) {
  const LinearProblem& linear = problem.linear;
  const size_t d = linear.rows.columns, rows = linear.rows.rows, chunk = chunk_rows(d), block = 8 * kLeafRows;
  const size_t stride = (d + 2 * kLanes) / kLanes * kLanes;
  const Doubles sums = allocate_doubles(stride * threads);
  std::fill_n(sums.get(), stride * threads, 0.0);
  std::atomic<size_t> next{0};
  auto body = [&](size_t thread) noexcept {
    double* const sum = sums.get() + thread * stride;
    double eta[128], derivative[128], weight[kLanes] = {};
    LossSums losses{};
    for (size_t first = next.fetch_add(block); first < rows; first = next.fetch_add(block)) {
      const size_t last = std::min(first + block, rows);
      for (size_t r = first; r < last; r += chunk) {
        const size_t n = std::min(chunk, last - r);
        const double* z = problem.x() + r * d;
        kernels.linear(z, d, n, d, problem.theta.data(), eta);
        kernels.loss[0](n, eta, linear.y + r, nullptr, 0, derivative, nullptr, &losses);
        kernels.accumulate(z, d, n, d, derivative, sum);
        add_weights(nullptr, n, weight);
      }
    }
    sum[d] = sum_lanes(losses.loss);
    sum[d + 1] = sum_lanes(weight);
  };
  parallel_for(threads, threads, body);
  std::copy_n(sums.get(), d + 2, out);
  for (int t = 1; t < threads; ++t) kernels.add(sums.get() + t * stride, out, d + 2);
}

void add_limits(const Problem& problem, int threads, std::vector<Contender>* all) {
  constexpr size_t kRounds = 1 << 20;
  const size_t n = problem.values(), block = 8 * kLeafRows * problem.linear.rows.columns;
  for (const Loops& loops : usable_loops()) {
    for (const ReadLoop& loop : loops.reads) {
      const std::string ahead = loop.prefetch ? std::to_string(loop.prefetch) + " bytes ahead" : "no prefetch";
      all->push_back({Kind::kRead, threads,
                      std::string("read, ") + loops.name + ", " + std::to_string(loop.accumulators) + " sums, " + ahead,
                      8.0 * n,
                      [&problem, loop, n, block, threads] { return read_all(loop, problem.x(), n, block, threads); }});
    }
    all->push_back({Kind::kPeak, threads, std::string("multiply-adds, ") + loops.name,
                    1.0 * loops.operations_per_round * kRounds * threads,
                    [loops, threads] { return multiply_adds(loops, kRounds, threads); }});
  }
}

// The gradient as it is, and with its order set free one freedom at a time.
void add_gradients(const Problem& problem, const Kernels& decreed, int threads, std::vector<Contender>* all) {
  const std::vector<Loops> loops = usable_loops();
  const auto same = std::find_if(loops.begin(), loops.end(),
                                 [&](const Loops& each) { return std::strcmp(each.name, decreed.name) == 0; });
  const Loops& own = same == loops.end() ? loops.front() : *same;
  Kernels rows = decreed, columns = decreed, both = decreed;
  rows.linear = both.linear = own.linear;
  columns.accumulate = both.accumulate = own.accumulate;
  const auto add = [&](const char* name, const Kernels& kernels, bool tree) {
    const auto run = [&problem, kernels, threads, tree] {
      std::vector<double> out(problem.theta.size() + 2);
      if (tree) {
        Control control;
        control.threads = threads;
        linear_gradient(kernels, problem.linear, problem.theta.data(), control, out.data());
      } else {
        running_gradient(kernels, problem, threads, out.data());
      }
      double sum = 0;
      for (const double value : out) sum += std::fabs(value);
      return sum;
    };
    all->push_back({Kind::kGradient, threads, name, problem.bytes(), run});
  };
  add("gradient as decreed", decreed, true);
  add("  several sums a row", rows, true);
  add("  several chains a column", columns, true);
  add("  no leaves and no tree", decreed, false);
  add("  all three", both, false);
}

// A warm-up round, then the rounds that count. Short work is repeated until it
// takes about as long as reading 64 MB. False when two gradients disagree.
bool measure(std::vector<Contender>* all, int rounds) {
  using Clock = std::chrono::steady_clock;
  double gradient = 0;
  for (int round = 0; round <= rounds; ++round) {
    for (Contender& contender : *all) {
      const int repeats = contender.kind == Kind::kPeak ? 1 : std::max(1, static_cast<int>(64e6 / contender.work));
      double value = 0;
      const Clock::time_point start = Clock::now();
      for (int i = 0; i < repeats; ++i) value = contender.run();
      const double seconds = std::chrono::duration<double>(Clock::now() - start).count() / repeats;
      if (contender.kind == Kind::kGradient) {
        if (gradient == 0) gradient = value;
        if (!(std::fabs(value - gradient) <= 1e-9 * gradient)) {
          std::fprintf(stderr, "%s: %.17g is not %.17g\n", contender.name.c_str(), value, gradient);
          return false;
        }
      }
      if (round > 0) contender.seconds.push_back(seconds);
    }
  }
  return true;
}

const Contender& best(const std::vector<Contender>& all, Kind kind, int threads) {
  const Contender* found = nullptr;
  for (const Contender& contender : all) {
    if (contender.kind == kind && contender.threads == threads && (!found || contender.rate() > found->rate()))
      found = &contender;
  }
  return *found;
}

void print_table(const std::vector<Contender>& all, int threads) {
  const double limit = best(all, Kind::kRead, threads).rate();
  double decreed = 0;
  std::printf("\n%-42s %8s %9s  %s\n", (std::to_string(threads) + (threads == 1 ? " thread" : " threads")).c_str(),
              "GB/s", "of limit", "speed against decreed");
  const auto line = [limit](const Contender& contender) {
    std::printf("%-42s %8.1f %7.1f %%", contender.name.c_str(), contender.rate() / 1e9, 100 * contender.rate() / limit);
  };
  line(best(all, Kind::kRead, threads));
  std::printf("\n");
  for (const Contender& contender : all) {
    if (contender.kind != Kind::kGradient || contender.threads != threads) continue;
    line(contender);
    if (decreed == 0) decreed = contender.rate();
    std::printf("  %.3f\n", contender.rate() / decreed);
  }
  const Contender& peak = best(all, Kind::kPeak, threads);
  std::printf("%-42s %8.1f GFLOP/s\n", peak.name.c_str(), peak.rate() / 1e9);
  if (peak.rate() < 0.75 * threads * best(all, Kind::kPeak, 1).rate()) {
    std::printf("The threads did not get %d processors: something else is running, measure again.\n", threads);
  }
}

bool parse(int count, char** words, Settings* settings) {
  for (int i = 1; i < count; ++i) {
    if (std::strcmp(words[i], "--limit") == 0) {
      settings->limit = true;
      continue;
    }
    if (i + 1 == count) return false;
    if (std::strcmp(words[i], "--set") == 0) {
      settings->set = words[++i];
      continue;
    }
    const long number = std::atol(words[i + 1]);
    if (number <= 0) return false;
    if (std::strcmp(words[i], "--rows") == 0) {
      settings->rows = number;
    } else if (std::strcmp(words[i], "--columns") == 0) {
      settings->columns = number;
    } else if (std::strcmp(words[i], "--threads") == 0) {
      settings->threads = static_cast<int>(number);
    } else if (std::strcmp(words[i], "--rounds") == 0) {
      settings->rounds = static_cast<int>(number);
    } else {
      return false;
    }
    ++i;
  }
  return true;
}

int run(const Settings& settings) {
  const size_t rows = settings.rows, columns = settings.columns;
  const Kernels* const decreed = find_kernels(settings.set);
  if (usable_loops().empty() || !decreed) {
    std::fprintf(stderr, "the bandwidth benchmark needs AVX2, and a set this machine can run\n");
    return 1;
  }
  const Doubles x = allocate_written(rows * columns, 1), y = allocate_written(rows, 2);
  if (!x || !y) {
    std::fprintf(stderr, "not enough memory for %zu x %zu\n", rows, columns);
    return 1;
  }
  give_way();
  Problem problem;
  problem.linear.rows.x = x.get();
  problem.linear.rows.columns = columns;
  problem.linear.rows.rows = rows;
  problem.linear.y = y.get();
  for (size_t j = 0; j < columns; ++j) problem.theta.push_back(1.0 / static_cast<double>(j + 1));

  std::vector<int> counts{1};
  if (settings.threads > 1) counts.push_back(settings.threads);
  std::vector<Contender> all;
  for (const int threads : counts) {
    add_limits(problem, threads, &all);
    if (!settings.limit) add_gradients(problem, *decreed, threads, &all);
  }
  if (!measure(&all, settings.rounds)) return 1;
  if (settings.limit) {
    for (const int threads : counts) {
      std::printf("%c{\"threads\": %d, \"bytesPerSecond\": %.4g, \"operationsPerSecond\": %.4g}",
                  threads == counts.front() ? '[' : ',', threads, best(all, Kind::kRead, threads).rate(),
                  best(all, Kind::kPeak, threads).rate());
    }
    std::printf("]\n");
    return 0;
  }
  std::printf("%s, %zu x %zu float64 (%.1f MB), medians of %d rounds\n", decreed->name, rows, columns,
              problem.bytes() / 1e6, settings.rounds);
  for (const int threads : counts) print_table(all, threads);
  return 0;
}

}  // namespace
}  // namespace gradus::bench

int main(int count, char** words) {
  gradus::bench::Settings settings;
  if (!gradus::bench::parse(count, words, &settings)) {
    std::fprintf(stderr,
                 "usage: bandwidth [--rows N] [--columns N] [--threads N] [--rounds N] [--set NAME] [--limit]\n");
    return 2;
  }
  return gradus::bench::run(settings);
}
