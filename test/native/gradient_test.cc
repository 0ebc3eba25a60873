// The one-pass gradient kernels of every table: the same bits as predictor, loss
// and accumulation one after the other, whether rows are float64 or float32, in a
// cache or streamed, nothing written beside the sums, and those against long double.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include "oracles.h"
#include "roundings.h"
#include "tables.h"

namespace gradus {
namespace {

constexpr double kGuard = 12345.678;

struct Sums {
  std::vector<double> gradient;
  LossSums losses{};

  explicit Sums(size_t columns) : gradient(columns + 2, kGuard) {
    for (size_t j = 0; j < columns; ++j) gradient[j + 1] = 0.5;
  }
  double* data() { return gradient.data() + 1; }
  bool operator==(const Sums& other) const {
    return std::memcmp(gradient.data(), other.gradient.data(), gradient.size() * sizeof(double)) == 0 &&
           std::memcmp(&losses, &other.losses, sizeof losses) == 0;
  }
};

// Targets, weights and an intercept or none of them.
struct Options {
  size_t loss;
  bool full;
};

template <class T>
GradientRows<T> make_rows(const std::vector<T>& x, size_t rows, size_t columns, const std::vector<double>& theta,
                          const std::vector<double>& y, const std::vector<double>& weights, const Options& options) {
  return {.x = x.data() + 1,
          .stride = columns + 1,
          .rows = rows,
          .columns = columns,
          .theta = theta.data(),
          .intercept = options.full ? &theta[columns] : nullptr,
          .y = options.full ? y.data() : nullptr,
          .weights = options.full ? weights.data() : nullptr,
          .offset = options.full ? y.data() : nullptr,
          .loss_parameter = 0.75,
          .passing = 0};
}

Sums composed(const Kernels& kernels, const GradientRows<double>& run, size_t loss) {
  Sums sums(run.columns);
  std::vector<double> eta(run.rows), d(run.rows);
  kernels.linear(run.x, run.stride, run.rows, run.columns, run.theta, eta.data());
  for (double& value : eta) value = run.intercept ? value + *run.intercept : value;
  for (size_t r = 0; run.offset && r < run.rows; ++r) eta[r] += run.offset[r];
  kernels.loss[loss](run.rows, eta.data(), run.y, run.weights, run.loss_parameter, d.data(), nullptr, &sums.losses);
  kernels.accumulate(run.x, run.stride, run.rows, run.columns, d.data(), sums.data());
  return sums;
}

// Bytes of rows in scratch memory, in the last cache and in memory.
constexpr size_t kPassing[] = {0, size_t{8} << 20, size_t{1} << 30};

class GradientTest : public testing::TestWithParam<const Kernels*> {};

TEST_P(GradientTest, EqualsPredictorLossAndAccumulation) {
  const Kernels& kernels = *GetParam();
  std::vector<size_t> widths(68);
  std::iota(widths.begin(), widths.end(), 0);
  for (const size_t wide : {261, 530, 1543}) widths.push_back(wide);
  for (const size_t rows : {0, 1, 3, 4, 5, 8, 11, 64, 67, 131}) {
    for (const size_t columns : widths) {
      const std::vector<double> values = random_values(rows * (columns + 1) + 9, 1),
                                theta = random_values(columns + 1, 2), y = random_values(rows, 3);
      const std::vector<float> floats(values.begin(), values.end());
      const std::vector<double> widened(floats.begin(), floats.end());
      std::vector<double> weights = random_values(rows, 4);
      for (double& w : weights) w = w * w;
      for (size_t loss = 0; loss < kLossCount; ++loss) {
        for (const bool full : {false, true}) {
          const Options options{loss, full};
          GradientRows<double> run = make_rows(values, rows, columns, theta, y, weights, options);
          const Sums expected = composed(kernels, run, loss);
          GradientRows<float> half = make_rows(floats, rows, columns, theta, y, weights, options);
          const Sums widely = composed(kernels, make_rows(widened, rows, columns, theta, y, weights, options), loss);
          for (const size_t passing : kPassing) {
            Sums sums(columns), narrow(columns);
            run.passing = half.passing = passing;
            kernels.gradient[loss](run, sums.data(), &sums.losses);
            kernels.gradient_f32[loss](half, narrow.data(), &narrow.losses);
            const std::string what =
                std::to_string(rows) + " x " + std::to_string(columns) + " of " + std::to_string(passing);
            ASSERT_TRUE(sums == expected) << what;
            ASSERT_TRUE(narrow == widely) << what;
          }
        }
      }
    }
  }
}

TEST_P(GradientTest, ReadsFloat32AsFloat64) {
  const Kernels& kernels = *GetParam();
  for (size_t columns = 0; columns <= 67; ++columns) {
    const size_t rows = 9;
    const std::vector<double> values = random_values(rows * columns, 1), theta = random_values(columns, 2),
                              d = random_values(rows, 3);
    const std::vector<float> floats(values.begin(), values.end());
    const std::vector<double> widened(floats.begin(), floats.end());
    std::vector<double> eta(rows), expected_eta(rows), sum(columns), expected_sum(columns);
    kernels.linear(widened.data(), columns, rows, columns, theta.data(), expected_eta.data());
    kernels.linear_f32(floats.data(), columns, rows, columns, theta.data(), eta.data());
    EXPECT_EQ(eta, expected_eta);
    kernels.accumulate(widened.data(), columns, rows, columns, d.data(), expected_sum.data());
    kernels.accumulate_f32(floats.data(), columns, rows, columns, d.data(), sum.data());
    EXPECT_EQ(sum, expected_sum);
  }
}

// One pass over float64 or float32 rows. The predictor is off by its roundings, one more for the intercept; that and
// the residual's move the derivative, which enters a chain of the rows.
template <class T>
void expect_gradient(const Kernels& k, GradientKernel<T> kernel, Loss loss, size_t rows, size_t columns) {
  const std::vector<double> drawn = random_values(rows * columns, 61), theta = random_values(columns + 1, 62);
  const std::vector<double> y = random_values(rows, 63), w = positive(rows, 64), before = random_values(columns, 65);
  const std::vector<T> x(drawn.begin(), drawn.end());
  std::vector<double> got = before;
  LossSums sums{};
  kernel({x.data(), columns, rows, columns, theta.data(), &theta[columns], y.data(), w.data(), nullptr, 0.75, 0},
         got.data(), &sums);
  std::vector<Sum> gradient(columns);
  std::vector<Real> gradient_off(columns);
  Sum value[kLanes], first[kLanes];
  Real value_off[kLanes] = {}, first_off[kLanes] = {};
  for (size_t j = 0; j < columns; ++j) gradient[j].add(before[j]);
  for (size_t r = 0; r < rows; ++r) {
    Sum eta;
    for (size_t j = 0; j < columns; ++j) eta.add(static_cast<Real>(x[r * columns + j]) * theta[j]);
    eta.add(theta[columns]);
    const ExactLoss exact = exact_loss(loss, eta.value, y[r], 0.75);
    const ExactLoss moved =
        loss_change(loss, eta.value, gamma(in_lanes(columns) + 2) * (eta.size + std::fabs(y[r])), y[r], 0.75);
    const Real off = w[r] * (gamma(16) * std::fabs(exact.first) + moved.first);
    for (size_t j = 0; j < columns; ++j) {
      gradient[j].add(w[r] * exact.first * x[r * columns + j]);
      gradient_off[j] += off * std::fabs(x[r * columns + j]);
    }
    value[r % kLanes].add(w[r] * exact.loss);
    value_off[r % kLanes] += w[r] * (gamma(16) * exact.loss + moved.loss);
    first[r % kLanes].add(w[r] * exact.first);
    first_off[r % kLanes] += off;
  }
  // What terms are off passes through the chains too, which 2 is far more than enough for.
  for (size_t j = 0; j < columns; ++j) {
    EXPECT_WITHIN(got[j], gradient[j].value, gamma(rows + 2) * gradient[j].size + 2 * gradient_off[j]) << k.name;
  }
  for (size_t lane = 0; lane < kLanes; ++lane) {
    const Real chain = gamma(rows / kLanes + 2);
    EXPECT_WITHIN(sums.loss[lane], value[lane].value, chain * value[lane].size + 2 * value_off[lane]);
    EXPECT_WITHIN(sums.derivative[lane], first[lane].value, chain * first[lane].size + 2 * first_off[lane]);
  }
}

// losses_test.cc judges the other losses, of which the sums are made.
TEST_P(GradientTest, IsWithinTheBoundOfItsRoundings) {
  const Kernels& k = *GetParam();
  for (const Loss loss : {Loss::kSquared, Loss::kHuber}) {
    for (const size_t rows : {size_t{1}, size_t{100}, kLeafRows}) {
      for (const size_t columns : {size_t{1}, size_t{21}, size_t{300}}) {
        expect_gradient<double>(k, k.gradient[static_cast<size_t>(loss)], loss, rows, columns);
        expect_gradient<float>(k, k.gradient_f32[static_cast<size_t>(loss)], loss, rows, columns);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, GradientTest, testing::ValuesIn(all_tables()),
                         [](const auto& info) { return std::string(info.param->name); });

}  // namespace
}  // namespace gradus
