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

bool takes_squares(Rule rule) { return rule == Rule::kAdaGrad || rule == Rule::kAdaGradInside; }

double draw_constant(Case& c, Rule rule) {
  return takes_squares(rule) ? c.draw.pick({0.0, 1e-8, 1e-3}) : c.draw.pick({0.0, 0.5, 0.9});
}

void update_rules(Case& c) {
  const Rule rule = static_cast<Rule>(c.draw.below(kRuleCount));
  c.note("rule", static_cast<size_t>(rule));
  const size_t n = c.length("n", 20000);
  const double* const gradient = c.doubles(n);
  const double* const theta = c.doubles(n);
  const double* const state = takes_squares(rule) ? c.weights(n) : c.doubles(n);
  const double rate = c.draw.pick({0.0, 0.01, 1.0, 1e300}), constant = draw_constant(c, rule);
  c.run(Same::kEverywhere, [&](Run& run) {
    double* const t = run.copy(theta, n);
    run.kernels.step[static_cast<size_t>(rule)](n, gradient, rate, constant, t, run.copy(state, n));
  });
}

void single_rows(Case& c) {
  const Rule rule = static_cast<Rule>(c.draw.below(kRuleCount));
  c.note("rule", static_cast<size_t>(rule));
  const size_t columns = 1 + c.length("columns", 600), rows = c.length("rows", 60);
  const size_t stored = 1 + c.draw.below(rows + 3), padded = (columns + kLanes - 1) / kLanes * kLanes;
  const bool gather = c.draw.coin();
  SingleRows steps{};
  steps.z = c.doubles((gather ? stored : rows) * columns);
  steps.list = gather ? c.indices(rows, stored) : nullptr;
  steps.rows = rows;
  steps.columns = columns;
  // Those of the rows to prefetch come after.
  const size_t targets = 2 * rows + 1;
  steps.positions = c.indices(2 * rows, targets);
  steps.y = c.draw.one_in(4) ? nullptr : c.doubles(targets);
  steps.weights = c.draw.coin() ? c.weights(targets) : nullptr;
  steps.loss = static_cast<Loss>(c.draw.below(kLossCount));
  steps.loss_parameter = 0.5;
  steps.intercept = c.draw.coin();
  steps.l2 = c.draw.pick({0.0, 0.125});
  steps.rate_stride = c.draw.below(2);
  const double* const rates = c.doubles(rows + 1);
  steps.rates = rates;
  steps.constant = draw_constant(c, rule);
  steps.next_x = steps.z;
  steps.next = gather && c.draw.coin() ? c.indices(rows, stored) : nullptr;
  steps.next_size = sizeof(double);
  c.note("loss", static_cast<size_t>(steps.loss));
  // Padding as the contract has it: parameters 0, and a state that keeps them so.
  std::vector<double> theta(padded), state(padded, takes_squares(rule) ? 1.0 : 0.0);
  for (size_t j = 0; j < columns; ++j) {
    theta[j] = c.draw.number<double>(Kind::kOrdinary);
    state[j] = takes_squares(rule) ? std::fabs(c.draw.number<double>(Kind::kOrdinary)) : c.draw.unit();
  }
  const double start[2] = {c.draw.unit(), takes_squares(rule) ? 0.5 : c.draw.unit()};
  const double* const first_theta = c.keep(theta);
  const double* const first_state = c.keep(state);
  c.run(Same::kInClass, [&](Run& run) {
    SingleRows mine = steps;
    mine.bias = run.copy(start, 2);
    double* const t = run.copy(first_theta, padded);
    run.kernels.single_rows[static_cast<size_t>(rule)](mine, t, run.copy(first_state, padded));
  });
}

// The steps up to `wanted` that end between blocks of rows (lib/kernels/kernels.ts, wholeBlocks).
size_t whole_blocks(size_t position, size_t wanted, size_t per_epoch) {
  return wanted - (position + wanted) % per_epoch % kRowsAhead;
}

void span(Case& c) {
  SpanProblem problem;
  problem.rule = static_cast<Rule>(c.draw.below(kRuleCount));
  c.note("rule", static_cast<size_t>(problem.rule));
  const size_t columns = 1 + c.length("columns", 90);
  const size_t rows = 1 + c.length("rows", std::min<size_t>(1400, 40000 / columns));
  const DrawnProblem train(c, rows, columns);
  problem.train = train.problem;
  problem.validation = train.problem;
  problem.validation.rows.rows = c.draw.coin() ? 0 : rows;
  problem.step_weights = problem.train.rows.weights;
  problem.l2 = c.draw.pick({0.0, 0.01});
  problem.batch = std::min(rows, c.draw.coin() ? 1 : 1 + c.length("batch", 700));
  problem.replacement = c.draw.coin();
  problem.seed = c.draw.below(1000);
  problem.constant = draw_constant(c, problem.rule);
  c.note("batch", problem.batch);
  const size_t p = problem.size(), epochs = 1 + c.draw.below(3), each = problem.steps_per_epoch();
  const size_t cut = kRowsAhead + c.draw.below(100);
  const bool many_rates = c.draw.coin();
  std::vector<double> drawn(epochs * each);
  for (double& rate : drawn) rate = 0.01 * std::fabs(c.draw.unit());
  const double* const rates = c.keep(drawn);
  const double* const theta = c.doubles(p, Kind::kOrdinary);
  const double* const state = c.weights(p);
  c.run(Same::kInClass, c.threads(), [&](Run& run) {
    double* const t = run.copy(theta, p);
    double* const s = run.copy(state, p);
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
                  .rates = many_rates ? rates + taken : rates,
                  .rate_stride = many_rates ? size_t{1} : size_t{0},
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
      {"update_rules", update_rules, {GRADUS_SLOT(step)}},
      {"single_rows", single_rows, {GRADUS_SLOT(single_rows)}},
      {"span", span, {}},
      {"row_order", row_order, {}},
  };
}

}  // namespace gradus::fuzz
