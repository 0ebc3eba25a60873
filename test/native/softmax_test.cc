// Kernels for several outputs, every table: the bits of the kernels for one, class
// by class; softmax cross-entropy against long double with the bounds of
// docs/numerics.md, over special values, odd sizes and guard values; the same bits
// inside a class and over threads; and the gradient over leaves against plain loops.
#include "core/softmax.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "guarded.h"
#include "sample_rows.h"
#include "tables.h"

namespace gradus {
namespace {

using Values = std::vector<double>;

constexpr size_t kLongest = 67;
constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
constexpr double kTiny = std::numeric_limits<double>::denorm_min();
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

class SoftmaxTest : public testing::TestWithParam<const Kernels*> {};

TEST_P(SoftmaxTest, OutputsHaveTheBitsOfOneClassAfterAnother) {
  const Kernels& k = *GetParam();
  for (size_t columns = 0; columns <= kLongest; ++columns) {
    for (const size_t classes :
         {size_t{0}, size_t{1}, size_t{2}, size_t{3}, size_t{5}, size_t{6}, size_t{7}, size_t{13}}) {
      const size_t rows = (columns * 5 + classes) % 14, stride = columns + columns % 3, outer = columns + classes % 4;
      Guarded x(random_values(rows * stride, 1), 1), theta(random_values(classes * outer, 2), 2);
      Guarded eta(classes * (rows + 1), 1), sum(random_values(classes * outer, 3), 1);
      Values d = random_values(classes * (rows + 1), 4);
      Guarded wanted_eta = eta, wanted_sum = sum;
      k.linear_outputs(x.data(), stride, rows, columns, theta.data(), outer, classes, eta.data(), rows + 1);
      k.accumulate_outputs(x.data(), stride, rows, columns, d.data(), rows + 1, classes, sum.data(), outer);
      for (size_t c = 0; c < classes; ++c) {
        k.linear(x.data(), stride, rows, columns, theta.data() + c * outer, wanted_eta.data() + c * (rows + 1));
        k.accumulate(x.data(), stride, rows, columns, d.data() + c * (rows + 1), wanted_sum.data() + c * outer);
      }
      EXPECT_TRUE(same_bits(eta.data(), wanted_eta.data(), classes * (rows + 1))) << columns << ' ' << classes;
      EXPECT_TRUE(same_bits(sum.data(), wanted_sum.data(), classes * outer)) << columns << ' ' << classes;
      EXPECT_TRUE(eta.intact() && sum.intact());
    }
  }
}

// What one row gives.
struct Row {
  double loss;
  Values derivative;
};

Row one_row(const Kernels& k, Values eta, double label) {
  double loss[kLanes] = {};
  k.softmax(1, eta.size(), eta.data(), 1, &label, nullptr, loss, nullptr);
  return {loss[0], eta};
}

TEST_P(SoftmaxTest, IsWithinItsBounds) {
  if (std::numeric_limits<long double>::digits < 64) GTEST_SKIP() << "long double judges nothing here";
  const Kernels& k = *GetParam();
  double worst[3] = {};
  for (int trial = 0; trial < 4000; ++trial) {
    const size_t classes = 1 + static_cast<size_t>(trial) % 23, label = static_cast<size_t>(trial / 7) % classes;
    const double size = std::pow(10.0, trial % 5 - 2);
    Values eta = random_values(classes, static_cast<unsigned>(trial));
    for (double& v : eta) v = size * v + (trial % 3 == 0 ? 50 * size : 0);
    if (trial % 11 == 0) eta[label] += 40;
    if (trial % 13 == 0) eta[0] = -745;
    const Row got = one_row(k, eta, static_cast<double>(label));
    long double top = eta[0], rest = 0;
    for (const double v : eta) top = std::max<long double>(top, v);
    for (size_t c = 0; c < classes; ++c) {
      if (c != label) rest += std::exp(eta[c] - top);
    }
    const long double own = std::exp(eta[label] - top), sum = own + rest;
    const long double loss = own == 1 ? std::log1p(rest) : top - eta[label] + std::log(sum);
    const auto judge = [&](int which, long double error, long double size, double bound) {
      const double of_bound = static_cast<double>(std::fabs(error) / (kEpsilon * size + 4 * kTiny));
      worst[which] = std::max(worst[which], of_bound / bound);
      EXPECT_LE(of_bound, bound) << k.name << " number " << which << " in trial " << trial;
    };
    // The difference from the largest is rounded: an error of the exponential as large as that rounding. Then one for
    // each exponential, half for each addition of a chain, and the last operations.
    const auto parts = [&](double v) {
      return 4 + static_cast<double>(classes) / 8 + static_cast<double>(top - v) / 2;
    };
    // log-sum-exp less one output: as a part of either, or of 1.
    judge(0, got.loss - loss, std::max({1.0L, std::fabs(top), loss}), 4);
    judge(1, got.loss - loss, loss, 4 + parts(eta[label]) + (rest > 0 ? static_cast<double>(-std::log(rest)) / 2 : 0));
    for (size_t c = 0; c < classes; ++c) {
      const long double wanted = (c == label ? -rest : std::exp(eta[c] - top)) / sum;
      double smallest = eta[c];
      if (c == label && rest > 0) smallest = static_cast<double>(top + std::log(rest));
      judge(2, got.derivative[c] - wanted, std::fabs(wanted), parts(smallest));
    }
  }
  RecordProperty("log-sum-exp", std::to_string(worst[0]));
  RecordProperty("loss", std::to_string(worst[1]));
  RecordProperty("derivative", std::to_string(worst[2]));
}

TEST_P(SoftmaxTest, SpecialValues) {
  const Kernels& k = *GetParam();
  EXPECT_EQ(one_row(k, {5}, 0).loss, 0);
  EXPECT_EQ(one_row(k, {5}, 0).derivative[0], 0);
  const Row even = one_row(k, {-0.0, 0, kTiny, 0}, 2);
  EXPECT_NEAR(even.loss, std::log(4.0), 1e-15);
  EXPECT_EQ(even.derivative, (Values{0.25, 0.25, -0.75, 0.25}));
  const Row certain = one_row(k, {800, 0, -1e300}, 0);
  EXPECT_EQ(certain.loss, 0);
  EXPECT_EQ(certain.derivative, (Values{-0.0, 0, 0}));
  const Row wrong = one_row(k, {800, 0, -kInf}, 2);
  EXPECT_EQ(wrong.loss, kInf);
  EXPECT_EQ(wrong.derivative, (Values{1, 0, -1}));
  EXPECT_EQ(one_row(k, {40, 0}, 0).loss, std::exp(-40.0));
  for (const double label : {-1.0, 2.0, 0.5, kNaN, kInf, 1e300})
    EXPECT_TRUE(std::isnan(one_row(k, {1, 2}, label).loss));
  for (const Values& bad : {Values{kNaN, 1}, Values{1, kNaN}, Values{kInf, 1}}) {
    EXPECT_TRUE(std::isnan(one_row(k, bad, 0).loss));
    for (const double d : one_row(k, bad, 1).derivative) EXPECT_TRUE(std::isnan(d) || bad[0] == kInf);
  }
}

TEST_P(SoftmaxTest, LanesWeightsAndLengths) {
  const Kernels& k = *GetParam();
  for (size_t n = 0; n <= kLongest; ++n) {
    for (const size_t classes : {size_t{1}, size_t{2}, size_t{4}, size_t{7}}) {
      const size_t stride = n + n % 3;
      const Values outputs = random_values(classes * stride, 5), w = random_values(n, 6);
      Values y(n);
      for (size_t i = 0; i < n; ++i) y[i] = static_cast<double>((i * 5 + n) % classes);
      Guarded eta(outputs, 1), bare(outputs, 2);
      Values derivative(classes * kLanes), wanted(classes * kLanes);
      double loss[kLanes] = {}, wanted_loss[kLanes] = {}, other[kLanes] = {};
      k.softmax(n, classes, eta.data(), stride, y.data(), w.data(), loss, derivative.data());
      k.softmax(n, classes, bare.data(), stride, nullptr, nullptr, other, nullptr);
      for (size_t i = 0; i < n; ++i) {
        Values row(classes);
        for (size_t c = 0; c < classes; ++c) row[c] = outputs[c * stride + i];
        const Row first = one_row(k, row, 0), own = one_row(k, row, y[i]);
        wanted_loss[i % kLanes] += w[i] * own.loss;
        for (size_t c = 0; c < classes; ++c) {
          const double one = w[i] * own.derivative[c];  // rounds once more
          EXPECT_NEAR(eta[c * stride + i], one, 2 * kEpsilon * std::fabs(one));
          EXPECT_EQ(bare[c * stride + i], first.derivative[c]);
          wanted[c * kLanes + i % kLanes] += eta[c * stride + i];
        }
      }
      EXPECT_TRUE(same_bits(loss, wanted_loss, kLanes));
      EXPECT_EQ(derivative, wanted);
      for (size_t i = 0; i < classes * stride; ++i) {
        EXPECT_TRUE(i % stride < n || (eta[i] == outputs[i] && bare[i] == outputs[i]));
      }
      EXPECT_TRUE(eta.intact() && bare.intact());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tables, SoftmaxTest, testing::ValuesIn(all_tables()),
                         [](const auto& info) { return std::string(info.param->name); });

TEST(Softmax, TablesOfAClassAgreeBitForBit) {
  constexpr size_t rows = 501, classes = 6;
  Values outputs = random_values(rows * classes, 7), y(rows);
  for (size_t i = 0; i < outputs.size(); ++i) outputs[i] *= std::pow(10.0, static_cast<double>(i % 7) - 3);
  outputs[3] = kInf;
  outputs[30] = -kInf;
  for (size_t i = 0; i < rows; ++i) y[i] = static_cast<double>(i % classes);
  Values first[2];
  for (const Kernels* k : all_tables()) {
    Values all = outputs;
    all.resize(outputs.size() + kLanes);
    k->softmax(rows, classes, all.data(), rows, y.data(), nullptr, all.data() + outputs.size(), nullptr);
    // Payloads and signs of NaN are nobody's promise.
    for (double& v : all) v = std::isnan(v) ? kNaN : v;
    Values& wanted = first[k->fused];
    if (wanted.empty()) wanted = all;
    EXPECT_TRUE(same_bits(all.data(), wanted.data(), all.size())) << k->name;
  }
}

// A problem with memory of its own. `kind` bits: those of SampleRows, 16 intercept.
struct Sample : SampleRows {
  Values y, theta;
  SoftmaxProblem problem;

  Sample(size_t rows, size_t columns, size_t classes, int kind)
      : SampleRows(rows, columns, kind), y(rows), theta(random_values((columns + 1) * classes, 6)) {
    for (double& v : theta) v *= 0.3;
    for (size_t i = 0; i < rows; ++i) y[i] = static_cast<double>(i * 31 % classes);
    problem.rows = this->rows();
    problem.y = y.data();
    problem.classes = classes;
    problem.intercept = (kind & 16) != 0;
  }
  Values gradient(const Kernels& k, const Values& at, int threads) const {
    Control control;
    control.threads = threads;
    Values out(problem.total_size() + 2, kNaN);
    EXPECT_TRUE(softmax_gradient(k, problem, at.data(), control, out.data()));
    return out;
  }
};

TEST(Softmax, GradientAgreesWithPlainLoopsAndOverThreads) {
  for (int kind = 0; kind < 32; ++kind) {
    for (const size_t rows : {size_t{0}, size_t{1}, size_t{13}, size_t{512}, size_t{1300}}) {
      const size_t columns = kind % 3 == 0   ? 0
                             : kind % 3 == 1 ? 10
                                             : 37,
                   classes = 1 + static_cast<size_t>(kind * 5) % 9;
      const Sample s(rows, columns, classes, kind);
      const size_t p = s.problem.size(), total = s.problem.total_size();
      std::vector<long double> want(total + 2);
      for (size_t r = 0; r < rows; ++r) {
        std::vector<long double> e(classes);
        long double sum = 0, w = s.weight(r);
        const size_t label = static_cast<size_t>(s.y[r]);
        for (size_t c = 0; c < classes; ++c) {
          for (size_t j = 0; j < p; ++j) e[c] += static_cast<long double>(s.z(r, j)) * s.theta[c * p + j];
          sum += std::exp(e[c]);
        }
        want[total] += w * (std::log(sum) - e[label]);
        want[total + 1] += w;
        for (size_t c = 0; c < classes; ++c) {
          const long double d = w * (std::exp(e[c]) / sum - (c == label ? 1 : 0));
          for (size_t j = 0; j < p; ++j) want[c * p + j] += d * s.z(r, j);
        }
      }
      Values first[2];
      for (const Kernels* k : all_tables()) {
        const Values got = s.gradient(*k, s.theta, 1);
        for (size_t i = 0; i < total + 2; ++i) {
          ASSERT_NEAR(got[i], static_cast<double>(want[i]), 1e-11 * (1 + static_cast<double>(rows))) << k->name << kind;
        }
        Values& wanted = first[k->fused];
        if (wanted.empty()) wanted = got;
        EXPECT_TRUE(same_bits(got.data(), wanted.data(), got.size())) << k->name << ' ' << kind << ' ' << rows;
        for (const int threads : {2, 3, 7}) {
          const Values other = s.gradient(*k, s.theta, threads);
          EXPECT_TRUE(same_bits(got.data(), other.data(), got.size())) << k->name << ' ' << kind << ' ' << rows;
        }
      }
    }
  }
}

TEST(Softmax, GradientIsTheSlopeOfTheLoss) {
  const Sample s(700, 6, 5, 2 + 16);
  const size_t total = s.problem.total_size();
  constexpr double step = 1e-5;
  for (const Kernels* k : all_tables()) {
    const Values gradient = s.gradient(*k, s.theta, 1);
    for (size_t i = 0; i < total; ++i) {
      Values ahead = s.theta, behind = s.theta;
      ahead[i] += step;
      behind[i] -= step;
      const double slope = (s.gradient(*k, ahead, 1)[total] - s.gradient(*k, behind, 1)[total]) / (2 * step);
      EXPECT_NEAR(gradient[i], slope, 1e-5) << k->name << ' ' << i;
    }
  }
}

TEST(Softmax, AbortStopsTheJob) {
  const Sample s(5000, 30, 3, 0);
  Control control;
  control.threads = 2;
  control.abort = true;
  Values out(s.problem.total_size() + 2);
  EXPECT_FALSE(softmax_gradient(scalar_table(), s.problem, s.theta.data(), control, out.data()));
}

}  // namespace
}  // namespace gradus
