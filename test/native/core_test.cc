// The core algorithms: values against plain loops, results equal bit for bit
// over threads and within the plain class, and abort.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "core/gram.h"
#include "core/linear.h"
#include "core/moments.h"
#include "sample_rows.h"
#include "tables.h"

namespace gradus {
namespace {

using Values = std::vector<double>;

constexpr double kMean = 0.3;

bool same_bits(const Values& a, const Values& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
}

// A problem with memory of its own. `kind` bits: those of SampleRows, 16 intercept, 32 huber.
struct Sample : SampleRows {
  Values y, theta;
  LinearProblem problem;

  Sample(size_t rows, size_t columns, int kind)
      : SampleRows(rows, columns, kind, kMean),
        y(random_values(rows, 2, kMean)),
        theta(random_values(columns + 1, 6, kMean)) {
    for (double& v : theta) v *= 0.2;
    problem.rows = this->rows();
    problem.y = y.data();
    problem.intercept = (kind & 16) != 0;
    problem.loss = kind & 32 ? Loss::kHuber : Loss::kSquared;
    problem.loss_parameter = 0.8;
  }
  double residual(size_t r) const {
    double e = -y[r];
    for (size_t j = 0; j < problem.size(); ++j) e += z(r, j) * theta[j];
    return e;
  }
};

Values gradient(const Kernels& k, const Sample& s, int threads) {
  Control control;
  control.threads = threads;
  Values out(s.problem.size() + 2);
  EXPECT_TRUE(linear_gradient(k, s.problem, s.theta.data(), control, out.data()));
  return out;
}
Values gram(const Kernels& k, const Sample& s, int threads) {
  Control control;
  control.threads = threads;
  Values out(s.problem.size() * s.problem.size(), std::nan(""));
  EXPECT_TRUE(linear_gram(k, s.problem, s.theta.data(), control, out.data()));
  return out;
}
Values moments(const Kernels& k, const Sample& s, int threads) {
  Control control;
  control.threads = threads;
  const size_t d = s.problem.rows.columns;
  Values out(2 * d + 1);
  EXPECT_TRUE(column_moments(k, s.problem.rows, control, out.data(), out.data() + d, out.data() + 2 * d));
  return out;
}

TEST(Core, GradientAndGramAgreeWithPlainLoops) {
  for (const Kernels* k : all_tables()) {
    for (int kind = 0; kind < 64; kind += kind < 8 ? 1 : 5) {
      for (const size_t rows : {size_t{0}, size_t{1}, size_t{13}, size_t{1100}}) {
        for (const size_t columns : {size_t{0}, size_t{1}, size_t{10}, size_t{37}}) {
          const Sample s(rows, columns, kind);
          const size_t p = s.problem.size();
          const Values g = gradient(*k, s, 2), h = gram(*k, s, 2);
          Values want(p + 2), square(p * p);
          for (size_t r = 0; r < rows; ++r) {
            const double e = s.residual(r), a = std::fabs(e), w = s.weight(r);
            const bool inside = !(kind & 32) || a <= 0.8;
            want[p] += w * (inside ? e * e / 2 : 0.8 * (a - 0.4));
            want[p + 1] += w;
            for (size_t i = 0; i < p; ++i) {
              want[i] += w * (inside ? e : std::copysign(0.8, e)) * s.z(r, i);
              for (size_t j = 0; j <= i && inside; ++j) square[i * p + j] += w * s.z(r, i) * s.z(r, j);
            }
          }
          const double bound = 1e-12 * (1 + static_cast<double>(rows) * (columns + 1) * 10);
          for (size_t i = 0; i < p + 2; ++i) ASSERT_NEAR(g[i], want[i], bound) << k->name << " " << kind;
          for (size_t i = 0; i < p * p; ++i) ASSERT_NEAR(h[i], square[i], bound) << k->name << " " << kind;
        }
      }
    }
  }
}

TEST(Core, MomentsAgreeWithPlainLoops) {
  for (const Kernels* k : all_tables()) {
    for (const int kind : {0, 1, 2, 8, 11}) {
      const Sample s(1500, 9, kind);
      const Values m = moments(*k, s, 2);
      for (size_t j = 0; j < 9; ++j) {
        double sum = 0, weight = 0, squares = 0;
        for (size_t r = 0; r < 1500; ++r) sum += s.weight(r) * s.z(r, j), weight += s.weight(r);
        for (size_t r = 0; r < 1500; ++r) squares += s.weight(r) * std::pow(s.z(r, j) - sum / weight, 2);
        EXPECT_NEAR(m[j], sum / weight, 1e-12);
        EXPECT_NEAR(m[9 + j], squares / weight, 1e-12);
        EXPECT_NEAR(m[18], weight, 1e-9);
      }
    }
  }
}

TEST(Core, ThreadsChangeNoBit) {
  for (const Kernels* k : all_tables()) {
    for (const int kind : {0, 16 + 32, 1 + 2 + 4 + 8 + 16 + 32}) {
      const Sample tall(20000, 11, kind), wide(1300, 280, kind), many(9000, 24, kind);
      for (const Sample* s : {&tall, &wide, &many}) {
        const Values g = gradient(*k, *s, 1), h = gram(*k, *s, 1), m = moments(*k, *s, 1);
        for (const int threads : {2, 3, 7}) {
          EXPECT_TRUE(same_bits(g, gradient(*k, *s, threads))) << k->name << kind;
          EXPECT_TRUE(same_bits(h, gram(*k, *s, threads))) << k->name << kind;
          EXPECT_TRUE(same_bits(m, moments(*k, *s, threads))) << k->name << kind;
        }
        if (k->fused || k->name == std::string("scalar")) continue;
        const Kernels& scalar = scalar_table();
        EXPECT_TRUE(same_bits(g, gradient(scalar, *s, 1)));
        EXPECT_TRUE(same_bits(h, gram(scalar, *s, 1)));
        EXPECT_TRUE(same_bits(m, moments(scalar, *s, 1)));
      }
    }
  }
}

// The decreed chains and tree of one element of the Gram matrix.
double decreed(const Kernels& k, const Sample& s, size_t i, size_t j) {
  Values stack;
  const size_t rows = s.problem.rows.rows;
  for (size_t first = 0, leaves = 1; first < rows; first += kLeafRows, ++leaves) {
    double c = 0;
    for (size_t r = first; r < std::min(first + kLeafRows, rows); ++r) {
      const bool inside = s.problem.loss == Loss::kSquared || std::fabs(s.residual(r)) <= 0.8;
      const double a = s.weight(r) * (inside ? 1.0 : 0.0) * s.z(r, i), b = s.z(r, j);
      c = k.fused ? std::fma(a, b, c) : c + a * b;
    }
    stack.push_back(c);
    for (size_t n = leaves; n % 2 == 0; n /= 2) stack.end()[-2] += stack.back(), stack.pop_back();
  }
  while (stack.size() > 1) stack.end()[-2] += stack.back(), stack.pop_back();
  return stack[0];
}

TEST(Core, GramIsTheDecreedChain) {
  for (const Kernels* k : all_tables()) {
    for (const size_t columns : {size_t{5}, size_t{280}}) {
      const Sample s(21 * kLeafRows + 300, columns, 2 + 16);
      const size_t p = s.problem.size();
      const Values h = gram(*k, s, 2);
      for (size_t i = 0; i < p; i += 1 + p / 20) {
        for (size_t j = 0; j <= i; j += 1 + p / 10) EXPECT_EQ(h[i * p + j], decreed(*k, s, i, j)) << k->name;
      }
    }
  }
}

// One below, at and above the edges of register tiles, panels and tiles, and blocks of rows that are not whole.
TEST(Core, GramIsTheDecreedChainAtEveryEdge) {
  for (const Kernels* k : all_tables()) {
    for (const size_t columns : {0, 1, 6, 7, 8, 9, 12, 16, 17, 23, 24, 25, 33, 100, 263, 264, 265, 288}) {
      for (const int kind : {0, 16 + 2, 4 + 8, 1 + 2 + 4 + 8 + 16, 32, 32 + 16 + 1 + 8}) {
        const Sample s(2 * kLeafRows + 131, columns, kind);
        const size_t p = s.problem.size();
        const Values h = gram(*k, s, 2);
        std::vector<size_t> edges;
        for (const size_t i : {size_t{0}, size_t{1}, size_t{7}, size_t{8}, size_t{24}, p / 2, p - 9, p - 2, p - 1}) {
          if (i < p) edges.push_back(i);
        }
        for (const size_t i : edges) {
          for (const size_t j : edges) {
            const double want = j <= i ? decreed(*k, s, i, j) : 0;
            ASSERT_EQ(h[i * p + j], want) << k->name << " " << columns << " " << kind << " " << i << " " << j;
          }
        }
      }
    }
  }
}

TEST(Core, PredictIsTheSameInEveryTable) {
  for (const int kind : {0, 1, 8, 13}) {
    const Sample s(300, 21, kind);
    Values first(300), other(300);
    ASSERT_TRUE(linear_predict(scalar_table(), s.problem.rows, s.theta.data(), 0.5, first.data()));
    EXPECT_NEAR(first[7], s.residual(7) + s.y[7] + 0.5, 1e-12);
    for (const Kernels* k : all_tables()) {
      ASSERT_TRUE(linear_predict(*k, s.problem.rows, s.theta.data(), 0.5, other.data()));
      EXPECT_TRUE(same_bits(first, other));
    }
  }
}

TEST(Core, ScanFindsTheFirst) {
  Control control;
  control.threads = 3;
  Values v(300001, 1e300);
  std::vector<float> f(300001, 1e30f);
  int64_t found = 0;
  EXPECT_TRUE(first_not_finite(v.data(), Storage::kFloat64, v.size(), control, &found) && found == -1);
  EXPECT_TRUE(first_not_finite(v.data(), Storage::kFloat64, 0, control, &found) && found == -1);
  for (const size_t at : {size_t{300000}, size_t{150001}, size_t{65536}, size_t{3}, size_t{0}}) {
    v[at] = at % 2 ? std::nan("") : -HUGE_VAL;
    f[at] = HUGE_VALF;
    EXPECT_TRUE(first_not_finite(v.data(), Storage::kFloat64, v.size(), control, &found));
    EXPECT_EQ(found, static_cast<int64_t>(at));
    EXPECT_TRUE(first_not_finite(f.data(), Storage::kFloat32, f.size(), control, &found));
    EXPECT_EQ(found, static_cast<int64_t>(at));
  }
}

TEST(Core, AbortStopsEveryJob) {
  const Sample s(5000, 30, 32);
  Control control;
  control.threads = 2;
  control.abort = true;
  Values out(31 * 31 * 2);
  int64_t found;
  const Kernels& k = scalar_table();
  EXPECT_FALSE(linear_gradient(k, s.problem, s.theta.data(), control, out.data()));
  EXPECT_FALSE(linear_gram(k, s.problem, s.theta.data(), control, out.data()));
  EXPECT_FALSE(column_moments(k, s.problem.rows, control, out.data(), out.data() + 40, out.data() + 80));
  EXPECT_FALSE(first_not_finite(out.data(), Storage::kFloat64, out.size(), control, &found));
}

}  // namespace
}  // namespace gradus
