// The Gram matrix. The lower triangle is divided into tiles, the leaves of rows
// into groups (subtrees of the summation tree); a task is one group of one tile.
// Sums of groups combine by the tree as they come.
#include "core/gram.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <memory>
#include <new>

#include "core/gram_tile.h"
#include "core/row_tree.h"

namespace gradus {
namespace {

constexpr size_t kTileColumns = 264;  // the most a tile has
constexpr size_t kGroupLeaves = 8;    // the most a group has

// The tiles of the lower triangle, of equal sizes; those on the diagonal, which are half as much work, last.
std::unique_ptr<Tile[]> make_tiles(size_t p, size_t* count) noexcept {
  const size_t pieces = (p + kTileColumns - 1) / kTileColumns;
  const size_t size = round_up((p + pieces - 1) / pieces, kGramPanel);
  std::unique_ptr<Tile[]> tiles(new (std::nothrow) Tile[pieces * (pieces + 1) / 2]);
  *count = 0;
  if (!tiles) return tiles;
  const auto range = [&](size_t piece) { return Range{piece * size, std::min(size, p - piece * size)}; };
  for (size_t below = (p - 1) / size + 1; below-- > 0;) {
    for (size_t j = 0; (j + below) * size < p; ++j) tiles[(*count)++] = {range(j + below), range(j), pieces == 1};
  }
  return tiles;
}

// Leaves per group: fewer where threads would be idle.
size_t group_leaves(size_t leaves, size_t tiles, int threads) noexcept {
  size_t each = kGroupLeaves;
  while (each > 1 && (leaves + each - 1) / each * tiles < 16 * static_cast<size_t>(threads)) each /= 2;
  return each;
}

// The tree over the groups of every tile. Who brings the second of a pair adds the two, and goes on with their sum.
class GroupTree {
 public:
  GroupTree(size_t tiles, size_t groups) noexcept
      : groups_(groups), count_(tiles * groups), waiting_(new (std::nothrow) std::atomic<double*>[tiles * groups]()) {}
  ~GroupTree() {
    for (size_t i = 0; waiting_ && i < count_; ++i) const Doubles left(waiting_[i].load(std::memory_order_relaxed));
  }
  GroupTree(const GroupTree&) = delete;
  GroupTree& operator=(const GroupTree&) = delete;

  explicit operator bool() const noexcept { return waiting_ != nullptr; }

  // The sum of all groups of the tile when this was the last one, else null.
  Doubles combine(const GramTileSums& tile, size_t number, size_t group, Doubles sums, ScratchPool& pool) noexcept {
    for (size_t step = 1; step < groups_; step *= 2) {
      const size_t right = group | step;  // where the pair meets
      if (right >= groups_) continue;     // no pair: it goes up as it is
      std::atomic<double*>& place = waiting_[number * groups_ + right];
      double* const own = sums.get();
      Doubles other(place.exchange(own, std::memory_order_acq_rel));
      if (!other) {
        sums.release();
        return nullptr;
      }
      place.store(nullptr, std::memory_order_relaxed);
      tile.add(other.get(), own);
      pool.give(std::move(other));
      group &= ~step;
    }
    return sums;
  }

