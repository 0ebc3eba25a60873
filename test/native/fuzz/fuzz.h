// The loop of the differential fuzzer: cases by number, each a function of the seed
// and its number alone, so that any of them can be repeated. gradus_fuzz (main.cc)
// and fuzz_test.cc call it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "case.h"

namespace gradus::fuzz {

struct Options {
  uint64_t seed = 1;
  uint64_t first = 0;  // the first case's number
  uint64_t cases = 1;
  size_t most = SIZE_MAX;  // larger sizes are brought below it
  std::string kind;        // the name of one kind of case; empty for all
  std::string breakage;    // a fault to find (breakages.h); empty for none
  // Counts allocations: then only cases that call kernels directly are run, and these must make none.
  size_t (*allocations)() = nullptr;
};

struct Outcome {
  bool failed = false;
  uint64_t number = 0;     // of the failed case
  std::string message;     // what failed, and how to repeat it
  std::vector<size_t> of;  // how many cases of each kind were run
  // Of all results that agreed, by class: the same on every machine, whose tables thus agree with those of others.
  Digests digests;
};

// Stops at the first failure, and looks for the smallest sizes that show it. When a
// sanitizer or a signal ends the process, how to repeat the case is printed before.
Outcome fuzz(const Options& options);

}  // namespace gradus::fuzz
