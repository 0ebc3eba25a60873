// The thread pool. One mutex guards a queue of jobs and a list of running
// loops that want helpers. A loop's caller always takes part and withdraws the
// places no helper took, so a busy pool can slow a loop but never block it. Whoever
// waits looks around for a moment before it sleeps: to be woken takes several
// microseconds, and longer than most loops on a virtual machine.
#include "core/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif
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

// How long a thread looks around: the pauses between the loops of one factorisation are shorter (docs/performance.md).
constexpr std::chrono::microseconds kLookAround{50};

// True as soon as ready() is, false when the time is up.
template <class Ready>
bool look_around(const Ready& ready) noexcept {
  const auto end = std::chrono::steady_clock::now() + kLookAround;
  do {
    for (int i = 0; i < 16; ++i) {
      if (ready()) return true;
#if defined(__x86_64__) || defined(_M_X64)
      _mm_pause();
#else
      std::this_thread::yield();
#endif
    }
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

struct Job {
  void (*run)(void*) noexcept;
  void* context;
  size_t generation;  // of the workers it was queued for
};

// Lives on the stack of parallel_for. Everything but `next` is written with the mutex held; a helper touches it last
// when it lowers `active`.
struct Loop {
  size_t count;
  ThreadPool::Task task;
  void* context;
  int wanted;  // helpers that may still join
  std::atomic<int> active{0};
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
  std::atomic<size_t> offers{0};  // jobs, loops and farewells so far

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
        const size_t seen = offers.load(std::memory_order_relaxed);
        lock.unlock();
        const bool offered = look_around([&] { return offers.load(std::memory_order_relaxed) != seen; });
        lock.lock();
        if (!offered && offers.load(std::memory_order_relaxed) == seen) work.wait(lock);
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
    ++state_->offers;
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
    ++state_->offers;
  }
  for (size_t i = 0; i < helpers; ++i) state_->work.notify_one();
  loop.work();
  {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    for (Loop** at = &state_->loops;; at = &(*at)->following) {
      if (*at != &loop) continue;
      *at = loop.following;
      break;
    }
  }
  const auto all_left = [&loop] { return loop.active.load(std::memory_order_acquire) == 0; };
  if (look_around(all_left)) return;
  std::unique_lock<std::mutex> lock(state_->mutex);
  state_->done.wait(lock, all_left);
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
    ++state_->offers;
  }
  state_->work.notify_one();
}

}  // namespace gradus
