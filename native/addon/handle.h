// Handles: what JavaScript holds of the addon's own objects, each an External
// with a tag of its kind and of this copy of the addon. Two copies or versions
// may live in one process; a handle of another copy, another kind or another
// addon is refused, since its pointer means nothing here.
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>
#include <utility>

namespace gradus {

// A typed error with a code: what came from JavaScript is not what it must be.
[[noreturn]] void refuse(Napi::Env env, const char* what);

// The tag of handles of a kind that this copy of the addon made.
napi_type_tag tag_of_kind(uint64_t kind) noexcept;

// T names its kind by a number of its own, T::kHandleKind.
template <class T>
class Handle {
 public:
  static Napi::Value make(Napi::Env env, std::shared_ptr<T> object) {
    auto held = std::make_unique<std::shared_ptr<T>>(std::move(object));
    const External handle = External::New(env, held.get(), [](Napi::Env, std::shared_ptr<T>* gone) { delete gone; });
    held.release();
    const napi_type_tag tag = tag_of_kind(T::kHandleKind);
    handle.TypeTag(&tag);
    return handle;
  }

  static const std::shared_ptr<T>& open(Napi::Env env, Napi::Value value, const char* what) {
    const napi_type_tag tag = tag_of_kind(T::kHandleKind);
    if (!value.IsExternal() || !value.As<External>().CheckTypeTag(&tag)) refuse(env, what);
    return *value.As<External>().Data();
  }

 private:
  using External = Napi::External<std::shared_ptr<T>>;
};

}  // namespace gradus
