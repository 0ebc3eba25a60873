// One case of the fuzzer: it draws inputs, runs the same work with every table (and
// over numbers of threads), demands equal bits of what must agree, and compares
// with sums in long double. A failed demand throws Failure.
#pragma once

#include <deque>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "draw.h"
#include "guarded.h"
#include "kernels/kernels.h"

namespace gradus::fuzz {

struct Failure {
  std::string what;
};

using Tables = std::vector<const Kernels*>;
// How often memory was allocated until now; null when nobody counts.
using AllocationCount = size_t (*)();

// What has to agree bit for bit (NaN with NaN): the tables of a class, or all.
enum class Same { kInClass, kEverywhere };

// A sum in long double with what bounds its error in double: the terms' sizes, and
// what single terms may be off (the underflow of a product at least).
struct Exact {
  long double sum = 0, size = 0, slack = 0;
  size_t terms = 0;
  bool usable = true, has_nan = false;

  void add(long double term, long double off = kLeast) {
    sum += term;
    size += term < 0 ? -term : term;
    slack += off;
    ++terms;
    has_nan = has_nan || term != term;
  }
  // 2 (n + 2) ε Σ|terms| + what they were off, which counts among the terms' sizes.
  long double bound() const { return 2 * static_cast<long double>(terms + 2) * kEpsilon * (size + slack) + slack; }

  static constexpr long double kLeast = std::numeric_limits<double>::denorm_min();
  static constexpr long double kEpsilon = std::numeric_limits<double>::epsilon();
};

// Bit for bit, but for the payload of NaN.
bool equal(const double* a, const double* b, size_t n) noexcept;

// One table on one number of threads, and its outputs in the order they were asked for.
class Run {
 public:
  Run(const Kernels& kernels, int threads, uint64_t seed, AllocationCount allocations)
      : kernels(kernels), threads(threads), draw_(seed, 0), allocations_(allocations) {}

  const Kernels& kernels;
  const int threads;

  // Uninitialised memory to be filled and compared; every run has another offset and other old contents.
  template <class T = double>
  T* out(size_t n);
  // The same that begins as a copy.
  template <class T>
  T* copy(const T* from, size_t n);
  // Guarded, and not compared.
  double* scratch(size_t n);
  void number(double x) { *out(1) = x; }

  size_t blocks() const { return outputs_.size(); }
  const double* doubles(size_t block) const { return reinterpret_cast<const double*>(outputs_[block].memory->data()); }

 private:
  friend class Case;
  enum class Type { kDouble, kFloat, kInteger };
  struct Output {
    std::unique_ptr<Guarded> memory;
    Type type;

    size_t size() const { return memory->size() / (type == Type::kDouble ? sizeof(double) : sizeof(float)); }
    double number(size_t i) const;
  };
  // Adds one to the outputs or the scratch memory.
  unsigned char* allocate(size_t bytes, size_t each, Type type, std::deque<Output>* to);
  void check_guards() const;
  // Where the two differ first, in words; empty when nowhere.
  std::string difference(const Run& other) const;
  void digest(uint64_t* sum) const;
  std::string name() const;

  std::deque<Output> outputs_, scratch_;
  Draw draw_;
  const AllocationCount allocations_;
  size_t own_allocations_ = 0;  // for the outputs themselves
};

// FNV-1a over numbers, NaN with one payload.
struct Digests {
  uint64_t plain = 14695981039346656037u, fused = plain;
};

struct Runs {
  std::deque<Run> all;
  // One of those that have to agree, and did: the others need no look.
  std::vector<const Run*> distinct;
};

class Case {
 public:
  // With a count, the work of a case must allocate nothing.
  Case(uint64_t seed, size_t most, const Tables& tables, AllocationCount allocations)
      : draw(seed, most), tables_(tables), allocations_(allocations) {}

  Draw draw;

  // A size, remembered for the report.
  size_t length(const char* name, size_t longest);
  // Anything else that the report should say.
  void note(const char* name, size_t value);
  const std::string& sizes() const { return sizes_; }

