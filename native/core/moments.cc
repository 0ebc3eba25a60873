// Column moments in two passes (sums, then squares around the mean), and the
// scan for values that are not finite.
#include "core/moments.h"

#include <algorithm>
#include <atomic>

#include "core/row_tree.h"

namespace gradus {
namespace {

// One pass: [column sums | weight], of z or of its squares.
bool column_sums(const Kernels& kernels, const Rows& rows, bool squares, Control& control, double* out) noexcept {
  const size_t d = rows.columns, chunk = chunk_rows(d);
  const auto leaf = [&](size_t first, size_t count, double* scratch, double* sums) noexcept {
    double ones[kLeafRows], weight[kLanes] = {};
    std::fill_n(ones, std::min(chunk, count), 1.0);
    std::fill_n(sums, d, 0.0);
    for (size_t r = 0; r < count && !control.aborted(); r += chunk) {
      const size_t n = std::min(chunk, count - r);
      const double* w = rows.weights ? rows.weights + first + r : nullptr;
      const double* z = read_rows(kernels, rows, first + r, n, scratch);
      if (squares) {
        kernels.accumulate_squares(z, d, n, d, w, sums);
      } else {
        kernels.accumulate(z, d, n, d, w ? w : ones, sums);
      }
      add_weights(w, n, weight);
    }
    sums[d] = sum_lanes(weight);
  };
  return sum_leaves(kernels, rows.rows, d + 1, rows.direct() ? 0 : chunk * d, useful_threads(rows.rows * d, control),
                    control, leaf, out);
}

// Multiplying by zero leaves NaN of everything that is not finite; eight sums
// at once, so that the compiler can use vectors.
template <class T>
bool all_finite(const T* data, size_t n) noexcept {
  T lanes[16] = {};
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    for (size_t l = 0; l < 16; ++l) lanes[l] += data[i + l] * T{0};
  }
  T sum = 0;
  for (; i < n; ++i) sum += data[i] * T{0};
  for (const T lane : lanes) sum += lane;
  return sum == T{0};
}

template <class T>
bool scan(const T* data, size_t n, Control& control, int64_t* found) noexcept {
  constexpr size_t kBlock = 1 << 16;
  std::atomic<size_t> least{n};
  auto body = [&](size_t block) noexcept {
    const size_t first = block * kBlock, count = std::min(kBlock, n - first);
    if (control.aborted() || first >= least.load(std::memory_order_relaxed)) return;
    if (all_finite(data + first, count)) return;
    size_t i = first;
    while (data[i] * T{0} == T{0}) ++i;
    size_t seen = least.load(std::memory_order_relaxed);
    while (i < seen && !least.compare_exchange_weak(seen, i, std::memory_order_relaxed)) {
    }
  };
  parallel_for((n + kBlock - 1) / kBlock, useful_threads(n, control), body);
  if (control.aborted()) return false;
  const size_t i = least.load(std::memory_order_relaxed);
  *found = i < n ? static_cast<int64_t>(i) : -1;
  return true;
}

}  // namespace

bool column_moments(const Kernels& kernels, const Rows& rows, Control& control, double* mean, double* variance,
                    double* weight) noexcept {
  const size_t d = rows.columns;
  const Doubles sums = allocate_doubles(d + 1);
  if (!sums) return false;
  Rows plain = rows;
  plain.shift = plain.scale = nullptr;
  if (!column_sums(kernels, plain, false, control, sums.get())) return false;
  const double total = sums[d];
  for (size_t j = 0; j < d; ++j) mean[j] = sums[j] / total;
  plain.shift = mean;
  if (!column_sums(kernels, plain, true, control, sums.get())) return false;
  for (size_t j = 0; j < d; ++j) variance[j] = sums[j] / total;
  *weight = total;
  return true;
}

bool first_not_finite(const void* data, Storage type, size_t n, Control& control, int64_t* found) noexcept {
  return type == Storage::kFloat64 ? scan(static_cast<const double*>(data), n, control, found)
                                   : scan(static_cast<const float*>(data), n, control, found);
}

}  // namespace gradus
