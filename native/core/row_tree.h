// Sums over rows in the decreed order: leaves of 512 rows combine in a
// power-of-two pairwise tree. Work is split into tasks of aligned power-of-two
// numbers of leaves, which are subtrees, so the split changes no bit.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>

#include "core/control.h"
#include "core/scratch.h"
#include "core/thread_pool.h"
#include "kernels/kernels.h"

namespace gradus {

inline size_t leaf_count(size_t rows) noexcept { return rows / kLeafRows + (rows % kLeafRows != 0); }

// The lanes of one logical vector, summed in the decreed order.
inline double sum_lanes(const double* v) noexcept {
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

// lanes[i mod 8] += weight i (ones when null, which add up exactly); rows start at a multiple of 8.
inline void add_weights(const double* weights, size_t rows, double* lanes) noexcept {
  if (!weights) {
    for (size_t l = 0; l < kLanes; ++l) lanes[l] += static_cast<double>((rows + kLanes - 1 - l) / kLanes);
    return;
  }
  for (size_t i = 0; i < rows; ++i) lanes[i % kLanes] += weights[i];
}

// A binary counter of partial sums: slot k of the stack holds a finished
// subtree, and equal sizes combine at once. The memory is the caller's.
class RowTree {
 public:
  static size_t slots(size_t leaves) noexcept { return std::bit_width(leaves); }

  RowTree(const Kernels& kernels, double* memory, size_t width) noexcept
      : kernels_(kernels), memory_(memory), width_(width) {}

  // Where the next leaf goes; `push` takes it in.
  double* next() noexcept { return memory_ + depth_ * width_; }
  void push() noexcept {
    ++depth_;
    for (size_t n = ++leaves_; n % 2 == 0; n /= 2) combine();
  }
  // The sum of all leaves; there must be one.
  const double* finish() noexcept {
    while (depth_ > 1) combine();
    return memory_;
  }

 private:
  void combine() noexcept {
    --depth_;
    kernels_.add(memory_ + depth_ * width_, memory_ + (depth_ - 1) * width_, width_);
  }

  const Kernels& kernels_;
  double* memory_;
  size_t width_, depth_ = 0, leaves_ = 0;
};

// The same tree over finished partial sums that lie `stride` apart, in place:
// the result is in the first.
inline void combine_partials(const Kernels& kernels, double* partials, size_t count, size_t stride,
                             size_t width) noexcept {
  for (size_t step = 1; step < count; step *= 2) {
    for (size_t i = 0; i + step < count; i += 2 * step) {
      kernels.add(partials + (i + step) * stride, partials + i * stride, width);
    }
  }
}

// Leaves per task: at most 8, fewer when there would be less than four tasks
// a thread.
inline size_t task_leaves(size_t leaves, int threads) noexcept {
  size_t each = 8;
  while (each > 1 && leaves / each < 4 * static_cast<size_t>(threads)) each /= 2;
  return each;
}

// out[0..width) = tree sum of leaf(first_row, rows, scratch, sums), which fills
// all of sums. Each task has `scratch` doubles. False when aborted or memory
// ran out.
template <class Leaf>
bool sum_leaves(const Kernels& kernels, size_t rows, size_t width, size_t scratch, int threads, Control& control,
                const Leaf& leaf, double* out) noexcept {
  const size_t leaves = leaf_count(rows);
  if (leaves == 0) {
    std::fill_n(out, width, 0.0);
    return !control.aborted();
  }
  const size_t each = task_leaves(leaves, threads), tasks = (leaves + each - 1) / each;
  const Doubles partials = allocate_doubles(tasks * width);
  if (!partials) return false;
  std::atomic<bool> failed{false};
  const size_t padded = round_up(scratch, kLanes);
  ScratchPool pool(padded + RowTree::slots(each) * width);
  auto body = [&](size_t task) noexcept {
    if (failed.load(std::memory_order_relaxed) || control.aborted()) return;
    const size_t first = task * each, last = std::min(first + each, leaves);
    Doubles memory = pool.take();
    if (!memory) {
      failed.store(true, std::memory_order_relaxed);
      return;
    }
    RowTree tree(kernels, memory.get() + padded, width);
    for (size_t i = first; i < last && !control.aborted(); ++i) {
      leaf(i * kLeafRows, std::min(kLeafRows, rows - i * kLeafRows), memory.get(), tree.next());
      tree.push();
    }
    if (!control.aborted()) std::copy_n(tree.finish(), width, partials.get() + task * width);
    pool.give(std::move(memory));
  };
  parallel_for(tasks, threads, body);
  if (failed.load(std::memory_order_relaxed) || control.aborted()) return false;
  combine_partials(kernels, partials.get(), tasks, width, width);
  std::copy_n(partials.get(), width, out);
  return true;
}

}  // namespace gradus
