// The QR factors serve twice: they solve, and they turn residuals that were
// accumulated in twice the precision into corrections. The residuals are taken
// from the rows as they are, not from the rounded products √w·z that were
// factored, so rounding these costs no digit of the answer.
#include "core/least_squares.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <new>
#include <utility>

#include "core/cholesky.h"
#include "core/double_double.h"
#include "core/qr.h"
#include "core/row_tree.h"
#include "core/triangular.h"

namespace gradus {
namespace {

constexpr int kMostSweeps = 10;
constexpr double kHalfUlp = std::numeric_limits<double>::epsilon() / 2;

// Beyond this condition number the last digits of the data decide the answer,
// and corrections need no longer shrink: the columns count as dependent.
double largest_condition(size_t columns) noexcept { return std::ldexp(1.0, 46) / static_cast<double>(columns); }

// The factored problem and its working memory.
class Factored {
 public:
  Factored(const Kernels& kernels, const LinearProblem& problem, const Control& control) noexcept
      : kernels_(kernels), problem_(problem), control_(control) {}

  // Loads, scales and factors; result says whether the columns count as dependent.
  bool factor(double weight, const double* diagonal, LeastSquaresResult* result) noexcept;
  bool solve(double* solution, LeastSquaresResult* result) noexcept;
  bool variances(double* out) noexcept;
  double residual_squares(const double* parameters) noexcept;

 private:
  bool allocate() noexcept;
  void load() noexcept;
  void scale_columns() noexcept;
  bool residuals(const double* solution) noexcept;
  bool multiply_by_inverse() noexcept;
  bool inner_products(double* factor) noexcept;

  size_t rows() const noexcept { return problem_.rows.rows; }
  size_t size() const noexcept { return problem_.size(); }
  size_t leaf(size_t first) const noexcept { return std::min(kLeafRows, rows() - first); }
  const double* read(size_t first) const noexcept {
    return read_rows(kernels_, problem_.rows, first, leaf(first), scratch_);
  }
  double target(size_t i) const noexcept { return problem_.y ? problem_.y[i] : 0; }
  double root(size_t i) const noexcept { return problem_.rows.weights ? std::sqrt(problem_.rows.weights[i]) : 1; }
  // y − e − zᵀβ of row i.
  double residual(size_t i, double e, const double* z, const double* solution) const noexcept;

