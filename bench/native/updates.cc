// Update steps in float32 beside their limit: every rule in every table, and the loops
// of update_loops.h, over the same arrays in one process, in turn. Prints JSON, one
// object a line, medians; steps.mjs reads it. Flags: --parameters N, --threads N, --rounds N.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "core/cpu_budget.h"
#include "core/thread_pool.h"
#include "core/update.h"
#include "kernels/select.h"
#include "update_loops.h"

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

struct Contender {
  std::string json;  // what it is
  std::function<void()> run;
  std::vector<double> seconds{};

  double median() {
    std::sort(seconds.begin(), seconds.end());
    return seconds[seconds.size() / 2];
  }
};

struct Settings {
  size_t parameters = size_t{1} << 24;
  int threads = cpu_budget().threads, rounds = 9;
};

std::vector<float> make_values(size_t n, uint64_t seed) {
  std::vector<float> values(n);
  for (float& value : values) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    value = static_cast<float>(static_cast<double>(seed >> 11) / (1ull << 53)) + 0.01f;
  }
  return values;
}

void measure(std::vector<Contender>* all, const Settings& settings) {
  using Clock = std::chrono::steady_clock;
  const size_t repeats = std::max<size_t>(1, (size_t{1} << 22) / settings.parameters);
  for (int round = 0; round <= settings.rounds; ++round) {
    for (Contender& contender : *all) {
      contender.run();  // what the one before left in the caches is not its own
      const Clock::time_point start = Clock::now();
      for (size_t i = 0; i < repeats; ++i) contender.run();
      const double seconds = std::chrono::duration<double>(Clock::now() - start).count() / repeats;
      if (round > 0) contender.seconds.push_back(seconds);
    }
  }
}

void run(const Settings& settings) {
  const size_t n = settings.parameters;
  const int threads = settings.threads;
  const std::vector<float> gradient = make_values(n, 1);
  std::vector<float> written[kMostWritten];
  float* arrays[kMostWritten];
  for (size_t w = 0; w < kMostWritten; ++w) {
    written[w] = make_values(n, 2 + w);
    arrays[w] = written[w].data();
  }
  const std::vector<UpdateLoop> loops = update_loops();
  ThreadPool::instance().retain();
  // Rounds of steps and loops over the same number of arrays: the last cache keeps some of them from one to the next.
  for (size_t states = 0; states <= kMostStates; ++states) {
    std::vector<Contender> all;
    for (const RuleWork& work : kRules) {
      if (kRuleShapes[static_cast<size_t>(work.rule)].states != states) continue;
      for (const Kernels* kernels : available_kernels()) {
        all.push_back({std::string("\"rule\": \"") + work.name + "\", \"set\": \"" + kernels->name + "\"",
                       [&gradient, &arrays, &work, kernels, n, threads] {
                         update(*kernels, work.rule, n, gradient.data(), work.scalars, arrays[0], arrays + 1, threads);
                       }});
      }
    }
    for (const UpdateLoop& loop : loops) {
      all.push_back({"\"states\": " + std::to_string(states) + ", \"loop\": \"" + loop.name + "\"",
                     [&gradient, &arrays, &loop, n, states, threads] {
                       pass_all(loop, n, gradient.data(), arrays, 1 + states, threads);
                     }});
    }
    measure(&all, settings);
    for (Contender& each : all) std::printf("{%s, \"seconds\": %.6g}\n", each.json.c_str(), each.median());
  }
  ThreadPool::instance().release();
}

bool parse(int count, char** words, Settings* settings) {
  for (int i = 1; i + 1 < count; i += 2) {
    const long number = std::atol(words[i + 1]);
    if (number <= 0) return false;
    if (std::strcmp(words[i], "--parameters") == 0) {
      settings->parameters = static_cast<size_t>(number);
    } else if (std::strcmp(words[i], "--threads") == 0) {
      settings->threads = static_cast<int>(number);
    } else if (std::strcmp(words[i], "--rounds") == 0) {
      settings->rounds = static_cast<int>(number);
    } else {
      return false;
    }
  }
  return count % 2 == 1;
}

}  // namespace
}  // namespace gradus::bench

int main(int count, char** words) {
  gradus::bench::Settings settings;
  if (!gradus::bench::parse(count, words, &settings)) {
    std::fprintf(stderr, "usage: updates [--parameters N] [--threads N] [--rounds N]\n");
    return 2;
  }
  gradus::bench::run(settings);
  return 0;
}
