// Kernels over vectors: dot products, sums, elementary functions, random numbers.
#include <algorithm>
#include <cstdlib>

#include "cases.h"

namespace gradus::fuzz {
namespace {

constexpr size_t kLongest = 20000;

void dot(Case& c) {
  const size_t n = c.length("n", kLongest);
  const double* const x = c.doubles(n);
  const double* const y = c.doubles(n);
  const Runs runs = c.run(Same::kInClass, [&](Run& run) { run.number(run.kernels.dot(x, y, n)); });
  Exact sum;
  for (size_t i = 0; i < n; ++i) sum.add(static_cast<long double>(x[i]) * y[i]);
  c.expect(runs, 0, 0, sum);
}

void axpy(Case& c) {
  const size_t n = c.length("n", kLongest);
  const double a = c.draw.number<double>(c.draw.kind());
  const double* const x = c.doubles(n);
  const double* const y = c.doubles(n);
  const Runs runs = c.run(Same::kInClass, [&](Run& run) { run.kernels.axpy(a, x, run.copy(y, n), n); });
  for (size_t i = 0; i < n; ++i) {
    Exact sum;
    sum.add(static_cast<long double>(a) * x[i]);
    sum.add(y[i], 0);
    c.expect(runs, 0, i, sum);
  }
}

void add(Case& c) {
  const size_t n = c.length("n", kLongest);
  const double* const x = c.doubles(n);
  const double* const y = c.doubles(n);
  const Runs runs = c.run(Same::kEverywhere, [&](Run& run) { run.kernels.add(x, run.copy(y, n), n); });
  const Run& run = *runs.distinct[0];
  for (size_t i = 0; i < n; ++i) {
    const double sum = y[i] + x[i], got = run.doubles(0)[i];
    c.demand(got == sum || (got != got && sum != sum), run, "not the sum");
  }
}

// The distance of two doubles in units of the last place.
uint64_t places_apart(double a, double b) {
  const auto ordered = [](double x) {
    int64_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    return bits < 0 ? std::numeric_limits<int64_t>::min() - bits : bits;
  };
  const int64_t p = ordered(a), q = ordered(b);
  return p < q ? static_cast<uint64_t>(q) - static_cast<uint64_t>(p)
               : static_cast<uint64_t>(p) - static_cast<uint64_t>(q);
}

// Both classes are within 2 units of the last place of the truth, so within 5 of each other (each may round once more).
void map(Case& c) {
  const size_t function = c.draw.below(kFunctionCount), n = c.length("n", 3000);
  c.note("function", function);
  const double* const x = c.doubles(n, static_cast<Kind>(c.draw.below(kKinds)));
  const bool in_place = c.draw.coin();
  const Runs runs = c.run(Same::kInClass, [&](Run& run) {
    double* const y = in_place ? run.copy(x, n) : run.out(n);
    run.kernels.map[function](n, in_place ? y : x, y);
  });
  for (const Run* run : runs.distinct) {
    for (size_t i = 0; i < n; ++i) {
      const double got = run->doubles(0)[i], other = runs.distinct[0]->doubles(0)[i];
      c.demand(got == other || (got != got && other != other) || places_apart(got, other) <= 5, *run,
               "far from the plain class");
    }
  }
}

void random_block(Case& c) {
  const uint64_t a = c.draw.bits(), b = c.draw.bits();
  const uint64_t counter = c.draw.coin() ? b : c.draw.pick<uint64_t>({0, 0xffffff80u, ~uint64_t{0} - 100});
  c.run(Same::kEverywhere, [&](Run& run) {
    run.kernels.random_block(static_cast<uint32_t>(a), static_cast<uint32_t>(a >> 32), counter,
                             run.out<uint32_t>(kRandomBlock));
  });
}

}  // namespace

std::vector<CaseKind> vector_cases() {
  return {
      {"dot", dot, {GRADUS_SLOT(dot)}},
      {"axpy", axpy, {GRADUS_SLOT(axpy)}},
      {"add", add, {GRADUS_SLOT(add)}},
      {"map", map, {GRADUS_SLOT(map)}},
      {"random_block", random_block, {GRADUS_SLOT(random_block)}},
  };
}

}  // namespace gradus::fuzz
