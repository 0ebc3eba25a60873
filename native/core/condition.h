// The condition number of a symmetric positive definite matrix, estimated from
// its Cholesky factor.
#pragma once

#include <cstddef>

#include "kernels/kernels.h"

namespace gradus {

// norm = the 1-norm (and infinity norm) of the symmetric matrix whose lower triangle is in a (n*n, row-major).
// False when memory ran out.
bool symmetric_norm(const double* a, size_t n, double* norm) noexcept;

// condition = norm times an estimate of the 1-norm of the inverse of L transpose(L), which is a lower bound and seldom
// less than a third of it. The upper triangle of l is not read. False when memory ran out.
bool condition_estimate(const Kernels& kernels, const double* l, size_t n, double norm, double* condition) noexcept;

}  // namespace gradus
