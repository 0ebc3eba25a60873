// Aligned scratch memory, and a pool of equal buffers that the tasks of one job
// take and give back: fresh pages cost more to touch for the first time than
// the arithmetic of a small task (half the time of a Gram matrix of 2048 x 100).
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <mutex>
#include <new>

namespace gradus {

inline constexpr size_t round_up(size_t n, size_t multiple) noexcept {
  return (n + multiple - 1) / multiple * multiple;
}

struct FreeDoubles {
  void operator()(double* p) const noexcept { ::operator delete (p, std::align_val_t{64}); }
};
using Doubles = std::unique_ptr<double[], FreeDoubles>;

// Uninitialised, 64-byte aligned, never null for 0; null when memory ran out.
inline Doubles allocate_doubles(size_t n) noexcept {
  if (n > std::numeric_limits<size_t>::max() / (2 * sizeof(double))) return nullptr;
  const size_t bytes = std::max<size_t>(n, 1) * sizeof(double);
  return Doubles(static_cast<double*>(::operator new (bytes, std::align_val_t{64}, std::nothrow)));
}

class ScratchPool {
 public:
  explicit ScratchPool(size_t doubles) noexcept : doubles_(doubles) {}
  ~ScratchPool() {
    while (free_ != nullptr) pop();
  }
  ScratchPool(const ScratchPool&) = delete;
  ScratchPool& operator=(const ScratchPool&) = delete;

  // A buffer with whatever the last task left in it; null when memory ran out.
  Doubles take() noexcept {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (free_ != nullptr) return pop();
    }
    return allocate_doubles(doubles_);
  }
  void give(Doubles buffer) noexcept {
    const std::lock_guard<std::mutex> lock(mutex_);
    free_ = new (buffer.release()) Free{free_};
  }

 private:
  // Lies in the first bytes of a buffer that nobody uses.
  struct Free {
    Free* next;
  };
  Doubles pop() noexcept {
    Free* const first = free_;
    free_ = first->next;
    return Doubles(reinterpret_cast<double*>(first));
  }

  const size_t doubles_;
  std::mutex mutex_;
  Free* free_ = nullptr;
};

}  // namespace gradus
