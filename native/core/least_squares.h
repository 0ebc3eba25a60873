// The linear least-squares problem solved without forming its Gram matrix, for
// columns that nearly depend on each other:
//     minimise Σ w (zᵀβ − y)² + W Σ diagonal_j β_j²,  W = Σ w.
// Householder QR of the rows times √w, under the rows √(W diagonal_j) e_j, columns
// scaled by powers of two; then refinement of the augmented system (Björck 1967).
// docs/numerics.md has the algorithm and the digits it reaches.
#pragma once

#include <cstddef>

#include "core/control.h"
#include "core/linear.h"
#include "kernels/kernels.h"

namespace gradus {

struct LeastSquaresResult {
  ptrdiff_t failed_pivot;  // the column of least pivot when the columns count as dependent, else -1
  double condition;        // of the scaled R in the 1-norm; infinite when singular
  double correction;       // the last correction of the solution, relative to it
};

// `weight` is W, `diagonal` has size() numbers >= 0. On dependent columns the
// solution is left alone. False when aborted or memory ran out.
bool least_squares(const Kernels& kernels, const LinearProblem& problem, double weight, const double* diagonal,
                   const Control& control, double* solution, LeastSquaresResult* result) noexcept;

// variances[j] = element (j, j) of C ZᵀWZ C, C = (ZᵀWZ + W diag(diagonal))⁻¹: the
// variance of the j-th estimate for errors of variance 1 / w. Also
// *residual_squares = Σ w (y − zᵀparameters)², summed in twice the precision.
bool least_squares_variances(const Kernels& kernels, const LinearProblem& problem, double weight,
                             const double* diagonal, const double* parameters, const Control& control,
                             double* variances, double* residual_squares, LeastSquaresResult* result) noexcept;

}  // namespace gradus
