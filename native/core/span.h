// A span: many first-order steps over many epochs in one job. Each step takes
// the next rows of the epoch's order, the mean gradient over them and one update
// rule; at the end of an epoch the objective's sums over all rows are left for
// whoever decides when to stop. How work is cut into spans changes no bit.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/linear.h"

namespace gradus {

struct SpanProblem {
  LinearProblem train;
  LinearProblem validation;              // rows.rows == 0 when there is none
  const double* step_weights = nullptr;  // relative to their mean, by position; null for ones
  double l2 = 0;
  size_t batch = 1;  // rows of a step; the last step of an epoch takes what is left
  bool replacement = false;
  uint64_t seed = 0;
  Rule rule = Rule::kSgd;

  const RuleShape& shape() const noexcept { return kRuleShapes[static_cast<size_t>(rule)]; }
  size_t size() const noexcept { return train.size(); }
  size_t steps_per_epoch() const noexcept { return (train.rows.rows + batch - 1) / batch; }
  // What is left of an evaluated epoch: [parameters p | gradient p | loss | weight | validation loss |
  // validation weight | epochs done].
  static size_t record_size(size_t size) noexcept { return 2 * size + 5; }
  size_t record_size() const noexcept { return record_size(size()); }
};

// Where a run stands. An epoch whose steps are all done and whose sums are not
// yet taken has position == steps_per_epoch().
struct SpanPosition {
  uint32_t epoch = 0;
  size_t position = 0;  // steps done in the epoch
};

// How far a span may go, and what it reads and writes.
struct SpanRun {
  size_t steps;           // at most so many
  size_t records_most;    // ends when so many epochs have been evaluated
  size_t evaluate_every;  // epochs from one evaluation to the next
  size_t last_epoch;      // epochs of the whole run; the last is always evaluated
  const double* scalars;
  size_t scalar_stride;  // 0 for the same scalars in each step, else how many the rule has
  double* parameters;
  double* state;    // the rule's arrays one after another, each as long as the parameters
  double* records;  // room for records_most
  size_t steps_done = 0;
  size_t records_done = 0;
};

// The order of the current epoch, kept between spans.
class EpochOrder {
 public:
  EpochOrder() = default;
  ~EpochOrder() { delete[] order_; }
  EpochOrder(const EpochOrder&) = delete;
  EpochOrder& operator=(const EpochOrder&) = delete;

  // Null when memory ran out.
  const uint32_t* get(const Kernels& kernels, const SpanProblem& problem, uint32_t epoch) noexcept;

 private:
  uint32_t* order_ = nullptr;
  uint32_t epoch_ = 0;
  bool ready_ = false;
};

// False when aborted or memory ran out: what was done until then is in `run`
// and `at`, at the boundary of a step.
bool run_span(const Kernels& kernels, const SpanProblem& problem, EpochOrder* order, SpanPosition* at, SpanRun* run,
              Control& control) noexcept;

}  // namespace gradus
