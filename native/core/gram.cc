// The Gram matrix. Work is divided into groups of leaves (subtrees of the
// summation tree) and, for wide problems, into tiles of the output. Within a
// leaf rows are copied in blocks of 128 and the register tile continues each
// element's chain over the blocks; leaves and groups then combine by the tree.
#include "core/gram.h"

#include <algorithm>

#include "core/row_tree.h"

namespace gradus {
namespace {

constexpr size_t kBlockRows = 128;                  // rows loaded at once: with 16 columns of b, a third of L1
constexpr size_t kOneTile = 192;                    // up to this many columns there is one tile
constexpr size_t kTileColumns = 128;                // else the tiles' size
constexpr size_t kMostPartials = size_t{64} << 20;  // bytes

size_t round_up(size_t n, size_t multiple) noexcept { return (n + multiple - 1) / multiple * multiple; }

struct Range {
  size_t first, count;
};
struct Tile {
  Range i, j;  // rows and columns of the output
};

// Copies the columns `range` of some rows, `stride` apart.
void load_part(const Kernels& kernels, const Rows& rows, size_t first, size_t count, Range range, double* out,
               size_t stride) noexcept {
  const size_t d = rows.columns, offset = (rows.list ? 0 : first * d) + range.first;
  const uint32_t* list = rows.list ? rows.list + first : nullptr;
  const double* shift = rows.shift ? rows.shift + range.first : nullptr;
  const double* scale = rows.scale ? rows.scale + range.first : nullptr;
  if (rows.type == Storage::kFloat64) {
    kernels.load_f64(static_cast<const double*>(rows.x) + offset, d, list, count, range.count, shift, scale, out,
                     stride);
  } else {
    kernels.load_f32(static_cast<const float*>(rows.x) + offset, d, list, count, range.count, shift, scale, out,
                     stride);
  }
}

struct GramJob {
  const Kernels& kernels;
  const LinearProblem& problem;
  const double* weights;  // curvature or weights by row; null for ones

  size_t columns_of(Range range) const noexcept {
    const size_t d = problem.rows.columns;
    return range.first >= d ? 0 : std::min(range.count, d - range.first);
  }
  size_t height(const Tile& t) const noexcept { return round_up(t.i.count, kernels.tile_rows); }
  size_t width(const Tile& t) const noexcept { return round_up(t.j.count, kernels.tile_columns); }
  // How far apart rows lie in a block: room for both paddings, so that one block can serve as both factors.
  size_t stride(const Tile& t) const noexcept { return std::max(round_up(height(t), kLanes), width(t)); }
  size_t scratch(const Tile& t) const noexcept { return 2 * kBlockRows * stride(t); }
  size_t memory(const Tile& t, size_t leaves) const noexcept {
    return scratch(t) + RowTree::slots(leaves) * height(t) * width(t);
  }

  // A block of rows with the ones column last; what lies beyond is left alone.
  void load_block(size_t first, size_t depth, Range range, double* z, size_t stride) const noexcept {
    const size_t have = columns_of(range);
    if (have > 0) load_part(kernels, problem.rows, first, depth, {range.first, have}, z, stride);
    for (size_t r = 0; r < depth && have < range.count; ++r) z[r * stride + have] = 1;
  }

