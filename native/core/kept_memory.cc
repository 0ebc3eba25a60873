// The buffers that nobody uses at the moment, in two places that any thread may
// take from and put into.
#include "core/kept_memory.h"

#include <mutex>
#include <utility>

namespace gradus {
namespace {

constexpr size_t kMostDoubles = size_t{1} << 20;

struct Shelf {
  struct Place {
    size_t size = 0;
    Doubles memory;
  };
  std::mutex mutex;
  Place places[2];
};

// Never destroyed: threads may outlive static destructors.
Shelf& shelf() noexcept {
  static Shelf* const instance = new Shelf;
  return *instance;
}

}  // namespace

KeptDoubles::KeptDoubles(size_t n) noexcept : size_(n) {
  if (n <= kMostDoubles) {
    const std::lock_guard<std::mutex> lock(shelf().mutex);
    Shelf::Place* best = nullptr;
    for (Shelf::Place& place : shelf().places) {
      if (place.memory && place.size >= n && (!best || place.size < best->size)) best = &place;
    }
    if (best) {
      size_ = best->size;
      memory_ = std::move(best->memory);
      return;
    }
  }
  memory_ = allocate_doubles(n);
}

KeptDoubles::~KeptDoubles() {
  if (!memory_ || size_ > kMostDoubles) return;
  const std::lock_guard<std::mutex> lock(shelf().mutex);
  Shelf::Place* least = nullptr;
  for (Shelf::Place& place : shelf().places) {
    const size_t size = place.memory ? place.size : 0;
    if (size < size_ && (!least || size < (least->memory ? least->size : 0))) least = &place;
  }
  if (!least) return;
  least->size = size_;
  std::swap(least->memory, memory_);
}

}  // namespace gradus
