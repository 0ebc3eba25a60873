// Blocked Cholesky on several threads. A block of columns is copied transposed
// into strips, factored and solved there, and copied back; the rows below then
// subtract the products with it. Tasks are rows of blocks, taken in an order in
// which what a task waits for was always taken before it, so that no number of
// threads can come to a standstill. Every element is one chain over k in order.
#include "core/cholesky.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <memory>
#include <thread>

#include "core/kept_memory.h"
#include "core/thread_pool.h"
#include "core/triangular.h"

namespace gradus {
namespace {

// Columns of a block, and rows of a task: multiples of kStrip. Deep blocks pass over the rest of the matrix less often;
// shallow ones keep their strips in the first cache and leave more tasks. Found on avx512 and avx2, 32 KB of L1 and up.
constexpr size_t kMostColumns = 120;
size_t block_size(size_t n) noexcept { return n <= 160 ? 48 : n <= 768 ? 72 : kMostColumns; }

// Multiply-adds up to which one thread does it all, n = 320. A second thread that is still looking around pays from 250
// on (a sixth at 300 on avx512, a third on avx2), one that must be woken from 350. Find it again when the pool changes.
constexpr size_t kSmallFactor = 5500000;

// Steps whose strips may be in use at once: two that a thread reads and writes, one that others still read.
constexpr size_t kBuffers = 3;

class Factorization {
 public:
  Factorization(const Kernels& kernels, double* a, size_t n, const Control* control) noexcept
      : kernels_(kernels), a_(a), n_(n), control_(control), size_(block_size(n)), blocks_((n + size_ - 1) / size_) {}

  ptrdiff_t run() noexcept {
    const size_t depth = std::min(size_, n_), strips = (n_ + kStrip - 1) / kStrip;
    buffer_ = strips * kStrip * depth;
    const KeptDoubles memory(kBuffers * buffer_ + 2 * n_);
    done_.reset(new (std::nothrow) std::atomic<size_t>[blocks_]);
    if (!memory || !done_) return kCholeskyNoMemory;
    strips_ = memory.get();
    for (size_t i = 0; i < blocks_; ++i) done_[i].store(0, std::memory_order_relaxed);
    reciprocal_ = strips_ + kBuffers * buffer_;
    threshold_ = reciprocal_ + n_;
    for (size_t j = 0; j < n_; ++j) {
      threshold_[j] = static_cast<double>(n_) * std::numeric_limits<double>::epsilon() * a_[j * n_ + j];
    }
    auto body = [this](size_t task) noexcept { run_task(task); };
    const int threads = control_ && n_ * n_ * n_ / 6 > kSmallFactor ? control_->threads : 1;
    parallel_for(blocks_ + blocks_ * (blocks_ - 1) / 2, threads, body);
    return outcome_.load(std::memory_order_relaxed);
  }

 private:
  size_t first(size_t block) const noexcept { return block * size_; }
  size_t rows(size_t block) const noexcept { return std::min(size_, n_ - first(block)); }
  double* at(size_t i, size_t j) const noexcept { return a_ + i * n_ + j; }
  // The transposed columns of step s: strips of kStrip rows of the matrix, `depth` numbers each.
  double* strip(size_t s, size_t row) const noexcept {
    return strips_ + s % kBuffers * buffer_ + row / kStrip * kStrip * rows(s);
  }

  // The first tasks are the first columns. Then step s has a task for every block row i > s, which subtracts the
  // products with block s and goes on to solve for block s + 1, still in its cache; in the first row that is the
  // diagonal block.
  void run_task(size_t task) noexcept {
    if (control_ && control_->aborted()) stop(kCholeskyAborted);
    if (task < blocks_) return finish(0, task);
    task -= blocks_;
    size_t s = 0;
    for (; task >= blocks_ - 1 - s; ++s) task -= blocks_ - 1 - s;
    const size_t i = s + 1 + task;
    if (update(s, i)) finish(s + 1, i);
  }

