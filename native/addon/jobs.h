// Work that JavaScript starts: the same task either on the calling thread or on
// our own threads with a promise. Completions come back through one thread-safe
// function for each environment.
#pragma once

#include <napi.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "core/control.h"

namespace gradus {

// Owns everything its runs read and write.
class Task {
 public:
  static constexpr uint64_t kHandleKind = 0x67726164'7461736bu;

  virtual ~Task() = default;
  // Runs one kind of work; false when aborted or out of memory.
  virtual bool run(int kind) noexcept = 0;
  // Lets go of what the task shares with others; it can be prepared again.
  virtual void release() noexcept = 0;

  Control control;
  std::atomic<bool> busy{false};
  // Of the arrays that JavaScript has of it: where each begins and how long it is, in bytes.
  std::vector<size_t> layout;
};

// The task of a holder, the object that JavaScript has.
const std::shared_ptr<Task>& task_of(Napi::Env env, Napi::Value holder);

// What one environment (main thread or worker) has in flight.
class Environment {
 public:
  explicit Environment(Napi::Env env);
  // Aborts what is in flight and waits for it; called when the environment ends.
  void close() noexcept;

  Napi::Value run(const Napi::CallbackInfo& info);
  Napi::Value start(const Napi::CallbackInfo& info);
  static void abort(const Napi::CallbackInfo& info);
  // The task lets go of what it shares, unless it is running.
  static void release(const Napi::CallbackInfo& info);

 private:
  struct Run;
  static void execute(void* context) noexcept;
  static void complete(napi_env env, napi_value callback, void* context, void* data) noexcept;

  napi_threadsafe_function completions_ = nullptr;
  size_t in_flight_ = 0;  // touched by the JavaScript thread only
  std::mutex mutex_;
  std::condition_variable idle_;
  // One entry a run, not a task: the same task may start anew on the JavaScript
  // thread before the worker has taken the entry of its last run out.
  std::list<std::shared_ptr<Task>> running_;
};

}  // namespace gradus