  // c (height x width) = the tile's part of one leaf. The padding of memory is zero.
  void leaf(size_t first, size_t rows, const Tile& t, double* memory, double* c) const noexcept {
    const size_t tr = kernels.tile_rows, tc = kernels.tile_columns, c_stride = width(t), z_stride = stride(t);
    const bool diagonal = t.i.first == t.j.first && t.i.count == t.j.count;
    double* const b = memory;
    double* const second = b + kBlockRows * z_stride;
    std::fill_n(c, height(t) * c_stride, 0.0);
    for (size_t r = 0; r < rows; r += kBlockRows) {
      const size_t depth = std::min(kBlockRows, rows - r);
      load_block(first + r, depth, t.j, b, z_stride);
      const double* a = diagonal ? b : second;
      if (!diagonal) load_block(first + r, depth, t.i, second, z_stride);
      if (weights) {
        kernels.scale_rows(a, z_stride, depth, t.i.count, weights + first + r, second);
        a = second;
      }
      for (size_t j = 0; j < t.j.count; j += tc) {
        for (size_t i = 0; i < t.i.count; i += tr) {
          if (t.j.first + j >= t.i.first + i + tr) continue;  // above the diagonal
          kernels.tile(depth, a + i, z_stride, b + j, z_stride, c + i * c_stride + j, c_stride);
        }
      }
    }
  }
};

std::unique_ptr<Tile[]> make_tiles(const Kernels& kernels, size_t p, size_t* count) noexcept {
  const bool one = p <= kOneTile;
  const size_t height = one ? p : kTileColumns / kernels.tile_rows * kernels.tile_rows;
  const size_t width = one ? p : kTileColumns / kernels.tile_columns * kernels.tile_columns;
  std::unique_ptr<Tile[]> tiles(new (std::nothrow) Tile[((p + height - 1) / height) * ((p + width - 1) / width)]);
  *count = 0;
  if (!tiles) return tiles;
  // The lowest rows first: their tiles are all full, and late ones are small.
  for (size_t above = (p + height - 1) / height; above-- > 0;) {
    const Range i{above * height, std::min(height, p - above * height)};
    for (size_t j = 0; j < i.first + i.count; j += width) tiles[(*count)++] = {i, {j, std::min(width, p - j)}};
  }
  return tiles;
}

// Leaves per group: 8, more where the partial matrices would take too much
// memory, fewer where threads would be idle.
size_t group_leaves(size_t leaves, size_t tiles, size_t bytes, int threads) noexcept {
  const auto groups = [leaves](size_t each) { return (leaves + each - 1) / each; };
  size_t each = 8;
  while (groups(each) > 1 && groups(each) > kMostPartials / bytes) each *= 2;
  while (each > 1 && groups(each) * tiles < 4 * static_cast<size_t>(threads) &&
         groups(each / 2) <= kMostPartials / bytes) {
    each /= 2;
  }
  return each;
}

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
    double* const eta = scratch.get();
    double* const derivative = eta + chunk;
    LossSums unused{};
    const size_t last = std::min((task + 1) * each * kLeafRows, rows.rows);
    for (size_t r = task * each * kLeafRows; r < last && !control.aborted(); r += chunk) {
      const size_t n = std::min(chunk, last - r);
      const double* z = read_rows(kernels, rows, r, n, derivative + chunk);
      kernels.linear(z, d, n, d, parameters, eta);
      if (problem.intercept) {
        for (size_t i = 0; i < n; ++i) eta[i] += parameters[d];
      }
      kernels.loss[static_cast<size_t>(problem.loss)](n, eta, problem.y ? problem.y + r : nullptr,
                                                      rows.weights ? rows.weights + r : nullptr, problem.loss_parameter,
                                                      derivative, curvature + r, &unused);
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
  Doubles curvature;
  if (problem.loss != Loss::kSquared) {
    curvature = allocate_doubles(rows);
    if (!curvature || !fill_curvature(kernels, problem, parameters, control, curvature.get())) return false;
  }
  const GramJob job{kernels, problem, curvature ? curvature.get() : problem.rows.weights};
  size_t tile_count;
  const std::unique_ptr<Tile[]> tiles = make_tiles(kernels, p, &tile_count);
  if (!tiles) return false;
  const int threads = useful_threads(rows * p * (p / kLanes + 1), control);
  const size_t each = group_leaves(leaves, tile_count, p * p * sizeof(double), threads);
  const size_t groups = (leaves + each - 1) / each;
  // The first group's sums go to the result itself.
  const Doubles others = allocate_doubles((groups - 1) * p * p);
  if (!others) return false;
  // One size of buffer serves every tile.
  size_t most = 0;
  for (size_t i = 0; i < tile_count; ++i) most = std::max(most, job.memory(tiles[i], each));
  ScratchPool pool(most);
  std::atomic<bool> failed{false};
  auto body = [&](size_t task) noexcept {
    if (control.aborted() || failed.load(std::memory_order_relaxed)) return;
    const Tile& t = tiles[task % tile_count];
    const size_t group = task / tile_count, first = group * each, last = std::min(first + each, leaves);
    const size_t width = job.width(t), size = job.height(t) * width, scratch = job.scratch(t);
    Doubles memory = pool.take();
    if (!memory) {
      failed.store(true, std::memory_order_relaxed);
      return;
    }
    std::fill_n(memory.get(), scratch, 0.0);
    RowTree tree(kernels, memory.get() + scratch, size);
    for (size_t i = first; i < last && !control.aborted(); ++i) {
      job.leaf(i * kLeafRows, std::min(kLeafRows, rows - i * kLeafRows), t, memory.get(), tree.next());
      tree.push();
    }
    if (control.aborted()) return;  // and let the buffer go
    const double* sum = tree.finish();
    double* out = (group == 0 ? gram : others.get() + (group - 1) * p * p) + t.i.first * p + t.j.first;
    for (size_t i = 0; i < t.i.count; ++i) {
      const size_t below = t.i.first + i + 1;  // columns of this row in the lower triangle
      if (below > t.j.first) std::copy_n(sum + i * width, std::min(t.j.count, below - t.j.first), out + i * p);
    }
    pool.give(std::move(memory));
  };
  parallel_for(groups * tile_count, threads, body);
  if (control.aborted() || failed.load(std::memory_order_relaxed)) return false;
  auto combine_row = [&](size_t i) noexcept {
    const auto row = [&](size_t group) { return (group == 0 ? gram : others.get() + (group - 1) * p * p) + i * p; };
    for (size_t step = 1; step < groups; step *= 2) {
      for (size_t g = 0; g + step < groups; g += 2 * step) kernels.add(row(g + step), row(g), i + 1);
    }
    std::fill_n(gram + i * p + i + 1, p - i - 1, 0.0);
  };
  parallel_for(p, groups * p * p < 200000 ? 1 : threads, combine_row);
  return true;
}

}  // namespace gradus
