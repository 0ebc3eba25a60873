// Times the library's core and the limits of the machine for the benchmarks in
// bench/, which drive it line by line, so that its turns lie between those of the
// rivals. Says the kernel sets first, then answers every request with one line:
//
//   time WARM MEASURE          milliseconds of each measurement from now on
//   prepare PROBLEM ARGUMENTS  makes the works of works.h, in place of those before
//   variants WORK              the names of its variants; an empty line for no such work
//   run WORK VARIANT THREADS   seconds: the median of the single runs in MEASURE milliseconds,
//                              after WARM that do not count; at least one run each
//
// A request that cannot be answered gets `error` and the reason.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <memory>
#include <sstream>

#include "machine.h"
#include "works.h"

namespace gradus::bench {
namespace {

const std::map<std::string, Prepare> kProblems{
    {"gradient", prepare_gradient},
    {"gram", prepare_gram},
    {"cholesky", prepare_cholesky},
    {"update", prepare_update},
};

class Session {
 public:
  Session() { forget(); }

  std::string answer(const std::string& line) {
    std::istringstream words(line);
    Arguments arguments;
    for (std::string word; words >> word;) arguments.push_back(word);
    if (arguments.empty()) return "error: an empty request";
    const std::string request = arguments[0];
    arguments.erase(arguments.begin());
    if (request == "time" && arguments.size() == 2) return set_time(arguments);
    if (request == "prepare" && !arguments.empty()) return prepare(arguments);
    if (request == "variants" && arguments.size() == 1) return variants(arguments[0]);
    if (request == "run" && arguments.size() == 3) {
      return run(arguments[0], arguments[1], static_cast<int>(size_argument(arguments[2])));
    }
    return "error: no such request";
  }

 private:
  void forget() {
    works_.clear();
    sums_.clear();
    works_["multiply-adds"] = multiply_add_work();
  }

  std::string set_time(const Arguments& milliseconds) {
    warm_up_ = std::atof(milliseconds[0].c_str()) / 1000;
    measure_ = std::atof(milliseconds[1].c_str()) / 1000;
    return "0";
  }

  std::string prepare(Arguments arguments) {
    const auto problem = kProblems.find(arguments[0]);
    if (problem == kProblems.end()) return "error: no problem " + arguments[0];
    arguments.erase(arguments.begin());
    forget();  // first, so that there is room
    Works made = problem->second(arguments);
    if (made.empty()) return "error: wrong arguments, or not enough memory";
    works_.merge(made);
    return "0";
  }

  std::string variants(const std::string& name) const {
    const auto work = works_.find(name);
    std::string names;
    if (work == works_.end()) return names;
    for (const std::string& variant : work->second.variants) names += (names.empty() ? "" : " ") + variant;
    return names;
  }

  std::string run(const std::string& name, const std::string& variant, int threads) {
    const auto work = works_.find(name);
    if (work == works_.end() || threads == 0) return "error: no work " + name;
    const Run run = work->second.make(variant, threads);
    if (!run.once) return "error: no variant " + variant + " of " + name;
    std::vector<double> seconds;
    if (!repeat(run, warm_up_, nullptr) || !repeat(run, measure_, &seconds)) return "error: " + name + " failed";
    if (run.checksum && !agrees(name, run.checksum())) return "error: " + variant + " gives another " + name;
    std::nth_element(seconds.begin(), seconds.begin() + seconds.size() / 2, seconds.end());
    std::ostringstream text;
    text << seconds[seconds.size() / 2];
    return text.str();
  }

  static bool repeat(const Run& run, double budget, std::vector<double>* seconds) {
    using Clock = std::chrono::steady_clock;
    const auto since = [](Clock::time_point start) {
      return std::chrono::duration<double>(Clock::now() - start).count();
    };
    const Clock::time_point first = Clock::now();
    do {
      if (run.reset) run.reset();
      const Clock::time_point start = Clock::now();
      if (!run.once()) return false;
      const double taken = since(start);
      if (seconds) seconds->push_back(taken);
    } while (since(first) < budget);
    return true;
  }

  bool agrees(const std::string& name, double sum) {
    const double known = sums_.try_emplace(name, sum).first->second;
    return std::fabs(sum - known) <= 1e-9 * known;
  }

  Works works_;
  std::map<std::string, double> sums_;  // of the first variant that ran
  double warm_up_ = 0.02, measure_ = 0.04;
};

}  // namespace
}  // namespace gradus::bench

int main() {
  using namespace gradus::bench;
  give_way();
  for (const std::string& name : set_names()) std::printf("%s ", name.c_str());
  std::printf("\n");
  std::fflush(stdout);
  Session session;
  for (std::string line; std::getline(std::cin, line);) {
    std::printf("%s\n", session.answer(line).c_str());
    std::fflush(stdout);
  }
  return 0;
}
