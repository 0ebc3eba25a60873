// What tells handles of this copy of the addon from all others, and the error for the others.
#include "addon/handle.h"

#include <string>

namespace gradus {
namespace {

// No two copies in one process have this at the same place.
const char kThisCopy = 0;

}  // namespace

void refuse(Napi::Env env, const char* what) {
  Napi::Error error = Napi::TypeError::New(env, std::string("gradus addon: unexpected ") + what);
  error.Set("code", "ERR_GRADUS_OPTION");
  throw error;
}

napi_type_tag tag_of_kind(uint64_t kind) noexcept { return {kind, reinterpret_cast<uintptr_t>(&kThisCopy)}; }

}  // namespace gradus
