// Loss and gradient of softmax regression. Rows pass through the cache in chunks:
// predictors of all classes, softmax, and the gradient of all classes before the
// next chunk. Chunk sizes change no bit.
#include "core/softmax.h"

#include <algorithm>

#include "core/row_tree.h"

namespace gradus {
namespace {

// Numbers of X in a chunk, which stays in the first cache, and numbers of outputs.
constexpr size_t kChunkDoubles = 4096, kChunkOutputs = 8192, kMostChunkRows = 128;

size_t chunk_of(const SoftmaxProblem& problem) noexcept {
  const size_t columns = std::max<size_t>(problem.rows.columns, 1), classes = std::max<size_t>(problem.classes, 1);
  const size_t fit = std::min(kChunkDoubles / columns, kChunkOutputs / classes) / kLanes * kLanes;
  return std::clamp<size_t>(fit, kLanes, kMostChunkRows);
}

// What a leaf works with. Parameters and gradient of a class begin at whole cache lines: where every load of them
// crosses one, predictors take a quarter longer.
struct Memory {
  size_t stride, chunk, rows, parameters, outputs, lanes;

  explicit Memory(const SoftmaxProblem& problem) noexcept
      : stride(round_up(problem.rows.columns, kLanes)),
        chunk(chunk_of(problem)),
        rows(problem.rows.direct() ? 0 : chunk * stride),
        parameters(problem.classes * stride),
        outputs(chunk * problem.classes),
        lanes(problem.classes * kLanes) {}
  size_t size() const noexcept { return rows + 2 * parameters + outputs + lanes; }
};

void softmax_leaf(const Kernels& kernels, const SoftmaxProblem& problem, const double* parameters, size_t first,
                  size_t count, double* scratch, const Control& control, double* sums) noexcept {
  const Rows& rows = problem.rows;
  const size_t d = rows.columns, p = problem.size(), classes = problem.classes;
  const Memory memory(problem);
  const size_t chunk = memory.chunk, stride = memory.stride;
  double* const theta = scratch + memory.rows;
  double* const gradient = theta + memory.parameters;
  double* const outputs = gradient + memory.parameters;
  double* const derivative = outputs + memory.outputs;
  for (size_t k = 0; k < classes; ++k) std::copy_n(parameters + k * p, d, theta + k * stride);
  std::fill_n(gradient, memory.parameters, 0.0);
  std::fill_n(derivative, memory.lanes, 0.0);
  double loss[kLanes] = {}, weight[kLanes] = {};
  for (size_t r = 0; r < count && !control.aborted(); r += chunk) {
    const size_t n = std::min(chunk, count - r), at = first + r;
    const double* const w = rows.weights ? rows.weights + at : nullptr;
    const double* const z = read_rows(kernels, rows, at, n, scratch);
    kernels.linear_outputs(z, d, n, d, theta, stride, classes, outputs, chunk);
    for (size_t k = 0; problem.intercept && k < classes; ++k) {
      const double intercept = parameters[k * p + d];
      for (size_t i = 0; i < n; ++i) outputs[k * chunk + i] += intercept;
    }
    kernels.softmax(n, classes, outputs, chunk, problem.y ? problem.y + at : nullptr, w, loss,
                    problem.intercept ? derivative : nullptr);
    kernels.accumulate_outputs(z, d, n, d, outputs, chunk, classes, gradient, stride);
    add_weights(w, n, weight);
  }
  for (size_t k = 0; k < classes; ++k) {
    std::copy_n(gradient + k * stride, d, sums + k * p);
    if (problem.intercept) sums[k * p + d] = sum_lanes(derivative + k * kLanes);
  }
  sums[problem.total_size()] = sum_lanes(loss);
  sums[problem.total_size() + 1] = sum_lanes(weight);
}

}  // namespace

bool softmax_gradient(const Kernels& kernels, const SoftmaxProblem& problem, const double* parameters, Control& control,
                      double* out) noexcept {
  const Rows& rows = problem.rows;
  const auto leaf = [&](size_t first, size_t count, double* scratch, double* sums) noexcept {
    softmax_leaf(kernels, problem, parameters, first, count, scratch, control, sums);
  };
  return sum_leaves(kernels, rows.rows, problem.total_size() + 2, Memory(problem).size(),
                    useful_threads(rows.rows * rows.columns * problem.classes, control), control, leaf, out);
}

}  // namespace gradus
