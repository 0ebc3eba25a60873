// Triangular systems by strips of 16 columns of the right-hand sides, in groups
// that share what is read of L. A group is a task. Transposing L is reading it
// from its last element with negative strides, so both directions are one loop.
// The inverse is transpose(W) W with W = L^-1, which is solved from the columns
// of the identity below their leading zeros.
#include "core/triangular.h"

#include <algorithm>
#include <atomic>

#include "core/scratch.h"
#include "core/thread_pool.h"

namespace gradus {
namespace {

constexpr size_t kRows = 128;       // of L at a time, and its columns: 128 kB
constexpr size_t kGroupStrips = 4;  // so that a block of L is read for 64 right-hand sides
constexpr size_t kSmallWork = 4000000;

int threads_for(size_t work, int threads) noexcept { return work < kSmallWork ? 1 : threads; }

// A triangle as `substitute` and `subtract_product` read it, and its unknowns in strips.
struct Triangle {
  const double* l;
  ptrdiff_t l_row, l_column;
  const double* reciprocal;  // of the pivots, in the order of the unknowns
  ptrdiff_t x_row;
};

// Solves for n unknowns in strips that are `stride` apart.
void substitute_strips(const Kernels& kernels, const Triangle& t, size_t n, double* x, size_t strips,
                       size_t stride) noexcept {
  for (size_t row = 0; row < n; row += kRows) {
    const size_t rows = std::min(kRows, n - row);
    const auto i = static_cast<ptrdiff_t>(row);
    for (size_t column = 0; column < row; column += kRows) {
      const auto k = static_cast<ptrdiff_t>(column);
      for (size_t s = 0; s < strips; ++s) {
        double* const at = x + s * stride;
        kernels.subtract_product(rows, kStrip, kRows, t.l + i * t.l_row + k * t.l_column, t.l_row, t.l_column,
                                 at + k * t.x_row, t.x_row, at + i * t.x_row, t.x_row, kStrip);
      }
    }
    for (size_t s = 0; s < strips; ++s) {
      double* const at = x + s * stride + i * t.x_row;
      kernels.substitute(0, rows, kStrip, t.l + i * (t.l_row + t.l_column), t.l_row, t.l_column, t.reciprocal + row, at,
                         t.x_row, at, t.x_row);
    }
  }
}

// The reciprocals of the pivots, and again from the last.
Doubles reciprocals(const double* l, size_t n) noexcept {
  Doubles r = allocate_doubles(2 * n);
  for (size_t i = 0; r && i < n; ++i) r[i] = r[2 * n - 1 - i] = 1 / l[i * n + i];
  return r;
}

// L x = b from row `first` on.
Triangle lower(const double* l, size_t n, const double* reciprocal, size_t first) noexcept {
  return {l + first * (n + 1), static_cast<ptrdiff_t>(n), 1, reciprocal + first, kStrip};
}

// Columns first .. first+kGroupStrips*kStrip of W, from row `first` on, in strips of n - first rows.
void inverse_columns(const Kernels& kernels, const double* l, size_t n, const double* reciprocal, size_t first,
                     size_t strips, double* w) noexcept {
  const size_t stride = (n - first) * kStrip;
  std::fill_n(w, strips * stride, 0.0);
  for (size_t j = 0; j < strips * kStrip && first + j < n; ++j) w[j / kStrip * stride + j * kStrip + j % kStrip] = 1;
  substitute_strips(kernels, lower(l, n, reciprocal, first), n - first, w, strips, stride);
}

// W in groups of strips, and its product with itself.
class Inverse {
 public:
  Inverse(const Kernels& kernels, size_t n, double* out) noexcept : kernels_(kernels), n_(n), out_(out) {}

  bool run(const double* l, int threads) noexcept {
    const size_t strips = (n_ + kStrip - 1) / kStrip;
    const Doubles reciprocal = reciprocals(l, n_);
    w_ = allocate_doubles(strips * n_ * kStrip);
    if (!reciprocal || !w_) return false;
    auto solve = [&](size_t group) noexcept {
      const size_t strip = group * kGroupStrips;
      inverse_columns(kernels_, l, n_, reciprocal.get(), strip * kStrip, std::min(kGroupStrips, strips - strip),
                      w_.get() + strip * n_ * kStrip);
    };
    parallel_for((strips + kGroupStrips - 1) / kGroupStrips, threads, solve);
    auto multiply = [this](size_t strip) noexcept { multiply_strip(strip * kStrip); };
    parallel_for(strips, threads, multiply);
    return true;
  }

 private:
  // Row k of W in the strip that begins with column j.
  const double* row(size_t j, size_t k) const noexcept {
    const size_t group = j / (kGroupStrips * kStrip), first = group * kGroupStrips * kStrip;
    return w_.get() + first * n_ + ((j - first) / kStrip * (n_ - first) + k - first) * kStrip;
  }

