// Coordinate descent on the vector kernels of a table.
#include "core/coordinate_descent.h"

#include <cmath>

namespace gradus {
namespace {

// argmin over z of q (z - x) + a/2 (z - x)² + l1 |z|. Without curvature it stays, unless the penalty draws it to 0.
double coordinate_minimum(double x, double q, double l1, double a) noexcept {
  if (!(a > 0)) return l1 > 0 && std::fabs(q) <= l1 ? 0 : x;
  const double above = x - (q + l1) / a;
  if (above > 0) return above;
  const double below = x - (q - l1) / a;
  return below < 0 ? below : 0;
}

}  // namespace

size_t move_coordinates(const Kernels& kernels, const Coordinates& part, double skip, size_t moves,
                        Turn* turn) noexcept {
  const size_t count = part.count;
  size_t k = turn->next, quiet = turn->quiet, made = 0;
  while (quiet < count && made < moves) {
    const double* row = part.matrix + k * part.stride;
    const double a = row[k], x = part.point[k];
    double to = coordinate_minimum(x, part.slope[k], part.l1[k], a);
    if (to < part.lower[k]) to = part.lower[k];
    if (to > part.upper[k]) to = part.upper[k];
    const double change = to - x;
    if (std::fabs(a * change) > skip || (to == 0 && x != 0)) {
      part.point[k] = to;
      kernels.axpy(change, row, part.slope, count);
      ++made;
      quiet = 0;
    } else {
      ++quiet;
    }
    if (++k == count) k = 0;
  }
  *turn = {k, quiet};
  return made;
}

void add_rows(const Kernels& kernels, const double* matrix, size_t stride, size_t count, const uint32_t* list,
              const double* weights, size_t width, double* out) noexcept {
  for (size_t k = 0; k < count; ++k) kernels.axpy(weights[k], matrix + list[k] * stride, out, width);
}

}  // namespace gradus
