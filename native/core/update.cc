// Update steps on one thread or several.
#include "core/update.h"

#include <algorithm>

#include "core/scratch.h"
#include "core/thread_pool.h"

namespace gradus {
namespace {

// Parameters of a block at most: so many that handing them out costs nothing; a quarter as many cost 5 % of a step
// from memory (float32, two threads).
constexpr size_t kMostBlock = size_t{1} << 16;
// Bytes that pass in a step from which on several threads are asked: with Adam 150,000 float32 parameters, with SGD
// 350,000. A second thread that is still awake halves a step from 1 MB on; one that has to be woken adds some 20 us and
// pays from 6 MB on. Between these, what most gain in a loop of steps and the most that is lost after a pause are about
// equal.
constexpr size_t kThreadsFrom = size_t{1} << 22;

// The same for all threads where there is less than a block for each.
size_t block_size(size_t n, size_t threads) noexcept {
  const size_t each = (n + threads - 1) / threads, pieces = (each + kMostBlock - 1) / kMostBlock;
  constexpr size_t kLine = kVectorBytes / sizeof(float);
  return round_up((each + pieces - 1) / pieces, kLine);
}

template <class T>
void update_any(StepKernel<T> step, size_t states, size_t n, const T* gradient, const double* scalars, T* theta,
                T* const* state, int threads) noexcept {
  if (threads <= 1 || n * (3 + 2 * states) * sizeof(T) < kThreadsFrom) {
    step(n, gradient, scalars, theta, state);
    return;
  }
  const size_t block = block_size(n, static_cast<size_t>(threads));
  auto body = [=](size_t i) noexcept {
    const size_t from = i * block;
    T* part[kMostStates] = {};
    for (size_t k = 0; k < states; ++k) part[k] = state[k] + from;
    step(std::min(block, n - from), gradient + from, scalars, theta + from, part);
  };
  parallel_for((n + block - 1) / block, threads, body);
}

size_t states_of(Rule rule) noexcept { return kRuleShapes[static_cast<size_t>(rule)].states; }

}  // namespace

void update(const Kernels& kernels, Rule rule, size_t n, const double* gradient, const double* scalars, double* theta,
            double* const* state, int threads) noexcept {
  update_any(kernels.step_f64[static_cast<size_t>(rule)], states_of(rule), n, gradient, scalars, theta, state, threads);
}

void update(const Kernels& kernels, Rule rule, size_t n, const float* gradient, const double* scalars, float* theta,
            float* const* state, int threads) noexcept {
  update_any(kernels.step_f32[static_cast<size_t>(rule)], states_of(rule), n, gradient, scalars, theta, state, threads);
}

}  // namespace gradus
