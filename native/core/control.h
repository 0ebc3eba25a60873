// What a running job shares with whoever started it: the abort flag, which any
// thread may set at any time, and the number of threads the job may use.
#pragma once

#include <atomic>

namespace gradus {

struct Control {
  std::atomic<bool> abort{false};
  int threads = 1;
  bool aborted() const noexcept { return abort.load(std::memory_order_relaxed); }
};

}  // namespace gradus
