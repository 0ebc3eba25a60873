// How JavaScript makes a task of any kind.
#pragma once

#include <napi.h>

#include <algorithm>
#include <memory>

#include "addon/arguments.h"
#include "addon/jobs.h"

namespace gradus {

// create(set, spec, threads) -> the task's arrays, its handle, and what keeps X alive.
template <class T>
Napi::Value create_task(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[1].IsObject()) refuse(env, "spec");
  const Napi::Object spec = info[1].As<Napi::Object>();
  const std::shared_ptr<T> task = std::make_shared<T>(env, kernels_named(env, info[0]), spec);
  task->control.threads = std::max(1, info[2].ToNumber().Int32Value());
  Napi::Object result = Napi::Object::New(env);
  task->expose(env, result);
  result["keep"] = spec.Get("keep");
  result["handle"] = to_handle(env, task);
  return result;
}

}  // namespace gradus
