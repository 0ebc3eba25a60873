// Kernels and core functions against long double, each with a bound from the number
// of roundings that stand between: u = ε/2 is one, γ(n) = n u / (1 − n u) covers n
// in a chain (Higham 2002, "Accuracy and stability of numerical algorithms", lemma
// 3.1). Elementary functions have a test of their own, update rules too.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/gram.h"
#include "core/least_squares.h"
#include "core/linear.h"
#include "core/moments.h"
#include "core/qr.h"
#include "oracles.h"
#include "roundings.h"
#include "tables.h"

namespace gradus {
namespace {

using Values = std::vector<double>;

class Accuracy : public testing::TestWithParam<const Kernels*> {
 protected:
  const Kernels& k = *GetParam();
};

TEST_P(Accuracy, DotHasFourVectorsOfLanes) {
  for (const size_t n : {size_t{1}, size_t{31}, size_t{32}, size_t{100}, size_t{5000}}) {
    const Values x = random_values(n, 1), y = random_values(n, 2);
    Sum sum;
    for (size_t i = 0; i < n; ++i) sum.add(static_cast<Real>(x[i]) * y[i]);
    EXPECT_WITHIN(k.dot(x.data(), y.data(), n), sum.value, gamma(1 + (n + 31) / 32 + 5) * sum.size);
  }
}

TEST_P(Accuracy, AxpyAddAndLoadRoundOnceOrTwice) {
  constexpr size_t n = 1000;
  const Values x = random_values(n, 3), y = random_values(n, 4), c = random_values(n, 5);
  Values axpy = y, add = y, loaded(n);
  k.axpy(0.7, x.data(), axpy.data(), n);
  k.add(x.data(), add.data(), n);
  k.load_f64(x.data(), n, nullptr, 1, n, y.data(), c.data(), loaded.data(), n);
  for (size_t i = 0; i < n; ++i) {
    const Real product = static_cast<Real>(0.7) * x[i], exact = (static_cast<Real>(x[i]) - y[i]) * c[i];
    EXPECT_WITHIN(axpy[i], product + y[i], gamma(2) * (std::fabs(product) + std::fabs(y[i])));
    EXPECT_WITHIN(add[i], static_cast<Real>(x[i]) + y[i], gamma(1) * std::fabs(static_cast<Real>(x[i]) + y[i]));
    EXPECT_WITHIN(loaded[i], exact, gamma(2) * std::fabs(exact));
  }
}

TEST_P(Accuracy, PredictorsHaveEightLanes) {
  for (const size_t columns : {size_t{1}, size_t{16}, size_t{100}, size_t{3000}}) {
    constexpr size_t rows = 7;
    const Values x = random_values(rows * columns, 6), theta = random_values(columns, 7);
    Values eta(rows), predicted(rows);
    k.linear(x.data(), columns, rows, columns, theta.data(), eta.data());
    k.predict(x.data(), columns, rows, columns, theta.data(), predicted.data());
    for (size_t r = 0; r < rows; ++r) {
      Sum sum;
      for (size_t j = 0; j < columns; ++j) sum.add(static_cast<Real>(x[r * columns + j]) * theta[j]);
      EXPECT_WITHIN(eta[r], sum.value, gamma(in_lanes(columns)) * sum.size);
      EXPECT_WITHIN(predicted[r], sum.value, gamma(in_lanes(columns)) * sum.size);
    }
  }
}

TEST_P(Accuracy, ColumnSumsAreOneChain) {
  for (const size_t rows : {size_t{1}, size_t{100}, kLeafRows}) {
    constexpr size_t columns = 21;
    const Values x = random_values(rows * columns, 8), d = random_values(rows, 9), before = random_values(columns, 10);
    Values sums = before, squares = before, unweighted = before;
    k.accumulate(x.data(), columns, rows, columns, d.data(), sums.data());
    k.accumulate_squares(x.data(), columns, rows, columns, d.data(), squares.data());
    k.accumulate_squares(x.data(), columns, rows, columns, nullptr, unweighted.data());
    for (size_t j = 0; j < columns; ++j) {
      Sum sum, square, plain;
      for (Sum* s : {&sum, &square, &plain}) s->add(before[j]);
      for (size_t r = 0; r < rows; ++r) {
        const Real z = x[r * columns + j];
        sum.add(d[r] * z);
        square.add(d[r] * z * z);
        plain.add(z * z);
      }
      EXPECT_WITHIN(sums[j], sum.value, gamma(rows + 1) * sum.size);
      EXPECT_WITHIN(squares[j], square.value, gamma(rows + 2) * square.size);
      EXPECT_WITHIN(unweighted[j], plain.value, gamma(rows + 1) * plain.size);
    }
  }
}

// Of squared and Huber loss a value may take up to 16 roundings; their residual is one of them. losses_test.cc judges
// the others.
TEST_P(Accuracy, LossesAndTheirDerivatives) {
  constexpr size_t n = 1000;
  const Values eta = random_values(n, 11), y = random_values(n, 12), w = positive(n, 13);
  for (const Loss loss : {Loss::kSquared, Loss::kHuber}) {
    const size_t number = static_cast<size_t>(loss);
    Values derivative(n), curvature(n);
    LossSums sums{};
    k.loss[number](n, eta.data(), y.data(), w.data(), 0.75, derivative.data(), curvature.data(), &sums);
    Sum value[kLanes], first[kLanes];
    for (size_t i = 0; i < n; ++i) {
      const ExactLoss exact = exact_loss(loss, eta[i], y[i], 0.75);
      const ExactLoss moved = loss_change(loss, eta[i], 2 * kUnit * (std::fabs(eta[i]) + std::fabs(y[i])), y[i], 0.75);
      value[i % kLanes].add(w[i] * exact.loss);
      first[i % kLanes].add(w[i] * exact.first);
      EXPECT_WITHIN(derivative[i], w[i] * exact.first, w[i] * (gamma(16) * std::fabs(exact.first) + moved.first));
      EXPECT_WITHIN(curvature[i], w[i] * exact.second, w[i] * (gamma(16) * std::fabs(exact.second) + moved.second));
    }
    for (size_t lane = 0; lane < kLanes; ++lane) {
      EXPECT_WITHIN(sums.loss[lane], value[lane].value, gamma(n / kLanes + 16) * value[lane].size);
      EXPECT_WITHIN(sums.derivative[lane], first[lane].value, gamma(n / kLanes + 16) * 4 * first[lane].size);
    }
  }
}

// Leaves and tree: the error grows with a leaf and the logarithm of their number, not with the rows.
TEST_P(Accuracy, GradientGramAndMoments) {
  constexpr size_t columns = 6, p = columns + 1, rows = 40 * kLeafRows + 77;
  const Values x = random_values(rows * columns, 14, 0.3), y = random_values(rows, 15), w = positive(rows, 16);
  const Values theta = random_values(p, 17);
  LinearProblem problem;
  problem.rows.x = x.data();
  problem.rows.columns = columns;
  problem.rows.rows = rows;
  problem.rows.weights = w.data();
  problem.y = y.data();
  problem.intercept = true;
  Control control;
  control.threads = 2;
  Values gradient(p + 2), gram(p * p), mean(columns), variance(columns);
  double weight;
  ASSERT_TRUE(linear_gradient(k, problem, theta.data(), control, gradient.data()));
  ASSERT_TRUE(linear_gram(k, problem, theta.data(), control, gram.data()));
  ASSERT_TRUE(column_moments(k, problem.rows, control, mean.data(), variance.data(), &weight));

  const auto z = [&](size_t r, size_t j) -> Real { return j < columns ? x[r * columns + j] : 1; };
  Sum sums[p], loss, squares[p][p], deviations[columns], weights;
  Real gradient_off[p] = {}, loss_off = 0;  // from the rounding of the residual
  for (size_t r = 0; r < rows; ++r) {
    Sum eta;
    for (size_t j = 0; j < p; ++j) eta.add(z(r, j) * theta[j]);
    const Real residual = eta.value - y[r], off = gamma(in_lanes(columns) + 2) * (eta.size + std::fabs(y[r]));
    weights.add(w[r]);
    loss.add(w[r] * residual * residual / 2);
    loss_off += w[r] * off * (std::fabs(residual) + off);
    for (size_t i = 0; i < p; ++i) {
      sums[i].add(w[r] * residual * z(r, i));
      gradient_off[i] += w[r] * off * std::fabs(z(r, i));
      for (size_t j = 0; j <= i; ++j) squares[i][j].add(w[r] * z(r, i) * z(r, j));
    }
    for (size_t j = 0; j < columns; ++j) deviations[j].add(w[r] * (z(r, j) - mean[j]) * (z(r, j) - mean[j]));
  }
  const Real each = gamma(in_rows(rows));
  for (size_t i = 0; i < p; ++i) {
    EXPECT_WITHIN(gradient[i], sums[i].value, each * sums[i].size + 2 * gradient_off[i]);
    for (size_t j = 0; j <= i; ++j) EXPECT_WITHIN(gram[i * p + j], squares[i][j].value, each * squares[i][j].size);
  }
  EXPECT_WITHIN(gradient[p], loss.value, each * loss.size + 2 * loss_off);
  EXPECT_WITHIN(gradient[p + 1], weights.value, each * weights.size);
  EXPECT_WITHIN(weight, weights.value, each * weights.size);
  for (size_t j = 0; j < columns; ++j) {
    // The means are sums of the last column of the Gram matrix; two sums and a division each.
    const Sum& sum = squares[columns][j];
    EXPECT_WITHIN(mean[j], sum.value / weights.value, 3 * each * sum.size / weights.value);
    EXPECT_WITHIN(variance[j], deviations[j].value / weights.value, 4 * each * deviations[j].size / weights.value);
  }
}

// Steps of one row each by the plain rule. With e the largest error of a parameter before a step, the predictor is off
// by Σ|z| e and its rounding, the step by rate |z| times that. Sets that work ahead also round z·z' of a block of rows.
TEST_P(Accuracy, StepsOfOneRow) {
  constexpr size_t columns = 19, rows = 40, padded = 24;
  constexpr Real rate = 0.002;
  const Values z = random_values(rows * columns, 18), y = random_values(rows, 19), start = random_values(columns, 20);
  std::vector<uint32_t> positions(2 * rows);
  for (size_t r = 0; r < rows; ++r) positions[r] = static_cast<uint32_t>(r);
  const double rates = static_cast<double>(rate);
  double bias[2] = {0.5, 0};
  Values theta(padded), gradient(padded);
  std::copy(start.begin(), start.end(), theta.begin());
  SingleRows run{};
  run.z = z.data();
  run.rows = rows;
  run.columns = columns;
  run.positions = positions.data();
  run.y = y.data();
  run.loss = Loss::kSquared;
  run.intercept = true;
  run.bias = bias;
  run.scalars = &rates;
  run.gradient = gradient.data();
  k.single_rows[static_cast<size_t>(Rule::kSgd)](run, theta.data(), nullptr);

  std::vector<Real> exact(start.begin(), start.end());
  Real exact_bias = 0.5, error = 0;
  for (size_t r = 0; r < rows; ++r) {
    const double* row = z.data() + r * columns;
    Sum eta;
    Real largest = 1, ones = 1, squares = 1;
    for (size_t j = 0; j < columns; ++j) {
      eta.add(row[j] * exact[j]);
      largest = std::max<Real>(largest, std::fabs(row[j]));
      ones += std::fabs(row[j]);
      squares += static_cast<Real>(row[j]) * row[j];
    }
    eta.add(exact_bias);
    const Real residual = eta.value - y[r], step = rates * residual;
    const Real ahead = 4 * rate * squares * (std::fabs(residual) + eta.size);
    const Real off = ones * error + gamma(in_lanes(columns) + 8) * (eta.size + std::fabs(y[r]) + ahead);
    Real most = std::fabs(exact_bias);
    for (size_t j = 0; j < columns; ++j) {
      exact[j] -= step * row[j];
      most = std::max(most, std::fabs(exact[j]));
    }
    exact_bias -= step;
    error += rate * largest * off + gamma(3) * (most + largest * std::fabs(step));
  }
  for (size_t j = 0; j < columns; ++j) EXPECT_WITHIN(theta[j], exact[j], error);
  EXPECT_WITHIN(bias[0], exact_bias, error);
  EXPECT_LT(error, 1e-12L);  // the bound is worth something
}

// A matrix by columns, and its factors as native/core/qr.h holds them.
struct Factored {
  size_t rows, columns;
  std::vector<Values> column;
  Values blocks, reflectors, r;

