// Output arrays of kernels between guard values, at odd offsets, for tests of what
// a kernel may not touch.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

namespace gradus {

inline bool same_bits(const double* a, const double* b, size_t n) {
  return n == 0 || std::memcmp(a, b, n * sizeof(double)) == 0;
}

// n values at an odd offset between guards.
class Guarded {
 public:
  Guarded(size_t n, size_t offset) : n_(n), offset_(offset + 1), v_(n + offset + 10, kGuard) {}
  Guarded(const std::vector<double>& values, size_t offset) : Guarded(values.size(), offset) {
    std::copy(values.begin(), values.end(), data());
  }
  double* data() { return v_.data() + offset_; }
  double operator[](size_t i) const { return v_[offset_ + i]; }
  bool intact() const {
    for (size_t i = 0; i < v_.size(); ++i) {
      if ((i < offset_ || i >= offset_ + n_) && v_[i] != kGuard) return false;
    }
    return true;
  }

 private:
  static constexpr double kGuard = 12345.678;
  size_t n_, offset_;
  std::vector<double> v_;
};

}  // namespace gradus
