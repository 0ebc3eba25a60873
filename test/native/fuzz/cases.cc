#include "cases.h"

namespace gradus::fuzz {

const std::vector<CaseKind>& case_kinds() {
  static const std::vector<CaseKind> kinds = [] {
    std::vector<CaseKind> all;
    for (const auto& part : {vector_cases(), row_cases(), step_cases(), gram_cases(), linear_cases(), factor_cases()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }();
  return kinds;
}

}  // namespace gradus::fuzz
