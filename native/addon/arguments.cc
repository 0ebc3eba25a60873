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
  const Napi::Value rows_list = spec.Get("list");
  if (rows_list.IsUndefined()) {
    if (rows.rows > stored) refuse(env, "rows");
  } else {
    if (!rows_list.IsTypedArray() || rows_list.As<Napi::TypedArray>().TypedArrayType() != napi_uint32_array) {
      refuse(env, "list");
    }
    const Napi::Uint32Array array = rows_list.As<Napi::Uint32Array>();
    if (array.ElementLength() != rows.rows) refuse(env, "list");
    list.assign(array.Data(), array.Data() + rows.rows);
    for (const uint32_t row : list) {
      if (row >= stored) refuse(env, "row number");
    }
  }
  weights = read_doubles(env, spec, "weights", rows.rows);
  shift = read_doubles(env, spec, "shift", rows.columns);
  scale = read_doubles(env, spec, "scale", rows.columns);
  rows.list = list.empty() ? nullptr : list.data();
  rows.weights = weights.empty() ? nullptr : weights.data();
  rows.shift = shift.empty() ? nullptr : shift.data();
  rows.scale = scale.empty() ? nullptr : scale.data();
}

}  // namespace gradus
