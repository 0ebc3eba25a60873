#include "fuzz.h"

#include <csignal>
#include <cstdio>
#include <cstring>

#include "../tables.h"
#include "breakages.h"
#include "cases.h"

#if defined(GRADUS_ADDRESS_SANITIZER)
#include <sanitizer/common_interface_defs.h>
#endif

namespace gradus::fuzz {
namespace {

// How to repeat the case that runs now, for the moment when the process dies of it.
char running[200] = "";

void say_what_was_running() { std::fputs(running, stderr); }

extern "C" void dies(int signal) {
  say_what_was_running();
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void watch_for_death() {
#if defined(GRADUS_ADDRESS_SANITIZER)
  __sanitizer_set_death_callback(say_what_was_running);
#else
  for (const int signal : {SIGSEGV, SIGILL, SIGFPE, SIGABRT}) std::signal(signal, dies);
#endif
}

struct Runner {
  const Options& options;
  Tables tables;

  const CaseKind& kind_of(uint64_t number) const {
    const std::vector<CaseKind>& kinds = case_kinds();
    for (const CaseKind& kind : kinds) {
      if (options.kind == kind.name) return kind;
    }
    return kinds[number % kinds.size()];
  }

  std::string command(uint64_t number, size_t most) const {
    std::string text = "gradus_fuzz --seed " + std::to_string(options.seed) + " --case " + std::to_string(number);
    if (most != SIZE_MAX) text += " --most " + std::to_string(most);
    if (!options.kind.empty()) text += " --kind " + options.kind;
    if (!options.breakage.empty()) text += " --break " + options.breakage;
    return text;
  }

  // What failed; empty when nothing did.
  std::string run(uint64_t number, size_t most, Digests* digests = nullptr) const {
    const CaseKind& kind = kind_of(number);
    if (options.allocations && kind.slots.empty()) return "";
    std::snprintf(running, sizeof running, "while running %s: %s\n", kind.name, command(number, most).c_str());
    Draw of_case(options.seed * 0x9e3779b97f4a7c15u + number, SIZE_MAX);
    Case c(of_case.bits(), most, tables, options.allocations);
    try {
      kind.draw_and_run(c);
      c.check_inputs();
      if (digests) digests->plain = (digests->plain ^ c.digests().plain) * 1099511628211u;
      if (digests) digests->fused = (digests->fused ^ c.digests().fused) * 1099511628211u;
      return "";
    } catch (const Failure& failure) {
      return std::string(kind.name) + " (" + c.sizes() + "): " + failure.what;
    }
  }

  std::string report(uint64_t number, const std::string& what) const {
    std::string text = what + "\n  repeat with: " + command(number, options.most) + "\n";
    for (size_t most = 0; most < 300 && most < options.most; most += 1 + most / 4) {
      const std::string smaller = run(number, most);
      if (!smaller.empty()) return text + "  with smaller sizes: " + command(number, most) + "\n  " + smaller + "\n";
    }
    return text;
  }
};

}  // namespace

Outcome fuzz(const Options& options) {
  watch_for_death();
  Runner runner{options, all_tables()};
  Kernels broken;
  if (!options.breakage.empty()) {
    broken = break_kernels(*runner.tables.back(), options.breakage);
    runner.tables.push_back(&broken);
  }
  const std::vector<CaseKind>& kinds = case_kinds();
  Outcome outcome;
  outcome.of.resize(kinds.size());
  for (uint64_t i = 0; i < options.cases; ++i) {
    const uint64_t number = options.first + i;
    const std::string failed = runner.run(number, options.most, &outcome.digests);
    ++outcome.of[static_cast<size_t>(&runner.kind_of(number) - kinds.data())];
    if (failed.empty()) continue;
    outcome.failed = true;
    outcome.number = number;
    outcome.message = runner.report(number, failed);
    break;
  }
  running[0] = '\0';
  return outcome;
}

}  // namespace gradus::fuzz
