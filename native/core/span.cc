// Spans of steps. Steps of one row run in blocks through a fused kernel; steps of
// up to a leaf of rows gather the batch and use the leaf of the gradient; larger
// batches are a gradient like any other, on many threads.
#include "core/span.h"

#include <algorithm>
#include <new>

#include "core/random.h"
#include "core/row_tree.h"
#include "core/update.h"

namespace gradus {
namespace {

// Rows gathered at once for steps of one row: the next block is prefetched meanwhile.
constexpr size_t kBlockRows = 32;

// The rows of some steps, gathered by position.
struct Gathered {
  uint32_t* numbers;
  double* y;
  double* weights;
  double* offset;

  static size_t doubles(size_t rows) noexcept { return 3 * rows + rows / 2 + 1; }
  Gathered(double* memory, size_t rows) noexcept
      : numbers(reinterpret_cast<uint32_t*>(memory + 3 * rows)),
        y(memory),
        weights(memory + rows),
        offset(memory + 2 * rows) {}

  // The problem that consists of these rows.
  LinearProblem read(const SpanProblem& p, const uint32_t* positions, size_t rows) const noexcept {
    LinearProblem batch = p.train;
    for (size_t i = 0; i < rows; ++i) numbers[i] = p.train.rows.list ? p.train.rows.list[positions[i]] : positions[i];
    if (p.train.y) {
      for (size_t i = 0; i < rows; ++i) y[i] = p.train.y[positions[i]];
      batch.y = y;
    }
    batch.rows.weights = nullptr;
    if (p.step_weights) {
      for (size_t i = 0; i < rows; ++i) weights[i] = p.step_weights[positions[i]];
      batch.rows.weights = weights;
    }
    if (p.train.offset) {
      for (size_t i = 0; i < rows; ++i) offset[i] = p.train.offset[positions[i]];
      batch.offset = offset;
    }
    batch.rows.list = numbers;
    batch.rows.rows = rows;
    return batch;
  }
};

class Span {
 public:
  Span(const Kernels& kernels, const SpanProblem& problem, SpanRun* run, Control& control) noexcept
      : kernels_(kernels),
        problem_(problem),
        run_(*run),
        control_(control),
        shape_(problem.shape()),
        columns_(problem.train.rows.columns),
        block_(problem.batch == 1 ? kBlockRows : problem.batch),
        padded_(round_up(columns_ + 1, kLanes)) {
    const Rows& rows = problem.train.rows;
    direct_ = rows.type == Storage::kFloat64 && !rows.shift && !rows.scale;
    const size_t z =
        round_up((problem.batch == 1 ? (direct_ ? 0 : kBlockRows) : chunk_rows(columns_)) * columns_, kLanes);
    const size_t sums = round_up(problem.size() + 2, kLanes);  // as long as theta_, too
    memory_ = allocate_doubles(z + sums + (1 + shape_.states) * padded_ + Gathered::doubles(block_));
    if (!memory_) return;
    z_ = memory_.get();
    sums_ = z_ + z;
    theta_ = sums_ + sums;
    for (size_t k = 0; k < shape_.states; ++k) {
      single_state_[k] = theta_ + (1 + k) * padded_;
      state_[k] = run_.state + k * problem.size();
    }
    gathered_ = theta_ + (1 + shape_.states) * padded_;
  }

  bool ready() const noexcept { return memory_ != nullptr; }

  // Does up to `steps` steps of the epoch from position `first` on; how many.
  size_t advance(const uint32_t* order, size_t first, size_t steps) noexcept {
    return problem_.batch == 1 ? single_rows(order + first, steps) : batches(order, first, steps);
  }

 private:
  const double* scalars() const noexcept { return run_.scalars + run_.steps_done * run_.scalar_stride; }

  size_t single_rows(const uint32_t* positions, size_t steps) noexcept {
    const bool intercept = problem_.train.intercept;
    double bias[1 + kMostStates] = {intercept ? run_.parameters[columns_] : 0};
    std::fill(std::copy_n(run_.parameters, columns_, theta_), theta_ + padded_, 0.0);
    for (size_t k = 0; k < shape_.states; ++k) {
      if (intercept) bias[1 + k] = state_[k][columns_];
      double* const own = single_state_[k];
      std::fill(std::copy_n(state_[k], columns_, own), own + padded_, shape_.neutral[k]);
    }
    // Two sets of row numbers: while one is worked on, the other names what to prefetch.
    uint32_t* sets[2] = {reinterpret_cast<uint32_t*>(gathered_), reinterpret_cast<uint32_t*>(gathered_) + block_};
    size_t done = 0, turn = 0;
    const uint32_t* rows = row_numbers(positions, std::min(block_, steps), sets[0]);
    while (done < steps && !control_.aborted()) {
      const size_t n = std::min(block_, steps - done), n_next = std::min(block_, steps - done - n);
      const uint32_t* next = row_numbers(positions + done + n, n_next, sets[++turn % 2]);
      run_block(positions + done, rows, n, n_next == n ? next : nullptr, bias);
      run_.steps_done += n;
      done += n;
      rows = next;
    }
    std::copy_n(theta_, columns_, run_.parameters);
    if (intercept) run_.parameters[columns_] = bias[0];
    for (size_t k = 0; k < shape_.states; ++k) {
      std::copy_n(single_state_[k], columns_, state_[k]);
      if (intercept) state_[k][columns_] = bias[1 + k];
    }
    return done;
  }

