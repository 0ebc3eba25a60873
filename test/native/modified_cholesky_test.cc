// The condition estimate against the truth on random, Hilbert and Vandermonde
// matrices, and the modified factorisation: what it leaves alone, what it does to
// indefinite matrices, inertia, and input that is not finite.
#include "core/modified_cholesky.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/cholesky.h"
#include "core/condition.h"
#include "core/triangular.h"
#include "matrices.h"
#include "tables.h"

namespace gradus {
namespace {

using Values = std::vector<double>;

TEST(Condition, IsALowerBoundWithinAFactorOfTen) {
  std::vector<Values> matrices;
  for (const size_t n : {1, 2, 3, 5, 8, 10}) matrices.push_back(hilbert(n));
  for (const size_t degree : {1, 3, 5, 7}) matrices.push_back(vandermonde_gram(100, degree));
  for (const size_t n : {1, 4, 30, 90}) matrices.push_back(positive_definite(n));
  for (const Kernels* k : all_tables()) {
    for (const Values& a : matrices) {
      const size_t n = static_cast<size_t>(std::lround(std::sqrt(static_cast<double>(a.size()))));
      Values l = a, inverse(n * n);
      double norm, other, estimate;
      ASSERT_TRUE(symmetric_norm(a.data(), n, &norm));
      ASSERT_EQ(cholesky(*k, l.data(), n, nullptr), kCholeskyDone);
      ASSERT_TRUE(cholesky_inverse(*k, l.data(), n, inverse.data(), 1));
      ASSERT_TRUE(symmetric_norm(inverse.data(), n, &other));
      ASSERT_TRUE(condition_estimate(*k, l.data(), n, norm, &estimate));
      EXPECT_LE(estimate, norm * other * 1.01) << k->name << " " << n;
      EXPECT_GE(estimate, norm * other / 10) << k->name << " " << n;
    }
    double estimate, norm;
    EXPECT_TRUE(condition_estimate(*k, nullptr, 0, 0, &estimate));
    const Values bad(9, std::nan(""));
    EXPECT_TRUE(condition_estimate(*k, bad.data(), 3, 1, &estimate));
    EXPECT_TRUE(symmetric_norm(bad.data(), 3, &norm));
    EXPECT_TRUE(std::isnan(norm));
  }
}

struct Outcome {
  Values x;
  ModifiedCholesky result;
};

Outcome solve(const Kernels& kernels, Values a, size_t n, Values b) {
  Outcome out{std::move(b), {}};
  EXPECT_TRUE(modified_cholesky(kernels, a.data(), n, out.x.data(), &out.result));
  return out;
}

double element(const Values& a, size_t n, size_t i, size_t j) { return a[std::max(i, j) * n + std::min(i, j)]; }

// The largest |b - A x| in units of |A| |x|.
double residual(const Values& a, const Values& x, const Values& b) {
  const size_t n = b.size();
  double norm, worst = 0, most = 0;
  EXPECT_TRUE(symmetric_norm(a.data(), n, &norm));
  for (size_t i = 0; i < n; ++i) {
    long double r = b[i];
    for (size_t j = 0; j < n; ++j) r -= static_cast<long double>(element(a, n, i, j)) * x[j];
    worst = std::max(worst, static_cast<double>(std::fabs(r)));
    most = std::max(most, std::fabs(x[i]));
  }
  return n == 0 ? 0 : worst / (norm * most);
}

TEST(ModifiedCholesky, LeavesPositiveDefiniteMatricesAlone) {
  for (const Kernels* k : all_tables()) {
    for (const size_t n : {0, 1, 2, 3, 7, 8, 9, 33, 67}) {
      const Values a = positive_definite(n), b = random_values(n, 3);
      const auto [x, result] = solve(*k, a, n, b);
      EXPECT_EQ(result.modification, 0);
      EXPECT_EQ(result.negative + result.zero, size_t{0});
      EXPECT_LE(residual(a, x, b), 1e-15 * static_cast<double>(n)) << k->name << " " << n;
    }
  }
}

// Q diag(values) transpose(Q) with reflections for Q.
Values with_eigenvalues(const Values& values) {
  const size_t n = values.size();
  Values a(n * n), v = random_values(n, 8);
  double square = 0;
  for (const double x : v) square += x * x;
  const auto q = [&](size_t i, size_t j) { return (i == j ? 1 : 0) - 2 * v[i] * v[j] / square; };
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < n; ++j) {
      for (size_t p = 0; p < n; ++p) a[i * n + j] += q(i, p) * values[p] * q(j, p);
    }
  }
  return a;
}

