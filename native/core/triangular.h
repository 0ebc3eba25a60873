// Systems with a Cholesky factor: solutions for one and for many right-hand
// sides, the inverse, and its diagonal alone. Divisions by a pivot are products
// with its reciprocal. Results do not depend on the number of threads.
#pragma once

#include <cstddef>

#include "kernels/kernels.h"

namespace gradus {

// Solves L transpose(L) x = b in place of b. L is the lower triangle of l (n*n, row-major) here and below.
void cholesky_solve(const Kernels& kernels, const double* l, size_t n, double* b) noexcept;

// The same for the m columns of b (n*m, row-major). Forward, an element is one chain over k where a single right-hand
// side sums in lanes; backward they are the same. False when memory ran out.
bool cholesky_solve_columns(const Kernels& kernels, const double* l, size_t n, double* b, size_t m,
                            int threads) noexcept;

// out (n*n) = the inverse of L transpose(L), both triangles. It may not overlap l. False when memory ran out.
bool cholesky_inverse(const Kernels& kernels, const double* l, size_t n, double* out, int threads) noexcept;

// out (n) = the diagonal of that inverse. False when memory ran out.
bool cholesky_inverse_diagonal(const Kernels& kernels, const double* l, size_t n, double* out, int threads) noexcept;

}  // namespace gradus
