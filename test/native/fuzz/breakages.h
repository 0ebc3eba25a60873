// Faults put into a table on purpose, to prove that the fuzzer finds them.
#pragma once

#include <string>
#include <vector>

#include "kernels/kernels.h"

namespace gradus::fuzz {

struct Breakage {
  const char* name;
  const char* what;
  const char* out_of_bounds;  // the kind of case that AddressSanitizer ends at once; null where it has no say
  void (*apply)(Kernels* table);
};

const std::vector<Breakage>& breakages();

// A copy of the table with that fault. One at a time: the faults call the kernels they replace.
Kernels break_kernels(const Kernels& table, const std::string& name);

}  // namespace gradus::fuzz
