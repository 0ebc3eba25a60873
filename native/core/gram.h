// The Gram matrix of a linear problem: gram = transpose(Z) W Z, W = weight
// times the loss's second derivative at the parameters. The intercept is a
// last column of ones. Results do not depend on the number of threads.
#pragma once

#include "core/linear.h"

namespace gradus {

// gram: p*p, row-major; the upper triangle becomes zero. False when aborted or
// memory ran out.
bool linear_gram(const Kernels& kernels, const LinearProblem& problem, const double* parameters, Control& control,
                 double* gram) noexcept;

}  // namespace gradus
