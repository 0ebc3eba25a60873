// The Gram matrix. The lower triangle is divided into tiles; a task is a tile over
// some leaves of rows, a subtree of the summation tree. The sums of tasks combine
// by the tree as they come.
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
constexpr size_t kTaskLeaves = 64;    // the most a task has; a power of two

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

// Some leaves of a tile: a subtree of the summation tree.
struct Task {
  size_t tile, first, leaves;
};

// Calls use(task) for all tasks. They are large at first, since the first block of rows of each waits for memory, and
// small at last, so that no thread waits long for another.
template <class Use>
void for_tasks(size_t tiles, size_t leaves, int threads, const Use& use) noexcept {
  size_t left = tiles * leaves;
  for (size_t tile = 0; tile < tiles; ++tile) {
    for (size_t first = 0, n; first < leaves; first += n) {
      const size_t most = std::min(left / (4 * static_cast<size_t>(threads)), kTaskLeaves);
      for (n = 1; 2 * n <= most && first % (2 * n) == 0;) n *= 2;
      n = std::min(n, leaves - first);
      use(Task{tile, first, n});
      left -= n;
    }
  }
}

std::unique_ptr<Task[]> make_tasks(size_t tiles, size_t leaves, int threads, size_t* count) noexcept {
  *count = 0;
  for_tasks(tiles, leaves, threads, [&](const Task&) noexcept { ++*count; });
  std::unique_ptr<Task[]> tasks(new (std::nothrow) Task[*count]);
  size_t i = 0;
  if (tasks) for_tasks(tiles, leaves, threads, [&](const Task& task) noexcept { tasks[i++] = task; });
  return tasks;
}

// The tree over the tasks of every tile. Who brings the second of a pair adds the two, and goes on with their sum.
class TaskTree {
 public:
  TaskTree(size_t tiles, size_t leaves) noexcept
      : leaves_(leaves), count_(tiles * leaves), waiting_(new (std::nothrow) std::atomic<double*>[tiles * leaves]()) {}
  ~TaskTree() {
    for (size_t i = 0; waiting_ && i < count_; ++i) const Doubles left(waiting_[i].load(std::memory_order_relaxed));
  }
  TaskTree(const TaskTree&) = delete;
  TaskTree& operator=(const TaskTree&) = delete;

  explicit operator bool() const noexcept { return waiting_ != nullptr; }

  // The sum over all leaves of the tile when this was the last of its tasks, else null.
  Doubles combine(const Task& task, Doubles sums, const GramTileSums& tile, ScratchPool& pool) noexcept {
    size_t first = task.first;
    for (size_t step = std::bit_ceil(task.leaves); step < leaves_; step *= 2) {
      const size_t right = first | step;  // where the pair meets
      if (right >= leaves_) continue;     // no pair: it goes up as it is
      std::atomic<double*>& place = waiting_[task.tile * leaves_ + right];
      double* const own = sums.get();
      Doubles other(place.exchange(own, std::memory_order_acq_rel));
      if (!other) {
        sums.release();
        return nullptr;
      }
      place.store(nullptr, std::memory_order_relaxed);
      tile.add(other.get(), own);
      pool.give(std::move(other));
      first &= ~step;
    }
    return sums;
  }

 private:
  const size_t leaves_, count_;
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
  ScratchPool pool(chunk * (rows.direct() ? 2 : d + 2));
  auto body = [&](size_t task) noexcept {
    if (control.aborted()) return;
    Doubles scratch = pool.take();
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
    pool.give(std::move(scratch));
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
  size_t count;
  const std::unique_ptr<Task[]> tasks = make_tasks(tile_count, leaves, threads, &count);
  // One size of buffer serves every tile.
  size_t scratch = 0, size = 0;
  for (size_t i = 0; i < tile_count; ++i) {
    const GramTileSums tile(kernels, problem, weights, tiles[i]);
    scratch = std::max(scratch, tile.scratch());
    size = std::max(size, tile.size());
  }
  ScratchPool scratches(scratch), pool(size);
  TaskTree tree(tile_count, leaves);
  if (!tasks || !tree) return false;
  std::atomic<bool> failed{false};
  auto body = [&](size_t number) noexcept {
    if (control.aborted() || failed.load(std::memory_order_relaxed)) return;
    const Task& task = tasks[number];
    const GramTileSums tile(kernels, problem, weights, tiles[task.tile]);
    Doubles memory = scratches.take();
    Doubles stack[std::bit_width(kTaskLeaves)];  // as in row_tree.h
    size_t depth = 0;
    const auto combine = [&]() noexcept {
      --depth;
      tile.add(stack[depth].get(), stack[depth - 1].get());
      pool.give(std::move(stack[depth]));
    };
    for (size_t i = 0; i < task.leaves && !control.aborted(); ++i) {
      const size_t row = (task.first + i) * kLeafRows;
      stack[depth] = pool.take();
      if (!memory || !stack[depth]) {
        failed.store(true, std::memory_order_relaxed);
        return;
      }
      tile.leaf(row, std::min(kLeafRows, rows - row), memory.get(), stack[depth++].get());
      for (size_t n = i + 1; n % 2 == 0; n /= 2) combine();
    }
    if (control.aborted()) return;  // and let the buffers go
    while (depth > 1) combine();
    scratches.give(std::move(memory));
    Doubles all = tree.combine(task, std::move(stack[0]), tile, pool);
    if (!all) return;
    tile.put(all.get(), gram, p);
    pool.give(std::move(all));
  };
  parallel_for(count, threads, body);
  return !control.aborted() && !failed.load(std::memory_order_relaxed);
}

}  // namespace gradus
