// Memory that JavaScript sees and native jobs read. Both sides hold it by
// reference count, so a detached or collected JavaScript array frees nothing
// that a job still uses.
#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace gradus {

class Memory {
 public:
  static constexpr uint64_t kHandleKind = 0x67726164'6d656d6fu;

  // 64-byte aligned and zeroed; null when there is not enough.
  static std::shared_ptr<Memory> allocate(size_t bytes);
  // Lent memory: whoever lends keeps it alive while jobs run.
  static std::shared_ptr<Memory> borrow(void* data, size_t bytes);
  ~Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  void* data() const noexcept { return data_; }
  double* doubles() const noexcept { return static_cast<double*>(data_); }
  size_t bytes() const noexcept { return bytes_; }

 private:
  Memory(void* data, size_t bytes, void* block) noexcept : data_(data), bytes_(bytes), block_(block) {}
  void* data_;
  size_t bytes_;
  void* block_;  // what to free; null for lent memory
};

// A buffer over the memory that keeps it alive.
Napi::ArrayBuffer to_array_buffer(Napi::Env env, const std::shared_ptr<Memory>& memory);
// Where the elements of a Float64Array, Float32Array or Uint32Array are.
struct TypedArrayView {
  void* data;
  size_t bytes;
};
TypedArrayView view_of(Napi::Env env, Napi::Value array);

// allocate(bytes) -> { handle, buffer }; borrow(typedArray) -> handle.
void define_memory(Napi::Env env, Napi::Object exports);

}  // namespace gradus
