// The two loops of L-BFGS on the vector kernels of a table.
#include "core/limited_memory.h"

namespace gradus {

double limited_memory_direction(const Kernels& kernels, const LimitedMemory& memory, const double* gradient,
                                double* weights, double* direction) noexcept {
  const size_t n = memory.n, room = memory.room;
  for (size_t i = 0; i < n; ++i) direction[i] = -gradient[i];
  for (size_t k = 1; k <= memory.pairs; ++k) {
    const size_t slot = (memory.next + room - k) % room;
    const double weight = kernels.dot(memory.steps + slot * n, direction, n) * memory.inverses[slot];
    weights[slot] = weight;
    kernels.axpy(-weight, memory.changes + slot * n, direction, n);
  }
  for (size_t i = 0; i < n; ++i) direction[i] *= memory.scale;
  for (size_t k = memory.pairs; k >= 1; --k) {
    const size_t slot = (memory.next + room - k) % room;
    const double along = kernels.dot(memory.changes + slot * n, direction, n);
    kernels.axpy(weights[slot] - along * memory.inverses[slot], memory.steps + slot * n, direction, n);
  }
  return kernels.dot(gradient, direction, n);
}

}  // namespace gradus
