// Cholesky factorisation of dense matrices, and the scaled Newton system solved
// from a Gram matrix. Every element is one sequential chain, so blocks and
// threads change no bit; triangular.h solves with the factor.
#pragma once

#include <cstddef>

#include "core/control.h"
#include "kernels/kernels.h"

namespace gradus {

inline constexpr ptrdiff_t kCholeskyDone = -1;
inline constexpr ptrdiff_t kCholeskyAborted = -2;
inline constexpr ptrdiff_t kCholeskyNoMemory = -3;

// Factors the lower triangle of a (n*n, row-major) in place; leaves the upper
// alone. Returns kCholeskyDone, or the row whose pivot was not above n * 2^-52
// times its diagonal element, or another of the negative codes; then what a
// holds is of no use. control may be null, for one thread.
ptrdiff_t cholesky(const Kernels& kernels, double* a, size_t n, const Control* control) noexcept;

// The power of two 2^-(e >> 1) that brings a squared norm with binary exponent e
// into [1, 4); 1 unless x is positive, normal and finite.
double power_of_two_scale(double x) noexcept;

struct SolveResult {
  ptrdiff_t failed_pivot;  // -1 when the factorisation succeeded
  double condition;        // (max Lii / min Lii)^2 after scaling, infinite on failure
};

// Solves (gram / weight + diag(diagonal) + shift D) direction = -rhs, D the
// power-of-two scaling of the diagonal. On a failed pivot direction is left
// alone. False when aborted or memory ran out.
bool solve_scaled(const Kernels& kernels, const double* gram, size_t n, double weight, const double* diagonal,
                  double shift, const double* rhs, Control& control, double* direction, SolveResult* result) noexcept;

}  // namespace gradus
