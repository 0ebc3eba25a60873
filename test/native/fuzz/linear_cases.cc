// Sums over the rows of a linear problem: gradient, loss, Gram matrix, moments,
// prediction, over every way to store rows and any number of threads.
#include <algorithm>
#include <cmath>

#include "cases.h"
#include "core/gram.h"
#include "core/linear.h"
#include "core/moments.h"
#include "linear_problem.h"

namespace gradus::fuzz {
namespace {

// Any shape of up to `work` numbers, or so many leaves that one task of a thread takes several.
void draw_shape(Case& c, size_t work, size_t longest, size_t* rows, size_t* columns) {
  if (c.draw.one_in(10)) {
    *columns = c.draw.between(4, 9);
    *rows = c.draw.between(16 * kLeafRows, 40 * kLeafRows);
  } else {
    *columns = c.draw.length(longest);
    const size_t most = std::min<size_t>(work / std::max<size_t>(*columns, 1), 6000);
    *rows = c.draw.one_in(5) ? c.draw.between(most - most / 8, most) : c.draw.length(most);
  }
  c.note("columns", *columns);
  c.note("rows", *rows);
}

bool done(bool ok, Run& run) {
  Case::demand(ok, run, "did not finish");
  return ok;
}

void gradient(Case& c) {
  size_t rows, columns;
  draw_shape(c, 80000, 3000, &rows, &columns);
  const DrawnProblem p(c, rows, columns);
  const double* const theta = c.doubles(p.size(), c.draw.one_in(3) ? c.draw.kind() : Kind::kOrdinary);
  const Runs runs = c.run(Same::kInClass, c.threads(), [&](Run& run) {
    Control control;
    control.threads = run.threads;
    double* const sums = run.out(p.size() + 2);
    done(linear_gradient(run.kernels, p.problem, theta, control, sums), run);
    double* const loss = run.out(2);
    done(linear_loss(run.kernels, p.problem, theta, control, loss), run);
    for (int i = 0; i < 2; ++i) {
      const double a = loss[i], b = sums[p.size() + i];
      c.demand(a == b || (a != a && b != b), run, "the loss is not the gradient's");
    }
  });
  std::vector<Exact> sums(p.size() + 2);
  for (size_t r = 0; r < rows; ++r) {
    const RowLoss row = p.loss(r, theta);
    for (size_t j = 0; j < p.size(); ++j) {
      const long double z = p.z(r, j);
      sums[j].add(row.weight * row.exact.first * z, row.off.first * std::fabs(z) + Exact::kLeast * (1 + std::fabs(z)));
      if (!row.usable) sums[j].usable = false;
    }
    sums[p.size()].add(row.weight * row.exact.loss, row.off.loss);
    if (!row.usable) sums[p.size()].usable = false;
    sums[p.size() + 1].add(row.weight, 0);
  }
  for (size_t j = 0; j < sums.size(); ++j) {
    sums[j].has_nan = false;  // whether NaN or infinity depends on which partial sum overflows
    c.expect(runs, 0, j, sums[j]);
  }
}

void gram(Case& c) {
  size_t rows, columns;
  // Now and then wide enough for tiles of the output.
  if (c.draw.one_in(12)) {
    columns = c.draw.between(180, 320);
    rows = c.draw.between(1, 30);
    c.note("columns", columns);
    c.note("rows", rows);
  } else {
    draw_shape(c, 40000, 64, &rows, &columns);
  }
  const DrawnProblem p(c, rows, columns);
  const size_t n = p.size();
  const double* const theta = c.doubles(n, c.draw.one_in(3) ? c.draw.kind() : Kind::kOrdinary);
  const Runs runs = c.run(Same::kInClass, c.threads(), [&](Run& run) {
    Control control;
    control.threads = run.threads;
    double* const out = run.out(n * n);
    done(linear_gram(run.kernels, p.problem, theta, control, out), run);
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = i + 1; j < n; ++j) c.demand(out[i * n + j] == 0, run, "the upper triangle is not zero");
    }
  });
  std::vector<RowLoss> losses;
  for (size_t r = 0; r < rows; ++r) losses.push_back(p.loss(r, theta));
  for (int sample = 0; sample < 12 && n > 0; ++sample) {
    const size_t i = c.draw.below(n), j = c.draw.below(i + 1);
    Exact sum;
    for (size_t r = 0; r < rows; ++r) {
      const RowLoss& row = losses[r];
      const long double a = p.z(r, i), b = p.z(r, j), weight = row.weight * row.exact.second;
      sum.add(weight * a * b, row.off.second * std::fabs(a * b) + Exact::kLeast * (1 + std::fabs(a) + std::fabs(b)));
      if (!row.usable || !(std::fabs(weight * a) < 1e300L)) sum.usable = false;
    }
    sum.has_nan = false;
    c.expect(runs, 0, i * n + j, sum);
  }
}

