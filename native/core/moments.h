// Column means and variances in two passes, and the search for the first value
// that is not finite. Results do not depend on the number of threads.
#pragma once

#include "core/linear.h"

namespace gradus {

// mean and variance (population, around the mean) of every column of the rows,
// weight = sum of weights. The rows' own shift and scale are ignored. False
// when aborted or memory ran out.
bool column_moments(const Kernels& kernels, const Rows& rows, Control& control, double* mean, double* variance,
                    double* weight) noexcept;

// *found = index of the first NaN or infinity among n values, or -1. False
// when aborted.
bool first_not_finite(const void* data, Storage type, size_t n, Control& control, int64_t* found) noexcept;

}  // namespace gradus
