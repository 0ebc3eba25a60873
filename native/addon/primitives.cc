// Kernels that are called synchronously on small arrays, by set name.
#include "addon/primitives.h"

#include "addon/arguments.h"
#include "core/cholesky.h"

namespace gradus {
namespace {

struct Doubles {
  double* data;
  size_t length;
};

// One question to Node an array, where the wrappers ask several: these kernels are short.
Doubles read_doubles(const Napi::CallbackInfo& info, size_t argument) {
  napi_typedarray_type type;
  size_t length;
  void* data;
  const napi_status status =
      napi_get_typedarray_info(info.Env(), info[argument], &type, &length, &data, nullptr, nullptr);
  if (status != napi_ok || type != napi_float64_array) refuse(info.Env(), "array");
  return {static_cast<double*>(data), length};
}

double* array_data(const Napi::CallbackInfo& info, size_t argument, size_t length) {
  const Doubles array = read_doubles(info, argument);
  if (array.length != length) refuse(info.Env(), "array");
  return array.data;
}

size_t array_length(const Napi::CallbackInfo& info, size_t argument) { return read_doubles(info, argument).length; }

Napi::Value dot(const Napi::CallbackInfo& info) {
  const size_t n = array_length(info, 1);
  const Kernels& kernels = kernels_named(info.Env(), info[0]);
  return Napi::Number::New(info.Env(), kernels.dot(array_data(info, 1, n), array_data(info, 2, n), n));
}

void axpy(const Napi::CallbackInfo& info) {
  const size_t n = array_length(info, 2);
  const double a = info[1].ToNumber().DoubleValue();
  kernels_named(info.Env(), info[0]).axpy(a, array_data(info, 2, n), array_data(info, 3, n), n);
}

// map(set, function, x, out)
void map(const Napi::CallbackInfo& info) {
  const size_t function = read_size(info.Env(), info[1], "function");
  if (function >= kFunctionCount) refuse(info.Env(), "function");
  const Kernels& kernels = kernels_named(info.Env(), info[0]);
  const Doubles x = read_doubles(info, 2);
  kernels.map[function](x.length, x.data, array_data(info, 3, x.length));
}

Napi::Value factor(const Napi::CallbackInfo& info) {
  const size_t n = read_size(info.Env(), info[2], "size");
  if (n > 65536) refuse(info.Env(), "size");
  const Kernels& kernels = kernels_named(info.Env(), info[0]);
  const ptrdiff_t row = cholesky(kernels, array_data(info, 1, n * n), n, nullptr);
  if (row < -1) throw Napi::RangeError::New(info.Env(), "not enough memory");
  return Napi::Number::New(info.Env(), static_cast<double>(row));
}

void solve(const Napi::CallbackInfo& info) {
  const size_t n = read_size(info.Env(), info[2], "size");
  if (n > 65536) refuse(info.Env(), "size");
  const Kernels& kernels = kernels_named(info.Env(), info[0]);
  cholesky_solve(kernels, array_data(info, 1, n * n), n, array_data(info, 3, n));
}

// predict(set, spec, coefficients, intercept, out)
void predict(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[1].IsObject()) refuse(env, "spec");
  // What may call back into JavaScript comes before any pointer is taken.
  const Kernels& kernels = kernels_named(env, info[0]);
  const double intercept = info[3].ToNumber().DoubleValue();
  std::shared_ptr<Memory> keep;
  const Rows rows = read_rows_spec(env, info[1].As<Napi::Object>(), &keep);
  const double* coefficients = array_data(info, 2, rows.columns);
  double* out = array_data(info, 4, rows.rows);
  if (!linear_predict(kernels, rows, coefficients, intercept, out)) {
    throw Napi::RangeError::New(env, "not enough memory");
  }
}

}  // namespace

void define_primitives(Napi::Env env, Napi::Object exports) {
  exports["dot"] = Napi::Function::New(env, dot, "dot");
  exports["axpy"] = Napi::Function::New(env, axpy, "axpy");
  exports["map"] = Napi::Function::New(env, map, "map");
  exports["cholesky"] = Napi::Function::New(env, factor, "cholesky");
  exports["choleskySolve"] = Napi::Function::New(env, solve, "choleskySolve");
  exports["predict"] = Napi::Function::New(env, predict, "predict");
}

}  // namespace gradus
