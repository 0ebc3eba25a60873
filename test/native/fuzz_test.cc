// A fixed number of cases of the differential fuzzer (fuzz/), the proof that it finds
// faults put into a table on purpose, and that no entry of `struct Kernels` is left out.
#include "fuzz/fuzz.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "fuzz/breakages.h"
#include "fuzz/cases.h"
#include "kernels/select.h"

namespace gradus::fuzz {
namespace {

#if defined(GRADUS_ADDRESS_SANITIZER)
constexpr bool kAddressSanitizer = true;
#else
constexpr bool kAddressSanitizer = false;
#endif

// About 30 seconds on one core of a current server. Sanitizers and emulators are slower and
// take fewer: GRADUS_FUZZ_CASES says how many.
uint64_t cases_to_run() {
  const char* const wanted = std::getenv("GRADUS_FUZZ_CASES");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : 8000;
}

TEST(Fuzz, AllTablesAgree) {
  Options options;
  options.cases = cases_to_run();
  const Outcome outcome = fuzz(options);
  EXPECT_FALSE(outcome.failed) << outcome.message;
  for (size_t i = 0; i < outcome.of.size(); ++i) EXPECT_GT(outcome.of[i], 0u) << case_kinds()[i].name;
}

TEST(Fuzz, RepeatsACaseExactly) {
  Options options;
  options.cases = 2000;
  options.breakage = "lane-order";
  const Outcome first = fuzz(options);
  ASSERT_TRUE(first.failed);
  options.first = first.number;
  options.cases = 1;
  EXPECT_EQ(fuzz(options).message, first.message);
  options.seed = 2;
  EXPECT_NE(fuzz(options).message, first.message);
}

class Faults : public testing::TestWithParam<Breakage> {};

// Each within the cases that the test above runs.
TEST_P(Faults, AreFound) {
  const Breakage& fault = GetParam();
  Options options;
  options.cases = 20000;
  options.breakage = fault.name;
  if (fault.out_of_bounds != nullptr && kAddressSanitizer) {
    options.kind = fault.out_of_bounds;
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    EXPECT_DEATH(fuzz(options), "AddressSanitizer(.|\n)*gradus_fuzz --seed 1 --case [0-9]+ --kind ") << fault.what;
    return;
  }
  const Outcome outcome = fuzz(options);
  EXPECT_TRUE(outcome.failed) << fault.what;
  RecordProperty("case", std::to_string(outcome.number));
}

INSTANTIATE_TEST_SUITE_P(Breakages, Faults, testing::ValuesIn(breakages()), [](const auto& info) {
  std::string name = info.param.name;
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
});

// struct Kernels seen as words: every one belongs to an entry that a case runs, or is one of the few that are no
// kernels.
TEST(Fuzz, CoversEveryEntryOfKernels) {
  constexpr size_t kWord = sizeof(void*);
  std::vector<bool> covered(sizeof(Kernels) / kWord);
  const auto cover = [&covered](const Slot& slot) {
    for (size_t at = slot.first / kWord; at * kWord < slot.first + slot.bytes; ++at) covered[at] = true;
  };
  for (const Slot& data : {GRADUS_SLOT(name), GRADUS_SLOT(fused)}) cover(data);
  for (const CaseKind& kind : case_kinds()) {
    for (const Slot& slot : kind.slots) cover(slot);
  }
  for (size_t i = 0; i < covered.size(); ++i) {
    EXPECT_TRUE(covered[i]) << "no case of test/native/fuzz says that it runs the entry of struct Kernels at byte "
                            << i * kWord << " of " << sizeof(Kernels) << ": see CONTRIBUTING.md, a kernel";
  }
}

}  // namespace
}  // namespace gradus::fuzz