 private:
  const size_t groups_, count_;
  const std::unique_ptr<std::atomic<double*>[]> waiting_;
};

// curvature[r] = weight * second derivative of the loss at the parameters.
bool fill_curvature(const Kernels& kernels, const LinearProblem& problem, const double* parameters, Control& control,
                    double* curvature) noexcept {
  const Rows& rows = problem.rows;
  const size_t d = rows.columns, chunk = chunk_rows(d), leaves = leaf_count(rows.rows);
  const int threads = useful_threads(rows.rows * d, control);
  const size_t each = task_leaves(leaves, threads);
  std::atomic<bool> failed{false};
  auto body = [&](size_t task) noexcept {
    if (control.aborted()) return;
    const Doubles scratch = allocate_doubles(chunk * (rows.direct() ? 2 : d + 2));
    if (!scratch) {
      failed.store(true, std::memory_order_relaxed);
      return;
    }
    const size_t last = std::min((task + 1) * each * kLeafRows, rows.rows);
    for (size_t r = task * each * kLeafRows; r < last && !control.aborted(); r += chunk) {
      const size_t n = std::min(chunk, last - r);
      const double* z = read_rows(kernels, rows, r, n, scratch.get() + 2 * chunk);
      curvature_of(kernels, problem, parameters, r, n, z, d, scratch.get(), curvature + r);
    }
  };
  parallel_for((leaves + each - 1) / each, threads, body);
  return !failed.load(std::memory_order_relaxed) && !control.aborted();
}

}  // namespace

bool linear_gram(const Kernels& kernels, const LinearProblem& problem, const double* parameters, Control& control,
                 double* gram) noexcept {
  const size_t p = problem.size(), rows = problem.rows.rows, leaves = leaf_count(rows);
  if (p == 0 || rows == 0) {
    std::fill_n(gram, p * p, 0.0);
    return !control.aborted();
  }
  size_t tile_count;
  const std::unique_ptr<Tile[]> tiles = make_tiles(p, &tile_count);
  if (!tiles) return false;
  GramWeights weights{problem.rows.weights, nullptr};
  Doubles curvature;
  if (problem.loss != Loss::kSquared && tiles[0].whole) {
    weights.parameters = parameters;
  } else if (problem.loss != Loss::kSquared) {
    curvature = allocate_doubles(rows);
    if (!curvature || !fill_curvature(kernels, problem, parameters, control, curvature.get())) return false;
    weights.given = curvature.get();
  }
  const int threads = useful_threads(rows * p * (p / kLanes + 1), control);
  const size_t each = group_leaves(leaves, tile_count, threads), groups = (leaves + each - 1) / each;
  // One size of buffer serves every tile.
  size_t scratch = 0, size = 0;
  for (size_t i = 0; i < tile_count; ++i) {
    const GramTileSums tile(kernels, problem, weights, tiles[i]);
    scratch = std::max(scratch, tile.scratch());
    size = std::max(size, tile.size());
  }
  ScratchPool scratches(scratch), pool(size);
  GroupTree tree(tile_count, groups);
  if (!tree) return false;
  std::atomic<bool> failed{false};
  auto body = [&](size_t task) noexcept {
    if (control.aborted() || failed.load(std::memory_order_relaxed)) return;
    const size_t group = task % groups, first = group * each, last = std::min(first + each, leaves);
    const GramTileSums tile(kernels, problem, weights, tiles[task / groups]);
    Doubles memory = scratches.take();
    Doubles stack[std::bit_width(kGroupLeaves) + 1];  // as in row_tree.h
    size_t depth = 0;
    const auto combine = [&]() noexcept {
      --depth;
      tile.add(stack[depth].get(), stack[depth - 1].get());
      pool.give(std::move(stack[depth]));
    };
    for (size_t i = first; i < last && !control.aborted(); ++i) {
      stack[depth] = pool.take();
      if (!memory || !stack[depth]) {
        failed.store(true, std::memory_order_relaxed);
        return;
      }
      tile.leaf(i * kLeafRows, std::min(kLeafRows, rows - i * kLeafRows), memory.get(), stack[depth++].get());
      for (size_t n = i - first + 1; n % 2 == 0; n /= 2) combine();
    }
    if (control.aborted()) return;  // and let the buffers go
    while (depth > 1) combine();
    scratches.give(std::move(memory));
    Doubles all = tree.combine(tile, task / groups, group, std::move(stack[0]), pool);
    if (!all) return;
    tile.put(all.get(), gram, p);
    pool.give(std::move(all));
  };
  parallel_for(groups * tile_count, threads, body);
  return !control.aborted() && !failed.load(std::memory_order_relaxed);
}

}  // namespace gradus
