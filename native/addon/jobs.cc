// Synchronous and asynchronous runs of tasks, and the orderly end of an environment.
#include "addon/jobs.h"

#include <utility>

#include "addon/handle.h"
#include "core/thread_pool.h"

namespace gradus {
namespace {

void check(napi_env env, napi_status status) {
  if (status != napi_ok) throw Napi::Error::New(env);
}

void claim(Napi::Env env, Task& task) {
  if (task.busy.exchange(true)) throw Napi::Error::New(env, "busy: a run of this task is in flight");
  task.control.abort.store(false);
}

}  // namespace

const std::shared_ptr<Task>& task_of(Napi::Env env, Napi::Value holder) {
  if (!holder.IsObject()) refuse(env, "task");
  return Handle<Task>::open(env, holder.As<Napi::Object>().Get("handle"), "task");
}

struct Environment::Run {
  Environment* environment;
  std::shared_ptr<Task> task;
  int kind;
  bool completed = false;
  napi_deferred deferred = nullptr;
  napi_ref holder = nullptr;                           // keeps the JavaScript side (and memory lent by it) alive
  std::list<std::shared_ptr<Task>>::iterator place{};  // in the environment's list
};

Environment::Environment(Napi::Env env) {
  const napi_value name = Napi::String::New(env, "gradus");
  check(env, napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, nullptr, complete,
                                             &completions_));
  check(env, napi_unref_threadsafe_function(env, completions_));
  ThreadPool::instance().retain();
}

void Environment::close() noexcept {
  {
    std::unique_lock<std::mutex> lock(mutex_);
    for (const std::shared_ptr<Task>& task : running_) task->control.abort.store(true);
    idle_.wait(lock, [this] { return running_.empty(); });
  }
  napi_release_threadsafe_function(completions_, napi_tsfn_abort);
  ThreadPool::instance().release();
}

Napi::Value Environment::run(const Napi::CallbackInfo& info) {
  const std::shared_ptr<Task> task = task_of(info.Env(), info[0]);
  claim(info.Env(), *task);
  const bool completed = task->run(info[1].ToNumber().Int32Value());
  task->busy.store(false);
  if (!completed) throw Napi::RangeError::New(info.Env(), "not enough memory");
  return info.Env().Undefined();
}

Napi::Value Environment::start(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::shared_ptr<Task> task = task_of(env, info[0]);
  const int kind = info[1].ToNumber().Int32Value();
  claim(env, *task);
  std::unique_ptr<Run> run;
  std::list<std::shared_ptr<Task>> entry;
  napi_value promise;
  try {
    entry.push_back(task);
    run.reset(new Run{.environment = this, .task = task, .kind = kind, .place = entry.begin()});
    check(env, napi_create_promise(env, &run->deferred, &promise));
    check(env, napi_create_reference(env, info[0], 1, &run->holder));
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      running_.splice(running_.end(), entry);
    }
    ThreadPool::instance().submit(execute, run.get(), task->control.threads);
  } catch (const std::exception& error) {
    if (entry.empty() && run) {
      const std::lock_guard<std::mutex> lock(mutex_);
      entry.splice(entry.end(), running_, run->place);
    }
    if (run && run->holder) napi_delete_reference(env, run->holder);
    task->busy.store(false);
    throw Napi::Error::New(env, error.what());
  }
  run.release();  // `complete` deletes it
  if (in_flight_++ == 0) napi_ref_threadsafe_function(env, completions_);
  return Napi::Value(env, promise);
}

void Environment::abort(const Napi::CallbackInfo& info) { task_of(info.Env(), info[0])->control.abort.store(true); }

void Environment::release(const Napi::CallbackInfo& info) {
  Task& task = *task_of(info.Env(), info[0]);
  if (!task.busy.load()) task.release();
}

// On a thread of the pool. The completion is queued before the run counts as
// over, so `close` cannot release the thread-safe function in between. Once it
// is queued `complete` may delete the run; `ended` keeps the task a bit longer.
void Environment::execute(void* context) noexcept {
  Run* run = static_cast<Run*>(context);
  Environment* environment = run->environment;
  const auto place = run->place;
  run->completed = run->task->run(run->kind);
  napi_call_threadsafe_function(environment->completions_, run, napi_tsfn_nonblocking);
  std::list<std::shared_ptr<Task>> ended;
  const std::lock_guard<std::mutex> lock(environment->mutex_);
  ended.splice(ended.end(), environment->running_, place);
  environment->idle_.notify_all();
}

// On the JavaScript thread; without an environment when that is ending.
void Environment::complete(napi_env env, napi_value, void*, void* data) noexcept {
  const std::unique_ptr<Run> run(static_cast<Run*>(data));
  run->task->busy.store(false);
  if (env == nullptr) return;
  Environment* environment = run->environment;
  if (--environment->in_flight_ == 0) napi_unref_threadsafe_function(env, environment->completions_);
  napi_handle_scope scope;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  napi_value completed;
  if (napi_get_boolean(env, run->completed, &completed) == napi_ok) {
    napi_resolve_deferred(env, run->deferred, completed);
  }
  napi_delete_reference(env, run->holder);
  napi_close_handle_scope(env, scope);
}

}  // namespace gradus
