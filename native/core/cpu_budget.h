// How many threads are worth starting: the processors this process may run on,
// further limited by the quota of its control group (containers).
#pragma once

namespace gradus {

struct CpuBudget {
  int threads;     // what the two below leave, from 1 to 256
  int processors;  // those this process may run on
  double quota;    // processors granted by the control groups, often a fraction; infinity where there is no limit
};

CpuBudget cpu_budget() noexcept;

}  // namespace gradus
