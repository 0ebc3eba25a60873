// Blocked Cholesky. A block of columns is copied transposed, factored column by
// column with axpy (each element one chain over k, in order), and the rest of
// the triangle updated with the register tile, which continues the same chains.
// All arithmetic of the chains is the table's, so the bit class is respected.
#include "core/cholesky.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/row_tree.h"

namespace gradus {
namespace {

constexpr size_t kBlock = 48;

size_t round_up(size_t n, size_t multiple) noexcept { return (n + multiple - 1) / multiple * multiple; }

// Copies `rows` columns of the transposed block, negated or not, into panels
// `width` wide, zero padded.
void pack_panels(const double* block, size_t stride, size_t depth, size_t first, size_t rows, size_t width, bool negate,
                 double* out) noexcept {
  for (size_t i = 0; i < rows; i += width) {
    const size_t n = std::min(width, rows - i);
    for (size_t k = 0; k < depth; ++k, out += width) {
      const double* from = block + k * stride + first + i;
      for (size_t c = 0; c < n; ++c) out[c] = negate ? -from[c] : from[c];
      for (size_t c = n; c < width; ++c) out[c] = 0;
    }
  }
}

// Subtracts the product of the packed block from the lower triangle of the
// trailing m*m matrix c.
void update_trailing(const Kernels& kernels, size_t depth, const double* a, const double* b, double* c, size_t m,
                     size_t stride) noexcept {
  const size_t tr = kernels.tile_rows, tc = kernels.tile_columns;
  alignas(64) double edge[kMaxTileRows * kMaxTileColumns];
  for (size_t j = 0; j < m; j += tc) {
    for (size_t i = j / tr * tr; i < m; i += tr) {
      double* at = c + i * stride + j;
      const double* ap = a + i * depth;
      const double* bp = b + j * depth;
      if (i + tr <= m && j + tc <= i + 1) {
        kernels.tile(depth, ap, tr, bp, tc, at, stride);
        continue;
      }
      // Crosses the diagonal or the end: work on a copy of the lower part.
      const size_t rows = std::min(tr, m - i);
      const auto width = [&](size_t r) { return i + r < j ? 0 : std::min(tc, i + r - j + 1); };
      std::fill_n(edge, tr * tc, 0.0);
      for (size_t r = 0; r < rows; ++r) std::copy_n(at + r * stride, width(r), edge + r * tc);
      kernels.tile(depth, ap, tr, bp, tc, edge, tc);
      for (size_t r = 0; r < rows; ++r) std::copy_n(edge + r * tc, width(r), at + r * stride);
    }
  }
}

}  // namespace

double power_of_two_scale(double x) noexcept {
  if (!std::isnormal(x) || !(x > 0)) return 1;
  return std::ldexp(1.0, -(std::ilogb(x) >> 1));
}

ptrdiff_t cholesky(const Kernels& kernels, double* a, size_t n, const Control* control) noexcept {
  if (n == 0) return kCholeskyDone;
  const size_t depth_most = std::min(kBlock, n);
  const size_t a_size = depth_most * round_up(n, kernels.tile_rows);
  const size_t b_size = depth_most * round_up(n, kernels.tile_columns);
  const Doubles memory = allocate_doubles(depth_most * n + a_size + b_size + n);
  if (!memory) return kCholeskyNoMemory;
  double* const block = memory.get();
  double* const a_pack = block + depth_most * n;
  double* const b_pack = a_pack + a_size;
  double* const threshold = b_pack + b_size;
  for (size_t j = 0; j < n; ++j) {
    threshold[j] = static_cast<double>(n) * std::numeric_limits<double>::epsilon() * a[j * n + j];
  }
  for (size_t first = 0; first < n; first += kBlock) {
    if (control && control->aborted()) return kCholeskyAborted;
    const size_t depth = std::min(kBlock, n - first), m = n - first;
    double* const corner = a + first * n + first;
    for (size_t i = 0; i < m; ++i) {
      for (size_t k = 0; k < std::min(depth, i + 1); ++k) block[k * m + i] = corner[i * n + k];
    }
    for (size_t j = 0; j < depth; ++j) {
      double* column = block + j * m;
      for (size_t k = 0; k < j; ++k) kernels.axpy(-block[k * m + j], block + k * m + j, column + j, m - j);
      if (!(column[j] > threshold[first + j])) return static_cast<ptrdiff_t>(first + j);
      const double pivot = std::sqrt(column[j]);
      column[j] = pivot;
      for (size_t i = j + 1; i < m; ++i) column[i] /= pivot;
    }
    for (size_t i = 0; i < m; ++i) {
      for (size_t k = 0; k < std::min(depth, i + 1); ++k) corner[i * n + k] = block[k * m + i];
    }
    if (m == depth) break;
    pack_panels(block, m, depth, depth, m - depth, kernels.tile_rows, true, a_pack);
    pack_panels(block, m, depth, depth, m - depth, kernels.tile_columns, false, b_pack);
    update_trailing(kernels, depth, a_pack, b_pack, corner + depth * n + depth, m - depth, n);
  }
  return kCholeskyDone;
}

void cholesky_solve(const Kernels& kernels, const double* l, size_t n, double* b) noexcept {
  for (size_t i = 0; i < n; ++i) b[i] = (b[i] - kernels.dot(l + i * n, b, i)) / l[i * n + i];
  for (size_t i = n; i-- > 0;) {
    b[i] /= l[i * n + i];
    kernels.axpy(-b[i], l + i * n, b, i);
  }
}

bool solve_scaled(const Kernels& kernels, const double* gram, size_t n, double weight, const double* diagonal,
                  double shift, const double* rhs, Control& control, double* direction, SolveResult* result) noexcept {
  const Doubles memory = allocate_doubles(n * n + 2 * n);
  if (!memory) return false;
  double* const a = memory.get();
  double* const scale = a + n * n;
  double* const b = scale + n;
  for (size_t i = 0; i < n; ++i) {
    if (control.aborted()) return false;
    for (size_t j = 0; j <= i; ++j) a[i * n + j] = gram[i * n + j] / weight;
    a[i * n + i] += diagonal[i];
    scale[i] = power_of_two_scale(a[i * n + i]);
    for (size_t j = 0; j <= i; ++j) a[i * n + j] = a[i * n + j] * scale[i] * scale[j];
    a[i * n + i] += shift;
    b[i] = -rhs[i] * scale[i];
  }
  const ptrdiff_t outcome = cholesky(kernels, a, n, &control);
  if (outcome < kCholeskyDone) return false;
  *result = {outcome, std::numeric_limits<double>::infinity()};
  if (outcome != kCholeskyDone) return true;
  cholesky_solve(kernels, a, n, b);
  double least = std::numeric_limits<double>::infinity(), most = 0;
  for (size_t i = 0; i < n; ++i) {
    least = std::min(least, a[i * n + i]);
    most = std::max(most, a[i * n + i]);
    direction[i] = b[i] * scale[i];
  }
  result->condition = n ? (most / least) * (most / least) : 1;
  return true;
}

}  // namespace gradus
