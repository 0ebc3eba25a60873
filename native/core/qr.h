// Householder QR of a tall matrix whose rows lie in blocks of one leaf each. The
// triangle R starts as a diagonal (the rows of a ridge penalty, or zeros) and
// takes in one block after the other, which stays in the cache meanwhile; the
// reflectors replace the block. That is the QR of [diag; block 0; block 1; …]:
//     columns, block by block:  H = I − tau (v0, v)(v0, v)ᵀ,  v0 in row k of R.
// Sequential over blocks, so threads have no say in the bits.
#pragma once

#include <cstddef>

#include "core/control.h"
#include "kernels/kernels.h"

namespace gradus {

// Owns nothing.
struct BlockQr {
  size_t rows, columns;
  double* blocks;      // rows * columns: the block of each leaf, column after column
  double* reflectors;  // 2 * columns a leaf: v0 of each column, then tau
  double* r;           // columns * columns, row-major; the lower triangle stays as it was

  double* block(size_t first) const noexcept { return blocks + first * columns; }
  double* v0(size_t first) const noexcept { return reflectors + first / kLeafRows * 2 * columns; }
};

// Factors the blocks into r, whose upper triangle holds the diagonal to start
// from. Columns have norms near 1: one that is below 2^-480 in a block counts as 0 there.
// False when aborted; then everything is undefined.
bool qr_factor(const Kernels& kernels, const BlockQr& qr, const Control& control) noexcept;

// (top, x) = transpose(Q) (top, x) and Q (top, x) in place: `columns` and `rows`
// numbers. False when aborted.
bool qr_apply_transposed(const Kernels& kernels, const BlockQr& qr, double* top, double* x,
                         const Control& control) noexcept;
bool qr_apply(const Kernels& kernels, const BlockQr& qr, double* top, double* x, const Control& control) noexcept;

// R x = b and transpose(R) x = b in place of b, R upper triangular, n * n.
void upper_solve(const Kernels& kernels, const double* r, size_t n, double* b) noexcept;
void upper_solve_transposed(const Kernels& kernels, const double* r, size_t n, double* b) noexcept;

// Writes the inverse of R column after column (zeros below its diagonal) and
// gives the condition number of R in the 1-norm; infinite when R is singular.
// False when aborted.
bool upper_invert(const Kernels& kernels, const double* r, size_t n, const Control& control, double* inverse,
                  double* condition) noexcept;

}  // namespace gradus
