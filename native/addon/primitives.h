// Dot products, factorisation, solves and prediction as plain synchronous calls.
#pragma once

#include <napi.h>

namespace gradus {

void define_primitives(Napi::Env env, Napi::Object exports);

}  // namespace gradus
