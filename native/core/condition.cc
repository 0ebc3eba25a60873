// Hager's estimator as Higham improved it (ACM TOMS 14, 1988, algorithm 4.1;
// LAPACK's dlacn2): steepest ascent on the convex function |inverse x|_1 over the
// unit ball, whose maxima are unit vectors, and one vector against unlucky
// cancellation. Each step is a solution with the factor, which is symmetric here.
#include "core/condition.h"

#include <algorithm>
#include <cmath>

#include "core/scratch.h"
#include "core/triangular.h"

namespace gradus {
namespace {

constexpr int kMostSteps = 5;

double sum_of_sizes(const double* x, size_t n) noexcept {
  double sum = 0;
  for (size_t i = 0; i < n; ++i) sum += std::fabs(x[i]);
  return sum;
}

size_t largest(const double* x, size_t n) noexcept {
  size_t at = 0;
  for (size_t i = 1; i < n; ++i) {
    if (std::fabs(x[i]) > std::fabs(x[at])) at = i;
  }
  return at;
}

// signs = those of x; false when they were the same before.
bool take_signs(const double* x, size_t n, double* signs) noexcept {
  bool changed = false;
  for (size_t i = 0; i < n; ++i) {
    const double sign = x[i] >= 0 ? 1 : -1;
    changed = changed || sign != signs[i];
    signs[i] = sign;
  }
  return changed;
}

}  // namespace

bool symmetric_norm(const double* a, size_t n, double* norm) noexcept {
  const Doubles sums = allocate_doubles(n);
  if (!sums) return false;
  std::fill_n(sums.get(), n, 0.0);
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j <= i; ++j) {
      const double size = std::fabs(a[i * n + j]);
      sums[i] += size;
      if (j < i) sums[j] += size;
    }
  }
  *norm = 0;
  for (size_t i = 0; i < n; ++i) {
    if (sums[i] > *norm || std::isnan(sums[i])) *norm = sums[i];  // and NaN stays
  }
  return true;
}

bool condition_estimate(const Kernels& kernels, const double* l, size_t n, double norm, double* condition) noexcept {
  *condition = norm;
  if (n == 0) return true;
  const Doubles memory = allocate_doubles(2 * n);
  if (!memory) return false;
  double *const x = memory.get(), *const signs = x + n;
  std::fill_n(x, n, 1 / static_cast<double>(n));
  std::fill_n(signs, n, 0.0);
  cholesky_solve(kernels, l, n, x);
  double estimate = sum_of_sizes(x, n);
  take_signs(x, n, signs);
  std::copy_n(signs, n, x);
  cholesky_solve(kernels, l, n, x);
  size_t at = largest(x, n);
  for (int step = 1; step < kMostSteps; ++step) {
    std::fill_n(x, n, 0.0);
    x[at] = 1;
    cholesky_solve(kernels, l, n, x);
    const double before = estimate, now = sum_of_sizes(x, n);
    estimate = std::max(estimate, now);
    if (!take_signs(x, n, signs) || !(now > before)) break;
    std::copy_n(signs, n, x);
    cholesky_solve(kernels, l, n, x);
    const size_t last = at;
    at = largest(x, n);
    if (std::fabs(x[last]) == std::fabs(x[at])) break;
  }
  for (size_t i = 0; i < n; ++i) {
    const double size = n > 1 ? 1 + static_cast<double>(i) / static_cast<double>(n - 1) : 1;
    x[i] = i % 2 == 0 ? size : -size;
  }
  cholesky_solve(kernels, l, n, x);
  estimate = std::max(estimate, 2 * sum_of_sizes(x, n) / static_cast<double>(3 * n));
  *condition = estimate * norm;
  return true;
}

}  // namespace gradus
