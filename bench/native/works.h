// What limits.cc can be asked to time. `prepare` fills memory and returns the works
// on it: ours, with a variant for each kernel set, and the loops that are their limit,
// with a variant for each way to write them. The memory lives as long as its works.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gradus::bench {

struct Run {
  std::function<void()> reset;       // before each run, not timed; may be empty
  std::function<bool()> once;        // what is timed; false when it failed
  std::function<double()> checksum;  // of the result, equal in all variants up to rounding; may be empty
};

struct Work {
  std::vector<std::string> variants;
  std::function<Run(const std::string& variant, int threads)> make;
};
using Works = std::map<std::string, Work>;
using Arguments = std::vector<std::string>;

// Empty when the arguments make no sense or memory ran out.
using Prepare = Works (*)(const Arguments& arguments);

// `gradient f64|f32 rows columns`: the works `gradient` (squared loss, all rows) and `read` (the same array).
Works prepare_gradient(const Arguments& arguments);
// `gram rows columns`: the work `gram`, transpose(X) W X with a weight for each row.
Works prepare_gram(const Arguments& arguments);
// `cholesky n`: the work `cholesky`, one factorisation; the matrix is copied back between runs.
Works prepare_cholesky(const Arguments& arguments);
// `update rule n`, a rule by its name in lib/kernels/kernels.ts: the works `update`, one step of n float32 parameters,
// and `pass`, the same reads and writes without arithmetic.
Works prepare_update(const Arguments& arguments);

// Reading all of an array of n float64 by every loop of this processor. `owner` keeps the array alive.
Work read_work(std::shared_ptr<const void> owner, const double* x, size_t n);
// Multiply-adds in registers, kPeakOperations of them by each thread.
Work multiply_add_work();
inline constexpr double kPeakOperations = 1 << 28;

// The sets that this processor can run, narrowest first.
std::vector<std::string> set_names();

// A positive whole number, or 0.
size_t size_argument(const std::string& text);

}  // namespace gradus::bench
