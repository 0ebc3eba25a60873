// Every kernel of every table against a long double oracle, over all lengths
// and odd offsets, with guard values around each output; and sse2 against
// scalar bit for bit.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "guarded.h"
#include "tables.h"

namespace gradus {
namespace {

constexpr size_t kLongest = 67;
constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

class KernelsTest : public testing::TestWithParam<const Kernels*> {};

TEST_P(KernelsTest, DotAxpyAddAgreeWithOracle) {
  const Kernels& k = *GetParam();
  for (size_t n = 0; n <= kLongest; ++n) {
    for (size_t offset = 0; offset < 3; ++offset) {
      Guarded x(random_values(n, 1), offset), y(random_values(n, 2), offset);
      long double sum = 0, scale = 0;
      for (size_t i = 0; i < n; ++i) {
        sum += static_cast<long double>(x[i]) * y[i];
        scale += std::fabs(static_cast<long double>(x[i]) * y[i]);
      }
      EXPECT_LE(std::fabs(k.dot(x.data(), y.data(), n) - sum), 2 * (n + 1) * kEpsilon * scale);
      Guarded z = y, s = y;
      k.axpy(1.25, x.data(), z.data(), n);
      k.add(x.data(), s.data(), n);
      for (size_t i = 0; i < n; ++i) {
        EXPECT_EQ(z[i], k.fused ? std::fma(1.25, x[i], y[i]) : 1.25 * x[i] + y[i]);
        EXPECT_EQ(s[i], y[i] + x[i]);
      }
      EXPECT_TRUE(z.intact() && s.intact() && x.intact());
    }
  }
}

TEST_P(KernelsTest, RowKernelsAgreeWithOracle) {
  const Kernels& k = *GetParam();
  for (size_t columns = 0; columns <= kLongest; ++columns) {
    for (const size_t rows : {size_t{0}, size_t{1}, size_t{3}, size_t{4}, size_t{9}}) {
      const size_t stride = columns + columns % 3;
      Guarded x(random_values(rows * stride, 3), 1), theta(random_values(columns, 4), 2);
      const std::vector<double> d = random_values(rows, 5);
      Guarded eta(rows, 1), predicted(rows, 2), sum(random_values(columns, 6), 1), squares = sum, ones = sum;
      const Guarded before = sum;
      k.linear(x.data(), stride, rows, columns, theta.data(), eta.data());
      k.predict(x.data(), stride, rows, columns, theta.data(), predicted.data());
      k.accumulate(x.data(), stride, rows, columns, d.data(), sum.data());
      k.accumulate_squares(x.data(), stride, rows, columns, d.data(), squares.data());
      k.accumulate_squares(x.data(), stride, rows, columns, nullptr, ones.data());
      for (size_t r = 0; r < rows; ++r) {
        long double exact = 0, scale = 0;
        for (size_t j = 0; j < columns; ++j) {
          const long double term = static_cast<long double>(x[r * stride + j]) * theta[j];
          exact += term;
          scale += std::fabs(term);
        }
        EXPECT_LE(std::fabs(eta[r] - exact), 2 * (columns + 1) * kEpsilon * scale);
        EXPECT_LE(std::fabs(predicted[r] - exact), 2 * (columns + 1) * kEpsilon * scale);
      }
      for (size_t j = 0; j < columns; ++j) {
        double chain = before[j], square = before[j], one = before[j];
        for (size_t r = 0; r < rows; ++r) {
          const double z = x[r * stride + j];
          chain = k.fused ? std::fma(d[r], z, chain) : chain + d[r] * z;
          square = k.fused ? std::fma(d[r] * z, z, square) : square + (d[r] * z) * z;
          one = k.fused ? std::fma(z, z, one) : one + z * z;
        }
        EXPECT_EQ(sum[j], chain);
        EXPECT_EQ(squares[j], square);
        EXPECT_EQ(ones[j], one);
      }
      EXPECT_TRUE(eta.intact() && predicted.intact() && sum.intact() && squares.intact() && ones.intact());
    }
  }
}

TEST_P(KernelsTest, LoadShiftsScalesAndGathers) {
  const Kernels& k = *GetParam();
  for (size_t columns = 0; columns <= kLongest; ++columns) {
    const size_t stride = columns + 1, rows = 7;
    Guarded x(random_values(rows * stride, 7), 1);
    const std::vector<float> narrow(x.data(), x.data() + rows * stride);
    const std::vector<double> shift = random_values(columns, 8), scale = random_values(columns, 9);
    const std::vector<uint32_t> list{6, 0, 3, 3, 5, 1, 2};
    for (const bool gather : {false, true}) {
      for (const int change : {0, 1, 2, 3}) {
        Guarded wide(rows * columns, 1), widened(rows * columns, 2);
        const uint32_t* rows_list = gather ? list.data() : nullptr;
        const double* sh = change & 1 ? shift.data() : nullptr;
        const double* sc = change & 2 ? scale.data() : nullptr;
        k.load_f64(x.data(), stride, rows_list, rows, columns, sh, sc, wide.data(), columns);
        k.load_f32(narrow.data(), stride, rows_list, rows, columns, sh, sc, widened.data(), columns);
        for (size_t i = 0; i < rows * columns; ++i) {
          const size_t r = gather ? list[i / columns] : i / columns, j = i % columns;
          const auto want = [&](double v) {
            if (sh) v -= sh[j];
            return sc ? v * sc[j] : v;
          };
          EXPECT_EQ(wide[i], want(x[r * stride + j]));
          EXPECT_EQ(widened[i], want(static_cast<double>(narrow[r * stride + j])));
        }
        EXPECT_TRUE(wide.intact() && widened.intact());
      }
    }
  }
}

TEST_P(KernelsTest, GramTilesAreOneChainPerElement) {
  const Kernels& k = *GetParam();
  ASSERT_LE(k.gram_rows, kMaxGramRows);
  ASSERT_LE(k.gram_vectors, kMaxGramVectors);
  const std::vector<double> w = random_values(kLongest, 25);
  for (size_t depth = 0; depth <= kLongest; depth += depth < 9 ? 1 : 29) {
    for (size_t m = 1; m <= k.gram_rows; ++m) {
      for (size_t v = 1; v <= k.gram_vectors; ++v) {
        for (const int kind : {0, 1, 2, 3, 4, 5}) {  // 1 from zero, 2 with weights, 4 with one weight in place
          const bool start = kind & 1, weighted = kind & 6, in_place = kind & 4;
          const size_t width = v * kLanes, a_stride = m + depth % 3, b_stride = width + depth % 2, stride = width + 3;
          Guarded a(random_values(depth * a_stride, 22), 1), b(random_values(depth * b_stride, 23), 2);
          Guarded c(random_values((m - 1) * stride + width, 24), 1), packed(depth * b_stride, 1);
          const Guarded c_before = c, b_before = b, packed_before = packed;
          const GramTile tile{depth,    a.data(), a_stride,
                              b.data(), b_stride, c.data(),
                              stride,   start,    reinterpret_cast<const char*>(a.data()),
                              64};
          const size_t w_stride = in_place ? 0 : 1;
          Guarded& out = in_place ? b : packed;
          if (weighted) {
            k.gram_first[v - 1][m - 1](tile, w.data(), w_stride, out.data(), b_stride);
          } else {
            k.gram[v - 1][m - 1](tile);
          }
          const auto z = [&](size_t r, size_t j) {
            return weighted ? w[r * w_stride] * b_before[r * b_stride + j] : b_before[r * b_stride + j];
          };
          for (size_t at = 0; at < (m - 1) * stride + width; ++at) {
            const size_t i = at / stride, j = at % stride;
            double sum = start && j < width ? 0 : c_before[at];
            for (size_t r = 0; r < depth && j < width; ++r) {
              const double x = a[r * a_stride + i];
              sum = k.fused ? std::fma(x, z(r, j), sum) : sum + x * z(r, j);
            }
            ASSERT_EQ(c[at], sum) << m << " by " << v << ", depth " << depth << ", kind " << kind;
          }
          for (size_t at = 0; at < depth * b_stride; ++at) {
            const bool inside = weighted && at % b_stride < width;
            const double old = in_place ? b_before[at] : packed_before[at];
            ASSERT_EQ(out[at], inside ? z(at / b_stride, at % b_stride) : old);
          }
          EXPECT_TRUE(a.intact() && b.intact() && c.intact() && packed.intact());
        }
      }
    }
  }
}

TEST_P(KernelsTest, NonFiniteValuesAreNotLostNorInvented) {
  const Kernels& k = *GetParam();
  for (const double bad : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    for (size_t n = 1; n <= kLongest; ++n) {
      // Bad values just outside must not matter; one inside must show.
      std::vector<double> x(n + 16, bad), y(n + 16, bad);
      std::fill_n(x.begin() + 8, n, 1.0);
      std::fill_n(y.begin() + 8, n, 2.0);
      double eta = 0;
      EXPECT_EQ(k.dot(&x[8], &y[8], n), 2.0 * n);
      k.linear(&x[8], n, 1, n, &y[8], &eta);
      EXPECT_EQ(eta, 2.0 * n);
      x[8 + n / 2] = bad;
      EXPECT_FALSE(std::isfinite(k.dot(&x[8], &y[8], n)));
      k.linear(&x[8], n, 1, n, &y[8], &eta);
      EXPECT_FALSE(std::isfinite(eta));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tables, KernelsTest, testing::ValuesIn(all_tables()),
                         [](const auto& info) { return std::string(info.param->name); });

TEST(Select, FindsTablesByName) {
  EXPECT_EQ(find_kernels("none"), nullptr);
  EXPECT_EQ(find_kernels(""), nullptr);
  ASSERT_GE(available_kernels().size(), 1u);
  for (const Kernels* table : available_kernels()) EXPECT_EQ(find_kernels(table->name), table);
}

TEST(Parity, FusedTablesAgreeBitForBit) {
  const Kernels* first = nullptr;
  for (const Kernels* table : available_kernels()) {
    if (!table->fused) continue;
    if (first == nullptr) first = table;
    for (size_t n = 0; n <= 3 * kLongest; ++n) {
      std::vector<double> x = random_values(5 * n, 20), t = random_values(n, 21);
      if (n > 2) t[1] = -0.0;
      std::vector<double> a(5), b(5), g(n, -0.0), h(n, -0.0);
      first->linear(x.data(), n, 5, n, t.data(), a.data());
      table->linear(x.data(), n, 5, n, t.data(), b.data());
      EXPECT_TRUE(same_bits(a.data(), b.data(), 5)) << table->name << n;
      first->accumulate(x.data(), n, 5, n, a.data(), g.data());
      table->accumulate(x.data(), n, 5, n, a.data(), h.data());
      EXPECT_TRUE(same_bits(g.data(), h.data(), n)) << table->name << n;
      const double p = first->dot(x.data(), t.data(), n), q = table->dot(x.data(), t.data(), n);
      EXPECT_TRUE(same_bits(&p, &q, 1)) << table->name << n;
    }
  }
}

TEST(Parity, PlainTablesAndPredictAgreeBitForBit) {
  const Kernels& scalar = scalar_table();
  for (const Kernels* table : available_kernels()) {
    for (size_t n = 0; n <= kLongest; ++n) {
      std::vector<double> x = random_values(5 * n, 16), t = random_values(n, 17);
      if (n > 2) t[1] = -0.0;
      std::vector<double> a(5), b(5), g(n, -0.0), h(n, -0.0);
      scalar.predict(x.data(), n, 5, n, t.data(), a.data());
      table->predict(x.data(), n, 5, n, t.data(), b.data());
      EXPECT_TRUE(same_bits(a.data(), b.data(), 5)) << table->name;
      if (table->fused) continue;
      scalar.linear(x.data(), n, 5, n, t.data(), a.data());
      table->linear(x.data(), n, 5, n, t.data(), b.data());
      EXPECT_TRUE(same_bits(a.data(), b.data(), 5));
      scalar.accumulate(x.data(), n, 5, n, a.data(), g.data());
      table->accumulate(x.data(), n, 5, n, a.data(), h.data());
      EXPECT_TRUE(same_bits(g.data(), h.data(), n));
      const double p = scalar.dot(x.data(), t.data(), n), q = table->dot(x.data(), t.data(), n);
      EXPECT_TRUE(same_bits(&p, &q, 1));
    }
  }
}

}  // namespace
}  // namespace gradus
