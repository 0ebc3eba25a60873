// Kernels that are called synchronously on small arrays, by set name.
#include "addon/primitives.h"

#include "addon/arguments.h"
#include "core/cholesky.h"
#include "core/condition.h"
#include "core/coordinate_descent.h"
#include "core/limited_memory.h"
#include "core/modified_cholesky.h"
#include "core/triangular.h"

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

// The side of a square matrix.
size_t read_side(const Napi::CallbackInfo& info, size_t argument) {
  const size_t n = read_size(info.Env(), info[argument], "size");
  if (n > 65536) refuse(info.Env(), "size");
  return n;
}

int read_threads(const Napi::CallbackInfo& info, size_t argument) {
  const size_t threads = read_size(info.Env(), info[argument], "threads");
  if (threads < 1 || threads > 1024) refuse(info.Env(), "threads");
  return static_cast<int>(threads);
}

void check_memory(Napi::Env env, bool enough) {
  if (!enough) throw Napi::RangeError::New(env, "not enough memory");
}

// cholesky(set, a, n, threads)
Napi::Value factor(const Napi::CallbackInfo& info) {
  const size_t n = read_side(info, 2);
  Control control;
  control.threads = read_threads(info, 3);
  const Kernels& kernels = kernels_named(info.Env(), info[0]);
  const ptrdiff_t row = cholesky(kernels, array_data(info, 1, n * n), n, &control);
  check_memory(info.Env(), row >= kCholeskyDone);
  return Napi::Number::New(info.Env(), static_cast<double>(row));
}

// choleskySolve(set, l, n, b, columns, threads)
void solve(const Napi::CallbackInfo& info) {
  const size_t n = read_side(info, 2), columns = read_size(info.Env(), info[4], "columns");
  if (columns > 4294967295) refuse(info.Env(), "columns");
  const int threads = read_threads(info, 5);
  const Kernels& kernels = kernels_named(info.Env(), info[0]);
  const double* l = array_data(info, 1, n * n);
  double* b = array_data(info, 3, n * columns);
  if (columns == 1) return cholesky_solve(kernels, l, n, b);
  check_memory(info.Env(), cholesky_solve_columns(kernels, l, n, b, columns, threads));
}

// choleskyInverse(set, l, n, out, threads)
void inverse(const Napi::CallbackInfo& info) {
  const size_t n = read_side(info, 2);
  const int threads = read_threads(info, 4);
  const Kernels& kernels = kernels_named(info.Env(), info[0]);
  const double* l = array_data(info, 1, n * n);
  check_memory(info.Env(), cholesky_inverse(kernels, l, n, array_data(info, 3, n * n), threads));
}

// choleskyInverseDiagonal(set, l, n, out, threads)
void inverse_diagonal(const Napi::CallbackInfo& info) {
  const size_t n = read_side(info, 2);
  const int threads = read_threads(info, 4);
  const Kernels& kernels = kernels_named(info.Env(), info[0]);
  const double* l = array_data(info, 1, n * n);
  check_memory(info.Env(), cholesky_inverse_diagonal(kernels, l, n, array_data(info, 3, n), threads));
}

// symmetricNorm(a, n)
Napi::Value norm(const Napi::CallbackInfo& info) {
  const size_t n = read_side(info, 1);
  double norm;
  check_memory(info.Env(), symmetric_norm(array_data(info, 0, n * n), n, &norm));
  return Napi::Number::New(info.Env(), norm);
}

// conditionEstimate(set, l, n, norm)
Napi::Value condition(const Napi::CallbackInfo& info) {
  const size_t n = read_side(info, 2);
  const double norm = info[3].ToNumber().DoubleValue();
  const Kernels& kernels = kernels_named(info.Env(), info[0]);
  double condition;
  check_memory(info.Env(), condition_estimate(kernels, array_data(info, 1, n * n), n, norm, &condition));
  return Napi::Number::New(info.Env(), condition);
}

// modifiedCholesky(set, a, n, b)
Napi::Value modified(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const size_t n = read_side(info, 2);
  const Kernels& kernels = kernels_named(env, info[0]);
  ModifiedCholesky result;
  check_memory(env, modified_cholesky(kernels, array_data(info, 1, n * n), n, array_data(info, 3, n), &result));
  Napi::Object object = Napi::Object::New(env);
  object["modification"] = Napi::Number::New(env, result.modification);
  object["negative"] = Napi::Number::New(env, static_cast<double>(result.negative));
  object["zero"] = Napi::Number::New(env, static_cast<double>(result.zero));
  return object;
}

