// QR and least squares: identities, matrices whose exact solution is known or found
// in long double, shapes around the leaf and the vectors, and abort.
#include "core/least_squares.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>
#include <vector>

#include "core/double_double.h"
#include "core/qr.h"
#include "tables.h"

namespace gradus {
namespace {

using Values = std::vector<double>;

constexpr double kMean = 0.3;
using Exact = std::vector<long double>;

constexpr double kGuard = -77.25;

LinearProblem problem_of(const Values& x, const Values& y, size_t columns) {
  LinearProblem problem;
  problem.rows.x = x.data();
  problem.rows.columns = columns;
  problem.rows.rows = y.size();
  problem.y = y.data();
  return problem;
}

struct Outcome {
  Values solution, variances;
  double residual_squares;
  LeastSquaresResult result;
};

// Both jobs, on results with guards around.
Outcome run(const Kernels& k, const LinearProblem& problem, double penalty = 0) {
  const size_t p = problem.size();
  Control control;
  Values diagonal(p, penalty), solution(p + 2, kGuard), variances(p + 2, kGuard);
  Outcome out;
  double weight = 0;
  for (size_t i = 0; i < problem.rows.rows; ++i) weight += problem.rows.weights ? problem.rows.weights[i] : 1;
  EXPECT_TRUE(least_squares(k, problem, weight, diagonal.data(), control, solution.data() + 1, &out.result));
  LeastSquaresResult again;
  EXPECT_TRUE(least_squares_variances(k, problem, weight, diagonal.data(), solution.data() + 1, control,
                                      variances.data() + 1, &out.residual_squares, &again));
  EXPECT_EQ(again.failed_pivot, out.result.failed_pivot);
  EXPECT_EQ(again.condition, out.result.condition);
  for (const Values* guarded : {&solution, &variances}) {
    EXPECT_EQ(guarded->front(), kGuard);
    EXPECT_EQ(guarded->back(), kGuard);
  }
  out.solution.assign(solution.begin() + 1, solution.end() - 1);
  out.variances.assign(variances.begin() + 1, variances.end() - 1);
  return out;
}

// Normal equations in long double, for columns that are well conditioned:
// coefficients and the diagonal of the inverse.
void normal_equations(const LinearProblem& s, double penalty, Exact* solution, Exact* inverse) {
  const size_t p = s.size(), d = s.rows.columns, width = 2 * p + 1;
  Exact m(p * width);
  long double weight = 0;
  for (size_t i = 0; i < s.rows.rows; ++i) {
    const double* row = static_cast<const double*>(s.rows.x) + i * d;
    const auto z = [&](size_t j) -> long double { return j < d ? row[j] : 1; };
    const long double w = s.rows.weights ? s.rows.weights[i] : 1;
    weight += w;
    for (size_t a = 0; a < p; ++a) {
      for (size_t b = 0; b < p; ++b) m[a * width + b] += w * z(a) * z(b);
      m[a * width + p] += w * z(a) * s.y[i];
    }
  }
  for (size_t a = 0; a < p; ++a) {
    m[a * width + a] += weight * penalty;
    m[a * width + p + 1 + a] = 1;
  }
  for (size_t k = 0; k < p; ++k) {
    const long double pivot = m[k * width + k];
    for (size_t j = 0; j < width; ++j) m[k * width + j] /= pivot;
    for (size_t i = 0; i < p; ++i) {
      const long double factor = i == k ? 0 : m[i * width + k];
      for (size_t j = 0; j < width && i != k; ++j) m[i * width + j] -= factor * m[k * width + j];
    }
  }
  for (size_t a = 0; a < p; ++a) {
    solution->push_back(m[a * width + p]);
    inverse->push_back(m[a * width + p + 1 + a]);
  }
}

TEST(DoubleDouble, IsExact) {
  const Values a = random_values(300, 1, kMean), b = random_values(300, 2, kMean);
  for (size_t i = 0; i < a.size(); ++i) {
    const double x = std::ldexp(a[i], static_cast<int>(i) - 150);
    const DoubleDouble product = two_product(x, b[i]), sum = two_sum(x, b[i]);
    EXPECT_EQ(product.low, std::fma(x, b[i], -product.high));
    EXPECT_EQ(product.high, x * b[i]);
    if (i > 140 && i < 160) {
      EXPECT_EQ(static_cast<long double>(sum.high) + sum.low, static_cast<long double>(x) + b[i]);
    }
  }
  DoubleDouble sum;
  for (const double x : {1e30, 1.0, -1e30, 3.0}) add_product(&sum, x, 0.5);
  EXPECT_EQ(sum.value(), 2);
}

TEST(Qr, FactorsAndApplies) {
  for (const Kernels* k : all_tables()) {
    for (const size_t rows : {size_t{1}, size_t{7}, size_t{20}, size_t{512}, size_t{513}, size_t{1100}}) {
      for (const size_t p : {size_t{1}, size_t{2}, size_t{7}, size_t{8}, size_t{9}, size_t{20}}) {
        Control control;
        const size_t leaves = (rows + kLeafRows - 1) / kLeafRows;
        Values blocks = random_values(rows * p, 3, kMean), reflectors(2 * p * leaves), r(p * p);
        for (size_t j = 0; j < p; ++j) r[j * p + j] = j % 3 == 0 ? 0.5 : 0;
        const Values a = blocks, start = r;
        const BlockQr qr{rows, p, blocks.data(), reflectors.data(), r.data()};
        ASSERT_TRUE(qr_factor(*k, qr, control));
        // Qᵀ (start, A) = (R, 0), column by column, and Q brings it back.
        for (size_t j = 0; j < p; ++j) {
          Values top(p), x(rows);
          for (size_t i = 0; i < p; ++i) top[i] = start[i * p + j];
          for (size_t first = 0; first < rows; first += kLeafRows) {
            const size_t n = std::min(kLeafRows, rows - first);
            std::copy_n(a.data() + first * p + j * n, n, x.data() + first);
          }
          const Values column = x;
          ASSERT_TRUE(qr_apply_transposed(*k, qr, top.data(), x.data(), control));
          for (size_t i = 0; i < p; ++i) EXPECT_NEAR(top[i], i <= j ? r[i * p + j] : 0, 1e-12);
          for (const double v : x) EXPECT_NEAR(v, 0, 1e-12);
          ASSERT_TRUE(qr_apply(*k, qr, top.data(), x.data(), control));
          for (size_t i = 0; i < p; ++i) EXPECT_NEAR(top[i], start[i * p + j], 1e-12);
          for (size_t i = 0; i < rows; ++i) EXPECT_NEAR(x[i], column[i], 1e-12);
        }
      }
    }
  }
}

TEST(Qr, SolvesAndInvertsTriangles) {
  for (const Kernels* k : all_tables()) {
    for (size_t n = 0; n <= 20; ++n) {
      Values r = random_values(n * n, 4, kMean), x = random_values(n, 5, kMean), b(n), c(n), inverse(n * n);
      for (size_t i = 0; i < n; ++i) r[i * n + i] = 3 + static_cast<double>(i);
      for (size_t i = 0; i < n; ++i) {
        for (size_t j = i; j < n; ++j) {
          b[i] += r[i * n + j] * x[j];
          c[j] += r[i * n + j] * x[i];
        }
      }
      upper_solve(*k, r.data(), n, b.data());
      upper_solve_transposed(*k, r.data(), n, c.data());
      for (size_t i = 0; i < n; ++i) {
        EXPECT_NEAR(b[i], x[i], 1e-12);
        EXPECT_NEAR(c[i], x[i], 1e-12);
      }
      Control control;
      double condition;
      ASSERT_TRUE(upper_invert(*k, r.data(), n, control, inverse.data(), &condition));
      EXPECT_GE(condition, n == 0 ? 0 : 1);
      for (size_t i = 0; i < n; ++i) {
        for (size_t j = 0; j < n; ++j) {
          double s = 0;
          for (size_t q = i; q < n; ++q) s += r[i * n + q] * inverse[j * n + q];
          EXPECT_NEAR(s, i == j ? 1 : 0, 1e-12);
        }
      }
    }
    Control control;
    double condition, inverse[4];
    const Values singular{1, 2, 0, 0};
    ASSERT_TRUE(upper_invert(*k, singular.data(), 2, control, inverse, &condition));
    EXPECT_EQ(condition, HUGE_VAL);
  }
}

TEST(LeastSquares, AgreesWithLongDouble) {
  for (const Kernels* k : all_tables()) {
    for (size_t columns = 1; columns <= 20; ++columns) {
      for (const size_t rows : {columns + 1, size_t{100}, size_t{600}}) {
        const Values x = random_values(rows * columns, 6, kMean), y = random_values(rows, 7, kMean);
        Values w = random_values(rows, 8, kMean);
        for (double& v : w) v = std::fabs(v) + 0.5;
        LinearProblem problem = problem_of(x, y, columns);
        problem.intercept = columns % 2 == 0;
        problem.rows.weights = columns % 3 == 0 ? w.data() : nullptr;
        const double penalty = columns % 4 == 0 ? 0.125 : 0;
        const Outcome got = run(*k, problem, penalty);
        ASSERT_EQ(got.result.failed_pivot, -1);
        EXPECT_LE(got.result.correction, 1e-15);
        Exact solution, inverse;
        normal_equations(problem, penalty, &solution, &inverse);
        // Long double's own error is about κ² 2⁻⁶⁴.
        const double bound = 1e-15 + got.result.condition * got.result.condition * 1e-18;
        double size = 0;
        for (const long double v : solution) size = std::max(size, std::fabs(static_cast<double>(v)));
        for (size_t j = 0; j < problem.size(); ++j) {
          EXPECT_NEAR(got.solution[j], static_cast<double>(solution[j]), bound * size) << k->name << columns;
          if (penalty > 0) continue;
          const double variance = static_cast<double>(inverse[j]);
          EXPECT_NEAR(got.variances[j], variance, (bound + 1e-14) * variance) << k->name << columns;
        }
      }
    }
  }
}

// Square systems with integers: the solution is exact, the residual zero.
TEST(LeastSquares, HilbertMatrices) {
  for (const Kernels* k : all_tables()) {
    for (size_t n = 1; n <= 7; ++n) {
      const double multiple = 360360;  // of 1 … 15: all elements and sums are integers
      Values x(n * n), y(n), wanted(n);
      for (size_t j = 0; j < n; ++j) wanted[j] = static_cast<double>(j % 2 ? 3 + j : 1) - 2;
      for (size_t i = 0; i < n; ++i) {
        for (size_t j = 0; j < n; ++j) {
          x[i * n + j] = multiple / static_cast<double>(i + j + 1);
          y[i] += x[i * n + j] * wanted[j];
        }
      }
      const Outcome got = run(*k, problem_of(x, y, n));
      ASSERT_EQ(got.result.failed_pivot, -1);
      for (size_t j = 0; j < n; ++j) EXPECT_EQ(got.solution[j], wanted[j]) << k->name << " " << n;
      EXPECT_EQ(got.residual_squares, 0);
    }
  }
}

// Columns 1, x, …, x^p at integers, y a polynomial with coefficients 1 plus c·v, v
// orthogonal to the columns (a row of Pascal's triangle with signs): the solution is exactly 1.
TEST(LeastSquares, VandermondeMatricesWithALargeResidual) {
  for (const Kernels* k : all_tables()) {
    for (size_t p = 2; p <= 8; ++p) {
      const size_t rows = p + 1;
      for (const double c : {0.0, 1.0, 1e6}) {
        Values x(rows * p), y(rows);
        double binomial = 1;
        for (size_t i = 0; i < rows; ++i) {
          y[i] = c * (i % 2 ? -binomial : binomial);
          for (size_t j = 0; j < p; ++j) {
            x[i * p + j] = std::pow(static_cast<double>(i), static_cast<double>(j));
            y[i] += x[i * p + j];
          }
          binomial = binomial * static_cast<double>(p - i) / static_cast<double>(i + 1);
        }
        const Outcome got = run(*k, problem_of(x, y, p));
        ASSERT_EQ(got.result.failed_pivot, -1);
        for (const double v : got.solution) EXPECT_NEAR(v, 1, 2e-15) << k->name << " " << p << " " << c;
      }
    }
  }
}

TEST(LeastSquares, DependentColumnsAreRefused) {
  for (const Kernels* k : all_tables()) {
    const Values y = random_values(6, 9, kMean);
    Values x = random_values(6 * 4, 10, kMean);
    LinearProblem problem = problem_of(x, y, 4);
    problem.rows.rows = 3;  // fewer than columns
    EXPECT_GE(run(*k, problem).result.failed_pivot, 0);
    EXPECT_EQ(run(*k, problem, 0.25).result.failed_pivot, -1);
    problem.rows.rows = 4;  // as many
    EXPECT_EQ(run(*k, problem).result.failed_pivot, -1);
    for (size_t i = 0; i < 6; ++i) x[i * 4 + 3] = 3 * x[i * 4];
    problem.rows.rows = 6;
    const Outcome twice = run(*k, problem);
    EXPECT_EQ(twice.result.failed_pivot, 3);
    EXPECT_EQ(twice.result.condition, HUGE_VAL);
    EXPECT_EQ(twice.solution[0], kGuard);
    x[5] = std::nan("");
    EXPECT_EQ(run(*k, problem).result.condition, HUGE_VAL);
  }
}

// The first leaf has rank 1, and the problem full rank.
TEST(LeastSquares, EqualRowsInALeafAreNoDependentColumns) {
  for (const Kernels* k : all_tables()) {
    for (const size_t columns : {size_t{8}, size_t{13}, size_t{40}}) {
      const size_t rows = 1100;
      Values x = random_values(rows * columns, 13, kMean), y(rows);
      for (size_t i = 1; i < 600; ++i) std::copy_n(x.begin(), columns, x.begin() + static_cast<ptrdiff_t>(i * columns));
      for (size_t i = 0; i < rows; ++i) {
        for (size_t j = 0; j < columns; ++j) y[i] += x[i * columns + j];
      }
      const Outcome got = run(*k, problem_of(x, y, columns));
      EXPECT_EQ(got.result.failed_pivot, -1) << k->name << " " << columns;
      EXPECT_LT(got.result.condition, 100);
      for (const double v : got.solution) EXPECT_NEAR(v, 1, 1e-12) << k->name << " " << columns;
    }
  }
}

TEST(LeastSquares, NoColumnsAndNoRows) {
  const Kernels& k = scalar_table();
  const Values y = random_values(6, 9, kMean), none;
  EXPECT_EQ(run(k, problem_of(none, y, 0)).result.condition, 1);
  LinearProblem constant = problem_of(none, y, 0);
  constant.intercept = true;
  double mean = 0;
  for (const double v : y) mean += v / 6;
  EXPECT_NEAR(run(k, constant).solution[0], mean, 1e-15);
  EXPECT_GE(run(k, problem_of(none, none, 2)).result.failed_pivot, 0);
}

// An abort may come at any time: the flag is raised by another thread.
TEST(LeastSquares, AbortEndsIt) {
  const size_t rows = 5000, columns = 60;
  const Values x = random_values(rows * columns, 11, kMean), y = random_values(rows, 12, kMean);
  const LinearProblem problem = problem_of(x, y, columns);
  const Values diagonal(columns);
  Values out(columns);
  LeastSquaresResult result;
  double squares;
  for (const int delay : {0, 1, 5, 20}) {
    for (const bool variances : {false, true}) {
      Control control;
      std::thread other([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(delay));
        control.abort = true;
      });
      const Kernels& k = scalar_table();
      const bool done = variances ? least_squares_variances(k, problem, rows, diagonal.data(), out.data(), control,
                                                            out.data(), &squares, &result)
                                  : least_squares(k, problem, rows, diagonal.data(), control, out.data(), &result);
      other.join();
      EXPECT_TRUE(done || control.aborted());  // it may have been over before
    }
  }
  Control control;
  control.abort = true;
  EXPECT_FALSE(least_squares(scalar_table(), problem, rows, diagonal.data(), control, out.data(), &result));
}

}  // namespace
}  // namespace gradus
