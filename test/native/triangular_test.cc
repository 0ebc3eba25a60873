// Solutions, the inverse and its diagonal on every table: residuals against long
// double, threads and classes bit for bit; and the kernels they are made of.
#include "core/triangular.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/cholesky.h"
#include "matrices.h"
#include "tables.h"

namespace gradus {
namespace {

using Values = std::vector<double>;

Values factor_of(const Kernels& kernels, size_t n) {
  Values l = positive_definite(n);
  EXPECT_EQ(cholesky(kernels, l.data(), n, nullptr), kCholeskyDone);
  return l;
}

// The largest |b - A x| over rows, in units of n * 2^-53 * sum |a| |x|; A's lower triangle, column c of m.
double residual(const Values& a, const double* x, const double* b, size_t n, size_t m, size_t c) {
  double worst = 0;
  for (size_t i = 0; i < n; ++i) {
    long double r = b[i * m + c], size = 0;
    for (size_t j = 0; j < n; ++j) {
      const long double term = static_cast<long double>(a[std::max(i, j) * n + std::min(i, j)]) * x[j * m + c];
      r -= term;
      size += std::fabs(term);
    }
    worst = std::max(worst, static_cast<double>(std::fabs(r) / size) / (static_cast<double>(n) * std::ldexp(1, -53)));
  }
  return worst;
}

TEST(Triangular, SolvesOneAndManyRightHandSides) {
  for (const Kernels* k : all_tables()) {
    for (const size_t n : {0, 1, 2, 7, 8, 9, 31, 64, 127, 128, 129, 257}) {
      const Values a = positive_definite(n), l = factor_of(*k, n);
      for (const size_t m : {0, 1, 2, 8, 23, 24, 25, 67}) {
        const Values b = random_values(n * m, 5);
        Values x = b;
        if (m == 1) {
          cholesky_solve(*k, l.data(), n, x.data());
        } else {
          ASSERT_TRUE(cholesky_solve_columns(*k, l.data(), n, x.data(), m, 1));
        }
        for (size_t c = 0; c < m; ++c) ASSERT_LE(residual(a, x.data(), b.data(), n, m, c), 8) << k->name << " " << n;
      }
    }
  }
}

TEST(Triangular, ThreadsAndTablesOfAClassGiveTheSameBits) {
  constexpr size_t n = 211, m = 150;
  Values plain, fused;
  for (const Kernels* k : all_tables()) {
    const Values l = factor_of(*k, n);
    for (const int threads : {1, 2, 3, 7}) {
      Values all = random_values(n * m, 6), inverse(n * n), diagonal(n);
      ASSERT_TRUE(cholesky_solve_columns(*k, l.data(), n, all.data(), m, threads));
      ASSERT_TRUE(cholesky_inverse(*k, l.data(), n, inverse.data(), threads));
      ASSERT_TRUE(cholesky_inverse_diagonal(*k, l.data(), n, diagonal.data(), threads));
      all.insert(all.end(), inverse.begin(), inverse.end());
      all.insert(all.end(), diagonal.begin(), diagonal.end());
      Values& first = k->fused ? fused : plain;
      if (first.empty()) first = all;
      ASSERT_TRUE(same_bits(first, all)) << k->name << " " << threads;
    }
  }
}

TEST(Triangular, InverseTimesTheMatrixIsOne) {
  for (const Kernels* k : all_tables()) {
    for (const size_t n : {0, 1, 2, 7, 8, 9, 23, 24, 25, 48, 67, 97, 129, 200}) {
      const Values a = positive_definite(n), l = factor_of(*k, n);
      Values inverse(n * n + 1, kGuard), diagonal(n + 1, kGuard);
      ASSERT_TRUE(cholesky_inverse(*k, l.data(), n, inverse.data(), 1));
      ASSERT_TRUE(cholesky_inverse_diagonal(*k, l.data(), n, diagonal.data(), 1));
      EXPECT_EQ(inverse[n * n], kGuard);
      EXPECT_EQ(diagonal[n], kGuard);
      for (size_t i = 0; i < n; ++i) {
        EXPECT_NEAR(diagonal[i], inverse[i * n + i], 1e-14 * inverse[i * n + i]);
        for (size_t j = 0; j < n; ++j) {
          ASSERT_EQ(inverse[i * n + j], inverse[j * n + i]);
          long double sum = 0;
          for (size_t q = 0; q < n; ++q) {
            sum += static_cast<long double>(a[std::max(i, q) * n + std::min(i, q)]) * inverse[q * n + j];
          }
          ASSERT_NEAR(static_cast<double>(sum), i == j ? 1 : 0, 1e-11) << k->name << " " << n;
        }
      }
    }
  }
}

// Every combination of rows, columns, depth and limit near the tiles, in both directions, with guards.
TEST(TriangularKernels, SubtractProductIsOneChainAnElement) {
  for (const Kernels* k : all_tables()) {
    for (const size_t depth : {0, 1, 5}) {
      for (size_t rows = 0; rows <= 19; ++rows) {
        for (size_t width = 0; width <= 27; ++width) {
          for (const size_t limit : {size_t{1}, size_t{4}, width + 1}) {
            const size_t stride = width + 3;
            const Values l = random_values(rows * depth + 1, 1), x = random_values(depth * width + 1, 2);
            Values c = random_values(rows * stride + 1, 3), want = c;
            for (size_t i = 0; i < rows; ++i) {
              for (size_t j = 0; j < std::min(width, limit + i); ++j) {
                for (size_t q = 0; q < depth; ++q) {
                  want[i * stride + j] =
                      negative_multiply_add(*k, l[i * depth + q], x[q * width + j], want[i * stride + j]);
                }
              }
            }
            k->subtract_product(rows, width, depth, l.data(), static_cast<ptrdiff_t>(depth), 1, x.data(),
                                static_cast<ptrdiff_t>(width), c.data(), static_cast<ptrdiff_t>(stride), limit);
            ASSERT_TRUE(same_bits(want, c)) << k->name << " " << rows << " " << width << " " << depth << " " << limit;
          }
        }
      }
    }
  }
}

TEST(TriangularKernels, SubstituteSolvesInBothDirections) {
  for (const Kernels* k : all_tables()) {
    for (size_t n = 1; n <= 19; ++n) {
      for (size_t width = 0; width <= 27; ++width) {
        const Values l = factor_of(*k, n);
        Values reciprocal(n), b = random_values(n * width + 1, 4), want = b, x(n * width + 1);
        x[n * width] = b[n * width];
        for (size_t i = 0; i < n; ++i) reciprocal[i] = 1 / l[i * n + i];
        const auto row = static_cast<ptrdiff_t>(n), wide = static_cast<ptrdiff_t>(width);
        for (size_t j = 0; j < width; ++j) {
          for (size_t i = 0; i < n; ++i) {
            for (size_t q = 0; q < i; ++q) {
              want[i * width + j] = negative_multiply_add(*k, l[i * n + q], want[q * width + j], want[i * width + j]);
            }
            want[i * width + j] *= reciprocal[i];
          }
        }
        const size_t known = n / 3;
        k->substitute(0, known, width, l.data(), row, 1, reciprocal.data(), b.data(), wide, x.data(), wide);
        k->substitute(known, n - known, width, l.data() + known * n, row, 1, reciprocal.data() + known, b.data(), wide,
                      x.data(), wide);
        ASSERT_TRUE(same_bits(want, x)) << k->name << " " << n << " " << width;
        // transpose(L) from its last element.
        std::reverse(reciprocal.begin(), reciprocal.end());
        for (size_t j = 0; j < width; ++j) {
          for (size_t i = n; i-- > 0;) {
            for (size_t q = n; q-- > i + 1;) {
              want[i * width + j] = negative_multiply_add(*k, l[q * n + i], want[q * width + j], want[i * width + j]);
            }
            want[i * width + j] *= reciprocal[n - 1 - i];
          }
        }
        double* const last = x.data() + (n - 1) * width;
        k->substitute(0, n, width, l.data() + n * n - 1, -1, -row, reciprocal.data(), last, -wide, last, -wide);
        ASSERT_TRUE(same_bits(want, x)) << k->name << " " << n << " " << width;
      }
    }
  }
}

TEST(TriangularKernels, TransposesAnyShape) {
  for (const Kernels* k : all_tables()) {
    for (size_t rows = 0; rows <= 19; ++rows) {
      for (size_t columns = 0; columns <= 27; ++columns) {
        const Values x = random_values(rows * (columns + 2) + 1, 7);
        Values out(columns * (rows + 3) + 1, kGuard);
        k->transpose(rows, columns, x.data(), columns + 2, out.data(), rows + 3);
        for (size_t i = 0; i < columns * (rows + 3) + 1; ++i) {
          const size_t j = i / (rows + 3), r = i % (rows + 3);
          ASSERT_EQ(out[i], r < rows && j < columns ? x[r * (columns + 2) + j] : kGuard) << k->name;
        }
      }
    }
  }
}

}  // namespace
}  // namespace gradus
