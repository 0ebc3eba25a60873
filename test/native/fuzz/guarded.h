// Memory between guard bytes, which are NaN as numbers: a write beyond the end is
// found by comparing them, a read by the NaN in a result, and both at once under
// AddressSanitizer, to which the guards are out of bounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GRADUS_ADDRESS_SANITIZER 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define GRADUS_ADDRESS_SANITIZER 1
#endif
#if defined(GRADUS_ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
#endif

namespace gradus::fuzz {

class Guarded {
 public:
  // `bytes` bytes that begin `offset` bytes after a 64-byte boundary.
  Guarded(size_t bytes, size_t offset)
      : bytes_(bytes),
        offset_(kGuard + offset),
        memory_(static_cast<unsigned char*>(::operator new(offset_ + bytes + kGuard, kAlignment))) {
    std::memset(memory_.get(), kFill, offset_ + bytes_ + kGuard);
    poison();
  }
  ~Guarded() { reveal(); }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  unsigned char* data() const noexcept { return memory_.get() + offset_; }
  size_t size() const noexcept { return bytes_; }

  bool intact() const noexcept {
    reveal();
    bool same = true;
    for (size_t i = 0; i < offset_; ++i) same = same && memory_[i] == kFill;
    for (size_t i = 0; i < kGuard; ++i) same = same && data()[bytes_ + i] == kFill;
    poison();
    return same;
  }

 private:
  static constexpr std::align_val_t kAlignment{64};
  static constexpr size_t kGuard = 128;
  static constexpr unsigned char kFill = 0xff;

  void poison() const noexcept {
#if defined(GRADUS_ADDRESS_SANITIZER)
    __asan_poison_memory_region(memory_.get(), offset_);
    __asan_poison_memory_region(data() + bytes_, kGuard);
#endif
  }
  void reveal() const noexcept {
#if defined(GRADUS_ADDRESS_SANITIZER)
    __asan_unpoison_memory_region(memory_.get(), offset_ + bytes_ + kGuard);
#endif
  }

  struct Free {
    void operator()(unsigned char* p) const noexcept { ::operator delete(p, kAlignment); }
  };
  size_t bytes_, offset_;
  std::unique_ptr<unsigned char[], Free> memory_;
};

}  // namespace gradus::fuzz
