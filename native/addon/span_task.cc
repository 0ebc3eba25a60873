// A span of first-order steps as a task. What a run is allowed and what it has
// done pass through `facts`, in the order that lib/kernels/native/native-span.ts has too.
#include "addon/span_task.h"

#include <memory>

#include "addon/create_task.h"
#include "core/span.h"

namespace gradus {
namespace {

enum Fact {
  kSteps,
  kRecords,
  kEvaluateEvery,
  kLastEpoch,
  kRateStride,
  kEpoch,
  kPosition,
  kStepsDone,
  kRecordsDone,
  kFactCount
};

class SpanTask final : public Task {
 public:
  SpanTask(Napi::Env env, const Kernels& kernels, Napi::Object spec) : kernels_(kernels), train_(env, spec) {
    const Napi::Value validation = spec.Get("validation");
    if (validation.IsObject()) validation_ = std::make_unique<OwnedProblem>(env, validation.As<Napi::Object>());
    const size_t rule = read_size(env, spec.Get("rule"), "rule");
    if (rule >= kRuleCount) refuse(env, "rule");
    problem_.train = train_.problem;
    if (validation_) problem_.validation = validation_->problem;
    if (validation_ && problem_.validation.size() != problem_.size()) refuse(env, "validation");
    step_weights_ = read_memory<double>(env, spec, "stepWeights", problem_.train.rows.rows);
    problem_.step_weights = step_weights_ ? step_weights_->doubles() : nullptr;
    problem_.l2 = spec.Get("l2").ToNumber().DoubleValue();
    problem_.batch = read_size(env, spec.Get("batchSize"), "batch size");
    problem_.replacement = spec.Get("replacement").ToBoolean().Value();
    problem_.seed = read_size(env, spec.Get("seed"), "seed");
    problem_.rule = static_cast<Rule>(rule);
    problem_.constant = spec.Get("constant").ToNumber().DoubleValue();
    records_most_ = read_size(env, spec.Get("recordsMost"), "records");
    rates_most_ = read_size(env, spec.Get("ratesMost"), "rates");
    const size_t rows = problem_.train.rows.rows;
    if (problem_.batch == 0 || problem_.batch > rows || rows > UINT32_MAX) refuse(env, "batch size");
    if (records_most_ == 0 || rates_most_ == 0) refuse(env, "records");
    parameters_ = allocate_memory(env, problem_.size());
    state_ = allocate_memory(env, problem_.size());
    records_ = allocate_memory(env, records_most_ * problem_.record_size());
    rates_ = allocate_memory(env, rates_most_);
    facts_ = allocate_memory(env, kFactCount);
  }

  bool run(int) noexcept override {
    double* facts = facts_->doubles();
    const auto size_of = [facts](Fact fact) { return facts[fact] >= 0 ? static_cast<size_t>(facts[fact]) : size_t{0}; };
    SpanRun run{
        .steps = size_of(kSteps),
        .records_most = std::min(size_of(kRecords), records_most_),
        .evaluate_every = std::max<size_t>(size_of(kEvaluateEvery), 1),
        .last_epoch = size_of(kLastEpoch),
        .rates = rates_->doubles(),
        .rate_stride = facts[kRateStride] != 0 ? size_t{1} : size_t{0},
        .parameters = parameters_->doubles(),
        .state = state_->doubles(),
        .records = records_->doubles(),
    };
    if (run.rate_stride == 1) run.steps = std::min(run.steps, rates_most_);
    SpanPosition at{static_cast<uint32_t>(size_of(kEpoch)), std::min(size_of(kPosition), problem_.steps_per_epoch())};
    const bool completed = run_span(kernels_, problem_, &order_, &at, &run, control);
    facts[kStepsDone] = static_cast<double>(run.steps_done);
    facts[kRecordsDone] = static_cast<double>(run.records_done);
    facts[kEpoch] = at.epoch;
    facts[kPosition] = static_cast<double>(at.position);
    return completed;
  }

  void expose(Napi::Env env, Napi::Object to) const {
    to["parameters"] = to_float64_array(env, parameters_);
    to["state"] = to_float64_array(env, state_);
    to["records"] = to_float64_array(env, records_);
    to["rates"] = to_float64_array(env, rates_);
    to["facts"] = to_float64_array(env, facts_);
  }

 private:
  const Kernels& kernels_;
  OwnedProblem train_;
  std::unique_ptr<OwnedProblem> validation_;
  SpanProblem problem_{};
  EpochOrder order_;
  size_t records_most_ = 0, rates_most_ = 0;
  std::shared_ptr<Memory> step_weights_, parameters_, state_, records_, rates_, facts_;
};

}  // namespace

void define_span(Napi::Env env, Napi::Object exports) {
  exports["span"] = Napi::Function::New(env, create_task<SpanTask>, "span");
}

}  // namespace gradus
