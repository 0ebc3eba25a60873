// The one-pass gradient kernels of every table: the same bits as predictor, loss
// and accumulation one after the other, whether rows are float64 or float32, in a
// cache or streamed, and nothing written beside the sums.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

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
          .loss_parameter = 0.75,
          .streaming = false};
}

Sums composed(const Kernels& kernels, const GradientRows<double>& run, size_t loss) {
  Sums sums(run.columns);
  std::vector<double> eta(run.rows), d(run.rows);
  kernels.linear(run.x, run.stride, run.rows, run.columns, run.theta, eta.data());
  for (double& value : eta) value = run.intercept ? value + *run.intercept : value;
  kernels.loss[loss](run.rows, eta.data(), run.y, run.weights, run.loss_parameter, d.data(), nullptr, &sums.losses);
  kernels.accumulate(run.x, run.stride, run.rows, run.columns, d.data(), sums.data());
  return sums;
}

class GradientTest : public testing::TestWithParam<const Kernels*> {};

TEST_P(GradientTest, EqualsPredictorLossAndAccumulation) {
  const Kernels& kernels = *GetParam();
  for (const size_t rows : {0, 1, 3, 4, 5, 8, 11, 64, 67}) {
    for (size_t columns = 0; columns <= 67; ++columns) {
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
          Sums cached(columns), streamed(columns), narrow(columns);
          kernels.gradient[loss](run, cached.data(), &cached.losses);
          run.streaming = true;
          kernels.gradient[loss](run, streamed.data(), &streamed.losses);
          kernels.gradient_f32[loss](make_rows(floats, rows, columns, theta, y, weights, options), narrow.data(),
                                     &narrow.losses);
          const std::string what = std::to_string(rows) + " x " + std::to_string(columns);
          ASSERT_TRUE(cached == expected) << what;
          ASSERT_TRUE(streamed == expected) << what;
          ASSERT_TRUE(narrow == composed(kernels, make_rows(widened, rows, columns, theta, y, weights, options), loss))
              << what;
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

INSTANTIATE_TEST_SUITE_P(All, GradientTest, testing::ValuesIn(all_tables()),
                         [](const auto& info) { return std::string(info.param->name); });

}  // namespace
}  // namespace gradus
