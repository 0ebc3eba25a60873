// Coordinate descent for a convex quadratic with absolute values in a box: the moves of
// its coordinates, and what they add to a gradient. Called by the addon. The scalars use
// + - * / and comparisons only, rows are added by `axpy`: that is the bit class.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/kernels.h"

namespace gradus {

// Minimises ½ xᵀAx + bᵀx + Σ l1[j] |x[j]| in a box over `count` coordinates. `slope` is Ax + b and follows x.
struct Coordinates {
  size_t count;
  const double* matrix;  // A, both triangles; row k begins at k * stride
  size_t stride;
  const double *l1, *lower, *upper;
  double *point, *slope;
};

// Whose turn it is, below `count` (or 0), and how many before it were looked at without a move since the last one.
struct Turn {
  size_t next, quiet;
};

// Cyclic coordinate descent (Friedman, Hastie & Tibshirani 2010): each coordinate goes to its minimum, unless that
// lowers its gradient by no more than `skip` and is not 0. Ends after so many moves, or when no coordinate moves any
// more; returns how many moved. Always ends: a coordinate that is not a number goes to 0 and stays.
size_t move_coordinates(const Kernels& kernels, const Coordinates& part, double skip, size_t moves,
                        Turn* turn) noexcept;

// out += Σ weights[k] * row list[k] of the matrix, `width` of its numbers, in the order of k.
void add_rows(const Kernels& kernels, const double* matrix, size_t stride, size_t count, const uint32_t* list,
              const double* weights, size_t width, double* out) noexcept;

}  // namespace gradus