// limitedMemory(set, steps, changes, inverses, weights, pairs, next, scale, gradient, direction)
Napi::Value limited_memory(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const size_t pairs = read_size(env, info[5], "pairs"), next = read_size(env, info[6], "next");
  const double scale = info[7].ToNumber().DoubleValue();
  const Kernels& kernels = kernels_named(env, info[0]);
  const Doubles gradient = read_doubles(info, 8), inverses = read_doubles(info, 3);
  const size_t n = gradient.length, room = inverses.length;
  if (pairs > room || next >= room) refuse(env, "pairs");
  const LimitedMemory memory{.n = n,
                             .room = room,
                             .pairs = pairs,
                             .next = next,
                             .steps = array_data(info, 1, room * n),
                             .changes = array_data(info, 2, room * n),
                             .inverses = inverses.data,
                             .scale = scale};
  double* weights = array_data(info, 4, room);
  return Napi::Number::New(env,
                           limited_memory_direction(kernels, memory, gradient.data, weights, array_data(info, 9, n)));
}

// moveCoordinates(set, count, matrix, stride, l1, lower, upper, point, slope, turn, skip, moves)
Napi::Value coordinate_moves(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const size_t count = read_size(env, info[1], "count"), stride = read_side(info, 3);
  const size_t moves = read_size(env, info[11], "moves");
  const double skip = info[10].ToNumber().DoubleValue();
  const Kernels& kernels = kernels_named(env, info[0]);
  if (count > stride) refuse(env, "count");
  const Coordinates part{.count = count,
                         .matrix = array_data(info, 2, stride * stride),
                         .stride = stride,
                         .l1 = array_data(info, 4, stride),
                         .lower = array_data(info, 5, stride),
                         .upper = array_data(info, 6, stride),
                         .point = array_data(info, 7, stride),
                         .slope = array_data(info, 8, stride)};
  double* places = array_data(info, 9, 2);
  const double end = static_cast<double>(count);
  if (!(places[0] >= 0 && places[1] >= 0 && places[1] <= end)) refuse(env, "turn");
  if (count > 0 && !(places[0] < end)) refuse(env, "turn");
  Turn turn{static_cast<size_t>(places[0]), static_cast<size_t>(places[1])};
  const size_t made = move_coordinates(kernels, part, skip, moves, &turn);
  places[0] = static_cast<double>(turn.next);
  places[1] = static_cast<double>(turn.quiet);
  return Napi::Number::New(env, static_cast<double>(made));
}

// addRows(set, matrix, stride, list, weights, out)
void row_sums(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const size_t stride = read_size(env, info[2], "stride");
  const Kernels& kernels = kernels_named(env, info[0]);
  if (stride == 0) refuse(env, "stride");
  const Doubles matrix = read_doubles(info, 1), weights = read_doubles(info, 4), out = read_doubles(info, 5);
  napi_typedarray_type type;
  size_t count;
  void* data;
  const napi_status status = napi_get_typedarray_info(env, info[3], &type, &count, &data, nullptr, nullptr);
  if (status != napi_ok || type != napi_uint32_array || count != weights.length) refuse(env, "list");
  if (out.length > stride) refuse(env, "out");
  const uint32_t* list = static_cast<const uint32_t*>(data);
  const size_t rows = matrix.length / stride;
  for (size_t k = 0; k < count; ++k) {
    if (list[k] >= rows) refuse(env, "row number");
  }
  add_rows(kernels, matrix.data, stride, count, list, weights.data, out.length, out.data);
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
  check_memory(env, linear_predict(kernels, rows, coefficients, intercept, out));
}

}  // namespace

void define_primitives(Napi::Env env, Napi::Object exports) {
  exports["dot"] = Napi::Function::New(env, dot, "dot");
  exports["axpy"] = Napi::Function::New(env, axpy, "axpy");
  exports["map"] = Napi::Function::New(env, map, "map");
  exports["cholesky"] = Napi::Function::New(env, factor, "cholesky");
  exports["choleskySolve"] = Napi::Function::New(env, solve, "choleskySolve");
  exports["choleskyInverse"] = Napi::Function::New(env, inverse, "choleskyInverse");
  exports["choleskyInverseDiagonal"] = Napi::Function::New(env, inverse_diagonal, "choleskyInverseDiagonal");
  exports["symmetricNorm"] = Napi::Function::New(env, norm, "symmetricNorm");
  exports["conditionEstimate"] = Napi::Function::New(env, condition, "conditionEstimate");
  exports["modifiedCholesky"] = Napi::Function::New(env, modified, "modifiedCholesky");
  exports["limitedMemory"] = Napi::Function::New(env, limited_memory, "limitedMemory");
  exports["moveCoordinates"] = Napi::Function::New(env, coordinate_moves, "moveCoordinates");
  exports["addRows"] = Napi::Function::New(env, row_sums, "addRows");
  exports["predict"] = Napi::Function::New(env, predict, "predict");
}

}  // namespace gradus
