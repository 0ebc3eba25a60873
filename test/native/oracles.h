// The pointwise losses in long double, for the tests that judge kernels by them.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/kernels.h"

namespace gradus {

struct ExactLoss {
  long double loss, first, second;
};

// NaN for a loss without a formula here, which no test takes for an agreement.
// The others are judged by losses_test.cc, for the targets that they are made for.
inline bool has_oracle(Loss loss) { return loss == Loss::kSquared || loss == Loss::kHuber; }

inline ExactLoss exact_loss(Loss loss, long double eta, long double y, long double parameter) {
  const long double r = eta - y, a = r < 0 ? -r : r;
  switch (loss) {
    case Loss::kSquared: return {r * r / 2, r, 1};
    case Loss::kHuber:
      if (!(a > parameter)) return {r * r / 2, r, 1};
      return {parameter * (a - parameter / 2), r < 0 ? -parameter : parameter, 0};
    case Loss::kLogistic:
    case Loss::kPoisson:
    case Loss::kGamma:
    case Loss::kTweedie:
    case Loss::kNegativeBinomial:
    case Loss::kSquaredHinge: break;
  }
  constexpr long double kNone = std::numeric_limits<long double>::quiet_NaN();
  return {kNone, kNone, kNone};
}

// How far value and derivatives may move when the predictor is `off` from eta: at the ends, and at the points nearest
// to the target and to 0, where they turn.
inline ExactLoss loss_change(Loss loss, long double eta, long double off, long double y, long double parameter) {
  const long double low = eta - off, high = eta + off;
  const ExactLoss at = exact_loss(loss, eta, y, parameter);
  ExactLoss most{};
  for (const long double turn : {low, high, y, 0.0L}) {
    const ExactLoss there = exact_loss(loss, turn < low ? low : turn > high ? high : turn, y, parameter);
    most.loss = std::max(most.loss, std::fabs(there.loss - at.loss));
    most.first = std::max(most.first, std::fabs(there.first - at.first));
    most.second = std::max(most.second, std::fabs(there.second - at.second));
  }
  return most;
}

}  // namespace gradus
