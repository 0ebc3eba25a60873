// Each task shares X, targets, weights and row lists, and writes results into
// its block, which JavaScript sees as Float64Arrays.
#include "addon/tasks.h"

#include "addon/create_task.h"
#include "core/cholesky.h"
#include "core/gram.h"
#include "core/least_squares.h"
#include "core/moments.h"
#include "core/softmax.h"

namespace gradus {
namespace {

// Kinds: 0 gradient, 1 gram, 2 solve, 3 least squares, 4 variances, 5 predictors.
// facts = [shift in, failed pivot, condition, last correction, residual squares].
class LinearTask final : public Task {
 public:
  void prepare(Napi::Env env, const Kernels& kernels, Napi::Object spec, Napi::Object holder, TaskMemory* memory) {
    kernels_ = &kernels;
    problem_.read(env, spec, memory);
    const size_t p = problem_.size();
    const bool predictors = spec.Get("predictors").ToBoolean().Value();
    const size_t parameters = memory->add("parameters", p), sums = memory->add("sums", p * p + p + 2),
                 diagonal = memory->add("diagonal", p), rhs = memory->add("rhs", p),
                 direction = memory->add("direction", p), solution = memory->add("solution", p),
                 variances = memory->add("variances", p), eta = memory->add("eta", predictors ? problem_.rows() : 0),
                 facts = memory->add("facts", 5);
    memory->allocate(env, holder);
    linear_ = problem_.resolve(env, *memory);
    parameters_ = memory->doubles(parameters);
    sums_ = memory->doubles(sums);
    diagonal_ = memory->doubles(diagonal);
    rhs_ = memory->doubles(rhs);
    direction_ = memory->doubles(direction);
    solution_ = memory->doubles(solution);
    variances_ = memory->doubles(variances);
    eta_ = predictors ? memory->doubles(eta) : nullptr;
    facts_ = memory->doubles(facts);
  }

  bool run(int kind) noexcept override {
    const size_t p = linear_.size();
    double* tail = sums_ + p * p;
    if (kind == 0) return linear_gradient(*kernels_, linear_, parameters_, control, tail);
    if (kind == 1) return linear_gram(*kernels_, linear_, parameters_, control, sums_);
    if (kind == 2) return solve(tail[p + 1]);
    if (kind == 5) return eta_ && linear_predictors(*kernels_, linear_, parameters_, control, eta_);
    LeastSquaresResult result{};
    const bool done = kind == 3 ? least_squares(*kernels_, linear_, tail[p + 1], diagonal_, control, solution_, &result)
                                : least_squares_variances(*kernels_, linear_, tail[p + 1], diagonal_, parameters_,
                                                          control, variances_, &facts_[4], &result);
    facts_[1] = static_cast<double>(result.failed_pivot);
    facts_[2] = result.condition;
    if (kind == 3) facts_[3] = result.correction;
    return done;
  }

  void release() noexcept override { problem_.release(); }

 private:
  bool solve(double weight) noexcept {
    SolveResult result{};
    const bool done = solve_scaled(*kernels_, sums_, linear_.size(), weight, diagonal_, facts_[0], rhs_, control,
                                   direction_, &result);
    facts_[1] = static_cast<double>(result.failed_pivot);
    facts_[2] = result.condition;
    return done;
  }

  const Kernels* kernels_ = nullptr;
  TaskProblem problem_;
  LinearProblem linear_;
  double *parameters_, *sums_, *diagonal_, *rhs_, *direction_, *solution_, *variances_, *eta_, *facts_;
};

class SoftmaxTask final : public Task {
 public:
  void prepare(Napi::Env env, const Kernels& kernels, Napi::Object spec, Napi::Object holder, TaskMemory* memory) {
    kernels_ = &kernels;
    problem_ = SoftmaxProblem{};
    owned_.read(env, spec, memory);
    problem_.rows.columns = read_size(env, spec.Get("columns"), "columns");
    problem_.classes = read_size(env, spec.Get("classes"), "classes");
    problem_.intercept = spec.Get("intercept").ToBoolean().Value();
    y_.read(env, spec.Get("y"), read_size(env, spec.Get("rows"), "rows") * sizeof(double), false, "y", memory);
    // More classes than that would overflow sizes; memory runs out long before.
    if (problem_.classes == 0 || problem_.classes > UINT32_MAX / problem_.size()) refuse(env, "classes");
    const size_t size = problem_.total_size();
    const size_t parameters = memory->add("parameters", size), sums = memory->add("sums", size + 2);
    memory->add("facts", 0);
    memory->allocate(env, holder);
    problem_.rows = owned_.resolve(env, *memory);
    problem_.y = y_.doubles(*memory);
    parameters_ = memory->doubles(parameters);
    sums_ = memory->doubles(sums);
  }

  bool run(int) noexcept override { return softmax_gradient(*kernels_, problem_, parameters_, control, sums_); }

  void release() noexcept override {
    owned_.release();
    y_.release();
  }

 private:
  const Kernels* kernels_ = nullptr;
  TaskRows owned_;
  Input y_;
  SoftmaxProblem problem_;
  double *parameters_, *sums_;
};

class MomentsTask final : public Task {
 public:
  void prepare(Napi::Env env, const Kernels& kernels, Napi::Object spec, Napi::Object holder, TaskMemory* memory) {
    kernels_ = &kernels;
    owned_.read(env, spec, memory);
    const size_t d = read_size(env, spec.Get("columns"), "columns");
    const size_t mean = memory->add("mean", d), variance = memory->add("variance", d), facts = memory->add("facts", 1);
    memory->allocate(env, holder);
    rows_ = owned_.resolve(env, *memory);
    mean_ = memory->doubles(mean);
    variance_ = memory->doubles(variance);
    facts_ = memory->doubles(facts);
  }

  bool run(int) noexcept override { return column_moments(*kernels_, rows_, control, mean_, variance_, facts_); }

  void release() noexcept override { owned_.release(); }

 private:
  const Kernels* kernels_ = nullptr;
  TaskRows owned_;
  Rows rows_;
  double *mean_, *variance_, *facts_;
};

class FiniteTask final : public Task {
 public:
  void prepare(Napi::Env env, const Kernels&, Napi::Object spec, Napi::Object holder, TaskMemory* memory) {
    type_ = storage_type(spec.Get("float32"));
    data_ = Handle<Memory>::open(env, spec.Get("x"), "memory handle");
    const size_t facts = memory->add("facts", 1);
    memory->allocate(env, holder);
    facts_ = memory->doubles(facts);
  }

  bool run(int) noexcept override {
    int64_t found = -1;
    const size_t count = data_->bytes() / (type_ == Storage::kFloat32 ? sizeof(float) : sizeof(double));
    const bool done = first_not_finite(data_->data(), type_, count, control, &found);
    facts_[0] = static_cast<double>(found);
    return done;
  }

  void release() noexcept override { data_.reset(); }

 private:
  std::shared_ptr<Memory> data_;
  Storage type_ = Storage::kFloat64;
  double* facts_ = nullptr;
};

}  // namespace

void define_tasks(Napi::Env env, Napi::Object exports) {
  exports["linear"] = Napi::Function::New(env, create_task<LinearTask>, "linear");
  exports["softmax"] = Napi::Function::New(env, create_task<SoftmaxTask>, "softmax");
  exports["moments"] = Napi::Function::New(env, create_task<MomentsTask>, "moments");
  exports["finite"] = Napi::Function::New(env, create_task<FiniteTask>, "finite");
}

}  // namespace gradus
