// Counts allocations: kernels make none, and those of a job depend neither on its
// rows, leaves or steps nor on its epochs, but for what is stated here. This
// program has allocation functions of its own, with glibc malloc and its kin too, and
// is not built with sanitizers, which have theirs.
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <new>
#include <vector>

#include "core/cholesky.h"
#include "core/gram.h"
#include "core/least_squares.h"
#include "core/linear.h"
#include "core/moments.h"
#include "core/scratch.h"
#include "core/span.h"
#include "core/triangular.h"
#include "fuzz/fuzz.h"
#include "rule_scalars.h"
#include "tables.h"

#if defined(__GLIBC__)
#define GRADUS_COUNT_MALLOC 1
#endif

namespace {

std::atomic<size_t> allocations{0};

void count_one() noexcept { allocations.fetch_add(1, std::memory_order_relaxed); }
size_t count() noexcept { return allocations.load(); }

// Not counted as malloc.
void* obtain(size_t bytes, size_t alignment) noexcept;

void* allocate(size_t bytes, size_t alignment) noexcept {
  count_one();
  return obtain(bytes == 0 ? 1 : bytes, alignment);
}

void* allocate_or_throw(size_t bytes, size_t alignment) {
  void* const p = allocate(bytes, alignment);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}

}  // namespace

#if defined(GRADUS_COUNT_MALLOC)
extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);

void* malloc(size_t bytes) {
  count_one();
  return __libc_malloc(bytes);
}
void* calloc(size_t n, size_t each) {
  count_one();
  return __libc_calloc(n, each);
}
void* realloc(void* p, size_t bytes) {
  count_one();
  return __libc_realloc(p, bytes);
}
void* aligned_alloc(size_t alignment, size_t bytes) {
  count_one();
  return __libc_memalign(alignment, bytes);
}
int posix_memalign(void** p, size_t alignment, size_t bytes) {
  count_one();
  *p = __libc_memalign(alignment, bytes);
  return 0;
}
}
namespace {
void* obtain(size_t bytes, size_t alignment) noexcept { return __libc_memalign(alignment, bytes); }
}  // namespace
#else
namespace {
void* obtain(size_t bytes, size_t alignment) noexcept {
  return std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
}
}  // namespace
#endif

constexpr size_t kUsual = __STDCPP_DEFAULT_NEW_ALIGNMENT__;

void* operator new(size_t n) { return allocate_or_throw(n, kUsual); }
void* operator new(size_t n, std::align_val_t a) { return allocate_or_throw(n, static_cast<size_t>(a)); }
void* operator new(size_t n, const std::nothrow_t&) noexcept { return allocate(n, kUsual); }
void* operator new(size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
  return allocate(n, static_cast<size_t>(a));
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t, const std::nothrow_t&) noexcept { std::free(p); }

namespace gradus {
namespace {

using Values = std::vector<double>;

template <class Work>
size_t allocations_of(const Work& work) {
  const size_t before = count();
  work();
  return count() - before;
}

TEST(Allocations, AreCounted) {
  volatile size_t n = 100;
  EXPECT_EQ(allocations_of([&] { Values v(n); }), 1u);
  EXPECT_EQ(allocations_of([&] { allocate_doubles(n); }), 1u);
  EXPECT_EQ(allocations_of([&] {
              double* volatile p = new (std::nothrow) double[n];
              delete[] p;
            }),
            1u);
#if defined(GRADUS_COUNT_MALLOC)
  EXPECT_EQ(allocations_of([&] {
              void* volatile p = std::malloc(n);
              std::free(p);
            }),
            1u);
#endif
}

// Every case of the fuzzer that calls kernels, with nothing allocated while it does.
TEST(Allocations, KernelsMakeNone) {
  fuzz::Options options;
  options.seed = 3;
  options.cases = 6000;
  options.allocations = count;
  const fuzz::Outcome outcome = fuzz::fuzz(options);
  EXPECT_FALSE(outcome.failed) << outcome.message;
}

// Rows that are read in place, or must be loaded into scratch memory.
struct Sample {
  Values x, y, w, shift, theta, no_penalty;
  std::vector<float> narrow;
  LinearProblem problem;

