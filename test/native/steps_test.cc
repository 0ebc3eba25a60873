// Every update rule in every table, float64 and float32: equality with the formula
// written out for one parameter, over all lengths and odd offsets with guard values
// around each array, over special values, over threads; and the formula in long double
// with a bound.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/update.h"
#include "tables.h"

namespace gradus {
namespace {

constexpr size_t kLongest = 67;

template <class T>
struct Point {
  T theta, state[kMostStates];
};

template <class T>
T average(T decay, T rest, T old, T x) {
  const T kept = decay * old, added = rest * x;
  return kept + added;
}

template <class T>
T root_of(T v, T outside, T inside) {
  const T shifted = v + inside, root = std::sqrt(shifted);
  return root + outside;
}

// The rules by their papers, an operation at a time (T rounds each of them).
template <class T>
Point<T> formula(Rule rule, const std::vector<double>& scalars, T g, Point<T> at) {
  T s[8] = {};
  for (size_t i = 0; i < scalars.size(); ++i) s[i] = static_cast<T>(scalars[i]);
  T& theta = at.theta;
  T* state = at.state;
  const T square = g * g;
  T step = 0;
  switch (rule) {
    case Rule::kSgd: step = s[0] * g; break;
    case Rule::kMomentum:
    case Rule::kNesterov: {
      const T kept = s[1] * state[0];
      state[0] = kept + g;
      const T again = s[1] * state[0], ahead = g + again;
      step = s[0] * (rule == Rule::kMomentum ? state[0] : ahead);
      break;
    }
    case Rule::kAdaGrad: {
      state[0] = state[0] + square;
      const T above = s[0] * g;
      step = above / root_of(state[0], s[1], s[2]);
      break;
    }
    case Rule::kRmsProp:
    case Rule::kRmsPropMomentum:
    case Rule::kRmsPropCentered:
    case Rule::kRmsPropCenteredMomentum: {
      const bool centered = rule == Rule::kRmsPropCentered || rule == Rule::kRmsPropCenteredMomentum;
      state[0] = average(s[1], s[2], state[0], square);
      T v = state[0];
      if (centered) {
        state[1] = average(s[1], s[2], state[1], g);
        const T mean_square = state[1] * state[1];
        v = v - mean_square;
        if (v < 0) v = 0;
      }
      const T root = root_of(v, s[3], s[4]);
      if (rule == Rule::kRmsProp || rule == Rule::kRmsPropCentered) {
        const T above = s[0] * g;
        step = above / root;
      } else {
        T& b = state[centered ? 2 : 1];
        const T kept = s[5] * b, added = g / root;
        b = kept + added;
        step = s[0] * b;
      }
      break;
    }
    case Rule::kAdaDelta: {
      state[0] = average(s[1], s[2], state[0], square);
      const T ratio = root_of(state[1], T(0), s[3]) / root_of(state[0], T(0), s[3]), d = ratio * g;
      const T d_square = d * d;
      state[1] = average(s[1], s[2], state[1], d_square);
      step = s[0] * d;
      break;
    }
    case Rule::kAdam:
    case Rule::kAmsGrad: {
      state[0] = average(s[2], s[3], state[0], g);
      state[1] = average(s[4], s[5], state[1], square);
      T v = state[1];
      if (rule == Rule::kAmsGrad) v = state[2] = v < state[2] ? state[2] : v;
      const T scaled = s[6] * std::sqrt(v), below = scaled + s[7], above = s[1] * state[0];
      step = above / below;
      theta = s[0] * theta;
      break;
    }
    case Rule::kLion: {
      const T c = average(s[2], s[3], state[0], g);
      state[0] = average(s[4], s[5], state[0], g);
      step = c > 0 ? s[1] : c < 0 ? -s[1] : c;
      theta = s[0] * theta;
      break;
    }
    case Rule::kFtrl: {
      const T before = std::sqrt(state[1]);
      state[1] = state[1] + square;
      const T after = std::sqrt(state[1]), grown = after - before, sigma = grown * s[0];
      const T sum = state[0] + g, back = sigma * theta;
      const T z = state[0] = sum - back;
      const T reach = s[1] + after, scaled = reach * s[0], below = scaled + s[3];
      if (std::fabs(z) <= s[2]) return {T(0), {z, state[1], 0}};
      const T beyond = z > 0 ? s[2] - z : z < 0 ? -s[2] - z : z;
      theta = beyond / below;
      return at;
    }
  }
  theta = theta - step;
  return at;
}

struct Options {
  Rule rule;
  std::vector<double> scalars;
};

// Every rule with numbers that matter in each of its places.
std::vector<Options> all_options() {
  return {
      {Rule::kSgd, {0.03}},
      {Rule::kMomentum, {0.03, 0.9}},
      {Rule::kNesterov, {0.03, 0.9}},
      {Rule::kAdaGrad, {0.03, 1e-3, 0}},
      {Rule::kAdaGrad, {0.03, 0, 1e-3}},
      {Rule::kRmsProp, {0.03, 0.9, 1 - 0.9, 1e-3, 0}},
      {Rule::kRmsProp, {0.03, 0.9, 1 - 0.9, 0, 1e-3}},
      {Rule::kRmsPropMomentum, {0.03, 0.9, 1 - 0.9, 1e-3, 0, 0.8}},
      {Rule::kRmsPropCentered, {0.03, 0.9, 1 - 0.9, 1e-3, 0}},
      {Rule::kRmsPropCentered, {0.03, 0.9, 1 - 0.9, 0, 1e-3}},
      {Rule::kRmsPropCenteredMomentum, {0.03, 0.9, 1 - 0.9, 1e-3, 0, 0.8}},
      {Rule::kAdaDelta, {0.7, 0.9, 1 - 0.9, 1e-4}},
      {Rule::kAdam, {1, 0.1, 0.9, 1 - 0.9, 0.99, 1 - 0.99, 7, 1e-3}},
      {Rule::kAdam, {0.997, 0.1, 0.9, 1 - 0.9, 0.99, 1 - 0.99, 1, 1e-3}},
      {Rule::kAmsGrad, {0.997, 0.1, 0.9, 1 - 0.9, 0.99, 1 - 0.99, 7, 1e-3}},
      {Rule::kLion, {0.997, 0.03, 0.9, 1 - 0.9, 0.99, 1 - 0.99}},
      {Rule::kFtrl, {10, 0.5, 0.8, 0.1}},
      {Rule::kFtrl, {10, 0, 0, 0}},
  };
}

const RuleShape& shape_of(Rule rule) { return kRuleShapes[static_cast<size_t>(rule)]; }

template <class T>
StepKernel<T> step_of(const Kernels& k, Rule rule) {
  if constexpr (sizeof(T) == sizeof(float))
    return k.step_f32[static_cast<size_t>(rule)];
  else
    return k.step_f64[static_cast<size_t>(rule)];
}

// Equal bits, except that a NaN is a NaN.
template <class T>
bool same(T a, T b) {
  return (a != a && b != b) || (a == b && std::signbit(a) == std::signbit(b));
}

// n parameters with gradient and state, at an odd offset between guards.
template <class T>
struct Arrays {
  static constexpr T kGuard = T(12345.678);
  size_t n, offset;
  std::vector<T> v[2 + kMostStates];  // parameters, gradient, state

