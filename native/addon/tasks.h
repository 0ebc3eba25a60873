// The tasks JavaScript can make: sums of a linear predictor and of several, column
// moments, and the search for values that are not finite.
#pragma once

#include <napi.h>

namespace gradus {

void define_tasks(Napi::Env env, Napi::Object exports);

}  // namespace gradus