  // Block row i has been solved for s + 1 blocks and updated with s of them after 2 s + 1 such changes.
  bool wait(size_t i, size_t changes) const noexcept {
    for (size_t polls = 0; done_[i].load(std::memory_order_acquire) < changes; ++polls) {
      if (outcome_.load(std::memory_order_relaxed) != kCholeskyDone) return false;
      if (polls > 1000) std::this_thread::yield();
    }
    return outcome_.load(std::memory_order_relaxed) == kCholeskyDone;
  }
  void changed(size_t i, size_t changes) noexcept { done_[i].store(changes, std::memory_order_release); }
  void stop(ptrdiff_t outcome) noexcept {
    ptrdiff_t none = kCholeskyDone;
    outcome_.compare_exchange_strong(none, outcome, std::memory_order_relaxed);
  }

  // True when nobody reads any more what step s - kBuffers left in the strips of block row i.
  bool wait_for_strips(size_t s, size_t i) const noexcept {
    for (size_t q = i; s >= kBuffers && q < blocks_; ++q) {
      if (!wait(q, 2 * (s - kBuffers) + 2)) return false;
    }
    return true;
  }

  void finish(size_t s, size_t i) noexcept {
    if (!wait_for_strips(s, i)) return;
    if (i == s) {
      factor(s);
    } else if (wait(s, 2 * s + 1)) {
      solve(s, i);
    }
  }

  // Lanes of the strip that begins with that row: fewer at the end of the matrix.
  size_t lanes(size_t row) const noexcept { return std::min(kStrip, round_up(n_ - row, kLanes)); }

  // Copies columns of block s, from that row of the matrix on, to a strip.
  void load_strip(size_t s, size_t row, size_t columns, double* u) const noexcept {
    const size_t count = std::min(kStrip, n_ - row);
    if (count < kStrip) std::fill_n(u, rows(s) * kStrip, 0.0);
    kernels_.transpose(count, columns, at(row, first(s)), n_, u, kStrip);
  }

  // Diagonal block s, by eight columns at a time.
  void factor(size_t s) noexcept {
    const size_t begin = first(s), depth = rows(s), end = begin + depth;
    for (size_t row = begin; row < end; row += kStrip) {
      load_strip(s, row, std::min(depth, row - begin + kStrip), strip(s, row));
    }
    for (size_t c = 0; c < depth; c += kLanes) {
      const size_t columns = std::min(kLanes, depth - c), row = begin + c / kStrip * kStrip, lane = c % kStrip;
      double* const l = strip(s, row) + lane;
      double* const pivots = l + c * kStrip;
      kernels_.subtract_product(columns, kLanes, c, l, 1, kStrip, l, kStrip, pivots, kStrip, kLanes);
      const size_t good =
          kernels_.factor_block(columns, pivots, kStrip, threshold_ + begin + c, reciprocal_ + begin + c);
      if (good < columns) return stop(static_cast<ptrdiff_t>(begin + c + good));
      const auto substitute = [&](double* x, size_t width) {
        kernels_.substitute(c, columns, width, l, 1, kStrip, reciprocal_ + begin + c, x, kStrip, x, kStrip);
      };
      if (c + kLanes < depth) substitute(l + kLanes, lanes(row) - lane - kLanes);
      for (size_t below = row + kStrip; below < end; below += kStrip) substitute(strip(s, below), lanes(below));
    }
    for (size_t row = begin; row < end; row += kStrip) {
      const double* const u = strip(s, row);
      const size_t left = row - begin, count = std::min(kStrip, end - row);
      kernels_.transpose(left, count, u, kStrip, at(row, begin), n_);
      for (size_t i = 0; i < count; ++i) {
        for (size_t j = 0; j <= i; ++j) *at(row + i, row + j) = u[(left + j) * kStrip + i];
      }
    }
    changed(s, 2 * s + 1);
  }