  Arrays(size_t n, size_t offset, unsigned seed) : n(n), offset(offset) {
    for (unsigned i = 0; i < 2 + kMostStates; ++i) {
      v[i].assign(offset + n + 9, kGuard);
      const std::vector<double> values = random_values(n, seed + i);
      // What is a mean of squares comes first in the state, well above the square of what is a mean.
      const double spread = i == 2 ? 0.3 : 0.1, least = i == 2 ? 0.4 : 0.1 * (i - 1);
      for (size_t j = 0; j < n; ++j)
        at(i)[j] = static_cast<T>(i < 2 ? values[j] : spread * std::fabs(values[j]) + least);
    }
  }
  T* at(size_t i) { return v[i].data() + offset; }
  void step(const Kernels& k, const Options& options) {
    T* state[kMostStates] = {at(2), at(3), at(4)};
    step_of<T>(k, options.rule)(n, at(1), options.scalars.data(), at(0), state);
  }
  Point<T> point(size_t j) { return {at(0)[j], {at(2)[j], at(3)[j], at(4)[j]}}; }
  bool intact() {
    return std::all_of(std::begin(v), std::end(v), [this](const std::vector<T>& a) {
      const auto guard = [](T x) { return x == kGuard; };
      return std::all_of(a.begin(), a.begin() + offset, guard) && std::all_of(a.end() - 9, a.end(), guard);
    });
  }
};

template <class T>
void expect_formula(const Kernels& k, const Options& options, Arrays<T> before) {
  Arrays<T> after = before;
  after.step(k, options);
  const size_t states = shape_of(options.rule).states;
  for (size_t j = 0; j < before.n; ++j) {
    const Point<T> wanted = formula(options.rule, options.scalars, before.at(1)[j], before.point(j));
    const Point<T> got = after.point(j);
    EXPECT_TRUE(same(got.theta, wanted.theta))
        << k.name << " rule " << static_cast<int>(options.rule) << ": " << got.theta << " is not " << wanted.theta;
    for (size_t i = 0; i < kMostStates; ++i) {
      EXPECT_TRUE(same(got.state[i], i < states ? wanted.state[i] : before.point(j).state[i]))
          << k.name << " rule " << static_cast<int>(options.rule) << " state " << i;
    }
    EXPECT_TRUE(same(after.at(1)[j], before.at(1)[j]));
  }
  EXPECT_TRUE(after.intact()) << k.name << " rule " << static_cast<int>(options.rule);
}

template <class T>
class Steps : public testing::Test {};
using Types = testing::Types<double, float>;
TYPED_TEST_SUITE(Steps, Types);

TYPED_TEST(Steps, AreTheFormulaAtEveryLengthAndOffset) {
  for (const Kernels* k : all_tables()) {
    for (const Options& options : all_options()) {
      for (size_t n = 0; n <= kLongest; ++n) {
        for (size_t offset = 0; offset < 3; ++offset) {
          expect_formula(*k, options, Arrays<TypeParam>(n, offset, 1));
        }
      }
      // The loop that prefetches, and where it ends.
      for (const size_t n : {511, 512, 513, 1024, 1041, 2500}) {
        expect_formula(*k, options, Arrays<TypeParam>(n, 1, 2));
      }
    }
  }
}

TYPED_TEST(Steps, KeepSpecialValuesAsTheFormulaDoes) {
  using T = TypeParam;
  using Limits = std::numeric_limits<T>;
  const T special[] = {0,
                       -T(0),
                       1,
                       -1,
                       Limits::infinity(),
                       -Limits::infinity(),
                       Limits::quiet_NaN(),
                       Limits::denorm_min(),
                       -Limits::denorm_min(),
                       Limits::min(),
                       Limits::max(),
                       Limits::lowest(),
                       T(1e-12)};
  constexpr size_t kCount = sizeof special / sizeof *special;
  for (const Kernels* k : all_tables()) {
    for (const Options& options : all_options()) {
      for (size_t turn = 0; turn < kCount * kCount; ++turn) {
        Arrays<T> arrays(kLongest, 1, 3);
        for (size_t j = 0; j < arrays.n; ++j) {
          arrays.at(1)[j] = special[(j + turn) % kCount];
          if (j % 2) arrays.at(0)[j] = special[(j / 2 + turn / kCount) % kCount];
          for (size_t i = 0; i < kMostStates; ++i) {
            if ((j + i) % 3 == 0) arrays.at(2 + i)[j] = special[(j / 3 + i + turn / kCount) % kCount];
          }
        }
        expect_formula(*k, options, arrays);
      }
    }
  }
}

// One step is within 16 units of rounding of the exact one, relative to the largest number that enters it.
TYPED_TEST(Steps, AgreeWithLongDouble) {
  using T = TypeParam;
  for (const Kernels* k : all_tables()) {
    for (const Options& options : all_options()) {
      if (options.rule == Rule::kFtrl && options.scalars[1] == 0) continue;  // its divisor may be as small as one likes
      Arrays<T> before(1000, 0, 4), after = before;
      after.step(*k, options);
      std::vector<double> scalars = options.scalars;
      for (double& s : scalars) s = static_cast<T>(s);
      for (size_t j = 0; j < before.n; ++j) {
        const Point<T> from = before.point(j), got = after.point(j);
        const Point<long double> exact = formula<long double>(
            options.rule, scalars, before.at(1)[j], {from.theta, {from.state[0], from.state[1], from.state[2]}});
        const auto expect_close = [&](T value, long double wanted) {
          const long double size = std::max({1.0L, std::fabs(wanted), std::fabs(static_cast<long double>(from.theta))});
          EXPECT_LE(std::fabs(value - wanted), 16 * std::numeric_limits<T>::epsilon() * size)
              << k->name << " rule " << static_cast<int>(options.rule);
        };
        expect_close(got.theta, exact.theta);
        for (size_t i = 0; i < shape_of(options.rule).states; ++i) expect_close(got.state[i], exact.state[i]);
      }
    }
  }
}

TYPED_TEST(Steps, ThreadsChangeNoBit) {
  using T = TypeParam;
  const Arrays<T> before(450'001, 0, 5);
  for (const Kernels* k : all_tables()) {
    for (const Options& options : all_options()) {
      Arrays<T> whole = before, parts = before;
      whole.step(*k, options);
      T* state[kMostStates] = {parts.at(2), parts.at(3), parts.at(4)};
      update(*k, options.rule, parts.n, parts.at(1), options.scalars.data(), parts.at(0), state, 3);
      for (size_t i = 0; i < 2 + kMostStates; ++i) EXPECT_TRUE(whole.v[i] == parts.v[i]) << k->name;
    }
  }
}

// What the padding of a row relies on: with no gradient a parameter at 0 stays there, and so does its state.
TYPED_TEST(Steps, NeutralStateKeepsAZero) {
  using T = TypeParam;
  for (const Kernels* k : all_tables()) {
    for (const Options& options : all_options()) {
      Options bare = options;
      if (options.rule == Rule::kAdam || options.rule == Rule::kAmsGrad) bare.scalars[7] = 0;
      if (options.rule >= Rule::kAdaGrad && options.rule <= Rule::kRmsPropCenteredMomentum) {
        std::replace_if(
            bare.scalars.begin() + 1, bare.scalars.end(), [](double s) { return s < 0.01; }, 0.0);
      }
      const RuleShape& shape = shape_of(options.rule);
      Arrays<T> arrays(kLongest, 0, 6);
      std::fill_n(arrays.at(0), kLongest, T(0));
      std::fill_n(arrays.at(1), kLongest, T(0));
      for (size_t i = 0; i < shape.states; ++i)
        std::fill_n(arrays.at(2 + i), kLongest, static_cast<T>(shape.neutral[i]));
      const Arrays<T> before = arrays;
      for (int step = 0; step < 3; ++step) arrays.step(*k, bare);
      for (size_t i = 0; i < 2 + shape.states; ++i) EXPECT_TRUE(arrays.v[i] == before.v[i]) << k->name;
    }
  }
}

}  // namespace
}  // namespace gradus
