// P A transpose(P) = L D transpose(L) with bounded L (|l| < 2.79) by rook pivoting
// (Bunch and Kaufman 1977; Ashcraft, Grimes and Lewis 1998), D of blocks of one
// and two rows; then eigenvalues of D below delta = 2^-26 |A| are replaced, as
// Cheng and Higham do (SIAM J. Matrix Anal. Appl. 19, 1998). They take delta;
// we take max(|eigenvalue|, delta), since a Newton step along negative curvature
// should be about as long as the curvature is small, and not 2^26 times that.
// A matrix whose D is above delta is left as it is.
#include "core/modified_cholesky.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <new>
#include <utility>

#include "core/condition.h"
#include "core/scratch.h"

namespace gradus {
namespace {

// (1 + sqrt 17) / 8 bounds the growth of one step with two rows by that of two with one.
constexpr double kPivotShare = 0.6403882032022076;

class Factors {
 public:
  Factors(const Kernels& kernels, double* a, size_t n, double* memory, size_t* order) noexcept
      : kernels_(kernels), a_(a), n_(n), d_(memory), cosine_(d_ + n), sine_(cosine_ + n), v_(sine_ + n), order_(order) {
    for (size_t i = 0; i < n; ++i) order_[i] = i;
    std::fill_n(sine_, n, 0.0);
    std::fill_n(cosine_, n, 0.0);
  }

  void factor() noexcept {
    for (size_t k = 0; k < n_;) {
      const Pivot pivot = choose(k);
      exchange(k, pivot.first);
      if (pivot.rows == 2) exchange(k + 1, pivot.second);
      if (pivot.rows == 2) {
        eliminate_two(k);
      } else {
        eliminate_one(k);
      }
      k += pivot.rows;
    }
  }

  void modify(double norm, ModifiedCholesky* result) noexcept {
    const double least = norm > 0 ? std::ldexp(norm, -26) : 1;
    const double zero = static_cast<double>(n_) * std::numeric_limits<double>::epsilon() * norm;
    *result = {0, 0, 0};
    for (size_t k = 0; k < n_; ++k) {
      const double value = d_[k], size = std::fabs(value), wanted = std::max(size, least);
      if (size <= zero) {
        ++result->zero;
      } else if (value < 0) {
        ++result->negative;
      }
      if (wanted == value) continue;
      // E = (wanted - value) u transpose(u), u the column of L, or the combination of two, that belongs to the value.
      const size_t first = k > 0 && cosine_[k - 1] != 0 ? k - 1 : k;
      const bool pair = cosine_[first] != 0;
      const double left = !pair ? 1 : first == k ? cosine_[k] : sine_[first];
      const double right = !pair ? 0 : first == k ? -sine_[k] : cosine_[first];
      double squares = 1;
      for (size_t i = first + (pair ? 2 : 1); i < n_; ++i) {
        const double* const l = a_ + i * n_ + first;
        const double u = pair ? l[0] * left + l[1] * right : l[0];
        squares += u * u;
      }
      result->modification += (wanted - value) * squares;
      d_[k] = wanted;
    }
  }

  void solve(double* b) const noexcept {
    double* const y = v_;
    for (size_t i = 0; i < n_; ++i) y[i] = b[order_[i]] - kernels_.dot(a_ + i * n_, y, i);
    for (size_t k = 0; k < n_; ++k) {
      if (cosine_[k] == 0) {
        y[k] /= d_[k];
        continue;
      }
      const double c = cosine_[k], s = sine_[k];
      const double first = (c * y[k] - s * y[k + 1]) / d_[k], second = (s * y[k] + c * y[k + 1]) / d_[k + 1];
      y[k] = c * first + s * second;
      y[k + 1] = c * second - s * first;
      ++k;
    }
    for (size_t i = n_; i-- > 0;) kernels_.axpy(-y[i], a_ + i * n_, y, i);
    for (size_t i = 0; i < n_; ++i) b[order_[i]] = y[i];
  }

 private:
  struct Pivot {
    size_t rows, first, second;
  };

  double size(size_t i, size_t j) const noexcept { return std::fabs(i > j ? a_[i * n_ + j] : a_[j * n_ + i]); }