  const Kernels& kernels_;
  const LinearProblem& problem_;
  const Control& control_;
  Doubles memory_;
  std::unique_ptr<DoubleDouble[]> sums_;
  BlockQr qr_{};
  // By column: scale, the penalty's rows, their residuals and the residual's.
  double *scale_, *penalty_, *penalty_residual_, *top_, *gradient_;
  double *inverse_, *inner_;        // columns²
  double *residual_, *correction_;  // by row
  double* scratch_;
};

bool Factored::allocate() noexcept {
  const size_t n = rows(), p = size(), d = problem_.rows.columns;
  const size_t scratch = problem_.rows.direct() ? 0 : std::min(n, kLeafRows) * d;
  memory_ = allocate_doubles(n * p + 2 * p * leaf_count(n) + 3 * p * p + 5 * p + 2 * n + scratch);
  sums_.reset(new (std::nothrow) DoubleDouble[p]);
  if (!memory_ || !sums_) return false;
  double* next = memory_.get();
  const auto take = [&next](size_t count) noexcept { return std::exchange(next, next + count); };
  qr_ = {n, p, take(n * p), take(2 * p * leaf_count(n)), take(p * p)};
  inverse_ = take(p * p);
  inner_ = take(p * p);
  scale_ = take(p);
  penalty_ = take(p);
  penalty_residual_ = take(p);
  top_ = take(p);
  gradient_ = take(p);
  residual_ = take(n);
  correction_ = take(n);
  scratch_ = take(scratch);
  return true;
}

// The blocks: rows times √w, transposed, with the intercept's column last.
void Factored::load() noexcept {
  const size_t d = problem_.rows.columns;
  for (size_t first = 0; first < rows() && !control_.aborted(); first += kLeafRows) {
    const size_t n = leaf(first);
    const double* z = read(first);
    double* const block = qr_.block(first);
    for (size_t i = 0; i < n; ++i) {
      const double q = root(first + i);
      for (size_t j = 0; j < d; ++j) block[j * n + i] = q * z[i * d + j];
      if (problem_.intercept) block[d * n + i] = q;
    }
  }
}

// Powers of two that bring the norm of every column into [1, 2).
void Factored::scale_columns() noexcept {
  const size_t p = size();
  for (size_t j = 0; j < p; ++j) {
    double squares = penalty_[j] * penalty_[j];
    for (size_t first = 0; first < rows() && !control_.aborted(); first += kLeafRows) {
      const double* column = qr_.block(first) + j * leaf(first);
      squares += kernels_.dot(column, column, leaf(first));
    }
    scale_[j] = power_of_two_scale(squares);
    for (size_t first = 0; first < rows() && !control_.aborted(); first += kLeafRows) {
      double* column = qr_.block(first) + j * leaf(first);
      for (size_t i = 0; i < leaf(first); ++i) column[i] *= scale_[j];
    }
    qr_.r[j * p + j] = penalty_[j] * scale_[j];
  }
}

bool Factored::factor(double weight, const double* diagonal, LeastSquaresResult* result) noexcept {
  const size_t p = size();
  if (!allocate()) return false;
  for (size_t j = 0; j < p; ++j) penalty_[j] = std::sqrt(diagonal[j] * weight);
  std::fill_n(qr_.r, p * p, 0.0);
  load();
  if (control_.aborted()) return false;
  scale_columns();
  *result = {-1, 1, 0};
  if (!qr_factor(kernels_, qr_, control_)) return false;
  if (!upper_invert(kernels_, qr_.r, p, control_, inverse_, &result->condition)) return false;
  if (p == 0) result->condition = 1;
  if (p == 0 || result->condition < largest_condition(p)) return true;
  result->condition = std::numeric_limits<double>::infinity();
  result->failed_pivot = 0;
  double least = std::numeric_limits<double>::infinity();
  for (size_t j = 0; j < p; ++j) {
    const double pivot = std::fabs(qr_.r[j * p + j]);
    if (pivot < least) {
      least = pivot;
      result->failed_pivot = static_cast<ptrdiff_t>(j);
    }
  }
  return true;
}

double Factored::residual(size_t i, double e, const double* z, const double* solution) const noexcept {
  const size_t d = problem_.rows.columns;
  DoubleDouble sum{target(i), 0};
  add(&sum, -e);
  if (problem_.intercept) add(&sum, -solution[d]);
  for (size_t j = 0; j < d; ++j) add_product(&sum, -solution[j], z[j]);
  return sum.value();
}

// With residuals e of the rows and penalty_residual_ of the penalty's rows:
// correction_ = √w (y − e − zᵀβ), top_ = the same of the penalty's rows,
// gradient_ = −Σ w e z, scaled: the right-hand side of the augmented system.
bool Factored::residuals(const double* solution) noexcept {
  const size_t d = problem_.rows.columns, p = size();
  const double* weights = problem_.rows.weights;
  std::fill_n(sums_.get(), p, DoubleDouble{});
  for (size_t first = 0; first < rows(); first += kLeafRows) {
    if (control_.aborted()) return false;
    const double* z = read(first);
    for (size_t i = first; i < first + leaf(first); ++i, z += d) {
      correction_[i] = root(i) * residual(i, residual_[i], z, solution);
      const DoubleDouble e = weights ? two_product(weights[i], residual_[i]) : DoubleDouble{residual_[i], 0};
      for (size_t j = 0; j < d; ++j) {
        add_product(&sums_[j], -e.high, z[j]);
        sums_[j].low -= e.low * z[j];
      }
      if (!problem_.intercept) continue;
      add(&sums_[d], -e.high);
      sums_[d].low -= e.low;
    }
  }
  for (size_t j = 0; j < p; ++j) {
    DoubleDouble sum{-penalty_residual_[j], 0};
    add_product(&sum, -penalty_[j], solution[j]);
    top_[j] = sum.value();
    add_product(&sums_[j], -penalty_[j], penalty_residual_[j]);
    gradient_[j] = scale_[j] * sums_[j].value();
  }
  return true;
}

// Björck's iteration from zero. With A the scaled rows, f and g the residuals of
// r + A β = b and Aᵀ r = 0:  h = R⁻ᵀ g, (d1, d2) = Qᵀ f, Δβ = R⁻¹ (d1 − h),
// Δr = Q (h, d2). The first sweep is the plain solution by QR. It ends when every
// correction is below half a unit in the last place, or no longer half the last.
bool Factored::solve(double* solution, LeastSquaresResult* result) noexcept {
  const size_t p = size();
  std::fill_n(solution, p, 0.0);
  std::fill_n(residual_, rows(), 0.0);
  std::fill_n(penalty_residual_, p, 0.0);
  double last = std::numeric_limits<double>::infinity();
  for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
    if (!residuals(solution)) return false;
    upper_solve_transposed(kernels_, qr_.r, p, gradient_);
    if (!qr_apply_transposed(kernels_, qr_, top_, correction_, control_)) return false;
    for (size_t j = 0; j < p; ++j) {
      const double h = gradient_[j];
      gradient_[j] = top_[j] - h;
      top_[j] = h;
    }
    upper_solve(kernels_, qr_.r, p, gradient_);
    if (!qr_apply(kernels_, qr_, top_, correction_, control_)) return false;
    double size = 0, largest = 0;
    bool settled = true;
    for (size_t j = 0; j < p; ++j) {
      const double change = scale_[j] * gradient_[j];
      solution[j] += change;
      penalty_residual_[j] += top_[j];
      settled = settled && std::fabs(change) <= kHalfUlp * std::fabs(solution[j]);
      size = std::max(size, std::fabs(gradient_[j]));
      largest = std::max(largest, std::fabs(solution[j] / scale_[j]));
    }
    for (size_t i = 0; i < rows(); ++i) {
      const double q = root(i);
      if (q > 0) residual_[i] += correction_[i] / q;
      if (i % kLeafRows == 0 && control_.aborted()) return false;
    }
    result->correction = largest > 0 ? size / largest : 0;
    if (settled || !(size <= last / 2)) break;
    last = size;
  }
  return true;
}

// The blocks become B = A R⁻¹, accumulated in twice the precision: orthonormal
// columns but for the rounding errors of R.
bool Factored::multiply_by_inverse() noexcept {
  const size_t d = problem_.rows.columns, p = size();
  for (size_t first = 0; first < rows(); first += kLeafRows) {
    const size_t n = leaf(first);
    const double* z = read(first);
    double* const block = qr_.block(first);
    for (size_t c = 0; c < p; ++c) {
      if (control_.aborted()) return false;
      const double* column = inverse_ + c * p;
      for (size_t i = 0; i < n; ++i) {
        DoubleDouble sum{c == d ? column[d] : 0, 0};
        for (size_t j = 0; j < std::min(c + 1, d); ++j) add_product(&sum, z[i * d + j], column[j]);
        block[c * n + i] = root(first + i) * sum.value();
      }
    }
  }
  return true;
}

// inner_ = BᵀB over the rows, and `factor` the same with the penalty's rows, lower triangle.
bool Factored::inner_products(double* factor) noexcept {
  const size_t p = size();
  std::fill_n(inner_, p * p, 0.0);
  for (size_t first = 0; first < rows(); first += kLeafRows) {
    const size_t n = leaf(first);
    const double* const block = qr_.block(first);
    for (size_t i = 0; i < p; ++i) {
      if (control_.aborted()) return false;
      for (size_t j = 0; j <= i; ++j) inner_[i * p + j] += kernels_.dot(block + i * n, block + j * n, n);
    }
  }
  for (size_t i = 0; i < p; ++i) {
    for (size_t j = 0; j <= i; ++j) {
      double penalty = 0;
      for (size_t k = 0; k <= j; ++k) {
        penalty += (penalty_[k] * inverse_[i * p + k]) * (penalty_[k] * inverse_[j * p + k]);
      }
      factor[i * p + j] = inner_[i * p + j] + penalty;
      inner_[j * p + i] = inner_[i * p + j];
    }
  }
  return true;
}

// With X = R⁻¹ and B = A X the inverse of AᵀA is X (BᵀB)⁻¹ Xᵀ for any X, and BᵀB
// is nearly the identity: that keeps the digits which X alone loses. Penalty rows
// are in the inverse, and not in the middle of C (ZᵀWZ) C.
bool Factored::variances(double* out) noexcept {
  const size_t p = size();
  for (size_t c = 0; c < p; ++c) {
    for (size_t j = 0; j <= c; ++j) inverse_[c * p + j] *= scale_[j];
  }
  if (!multiply_by_inverse()) return false;
  double* const factor = qr_.r;
  if (!inner_products(factor)) return false;
  const ptrdiff_t outcome = cholesky(kernels_, factor, p, &control_);
  if (outcome < kCholeskyDone) return false;
  for (size_t j = 0; j < p; ++j) {
    if (control_.aborted()) return false;
    for (size_t c = 0; c < p; ++c) top_[c] = inverse_[c * p + j];
    cholesky_solve(kernels_, factor, p, top_);
    for (size_t c = 0; c < p; ++c) gradient_[c] = kernels_.dot(inner_ + c * p, top_, p);
    out[j] = outcome == kCholeskyDone ? kernels_.dot(top_, gradient_, p) : std::nan("");
  }
  return true;
}

double Factored::residual_squares(const double* parameters) noexcept {
  const size_t d = problem_.rows.columns;
  DoubleDouble sum;
  for (size_t first = 0; first < rows() && !control_.aborted(); first += kLeafRows) {
    const double* z = read(first);
    for (size_t i = first; i < first + leaf(first); ++i, z += d) {
      const double e = residual(i, 0, z, parameters);
      const DoubleDouble square = two_product(e, e);
      const double w = problem_.rows.weights ? problem_.rows.weights[i] : 1;
      add_product(&sum, w, square.high);
      sum.low += w * square.low;
    }
  }
  return sum.value();
}

}  // namespace

bool least_squares(const Kernels& kernels, const LinearProblem& problem, double weight, const double* diagonal,
                   const Control& control, double* solution, LeastSquaresResult* result) noexcept {
  Factored factored(kernels, problem, control);
  if (!factored.factor(weight, diagonal, result)) return false;
  return result->failed_pivot >= 0 || factored.solve(solution, result);
}

bool least_squares_variances(const Kernels& kernels, const LinearProblem& problem, double weight,
                             const double* diagonal, const double* parameters, const Control& control,
                             double* variances, double* residual_squares, LeastSquaresResult* result) noexcept {
  Factored factored(kernels, problem, control);
  if (!factored.factor(weight, diagonal, result)) return false;
  *residual_squares = factored.residual_squares(parameters);
  if (result->failed_pivot >= 0) return !control.aborted();
  return factored.variances(variances) && !control.aborted();
}

}  // namespace gradus
