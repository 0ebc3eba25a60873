// The process-wide pool of worker threads. It starts lazily, grows to what is
// asked, and stops when the last environment releases it; a later submit or
// parallel_for starts it again. Which thread runs which task never changes a
// result: tasks write to places of their own.
#pragma once

#include <cstddef>
#include <memory>

namespace gradus {

class ThreadPool {
 public:
  // Never destroyed: workers may outlive static destructors.
  static ThreadPool& instance();

  // One of each per environment; the last release joins all workers, after
  // the jobs already submitted have run. Not to be called on a worker.
  void retain();
  void release();

  using Task = void (*)(void* context, size_t index) noexcept;
  // Runs task(context, 0..count-1) on the caller and at most threads-1 helpers;
  // returns when all are done. May be called on any thread, workers included.
  void parallel_for(size_t count, int threads, Task task, void* context) noexcept;
  // Runs a job on a worker, with at least one worker and up to `threads`.
  // Throws std::system_error or std::bad_alloc when it cannot be queued.
  void submit(void (*run)(void*) noexcept, void* context, int threads);

  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

 private:
  struct State;
  ThreadPool();
  ~ThreadPool() = default;
  State* const state_;
};

// Calls body(index) for every index below count.
template <class Body>
void parallel_for(size_t count, int threads, Body& body) noexcept {
  ThreadPool::instance().parallel_for(
      count, threads, [](void* context, size_t index) noexcept { (*static_cast<Body*>(context))(index); }, &body);
}

}  // namespace gradus
