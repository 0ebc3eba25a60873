// The random generator against known values, and spans: rows of one step fused or
// not, any rule, any cut, abort, and equality of tables inside a bit class.
#include "core/span.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <set>
#include <vector>

#include "core/random.h"
#include "rule_scalars.h"
#include "tables.h"

namespace gradus {
namespace {

using Values = std::vector<double>;

TEST(Random, GivesTheValuesOfThreefry) {
  // Threefry-2x32-20 of counter 0 and key 0: the known answer of Random123 (Salmon et al. 2011).
  for (const Kernels* k : all_tables()) {
    Random random(*k, 0, 0);
    EXPECT_EQ(random.uint32(), 0x6b200159u);
    EXPECT_EQ(random.uint32(), 0x99ba4efeu);
  }
}

TEST(Random, OrdersArePermutationsThatDependOnTheEpoch) {
  const Kernels* k = &scalar_table();
  for (const size_t n : {size_t{0}, size_t{1}, size_t{2}, size_t{1000}}) {
    std::vector<uint32_t> a(n), b(n), c(n), d(n);
    epoch_order(*k, 7, 0, false, n, a.data());
    epoch_order(*k, 7, 0, false, n, b.data());
    epoch_order(*k, 7, 1, false, n, c.data());
    epoch_order(*k, 8, 0, false, n, d.data());
    EXPECT_EQ(a, b);
    EXPECT_EQ(std::set<uint32_t>(a.begin(), a.end()).size(), n);
    if (n > 100) {
      EXPECT_TRUE(a != c && a != d);
    }
    epoch_order(*k, 7, 0, true, n, a.data());
    for (const uint32_t row : a) EXPECT_LT(row, n);
  }
}

TEST(Random, EveryTableGivesTheSameNumbers) {
  std::vector<uint32_t> wanted(kRandomBlock), got(kRandomBlock);
  const uint64_t counters[] = {0, 256, 0xffffff80u, 0xfffffffffull};
  for (const uint64_t counter : counters) {
    scalar_table().random_block(7, 0x80000001u, counter, wanted.data());
    for (const Kernels* k : all_tables()) {
      k->random_block(7, 0x80000001u, counter, got.data());
      EXPECT_EQ(got, wanted) << k->name;
    }
  }
}

TEST(Random, BelowIsUniform) {
  Random random(scalar_table(), 5, 9);
  std::vector<int> counts(7);
  for (int i = 0; i < 70000; ++i) ++counts[random.below(7)];
  for (const int count : counts) EXPECT_NEAR(count, 10000, 400);
}

struct Ended {
  Values parameters, state, records;
  bool operator==(const Ended&) const = default;
};

struct Sample {
  size_t rows, columns;
  Values x, y, w;
  std::vector<float> narrow;
  SpanProblem problem;

  Sample(size_t rows, size_t columns, size_t batch, Rule rule, int kind)
      : rows(rows),
        columns(columns),
        x(random_values(rows * columns, 4)),
        y(random_values(rows, 5)),
        w(random_values(rows, 6)),
        narrow(x.begin(), x.end()) {
    for (double& v : w) v = std::fabs(v) + 0.1;
    LinearProblem& train = problem.train;
    train.rows.x = kind & 1 ? static_cast<const void*>(narrow.data()) : x.data();
    train.rows.type = kind & 1 ? Storage::kFloat32 : Storage::kFloat64;
    train.rows.rows = rows;
    train.rows.columns = columns;
    train.rows.weights = kind & 2 ? w.data() : nullptr;
    train.y = y.data();
    train.intercept = (kind & 4) != 0;
    train.loss = kind & 8 ? Loss::kHuber : Loss::kSquared;
    train.loss_parameter = 0.5;
    problem.validation = train;
    problem.step_weights = train.rows.weights;
    problem.l2 = kind & 16 ? 0.01 : 0;
    problem.batch = batch;
    problem.rule = rule;
    problem.seed = 3;
  }

  Ended run(const Kernels& kernels, int threads, size_t steps) const {
    constexpr size_t epochs = 2;
    const size_t p = problem.size();
    Ended result{Values(p), Values(problem.shape().states * p, 0.1), Values(epochs * problem.record_size())};
    const double* const scalars = kRuleScalars[static_cast<size_t>(problem.rule)];
    EpochOrder order;
    SpanPosition at;
    Control control;
    control.threads = threads;
    size_t records = 0;
    while (at.epoch < epochs) {
      SpanRun run{.steps = steps,
                  .records_most = epochs - records,
                  .evaluate_every = 1,
                  .last_epoch = epochs,
                  .scalars = scalars,
                  .scalar_stride = 0,
                  .parameters = result.parameters.data(),
                  .state = result.state.data(),
                  .records = result.records.data() + records * problem.record_size()};
      EXPECT_TRUE(run_span(kernels, problem, &order, &at, &run, control));
      records += run.records_done;
    }
    EXPECT_EQ(records, epochs);
    return result;
  }
};

TEST(Span, TablesOfAClassThreadsAndCutsAgree) {
  for (const size_t columns : {size_t{1}, size_t{8}, size_t{13}, size_t{32}, size_t{41}}) {
    for (const size_t batch : {size_t{1}, size_t{6}, size_t{600}}) {
      for (size_t rule = 0; rule < kRuleCount; ++rule) {
        for (int kind = static_cast<int>(rule); kind < 32; kind += 7) {
          const Sample sample(640, columns, batch, static_cast<Rule>(rule), kind);
          Ended first[2];
          for (const Kernels* k : all_tables()) {
            const Ended whole = sample.run(*k, 1, 1 << 20);
            Ended& wanted = first[k->fused];
            if (wanted.parameters.empty()) wanted = whole;
            EXPECT_TRUE(whole == wanted) << k->name << " " << columns << " " << batch << " " << rule << " " << kind;
            EXPECT_TRUE(sample.run(*k, 3, 36) == wanted) << k->name << ", in pieces";
            for (const double v : whole.parameters) EXPECT_TRUE(std::isfinite(v));
          }
        }
      }
    }
  }
}

TEST(Span, ValidationLossIsThatOfTheGradient) {
  const Sample sample(640, 5, 1, Rule::kSgd, 6);
  const Ended run = sample.run(scalar_table(), 1, 1 << 20);
  const size_t p = sample.problem.size();
  EXPECT_EQ(run.records[2 * p], run.records[2 * p + 2]);
  EXPECT_EQ(run.records[2 * p + 1], run.records[2 * p + 3]);
  EXPECT_EQ(run.records[2 * p + 4], 1);
}

TEST(Span, AbortLeavesAPointBetweenSteps) {
  const Sample sample(640, 5, 1, Rule::kSgd, 0);
  Values parameters(5), state(5), records(2 * sample.problem.record_size());
  const double rate = 0.01;
  EpochOrder order;
  SpanPosition at;
  Control control;
  control.abort = true;
  SpanRun run{.steps = 1000,
              .records_most = 2,
              .evaluate_every = 1,
              .last_epoch = 2,
              .scalars = &rate,
              .scalar_stride = 0,
              .parameters = parameters.data(),
              .state = state.data(),
              .records = records.data()};
  EXPECT_FALSE(run_span(scalar_table(), sample.problem, &order, &at, &run, control));
  EXPECT_EQ(run.steps_done, at.position);
  EXPECT_EQ(run.records_done, 0u);
}

}  // namespace
}  // namespace gradus
