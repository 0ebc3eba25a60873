// The synchronous call for one update step of a rule.
#pragma once

#include <napi.h>

namespace gradus {

// step(set, rule, threads, scalars, parameters, gradient, ...state): set is a place in info().available.
void define_update(Napi::Env env, Napi::Object exports);

}  // namespace gradus
