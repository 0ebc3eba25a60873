// Loss, gradient and prediction of linear predictors. Rows pass through the
// cache in chunks of about 32 KB: predictor, loss and gradient of a chunk
// before the next one. Chunk sizes change no bit.
#include "core/linear.h"

#include <algorithm>

#include "core/row_tree.h"

namespace gradus {
namespace {

constexpr size_t kChunkDoubles = 4096, kMostChunkRows = 128;
constexpr size_t kSmallWork = 60000;

struct LeafSums {
  LossSums losses;
  double weight[kLanes];
};

// Passes a leaf through the cache in chunks: predictor and loss of each, then
// `use` of its rows and derivatives.
template <class Use>
void leaf_chunks(const Kernels& kernels, const LinearProblem& problem, const double* parameters, size_t first,
                 size_t count, double* scratch, const Control& control, LeafSums* sums, const Use& use) noexcept {
  const Rows& rows = problem.rows;
  const size_t d = rows.columns, chunk = chunk_rows(d);
  const LossKernel loss = kernels.loss[static_cast<size_t>(problem.loss)];
  double eta[kMostChunkRows], derivative[kMostChunkRows];
  for (size_t r = 0; r < count && !control.aborted(); r += chunk) {
    const size_t n = std::min(chunk, count - r), at = first + r;
    const double* w = rows.weights ? rows.weights + at : nullptr;
    const double* z = read_rows(kernels, rows, at, n, scratch);
    kernels.linear(z, d, n, d, parameters, eta);
    if (problem.intercept) {
      for (size_t i = 0; i < n; ++i) eta[i] += parameters[d];
    }
    loss(n, eta, problem.y ? problem.y + at : nullptr, w, problem.loss_parameter, derivative, nullptr, &sums->losses);
    use(z, n, derivative);
    add_weights(w, n, sums->weight);
  }
}

}  // namespace

size_t chunk_rows(size_t columns) noexcept {
  const size_t fit = kChunkDoubles / std::max<size_t>(columns, 1) / kLanes * kLanes;
  return std::clamp<size_t>(fit, kLanes, kMostChunkRows);
}

int useful_threads(size_t work, const Control& control) noexcept {
  return work < kSmallWork ? 1 : std::max(control.threads, 1);
}

const double* read_rows(const Kernels& kernels, const Rows& rows, size_t first, size_t count,
                        double* scratch) noexcept {
  const size_t d = rows.columns, offset = rows.list ? 0 : first * d;
  if (d == 0) return scratch;
  if (rows.direct()) return static_cast<const double*>(rows.x) + offset;
  const uint32_t* list = rows.list ? rows.list + first : nullptr;
  if (rows.type == Storage::kFloat64) {
    kernels.load_f64(static_cast<const double*>(rows.x) + offset, d, list, count, d, rows.shift, rows.scale, scratch,
                     d);
  } else {
    kernels.load_f32(static_cast<const float*>(rows.x) + offset, d, list, count, d, rows.shift, rows.scale, scratch, d);
  }
  return scratch;
}

void gradient_leaf(const Kernels& kernels, const LinearProblem& problem, const double* parameters, size_t first,
                   size_t count, double* scratch, const Control& control, double* sums) noexcept {
  const size_t d = problem.rows.columns, p = problem.size();
  std::fill_n(sums, d, 0.0);
  LeafSums leaf{};
  leaf_chunks(kernels, problem, parameters, first, count, scratch, control, &leaf,
              [&](const double* z, size_t n, const double* derivative) noexcept {
                kernels.accumulate(z, d, n, d, derivative, sums);
              });
  if (problem.intercept) sums[d] = sum_lanes(leaf.losses.derivative);
  sums[p] = sum_lanes(leaf.losses.loss);
  sums[p + 1] = sum_lanes(leaf.weight);
}

bool linear_gradient(const Kernels& kernels, const LinearProblem& problem, const double* parameters, Control& control,
                     double* out) noexcept {
  const Rows& rows = problem.rows;
  const size_t d = rows.columns;
  const auto leaf = [&](size_t first, size_t count, double* scratch, double* sums) noexcept {
    gradient_leaf(kernels, problem, parameters, first, count, scratch, control, sums);
  };
  return sum_leaves(kernels, rows.rows, problem.size() + 2, rows.direct() ? 0 : chunk_rows(d) * d,
                    useful_threads(rows.rows * d, control), control, leaf, out);
}

bool linear_loss(const Kernels& kernels, const LinearProblem& problem, const double* parameters, Control& control,
                 double* out) noexcept {
  const Rows& rows = problem.rows;
  const size_t d = rows.columns;
  const auto leaf = [&](size_t first, size_t count, double* scratch, double* sums) noexcept {
    LeafSums leaf_sums{};
    leaf_chunks(kernels, problem, parameters, first, count, scratch, control, &leaf_sums,
                [](const double*, size_t, const double*) noexcept {});
    sums[0] = sum_lanes(leaf_sums.losses.loss);
    sums[1] = sum_lanes(leaf_sums.weight);
  };
  return sum_leaves(kernels, rows.rows, 2, rows.direct() ? 0 : chunk_rows(d) * d,
                    useful_threads(rows.rows * d, control), control, leaf, out);
}

bool linear_predict(const Kernels& kernels, const Rows& rows, const double* coefficients, double intercept,
                    double* out) noexcept {
  const size_t d = rows.columns, chunk = chunk_rows(d);
  const Doubles scratch = allocate_doubles(rows.direct() ? 0 : chunk * d);
  if (!scratch) return false;
  for (size_t r = 0; r < rows.rows; r += chunk) {
    const size_t n = std::min(chunk, rows.rows - r);
    kernels.predict(read_rows(kernels, rows, r, n, scratch.get()), d, n, d, coefficients, out + r);
    for (size_t i = 0; i < n; ++i) out[r + i] += intercept;
  }
  return true;
}

}  // namespace gradus
