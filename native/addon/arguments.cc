// Argument checks of the addon.
#include "addon/arguments.h"

#include "kernels/select.h"

namespace gradus {
namespace {

size_t element_size(Storage type) noexcept { return type == Storage::kFloat32 ? sizeof(float) : sizeof(double); }

// Shape and type of the rows of a spec, and how many rows its x holds.
Rows read_shape(Napi::Env env, Napi::Object spec) {
  Rows rows;
  rows.type = storage_type(spec.Get("float32"));
  rows.columns = read_size(env, spec.Get("columns"), "columns");
  rows.rows = read_size(env, spec.Get("rows"), "rows");
  if (rows.columns == 0) refuse(env, "columns");
  return rows;
}

void check_rows(Napi::Env env, const Rows& rows, size_t x_bytes) {
  const size_t stored = x_bytes / element_size(rows.type) / rows.columns;
  if (!rows.list && rows.rows > stored) refuse(env, "rows");
  for (size_t i = 0; rows.list && i < rows.rows; ++i) {
    if (rows.list[i] >= stored) refuse(env, "row number");
  }
}

}  // namespace

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

Storage storage_type(Napi::Value float32) {
  return float32.ToBoolean().Value() ? Storage::kFloat32 : Storage::kFloat64;
}

Source Source::read(Napi::Env env, Napi::Value value, const char* what) {
  Source source;
  if (value.IsUndefined()) return source;
  if (value.IsExternal()) {
    source.memory = Handle<Memory>::open(env, value, "memory handle");
    source.data = source.memory->data();
    source.bytes = source.memory->bytes();
    return source;
  }
  if (!value.IsTypedArray()) refuse(env, what);
  const TypedArrayView view = view_of(env, value);
  source.data = view.data;
  source.bytes = view.bytes;
  return source;
}

void Input::read(Napi::Env env, Napi::Value value, size_t bytes, bool more, const char* what, TaskMemory* memory) {
  source_ = Source::read(env, value, what);
  copied_ = false;
  if (value.IsUndefined()) return;
  if (source_.bytes < bytes || (source_.bytes != bytes && !more)) refuse(env, what);
  copied_ = !source_.memory;
  if (copied_) part_ = memory->add_copy(source_.data, source_.bytes);
}

Rows read_rows_spec(Napi::Env env, Napi::Object spec, std::shared_ptr<Memory>* keep) {
  Rows rows = read_shape(env, spec);
  const Source x = Source::read(env, spec.Get("x"), "x"), list = Source::read(env, spec.Get("list"), "list");
  if (list.data && list.bytes != rows.rows * sizeof(uint32_t)) refuse(env, "list");
  rows.x = x.data;
  rows.list = static_cast<const uint32_t*>(list.data);
  check_rows(env, rows, x.bytes);
  *keep = x.memory;
  return rows;
}

void TaskRows::read(Napi::Env env, Napi::Object spec, TaskMemory* memory) {
  rows_ = read_shape(env, spec);
  const size_t n = rows_.rows, d = rows_.columns;
  x_.read(env, spec.Get("x"), 0, true, "x", memory);
  list_.read(env, spec.Get("list"), n * sizeof(uint32_t), false, "list", memory);
  weights_.read(env, spec.Get("weights"), n * sizeof(double), false, "weights", memory);
  shift_.read(env, spec.Get("shift"), d * sizeof(double), false, "shift", memory);
  scale_.read(env, spec.Get("scale"), d * sizeof(double), false, "scale", memory);
}

const Rows& TaskRows::resolve(Napi::Env env, const TaskMemory& memory) {
  rows_.x = x_.resolve(memory);
  rows_.list = static_cast<const uint32_t*>(list_.resolve(memory));
  rows_.weights = weights_.doubles(memory);
  rows_.shift = shift_.doubles(memory);
  rows_.scale = scale_.doubles(memory);
  check_rows(env, rows_, x_.bytes());
  return rows_;
}

void TaskProblem::read(Napi::Env env, Napi::Object spec, TaskMemory* memory) {
  rows_.read(env, spec, memory);
  problem_ = LinearProblem{};
  problem_.rows.rows = read_size(env, spec.Get("rows"), "rows");
  problem_.rows.columns = read_size(env, spec.Get("columns"), "columns");
  const size_t loss = read_size(env, spec.Get("loss"), "loss");
  if (loss >= kLossCount) refuse(env, "loss");
  problem_.loss = static_cast<Loss>(loss);
  problem_.loss_parameter = spec.Get("lossParameter").ToNumber().DoubleValue();
  problem_.intercept = spec.Get("intercept").ToBoolean().Value();
  y_.read(env, spec.Get("y"), problem_.rows.rows * sizeof(double), false, "y", memory);
  offset_.read(env, spec.Get("offset"), problem_.rows.rows * sizeof(double), false, "offset", memory);
}

const LinearProblem& TaskProblem::resolve(Napi::Env env, const TaskMemory& memory) {
  problem_.rows = rows_.resolve(env, memory);
  problem_.y = y_.doubles(memory);
  problem_.offset = offset_.doubles(memory);
  return problem_;
}

}  // namespace gradus
