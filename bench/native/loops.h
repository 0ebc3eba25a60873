// The loops that bandwidth.cc measures, one table per instruction set: reads that
// do nothing but sum (the limit), a chain of multiply-adds in registers (the
// peak), and the two kernels of a gradient with their order of summation set
// free. Not part of the library: nothing here follows docs/numerics.md.
#pragma once

#include <cstddef>

namespace gradus::bench {

struct ReadLoop {
  int accumulators;
  int prefetch;  // bytes ahead; 0 for none
  double (*sum)(const double* x, size_t n) noexcept;
};

struct Loops {
  const char* name;
  static constexpr size_t kReads = 15;
  ReadLoop reads[kReads];
  // Runs `rounds` rounds of independent multiply-adds from 16 start values.
  double (*multiply_adds)(const double* start, size_t rounds) noexcept;
  size_t operations_per_round;
  // As in Kernels, with several accumulators a row and several chains a column.
  void (*linear)(const double* x, size_t stride, size_t rows, size_t columns, const double* theta,
                 double* eta) noexcept;
  void (*accumulate)(const double* x, size_t stride, size_t rows, size_t columns, const double* d,
                     double* sum) noexcept;
};

#if defined(__x86_64__) || defined(_M_X64)
Loops avx2_loops() noexcept;
Loops avx512_loops() noexcept;
#endif

}  // namespace gradus::bench
