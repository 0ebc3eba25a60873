#include "core/random.h"

#include <utility>

namespace gradus {

void epoch_order(const Kernels& kernels, uint64_t seed, uint32_t epoch, bool replacement, size_t n,
                 uint32_t* order) noexcept {
  Random random(kernels, seed, epoch + 1);  // stream 0 is for whatever is not an epoch
  if (replacement) {
    for (size_t i = 0; i < n; ++i) order[i] = random.below(static_cast<uint32_t>(n));
    return;
  }
  for (size_t i = 0; i < n; ++i) order[i] = static_cast<uint32_t>(i);
  for (size_t i = n; i-- > 1;) std::swap(order[i], order[random.below(static_cast<uint32_t>(i + 1))]);
}

}  // namespace gradus
