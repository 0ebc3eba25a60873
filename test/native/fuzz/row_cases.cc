// Kernels over rows: loading, predictors, sums by column, gradients and losses.
#include <algorithm>
#include <cmath>

#include "../oracles.h"
#include "cases.h"

namespace gradus::fuzz {
namespace {

constexpr size_t kMostNumbers = 40000;

// Rows of some columns, `stride` apart, the last one without what follows it.
struct Matrix {
  size_t rows, columns, stride;
  size_t size() const { return rows == 0 ? 0 : (rows - 1) * stride + columns; }
};

Matrix draw_matrix(Case& c) {
  const size_t columns = c.length("columns", 5000);
  const size_t stride = columns + (c.draw.coin() ? 0 : c.draw.below(10));
  c.note("stride", stride);
  const size_t rows = c.length("rows", kMostNumbers / std::max<size_t>(stride, 20));
  return {rows, columns, stride};
}

template <class T>
void load(Case& c, LoadKernel<T> Kernels::*kernel, const T* (Case::*values)(size_t)) {
  const size_t columns = c.length("columns", 3000), stride = columns + c.draw.below(4);
  const size_t rows = c.length("rows", kMostNumbers / std::max<size_t>(stride, 20));
  const bool gather = c.draw.coin();
  const size_t stored = gather ? rows + c.draw.below(3) : rows;
  const size_t out_stride = columns + (c.draw.coin() ? 0 : c.draw.below(9));
  const T* const x = (c.*values)(Matrix{stored, columns, stride}.size());
  const uint32_t* const list = gather ? c.indices(rows, std::max<size_t>(stored, 1)) : nullptr;
  const double* const shift = c.draw.coin() ? c.doubles(columns) : nullptr;
  const double* const scale = c.draw.coin() ? c.doubles(columns) : nullptr;
  const Matrix to{rows, columns, out_stride};
  const double* const before = c.doubles(to.size());
  const Runs runs = c.run(Same::kEverywhere, [&](Run& run) {
    (run.kernels.*kernel)(x, stride, list, rows, columns, shift, scale, run.copy(before, to.size()), out_stride);
  });
  for (size_t r = 0; r < rows; ++r) {
    for (size_t j = 0; j < (r + 1 < rows ? out_stride : columns); ++j) {
      double wanted = before[r * out_stride + j];
      if (j < columns) {
        wanted = static_cast<double>(x[(list ? list[r] : r) * stride + j]);
        if (shift) wanted -= shift[j];
        if (scale) wanted *= scale[j];
      }
      const double got = runs.distinct[0]->doubles(0)[r * out_stride + j];
      c.demand(got == wanted || (got != got && wanted != wanted), *runs.distinct[0], "not (x - shift) * scale");
    }
  }
}

void load_f64(Case& c) { load<double>(c, &Kernels::load_f64, &Case::doubles); }
void load_f32(Case& c) { load<float>(c, &Kernels::load_f32, &Case::floats); }

void predictors(Case& c) {
  const Matrix m = draw_matrix(c);
  const double* const x = c.doubles(m.size());
  const double* const theta = c.doubles(m.columns);
  const Runs fused = c.run(
      Same::kInClass, [&](Run& run) { run.kernels.linear(x, m.stride, m.rows, m.columns, theta, run.out(m.rows)); });
  const Runs never = c.run(Same::kEverywhere, [&](Run& run) {
    run.kernels.predict(x, m.stride, m.rows, m.columns, theta, run.out(m.rows));
  });
  for (size_t r = 0; r < m.rows; ++r) {
    Exact sum;
    for (size_t j = 0; j < m.columns; ++j) sum.add(static_cast<long double>(x[r * m.stride + j]) * theta[j]);
    c.expect(fused, 0, r, sum);
    c.expect(never, 0, r, sum);
  }
}

// float32 rows as if they had been widened before.
void float_rows(Case& c) {
  const Matrix m = draw_matrix(c);
  const float* const x = c.floats(m.size());
  const double* const theta = c.doubles(m.columns);
  const double* const d = c.doubles(m.rows);
  const std::vector<double> wide(x, x + m.size());
  const double* const widened = c.keep(wide);
  c.run(Same::kInClass, [&](Run& run) {
    double* const eta = run.out(m.rows);
    double* const sum = run.copy(theta, m.columns);
    run.kernels.linear_f32(x, m.stride, m.rows, m.columns, theta, eta);
    run.kernels.accumulate_f32(x, m.stride, m.rows, m.columns, d, sum);
    double* const wide_eta = run.scratch(m.rows);
    double* const wide_sum = run.scratch(m.columns);
    run.kernels.linear(widened, m.stride, m.rows, m.columns, theta, wide_eta);
    std::copy_n(theta, m.columns, wide_sum);
    run.kernels.accumulate(widened, m.stride, m.rows, m.columns, d, wide_sum);
    Case::demand(equal(eta, wide_eta, m.rows) && equal(sum, wide_sum, m.columns), run, "not that of widened rows");
  });
}

// Loss and gradient in one pass, against predictor, loss and accumulation one after the other.
template <class T>
void gradient_pass(Case& c, GradientKernel<T> (Kernels::*kernels)[kLossCount], const T* x, Matrix m) {
  const size_t loss = c.draw.below(kLossCount);
  c.note("loss", loss);
  const double* const theta = c.doubles(m.columns);
  const double* const intercept = c.draw.coin() ? c.doubles(1) : nullptr;
  const double* const y = c.draw.one_in(4) ? nullptr : c.doubles(m.rows);
  const double* const w = c.draw.coin() ? nullptr : c.weights(m.rows);
  const double* const offset = c.draw.coin() ? nullptr : c.doubles(m.rows);
  const double parameter = c.draw.pick({0.25, 1.0, 3.0});
  const std::vector<double> wide(x, x + m.size());
  const double* const widened = c.keep(wide);
  c.run(Same::kInClass, [&](Run& run) {
    LossSums composed_sums{};
    double* const eta = run.scratch(m.rows);
    double* const d = run.scratch(m.rows);
    double* const composed = run.scratch(m.columns);
    run.kernels.linear(widened, m.stride, m.rows, m.columns, theta, eta);
    for (size_t r = 0; intercept && r < m.rows; ++r) eta[r] += *intercept;
    for (size_t r = 0; offset && r < m.rows; ++r) eta[r] += offset[r];
    run.kernels.loss[loss](m.rows, eta, y, w, parameter, d, nullptr, &composed_sums);
    std::copy_n(theta, m.columns, composed);
    run.kernels.accumulate(widened, m.stride, m.rows, m.columns, d, composed);
    for (const size_t passing : {size_t{0}, size_t{8} << 20, size_t{1} << 30}) {
      LossSums sums{};
      double* const sum = run.copy(theta, m.columns);
      (run.kernels.*kernels)[loss]({x, m.stride, m.rows, m.columns, theta, intercept, y, w, offset, parameter, passing},
                                   sum, &sums);
      Case::demand(
          equal(sum, composed, m.columns) && equal(sums.loss, composed_sums.loss, kLanes) &&
              equal(sums.derivative, composed_sums.derivative, kLanes),
          run, passing ? "read ahead, not that of the kernels it stands for" : "not that of the kernels it stands for");
    }
  });
}

void gradient_f64(Case& c) {
  const Matrix m = draw_matrix(c);
  gradient_pass<double>(c, &Kernels::gradient, c.doubles(m.size()), m);
}
void gradient_f32(Case& c) {
  const Matrix m = draw_matrix(c);
  gradient_pass<float>(c, &Kernels::gradient_f32, c.floats(m.size()), m);
}

void column_sums(Case& c) {
  const Matrix m = draw_matrix(c);
  const double* const x = c.doubles(m.size());
  const double* const d = c.doubles(m.rows);
  const double* const before = c.doubles(m.columns);
  const bool weighted = c.draw.coin();
  const Runs runs = c.run(Same::kInClass, [&](Run& run) {
    run.kernels.accumulate(x, m.stride, m.rows, m.columns, d, run.copy(before, m.columns));
    run.kernels.accumulate_squares(x, m.stride, m.rows, m.columns, weighted ? d : nullptr, run.copy(before, m.columns));
  });
  for (size_t j = 0; j < m.columns; ++j) {
    Exact sum, squares;
    sum.add(before[j], 0);
    squares.add(before[j], 0);
    for (size_t r = 0; r < m.rows; ++r) {
      const long double z = x[r * m.stride + j];
      sum.add(d[r] * z);
      squares.add((weighted ? d[r] * z : z) * z, Exact::kLeast * (1 + std::fabs(z)));
    }
    c.expect(runs, 0, j, sum);
    c.expect(runs, 1, j, squares);
  }
}

void losses(Case& c) {
  const size_t number = c.draw.below(kLossCount), n = c.length("n", 5000);
  c.note("loss", number);
  const double* const eta = c.doubles(n);
  const double* const y = c.draw.one_in(4) ? nullptr : c.doubles(n);
  const double* const w = c.draw.coin() ? nullptr : c.weights(n);
  const double parameter = c.draw.pick({0.25, 1.0, 3.0, 1e-300, 1e300});
  const bool curved = c.draw.coin();
  const double* const before = c.doubles(2 * kLanes, Kind::kOrdinary);
  const Runs runs = c.run(Same::kInClass, [&](Run& run) {
    double* const derivative = run.out(n);
    double* const curvature = curved ? run.out(n) : nullptr;
    LossSums sums;
    std::copy_n(before, kLanes, sums.loss);
    std::copy_n(before + kLanes, kLanes, sums.derivative);
    run.kernels.loss[number](n, eta, y, w, parameter, derivative, curvature, &sums);
    run.copy(sums.loss, kLanes);
    run.copy(sums.derivative, kLanes);
  });
  if (!has_oracle(static_cast<Loss>(number))) return;
  Exact loss[kLanes], derivative[kLanes];
  for (size_t lane = 0; lane < kLanes; ++lane) {
    loss[lane].add(before[lane], 0);
    derivative[lane].add(before[kLanes + lane], 0);
  }
  // A few operations a row, each within ε/2, one of which makes the residual; a product with a subnormal factor may be
  // off by the other.
  constexpr long double kRow = 16 * Exact::kEpsilon;
  for (size_t i = 0; i < n; ++i) {
    const long double at = y ? y[i] : 0, weight = w ? w[i] : 1;
    const ExactLoss exact = exact_loss(static_cast<Loss>(number), eta[i], at, parameter);
    const long double slack = Exact::kLeast * (1 + weight) * (2 + parameter + std::fabs(eta[i] - at));
    const ExactLoss change = loss_change(static_cast<Loss>(number), eta[i],
                                         Exact::kEpsilon * (std::fabs(eta[i]) + std::fabs(at)), at, parameter);
    const auto term = [&](Exact* sum, long double value, long double moved) {
      const long double weighted = weight * value;
      sum->add(weighted, kRow * std::fabs(weighted) + weight * moved + slack);
      if (!(std::fabs(value) < 1e300L) || !(std::fabs(eta[i]) + std::fabs(at) < 1e308L)) sum->usable = false;
    };
    Exact first, second;
    term(&first, exact.first, change.first);
    term(&second, exact.second, change.second);
    term(&loss[i % kLanes], exact.loss, change.loss);
    term(&derivative[i % kLanes], exact.first, change.first);
    c.expect(runs, 0, i, first);
    if (curved) c.expect(runs, 1, i, second);
  }
  for (size_t lane = 0; lane < kLanes; ++lane) {
    c.expect(runs, curved ? 2 : 1, lane, loss[lane]);
    c.expect(runs, curved ? 3 : 2, lane, derivative[lane]);
  }
}

// Several outputs a row: as many predictors and accumulations as there are classes.
void outputs(Case& c) {
  const Matrix m = draw_matrix(c);
  const size_t classes = 1 + c.length("classes", 12), eta_stride = m.rows + c.draw.below(3);
  const size_t theta_stride = m.columns + c.draw.below(3);
  const auto block = [&](size_t stride, size_t n) { return (classes - 1) * stride + n; };
  const double* const x = c.doubles(m.size());
  const double* const theta = c.doubles(block(theta_stride, m.columns));
  const double* const d = c.doubles(block(eta_stride, m.rows));
  const double* const before = c.doubles(std::max(block(eta_stride, m.rows), block(theta_stride, m.columns)));
  c.run(Same::kInClass, [&](Run& run) {
    double* const eta = run.copy(before, block(eta_stride, m.rows));
    double* const sum = run.copy(before, block(theta_stride, m.columns));
    run.kernels.linear_outputs(x, m.stride, m.rows, m.columns, theta, theta_stride, classes, eta, eta_stride);
    run.kernels.accumulate_outputs(x, m.stride, m.rows, m.columns, d, eta_stride, classes, sum, theta_stride);
    double* const one_eta = run.scratch(m.rows);
    double* const one_sum = run.scratch(m.columns);
    for (size_t k = 0; k < classes; ++k) {
      run.kernels.linear(x, m.stride, m.rows, m.columns, theta + k * theta_stride, one_eta);
      std::copy_n(before + k * theta_stride, m.columns, one_sum);
      run.kernels.accumulate(x, m.stride, m.rows, m.columns, d + k * eta_stride, one_sum);
      Case::demand(equal(eta + k * eta_stride, one_eta, m.rows) && equal(sum + k * theta_stride, one_sum, m.columns),
                   run, "not that of one class after the other");
    }
  });
}

void softmax(Case& c) {
  const size_t rows = c.length("rows", 300), classes = 1 + c.length("classes", 12), stride = rows + c.draw.below(3);
  const size_t n = (classes - 1) * stride + rows;
  const double* const eta = c.doubles(n);
  std::vector<double> labels(rows);
  for (double& label : labels) label = static_cast<double>(c.draw.below(classes));
  const double* const y = c.keep(labels);
  const double* const w = c.draw.coin() ? c.weights(rows) : nullptr;
  const double* const zeros = c.keep(std::vector<double>(classes * kLanes));
  c.run(Same::kInClass, [&](Run& run) {
    double* const out = run.copy(eta, n);
    double loss[kLanes] = {};
    double* const derivative = run.copy(zeros, classes * kLanes);
    run.kernels.softmax(rows, classes, out, stride, y, w, loss, derivative);
    run.copy(loss, kLanes);
  });
}

}  // namespace

std::vector<CaseKind> row_cases() {
  return {
      {"load_f64", load_f64, {GRADUS_SLOT(load_f64)}},
      {"load_f32", load_f32, {GRADUS_SLOT(load_f32)}},
      {"predictors", predictors, {GRADUS_SLOT(linear), GRADUS_SLOT(predict)}},
      {"float_rows", float_rows, {GRADUS_SLOT(linear_f32), GRADUS_SLOT(accumulate_f32)}},
      {"gradient_f64", gradient_f64, {GRADUS_SLOT(gradient)}},
      {"gradient_f32", gradient_f32, {GRADUS_SLOT(gradient_f32)}},
      {"column_sums", column_sums, {GRADUS_SLOT(accumulate), GRADUS_SLOT(accumulate_squares)}},
      {"outputs", outputs, {GRADUS_SLOT(linear_outputs), GRADUS_SLOT(accumulate_outputs)}},
      {"softmax", softmax, {GRADUS_SLOT(softmax)}},
      {"losses", losses, {GRADUS_SLOT(loss)}},
  };
}

}  // namespace gradus::fuzz