  // The largest element of row i beside the diagonal, of those not eliminated.
  double largest_beside(size_t i, size_t k, size_t* at) const noexcept {
    double most = 0;
    for (size_t j = k; j < n_; ++j) {
      if (j == i || !(size(i, j) > most)) continue;
      most = size(i, j);
      *at = j;
    }
    return most;
  }

  // Rook pivoting: a diagonal element large in its row, or a pair whose element is the largest in both rows. It ends,
  // since each further step needs a larger element.
  Pivot choose(size_t k) const noexcept {
    size_t p = k, q = k;
    double most = largest_beside(k, k, &q);
    if (!(most > 0) || size(k, k) >= kPivotShare * most) return {1, k, k};
    while (true) {
      size_t next = q;
      const double beside = largest_beside(q, k, &next);
      if (size(q, q) >= kPivotShare * beside) return {1, q, q};
      if (!(beside > most)) return {2, p, q};
      p = q;
      q = next;
      most = beside;
    }
  }

  // Exchanges rows and columns i <= j, with what is already of L.
  void exchange(size_t i, size_t j) noexcept {
    if (i == j) return;
    double *const upper = a_ + i * n_, *const lower = a_ + j * n_;
    std::swap_ranges(upper, upper + i, lower);
    for (size_t m = i + 1; m < j; ++m) std::swap(a_[m * n_ + i], lower[m]);
    for (size_t m = j + 1; m < n_; ++m) std::swap(a_[m * n_ + i], a_[m * n_ + j]);
    std::swap(upper[i], lower[j]);
    std::swap(order_[i], order_[j]);
  }

  void eliminate_one(size_t k) noexcept {
    d_[k] = a_[k * n_ + k];
    if (d_[k] == 0) return;  // and so is the column
    for (size_t i = k + 1; i < n_; ++i) {
      double* const row = a_ + i * n_;
      v_[i] = row[k];
      row[k] /= d_[k];
      kernels_.axpy(-row[k], v_ + k + 1, row + k + 1, i - k);
    }
  }

  void eliminate_two(size_t k) noexcept {
    double *const v = v_, *const w = v_ + n_;
    const double a = a_[k * n_ + k], c = a_[(k + 1) * n_ + k], b = a_[(k + 1) * n_ + k + 1];
    a_[(k + 1) * n_ + k] = 0;
    const double p = b / c, q = a / c, t = 1 / (p * q - 1) / c;
    for (size_t i = k + 2; i < n_; ++i) {
      double* const row = a_ + i * n_;
      v[i] = row[k];
      w[i] = row[k + 1];
      row[k] = t * (p * v[i] - w[i]);
      row[k + 1] = t * (q * w[i] - v[i]);
      kernels_.axpy(-row[k], v + k + 2, row + k + 2, i - k - 1);
      kernels_.axpy(-row[k + 1], w + k + 2, row + k + 2, i - k - 1);
    }
    // The block's eigenvalues by one rotation (Jacobi): vectors (cosine, -sine) and (sine, cosine).
    const double theta = (b - a) / (2 * c);
    const double tangent = (theta < 0 ? -1 : 1) / (std::fabs(theta) + std::sqrt(theta * theta + 1));
    cosine_[k] = 1 / std::sqrt(tangent * tangent + 1);
    sine_[k] = tangent * cosine_[k];
    d_[k] = a - tangent * c;
    d_[k + 1] = b + tangent * c;
  }

  const Kernels& kernels_;
  double* const a_;
  const size_t n_;
  // Eigenvalues of D; the rotation of a block of two in its first place, 0 elsewhere.
  double *const d_, *const cosine_, *const sine_, *const v_;
  size_t* const order_;  // which row of A is where
};

}  // namespace

bool modified_cholesky(const Kernels& kernels, double* a, size_t n, double* b, ModifiedCholesky* result) noexcept {
  double norm;
  const Doubles memory = allocate_doubles(5 * n);
  const std::unique_ptr<size_t[]> order(new (std::nothrow) size_t[n + 1]);
  if (!memory || !order || !symmetric_norm(a, n, &norm)) return false;
  if (!std::isfinite(norm)) {
    *result = {std::nan(""), 0, 0};
    std::fill_n(b, n, std::nan(""));
    return true;
  }
  Factors factors(kernels, a, n, memory.get(), order.get());
  factors.factor();
  factors.modify(norm, result);
  factors.solve(b);
  return true;
}

}  // namespace gradus
