// A linear problem drawn at random, in any of the ways that rows are stored, and
// what its rows contribute to the sums in long double.
#pragma once

#include <cmath>
#include <vector>

#include "../oracles.h"
#include "case.h"
#include "core/linear.h"

namespace gradus::fuzz {

struct RowLoss {
  long double weight;
  ExactLoss exact, off;  // off: weighted, with the rounding of the predictor
  bool usable;           // nothing on the way overflows
};

class DrawnProblem {
 public:
  LinearProblem problem;

  // With `ordinary` nothing in it is so large that a first-order step could overflow.
  DrawnProblem(Case& c, size_t rows, size_t columns, bool ordinary = false) {
    Draw& draw = c.draw;
    const auto kind = [&] { return ordinary ? Kind::kOrdinary : draw.kind(); };
    const auto doubles = [&](size_t n) { return c.doubles(n, kind()); };
    const bool list = draw.coin(), narrow = draw.coin();
    const size_t stored = list ? rows + draw.below(4) : rows;
    Rows& r = problem.rows;
    r.x = narrow ? static_cast<const void*>(c.floats(stored * columns, kind())) : doubles(stored * columns);
    r.type = narrow ? Storage::kFloat32 : Storage::kFloat64;
    r.rows = rows;
    r.columns = columns;
    r.list = list && stored > 0 ? c.indices(rows, stored) : nullptr;
    r.weights = draw.coin() ? c.weights(rows, kind()) : nullptr;
    r.shift = draw.coin() ? doubles(columns) : nullptr;
    r.scale = draw.coin() ? doubles(columns) : nullptr;
    problem.y = draw.one_in(6) ? nullptr : doubles(rows);
    problem.offset = draw.one_in(4) ? doubles(rows) : nullptr;
    problem.loss = static_cast<Loss>(draw.below(kLossCount));
    problem.loss_parameter = draw.pick({0.25, 1.0, 30.0});
    problem.intercept = draw.coin();
    c.note("loss", static_cast<size_t>(problem.loss));
    c.note("offset", problem.offset != nullptr);
    c.note("list", list);
    c.note("float32", narrow);
    c.note("weights", r.weights != nullptr);
    c.note("shift", r.shift != nullptr);
    c.note("scale", r.scale != nullptr);
    c.note("intercept", problem.intercept);
  }

  size_t size() const { return problem.size(); }
  double weight(size_t r) const { return problem.rows.weights ? problem.rows.weights[r] : 1; }
  // As stored, without shift and scale.
  double x(size_t r, size_t j) const {
    const Rows& rows = problem.rows;
    const size_t at = (rows.list ? rows.list[r] : r) * rows.columns + j;
    return rows.type == Storage::kFloat32 ? static_cast<double>(static_cast<const float*>(rows.x)[at])
                                          : static_cast<const double*>(rows.x)[at];
  }
  // As the kernels see it, with the ones column.
  double z(size_t r, size_t j) const {
    const Rows& rows = problem.rows;
    if (j == rows.columns) return 1;
    double v = x(r, j);
    if (rows.shift) v -= rows.shift[j];
    if (rows.scale) v *= rows.scale[j];
    return v;
  }

  RowLoss loss(size_t r, const double* theta) const {
    constexpr long double kRow = 16 * Exact::kEpsilon;
    Exact eta;
    for (size_t j = 0; j < size(); ++j) eta.add(static_cast<long double>(z(r, j)) * theta[j]);
    if (problem.offset) eta.add(problem.offset[r]);
    const long double y = problem.y ? problem.y[r] : 0, w = weight(r);
    const long double off = eta.bound() + Exact::kEpsilon * (std::fabs(eta.sum) + std::fabs(y));
    const ExactLoss exact = exact_loss(problem.loss, eta.sum, y, problem.loss_parameter);
    const ExactLoss moved = loss_change(problem.loss, eta.sum, off, y, problem.loss_parameter);
    const long double slack = Exact::kLeast * (1 + w) * (2 + problem.loss_parameter + std::fabs(eta.sum - y));
    const auto weighted = [&](long double value, long double change) {
      return w * (kRow * std::fabs(value) + change) + slack;
    };
    const ExactLoss all_off = {weighted(exact.loss, moved.loss), weighted(exact.first, moved.first),
                               weighted(exact.second, moved.second)};
    const long double most = (1 + w) * (std::fabs(exact.loss) + std::fabs(exact.first) + std::fabs(exact.second));
    const bool usable = eta.size < 1e150L && std::fabs(y) < 1e150L && most < 1e300L;
    return {w, exact, all_off, usable};
  }
};

}  // namespace gradus::fuzz
