// The block of a task: every part begins at a multiple of 64 bytes.
#include "addon/task_memory.h"

#include <cstdint>
#include <cstring>
#include <utility>

namespace gradus {

namespace {

constexpr size_t kAlignment = 64;

size_t aligned(size_t bytes) noexcept { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

}  // namespace

void TaskMemory::allocate(Napi::Env env, Napi::Object holder) {
  size_t size = 0;
  offsets_.clear();
  for (const Part& part : parts_) {
    offsets_.push_back(size);
    size += aligned(part.bytes);
  }
  const Napi::Value held = holder.Get("block");
  const bool fits = held.IsArrayBuffer() && held.As<Napi::ArrayBuffer>().ByteLength() >= size + kAlignment;
  // V8 throws a RangeError when there is not enough memory.
  Napi::ArrayBuffer block = fits ? held.As<Napi::ArrayBuffer>() : Napi::ArrayBuffer::New(env, size + kAlignment);
  if (!fits) holder["block"] = block;
  char* const start = static_cast<char*>(block.Data());
  const size_t skip = aligned(reinterpret_cast<uintptr_t>(start)) - reinterpret_cast<uintptr_t>(start);
  base_ = start + skip;
  if (fits) std::memset(base_, 0, size);
  std::vector<size_t> layout;
  for (size_t i = 0; i < parts_.size(); ++i) {
    if (parts_[i].name) layout.insert(layout.end(), {offsets_[i], parts_[i].bytes});
  }
  const bool views = !fits || layout != *layout_;
  for (size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    if (part.source && part.bytes) std::memcpy(at(i), part.source, part.bytes);
    if (part.name && views) {
      holder[part.name] = Napi::Float64Array::New(env, part.bytes / sizeof(double), block, skip + offsets_[i]);
    }
  }
  *layout_ = std::move(layout);
  parts_.clear();
}

}  // namespace gradus
