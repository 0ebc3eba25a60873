// Factorisations and what they solve: Cholesky, the scaled Newton system, QR by
// blocks of rows, triangles, and refined least squares.
#include <algorithm>
#include <cmath>

#include "cases.h"
#include "core/cholesky.h"
#include "core/least_squares.h"
#include "core/qr.h"
#include "core/triangular.h"
#include "linear_problem.h"

namespace gradus::fuzz {
namespace {

// B transpose(B) and something on the diagonal, which makes it definite or not; or any numbers.
std::vector<double> draw_symmetric(Case& c, size_t n) {
  std::vector<double> a(n * n);
  const Kind kind = c.draw.one_in(4) ? c.draw.kind() : Kind::kOrdinary;
  if (c.draw.one_in(5)) {
    for (double& x : a) x = c.draw.number<double>(kind);
    return a;
  }
  const size_t rank = c.draw.one_in(4) ? n / 2 : n;
  const double shift = c.draw.pick({0.0, 1e-9, 1.0, static_cast<double>(n)});
  std::vector<double> b(n * rank);
  for (double& x : b) x = c.draw.number<double>(kind);
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < n; ++j) {
      double s = i == j ? shift : 0;
      for (size_t k = 0; k < rank; ++k) s += b[i * rank + k] * b[j * rank + k];
      a[i * n + j] = s;
    }
  }
  return a;
}

size_t draw_order(Case& c) { return c.length("n", c.draw.one_in(10) ? 300 : 80); }

// The kernels under Cholesky and triangular systems, on a strip.
void triangular_kernels(Case& c) {
  const size_t rows = c.length("rows", 130), depth = c.length("depth", 130), width = 1 + c.draw.below(kStrip);
  const auto stride = static_cast<ptrdiff_t>(depth);
  const double* const l = c.doubles(rows * depth);
  const double* const x = c.doubles(depth * kStrip);
  const double* const before = c.doubles(rows * kStrip);
  const double* const triangle = c.doubles(rows * rows, Kind::kOrdinary);
  const double* const reciprocal = c.doubles(rows, Kind::kOrdinary);
  const size_t n = 1 + c.draw.below(kLanes);
  std::vector<double> block(n * kStrip);
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = i; j < n; ++j) block[i * kStrip + j] = i == j ? c.draw.pick({-1.0, 0.0, 9.0, 20.0}) : c.draw.unit();
  }
  const double* const upper = c.keep(block);
  const double* const threshold = c.keep(std::vector<double>(n, 0x1p-40));
  c.run(Same::kInClass, [&](Run& run) {
    run.kernels.subtract_product(rows, width, depth, l, stride, 1, x, kStrip, run.copy(before, rows * kStrip), kStrip,
                                 kStrip);
    run.kernels.substitute(0, rows, width, triangle, static_cast<ptrdiff_t>(rows), 1, reciprocal, before, kStrip,
                           run.copy(before, rows * kStrip), kStrip);
    run.kernels.transpose(rows, depth, l, depth, run.copy(l, rows * depth), rows);
    double* const u = run.scratch(n * kStrip);
    double* const r = run.scratch(n);
    std::copy_n(upper, n * kStrip, u);
    const size_t done = run.kernels.factor_block(n, u, kStrip, threshold, r);
    run.number(static_cast<double>(done));
    for (size_t i = 0; i < n && done == n; ++i) run.copy(u + i * kStrip + i, n - i);
    if (done == n) run.copy(r, n);
  });
}

