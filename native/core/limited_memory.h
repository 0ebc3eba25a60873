// The direction of L-BFGS from the steps and changes of the gradient that it
// remembers. Called by the addon, for parameters that are many enough to be worth it.
#pragma once

#include <cstddef>

#include "kernels/kernels.h"

namespace gradus {

// `room` pairs of n numbers one after another; the newest is before `next`, and `pairs` of them are in use.
struct LimitedMemory {
  size_t n, room, pairs, next;
  const double *steps, *changes;
  const double* inverses;  // 1 / stepᵀchange of each pair
  double scale;            // of the identity that the pairs update
};

// direction = -H gradient by the two loops (Nocedal and Wright, Numerical Optimization, algorithm 7.4); returns
// gradientᵀdirection. `weights` has room for as many numbers as there are pairs.
double limited_memory_direction(const Kernels& kernels, const LimitedMemory& memory, const double* gradient,
                                double* weights, double* direction) noexcept;

}  // namespace gradus
