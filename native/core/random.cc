// The generator works on blocks of counters, so that the compiler can use vectors.
#include "core/random.h"

#include <bit>
#include <utility>

namespace gradus {

void Random::refill() noexcept {
  constexpr size_t kPairs = kBlock / 2;
  constexpr int kRotations[8] = {13, 15, 26, 6, 17, 29, 16, 24};
  const uint32_t keys[3] = {key0_, key1_, key0_ ^ key1_ ^ 0x1bd11bdau};
  uint32_t x0[kPairs], x1[kPairs];
  for (size_t i = 0; i < kPairs; ++i) {
    const uint64_t counter = counter_ + i;
    x0[i] = static_cast<uint32_t>(counter) + keys[0];
    x1[i] = static_cast<uint32_t>(counter >> 32) + keys[1];
  }
  for (int round = 0; round < 20; ++round) {
    const int r = kRotations[round % 8];
    for (size_t i = 0; i < kPairs; ++i) {
      x0[i] += x1[i];
      x1[i] = std::rotl(x1[i], r) ^ x0[i];
    }
    if (round % 4 != 3) continue;
    const uint32_t k = static_cast<uint32_t>(round + 1) / 4;
    for (size_t i = 0; i < kPairs; ++i) {
      x0[i] += keys[k % 3];
      x1[i] += keys[(k + 1) % 3] + k;
    }
  }
  for (size_t i = 0; i < kPairs; ++i) {
    block_[2 * i] = x0[i];
    block_[2 * i + 1] = x1[i];
  }
  counter_ += kPairs;
  used_ = 0;
}

void epoch_order(uint64_t seed, uint32_t epoch, bool replacement, size_t n, uint32_t* order) noexcept {
  Random random(seed, epoch + 1);  // stream 0 is for whatever is not an epoch
  if (replacement) {
    for (size_t i = 0; i < n; ++i) order[i] = random.below(static_cast<uint32_t>(n));
    return;
  }
  for (size_t i = 0; i < n; ++i) order[i] = static_cast<uint32_t>(i);
  for (size_t i = n; i-- > 1;) std::swap(order[i], order[random.below(static_cast<uint32_t>(i + 1))]);
}

}  // namespace gradus
