// Update steps in float32 as works, and the loops with the same reads and writes
// and no arithmetic that are their limit.

#include <vector>

#include "core/update.h"
#include "kernels/select.h"
#include "update_loops.h"
#include "works.h"

namespace gradus::bench {
namespace {

struct RuleWork {
  const char* name;
  Rule rule;
  double scalars[8];
};

// The names of lib/kernels/kernels.ts. Small rates, and averages that stay where they are: every round does the same.
constexpr RuleWork kRules[] = {
    {"sgd", Rule::kSgd, {1e-9}},
    {"momentum", Rule::kMomentum, {1e-9, 0.9}},
    {"nesterov", Rule::kNesterov, {1e-9, 0.9}},
    {"adagrad", Rule::kAdaGrad, {1e-9, 1e-10, 0}},
    {"rmsprop", Rule::kRmsProp, {1e-9, 0.99, 0.01, 1e-8, 0}},
    {"rmspropMomentum", Rule::kRmsPropMomentum, {1e-9, 0.99, 0.01, 1e-8, 0, 0.9}},
    {"rmspropCentered", Rule::kRmsPropCentered, {1e-9, 0.99, 0.01, 1e-8, 0}},
    {"rmspropCenteredMomentum", Rule::kRmsPropCenteredMomentum, {1e-9, 0.99, 0.01, 1e-8, 0, 0.9}},
    {"adadelta", Rule::kAdaDelta, {1e-9, 0.9, 0.1, 1e-6}},
    {"adam", Rule::kAdam, {1, 1e-9, 0.9, 0.1, 0.999, 0.001, 1, 1e-8}},
    {"amsgrad", Rule::kAmsGrad, {1, 1e-9, 0.9, 0.1, 0.999, 0.001, 1, 1e-8}},
    {"lion", Rule::kLion, {1, 1e-9, 0.9, 0.1, 0.99, 0.01}},
    {"ftrl", Rule::kFtrl, {100, 1, 0.001, 0.01}},
};

// The gradient, the parameters and the state of a rule.
struct Arrays {
  std::vector<float> gradient, written[kMostWritten];
  float* at[kMostWritten] = {};
};

void fill(std::vector<float>* values, size_t n, uint64_t seed) {
  values->resize(n);
  for (float& value : *values) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    value = static_cast<float>(static_cast<double>(seed >> 11) / (1ull << 53)) + 0.01f;
  }
}

}  // namespace

Works prepare_update(const Arguments& arguments) {
  const RuleWork* found = nullptr;
  for (const RuleWork& rule : kRules) {
    if (arguments.size() == 2 && arguments[0] == rule.name) found = &rule;
  }
  const size_t n = found ? size_argument(arguments[1]) : 0;
  if (n == 0) return {};
  const RuleWork work = *found;
  const size_t written = 1 + kRuleShapes[static_cast<size_t>(work.rule)].states;
  const auto arrays = std::make_shared<Arrays>();
  fill(&arrays->gradient, n, 1);
  for (size_t k = 0; k < written; ++k) {
    fill(&arrays->written[k], n, k + 2);
    arrays->at[k] = arrays->written[k].data();
  }
  Works works;
  works["update"] = {set_names(), [arrays, work, n](const std::string& variant, int threads) {
                       Run run;
                       const Kernels* const kernels = find_kernels(variant.c_str());
                       if (!kernels) return run;
                       run.once = [arrays, work, n, kernels, threads] {
                         update(*kernels, work.rule, n, arrays->gradient.data(), work.scalars, arrays->at[0],
                                arrays->at + 1, threads);
                         return true;
                       };
                       return run;
                     }};
  std::vector<std::string> names;
  for (const UpdateLoop& loop : update_loops()) names.push_back(loop.name);
  for (std::string& name : names) {
    for (char& c : name) c = c == ' ' ? '-' : c;
  }
  works["pass"] = {names, [arrays, n, written, names](const std::string& variant, int threads) {
                     Run run;
                     const std::vector<UpdateLoop> loops = update_loops();
                     for (size_t i = 0; i < names.size(); ++i) {
                       if (names[i] != variant) continue;
                       run.once = [arrays, n, written, loop = loops[i], threads] {
                         pass_all(loop, n, arrays->gradient.data(), arrays->at, written, threads);
                         return true;
                       };
                     }
                     return run;
                   }};
  return works;
}

}  // namespace gradus::bench
