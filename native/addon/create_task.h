// How JavaScript makes a task of any kind, and makes a finished one over for new
// work: a loop of small fits then allocates nothing.
#pragma once

#include <napi.h>

#include <algorithm>
#include <memory>

#include "addon/arguments.h"
#include "addon/jobs.h"

namespace gradus {

// create(set, spec, threads, used?) -> the task's arrays, its handle, its block, and what keeps lent memory alive.
template <class T>
Napi::Value create_task(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[1].IsObject()) refuse(env, "spec");
  const Napi::Object spec = info[1].As<Napi::Object>();
  const Kernels& kernels = kernels_named(env, info[0]);
  const int threads = std::max(1, info[2].ToNumber().Int32Value());
  Napi::Object holder = info[3].IsObject() ? info[3].As<Napi::Object>() : Napi::Object::New(env);
  std::shared_ptr<T> task;
  if (info[3].IsObject()) {
    task = std::dynamic_pointer_cast<T>(task_of(env, holder));
    if (!task || task->busy.load()) refuse(env, "task to use again");
  } else {
    task = std::make_shared<T>();
    holder["handle"] = Handle<Task>::make(env, task);
  }
  task->control.threads = threads;
  TaskMemory memory(&task->layout);
  task->prepare(env, kernels, spec, holder, &memory);
  holder["keep"] = spec.Get("keep");
  return holder;
}

}  // namespace gradus