void cholesky_and_solve(Case& c) {
  const size_t n = draw_order(c);
  const double* const a = c.keep(draw_symmetric(c, n));
  const size_t m = c.length("m", 30);
  const double* const rhs = c.doubles(n);
  const double* const many = c.doubles(n * m);
  // Without a factor the matrix is of no use, and is not compared.
  const Runs runs = c.run(Same::kInClass, c.threads(), [&](Run& run) {
    Control control;
    control.threads = run.threads;
    double* const l = run.scratch(n * n);
    std::copy_n(a, n * n, l);
    const ptrdiff_t outcome = cholesky(run.kernels, l, n, &control);
    run.number(static_cast<double>(outcome));
    if (outcome != kCholeskyDone) return;
    run.copy(l, n * n);
    cholesky_solve(run.kernels, l, n, run.copy(rhs, n));
    cholesky_solve_columns(run.kernels, l, n, run.copy(many, n * m), m, run.threads);
    cholesky_inverse(run.kernels, l, n, run.out(n * n), run.threads);
    cholesky_inverse_diagonal(run.kernels, l, n, run.out(n), run.threads);
  });
  for (const Run* distinct : runs.distinct) {
    const Run& run = *distinct;
    if (run.doubles(0)[0] != kCholeskyDone) continue;
    const double* const l = run.doubles(1);
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = i + 1; j < n; ++j) {
        const double got = l[i * n + j], was = a[i * n + j];
        c.demand(got == was || (got != got && was != was), run, "wrote to the upper triangle");
      }
    }
    // L transpose(L) = A: the backward error of one chain an element (Higham 2002, theorem 10.3).
    for (int sample = 0; sample < 20 && n > 0; ++sample) {
      const size_t i = c.draw.below(n), j = c.draw.below(i + 1);
      Exact sum;
      for (size_t k = 0; k <= j; ++k) {
        sum.add(static_cast<long double>(l[i * n + k]) * l[j * n + k], Exact::kLeast * (1 + std::fabs(l[j * n + j])));
      }
      const long double off = std::fabs(sum.sum - a[i * n + j]);
      c.demand(!(sum.size < 1e300L) || off <= sum.bound(), run, "L times its transpose is not A");
    }
  }
}

void scaled_system(Case& c) {
  const size_t n = draw_order(c);
  std::vector<double> symmetric = draw_symmetric(c, n);
  if (c.draw.coin()) {
    for (size_t i = 0; i < n; ++i) {
      const int power = static_cast<int>(c.draw.below(60)) - 30;
      for (size_t j = 0; j < n; ++j) {
        symmetric[i * n + j] = std::ldexp(symmetric[i * n + j], power);
        symmetric[j * n + i] = std::ldexp(symmetric[j * n + i], power);
      }
    }
  }
  const double* const gram = c.keep(symmetric);
  const double* const rhs = c.doubles(n);
  const double* const diagonal = c.draw.coin() ? c.weights(n) : c.keep(std::vector<double>(n, 0.25));
  const double weight = c.draw.pick({1.0, 3.0, 1e6}), shift = c.draw.pick({0.0, 1e-3, 1.0});
  c.run(Same::kInClass, [&](Run& run) {
    Control control;
    double* const direction = run.out(n);
    SolveResult result;
    std::fill_n(direction, n, 7.0);
    Case::demand(solve_scaled(run.kernels, gram, n, weight, diagonal, shift, rhs, control, direction, &result), run,
                 "did not finish");
    run.number(static_cast<double>(result.failed_pivot));
    run.number(result.condition);
  });
}

