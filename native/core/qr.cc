// Reflections are dots and axpys of the table over the columns of a block.
#include "core/qr.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gradus {
namespace {

// What is left of a column whose block has less rank than columns shrinks by a factor ε from one reflection to the
// next, until 1 / (alpha v0) would overflow. Columns whose norm is near 1 lose nothing that small.
constexpr double kNoSquares = 0x1p-960;

// Takes one block into R. Column k: (R_kk, x) becomes (∓alpha, 0), with the sign
// that adds up in v0 = R_kk ± alpha; tau = 2 / (v0² + xᵀx) = 1 / (alpha |v0|).
bool factor_block(const Kernels& kernels, const BlockQr& qr, size_t first, const Control& control) noexcept {
  const size_t p = qr.columns, n = std::min(kLeafRows, qr.rows - first);
  double* const block = qr.block(first);
  double* const v0 = qr.v0(first);
  double* const tau = v0 + p;
  for (size_t k = 0; k < p; ++k) {
    if (control.aborted()) return false;
    const double* v = block + k * n;
    double* row = qr.r + k * p;
    const double squares = kernels.dot(v, v, n);
    v0[k] = tau[k] = 0;
    if (squares < kNoSquares) continue;
    const double alpha = std::copysign(std::sqrt(squares + row[k] * row[k]), row[k]);
    v0[k] = row[k] + alpha;
    tau[k] = 1 / (alpha * v0[k]);
    row[k] = -alpha;
    for (size_t j = k + 1; j < p; ++j) {
      const double t = tau[k] * (v0[k] * row[j] + kernels.dot(v, block + j * n, n));
      row[j] -= t * v0[k];
      kernels.axpy(-t, v, block + j * n, n);
    }
  }
  return true;
}

void reflect(const Kernels& kernels, const BlockQr& qr, size_t first, size_t k, double* top, double* x) noexcept {
  const size_t n = std::min(kLeafRows, qr.rows - first);
  const double *v = qr.block(first) + k * n, v0 = qr.v0(first)[k], tau = qr.v0(first)[qr.columns + k];
  const double t = tau * (v0 * top[k] + kernels.dot(v, x + first, n));
  top[k] -= t * v0;
  kernels.axpy(-t, v, x + first, n);
}

}  // namespace

bool qr_factor(const Kernels& kernels, const BlockQr& qr, const Control& control) noexcept {
  for (size_t first = 0; first < qr.rows; first += kLeafRows) {
    if (!factor_block(kernels, qr, first, control)) return false;
  }
  return !control.aborted();
}

bool qr_apply_transposed(const Kernels& kernels, const BlockQr& qr, double* top, double* x,
                         const Control& control) noexcept {
  for (size_t first = 0; first < qr.rows; first += kLeafRows) {
    if (control.aborted()) return false;
    for (size_t k = 0; k < qr.columns; ++k) reflect(kernels, qr, first, k, top, x);
  }
  return true;
}

bool qr_apply(const Kernels& kernels, const BlockQr& qr, double* top, double* x, const Control& control) noexcept {
  for (size_t end = (qr.rows + kLeafRows - 1) / kLeafRows; end-- > 0;) {
    if (control.aborted()) return false;
    for (size_t k = qr.columns; k-- > 0;) reflect(kernels, qr, end * kLeafRows, k, top, x);
  }
  return true;
}

void upper_solve(const Kernels& kernels, const double* r, size_t n, double* b) noexcept {
  for (size_t i = n; i-- > 0;) {
    b[i] = (b[i] - kernels.dot(r + i * n + i + 1, b + i + 1, n - i - 1)) / r[i * n + i];
  }
}

void upper_solve_transposed(const Kernels& kernels, const double* r, size_t n, double* b) noexcept {
  for (size_t i = 0; i < n; ++i) {
    b[i] /= r[i * n + i];
    kernels.axpy(-b[i], r + i * n + i + 1, b + i + 1, n - i - 1);
  }
}

bool upper_invert(const Kernels& kernels, const double* r, size_t n, const Control& control, double* inverse,
                  double* condition) noexcept {
  double norm = 0, inverse_norm = 0;
  bool finite = true;
  for (size_t j = 0; j < n; ++j) {
    if (control.aborted()) return false;
    double* const x = inverse + j * n;
    std::fill_n(x, n, 0.0);
    x[j] = 1 / r[j * n + j];
    for (size_t i = j; i-- > 0;) x[i] = -kernels.dot(r + i * n + i + 1, x + i + 1, j - i) / r[i * n + i];
    double sum = 0, inverse_sum = 0;
    for (size_t i = 0; i <= j; ++i) {
      sum += std::fabs(r[i * n + j]);
      inverse_sum += std::fabs(x[i]);
    }
    finite = finite && std::isfinite(sum) && std::isfinite(inverse_sum);
    norm = std::max(norm, sum);
    inverse_norm = std::max(inverse_norm, inverse_sum);
  }
  *condition = finite ? norm * inverse_norm : std::numeric_limits<double>::infinity();
  return true;
}

}  // namespace gradus