  Factored(size_t rows, size_t columns) : rows(rows), columns(columns), column(columns, Values(rows)) {}

  BlockQr qr() { return {rows, columns, blocks.data(), reflectors.data(), r.data()}; }

  void factor(const Kernels& k) {
    const size_t leaves = (rows + kLeafRows - 1) / kLeafRows;
    blocks.assign(rows * columns, 0);
    reflectors.assign(2 * columns * leaves, 0);
    r.assign(columns * columns, 0);
    for (size_t first = 0; first < rows; first += kLeafRows) {
      const size_t n = std::min(kLeafRows, rows - first);
      for (size_t j = 0; j < columns; ++j) {
        std::copy_n(column[j].data() + first, n, blocks.data() + first * columns + j * n);
      }
    }
    Control control;
    ASSERT_TRUE(qr_factor(k, qr(), control));
  }

  // One reflection of n numbers has n + 10 roundings (Higham 2002, lemma 19.2); every block of rows has one a column.
  Real bound(size_t j) const {
    const size_t leaves = (rows + kLeafRows - 1) / kLeafRows;
    Real squares = 0;
    for (const double v : column[j]) squares += static_cast<Real>(v) * v;
    return gamma(columns * leaves * (std::min(rows, kLeafRows) + 10)) * std::sqrt(squares);
  }

