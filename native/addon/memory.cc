// Owned and lent memory, and its JavaScript face.
#include "addon/memory.h"

#include <cstdlib>
#include <limits>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "addon/handle.h"

namespace gradus {
namespace {

constexpr size_t kAlignment = 64;

// Asks for huge pages under large memory: rows in random order miss the TLB at
// every one otherwise (single-row steps at 100 columns: 83 ns a row, with huge
// pages 64). Linux only; elsewhere, and where it is refused, nothing changes.
void prefer_huge_pages([[maybe_unused]] void* data, [[maybe_unused]] size_t bytes) noexcept {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  constexpr uintptr_t kHugePage = uintptr_t{1} << 21;
  const uintptr_t first = (reinterpret_cast<uintptr_t>(data) + kHugePage - 1) & ~(kHugePage - 1);
  const uintptr_t last = (reinterpret_cast<uintptr_t>(data) + bytes) & ~(kHugePage - 1);
  if (last > first) madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
#endif
}

Napi::Value allocate(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const double bytes = info[0].ToNumber().DoubleValue();
  if (!(bytes >= 0) || bytes > 9007199254740991.0) throw Napi::RangeError::New(env, "allocate: not a size");
  const std::shared_ptr<Memory> memory = Memory::allocate(static_cast<size_t>(bytes));
  if (!memory) throw Napi::RangeError::New(env, "not enough memory");
  Napi::Object result = Napi::Object::New(env);
  result["buffer"] = to_array_buffer(env, memory);
  result["handle"] = Handle<Memory>::make(env, memory);
  return result;
}

Napi::Value borrow(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsTypedArray()) throw Napi::TypeError::New(env, "borrow: not a typed array");
  const TypedArrayView view = view_of(env, info[0]);
  return Handle<Memory>::make(env, Memory::borrow(view.data, view.bytes));
}

}  // namespace

std::shared_ptr<Memory> Memory::allocate(size_t bytes) {
  // calloc leaves large memory untouched: zeroing 160 MB here would hold the event loop for a tenth of a second.
  if (bytes > std::numeric_limits<size_t>::max() - 2 * kAlignment) return nullptr;
  void* block = std::calloc(bytes + 2 * kAlignment, 1);
  if (block == nullptr) return nullptr;
  void* data = reinterpret_cast<void*>((reinterpret_cast<uintptr_t>(block) / kAlignment + 1) * kAlignment);
  prefer_huge_pages(data, bytes);
  return std::shared_ptr<Memory>(new Memory(data, bytes, block));
}

std::shared_ptr<Memory> Memory::borrow(void* data, size_t bytes) {
  return std::shared_ptr<Memory>(new Memory(data, bytes, nullptr));
}

Memory::~Memory() { std::free(block_); }

Napi::ArrayBuffer to_array_buffer(Napi::Env env, const std::shared_ptr<Memory>& memory) {
  auto* held = new std::shared_ptr<Memory>(memory);
  return Napi::ArrayBuffer::New(
      env, memory->data(), memory->bytes(), [](Napi::Env, void*, std::shared_ptr<Memory>* gone) { delete gone; }, held);
}

TypedArrayView view_of(Napi::Env env, Napi::Value array) {
  // napi_get_typedarray_info also works over a SharedArrayBuffer.
  TypedArrayView view{};
  size_t length = 0;
  napi_typedarray_type type;
  if (napi_get_typedarray_info(env, array, &type, &length, &view.data, nullptr, nullptr) != napi_ok) {
    throw Napi::TypeError::New(env, "not a typed array");
  }
  if (type != napi_float64_array && type != napi_float32_array && type != napi_uint32_array) {
    throw Napi::TypeError::New(env, "not a Float64Array, Float32Array or Uint32Array");
  }
  view.bytes = length * (type == napi_float64_array ? sizeof(double) : sizeof(float));
  return view;
}

void define_memory(Napi::Env env, Napi::Object exports) {
  exports["allocate"] = Napi::Function::New(env, allocate, "allocate");
  exports["borrow"] = Napi::Function::New(env, borrow, "borrow");
}

}  // namespace gradus
