// The pointwise losses of every table: values and derivatives against long double
// with the bounds of docs/numerics.md, over special arguments and targets, every
// length and guard values around each output; the sums by lane; the same bits
// inside a class; and steps of one row of the logistic loss beyond the range of the
// short way.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "guarded.h"
#include "tables.h"

namespace gradus {
namespace {

using Values = std::vector<double>;

constexpr size_t kLongest = 67;
constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
constexpr double kTiny = std::numeric_limits<double>::denorm_min();
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kDelta = 0.75;

size_t number_of(Loss loss) { return static_cast<size_t>(loss); }

// What a kernel gives for one row without a weight.
struct Row {
  double loss, first, second;
};

Row one_row(const Kernels& k, Loss loss, double eta, double y, double parameter = kDelta) {
  Row row{};
  LossSums sums{};
  k.loss[number_of(loss)](1, &eta, &y, nullptr, parameter, &row.first, &row.second, &sums);
  row.loss = sums.loss[0];
  EXPECT_TRUE(same_bits(&sums.derivative[0], &row.first, 1) || std::isnan(row.first) || row.first == 0);
  return row;
}

// Arguments where formulas and exponents change, and others between.
Values arguments() {
  Values eta{0.0,   -0.0, kTiny,  -kTiny,  0x1p-1022, -0x1p-1022, 1e-300, -1e-300, 0x1p-53, -0x1p-53, 1e-8,
             -1e-8, 36.7, -36.7,  37.5,    -37.5,     40,         -40,    700,     -700,    708.5,    -708.5,
             745,   -745, 745.14, -745.14, 750,       -750,       1e5,    -1e5,    1e300,   -1e300};
  for (double x : random_values(3000, 1)) eta.push_back(6 * x);
  for (double x : random_values(300, 2)) eta.push_back(200 * x);
  return eta;
}

class LossesTest : public testing::TestWithParam<const Kernels*> {};

TEST_P(LossesTest, SquaredAndHuberFollowTheirFormulas) {
  const Kernels& k = *GetParam();
  const Values eta = random_values(500, 13), y = random_values(500, 14);
  for (size_t i = 0; i < eta.size(); ++i) {
    const double r = eta[i] - y[i], a = std::fabs(r);
    const Row squared = one_row(k, Loss::kSquared, eta[i], y[i]), huber = one_row(k, Loss::kHuber, eta[i], y[i]);
    EXPECT_TRUE(squared.loss == 0.5 * (r * r) && squared.first == r && squared.second == 1);
    if (a <= kDelta) {
      EXPECT_TRUE(huber.loss == squared.loss && huber.first == r && huber.second == 1);
    } else {
      EXPECT_TRUE(huber.loss == kDelta * (a - 0.5 * kDelta) && huber.first == std::copysign(kDelta, r));
      EXPECT_EQ(huber.second, 0);
    }
  }
  EXPECT_TRUE(std::isnan(one_row(k, Loss::kHuber, kNaN, 0).first));
}

TEST_P(LossesTest, LogisticIsWithinItsBounds) {
  if (std::numeric_limits<long double>::digits < 64) GTEST_SKIP() << "long double judges nothing here";
  const Kernels& k = *GetParam();
  double worst[3] = {};
  for (const double eta : arguments()) {
    for (const double y : {0.0, 1.0, 0.5, 0.25, 0.3, 0.9, 1e-3, 1 - 0x1p-53, 1e-20, kTiny}) {
      const Row got = one_row(k, Loss::kLogistic, eta, y);
      const long double x = eta, e = std::exp(-std::fabs(x)), p = x < 0 ? e / (1 + e) : 1 / (1 + e);
      const long double other = x < 0 ? 1 / (1 + e) : e / (1 + e);
      const long double asymptote = x < 0 ? -y * x : (1 - static_cast<long double>(y)) * x;
      const long double loss = asymptote + std::log1p(e), parts = (1 - static_cast<long double>(y)) * p + y * other;
      const long double first = (1 - static_cast<long double>(y)) * p - y * other, second = p * other;
      const auto judge = [&](int which, long double error, long double size) {
        // Three units of the subnormal grid, where that is coarser.
        const double of_bound = static_cast<double>(std::fabs(error) / (kEpsilon * size + 3 * kTiny));
        worst[which] = std::max(worst[which], of_bound);
        EXPECT_LE(of_bound, 3) << k.name << " number " << which << " at " << eta << ", " << y;
      };
      judge(0, got.loss - loss, loss);
      judge(1, got.first - first, parts);
      judge(2, got.second - second, second);
    }
  }
  const char* const names[] = {"loss", "derivative", "curvature"};
  for (int i = 0; i < 3; ++i) RecordProperty(names[i], std::to_string(worst[i]));
}

TEST_P(LossesTest, LogisticAtItsEnds) {
  const Kernels& k = *GetParam();
  struct Case {
    double eta, y, loss, first;
  };
  for (const Case& c : {Case{kInf, 1, 0, 0}, Case{kInf, 0, kInf, 1}, Case{-kInf, 1, kInf, -1}, Case{-kInf, 0, 0, 0},
                        Case{kInf, 0.5, kInf, 0.5}, Case{-kInf, 0.5, kInf, -0.5}}) {
    const Row got = one_row(k, Loss::kLogistic, c.eta, c.y);
    EXPECT_EQ(got.loss, c.loss) << k.name << ' ' << c.eta << ' ' << c.y;
    EXPECT_EQ(got.first, c.first) << k.name << ' ' << c.eta << ' ' << c.y;
    EXPECT_EQ(got.second, 0);
  }
  for (const double y : {0.0, 1.0}) {
    const Row got = one_row(k, Loss::kLogistic, kNaN, y);
    EXPECT_TRUE(std::isnan(got.loss) && std::isnan(got.first) && std::isnan(got.second));
  }
}

TEST_P(LossesTest, PoissonFollowsItsFormula) {
  const Kernels& k = *GetParam();
  for (const double eta : arguments()) {
    for (const double y : {0.0, 1.0, 17.0}) {
      double mean;
      k.map[static_cast<size_t>(Function::kExp)](1, &eta, &mean);
      const Row got = one_row(k, Loss::kPoisson, eta, y);
      EXPECT_EQ(got.loss, mean - y * eta);
      EXPECT_EQ(got.first, mean - y);
      EXPECT_EQ(got.second, mean);
    }
  }
}

// Against long double, within a few units of the largest part of each number.
TEST_P(LossesTest, DeviancesWithALogLinkFollowTheirFormulas) {
  if (std::numeric_limits<long double>::digits < 64) GTEST_SKIP() << "long double judges nothing here";
  const Kernels& k = *GetParam();
  // e^x is within 2 ulp of its rounded argument, of which it is off by |x| times as much.
  const auto near = [&](double got, long double wanted, long double size, double eta, const char* what) {
    EXPECT_LE(std::fabs(got - wanted), (8 + 4 * std::fabs(eta)) * kEpsilon * size)
        << k.name << ' ' << what << ' ' << eta;
  };
  for (const double eta : random_values(400, 21)) {
    const double x = 8 * eta;
    const long double e = std::exp(static_cast<long double>(x));
    for (const double y : {0.0, 1.0, 0.3, 17.0}) {
      const Row gamma = one_row(k, Loss::kGamma, x, y);
      near(gamma.loss, x + y / e, std::fabs(x) + y / e, x, "gamma");
      near(gamma.first, 1 - y / e, 1 + y / e, x, "gamma'");
      near(gamma.second, y / e, y / e, x, "gamma''");
      for (const double power : {1.25, 1.9, 3.0, 4.5}) {
        const long double a = 2 - static_cast<long double>(power), b = a - 1;
        const long double u = std::exp(a * x), v = y * std::exp(b * x), second = a * u - b * v;
        const Row tweedie = one_row(k, Loss::kTweedie, x, y, power);
        near(tweedie.loss, u / a - v / b, std::fabs(u / a) + std::fabs(v / b), 4 * x, "tweedie");
        near(tweedie.first, u - v, u + v, 4 * x, "tweedie'");
        const long double size = std::fabs(a) * u + std::fabs(b) * v;
        near(tweedie.second, second, size, 4 * x, "tweedie''");
      }
      for (const double alpha : {1e-6, 0.2, 1.0, 30.0}) {
        const long double r = 1 / static_cast<long double>(alpha), t = x + std::log(static_cast<long double>(alpha));
        const long double p = 1 / (1 + std::exp(-t)), q = 1 / (1 + std::exp(t));
        const long double loss = r * std::log1p(std::exp(t)) + y * std::log1p(std::exp(-t));
        const Row counts = one_row(k, Loss::kNegativeBinomial, x, y, alpha);
        near(counts.loss, loss, loss, 4 * x + 30, "negative binomial");
        near(counts.first, r * p - y * q, r * p + y * q, 4 * x + 30, "negative binomial'");
        near(counts.second, (r + y) * p * q, (r + y) * p * q, 4 * x + 30, "negative binomial''");
      }
    }
  }
}

TEST_P(LossesTest, NegativeBinomialAtItsEnds) {
  const Kernels& k = *GetParam();
  const Row none = one_row(k, Loss::kNegativeBinomial, -kInf, 0, 0.5),
            all = one_row(k, Loss::kNegativeBinomial, 800, 3, 1);
  EXPECT_TRUE(none.loss == 0 && none.first == 0 && none.second == 0) << k.name;
  EXPECT_TRUE(all.loss == 800 && all.first == 1 && all.second >= 0) << k.name;
  EXPECT_EQ(one_row(k, Loss::kNegativeBinomial, -800, 3, 1).loss, 2400) << k.name;
  EXPECT_TRUE(std::isnan(one_row(k, Loss::kNegativeBinomial, kNaN, 1, 1).first));
}

TEST_P(LossesTest, SquaredHingeFollowsItsFormula) {
  const Kernels& k = *GetParam();
  for (const double eta : random_values(300, 22)) {
    for (const double y : {0.0, 1.0}) {
      const double s = y == 1 ? 1 : -1, x = 3 * eta, lacks = std::fmax(0, 1 - s * x);
      const Row row = one_row(k, Loss::kSquaredHinge, x, y);
      EXPECT_TRUE(row.loss == lacks * lacks && row.first == -2 * s * lacks && row.second == (lacks > 0 ? 2 : 0));
    }
  }
  EXPECT_TRUE(std::isnan(one_row(k, Loss::kSquaredHinge, kNaN, 1).first));
}

TEST_P(LossesTest, LanesWeightsAndLengths) {
  const Kernels& k = *GetParam();
  for (size_t number = 0; number < kLossCount; ++number) {
    const Loss loss = static_cast<Loss>(number);
    for (size_t n = 0; n <= kLongest; ++n) {
      Guarded eta(random_values(n, 13), 1), y(random_values(n, 14), 2), w(random_values(n, 15), 1);
      for (size_t i = 0; i < n; ++i) y.data()[i] = std::fabs(y[i]) < 0.5 ? 0 : 1;
      Guarded derivative(n, 1), curvature(n, 2), flat(n, 0);
      LossSums sums{}, want{}, bare{};
      k.loss[number](n, eta.data(), y.data(), w.data(), kDelta, derivative.data(), curvature.data(), &sums);
      for (size_t i = 0; i < n; ++i) {
        const Row row = one_row(k, loss, eta[i], y[i]);
        EXPECT_EQ(derivative[i], w[i] * row.first);
        EXPECT_EQ(curvature[i], w[i] * row.second);
        want.loss[i % 8] += w[i] * row.loss;
        want.derivative[i % 8] += derivative[i];
      }
      EXPECT_TRUE(same_bits(sums.loss, want.loss, 8) && same_bits(sums.derivative, want.derivative, 8))
          << k.name << ' ' << number << ' ' << n;
      k.loss[number](n, eta.data(), nullptr, nullptr, kDelta, flat.data(), nullptr, &bare);
      for (size_t i = 0; i < n; ++i) EXPECT_EQ(flat[i], one_row(k, loss, eta[i], 0).first);
      EXPECT_TRUE(derivative.intact() && curvature.intact() && flat.intact());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tables, LossesTest, testing::ValuesIn(all_tables()),
                         [](const auto& info) { return std::string(info.param->name); });

TEST(Losses, TablesOfAClassAgreeBitForBit) {
  const Values eta = arguments(), y = random_values(eta.size(), 3), w = random_values(eta.size(), 4);
  const size_t n = eta.size();
  for (size_t loss = 0; loss < kLossCount; ++loss) {
    Values first[2];
    for (const Kernels* k : all_tables()) {
      Values all(2 * n + 16);
      LossSums sums{};
      k->loss[loss](n, eta.data(), y.data(), w.data(), kDelta, all.data(), all.data() + n, &sums);
      std::copy_n(sums.loss, 8, all.data() + 2 * n);
      std::copy_n(sums.derivative, 8, all.data() + 2 * n + 8);
      Values& wanted = first[k->fused];
      if (wanted.empty()) wanted = all;
      EXPECT_TRUE(same_bits(all.data(), wanted.data(), all.size())) << k->name << ' ' << loss;
    }
  }
}

// Steps of the plain rule with rows and rates of any size: the short way within a block of four rows and the usual one,
// a penalty, an intercept, weights; against long double row by row.
TEST(Losses, LogisticStepsOfAnySize) {
  constexpr size_t rows = 403;
  for (const size_t columns : {size_t{1}, size_t{3}, size_t{8}, size_t{10}, size_t{16}, size_t{17}, size_t{40}}) {
    for (int kind = 0; kind < 32; ++kind) {
      const double size = kind % 4 == 0 ? 0.3 : kind % 4 == 1 ? 2 : kind % 4 == 2 ? 20 : 300, rate = 0.5;
      const bool weighted = kind & 4, intercept = kind & 8;
      const double l2 = kind & 16 ? 0.01 : 0;
      Values x = random_values(rows * columns, 5), y = random_values(rows, 6), w = random_values(rows, 7);
      std::vector<uint32_t> positions(rows);
      for (double& v : x) v *= size / std::sqrt(static_cast<double>(columns));
      for (size_t i = 0; i < rows; ++i) {
        y[i] = y[i] < 0 ? 0 : 1;
        w[i] = std::fabs(w[i]);
        positions[i] = static_cast<uint32_t>(i);
      }
      std::vector<long double> exact(columns + 1);
      for (size_t r = 0; r < rows; ++r) {
        long double eta = intercept ? exact[columns] : 0;
        for (size_t j = 0; j < columns; ++j) eta += exact[j] * x[r * columns + j];
        const long double d =
            (weighted ? w[r] : 1.0) * (y[r] == 0 ? 1 / (1 + std::exp(-eta)) : -1 / (1 + std::exp(eta)));
        for (size_t j = 0; j < columns; ++j) exact[j] -= rate * (d * x[r * columns + j] + l2 * exact[j]);
        if (intercept) exact[columns] -= rate * d;
      }
      Values first[2];
      for (const Kernels* k : all_tables()) {
        Values theta((columns + 7) / 8 * 8 + 8), gradient(theta.size());
        double bias[2] = {};
        SingleRows run{};
        run.z = x.data();
        run.rows = rows;
        run.columns = columns;
        run.positions = positions.data();
        run.y = y.data();
        run.weights = weighted ? w.data() : nullptr;
        run.loss = Loss::kLogistic;
        run.intercept = intercept;
        run.bias = bias;
        run.l2 = l2;
        run.gradient = gradient.data();
        run.scalars = &rate;
        k->single_rows[static_cast<size_t>(Rule::kSgd)](run, theta.data(), nullptr);
        theta[columns] = bias[0];
        Values& wanted = first[k->fused];
        if (wanted.empty()) wanted = theta;
        EXPECT_TRUE(same_bits(theta.data(), wanted.data(), columns + 1)) << k->name << ' ' << columns << ' ' << kind;
        // A step that overshoots amplifies rounding; what follows is then compared in the class only.
        for (size_t j = 0; j <= columns && size * size * rate < 4; ++j) {
          EXPECT_NEAR(theta[j], static_cast<double>(exact[j]), 1e-10) << k->name << ' ' << columns << ' ' << kind;
        }
        for (const double v : theta) EXPECT_TRUE(std::isfinite(v)) << k->name << ' ' << columns << ' ' << kind;
      }
    }
  }
}

}  // namespace
}  // namespace gradus
