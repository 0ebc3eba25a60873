// The limit of an update step: loops with its reads and writes and no arithmetic. The
// gradient is read; parameters and state are read and written where they were. Several
// ways to write such a loop; the best of them is the limit.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace gradus::bench {

constexpr size_t kMostWritten = 4;  // parameters and three arrays of state

// Copies n float32 of each of the arrays; `to` may be `from`, which the compiler does not know. The result depends
// on the whole gradient.
using PassLoop = int (*)(size_t n, const float* gradient, const float* const* from, float* const* to) noexcept;

struct UpdateLoop {
  std::string name;               // "avx2, 4096 bytes ahead"
  PassLoop passes[kMostWritten];  // of 1 to 4 arrays written
};

// Those of this processor; none where it lacks AVX2.
std::vector<UpdateLoop> update_loops();

// One pass over all arrays, on threads in blocks as the library's own steps: `written` arrays beside the gradient.
void pass_all(const UpdateLoop& loop, size_t n, const float* gradient, float* const* arrays, size_t written,
              int threads) noexcept;

}  // namespace gradus::bench