  const uint32_t* row_numbers(const uint32_t* positions, size_t n, uint32_t* memory) const noexcept {
    const uint32_t* list = problem_.train.rows.list;
    if (!list) return positions;
    for (size_t i = 0; i < n; ++i) memory[i] = list[positions[i]];
    return memory;
  }

  void run_block(const uint32_t* positions, const uint32_t* numbers, size_t n, const uint32_t* next,
                 double* bias) noexcept {
    const LinearProblem& train = problem_.train;
    Rows rows = train.rows;
    rows.list = numbers;
    rows.rows = n;
    const SingleRows single{
        .z = direct_ ? static_cast<const double*>(rows.x) : read_rows(kernels_, rows, 0, n, z_),
        .list = direct_ ? numbers : nullptr,
        .rows = n,
        .columns = columns_,
        .positions = positions,
        .y = train.y,
        .weights = problem_.step_weights,
        .offset = train.offset,
        .loss = train.loss,
        .loss_parameter = train.loss_parameter,
        .intercept = train.intercept,
        .bias = bias,
        .l2 = problem_.l2,
        .scalars = scalars(),
        .scalar_stride = run_.scalar_stride,
        .gradient = sums_,
        .next_x = rows.x,
        .next = next,
        .next_size = rows.type == Storage::kFloat32 ? sizeof(float) : sizeof(double),
    };
    kernels_.single_rows[static_cast<size_t>(problem_.rule)](single, theta_, single_state_);
  }

  size_t batches(const uint32_t* order, size_t first, size_t steps) noexcept {
    const size_t n = problem_.train.rows.rows;
    const Gathered gathered(gathered_, block_);
    for (size_t step = 0; step < steps; ++step) {
      const size_t from = (first + step) * problem_.batch, count = std::min(problem_.batch, n - from);
      const LinearProblem batch = gathered.read(problem_, order + from, count);
      if (!batch_gradient(batch)) return step;
      finish_gradient(static_cast<double>(count));
      update(kernels_, problem_.rule, problem_.size(), sums_, scalars(), run_.parameters, state_, control_.threads);
      ++run_.steps_done;
    }
    return steps;
  }

  bool batch_gradient(const LinearProblem& batch) noexcept {
    if (batch.rows.rows > kLeafRows) return linear_gradient(kernels_, batch, run_.parameters, control_, sums_);
    gradient_leaf(kernels_, batch, run_.parameters, 0, batch.rows.rows, z_, control_, sums_);
    return !control_.aborted();
  }

  // Sums become the mean, and the penalty is added.
  void finish_gradient(double count) noexcept {
    for (size_t j = 0; j < problem_.size(); ++j) sums_[j] /= count;
    if (problem_.l2 == 0) return;
    for (size_t j = 0; j < columns_; ++j) sums_[j] += problem_.l2 * run_.parameters[j];
  }

  const Kernels& kernels_;
  const SpanProblem& problem_;
  SpanRun& run_;
  Control& control_;
  const RuleShape& shape_;
  const size_t columns_, block_, padded_;
  bool direct_ = false;  // rows are read where they are, without a copy
  Doubles memory_;
  double* z_ = nullptr;
  double* sums_ = nullptr;
  double* theta_ = nullptr;
  double* state_[kMostStates] = {};         // of the run
  double* single_state_[kMostStates] = {};  // of steps of one row: padded copies, as theta_
  double* gathered_ = nullptr;
};

// The objective's sums over all rows at the parameters.
bool take_record(const Kernels& kernels, const SpanProblem& problem, const double* parameters, size_t epochs,
                 Control& control, double* record) noexcept {
  const size_t p = problem.size();
  record[2 * p + 4] = static_cast<double>(epochs);
  std::copy_n(parameters, p, record);
  if (!linear_gradient(kernels, problem.train, parameters, control, record + p)) return false;
  record[2 * p + 2] = record[2 * p + 3] = 0;
  return problem.validation.rows.rows == 0 ||
         linear_loss(kernels, problem.validation, parameters, control, record + 2 * p + 2);
}

}  // namespace

const uint32_t* EpochOrder::get(const Kernels& kernels, const SpanProblem& problem, uint32_t epoch) noexcept {
  const size_t n = problem.train.rows.rows;
  if (order_ == nullptr) order_ = new (std::nothrow) uint32_t[n];
  if (order_ == nullptr || (ready_ && epoch_ == epoch)) return order_;
  epoch_order(kernels, problem.seed, epoch, problem.replacement, n, order_);
  epoch_ = epoch;
  ready_ = true;
  return order_;
}

bool run_span(const Kernels& kernels, const SpanProblem& problem, EpochOrder* orders, SpanPosition* at, SpanRun* run,
              Control& control) noexcept {
  Span span(kernels, problem, run, control);
  if (!span.ready()) return false;
  const size_t each = problem.steps_per_epoch();
  while (at->epoch < run->last_epoch) {
    const size_t wanted = std::min(each - at->position, run->steps - run->steps_done);
    if (wanted > 0) {
      const uint32_t* order = orders->get(kernels, problem, at->epoch);
      if (order == nullptr) return false;
      const size_t done = span.advance(order, at->position, wanted);
      at->position += done;
      if (done < wanted) return false;
    }
    if (at->position < each) return true;
    const size_t epochs = at->epoch + 1;
    if (epochs % run->evaluate_every == 0 || epochs == run->last_epoch) {
      double* record = run->records + run->records_done * problem.record_size();
      if (!take_record(kernels, problem, run->parameters, epochs, control, record)) return false;
      ++run->records_done;
    }
    ++at->epoch;
    at->position = 0;
    if (run->records_done == run->records_most) return true;
  }
  return true;
}

}  // namespace gradus
