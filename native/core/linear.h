// Linear predictors with a pointwise loss: the rows as a fit sees them, and
// the evaluation of loss and gradient over them. Nothing here owns the memory
// it points to. Results do not depend on the number of threads.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/control.h"
#include "kernels/kernels.h"

namespace gradus {

enum class Storage : uint32_t { kFloat64, kFloat32 };

struct Rows {
  const void* x = nullptr;  // dense, row-major, `columns` wide
  Storage type = Storage::kFloat64;
  size_t columns = 0;
  size_t rows = 0;                  // rows used: the length of list, or all
  const uint32_t* list = nullptr;   // row numbers; null for all rows in order
  const double* weights = nullptr;  // by position in the list; null for ones
  const double* shift = nullptr;    // column j enters as (x - shift[j]) * scale[j]
  const double* scale = nullptr;

  // True when the rows lie in order and enter as they are.
  bool plain() const noexcept { return !list && !shift && !scale; }
  // True when x can be read as it is, as float64.
  bool direct() const noexcept { return type == Storage::kFloat64 && plain(); }
};

struct LinearProblem {
  Rows rows;
  const double* y = nullptr;  // by position in the list; null for zeros
  Loss loss = Loss::kSquared;
  double loss_parameter = 0;
  const double* offset = nullptr;  // added to the predictors, by position in the list; null for none
  bool intercept = false;
  size_t size() const noexcept { return rows.columns + (intercept ? 1 : 0); }
};

// Rows [first, first + count) as dense float64: in place when possible, else
// copied to scratch (count * columns).
const double* read_rows(const Kernels& kernels, const Rows& rows, size_t first, size_t count, double* scratch) noexcept;

// Rows copied at once: about 32 KB of Z, a multiple of 8 from 8 to 128.
size_t chunk_rows(size_t columns) noexcept;

// Threads for that many multiply-adds; little work stays on the calling thread.
int useful_threads(size_t work, const Control& control) noexcept;

// Doubles that the passes over these rows need for copies of them; 0 when they are read in place.
size_t gradient_scratch(const Rows& rows) noexcept;

// sums = [gradient p | loss | weight], p = size(), of the leaf of `count` rows from
// `first` on. scratch: gradient_scratch(rows).
// Meaningless once aborted.
void gradient_leaf(const Kernels& kernels, const LinearProblem& problem, const double* parameters, size_t first,
                   size_t count, double* scratch, const Control& control, double* sums) noexcept;

// out = [gradient p | loss | weight], p = size(); sums, not means. False when
// aborted or memory ran out.
bool linear_gradient(const Kernels& kernels, const LinearProblem& problem, const double* parameters, Control& control,
                     double* out) noexcept;

// out = [loss | weight], as in linear_gradient, bit for bit.
bool linear_loss(const Kernels& kernels, const LinearProblem& problem, const double* parameters, Control& control,
                 double* out) noexcept;

// Adds the intercept and the offset to the predictors of rows from `first` on.
void finish_predictors(const LinearProblem& problem, const double* parameters, size_t first, size_t count,
                       double* eta) noexcept;

// out[r] = the predictor of row r, with intercept and offset, as linear_gradient forms it. False when aborted or memory
// ran out.
bool linear_predictors(const Kernels& kernels, const LinearProblem& problem, const double* parameters, Control& control,
                       double* out) noexcept;

// out[r] = row . coefficients + intercept, never fused. On the calling thread.
// False when memory ran out.
bool linear_predict(const Kernels& kernels, const Rows& rows, const double* coefficients, double intercept,
                    double* out) noexcept;

}  // namespace gradus
