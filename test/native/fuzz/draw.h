// What a case of the fuzzer draws: sizes with weight on the edges, and numbers of
// several kinds. The same on every machine, from a seed alone.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>

namespace gradus::fuzz {

// How the numbers of one array look.
enum class Kind : uint32_t {
  kOrdinary,   // within ±4
  kIntegers,   // few, so that sums are exact and many are equal
  kWide,       // half of all exponents
  kHuge,       // sums overflow
  kTiny,       // subnormal numbers and their neighbours
  kSpecial,    // ±0, ±1, the least, the largest
  kNotFinite,  // NaN and infinities among ordinary ones
};
inline constexpr size_t kKinds = 7;

class Draw {
 public:
  // Sizes above `most` are brought below it, which is how a failing case gets smaller.
  Draw(uint64_t seed, size_t most) noexcept : state_(seed), most_(most) {}

  // SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators").
  uint64_t bits() noexcept {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  size_t below(size_t bound) noexcept { return static_cast<size_t>(bits() % bound); }
  bool one_in(size_t n) noexcept { return below(n) == 0; }
  bool coin() noexcept { return one_in(2); }
  template <class T>
  T pick(std::initializer_list<T> from) noexcept {
    return from.begin()[below(from.size())];
  }
  // In [-1, 1).
  double unit() noexcept { return static_cast<double>(static_cast<int64_t>(bits()) >> 11) * 0x1p-52; }

  // Mostly small; else next to the edges of tiles, chunks and leaves, or a prime; seldom up to `longest`.
  size_t length(size_t longest) noexcept {
    const size_t drawn = any_length(longest);
    return shrunk(drawn > longest ? drawn % (longest + 1) : drawn);
  }
  // Any size from `least` to `longest`, unless the case is to get smaller.
  size_t between(size_t least, size_t longest) noexcept { return shrunk(least + below(longest - least + 1)); }

  Kind kind() noexcept { return one_in(3) ? static_cast<Kind>(below(kKinds)) : Kind::kOrdinary; }

  template <class T>
  T number(Kind kind) noexcept {
    using Limits = std::numeric_limits<T>;
    switch (kind) {
      case Kind::kOrdinary: break;
      case Kind::kIntegers: return static_cast<T>(static_cast<int>(below(9)) - 4);
      case Kind::kWide: return scaled<T>(static_cast<int>(below(Limits::max_exponent)) - Limits::max_exponent / 2);
      case Kind::kHuge: return scaled<T>(Limits::max_exponent - static_cast<int>(below(40)));
      case Kind::kTiny: return scaled<T>(Limits::min_exponent + 3 - static_cast<int>(below(Limits::digits)));
      case Kind::kSpecial:
        return pick({T(0), -T(0), T(1), T(-1), Limits::denorm_min(), -Limits::denorm_min(), Limits::min(),
                     -Limits::min(), Limits::max(), Limits::lowest(), Limits::epsilon()});
      case Kind::kNotFinite:
        if (one_in(8)) return pick({Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity()});
    }
    return static_cast<T>(4 * unit());
  }

 private:
  template <class T>
  T scaled(int exponent) noexcept {
    // Truncated to the significand, so that rounding cannot reach 2^exponent.
    const double shortened = std::ldexp(std::trunc(std::ldexp(unit(), std::numeric_limits<T>::digits - 1)),
                                        1 - std::numeric_limits<T>::digits);
    return static_cast<T>(std::ldexp(shortened, exponent));
  }

  size_t shrunk(size_t n) const noexcept { return n > most_ ? n % (most_ + 1) : n; }

  size_t any_length(size_t longest) noexcept {
    const size_t way = below(20);
    if (way < 11) return below(68);
    if (way < 15) {
      return pick<size_t>({15,  16,  17,  31,  32,  33,  47,  48,  49,  63,   64,   65,   127,  128,  129,
                           191, 192, 193, 255, 256, 257, 511, 512, 513, 1023, 1024, 1025, 4095, 4096, 4097});
    }
    if (way < 17) return pick<size_t>({71, 97, 101, 131, 211, 251, 509, 521, 1021, 1031, 2053});
    return way < 19 ? below(2048) : below(longest + 1);
  }

  uint64_t state_;
  const size_t most_;
};

}  // namespace gradus::fuzz
