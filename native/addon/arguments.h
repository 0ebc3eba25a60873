// Reads and checks what the TypeScript side passes. Sizes are checked here once
// more, so that no argument can make native code read past an array.
#pragma once

#include <napi.h>

#include <memory>
#include <vector>

#include "addon/memory.h"
#include "core/linear.h"
#include "kernels/kernels.h"

namespace gradus {

[[noreturn]] void refuse(Napi::Env env, const char* what);
const Kernels& kernels_named(Napi::Env env, Napi::Value name);
// A copy of an optional Float64Array of `length` elements; empty when undefined.
std::vector<double> read_doubles(Napi::Env env, Napi::Object spec, const char* field, size_t length);
Napi::Float64Array float64_array(Napi::Env env, Napi::Value value, size_t length, const char* what);
size_t read_size(Napi::Env env, Napi::Value value, const char* what);

std::shared_ptr<Memory> memory_of(Napi::Env env, Napi::Value handle);

// Memory of `length` elements of T, by the handle in a field; null when undefined.
template <class T>
std::shared_ptr<Memory> read_memory(Napi::Env env, Napi::Object spec, const char* field, size_t length) {
  const Napi::Value handle = spec.Get(field);
  if (handle.IsUndefined()) return nullptr;
  std::shared_ptr<Memory> memory = memory_of(env, handle);
  if (memory->bytes() != length * sizeof(T)) refuse(env, field);
  return memory;
}

// Rows with everything they point to.
struct OwnedRows {
  std::shared_ptr<Memory> x, list, weights;
  std::vector<double> shift, scale;
  Rows rows{};

  OwnedRows(Napi::Env env, Napi::Object spec);
  OwnedRows(const OwnedRows&) = delete;
};

// A linear problem with everything it points to.
struct OwnedProblem {
  OwnedRows rows;
  std::shared_ptr<Memory> y;
  LinearProblem problem{};

  OwnedProblem(Napi::Env env, Napi::Object spec);
};

Storage storage_type(Napi::Value float32);

}  // namespace gradus
