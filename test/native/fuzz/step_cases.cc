// First-order steps: the update rules, steps of one row each, spans of many steps,
// and the order of the rows.
#include <algorithm>
#include <cmath>

#include "cases.h"
#include "core/random.h"
#include "core/span.h"
#include "linear_problem.h"

namespace gradus::fuzz {
namespace {

Rule draw_rule(Case& c) {
  const Rule rule = static_cast<Rule>(c.draw.below(kRuleCount));
  c.note("rule", static_cast<size_t>(rule));
  return rule;
}

const RuleShape& shape_of(Rule rule) { return kRuleShapes[static_cast<size_t>(rule)]; }

// Decay and the rest of an average. A decay of 0 is none: times the padding's endless state it is no number.
void draw_average(Draw& draw, double* scalars) {
  scalars[0] = draw.pick({0.5, 0.9, 0.99, 0.999});
  scalars[1] = 1 - scalars[0];
}

// Epsilon outside of the root, or inside.
void draw_root(Draw& draw, double* scalars) {
  const bool inside = draw.coin();
  scalars[inside] = draw.pick({1e-8, 1e-6, 1e-3});
  scalars[!inside] = 0;
}

double draw_shrinking(Draw& draw) { return draw.pick({1.0, 0.999, 0.9}); }

// What rules.ts may fill in, in the places of kRuleScalars, with small steps more often than others.
std::vector<double> draw_scalars(Case& c, Rule rule) {
  Draw& draw = c.draw;
  std::vector<double> scalars(shape_of(rule).scalars);
  double* const s = scalars.data();
  const double rate = draw.one_in(4) ? draw.pick({0.0, 1.0, 1e-300}) : draw.pick({0.01, 0.001});
  const double buffer = draw.pick({0.0, 0.5, 0.9, 0.99});
  s[0] = rate;
  switch (rule) {
    case Rule::kSgd: break;
    case Rule::kMomentum:
    case Rule::kNesterov: s[1] = buffer; break;
    case Rule::kAdaGrad: draw_root(draw, s + 1); break;
    case Rule::kRmsProp:
    case Rule::kRmsPropMomentum:
    case Rule::kRmsPropCentered:
    case Rule::kRmsPropCenteredMomentum:
      draw_average(draw, s + 1);
      draw_root(draw, s + 3);
      if (scalars.size() > 5) s[5] = buffer;
      break;
    case Rule::kAdaDelta:
      s[0] = draw.pick({0.5, 1.0});
      draw_average(draw, s + 1);
      s[3] = draw.pick({1e-6, 1e-3});
      break;
    case Rule::kAdam:
    case Rule::kAmsGrad:
      s[0] = draw_shrinking(draw);
      s[1] = rate;
      draw_average(draw, s + 2);
      draw_average(draw, s + 4);
      s[6] = draw.pick({1.0, 1.5, 7.0});
      s[7] = draw.pick({1e-8, 1e-3});
      break;
    case Rule::kLion:
      s[0] = draw_shrinking(draw);
      s[1] = rate;
      draw_average(draw, s + 2);
      draw_average(draw, s + 4);
      break;
    case Rule::kFtrl:
      s[0] = draw.pick({1.0, 10.0, 100.0});
      s[1] = draw.pick({0.0, 0.5, 1.0});
      s[2] = draw.pick({0.0, 0.001, 0.8});
      s[3] = draw.pick({0.0, 0.01});
      break;
  }
  return scalars;
}

template <class T>
void update_rule(Case& c, StepKernel<T> (Kernels::*kernels)[kRuleCount], const T* (Case::*values)(size_t)) {
  const Rule rule = draw_rule(c);
  const size_t n = c.length("n", 20000), states = shape_of(rule).states;
  const T* const gradient = (c.*values)(n);
  const T* const theta = (c.*values)(n);
  const T* state[kMostStates] = {};
  for (size_t k = 0; k < states; ++k) state[k] = (c.*values)(n);
  const double* const scalars = c.keep(draw_scalars(c, rule));
  c.run(Same::kEverywhere, [&](Run& run) {
    T* const t = run.copy(theta, n);
    T* own[kMostStates] = {};
    for (size_t k = 0; k < states; ++k) own[k] = run.copy(state[k], n);
    (run.kernels.*kernels)[static_cast<size_t>(rule)](n, gradient, scalars, t, own);
  });
}

void update_rules_f64(Case& c) { update_rule<double>(c, &Kernels::step_f64, &Case::doubles); }
void update_rules_f32(Case& c) { update_rule<float>(c, &Kernels::step_f32, &Case::floats); }

// Predictor, loss and update one after the other; false at a derivative that is not finite, behind which the padding
// may be no number.
bool step_by_step(Run& run, Rule rule, const SingleRows& steps, double* theta, double* const* state, double* bias) {
  const Kernels& k = run.kernels;
  const size_t number = static_cast<size_t>(rule);
  double* const gradient = run.scratch(steps.columns);
  double* const bias_state[kMostStates] = {bias + 1, bias + 2, bias + 3};
  for (size_t r = 0; r < steps.rows; ++r) {
    const double* const z = steps.z + (steps.list ? steps.list[r] : r) * steps.columns;
    const double* const scalars = steps.scalars + r * steps.scalar_stride;
    const size_t at = steps.positions[r];
    double eta, derivative;
    LossSums sums{};
    k.linear(z, steps.columns, 1, steps.columns, theta, &eta);
    if (steps.intercept) eta += bias[0];
    if (steps.offset) eta += steps.offset[at];
    k.loss[static_cast<size_t>(steps.loss)](1, &eta, steps.y ? steps.y + at : nullptr,
                                            steps.weights ? steps.weights + at : nullptr, steps.loss_parameter,
                                            &derivative, nullptr, &sums);
    if (!std::isfinite(derivative)) return false;
    for (size_t j = 0; j < steps.columns; ++j) {
      const double product = derivative * z[j] + 0, penalty = steps.l2 * theta[j];
      gradient[j] = steps.l2 != 0 ? product + penalty : product;
    }
    k.step_f64[number](steps.columns, gradient, scalars, theta, state);
    derivative += 0;
    if (steps.intercept) k.step_f64[number](1, &derivative, scalars, bias, bias_state);
  }
  return true;
}

void single_rows(Case& c) {
  const Rule rule = draw_rule(c);
  const RuleShape& shape = shape_of(rule);
  const size_t columns = 1 + c.length("columns", 600), rows = c.length("rows", 60);
  const size_t stored = 1 + c.draw.below(rows + 3), padded = (columns + kLanes) / kLanes * kLanes;
  const bool gather = c.draw.coin();
  SingleRows steps{};
  steps.z = c.doubles((gather ? stored : rows) * columns, Kind::kOrdinary);
  steps.list = gather ? c.indices(rows, stored) : nullptr;
  steps.rows = rows;
  steps.columns = columns;
  // Those of the rows to prefetch come after.
  const size_t targets = 2 * rows + 1;
  steps.positions = c.indices(2 * rows, targets);
  steps.y = c.draw.one_in(4) ? nullptr : c.doubles(targets, Kind::kOrdinary);
  steps.weights = c.draw.coin() ? c.weights(targets, Kind::kOrdinary) : nullptr;
  steps.offset = c.draw.coin() ? c.doubles(targets, Kind::kOrdinary) : nullptr;
  steps.loss = static_cast<Loss>(c.draw.below(kLossCount));
  steps.loss_parameter = 0.5;
  steps.intercept = c.draw.coin();
  steps.l2 = c.draw.pick({0.0, 0.01});  // no power of two, whose products are exact
  steps.scalar_stride = c.draw.coin() ? shape.scalars : 0;
  std::vector<double> scalars;
  for (size_t r = 0; r <= rows; ++r) {
    const std::vector<double> each = draw_scalars(c, rule);
    scalars.insert(scalars.end(), each.begin(), each.end());
  }
  steps.scalars = c.keep(scalars);
  steps.next_x = steps.z;
  steps.next = gather && c.draw.coin() ? c.indices(rows, stored) : nullptr;
  steps.next_size = sizeof(double);
  c.note("loss", static_cast<size_t>(steps.loss));
  // Padding as the contract has it: parameters 0, and a state that keeps them so.
  std::vector<double> theta(padded), start(1 + shape.states);
  for (size_t j = 0; j < columns; ++j) theta[j] = c.draw.number<double>(Kind::kOrdinary);
  for (double& each : start) each = c.draw.unit();
  const double* const first_theta = c.keep(theta);
  const double* first_state[kMostStates] = {};
  for (size_t k = 0; k < shape.states; ++k) {
    std::vector<double> state(padded, shape.neutral[k]);
    for (size_t j = 0; j < columns; ++j) state[j] = std::fabs(c.draw.number<double>(Kind::kOrdinary));
    first_state[k] = c.keep(state);
  }
  const double* const first_bias = c.keep(start);
  c.run(Same::kInClass, [&](Run& run) {
    SingleRows mine = steps;
    mine.bias = run.scratch(start.size());
    std::copy_n(first_bias, start.size(), mine.bias);
    mine.gradient = run.scratch(padded);
    // What is in the padding afterwards is nobody's business.
    double* const t = run.scratch(padded);
    std::copy_n(first_theta, padded, t);
    double* own[kMostStates] = {};
    for (size_t k = 0; k < shape.states; ++k) {
      own[k] = run.scratch(padded);
      std::copy_n(first_state[k], padded, own[k]);
    }
    run.kernels.single_rows[static_cast<size_t>(rule)](mine, t, own);
    double* const other = run.scratch(columns);
    double* const other_bias = run.scratch(1 + kMostStates);
    double* other_state[kMostStates] = {};
    std::copy_n(first_theta, columns, other);
    std::copy_n(first_bias, start.size(), other_bias);
    for (size_t k = 0; k < shape.states; ++k) {
      other_state[k] = run.scratch(columns);
      std::copy_n(first_state[k], columns, other_state[k]);
    }
    if (!step_by_step(run, rule, steps, other, other_state, other_bias)) return;
    run.copy(mine.bias, start.size());
    run.copy(t, columns);
    for (size_t k = 0; k < shape.states; ++k) run.copy(own[k], columns);
    // Fused tables take the plain rule some rows ahead, with other rounding.
    if (run.kernels.fused && rule == Rule::kSgd) return;
    bool same = equal(t, other, columns) && equal(mine.bias, other_bias, start.size());
    for (size_t k = 0; k < shape.states; ++k) same = same && equal(own[k], other_state[k], columns);
    Case::demand(same, run, "not that of predictor, loss and update one after the other");
  });
}

// The steps up to `wanted` that end between blocks of rows (lib/kernels/kernels.ts, wholeBlocks).
size_t whole_blocks(size_t position, size_t wanted, size_t per_epoch) {
  return wanted - (position + wanted) % per_epoch % kRowsAhead;
}

void span(Case& c) {
  SpanProblem problem;
  problem.rule = draw_rule(c);
  const size_t columns = 1 + c.length("columns", 90);
  const size_t rows = 1 + c.length("rows", std::min<size_t>(1400, 40000 / columns));
  const DrawnProblem train(c, rows, columns, true);  // tables may differ once a derivative is not finite
  problem.train = train.problem;
  problem.validation = train.problem;
  problem.validation.rows.rows = c.draw.coin() ? 0 : rows;
  problem.step_weights = problem.train.rows.weights;
  problem.l2 = c.draw.pick({0.0, 0.01});
  problem.batch = std::min(rows, c.draw.coin() ? 1 : 1 + c.length("batch", 700));
  problem.replacement = c.draw.coin();
  problem.seed = c.draw.below(1000);
  c.note("batch", problem.batch);
  const size_t p = problem.size(), epochs = 1 + c.draw.below(3), each = problem.steps_per_epoch();
  const size_t cut = kRowsAhead + c.draw.below(100);
  const bool each_step = c.draw.coin();
  const size_t states = problem.shape().states, count = problem.shape().scalars;
  std::vector<double> drawn;
  for (size_t i = 0; i < (each_step ? epochs * each : 1); ++i) {
    const std::vector<double> now = draw_scalars(c, problem.rule);
    drawn.insert(drawn.end(), now.begin(), now.end());
  }
  const double* const scalars = c.keep(drawn);
  const double* const theta = c.doubles(p, Kind::kOrdinary);
  const double* const state = c.weights(states * p);
  c.run(Same::kInClass, c.threads(), [&](Run& run) {
    double* const t = run.copy(theta, p);
    double* const s = run.copy(state, states * p);
    double* const records = run.out(epochs * problem.record_size());
    EpochOrder order;
    SpanPosition at;
    Control control;
    control.threads = run.threads;
    // On one thread in one piece, on others cut.
    size_t taken = 0, recorded = 0;
    while (at.epoch < epochs) {
      const size_t whole = run.threads == 1     ? epochs * each
                           : problem.batch == 1 ? whole_blocks(at.position, cut, each)
                                                : cut;
      SpanRun now{.steps = whole,
                  .records_most = epochs - recorded,
                  .evaluate_every = 1,
                  .last_epoch = epochs,
                  .scalars = each_step ? scalars + taken * count : scalars,
                  .scalar_stride = each_step ? count : size_t{0},
                  .parameters = t,
                  .state = s,
                  .records = records + recorded * problem.record_size()};
      Case::demand(run_span(run.kernels, problem, &order, &at, &now, control), run, "did not finish");
      taken += now.steps_done;
      recorded += now.records_done;
    }
    Case::demand(recorded == epochs && taken == epochs * each, run, "did not take every step and record");
  });
}

void row_order(Case& c) {
  const size_t n = c.length("n", 20000), epoch = c.draw.below(5);
  const uint64_t seed = c.draw.bits() >> 11;
  const bool replacement = c.draw.coin();
  c.run(Same::kEverywhere, [&](Run& run) {
    uint32_t* const order = run.out<uint32_t>(n);
    epoch_order(run.kernels, seed, static_cast<uint32_t>(epoch), replacement, n, order);
    std::vector<bool> seen(n);
    for (size_t i = 0; i < n; ++i) {
      Case::demand(order[i] < n && (replacement || !seen[order[i]]), run, "not an order of the rows");
      seen[order[i]] = true;
    }
  });
}

}  // namespace

std::vector<CaseKind> step_cases() {
  return {
      {"update_rules_f64", update_rules_f64, {GRADUS_SLOT(step_f64)}},
      {"update_rules_f32", update_rules_f32, {GRADUS_SLOT(step_f32)}},
      {"single_rows", single_rows, {GRADUS_SLOT(single_rows)}},
      {"span", span, {}},
      {"row_order", row_order, {}},
  };
}

}  // namespace gradus::fuzz