  // The right-hand sides are in the first cache, and what comes out of it is written while the next is computed.
  void solve(size_t s, size_t i) noexcept {
    alignas(64) double rhs[kMostColumns * kStrip];
    const size_t begin = first(s), depth = rows(s), end = first(i) + rows(i);
    for (size_t row = first(i); row < end; row += kStrip) {
      load_strip(s, row, depth, rhs);
      double* const u = strip(s, row);
      for (size_t c = 0; c < depth; c += kStrip) {
        kernels_.substitute(c, std::min(kStrip, depth - c), lanes(row), strip(s, begin + c), 1, kStrip,
                            reciprocal_ + begin + c, rhs, kStrip, u, kStrip);
      }
      kernels_.transpose(depth, std::min(kStrip, end - row), u, kStrip, at(row, begin), n_);
    }
    changed(i, 2 * s + 1);
  }

  // Block row i, up to the diagonal, less the products of its block s with those above it.
  bool update(size_t s, size_t i) noexcept {
    for (size_t j = s + 1; j <= i; ++j) {
      if (!wait(j, 2 * s + 1)) return false;
    }
    const size_t top = first(i), end = top + rows(i);
    for (size_t column = first(s + 1); column < end; column += kStrip) {
      const size_t row = std::max(top, column);
      kernels_.subtract_product(end - row, std::min(kStrip, end - column), rows(s), at(row, first(s)),
                                static_cast<ptrdiff_t>(n_), 1, strip(s, column), kStrip, at(row, column),
                                static_cast<ptrdiff_t>(n_), row - column + 1);
    }
    changed(i, 2 * s + 2);
    return true;
  }

  const Kernels& kernels_;
  double* const a_;
  const size_t n_;
  const Control* const control_;
  const size_t size_, blocks_;
  size_t buffer_ = 0;
  double *strips_ = nullptr, *reciprocal_ = nullptr, *threshold_ = nullptr;
  std::unique_ptr<std::atomic<size_t>[]> done_;
  std::atomic<ptrdiff_t> outcome_{kCholeskyDone};
};

}  // namespace

double power_of_two_scale(double x) noexcept {
  if (!std::isnormal(x) || !(x > 0)) return 1;
  return std::ldexp(1.0, -(std::ilogb(x) >> 1));
}

ptrdiff_t cholesky(const Kernels& kernels, double* a, size_t n, const Control* control) noexcept {
  return n == 0 ? kCholeskyDone : Factorization(kernels, a, n, control).run();
}

bool solve_scaled(const Kernels& kernels, const double* gram, size_t n, double weight, const double* diagonal,
                  double shift, const double* rhs, Control& control, double* direction, SolveResult* result) noexcept {
  const KeptDoubles memory(n * n + 2 * n);
  if (!memory) return false;
  double* const a = memory.get();
  double* const scale = a + n * n;
  double* const b = scale + n;
  for (size_t i = 0; i < n; ++i) {
    if (control.aborted()) return false;
    for (size_t j = 0; j <= i; ++j) a[i * n + j] = gram[i * n + j] / weight;
    a[i * n + i] += diagonal[i];
    scale[i] = power_of_two_scale(a[i * n + i]);
    for (size_t j = 0; j <= i; ++j) a[i * n + j] = a[i * n + j] * scale[i] * scale[j];
    a[i * n + i] += shift;
    b[i] = -rhs[i] * scale[i];
  }
  const ptrdiff_t outcome = cholesky(kernels, a, n, &control);
  if (outcome < kCholeskyDone) return false;
  *result = {outcome, std::numeric_limits<double>::infinity()};
  if (outcome != kCholeskyDone) return true;
  cholesky_solve(kernels, a, n, b);
  double least = std::numeric_limits<double>::infinity(), most = 0;
  for (size_t i = 0; i < n; ++i) {
    least = std::min(least, a[i * n + i]);
    most = std::max(most, a[i * n + i]);
    direction[i] = b[i] * scale[i];
  }
  result->condition = n ? (most / least) * (most / least) : 1;
  return true;
}

}  // namespace gradus
