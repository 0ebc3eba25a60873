// One tile of the Gram matrix over one leaf of rows: how blocks of rows pass
// through the caches. gram.cc divides the work into tiles and leaves and adds the
// leaves.
#pragma once

#include <algorithm>
#include <cstddef>

#include "core/linear.h"
#include "core/scratch.h"
#include "kernels/kernels.h"

namespace gradus {

struct Range {
  size_t first, count;
  size_t end() const noexcept { return first + count; }
};

// Rows i and columns j of the output; where the ranges are the same, only its lower triangle is meant.
struct Tile {
  Range i, j;
  bool whole;  // the only tile: ranges are all columns
  bool diagonal() const noexcept { return i.first == j.first; }
};

// out[r] = weight * second derivative of the loss at the parameters, of the rows
// [first, first + count), which z holds. memory: 2 * count.
void curvature_of(const Kernels& kernels, const LinearProblem& problem, const double* parameters, size_t first,
                  size_t count, const double* z, size_t stride, double* memory, double* out) noexcept;

// The weight of a row: given, or computed where the rows pass. Null pointers for ones.
struct GramWeights {
  const double* given;
  const double* parameters;  // of the curvature; only where a tile is whole
};

class GramTileSums {
 public:
  GramTileSums(const Kernels& kernels, const LinearProblem& problem, const GramWeights& weights,
               const Tile& tile) noexcept
      : kernels_(kernels), problem_(problem), rows_(problem.rows), weights_(weights), tile_(tile) {}

  // How the sums lie: a row for each column j with the columns i that fill whole vectors; a row for each column i that
  // is left over; and of these with themselves, a row of one vector for each column j. `stride` is an odd number of
  // cache lines, so that rows fall on different sets of the cache.
  size_t size() const noexcept { return corner() + rest() * kLanes; }
  size_t scratch() const noexcept;
  // sums = those over the rows [first, first + count).
  void leaf(size_t first, size_t count, double* scratch, double* sums) const noexcept;
  // to += from.
  void add(const double* from, double* to) const noexcept;
  // Puts the tile into its place in the matrix of p * p, and zeros opposite.
  void put(const double* sums, double* gram, size_t p) const noexcept;

 private:
  class Ahead;
  struct Block;

  bool in_place() const noexcept { return tile_.whole && rows_.direct(); }
  // Columns i in whole vectors, and the others: up to 7, and the ones.
  size_t whole() const noexcept {
    const size_t d = rows_.columns;
    return std::min(tile_.i.count, d - std::min(tile_.i.first, d)) / kLanes * kLanes;
  }
  size_t rest() const noexcept { return tile_.i.count - whole(); }
  size_t stride() const noexcept { return whole() | kLanes; }
  size_t rest_row(size_t q) const noexcept { return tile_.j.count * stride() + q * round_up(tile_.j.count, kLanes); }
  size_t corner() const noexcept { return rest_row(rest()); }
  // The copy of columns j is made of panels; of a single one when the tile is whole, so that it has whole rows.
  size_t copy_panel() const noexcept { return tile_.whole ? round_up(tile_.j.count, kLanes) | kLanes : kGramPanel; }
  size_t block_rows() const noexcept;
  size_t copy_size() const noexcept { return in_place() ? 0 : round_up(tile_.j.count, copy_panel()); }
  void load(size_t first, size_t count, Range range, double* out, size_t out_stride) const noexcept;
  void block(size_t first, size_t count, bool start, double* scratch, double* sums) const noexcept;
  void whole_vectors(const Block& block, Ahead* ahead) const noexcept;
  void rest_of_columns(const Block& block, Ahead* ahead) const noexcept;

  const Kernels& kernels_;
  const LinearProblem& problem_;
  const Rows& rows_;  // of the problem
  const GramWeights weights_;
  const Tile tile_;
};

}  // namespace gradus
