// What the sanitizers must find, to show that they look: a read past the end of a
// JavaScript array, and a data race between two threads. No part of the package.
#include <napi.h>

#include <thread>

namespace {

double sum(const double* values, size_t count) {
  double total = 0;
  for (size_t i = 0; i < count; ++i) total += values[i];
  return total;
}

Napi::Value sum_of(const Napi::CallbackInfo& info) {
  const auto array = info[0].As<Napi::Float64Array>();
  return Napi::Number::New(info.Env(), sum(array.Data(), array.ElementLength()));
}

Napi::Value over_read(const Napi::CallbackInfo& info) {
  const auto array = info[0].As<Napi::Float64Array>();
  return Napi::Number::New(info.Env(), sum(array.Data(), array.ElementLength() + 1));
}

Napi::Value race(const Napi::CallbackInfo& info) {
  int count = 0;
  const auto work = [&count] {
    for (int i = 0; i < 100000; ++i) ++count;
  };
  std::thread first(work), second(work);
  first.join();
  second.join();
  return Napi::Number::New(info.Env(), count);
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports["sum"] = Napi::Function::New(env, sum_of, "sum");
  exports["overRead"] = Napi::Function::New(env, over_read, "overRead");
  exports["race"] = Napi::Function::New(env, race, "race");
  return exports;
}

}  // namespace

NODE_API_MODULE(proof, init)