  // Columns j .. j+kStrip of the lower triangle, then their mirror image. The chains subtract, so the sign changes
  // last.
  void multiply_strip(size_t j) const noexcept {
    const size_t width = std::min(kStrip, n_ - j);
    const auto n = static_cast<ptrdiff_t>(n_);
    for (size_t i = j; i < n_; ++i) std::fill_n(out_ + i * n_ + j, std::min(width, i - j + 1), 0.0);
    for (size_t k = j / kRows * kRows; k < n_; k += kRows) {
      const size_t end = std::min(k + kRows, n_);
      for (size_t i = j; i < end; i += kStrip) {
        const size_t from = std::max(k, i);
        kernels_.subtract_product(std::min(kStrip, n_ - i), width, end - from, row(i, from), 1, kStrip, row(j, from),
                                  kStrip, out_ + i * n_ + j, n, i - j + 1);
      }
    }
    for (size_t i = j; i < n_; ++i) {
      for (size_t c = j; c < std::min(j + width, i + 1); ++c) {
        out_[i * n_ + c] = 0 - out_[i * n_ + c];
        if (i < j + width) out_[c * n_ + i] = out_[i * n_ + c];
      }
    }
    const size_t below = j + width;
    kernels_.transpose(n_ - below, width, out_ + below * n_ + j, n_, out_ + j * n_ + below, n_);
  }

  const Kernels& kernels_;
  const size_t n_;
  double* const out_;
  Doubles w_;
};

}  // namespace

void cholesky_solve(const Kernels& kernels, const double* l, size_t n, double* b) noexcept {
  for (size_t i = 0; i < n; ++i) b[i] = (b[i] - kernels.dot(l + i * n, b, i)) * (1 / l[i * n + i]);
  for (size_t i = n; i-- > 0;) {
    b[i] *= 1 / l[i * n + i];
    kernels.axpy(-b[i], l + i * n, b, i);
  }
}

bool cholesky_solve_columns(const Kernels& kernels, const double* l, size_t n, double* b, size_t m,
                            int threads) noexcept {
  if (n == 0 || m == 0) return true;
  const Doubles reciprocal = reciprocals(l, n);
  if (!reciprocal) return false;
  const Triangle forward = lower(l, n, reciprocal.get(), 0);
  const Triangle backward{l + n * n - 1, -1, -static_cast<ptrdiff_t>(n), reciprocal.get() + n,
                          -static_cast<ptrdiff_t>(kStrip)};
  const int useful = threads_for(n * n * m, threads);
  const size_t all = (m + kStrip - 1) / kStrip, stride = n * kStrip;
  const size_t each = std::clamp<size_t>(all / static_cast<size_t>(std::max(useful, 1)), 1, kGroupStrips);
  ScratchPool pool(each * stride);
  std::atomic<bool> failed{false};
  auto body = [&](size_t group) noexcept {
    const size_t first = group * each, strips = std::min(each, all - first);
    Doubles memory = pool.take();
    if (!memory) return failed.store(true, std::memory_order_relaxed);
    double* const x = memory.get();
    for (size_t s = 0; s < strips; ++s) {
      const size_t column = (first + s) * kStrip, width = std::min(kStrip, m - column);
      if (width < kStrip) std::fill_n(x + s * stride, stride, 0.0);
      for (size_t i = 0; i < n; ++i) std::copy_n(b + i * m + column, width, x + s * stride + i * kStrip);
    }
    substitute_strips(kernels, forward, n, x, strips, stride);
    substitute_strips(kernels, backward, n, x + (n - 1) * kStrip, strips, stride);
    for (size_t s = 0; s < strips; ++s) {
      const size_t column = (first + s) * kStrip, width = std::min(kStrip, m - column);
      for (size_t i = 0; i < n; ++i) std::copy_n(x + s * stride + i * kStrip, width, b + i * m + column);
    }
    pool.give(std::move(memory));
  };
  parallel_for((all + each - 1) / each, useful, body);
  return !failed.load(std::memory_order_relaxed);
}

bool cholesky_inverse(const Kernels& kernels, const double* l, size_t n, double* out, int threads) noexcept {
  return n == 0 || Inverse(kernels, n, out).run(l, threads_for(n * n * n, threads));
}

bool cholesky_inverse_diagonal(const Kernels& kernels, const double* l, size_t n, double* out, int threads) noexcept {
  if (n == 0) return true;
  const Doubles reciprocal = reciprocals(l, n);
  if (!reciprocal) return false;
  constexpr size_t kColumns = kGroupStrips * kStrip;
  ScratchPool pool(round_up(n, kStrip) * kColumns);
  std::atomic<bool> failed{false};
  auto body = [&](size_t group) noexcept {
    const size_t first = group * kColumns, strips = (std::min(kColumns, n - first) + kStrip - 1) / kStrip;
    Doubles w = pool.take();
    if (!w) return failed.store(true, std::memory_order_relaxed);
    inverse_columns(kernels, l, n, reciprocal.get(), first, strips, w.get());
    for (size_t s = 0; s < strips; ++s) {
      const size_t column = first + s * kStrip, width = std::min(kStrip, n - column);
      std::fill_n(out + column, width, 0.0);
      kernels.accumulate_squares(w.get() + s * (n - first) * kStrip, kStrip, n - first, width, nullptr, out + column);
    }
    pool.give(std::move(w));
  };
  parallel_for((n + kColumns - 1) / kColumns, threads_for(n * n * n / 3, threads), body);
  return !failed.load(std::memory_order_relaxed);
}

}  // namespace gradus
