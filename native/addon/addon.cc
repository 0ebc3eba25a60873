// The addon's entry: what it exports, and what each environment owns.
#include <napi.h>

#include "addon/jobs.h"
#include "addon/memory.h"
#include "addon/primitives.h"
#include "addon/span_task.h"
#include "addon/tasks.h"
#include "addon/update_call.h"
#include "core/cpu_budget.h"
#include "kernels/select.h"

namespace gradus {
namespace {

Napi::Value describe(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Array available = Napi::Array::New(env);
  for (const Kernels* kernels : available_kernels()) {
    available.Set(available.Length(), Napi::String::New(env, kernels->name));
  }
  Napi::Object result = Napi::Object::New(env);
  result["available"] = available;
  const CpuBudget budget = cpu_budget();
  result["threads"] = Napi::Number::New(env, budget.threads);
  result["processors"] = Napi::Number::New(env, budget.processors);
  result["quota"] = Napi::Number::New(env, budget.quota);
  return result;
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  auto* environment = new Environment(env);
  env.SetInstanceData(environment);
  env.AddCleanupHook([environment] { environment->close(); });
  const auto method = [&](const char* name, auto function) {
    exports[name] = Napi::Function::New(env, function, name);
  };
  method("info", describe);
  method("run", [environment](const Napi::CallbackInfo& info) { return environment->run(info); });
  method("start", [environment](const Napi::CallbackInfo& info) { return environment->start(info); });
  method("abort", Environment::abort);
  method("release", Environment::release);
  define_memory(env, exports);
  define_tasks(env, exports);
  define_span(env, exports);
  define_primitives(env, exports);
  define_update(env, exports);
  return exports;
}

}  // namespace
}  // namespace gradus

static Napi::Object init(Napi::Env env, Napi::Object exports) { return gradus::initialise(env, exports); }

NODE_API_MODULE(gradus, init)
