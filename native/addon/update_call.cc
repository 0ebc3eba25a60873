// One update step, in place, on arrays that JavaScript owns. A small network calls it
// once for each batch, so it asks Node as little as it can: one question for each
// argument, and no wrappers.
#include "addon/update_call.h"

#include <cstdint>

#include "addon/handle.h"
#include "core/update.h"
#include "kernels/select.h"

namespace gradus {
namespace {

enum Argument { kSet, kRule, kThreads, kScalars, kParameters, kGradient, kStates, kMost = kStates + kMostStates };

struct Array {
  napi_typedarray_type type;
  size_t length;
  void* data;

  uintptr_t begin() const noexcept { return reinterpret_cast<uintptr_t>(data); }
  uintptr_t end() const noexcept {
    return begin() + length * (type == napi_float32_array ? sizeof(float) : sizeof(double));
  }
};

uint32_t read_number(napi_env env, napi_value value, const char* what) {
  uint32_t number;
  if (napi_get_value_uint32(env, value, &number) != napi_ok) refuse(env, what);
  return number;
}

Array read_array(napi_env env, napi_value value, const char* what) {
  Array array;
  if (napi_get_typedarray_info(env, value, &array.type, &array.length, &array.data, nullptr, nullptr) != napi_ok) {
    refuse(env, what);
  }
  return array;
}

template <class T>
void update_arrays(const Kernels& kernels, Rule rule, const double* scalars, const Array* arrays, size_t states,
                   int threads) noexcept {  // parameters, gradient, state
  T* state[kMostStates] = {};
  for (size_t k = 0; k < states; ++k) state[k] = static_cast<T*>(arrays[2 + k].data);
  update(kernels, rule, arrays[0].length, static_cast<const T*>(arrays[1].data), scalars,
         static_cast<T*>(arrays[0].data), state, threads);
}

void step(napi_env env, const napi_value* arguments, size_t count) {
  if (count < kStates || count > kMost) refuse(env, "number of arguments");
  const uint32_t set = read_number(env, arguments[kSet], "kernel set");
  const uint32_t rule = read_number(env, arguments[kRule], "rule");
  const uint32_t threads = read_number(env, arguments[kThreads], "threads");
  if (set >= available_kernels().size()) refuse(env, "kernel set");
  if (rule >= kRuleCount) refuse(env, "rule");
  const RuleShape& shape = kRuleShapes[rule];
  if (count != kStates + shape.states) refuse(env, "number of arrays");
  // Scalars, parameters, gradient, state: what is written must not be what is read elsewhere.
  Array arrays[kMost - kScalars];
  for (size_t i = 0; i < 3 + shape.states; ++i) {
    arrays[i] = read_array(env, arguments[kScalars + i], "array");
    for (size_t k = 0; k < i; ++k) {
      if (arrays[i].begin() < arrays[k].end() && arrays[k].begin() < arrays[i].end()) refuse(env, "overlap of arrays");
    }
  }
  const Array& scalars = arrays[0];
  const Array& parameters = arrays[1];
  if (scalars.type != napi_float64_array || scalars.length != shape.scalars) refuse(env, "scalars");
  if (parameters.type != napi_float64_array && parameters.type != napi_float32_array) refuse(env, "type of array");
  for (size_t i = 2; i < 3 + shape.states; ++i) {
    if (arrays[i].type != parameters.type || arrays[i].length != parameters.length) {
      refuse(env, "array of another type or length");
    }
  }
  const auto run = parameters.type == napi_float32_array ? update_arrays<float> : update_arrays<double>;
  run(available_kernels()[set], static_cast<Rule>(rule), static_cast<const double*>(scalars.data), arrays + 1,
      shape.states, static_cast<int>(threads > 256 ? 256 : threads));
}

napi_value call(napi_env env, napi_callback_info info) {
  napi_value arguments[kMost];
  size_t count = kMost;
  if (napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr) != napi_ok) return nullptr;
  try {
    step(env, arguments, count);
  } catch (const Napi::Error& error) {
    error.ThrowAsJavaScriptException();
  }
  return nullptr;
}

}  // namespace

void define_update(Napi::Env env, Napi::Object exports) {
  napi_value function;
  if (napi_create_function(env, "step", NAPI_AUTO_LENGTH, call, nullptr, &function) != napi_ok) {
    throw Napi::Error::New(env);
  }
  exports["step"] = Napi::Value(env, function);
}

}  // namespace gradus