TEST(ModifiedCholesky, MakesIndefiniteMatricesPositiveDefinite) {
  for (const Kernels* k : all_tables()) {
    for (const size_t n : {1, 2, 3, 8, 20, 67}) {
      Values values = random_values(n, 20 + static_cast<unsigned>(n));
      size_t negative = 0;
      double sizes = 0;
      for (const double value : values) {
        negative += value < 0 ? 1 : 0;
        sizes += std::fabs(value);
      }
      const Values a = with_eigenvalues(values);
      // Columns of (A + E)^-1, and from it that E = (A + E) - A is positive semidefinite with the trace reported.
      Values inverse(n * n), modified(n * n);
      ModifiedCholesky first{};
      for (size_t j = 0; j < n; ++j) {
        Values unit(n);
        unit[j] = 1;
        const auto [x, result] = solve(*k, a, n, unit);
        EXPECT_EQ(result.negative, negative) << k->name << " " << n;
        EXPECT_EQ(result.zero, size_t{0});
        for (size_t i = 0; i < n; ++i) inverse[i * n + j] = x[i];
        first = result;
      }
      EXPECT_EQ(first.modification > 0, negative > 0);
      // The modification need not be more than some multiple of what the eigenvalues themselves would need.
      EXPECT_LE(first.modification, 40 * sizes) << k->name << " " << n;
      Values l = inverse;
      ASSERT_EQ(cholesky(*k, l.data(), n, nullptr), kCholeskyDone) << k->name << " " << n;
      ASSERT_TRUE(cholesky_inverse(*k, l.data(), n, modified.data(), 1));
      double trace = 0;
      Values e(n * n);
      for (size_t i = 0; i < n; ++i) {
        for (size_t j = 0; j < n; ++j) e[i * n + j] = modified[i * n + j] - a[i * n + j];
        trace += e[i * n + i];
        e[i * n + i] += 1e-6 * (1 + sizes);
      }
      EXPECT_NEAR(trace, first.modification, 1e-6 * (1 + sizes)) << k->name << " " << n;
      EXPECT_EQ(cholesky(*k, e.data(), n, nullptr), kCholeskyDone) << k->name << " " << n;
    }
  }
}

TEST(ModifiedCholesky, TakesAnyInput) {
  for (const Kernels* k : all_tables()) {
    const auto saddle = solve(*k, {0, kGuard, 1, 0}, 2, {1, 0});  // eigenvalues 1 and -1: becomes the identity
    EXPECT_EQ(saddle.result.negative, size_t{1});
    EXPECT_NEAR(saddle.result.modification, 2, 1e-15);
    EXPECT_NEAR(saddle.x[0], 1, 1e-15);
    EXPECT_NEAR(saddle.x[1], 0, 1e-15);
    const auto nothing = solve(*k, Values(9), 3, {1, 2, 3});
    EXPECT_EQ(nothing.result.zero, size_t{3});
    EXPECT_EQ(nothing.x, (Values{1, 2, 3}));
    const auto singular = solve(*k, {1, kGuard, 1, 1}, 2, {1, 0});
    EXPECT_EQ(singular.result.zero, size_t{1});
    EXPECT_TRUE(std::isfinite(singular.x[0]));
    for (const double bad : {std::nan(""), HUGE_VAL}) {
      for (const size_t at : {0, 5, 19, 24}) {
        Values a = positive_definite(5);
        a[at < 5 ? 0 : at == 5 ? 5 : at] = bad;
        const auto outcome = solve(*k, a, 5, Values(5, 1));
        for (const double x : outcome.x) EXPECT_TRUE(std::isnan(x) || at == 19);
        EXPECT_TRUE(std::isnan(outcome.result.modification) || at == 19);  // 19 is in the upper triangle
      }
    }
    // Neither overflow nor underflow stops it.
    for (const double size : {1e-300, 1e300}) {
      Values a = random_values(64, 4);
      for (double& x : a) x *= size;
      solve(*k, a, 8, Values(8, 1));
    }
  }
}

TEST(ModifiedCholesky, TablesOfAClassGiveTheSameBits) {
  for (const size_t n : {2, 9, 40, 67}) {
    Values plain, fused;
    for (const Kernels* k : all_tables()) {
      auto [x, result] = solve(*k, random_values(n * n, 31), n, random_values(n, 32));
      x.push_back(result.modification);
      Values& first = k->fused ? fused : plain;
      if (first.empty()) first = x;
      EXPECT_TRUE(same_bits(first, x)) << k->name << " " << n;
    }
  }
}

}  // namespace
}  // namespace gradus
