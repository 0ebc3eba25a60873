// The task behind a span of first-order steps.
#pragma once

#include <napi.h>

namespace gradus {

void define_span(Napi::Env env, Napi::Object exports);

}  // namespace gradus
