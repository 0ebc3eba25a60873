// One step of an update rule over arrays of any length, in place: on the calling
// thread, or, where that pays, in blocks on several. The parameters do not know
// of each other, so any split gives the same bits.
#pragma once

#include <cstddef>

#include "kernels/kernels.h"

namespace gradus {

// As a StepKernel: `state` has kRuleShapes[rule].states arrays.
void update(const Kernels& kernels, Rule rule, size_t n, const double* gradient, const double* scalars, double* theta,
            double* const* state, int threads) noexcept;
void update(const Kernels& kernels, Rule rule, size_t n, const float* gradient, const double* scalars, float* theta,
            float* const* state, int threads) noexcept;

}  // namespace gradus