void block_qr(Case& c) {
  const size_t p = c.length("columns", 40), rows = c.length("rows", 40000 / std::max<size_t>(p * p, 20));
  const size_t leaves = (rows + kLeafRows - 1) / kLeafRows;
  const Kind kind = c.draw.one_in(3) ? c.draw.kind() : Kind::kOrdinary;
  const double* const blocks = c.doubles(rows * p, kind);
  std::vector<double> r(p * p);
  for (size_t j = 0; j < p; ++j) r[j * p + j] = c.draw.coin() ? c.draw.number<double>(Kind::kOrdinary) : 0;
  const double* const start = c.keep(r);
  const double* const top = c.doubles(p, kind);
  const double* const x = c.doubles(rows, kind);
  const Runs runs = c.run(Same::kInClass, [&](Run& run) {
    Control control;
    double* const reflectors = run.out(2 * p * leaves);
    double* const factor = run.copy(start, p * p);
    const BlockQr qr{rows, p, run.copy(blocks, rows * p), reflectors, factor};
    bool ok = qr_factor(run.kernels, qr, control);
    double* const over = run.copy(top, p);
    double* const under = run.copy(x, rows);
    ok = ok && qr_apply_transposed(run.kernels, qr, over, under, control);
    double* const over_again = run.copy(over, p);
    double* const under_again = run.copy(under, rows);
    ok = ok && qr_apply(run.kernels, qr, over_again, under_again, control);
    Case::demand(ok, run, "did not finish");
  });
  // Q transpose(Q) x = x, whatever the rank: a reflection of n numbers has about n roundings. Only columns of norms
  // near 1.
  if (kind != Kind::kOrdinary && kind != Kind::kIntegers) return;
  long double squares = 0;
  for (size_t j = 0; j < p; ++j) squares += static_cast<long double>(top[j]) * top[j];
  for (size_t i = 0; i < rows; ++i) squares += static_cast<long double>(x[i]) * x[i];
  const long double reflections = static_cast<long double>(2 * p * leaves);
  const long double bound = reflections * (kLeafRows + 10) * Exact::kEpsilon * std::sqrt(squares);
  for (const Run* run : runs.distinct) {
    const double* const over = run->doubles(5);
    const double* const under = run->doubles(6);
    for (size_t j = 0; j < p; ++j) c.demand(std::fabs(over[j] - top[j]) <= bound, *run, "Q transpose(Q) is not 1");
    for (size_t i = 0; i < rows; ++i) c.demand(std::fabs(under[i] - x[i]) <= bound, *run, "Q transpose(Q) is not 1");
  }
}

void triangles(Case& c) {
  const size_t n = draw_order(c);
  const double* const r = c.doubles(n * n);
  const double* const b = c.doubles(n);
  c.run(Same::kInClass, [&](Run& run) {
    Control control;
    upper_solve(run.kernels, r, n, run.copy(b, n));
    upper_solve_transposed(run.kernels, r, n, run.copy(b, n));
    double condition;
    Case::demand(upper_invert(run.kernels, r, n, control, run.out(n * n), &condition), run, "did not finish");
    run.number(condition);
  });
}

void refined_least_squares(Case& c) {
  const size_t columns = c.length("columns", 30);
  const size_t rows = c.length("rows", 20000 / std::max<size_t>(columns * columns, 10));
  const DrawnProblem p(c, rows, columns);
  const size_t n = p.size();
  const double* const diagonal = c.draw.coin() ? c.weights(n) : c.keep(std::vector<double>(n));
  const double* const theta = c.doubles(n);
  const double weight = c.draw.pick({1.0, static_cast<double>(rows)});
  c.run(Same::kInClass, [&](Run& run) {
    Control control;
    LeastSquaresResult result, again;
    double* const solution = run.out(n);
    double* const variances = run.out(n);
    double squares = 0;
    std::fill_n(solution, n, 7.0);
    std::fill_n(variances, n, 7.0);
    const bool ok =
        least_squares(run.kernels, p.problem, weight, diagonal, control, solution, &result) &&
        least_squares_variances(run.kernels, p.problem, weight, diagonal, theta, control, variances, &squares, &again);
    Case::demand(ok, run, "did not finish");
    run.number(static_cast<double>(result.failed_pivot));
    run.number(result.condition);
    run.number(result.failed_pivot >= 0 ? 0 : result.correction);
    run.number(squares);
  });
}

}  // namespace

std::vector<CaseKind> factor_cases() {
  return {
      {"triangular_kernels",
       triangular_kernels,
       {GRADUS_SLOT(subtract_product), GRADUS_SLOT(substitute), GRADUS_SLOT(factor_block), GRADUS_SLOT(transpose)}},
      {"cholesky", cholesky_and_solve, {}},
      {"scaled_system", scaled_system, {}},
      {"qr", block_qr, {}},
      {"triangles", triangles, {}},
      {"least_squares", refined_least_squares, {}},
  };
}

}  // namespace gradus::fuzz