void moments(Case& c) {
  size_t rows, columns;
  draw_shape(c, 50000, 600, &rows, &columns);
  const DrawnProblem p(c, rows, columns);
  const Runs runs = c.run(Same::kInClass, c.threads(), [&](Run& run) {
    Control control;
    control.threads = run.threads;
    double* const mean = run.out(columns);
    double* const variance = run.out(columns);
    done(column_moments(run.kernels, p.problem.rows, control, mean, variance, run.out(1)), run);
  });
  Exact weight;
  for (size_t r = 0; r < rows; ++r) weight.add(p.weight(r), 0);
  c.expect(runs, 2, 0, weight);
  if (!(weight.sum > 1e-280L)) return;
  for (const Run* run : runs.distinct) {
    for (int sample = 0; sample < 4 && columns > 0; ++sample) {
      const size_t j = c.draw.below(columns);
      const double center = run->doubles(0)[j];
      Exact mean, variance;
      for (size_t r = 0; r < rows; ++r) {
        const long double x = p.x(r, j), z = static_cast<double>(p.x(r, j) - center), w = p.weight(r);
        mean.add(w * x / weight.sum, Exact::kLeast * (1 + 1 / weight.sum));
        variance.add(w * z * z / weight.sum, Exact::kLeast * (1 + (1 + std::fabs(z)) / weight.sum));
        // Before the division they must be finite too.
        if (!(w * std::fabs(x) < 1e300L) || !(w * z * z < 1e300L) || !(std::fabs(z) < 1e150L)) mean.usable = false;
      }
      mean.usable = variance.usable = mean.usable && weight.sum < 1e300L;
      mean.has_nan = variance.has_nan = false;
      c.expect(*run, 0, j, mean);
      c.expect(*run, 1, j, variance);
    }
  }
}

void prediction(Case& c) {
  size_t rows, columns;
  draw_shape(c, 80000, 3000, &rows, &columns);
  const DrawnProblem p(c, rows, columns);
  const double* const theta = c.doubles(columns);
  const double intercept = c.draw.number<double>(c.draw.kind());
  const Runs runs = c.run(Same::kEverywhere, [&](Run& run) {
    done(linear_predict(run.kernels, p.problem.rows, theta, intercept, run.out(rows)), run);
  });
  for (size_t r = 0; r < rows; ++r) {
    Exact sum;
    for (size_t j = 0; j < columns; ++j) sum.add(static_cast<long double>(p.z(r, j)) * theta[j]);
    sum.add(intercept, 0);
    c.expect(runs, 0, r, sum);
  }
}

void finite_scan(Case& c) {
  const size_t n = c.draw.one_in(6) ? c.draw.between(60000, 260000) : c.draw.length(5000);
  c.note("n", n);
  std::vector<double> values(n, 1.5);
  std::vector<float> narrow(n, 1.5f);
  for (size_t i = c.draw.below(4); i > 0 && n > 0; --i) {
    const size_t at = c.draw.below(n);
    narrow[at] = static_cast<float>(values[at] = c.draw.number<double>(Kind::kNotFinite));
  }
  int64_t wanted = -1;
  for (size_t i = n; i-- > 0;) {
    if (!std::isfinite(values[i])) wanted = static_cast<int64_t>(i);
  }
  const double* const x = c.keep(values);
  const float* const y = c.keep(narrow);
  c.run(Same::kEverywhere, c.threads(), [&](Run& run) {
    Control control;
    control.threads = run.threads;
    int64_t found = -2, found_narrow = -2;
    done(first_not_finite(x, Storage::kFloat64, n, control, &found), run);
    done(first_not_finite(y, Storage::kFloat32, n, control, &found_narrow), run);
    c.demand(found == wanted && found_narrow == wanted, run, "found another number than the first that is not finite");
  });
}

}  // namespace

std::vector<CaseKind> linear_cases() {
  return {
      {"gradient", gradient, {}},       {"gram", gram, {}}, {"moments", moments, {}}, {"prediction", prediction, {}},
      {"finite_scan", finite_scan, {}},
  };
}

}  // namespace gradus::fuzz
