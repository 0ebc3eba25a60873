// Argument checks of the addon.
#include "addon/arguments.h"

#include <string>

#include "kernels/select.h"

namespace gradus {

void refuse(Napi::Env env, const char* what) {
  throw Napi::TypeError::New(env, std::string("gradus addon: unexpected ") + what);
}

const Kernels& kernels_named(Napi::Env env, Napi::Value name) {
  const Kernels* kernels = find_kernels(name.ToString().Utf8Value().c_str());
  if (kernels == nullptr) refuse(env, "kernel set");
  return *kernels;
}

Napi::Float64Array float64_array(Napi::Env env, Napi::Value value, size_t length, const char* what) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float64_array) refuse(env, what);
  const Napi::Float64Array array = value.As<Napi::Float64Array>();
  if (array.ElementLength() != length) refuse(env, what);
  return array;
}

size_t read_size(Napi::Env env, Napi::Value value, const char* what) {
  const double number = value.ToNumber().DoubleValue();
  if (!(number >= 0) || number > 9007199254740991.0) refuse(env, what);
  return static_cast<size_t>(number);
}

std::vector<double> read_doubles(Napi::Env env, Napi::Object spec, const char* field, size_t length) {
  const Napi::Value value = spec.Get(field);
  if (value.IsUndefined()) return {};
  const Napi::Float64Array array = float64_array(env, value, length, field);
  return std::vector<double>(array.Data(), array.Data() + length);
}

std::shared_ptr<Memory> memory_of(Napi::Env env, Napi::Value handle) {
  if (!handle.IsExternal()) refuse(env, "memory handle");
  return *handle.As<MemoryHandle>().Data();
}

Storage storage_type(Napi::Value float32) {
  return float32.ToBoolean().Value() ? Storage::kFloat32 : Storage::kFloat64;
}

OwnedRows::OwnedRows(Napi::Env env, Napi::Object spec) : x(memory_of(env, spec.Get("x"))) {
  rows.x = x->data();
  rows.type = storage_type(spec.Get("float32"));
  rows.columns = read_size(env, spec.Get("columns"), "columns");
  rows.rows = read_size(env, spec.Get("rows"), "rows");
  const size_t bytes = rows.type == Storage::kFloat32 ? sizeof(float) : sizeof(double);
  if (rows.columns == 0) refuse(env, "columns");
  const size_t stored = x->bytes() / bytes / rows.columns;
  list = read_memory<uint32_t>(env, spec, "list", rows.rows);
  if (list) {
    rows.list = static_cast<const uint32_t*>(list->data());
    for (size_t i = 0; i < rows.rows; ++i) {
      if (rows.list[i] >= stored) refuse(env, "row number");
    }
  } else if (rows.rows > stored) {
    refuse(env, "rows");
  }
  weights = read_memory<double>(env, spec, "weights", rows.rows);
  shift = read_doubles(env, spec, "shift", rows.columns);
  scale = read_doubles(env, spec, "scale", rows.columns);
  rows.weights = weights ? weights->doubles() : nullptr;
  rows.shift = shift.empty() ? nullptr : shift.data();
  rows.scale = scale.empty() ? nullptr : scale.data();
}

OwnedProblem::OwnedProblem(Napi::Env env, Napi::Object spec)
    : rows(env, spec), y(read_memory<double>(env, spec, "y", rows.rows.rows)) {
  const size_t loss = read_size(env, spec.Get("loss"), "loss");
  if (loss >= kLossCount) refuse(env, "loss");
  problem.rows = rows.rows;
  problem.y = y ? y->doubles() : nullptr;
  problem.loss = static_cast<Loss>(loss);
  problem.loss_parameter = spec.Get("lossParameter").ToNumber().DoubleValue();
  problem.intercept = spec.Get("intercept").ToBoolean().Value();
}

}  // namespace gradus
