// Loss, gradient and prediction of linear predictors. X is read from memory
// once. Rows that the kernels cannot read as they are (views, standardised
// columns) are copied some at a time. How many changes no bit.
#include "core/linear.h"

#include <algorithm>

#include "core/row_tree.h"

namespace gradus {
namespace {

constexpr size_t kChunkDoubles = 4096, kMostChunkRows = 128;
constexpr size_t kSmallWork = 60000;
// Numbers after which a kernel that reads rows in place comes back, so that a stop is seen within a millisecond.
constexpr size_t kPlainDoubles = size_t{1} << 18;

// The kernels for float64 and for float32 rows.
LinearKernel<double> linear_kernel(const Kernels& kernels, const double*) noexcept { return kernels.linear; }
LinearKernel<float> linear_kernel(const Kernels& kernels, const float*) noexcept { return kernels.linear_f32; }
GradientKernel<double> gradient_kernel(const Kernels& kernels, Loss loss, const double*) noexcept {
  return kernels.gradient[static_cast<size_t>(loss)];
}
GradientKernel<float> gradient_kernel(const Kernels& kernels, Loss loss, const float*) noexcept {
  return kernels.gradient_f32[static_cast<size_t>(loss)];
}

// Whole logical vectors of rows that hold about so many numbers.
size_t fitting_rows(size_t doubles, size_t columns, size_t most) noexcept {
  return std::clamp<size_t>(doubles / std::max<size_t>(columns, 1) / kLanes * kLanes, kLanes, most);
}

// Passes the rows of a leaf `chunk` at a time: use(rows as the kernels read them, number of the first, how many).
// float32 is read in place, like float64, where rows lie in order and enter as they are.
template <class Use>
void leaf_chunks(const Kernels& kernels, const Rows& rows, size_t chunk, size_t first, size_t count, double* scratch,
                 const Control& control, const Use& use) noexcept {
  for (size_t r = 0; r < count && !control.aborted(); r += chunk) {
    const size_t n = std::min(chunk, count - r), at = first + r;
    if (rows.type == Storage::kFloat32 && rows.plain()) {
      use(static_cast<const float*>(rows.x) + at * rows.columns, at, n);
    } else {
      use(read_rows(kernels, rows, at, n, scratch), at, n);
    }
  }
}

const double* from(const double* values, size_t first) noexcept { return values ? values + first : nullptr; }

double leaf_weight(const Rows& rows, size_t first, size_t count) noexcept {
  double lanes[kLanes] = {};
  add_weights(from(rows.weights, first), count, lanes);
  return sum_lanes(lanes);
}

}  // namespace

size_t gradient_scratch(const Rows& rows) noexcept {
  return rows.plain() ? 0 : chunk_rows(rows.columns) * rows.columns;
}

size_t chunk_rows(size_t columns) noexcept { return fitting_rows(kChunkDoubles, columns, kMostChunkRows); }

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
  const Rows& rows = problem.rows;
  const size_t d = rows.columns, p = problem.size();
  const size_t width = rows.type == Storage::kFloat32 ? sizeof(float) : sizeof(double);
  const size_t chunk = rows.plain() ? fitting_rows(kPlainDoubles, d, kLeafRows) : chunk_rows(d);
  std::fill_n(sums, d, 0.0);
  LossSums losses{};
  leaf_chunks(kernels, rows, chunk, first, count, scratch, control,
              [&]<class T>(const T* z, size_t at, size_t n) noexcept {
                const GradientRows<T> run{.x = z,
                                          .stride = d,
                                          .rows = n,
                                          .columns = d,
                                          .theta = parameters,
                                          .intercept = problem.intercept ? parameters + d : nullptr,
                                          .y = from(problem.y, at),
                                          .weights = from(rows.weights, at),
                                          .offset = from(problem.offset, at),
                                          .loss_parameter = problem.loss_parameter,
                                          .passing = rows.plain() ? rows.rows * d * width : 0};
                gradient_kernel(kernels, problem.loss, z)(run, sums, &losses);
              });
  if (problem.intercept) sums[d] = sum_lanes(losses.derivative);
  sums[p] = sum_lanes(losses.loss);
  sums[p + 1] = leaf_weight(rows, first, count);
}

bool linear_gradient(const Kernels& kernels, const LinearProblem& problem, const double* parameters, Control& control,
                     double* out) noexcept {
  const Rows& rows = problem.rows;
  const auto leaf = [&](size_t first, size_t count, double* scratch, double* sums) noexcept {
    gradient_leaf(kernels, problem, parameters, first, count, scratch, control, sums);
  };
  return sum_leaves(kernels, rows.rows, problem.size() + 2, gradient_scratch(rows),
                    useful_threads(rows.rows * rows.columns, control), control, leaf, out);
}

bool linear_loss(const Kernels& kernels, const LinearProblem& problem, const double* parameters, Control& control,
                 double* out) noexcept {
  const Rows& rows = problem.rows;
  const size_t d = rows.columns;
  const LossKernel loss = kernels.loss[static_cast<size_t>(problem.loss)];
  const auto leaf = [&](size_t first, size_t count, double* scratch, double* sums) noexcept {
    LossSums losses{};
    leaf_chunks(kernels, rows, chunk_rows(d), first, count, scratch, control,
                [&](const auto* z, size_t at, size_t n) noexcept {
                  double eta[kMostChunkRows], derivative[kMostChunkRows];
                  linear_kernel(kernels, z)(z, d, n, d, parameters, eta);
                  finish_predictors(problem, parameters, at, n, eta);
                  loss(n, eta, from(problem.y, at), from(rows.weights, at), problem.loss_parameter, derivative, nullptr,
                       &losses);
                });
    sums[0] = sum_lanes(losses.loss);
    sums[1] = leaf_weight(rows, first, count);
  };
  return sum_leaves(kernels, rows.rows, 2, gradient_scratch(rows), useful_threads(rows.rows * d, control), control,
                    leaf, out);
}

void finish_predictors(const LinearProblem& problem, const double* parameters, size_t first, size_t count,
                       double* eta) noexcept {
  if (problem.intercept) {
    for (size_t i = 0; i < count; ++i) eta[i] += parameters[problem.rows.columns];
  }
  if (problem.offset) {
    for (size_t i = 0; i < count; ++i) eta[i] += problem.offset[first + i];
  }
}

bool linear_predictors(const Kernels& kernels, const LinearProblem& problem, const double* parameters, Control& control,
                       double* out) noexcept {
  const Rows& rows = problem.rows;
  const size_t d = rows.columns;
  const auto leaf = [&](size_t first, size_t count, double* scratch, double* sums) noexcept {
    leaf_chunks(kernels, rows, chunk_rows(d), first, count, scratch, control,
                [&](const auto* z, size_t at, size_t n) noexcept {
                  linear_kernel(kernels, z)(z, d, n, d, parameters, out + at);
                  finish_predictors(problem, parameters, at, n, out + at);
                });
    sums[0] = 0;
  };
  double unused = 0;
  return sum_leaves(kernels, rows.rows, 1, gradient_scratch(rows), useful_threads(rows.rows * d, control), control,
                    leaf, &unused);
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