  Sample(size_t rows, size_t columns, bool in_place)
      : x(random_values(rows * columns, 1)),
        y(random_values(rows, 2)),
        w(random_values(rows, 3)),
        shift(random_values(columns, 4)),
        theta(random_values(columns + 1, 5)),
        no_penalty(columns + 1),
        narrow(x.begin(), x.end()) {
    for (double& v : w) v = std::fabs(v) + 0.1;
    problem.rows.x = in_place ? static_cast<const void*>(x.data()) : narrow.data();
    problem.rows.type = in_place ? Storage::kFloat64 : Storage::kFloat32;
    problem.rows.shift = in_place ? nullptr : shift.data();
    problem.rows.rows = rows;
    problem.rows.columns = columns;
    problem.rows.weights = w.data();
    problem.y = y.data();
    problem.intercept = true;
  }
};

// Of one pass over the rows: the partial sums, and scratch memory for every thread.
size_t of_a_pass(int threads) { return 1 + static_cast<size_t>(threads); }

struct Job {
  const char* name;
  size_t (*allowed)(int threads);
  std::function<bool(const Sample&, Control&, double* out)> run;
};

const Kernels& widest() {
  static const Kernels* const table = all_tables().back();
  return *table;
}

std::vector<Job> jobs() {
  return {
      {"gradient", of_a_pass,
       [](const Sample& s, Control& control, double* out) {
         return linear_gradient(widest(), s.problem, s.theta.data(), control, out);
       }},
      {"loss", of_a_pass,
       [](const Sample& s, Control& control, double* out) {
         return linear_loss(widest(), s.problem, s.theta.data(), control, out);
       }},
      // The lists of tiles, of tasks and of sums that wait for their pair; a thread's scratch memory; and sums: a
      // thread has up to 7 of its own, and one waits at every level of the tree over 98 leaves that it has gone past.
      {"gram", [](int threads) { return 3 + static_cast<size_t>(threads) * (1 + 7 + 7); },
       [](const Sample& s, Control& control, double* out) {
         return linear_gram(widest(), s.problem, s.theta.data(), control, out);
       }},
      // Two passes, and their sums.
      {"moments", [](int threads) { return 1 + 2 * of_a_pass(threads); },
       [](const Sample& s, Control& control, double* out) {
         return column_moments(widest(), s.problem.rows, control, out, out + 100, out + 200);
       }},
      {"finite scan", [](int) -> size_t { return 0; },
       [](const Sample& s, Control& control, double*) {
         int64_t found;
         return first_not_finite(s.x.data(), Storage::kFloat64, s.x.size(), control, &found);
       }},
      {"predict", [](int) -> size_t { return 1; },
       [](const Sample& s, Control&, double* out) {
         return linear_predict(widest(), s.problem.rows, s.theta.data(), 0.5, out);
       }},
      // The factored rows, and sums in twice the precision; Cholesky's work for the variances.
      {"least squares", [](int) -> size_t { return 2 + 3; },
       [](const Sample& s, Control& control, double* out) {
         LeastSquaresResult result;
         double squares;
         return least_squares(widest(), s.problem, 1, s.no_penalty.data(), control, out, &result) &&
                least_squares_variances(widest(), s.problem, 1, s.no_penalty.data(), s.theta.data(), control, out,
                                        &squares, &result);
       }},
  };
}

TEST(Allocations, OfAJobDoNotGrowWithItsRows) {
  for (const Job& job : jobs()) {
    for (const size_t columns : {size_t{6}, size_t{40}}) {
      for (const bool in_place : {true, false}) {
        for (const size_t rows : {size_t{100}, size_t{3000}, size_t{50000}}) {
          const Sample sample(rows, columns, in_place);
          Values out(rows + 4000);
          for (const int threads : {1, 2, 5}) {
            Control control;
            control.threads = threads;
            const auto run = [&] { EXPECT_TRUE(job.run(sample, control, out.data())) << job.name; };
            run();  // starts the threads
            EXPECT_LE(allocations_of(run), job.allowed(threads)) << job.name << ", " << rows << " rows of " << columns;
          }
        }
      }
    }
  }
}

// With several tiles another loss than squared takes a pass of its own: its result, and scratch memory.
TEST(Allocations, OfTheCurvatureDoNotGrowWithItsRows) {
  for (const size_t rows : {size_t{3000}, size_t{50000}}) {
    Sample sample(rows, 300, true);
    Values gram(301 * 301);
    const auto run = [&] {
      Control control;
      EXPECT_TRUE(linear_gram(widest(), sample.problem, sample.theta.data(), control, gram.data()));
    };
    const size_t squared = allocations_of(run);
    sample.problem.loss = Loss::kHuber;
    sample.problem.loss_parameter = 1;
    EXPECT_EQ(allocations_of(run), squared + 2) << rows;
  }
}

TEST(Allocations, OfAFactorisationDoNotGrowWithItsSize) {
  for (const size_t n : {size_t{3}, size_t{48}, size_t{49}, size_t{300}, size_t{600}}) {
    Values a(n * n), b(n, 1.0), direction(n);
    const Values diagonal(n, 1.0);
    for (size_t i = 0; i < n * n; ++i) a[i] = i % (n + 1) == 0 ? 2 * static_cast<double>(n) : 1;
    const Values gram = a;
    const auto solve = [&] {
      Control control;
      SolveResult result;
      EXPECT_TRUE(
          solve_scaled(widest(), gram.data(), n, 1, diagonal.data(), 0, b.data(), control, direction.data(), &result));
    };
    EXPECT_LE(allocations_of([&] { EXPECT_EQ(cholesky(widest(), a.data(), n, nullptr), kCholeskyDone); }), 2u) << n;
    EXPECT_EQ(allocations_of([&] { cholesky_solve(widest(), a.data(), n, b.data()); }), 0u) << n;
    EXPECT_LE(allocations_of(solve), 4u) << n;
  }
}

// The span's own memory, the order of the epochs, and of a record one pass over the rows: nothing for a step.
TEST(Allocations, OfASpanDoNotGrowWithItsSteps) {
  constexpr size_t kRows = 2000, kColumns = 12;
  for (const bool in_place : {true, false}) {
    const Sample sample(kRows, kColumns, in_place);
    for (size_t rule = 0; rule < kRuleCount; ++rule) {
      for (const size_t batch : {size_t{1}, size_t{7}, size_t{512}}) {
        for (const size_t epochs : {size_t{1}, size_t{2}, size_t{30}}) {
          SpanProblem problem;
          problem.train = sample.problem;
          problem.step_weights = sample.w.data();
          problem.batch = batch;
          problem.rule = static_cast<Rule>(rule);
          Values parameters(kColumns + 1), state(problem.shape().states * (kColumns + 1), 1.0),
              records(problem.record_size());
          SpanRun run{.steps = 1 << 20,
                      .records_most = 1,
                      .evaluate_every = epochs,
                      .last_epoch = epochs,
                      .scalars = kRuleScalars[rule],
                      .scalar_stride = 0,
                      .parameters = parameters.data(),
                      .state = state.data(),
                      .records = records.data()};
          const auto whole = [&] {
            EpochOrder order;
            SpanPosition at;
            Control control;
            EXPECT_TRUE(run_span(widest(), problem, &order, &at, &run, control));
          };
          EXPECT_LE(allocations_of(whole), 2 + of_a_pass(1)) << "rule " << rule << ", batch " << batch;
          EXPECT_EQ(run.steps_done, epochs * problem.steps_per_epoch());
        }
      }
    }
  }
}

}  // namespace
}  // namespace gradus
