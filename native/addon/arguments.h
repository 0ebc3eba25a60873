// Reads and checks what the TypeScript side passes. Sizes are checked here once
// more, so that no argument can make native code read past an array.
#pragma once

#include <napi.h>

#include <memory>

#include "addon/handle.h"
#include "addon/memory.h"
#include "addon/task_memory.h"
#include "core/linear.h"
#include "kernels/kernels.h"

namespace gradus {

const Kernels& kernels_named(Napi::Env env, Napi::Value name);
Napi::Float64Array float64_array(Napi::Env env, Napi::Value value, size_t length, const char* what);
size_t read_size(Napi::Env env, Napi::Value value, const char* what);

// An array as TypeScript passes it: a handle of native memory, which is kept by
// reference count, or a typed array.
struct Source {
  std::shared_ptr<Memory> memory;  // null for a typed array
  const void* data = nullptr;      // null when undefined was passed
  size_t bytes = 0;

  static Source read(Napi::Env env, Napi::Value value, const char* what);
};

// An array that belongs to a task: native memory in place, typed arrays as a
// copy, since what JavaScript owns may be detached between two runs.
class Input {
 public:
  // Of `bytes` bytes at least; exactly so many unless `more` is allowed.
  void read(Napi::Env env, Napi::Value value, size_t bytes, bool more, const char* what, TaskMemory* memory);
  // After the memory was allocated.
  const void* resolve(const TaskMemory& memory) const noexcept { return copied_ ? memory.at(part_) : source_.data; }
  const double* doubles(const TaskMemory& memory) const noexcept { return static_cast<const double*>(resolve(memory)); }
  size_t bytes() const noexcept { return source_.bytes; }
  void release() noexcept { *this = Input(); }

 private:
  Source source_;
  bool copied_ = false;
  size_t part_ = 0;
};

// The rows of a spec without copies: for calls that end before JavaScript runs again.
Rows read_rows_spec(Napi::Env env, Napi::Object spec, std::shared_ptr<Memory>* keep);

// Rows of a task with everything they point to: read, then resolve.
class TaskRows {
 public:
  void read(Napi::Env env, Napi::Object spec, TaskMemory* memory);
  const Rows& resolve(Napi::Env env, const TaskMemory& memory);
  void release() noexcept { *this = TaskRows(); }

 private:
  Rows rows_;
  Input x_, list_, weights_, shift_, scale_;
};

// A linear problem of a task: read, then resolve.
class TaskProblem {
 public:
  void read(Napi::Env env, Napi::Object spec, TaskMemory* memory);
  const LinearProblem& resolve(Napi::Env env, const TaskMemory& memory);
  size_t size() const noexcept { return problem_.size(); }
  size_t rows() const noexcept { return problem_.rows.rows; }
  void release() noexcept { *this = TaskProblem(); }

 private:
  LinearProblem problem_;
  TaskRows rows_;
  Input y_, offset_;
};

Storage storage_type(Napi::Value float32);

}  // namespace gradus
