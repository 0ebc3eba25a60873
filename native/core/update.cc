// Update steps on one thread or several.
#include "core/update.h"

#include <algorithm>

#include "core/thread_pool.h"

namespace gradus {
namespace {

// Parameters of a block: so many that handing them out costs nothing, and half as many cost up to 5 % of a step
// from memory (measured with float32 on two threads).
constexpr size_t kBlock = size_t{1} << 16;
// Bytes that pass in a step before it pays to wake a second thread, which takes some 20 us: with Adam from 190,000
// float32 parameters on, with SGD from 440,000. Found by timing both for sizes between 20,000 and 16 million; the
// same bytes for all rules, since what is smaller lies in the second cache and is bound by arithmetic.
constexpr size_t kThreadsFrom = size_t{5} << 20;

template <class T>
void update_any(StepKernel<T> step, size_t states, size_t n, const T* gradient, const double* scalars, T* theta,
                T* const* state, int threads) noexcept {
  if (threads <= 1 || n * (3 + 2 * states) * sizeof(T) < kThreadsFrom) {
    step(n, gradient, scalars, theta, state);
    return;
  }
  auto body = [=](size_t i) noexcept {
    const size_t from = i * kBlock;
    T* part[kMostStates] = {};
    for (size_t k = 0; k < states; ++k) part[k] = state[k] + from;
    step(std::min(kBlock, n - from), gradient + from, scalars, theta + from, part);
  };
  parallel_for((n + kBlock - 1) / kBlock, threads, body);
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
