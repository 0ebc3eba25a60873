// The moves of coordinate descent against the conditions of optimality in long double,
// against each other in every table of a class, between guards at every length and
// alignment, and on numbers that have no minimum: they end.
#include "core/coordinate_descent.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "guarded.h"
#include "tables.h"

namespace gradus {
namespace {

using Values = std::vector<double>;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// A random quadratic with penalties and a box, and the point 0 in it.
struct Problem {
  size_t n, stride;
  Values matrix, linear, l1, lower, upper;

  Problem(size_t count, size_t gap, unsigned seed)
      : n(count),
        stride(count + gap),
        matrix(stride * stride, kNaN),
        linear(random_values(count, seed)),
        l1(count),
        lower(count, -kInfinity),
        upper(count, kInfinity) {
    const size_t rows = n + 3;
    const Values z = random_values(n * rows, seed + 1);
    for (size_t i = 0; i < n; ++i) {
      l1[i] = i % 3 == 0 ? 0 : 0.2 * static_cast<double>(i % 4);
      if (i % 5 == 1) lower[i] = 0;
      if (i % 7 == 2) upper[i] = 0.1;
      for (size_t j = 0; j < n; ++j) {
        double& sum = matrix[i * stride + j] = i == j ? 0.1 : 0;
        for (size_t r = 0; r < rows; ++r) sum += z[i * rows + r] * z[j * rows + r] / static_cast<double>(rows);
      }
    }
  }
  Coordinates part(double* point, double* slope) const {
    return {n, matrix.data(), stride, l1.data(), lower.data(), upper.data(), point, slope};
  }
};

// The largest element of the projected subgradient of least norm, with the slope taken afresh.
long double violation(const Problem& p, const double* x) {
  long double most = 0;
  for (size_t i = 0; i < p.n; ++i) {
    long double g = p.linear[i];
    for (size_t j = 0; j < p.n; ++j) g += static_cast<long double>(p.matrix[i * p.stride + j]) * x[j];
    const long double l1 = p.l1[i];
    long double v = x[i] > 0 ? g + l1 : x[i] < 0 ? g - l1 : g > l1 ? g - l1 : g < -l1 ? g + l1 : 0;
    if (v > 0 && x[i] == p.lower[i]) v = 0;
    if (v < 0 && x[i] == p.upper[i]) v = 0;
    most = std::max(most, std::fabs(v));
  }
  return most;
}

TEST(CoordinateDescent, EndsAtTheMinimum) {
  for (const Kernels* k : all_tables()) {
    for (size_t n = 0; n <= 67; ++n) {
      const Problem p(n, n % 3, 3 + static_cast<unsigned>(n));
      Guarded point(Values(n), n % 8), slope(p.linear, (n + 3) % 8);
      Turn turn{0, 0};
      const size_t made = move_coordinates(*k, p.part(point.data(), slope.data()), 1e-12, 1000000, &turn);
      EXPECT_LT(made, 1000000u);
      EXPECT_EQ(turn.quiet, n);
      EXPECT_LT(violation(p, point.data()), 1e-10) << k->name << " " << n;
      EXPECT_TRUE(point.intact() && slope.intact()) << k->name << " " << n;
      for (size_t i = 0; i < n; ++i) EXPECT_TRUE(point[i] >= p.lower[i] && point[i] <= p.upper[i]);
    }
  }
}

TEST(CoordinateDescent, TablesOfAClassAgreeBitForBitHoweverTheMovesAreDivided) {
  for (const size_t n : {1, 7, 8, 9, 31, 64, 130}) {
    const Problem p(n, 2, 11);
    Values of_class[2];
    for (const Kernels* k : all_tables()) {
      for (const size_t moves : {1, 5, 1000}) {
        Values point(n), slope = p.linear;
        Turn turn{0, 0};
        for (size_t left = 1000; left > 0;) {
          const size_t made = move_coordinates(*k, p.part(point.data(), slope.data()), 0, std::min(left, moves), &turn);
          left -= made;
          if (made == 0) break;
        }
        point.insert(point.end(), slope.begin(), slope.end());
        Values& first = of_class[k->fused];
        if (first.empty()) first = point;
        EXPECT_TRUE(same_bits(first.data(), point.data(), 2 * n)) << k->name << " " << n << " " << moves;
      }
    }
  }
}

TEST(CoordinateDescent, TakesNoMoreMovesThanAllowed) {
  const Problem p(20, 0, 5);
  for (const Kernels* k : all_tables()) {
    Values point(20), slope = p.linear;
    Turn turn{0, 0};
    EXPECT_EQ(move_coordinates(*k, p.part(point.data(), slope.data()), 0, 0, &turn), 0u);
    EXPECT_EQ(move_coordinates(*k, p.part(point.data(), slope.data()), 0, 7, &turn), 7u);
    EXPECT_LT(turn.next, 20u);
  }
}

TEST(CoordinateDescent, EndsOnNumbersWithoutAMinimum) {
  const double odd[] = {0.0, -1.0, kInfinity, -kInfinity, kNaN, 1e300, 1e-300, 5e-324};
  for (const Kernels* k : all_tables()) {
    for (const double value : odd) {
      for (size_t where = 0; where < 5; ++where) {
        Problem p(9, 0, 7);
        Values point(9, 0.5), slope = p.linear;
        if (where == 0) p.matrix[4 * 9 + 4] = value;
        if (where == 1) p.matrix[4 * 9 + 5] = value;
        if (where == 2) slope[4] = value;
        if (where == 3) p.l1[4] = value;
        if (where == 4) point[4] = value;
        Turn turn{0, 0};
        const size_t made = move_coordinates(*k, p.part(point.data(), slope.data()), 1e-9, 10000, &turn);
        EXPECT_LE(made, 10000u) << k->name << " " << value << " " << where;
        EXPECT_TRUE(turn.next < 9 && turn.quiet <= 9);
      }
    }
    // One that is not a number goes to 0 and is left alone.
    Problem p(9, 0, 7);
    Values point(9, kNaN), slope(9, kNaN);
    Turn turn{0, 0};
    EXPECT_EQ(move_coordinates(*k, p.part(point.data(), slope.data()), 1e-9, 10000, &turn), 9u);
    for (const double x : point) EXPECT_EQ(x, 0);
  }
}

TEST(AddRows, AddsTheRowsOfTheList) {
  for (const Kernels* k : all_tables()) {
    for (size_t width = 0; width <= 67; ++width) {
      const size_t stride = width + 2;
      const Values matrix = random_values(6 * stride, 1), start = random_values(width, 2);
      const uint32_t list[] = {5, 0, 3, 3};
      const double weights[] = {0.5, -2, 1e-3, 7};
      Guarded out(start, width % 8);
      add_rows(*k, matrix.data(), stride, 4, list, weights, width, out.data());
      EXPECT_TRUE(out.intact());
      for (size_t j = 0; j < width; ++j) {
        double wanted = start[j];
        for (size_t r = 0; r < 4; ++r) {
          const double x = matrix[list[r] * stride + j];
          wanted = k->fused ? std::fma(weights[r], x, wanted) : wanted + weights[r] * x;
        }
        EXPECT_EQ(out[j], wanted) << k->name << " " << width << " " << j;
      }
    }
  }
}

}  // namespace
}  // namespace gradus
