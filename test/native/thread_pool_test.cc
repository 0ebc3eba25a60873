// The pool: every index once, nesting, many callers at once, asynchronous
// jobs, and restart after the last release.
#include "core/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "core/cpu_budget.h"

namespace gradus {
namespace {

void expect_each_once(size_t count, int threads) {
  std::vector<std::atomic<int>> seen(count);
  auto body = [&](size_t i) noexcept { seen[i].fetch_add(1); };
  parallel_for(count, threads, body);
  for (const auto& n : seen) EXPECT_EQ(n.load(), 1);
}

// Waits for a flag that a job sets; the job itself may still be returning.
void wait_for(const std::atomic<int>& value, int wanted) {
  while (value.load() < wanted) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

TEST(ThreadPool, RunsEveryIndexOnce) {
  for (const int threads : {0, 1, 2, 3, 7}) {
    for (const size_t count : {size_t{0}, size_t{1}, size_t{2}, size_t{1000}}) expect_each_once(count, threads);
  }
  for (int i = 0; i < 2000; ++i) expect_each_once(5, 3);
}

TEST(ThreadPool, LoopsNest) {
  std::atomic<int> sum{0};
  auto outer = [&](size_t) noexcept {
    auto inner = [&](size_t) noexcept { sum.fetch_add(1); };
    parallel_for(50, 4, inner);
  };
  parallel_for(20, 4, outer);
  EXPECT_EQ(sum.load(), 1000);
}

TEST(ThreadPool, ManyCallers) {
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([] {
      for (int k = 0; k < 200; ++k) expect_each_once(40, 3);
    });
  }
  for (std::thread& caller : callers) caller.join();
}

TEST(ThreadPool, JobsRunAndMayLoop) {
  ThreadPool& pool = ThreadPool::instance();
  pool.retain();
  std::atomic<int> done{0};
  for (int i = 0; i < 50; ++i) {
    pool.submit(
        [](void* context) noexcept {
          expect_each_once(30, 2);
          static_cast<std::atomic<int>*>(context)->fetch_add(1);
        },
        &done, 2);
  }
  wait_for(done, 50);
  pool.release();
  EXPECT_EQ(done.load(), 50);
}

TEST(ThreadPool, LastReleaseRunsQueuedJobsAndThePoolRestarts) {
  ThreadPool& pool = ThreadPool::instance();
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> done{0};
    pool.retain();
    pool.retain();
    for (int i = 0; i < 10; ++i) {
      pool.submit([](void* context) noexcept { static_cast<std::atomic<int>*>(context)->fetch_add(1); }, &done, 3);
    }
    pool.release();
    pool.release();
    EXPECT_EQ(done.load(), 10);
  }
  expect_each_once(100, 4);
  pool.release();  // one too many is ignored
}

// A job that queues itself again until it is told to stop.
struct Chain {
  std::atomic<bool> stop{false};
  std::atomic<int> running{0};
  static void run(void* context) noexcept {
    Chain* chain = static_cast<Chain*>(context);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (chain->stop.load()) {
      chain->running.fetch_sub(1);
    } else {
      ThreadPool::instance().submit(run, context, 1);
    }
  }
};

TEST(ThreadPool, TheLastReleaseDoesNotWaitForJobsOfWhoComesLater) {
  ThreadPool& pool = ThreadPool::instance();
  std::atomic<int> held{1}, left{0};
  pool.retain();
  pool.submit([](void* flag) noexcept { wait_for(*static_cast<std::atomic<int>*>(flag), 2); }, &held, 1);
  std::thread leaving([&] {
    pool.release();
    left.store(1);
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // its release waits for the job now
  pool.retain();
  Chain chain;
  for (int i = 0; i < 3; ++i) {
    chain.running.fetch_add(1);
    pool.submit(Chain::run, &chain, 1);
  }
  held.store(2);
  for (int i = 0; i < 5000 && left.load() == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(left.load(), 1);
  chain.stop.store(true);
  leaving.join();
  pool.release();
  EXPECT_EQ(chain.running.load(), 0);
}

TEST(CpuBudget, IsInRange) {
  const CpuBudget budget = cpu_budget();
  EXPECT_GE(budget.threads, 1);
  EXPECT_LE(budget.threads, 256);
  EXPECT_GE(budget.processors, budget.threads);
  EXPECT_GT(budget.quota, budget.threads - 1);
}

}  // namespace
}  // namespace gradus
