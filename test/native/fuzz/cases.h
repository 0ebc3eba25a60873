// The list of what the fuzzer can draw. A case is a function that draws its inputs,
// and says which entries of `struct Kernels` it runs directly; fuzz_test.cc fails
// when there is one that no case runs.
#pragma once

#include <cstddef>
#include <vector>

#include "case.h"

namespace gradus::fuzz {

// Some bytes of struct Kernels.
struct Slot {
  size_t first, bytes;
};
#define GRADUS_SLOT(field) \
  gradus::fuzz::Slot { offsetof(gradus::Kernels, field), sizeof(gradus::Kernels::field) }

struct CaseKind {
  const char* name;
  void (*draw_and_run)(Case& c);
  std::vector<Slot> slots;
};

const std::vector<CaseKind>& case_kinds();

// Of each file of cases, its part of the list.
std::vector<CaseKind> vector_cases();
std::vector<CaseKind> row_cases();
std::vector<CaseKind> step_cases();
std::vector<CaseKind> gram_cases();
std::vector<CaseKind> linear_cases();
std::vector<CaseKind> factor_cases();

}  // namespace gradus::fuzz
