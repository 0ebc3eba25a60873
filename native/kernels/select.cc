// Detection of instruction sets and the list of usable kernel tables. A table
// counts as usable only when the processor has the instructions and the
// operating system saves the registers they use.
#include "kernels/select.h"

#include <cstring>

#if defined(__x86_64__) || defined(_M_X64)
#define GRADUS_X86 1
#if defined(_MSC_VER)
#include <intrin.h>
#else
#include <cpuid.h>
#endif
#endif

namespace gradus {
namespace {

#if defined(GRADUS_X86)
struct CpuId {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
};

CpuId cpuid(unsigned leaf) noexcept {
  CpuId r;
#if defined(_MSC_VER)
  int v[4];
  __cpuidex(v, static_cast<int>(leaf), 0);
  r = {static_cast<unsigned>(v[0]), static_cast<unsigned>(v[1]), static_cast<unsigned>(v[2]),
       static_cast<unsigned>(v[3])};
#else
  __cpuid_count(leaf, 0, r.eax, r.ebx, r.ecx, r.edx);
#endif
  return r;
}

// Which register states the operating system saves. Needs OSXSAVE.
uint64_t saved_registers() noexcept {
#if defined(_MSC_VER)
  return _xgetbv(0);
#else
  unsigned low, high;
  __asm__ volatile(".byte 0x0f, 0x01, 0xd0" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<uint64_t>(high) << 32) | low;
#endif
}

bool has_avx2() noexcept {
  constexpr unsigned kFma = 1u << 12, kOsxsave = 1u << 27, kAvx = 1u << 28, kAvx2 = 1u << 5;
  constexpr uint64_t kXmmYmm = 6;
  if (cpuid(0).eax < 7) return false;
  const unsigned features = cpuid(1).ecx, needed = kFma | kOsxsave | kAvx;
  if ((features & needed) != needed || (saved_registers() & kXmmYmm) != kXmmYmm) return false;
  return (cpuid(7).ebx & kAvx2) != 0;
}

bool has_avx512() noexcept {
  constexpr unsigned kF = 1u << 16, kDq = 1u << 17, kVl = 1u << 31, kNeeded = kF | kDq | kVl;
  constexpr uint64_t kXmmYmmZmm = 0xe6;
  return has_avx2() && (saved_registers() & kXmmYmmZmm) == kXmmYmmZmm && (cpuid(7).ebx & kNeeded) == kNeeded;
}
#endif

struct Available {
  const Kernels* tables[3];
  size_t count = 0;

  Available() noexcept {
#if defined(GRADUS_X86)
    static const Kernels sse2 = sse2_kernels();
    tables[count++] = &sse2;
    if (has_avx2()) {
      static const Kernels avx2 = avx2_kernels();
      tables[count++] = &avx2;
    }
    if (has_avx512()) {
      static const Kernels avx512 = avx512_kernels();
      tables[count++] = &avx512;
    }
#elif defined(__aarch64__) || defined(_M_ARM64)
    static const Kernels neon = neon_kernels();
    tables[count++] = &neon;
#else
    static const Kernels scalar = scalar_kernels();
    tables[count++] = &scalar;
#endif
  }
};

}  // namespace

KernelList available_kernels() noexcept {
  static const Available available;
  return {available.tables, available.count};
}

const Kernels* find_kernels(const char* name) noexcept {
  for (const Kernels* table : available_kernels()) {
    if (std::strcmp(table->name, name) == 0) return table;
  }
  return nullptr;
}

}  // namespace gradus
