#include "machine.h"

#include <algorithm>
#include <cstdio>

#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>
#endif

#include "core/thread_pool.h"
#include "kernels/select.h"

namespace gradus::bench {

Doubles allocate_pages(size_t n) {
  Doubles x = allocate_doubles(n);
#if defined(__linux__)
  if (!x) return x;
  constexpr uintptr_t kHugePage = uintptr_t{1} << 21;
  const uintptr_t first = (reinterpret_cast<uintptr_t>(x.get()) + kHugePage - 1) & ~(kHugePage - 1);
  const uintptr_t last = reinterpret_cast<uintptr_t>(x.get() + n) & ~(kHugePage - 1);
  if (last > first) madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
#endif
  return x;
}

Doubles allocate_written(size_t n, uint64_t seed) {
  Doubles x = allocate_pages(n);
  if (x) fill_random(x.get(), n, seed);
  return x;
}

void give_way() {
#if defined(__linux__)
  if (nice(19) == -1) std::fprintf(stderr, "could not lower the priority\n");
#endif
}

std::vector<Loops> usable_loops() {
  std::vector<Loops> all;
#if defined(__x86_64__) || defined(_M_X64)
  if (find_kernels("avx2")) all.push_back(avx2_loops());
  if (find_kernels("avx512")) all.push_back(avx512_loops());
#endif
  return all;
}

double read_all(const ReadLoop& loop, const double* x, size_t n, size_t block, int threads) {
  std::vector<double> sums((n + block - 1) / block);
  auto body = [&](size_t i) noexcept { sums[i] = loop.sum(x + i * block, std::min(block, n - i * block)); };
  parallel_for(sums.size(), threads, body);
  double sum = 0;
  for (const double each : sums) sum += each;
  return sum;
}

double multiply_adds(const Loops& loops, size_t rounds, int threads) {
  // Start values that the compiler cannot know, so that no two chains are one.
  static volatile double opaque = 1;
  double start[16];
  for (int i = 0; i < 16; ++i) start[i] = opaque / (i + 2);
  std::vector<double> sums(threads);
  auto body = [&](size_t i) noexcept { sums[i] = loops.multiply_adds(start, rounds); };
  parallel_for(sums.size(), threads, body);
  return sums[0];
}

}  // namespace gradus::bench