  // transpose(Q) A = (R, 0) and Q (R, 0) = A by columns, and transpose(R) R = transpose(A) A: whatever the condition.
  void expect_identities(const Kernels& k, const std::string& name) {
    for (size_t j = 0; j < columns; ++j) {
      Control control;
      Values top(columns), x = column[j], over(columns), under(rows);
      ASSERT_TRUE(qr_apply_transposed(k, qr(), top.data(), x.data(), control));
      for (size_t i = 0; i < columns; ++i) {
        over[i] = i <= j ? r[i * columns + j] : 0;
        EXPECT_LE(std::fabs(top[i] - over[i]), bound(j)) << name << " column " << j;
      }
      for (const double v : x) EXPECT_LE(std::fabs(v), bound(j)) << name << " column " << j;
      ASSERT_TRUE(qr_apply(k, qr(), over.data(), under.data(), control));
      for (size_t i = 0; i < rows; ++i) EXPECT_LE(std::fabs(under[i] - column[j][i]), bound(j)) << name;
      for (size_t i = 0; i <= j; ++i) {
        Real a = 0, b = 0, size_i = 0, size_j = 0;
        for (size_t q = 0; q < rows; ++q) {
          a += static_cast<Real>(column[i][q]) * column[j][q];
          size_i += static_cast<Real>(column[i][q]) * column[i][q];
          size_j += static_cast<Real>(column[j][q]) * column[j][q];
        }
        for (size_t q = 0; q <= i; ++q) b += static_cast<Real>(r[q * columns + i]) * r[q * columns + j];
        EXPECT_LE(std::fabs(a - b), 2 * (bound(i) * std::sqrt(size_j) + bound(j) * std::sqrt(size_i))) << name;
      }
    }
  }
};

TEST_P(Accuracy, QrOfRandomMatrices) {
  for (const size_t rows : {size_t{1}, size_t{30}, size_t{512}, size_t{513}, size_t{1500}}) {
    for (const size_t columns : {size_t{1}, size_t{8}, size_t{13}}) {
      Factored f(rows, columns);
      for (size_t j = 0; j < columns; ++j) f.column[j] = random_values(rows, static_cast<unsigned>(21 + j), 0.3);
      f.factor(k);
      f.expect_identities(k, std::to_string(rows) + " x " + std::to_string(columns));
    }
  }
}

TEST_P(Accuracy, QrOfHilbertAndVandermondeMatrices) {
  for (size_t n = 1; n <= 14; ++n) {
    Factored hilbert(n, n), vandermonde(3 * n, n);
    for (size_t j = 0; j < n; ++j) {
      for (size_t i = 0; i < n; ++i) hilbert.column[j][i] = 1 / static_cast<double>(i + j + 1);
      for (size_t i = 0; i < 3 * n; ++i) {
        vandermonde.column[j][i] =
            std::pow(static_cast<double>(i + 1) / static_cast<double>(n), static_cast<double>(j));
      }
    }
    for (Factored* f : {&hilbert, &vandermonde}) {
      f->factor(k);
      f->expect_identities(k, (f == &hilbert ? "Hilbert " : "Vandermonde ") + std::to_string(n));
    }
  }
}

// A x = y with x = 1 and y rounded: the solution moves by κ times that rounding, and refinement adds nothing to it.
TEST_P(Accuracy, LeastSquaresOfHilbertAndVandermondeMatrices) {
  for (const bool hilbert : {true, false}) {
    for (size_t n = 1; n <= 9; ++n) {
      const size_t rows = hilbert ? n : 3 * n;
      Values x(rows * n), y(rows), solution(n);
      for (size_t i = 0; i < rows; ++i) {
        Real sum = 0;
        for (size_t j = 0; j < n; ++j) {
          const double at = static_cast<double>(i + 1) / static_cast<double>(n);
          x[i * n + j] = hilbert ? 1 / static_cast<double>(i + j + 1) : std::pow(at, static_cast<double>(j));
          sum += x[i * n + j];
        }
        y[i] = static_cast<double>(sum);
      }
      LinearProblem problem;
      problem.rows.x = x.data();
      problem.rows.columns = n;
      problem.rows.rows = rows;
      problem.y = y.data();
      Control control;
      LeastSquaresResult result;
      const Values none(n);
      ASSERT_TRUE(least_squares(k, problem, static_cast<double>(rows), none.data(), control, solution.data(), &result));
      ASSERT_EQ(result.failed_pivot, -1) << n;
      const Real bound = 2 * static_cast<Real>(n) * kUnit * (1 + result.condition);
      for (const double v : solution)
        EXPECT_LE(std::fabs(v - 1.0L), bound) << (hilbert ? "Hilbert " : "Vandermonde ") << n;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tables, Accuracy, testing::ValuesIn(all_tables()),
                         [](const auto& info) { return std::string(info.param->name); });

}  // namespace
}  // namespace gradus
