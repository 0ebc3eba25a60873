// The solution of a symmetric system that Newton's method can use whether or not
// the matrix is positive definite: of (A + E) x = b, E the least that a modified
// factorisation needs. For matrices that cholesky refused.
#pragma once

#include <cstddef>

#include "kernels/kernels.h"

namespace gradus {

struct ModifiedCholesky {
  double modification;  // trace of E, which has no negative eigenvalue: its norms are not above that; NaN for no answer
  size_t negative, zero;  // eigenvalues of A; those within n * 2^-52 * |A| of 0 count as zero
};

// a: n*n, row-major, lower triangle; lost. b becomes the solution, all NaN when a is not finite. On the calling thread.
// False when memory ran out.
bool modified_cholesky(const Kernels& kernels, double* a, size_t n, double* b, ModifiedCholesky* result) noexcept;

}  // namespace gradus
