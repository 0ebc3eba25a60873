// Scalars with which each update rule makes small steps: what tests use that care for
// something else than the numbers.
#pragma once

#include "kernels/kernels.h"

namespace gradus {

inline constexpr double kRuleScalars[kRuleCount][8] = {
    {0.01},
    {0.01, 0.9},
    {0.01, 0.9},
    {0.01, 1e-6, 0},
    {0.01, 0.9, 1 - 0.9, 0, 1e-6},
    {0.01, 0.9, 1 - 0.9, 1e-6, 0, 0.5},
    {0.01, 0.9, 1 - 0.9, 1e-6, 0},
    {0.01, 0.9, 1 - 0.9, 1e-6, 0, 0.5},
    {0.5, 0.9, 1 - 0.9, 1e-6},
    {0.999, 0.01, 0.9, 1 - 0.9, 0.99, 1 - 0.99, 1, 1e-6},
    {1, 0.01, 0.9, 1 - 0.9, 0.99, 1 - 0.99, 1, 1e-6},
    {0.999, 0.01, 0.9, 1 - 0.9, 0.99, 1 - 0.99},
    {100, 1, 0.001, 0.01},
};

}  // namespace gradus
