// The one block of memory that a task works in. It is an ArrayBuffer of V8's, so
// the collector knows its size and frees it without a turn of the event loop, and
// a task that is used again brings its block along. JavaScript sees parts of it
// as Float64Arrays; none of them is ever handed to users, so nobody detaches it.
#pragma once

#include <napi.h>

#include <cstddef>
#include <vector>

namespace gradus {

class TaskMemory {
 public:
  // `layout` is that of the holder's views, empty where it has none yet.
  explicit TaskMemory(std::vector<size_t>* layout) noexcept : layout_(layout) {}

  // Asks for zeroed room that JavaScript sees under a name; null for none. Gives the part's number.
  size_t add(const char* name, size_t doubles) { return add({name, doubles * sizeof(double), nullptr}); }
  // Asks for a copy of an array.
  size_t add_copy(const void* source, size_t bytes) { return add({nullptr, bytes, source}); }

  // Makes all parts at once, in the block of the holder where it is large enough. Views that it has already stay: to
  // make nine takes longer than a pass over a few rows.
  void allocate(Napi::Env env, Napi::Object holder);

  // Where a part is; valid while the holder lives.
  void* at(size_t part) const noexcept { return base_ + offsets_[part]; }
  double* doubles(size_t part) const noexcept { return static_cast<double*>(at(part)); }

 private:
  struct Part {
    const char* name;
    size_t bytes;
    const void* source;
  };
  size_t add(Part part) {
    parts_.push_back(part);
    return parts_.size() - 1;
  }

  std::vector<size_t>* const layout_;
  std::vector<Part> parts_;
  std::vector<size_t> offsets_;
  char* base_ = nullptr;
};

}  // namespace gradus
