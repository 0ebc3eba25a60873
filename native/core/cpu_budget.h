// How many threads are worth starting: the processors this process may run on,
// further limited by the quota of its control group (containers).
#pragma once

namespace gradus {

// From 1 to 256.
int cpu_budget() noexcept;

}  // namespace gradus
