// What the native benchmarks share: memory as a data set has it, the loops this
// processor can run, and the two limits (reading an array, multiplying and adding
// in registers) on any number of threads of the library's own pool.
#pragma once

#include <cstdint>
#include <vector>

#include "core/scratch.h"
#include "loops.h"

namespace gradus::bench {

// Uninitialised, with huge pages where Linux grants them, as the memory of a data
// set has them. Null when memory ran out.
Doubles allocate_pages(size_t n);

// The numbers of a generator, evenly spread over [-1, 1).
template <class T>
void fill_random(T* x, size_t n, uint64_t seed) {
  for (size_t i = 0; i < n; ++i) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    x[i] = static_cast<T>(static_cast<double>(seed >> 11) / (1ull << 52) - 1);
  }
}

// Both of them.
Doubles allocate_written(size_t n, uint64_t seed);

// Lowers the priority of the process: the library's workers give way to other threads.
void give_way();

// The loops of every instruction set that this processor has.
std::vector<Loops> usable_loops();

// Sums an array in the blocks that a task of the library has.
double read_all(const ReadLoop& loop, const double* x, size_t n, size_t block, int threads);

// Multiply-adds in registers on each thread.
double multiply_adds(const Loops& loops, size_t rounds, int threads);

}  // namespace gradus::bench
