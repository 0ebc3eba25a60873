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
  kScalarsPerStep,
  kEpoch,
  kPosition,
  kStepsDone,
  kRecordsDone,
  kFactCount
};

class SpanTask final : public Task {
 public:
  void prepare(Napi::Env env, const Kernels& kernels, Napi::Object spec, Napi::Object holder, TaskMemory* memory) {
    kernels_ = &kernels;
    problem_ = SpanProblem{};
    order_ = std::make_unique<EpochOrder>();
    train_.read(env, spec, memory);
    const Napi::Value validation = spec.Get("validation");
    if (validation.IsObject()) {
      validation_.read(env, validation.As<Napi::Object>(), memory);
      if (validation_.size() != train_.size()) refuse(env, "validation");
    }
    const size_t rows = train_.rows(), rule = read_size(env, spec.Get("rule"), "rule");
    step_weights_.read(env, spec.Get("stepWeights"), rows * sizeof(double), false, "step weights", memory);
    records_most_ = read_size(env, spec.Get("recordsMost"), "records");
    scalars_most_ = read_size(env, spec.Get("scalarsMost"), "scalars");
    problem_.batch = read_size(env, spec.Get("batchSize"), "batch size");
    if (rule >= kRuleCount) refuse(env, "rule");
    if (problem_.batch == 0 || problem_.batch > rows || rows > UINT32_MAX) refuse(env, "batch size");
    if (records_most_ == 0 || scalars_most_ == 0) refuse(env, "records");
    problem_.l2 = spec.Get("l2").ToNumber().DoubleValue();
    problem_.replacement = spec.Get("replacement").ToBoolean().Value();
    problem_.seed = read_size(env, spec.Get("seed"), "seed");
    problem_.rule = static_cast<Rule>(rule);
    const RuleShape& shape = problem_.shape();
    const size_t p = train_.size();
    const size_t parameters = memory->add("parameters", p), state = memory->add("state", shape.states * p),
                 records = memory->add("records", records_most_ * SpanProblem::record_size(p)),
                 scalars = memory->add("scalars", scalars_most_ * shape.scalars),
                 facts = memory->add("facts", kFactCount);
    memory->allocate(env, holder);
    problem_.train = train_.resolve(env, *memory);
    if (validation.IsObject()) problem_.validation = validation_.resolve(env, *memory);
    problem_.step_weights = step_weights_.doubles(*memory);
    parameters_ = memory->doubles(parameters);
    state_ = memory->doubles(state);
    records_ = memory->doubles(records);
    scalars_ = memory->doubles(scalars);
    facts_ = memory->doubles(facts);
  }

  bool run(int) noexcept override {
    double* const facts = facts_;
    const auto size_of = [facts](Fact fact) { return facts[fact] >= 0 ? static_cast<size_t>(facts[fact]) : size_t{0}; };
    SpanRun run{
        .steps = size_of(kSteps),
        .records_most = std::min(size_of(kRecords), records_most_),
        .evaluate_every = std::max<size_t>(size_of(kEvaluateEvery), 1),
        .last_epoch = size_of(kLastEpoch),
        .scalars = scalars_,
        .scalar_stride = facts[kScalarsPerStep] != 0 ? problem_.shape().scalars : size_t{0},
        .parameters = parameters_,
        .state = state_,
        .records = records_,
    };
    if (run.scalar_stride != 0) run.steps = std::min(run.steps, scalars_most_);
    SpanPosition at{static_cast<uint32_t>(size_of(kEpoch)), std::min(size_of(kPosition), problem_.steps_per_epoch())};
    const bool completed = run_span(*kernels_, problem_, order_.get(), &at, &run, control);
    facts[kStepsDone] = static_cast<double>(run.steps_done);
    facts[kRecordsDone] = static_cast<double>(run.records_done);
    facts[kEpoch] = at.epoch;
    facts[kPosition] = static_cast<double>(at.position);
    return completed;
  }

  void release() noexcept override {
    train_.release();
    validation_.release();
    step_weights_.release();
    order_.reset();
  }

 private:
  const Kernels* kernels_ = nullptr;
  TaskProblem train_, validation_;
  Input step_weights_;
  SpanProblem problem_;
  std::unique_ptr<EpochOrder> order_;
  size_t records_most_ = 0, scalars_most_ = 0;
  double *parameters_, *state_, *records_, *scalars_, *facts_;
};

}  // namespace

void define_span(Napi::Env env, Napi::Object exports) {
  exports["span"] = Napi::Function::New(env, create_task<SpanTask>, "span");
}

}  // namespace gradus
