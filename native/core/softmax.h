// Softmax regression: several linear predictors over the same rows with the
// cross-entropy of their softmax. Results do not depend on the number of threads.
#pragma once

#include "core/linear.h"

namespace gradus {

struct SoftmaxProblem {
  Rows rows;
  const double* y = nullptr;  // class numbers by position in the list; null for all 0
  size_t classes = 0;
  bool intercept = false;
  // Parameters of one class.
  size_t size() const noexcept { return rows.columns + (intercept ? 1 : 0); }
  size_t total_size() const noexcept { return classes * size(); }
};

// out = [gradient | loss | weight], parameters and gradient class by class: classes * size() numbers; sums, not means.
// The loss is NaN when a label is no class. X is read from memory once. False when aborted or memory ran out.
bool softmax_gradient(const Kernels& kernels, const SoftmaxProblem& problem, const double* parameters, Control& control,
                      double* out) noexcept;

}  // namespace gradus
