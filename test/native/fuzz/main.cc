// gradus_fuzz: runs cases of the differential fuzzer by hand, one that failed
// elsewhere or many.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "breakages.h"
#include "cases.h"
#include "fuzz.h"

namespace {

int usage() {
  std::fputs(
      "gradus_fuzz [--seed S] [--case K | --cases N] [--first K] [--most SIZE] [--kind NAME] [--break FAULT]\n"
      "Runs case K of seed S, or N cases from the first on (default 10000 from 0 of seed 1).\nkinds:",
      stderr);
  for (const auto& kind : gradus::fuzz::case_kinds()) std::fprintf(stderr, " %s", kind.name);
  std::fputs("\nfaults:\n", stderr);
  for (const auto& fault : gradus::fuzz::breakages()) std::fprintf(stderr, "  %-12s %s\n", fault.name, fault.what);
  return 2;
}

template <class List>
bool lists(const List& list, const std::string& name) {
  for (const auto& entry : list) {
    if (name == entry.name) return true;
  }
  return false;
}

}  // namespace

int main(int count, char** arguments) {
  gradus::fuzz::Options options;
  options.cases = 10000;
  for (int i = 1; i < count; i += 2) {
    const std::string name = arguments[i];
    if (i + 1 == count) return usage();
    const std::string value = arguments[i + 1];
    char* end = nullptr;
    const unsigned long long number = std::strtoull(value.c_str(), &end, 10);
    const bool is_number = !value.empty() && *end == '\0';
    if (name == "--kind" && lists(gradus::fuzz::case_kinds(), value)) {
      options.kind = value;
    } else if (name == "--break" && lists(gradus::fuzz::breakages(), value)) {
      options.breakage = value;
    } else if (!is_number) {
      return usage();
    } else if (name == "--seed") {
      options.seed = number;
    } else if (name == "--first") {
      options.first = number;
    } else if (name == "--cases") {
      options.cases = number;
    } else if (name == "--most") {
      options.most = static_cast<size_t>(number);
    } else if (name == "--case") {
      options.first = number;
      options.cases = 1;
    } else {
      return usage();
    }
  }
  const gradus::fuzz::Outcome outcome = gradus::fuzz::fuzz(options);
  if (outcome.failed) {
    std::fprintf(stderr, "case %llu failed: %s", static_cast<unsigned long long>(outcome.number),
                 outcome.message.c_str());
    return 1;
  }
  std::printf("%llu cases passed; digest of the plain class %016llx, of the fused %016llx\n",
              static_cast<unsigned long long>(options.cases), static_cast<unsigned long long>(outcome.digests.plain),
              static_cast<unsigned long long>(outcome.digests.fused));
  return 0;
}
