// The thread pool. One mutex guards a queue of jobs and a list of running
// loops that want helpers. A loop's caller always takes part and withdraws the
// places no helper took, so a busy pool can slow a loop but never block it.
#include "core/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace gradus {
namespace {

// A worker gives way to the thread that serves requests: with workers on every
// core the event loop woke up 4 ms late at the 99th percentile at equal
// priority (Linux 6.18). On Linux a nice value belongs to the thread.
void give_way() noexcept {
#if defined(__linux__)
  setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), 19);
#endif
}

constexpr size_t kMostWorkers = 256;

struct Job {
  void (*run)(void*) noexcept;
  void* context;
  size_t generation;  // of the workers it was queued for
};

// Lives on the stack of parallel_for. Everything but `next` is guarded.
struct Loop {
  size_t count;
  ThreadPool::Task task;
  void* context;
  int wanted;  // helpers that may still join
  int active = 0;
  Loop* following = nullptr;
  std::atomic<size_t> next{0};

  void work() noexcept {
    for (size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < count;) task(context, i);
  }
};

}  // namespace

struct ThreadPool::State {
  std::mutex mutex;
  std::condition_variable work, done;
  std::deque<Job> jobs;
  Loop* loops = nullptr;
  std::vector<std::thread> workers;
  size_t generation = 0;  // workers of an earlier generation leave
  int references = 0;

  // Called with the mutex held. Throws when a thread cannot be started.
  void grow(size_t size) {
    size = std::min(size, kMostWorkers);
    if (workers.capacity() < size) workers.reserve(size);
    while (workers.size() < size) workers.emplace_back([this, mine = generation] { serve(mine); });
  }

  Loop* open_loop() noexcept {
    for (Loop* loop = loops; loop; loop = loop->following) {
      if (loop->wanted > 0) return loop;
    }
    return nullptr;
  }

  void serve(size_t mine) noexcept {
    give_way();
    std::unique_lock<std::mutex> lock(mutex);
    while (true) {
      // One that leaves takes no job of a later generation: whoever joins it would wait for the work of others.
      if (!jobs.empty() && jobs.front().generation <= mine) {
        const Job job = jobs.front();
        jobs.pop_front();
        lock.unlock();
        job.run(job.context);
        lock.lock();
      } else if (mine != generation) {
        return;
      } else if (Loop* loop = open_loop()) {
        --loop->wanted;
        ++loop->active;
        lock.unlock();
        loop->work();
        lock.lock();
        loop->wanted = 0;  // every index is taken: nobody else need come
        if (--loop->active == 0) done.notify_all();
      } else {
        work.wait(lock);
      }
    }
  }
};

ThreadPool::ThreadPool() : state_(new State) {}

ThreadPool& ThreadPool::instance() {
  static ThreadPool* const pool = new ThreadPool;
  return *pool;
}

void ThreadPool::retain() {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  ++state_->references;
}

void ThreadPool::release() {
  std::vector<std::thread> leaving;
  {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    if (state_->references == 0 || --state_->references > 0) return;
    ++state_->generation;
    leaving.swap(state_->workers);
    state_->work.notify_all();
  }
  for (std::thread& worker : leaving) worker.join();
}

void ThreadPool::parallel_for(size_t count, int threads, Task task, void* context) noexcept {
  const size_t helpers = threads > 1 && count > 1 ? std::min<size_t>(static_cast<size_t>(threads), count) - 1 : 0;
  if (helpers == 0) {
    for (size_t i = 0; i < count; ++i) task(context, i);
    return;
  }
  Loop loop{.count = count, .task = task, .context = context, .wanted = static_cast<int>(helpers)};
  {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    try {
      state_->grow(helpers);
    } catch (...) {
      // Fewer helpers, or none: the caller does the work.
    }
    loop.following = state_->loops;
    state_->loops = &loop;
  }
  for (size_t i = 0; i < helpers; ++i) state_->work.notify_one();
  loop.work();
  std::unique_lock<std::mutex> lock(state_->mutex);
  for (Loop** at = &state_->loops;; at = &(*at)->following) {
    if (*at != &loop) continue;
    *at = loop.following;
    break;
  }
  state_->done.wait(lock, [&loop] { return loop.active == 0; });
}

void ThreadPool::submit(void (*run)(void*) noexcept, void* context, int threads) {
  {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    try {
      state_->grow(static_cast<size_t>(std::max(threads, 1)));
    } catch (...) {
      if (state_->workers.empty()) throw;
    }
    state_->jobs.push_back({run, context, state_->generation});
  }
  state_->work.notify_one();
}

}  // namespace gradus
