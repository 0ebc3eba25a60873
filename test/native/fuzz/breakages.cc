#include "breakages.h"

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <thread>

namespace gradus::fuzz {
namespace {

Kernels honest;
std::thread::id first_thread;

// The lanes of a row are added one after the other instead of in pairs.
void linear_in_order(const double* x, size_t stride, size_t rows, size_t columns, const double* theta,
                     double* eta) noexcept {
  for (size_t r = 0; r < rows; ++r) {
    double lanes[kLanes] = {}, sum = 0;
    for (size_t j = 0; j < columns; ++j) lanes[j % kLanes] = std::fma(x[r * stride + j], theta[j], lanes[j % kLanes]);
    for (const double lane : lanes) sum += lane;
    eta[r] = sum;
  }
}

// The last of an odd number of rows is left out.
void accumulate_without_last(const double* x, size_t stride, size_t rows, size_t columns, const double* d,
                             double* sum) noexcept {
  honest.accumulate(x, stride, rows > 1 ? rows / 2 * 2 : rows, columns, d, sum);
}

double dot_reads_past(const double* x, const double* y, size_t n) noexcept {
  return honest.dot(x, y, n) + (n % 8 == 3 ? 0 * x[n] : 0);
}

void axpy_writes_past(double a, const double* x, double* y, size_t n) noexcept {
  honest.axpy(a, x, y, n);
  if (n % 8 == 5) y[n] = 0;
}

void log_flushes_subnormal(size_t n, const double* x, double* y) noexcept {
  for (size_t i = 0; i < n; ++i) {
    const double at = std::fpclassify(x[i]) == FP_SUBNORMAL ? 0 : x[i];
    honest.map[static_cast<size_t>(Function::kLog)](1, &at, y + i);
  }
}

void momentum_fused(size_t n, const double* gradient, const double* scalars, double* theta,
                    double* const* state) noexcept {
  for (size_t i = 0; i < n; ++i) {
    state[0][i] = std::fma(scalars[1], state[0][i], gradient[i]);
    theta[i] -= scalars[0] * state[0][i];
  }
}

// All in float64, rounded at the end.
void momentum_f32_in_double(size_t n, const float* gradient, const double* scalars, float* theta,
                            float* const* state) noexcept {
  for (size_t i = 0; i < n; ++i) {
    const double buffer = scalars[1] * state[0][i] + gradient[i];
    state[0][i] = static_cast<float>(buffer);
    theta[i] = static_cast<float>(theta[i] - scalars[0] * buffer);
  }
}

void adam_rows_with_first_scalars(const SingleRows& run, double* theta, double* const* state) noexcept {
  SingleRows first = run;
  first.scalar_stride = 0;
  honest.single_rows[static_cast<size_t>(Rule::kAdam)](first, theta, state);
}

// The last of some rows is left out when they come from memory.
void streamed_without_last(const GradientRows<double>& run, double* sum, LossSums* sums) noexcept {
  GradientRows<double> most = run;
  if (run.passing != 0 && run.rows % 4 == 1) --most.rows;
  honest.gradient[static_cast<size_t>(Loss::kHuber)](most, sum, sums);
}

// Factors of the rows are as short as the rows.
void accumulate_short(const float* x, size_t stride, size_t rows, size_t columns, const double* d,
                      double* sum) noexcept {
  for (size_t r = 0; r < rows; ++r) {
    const double factor = static_cast<float>(d[r]);
    honest.accumulate_f32(x + r * stride, stride, 1, columns, &factor, sum);
  }
}

// Another thread than the first predicts something else. The first waits for it to come.
void linear_by_helper(const double* x, size_t stride, size_t rows, size_t columns, const double* theta,
                      double* eta) noexcept {
  honest.linear(x, stride, rows, columns, theta, eta);
  if (std::this_thread::get_id() == first_thread) {
    std::this_thread::sleep_for(std::chrono::microseconds(20));
  } else if (rows > 0) {
    eta[0] = std::nextafter(eta[0], 0.0);
  }
}

// The chain of the last element of a Gram matrix's smallest tile takes its terms in another order.
void gram_backwards(const GramTile& tile) noexcept {
  double* const at = tile.c + kLanes - 1;
  double last = tile.start ? 0 : *at;
  for (size_t q = tile.rows; q-- > 0;) {
    last = std::fma(tile.a[q * tile.a_stride], tile.b[q * tile.b_stride + kLanes - 1], last);
  }
  honest.gram[0][0](tile);
  *at = last;
}

void load_without_shift(const double* x, size_t stride, const uint32_t* list, size_t rows, size_t columns,
                        const double* shift, const double* scale, double* out, size_t out_stride) noexcept {
  honest.load_f64(x, stride, list, rows, columns, shift, scale, out, out_stride);
  if (shift && scale && list && columns % 2 == 1) {
    for (size_t r = 0; r < rows; ++r) {
      out[r * out_stride + columns - 1] = x[list[r] * stride + columns - 1] * scale[columns - 1];
    }
  }
}

}  // namespace

const std::vector<Breakage>& breakages() {
  static const std::vector<Breakage> all = {
      {"lane-order", "linear adds its lanes in another order", nullptr,
       [](Kernels* t) { t->linear = linear_in_order; }},
      {"last-row", "accumulate ignores the last of an odd number of rows", nullptr,
       [](Kernels* t) { t->accumulate = accumulate_without_last; }},
      {"reads-past", "dot reads one number past the end, where n mod 8 is 3", "dot",
       [](Kernels* t) { t->dot = dot_reads_past; }},
      {"writes-past", "axpy writes one number past the end, where n mod 8 is 5", "axpy",
       [](Kernels* t) { t->axpy = axpy_writes_past; }},
      {"subnormal", "log takes subnormal numbers for 0", nullptr,
       [](Kernels* t) { t->map[static_cast<size_t>(Function::kLog)] = log_flushes_subnormal; }},
      {"fused-rule", "the rule with momentum rounds once where it must round twice", nullptr,
       [](Kernels* t) { t->step_f64[static_cast<size_t>(Rule::kMomentum)] = momentum_fused; }},
      {"float32-rule", "the float32 rule with momentum rounds at the end only", nullptr,
       [](Kernels* t) { t->step_f32[static_cast<size_t>(Rule::kMomentum)] = momentum_f32_in_double; }},
      {"first-scalars", "steps of one row by Adam take the scalars of the first for all", nullptr,
       [](Kernels* t) { t->single_rows[static_cast<size_t>(Rule::kAdam)] = adam_rows_with_first_scalars; }},
      {"streamed", "the gradient of Huber's loss ignores the last of 4 n + 1 rows from memory", nullptr,
       [](Kernels* t) { t->gradient[static_cast<size_t>(Loss::kHuber)] = streamed_without_last; }},
      {"short-factors", "accumulate_f32 rounds the factors of the rows to float32", nullptr,
       [](Kernels* t) { t->accumulate_f32 = accumulate_short; }},
      {"helper", "linear differs on other threads than the first", nullptr,
       [](Kernels* t) { t->linear = linear_by_helper; }},
      {"tile-order", "the last element of the smallest tile is summed backwards", nullptr,
       [](Kernels* t) { t->gram[0][0] = gram_backwards; }},
      {"shift", "load_f64 forgets the last shift of gathered rows with an odd number of columns", nullptr,
       [](Kernels* t) { t->load_f64 = load_without_shift; }},
  };
  return all;
}

Kernels break_kernels(const Kernels& table, const std::string& name) {
  honest = table;
  first_thread = std::this_thread::get_id();
  Kernels broken = table;
  broken.name = "the broken table";
  for (const Breakage& breakage : breakages()) {
    if (name != breakage.name) continue;
    breakage.apply(&broken);
    return broken;
  }
  std::abort();
}

}  // namespace gradus::fuzz
