// Which kernel tables this processor can run. Detection asks the processor and
// the operating system (cpuid and xgetbv) rather than compiler builtins, so
// that every compiler gives the same answer. Tables are built once.
#pragma once

#include <cstddef>

#include "kernels/kernels.h"

namespace gradus {

struct KernelList {
  const Kernels* const* first;
  size_t count;
  const Kernels* const* begin() const noexcept { return first; }
  const Kernels* const* end() const noexcept { return first + count; }
  size_t size() const noexcept { return count; }
  const Kernels& operator[](size_t i) const noexcept { return *first[i]; }
};

// The tables for users, narrowest first, widest last. The scalar table is
// among them only where there is no other.
KernelList available_kernels() noexcept;

// The one of these that has that name; null when there is none.
const Kernels* find_kernels(const char* name) noexcept;

}  // namespace gradus
