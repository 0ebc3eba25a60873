// Each task shares X, targets, weights and row lists, and writes results into
// memory that JavaScript sees as Float64Arrays.
#include "addon/tasks.h"

#include "addon/create_task.h"
#include "core/cholesky.h"
#include "core/gram.h"
#include "core/moments.h"

namespace gradus {
namespace {

// Kinds: 0 gradient, 1 gram, 2 solve. facts = [shift in, failed pivot, condition].
class LinearTask final : public Task {
 public:
  LinearTask(Napi::Env env, const Kernels& kernels, Napi::Object spec)
      : kernels_(kernels), owned_(env, spec), problem_(owned_.problem) {
    const size_t p = size();
    for (std::shared_ptr<Memory>* vector : {&parameters_, &diagonal_, &rhs_, &direction_})
      *vector = allocate_memory(env, p);
    sums_ = allocate_memory(env, p * p + p + 2);
    facts_ = allocate_memory(env, 3);
  }

  size_t size() const noexcept { return problem_.size(); }

  bool run(int kind) noexcept override {
    const size_t p = size();
    double* tail = sums_->doubles() + p * p;
    if (kind == 0) return linear_gradient(kernels_, problem_, parameters_->doubles(), control, tail);
    if (kind == 1) return linear_gram(kernels_, problem_, parameters_->doubles(), control, sums_->doubles());
    double* facts = facts_->doubles();
    SolveResult result{};
    const bool done = solve_scaled(kernels_, sums_->doubles(), p, tail[p + 1], diagonal_->doubles(), facts[0],
                                   rhs_->doubles(), control, direction_->doubles(), &result);
    facts[1] = static_cast<double>(result.failed_pivot);
    facts[2] = result.condition;
    return done;
  }

  void expose(Napi::Env env, Napi::Object to) const {
    to["size"] = Napi::Number::New(env, static_cast<double>(size()));
    to["parameters"] = to_float64_array(env, parameters_);
    to["sums"] = to_float64_array(env, sums_);
    to["diagonal"] = to_float64_array(env, diagonal_);
    to["rhs"] = to_float64_array(env, rhs_);
    to["direction"] = to_float64_array(env, direction_);
    to["facts"] = to_float64_array(env, facts_);
  }

 private:
  const Kernels& kernels_;
  OwnedProblem owned_;
  const LinearProblem& problem_;
  std::shared_ptr<Memory> parameters_, sums_, diagonal_, rhs_, direction_, facts_;
};

class MomentsTask final : public Task {
 public:
  MomentsTask(Napi::Env env, const Kernels& kernels, Napi::Object spec) : kernels_(kernels), rows_(env, spec) {
    mean_ = allocate_memory(env, rows_.rows.columns);
    variance_ = allocate_memory(env, rows_.rows.columns);
    facts_ = allocate_memory(env, 1);
  }

  bool run(int) noexcept override {
    return column_moments(kernels_, rows_.rows, control, mean_->doubles(), variance_->doubles(), facts_->doubles());
  }

  void expose(Napi::Env env, Napi::Object to) const {
    to["mean"] = to_float64_array(env, mean_);
    to["variance"] = to_float64_array(env, variance_);
    to["facts"] = to_float64_array(env, facts_);
  }

 private:
  const Kernels& kernels_;
  OwnedRows rows_;
  std::shared_ptr<Memory> mean_, variance_, facts_;
};

class FiniteTask final : public Task {
 public:
  FiniteTask(Napi::Env env, const Kernels&, Napi::Object spec)
      : data_(memory_of(env, spec.Get("x"))),
        type_(storage_type(spec.Get("float32"))),
        facts_(allocate_memory(env, 1)) {}

  bool run(int) noexcept override {
    int64_t found = -1;
    const size_t count = data_->bytes() / (type_ == Storage::kFloat32 ? sizeof(float) : sizeof(double));
    const bool done = first_not_finite(data_->data(), type_, count, control, &found);
    facts_->doubles()[0] = static_cast<double>(found);
    return done;
  }

  void expose(Napi::Env env, Napi::Object to) const { to["facts"] = to_float64_array(env, facts_); }

 private:
  std::shared_ptr<Memory> data_;
  Storage type_;
  std::shared_ptr<Memory> facts_;
};

}  // namespace

void define_tasks(Napi::Env env, Napi::Object exports) {
  exports["linear"] = Napi::Function::New(env, create_task<LinearTask>, "linear");
  exports["moments"] = Napi::Function::New(env, create_task<MomentsTask>, "moments");
  exports["finite"] = Napi::Function::New(env, create_task<FiniteTask>, "finite");
}

}  // namespace gradus