  // Inputs at drawn offsets, which have to be the same after all runs.
  const double* doubles(size_t n) { return doubles(n, draw.kind()); }
  const double* doubles(size_t n, Kind kind) { return numbers<double>(n, kind); }
  const float* floats(size_t n) { return floats(n, draw.kind()); }
  const float* floats(size_t n, Kind kind) { return numbers<float>(n, kind); }
  // Not negative.
  const double* weights(size_t n) { return weights(n, draw.kind()); }
  const double* weights(size_t n, Kind kind);
  const uint32_t* indices(size_t n, size_t bound);
  template <class T>
  const T* keep(const std::vector<T>& values);

  // Calls work(run) for every table and every number of threads.
  template <class Work>
  Runs run(Same same, const Work& work) {
    return run(same, {1}, work);
  }
  template <class Work>
  Runs run(Same same, const std::vector<int>& threads, const Work& work) {
    Runs runs;
    // One draw, however many tables there are: what follows is the same on every machine.
    uint64_t seed = draw.bits();
    for (const Kernels* table : tables_) {
      for (const int n : threads) {
        Run& run = runs.all.emplace_back(*table, n, ++seed, allocations_);
        const size_t before = allocations_ ? allocations_() : 0;
        work(run);
        demand(!allocations_ || allocations_() == before + run.own_allocations_, run, "allocated memory");
      }
    }
    compare(same, &runs);
    return runs;
  }
  // One thread, and another number of them.
  std::vector<int> threads() { return {1, draw.pick({2, 3, 7})}; }

  // Element i of that output is within the bound of the sum, where that is finite, and NaN where a term is.
  static void expect(const Run& run, size_t block, size_t i, const Exact& exact);
  static void expect(const Runs& runs, size_t block, size_t i, const Exact& exact) {
    for (const Run* run : runs.distinct) expect(*run, block, i, exact);
  }
  static void demand(bool holds, const Run& run, const char* what) {
    if (!holds) throw Failure{run.name() + ": " + what};
  }

  // After the last run: nothing has written to an input.
  void check_inputs() const;

  // Of all outputs by class; what all tables must agree on counts as plain.
  const Digests& digests() const { return digests_; }

 private:
  struct Input {
    std::unique_ptr<Guarded> memory;
    std::vector<unsigned char> copy;
  };
  template <class T>
  const T* numbers(size_t n, Kind kind);
  void compare(Same same, Runs* runs);

  const Tables& tables_;
  const AllocationCount allocations_;
  std::vector<Input> inputs_;
  Digests digests_;
  std::string sizes_;
};

template <class T>
T* Run::out(size_t n) {
  constexpr Type type = std::is_same_v<T, double>  ? Type::kDouble
                        : std::is_same_v<T, float> ? Type::kFloat
                                                   : Type::kInteger;
  T* const at = reinterpret_cast<T*>(allocate(n * sizeof(T), sizeof(T), type, &outputs_));
  const T old = static_cast<T>(draw_.below(1000));
  for (size_t i = 0; i < n; ++i) at[i] = old;
  return at;
}

template <class T>
T* Run::copy(const T* from, size_t n) {
  T* const at = out<T>(n);
  for (size_t i = 0; i < n; ++i) at[i] = from[i];
  return at;
}

template <class T>
const T* Case::keep(const std::vector<T>& values) {
  const size_t bytes = values.size() * sizeof(T);
  auto memory = std::make_unique<Guarded>(bytes, draw.below(64 / sizeof(T)) * sizeof(T));
  unsigned char* const at = memory->data();
  if (bytes > 0) std::memcpy(at, values.data(), bytes);
  inputs_.push_back({std::move(memory), std::vector<unsigned char>(at, at + bytes)});
  return reinterpret_cast<const T*>(at);
}

template <class T>
const T* Case::numbers(size_t n, Kind kind) {
  std::vector<T> values(n);
  if (draw.one_in(8)) {  // one number, or a few in turn
    const size_t period = 1 + draw.below(3);
    for (size_t i = 0; i < n; ++i) values[i] = i < period ? draw.number<T>(kind) : values[i - period];
  } else {
    for (T& value : values) value = draw.number<T>(kind);
  }
  return keep(values);
}

}  // namespace gradus::fuzz
