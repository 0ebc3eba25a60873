// Owned and lent memory, and its JavaScript face.
#include "addon/memory.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace gradus {
namespace {

constexpr std::align_val_t kAlignment{64};

Napi::Value allocate(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const double bytes = info[0].ToNumber().DoubleValue();
  if (!(bytes >= 0) || bytes > 9007199254740991.0) throw Napi::RangeError::New(env, "allocate: not a size");
  const std::shared_ptr<Memory> memory = Memory::allocate(static_cast<size_t>(bytes));
  if (!memory) throw Napi::RangeError::New(env, "not enough memory");
  Napi::Object result = Napi::Object::New(env);
  result["buffer"] = to_array_buffer(env, memory);
  result["handle"] = MemoryHandle::New(env, new std::shared_ptr<Memory>(memory),
                                       [](Napi::Env, std::shared_ptr<Memory>* held) { delete held; });
  return result;
}

Napi::Value borrow(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsTypedArray()) throw Napi::TypeError::New(env, "borrow: not a typed array");
  // napi_get_typedarray_info also works over a SharedArrayBuffer.
  void* data = nullptr;
  size_t length = 0;
  napi_typedarray_type type;
  if (napi_get_typedarray_info(env, info[0], &type, &length, &data, nullptr, nullptr) != napi_ok) {
    throw Napi::TypeError::New(env, "borrow: not a typed array");
  }
  if (type != napi_float64_array && type != napi_float32_array && type != napi_uint32_array) {
    throw Napi::TypeError::New(env, "borrow: not a Float64Array, Float32Array or Uint32Array");
  }
  const size_t size = type == napi_float64_array ? sizeof(double) : sizeof(float);
  auto* held = new std::shared_ptr<Memory>(Memory::borrow(data, length * size));
  return MemoryHandle::New(env, held, [](Napi::Env, std::shared_ptr<Memory>* gone) { delete gone; });
}

}  // namespace

std::shared_ptr<Memory> Memory::allocate(size_t bytes) {
  const size_t size = std::max<size_t>(bytes, 64);
  void* data = ::operator new(size, kAlignment, std::nothrow);
  if (data == nullptr) return nullptr;
  std::memset(data, 0, size);
  return std::shared_ptr<Memory>(new Memory(data, bytes, true));
}

std::shared_ptr<Memory> Memory::borrow(void* data, size_t bytes) {
  return std::shared_ptr<Memory>(new Memory(data, bytes, false));
}

Memory::~Memory() {
  if (owned_) ::operator delete(data_, kAlignment);
}

Napi::ArrayBuffer to_array_buffer(Napi::Env env, const std::shared_ptr<Memory>& memory) {
  auto* held = new std::shared_ptr<Memory>(memory);
  return Napi::ArrayBuffer::New(
      env, memory->data(), memory->bytes(), [](Napi::Env, void*, std::shared_ptr<Memory>* gone) { delete gone; }, held);
}

Napi::Float64Array to_float64_array(Napi::Env env, const std::shared_ptr<Memory>& memory) {
  return Napi::Float64Array::New(env, memory->bytes() / sizeof(double), to_array_buffer(env, memory), 0);
}

void define_memory(Napi::Env env, Napi::Object exports) {
  exports["allocate"] = Napi::Function::New(env, allocate, "allocate");
  exports["borrow"] = Napi::Function::New(env, borrow, "borrow");
}

}  // namespace gradus
