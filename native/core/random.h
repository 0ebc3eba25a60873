// The counter-based generator of lib/data/random.ts, value for value, and the
// order of the rows in an epoch made from it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/kernels.h"

namespace gradus {

class Random {
 public:
  // seed: a non-negative safe integer; stream keeps uses of one seed apart.
  Random(const Kernels& kernels, uint64_t seed, uint32_t stream) noexcept
      : kernels_(kernels),
        key0_(static_cast<uint32_t>(seed)),
        key1_(static_cast<uint32_t>(seed >> 32) ^ (stream * 0x9e3779b9u)) {}

  uint32_t uint32() noexcept {
    if (used_ == kRandomBlock) refill();
    return block_[used_++];
  }

  // Uniform in [0, bound) without bias (Lemire 2019, "Fast random integer generation in an interval").
  uint32_t below(uint32_t bound) noexcept {
    if (bound <= 1) return 0;
    uint64_t product = static_cast<uint64_t>(uint32()) * bound;
    if (static_cast<uint32_t>(product) < bound) {
      const uint32_t threshold = -bound % bound;
      while (static_cast<uint32_t>(product) < threshold) product = static_cast<uint64_t>(uint32()) * bound;
    }
    return static_cast<uint32_t>(product >> 32);
  }

 private:
  void refill() noexcept {
    kernels_.random_block(key0_, key1_, counter_, block_);
    counter_ += kRandomBlock / 2;
    used_ = 0;
  }

  const Kernels& kernels_;
  uint32_t key0_, key1_;
  uint64_t counter_ = 0;
  size_t used_ = kRandomBlock;
  uint32_t block_[kRandomBlock];
};

// order[0..n) = the rows of epoch `epoch` (from 0): a permutation (Fisher and
// Yates), or n draws with replacement. Depends on (seed, epoch, n) alone.
void epoch_order(const Kernels& kernels, uint64_t seed, uint32_t epoch, bool replacement, size_t n,
                 uint32_t* order) noexcept;

}  // namespace gradus
