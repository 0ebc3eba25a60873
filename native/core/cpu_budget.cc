// The processor budget. On Linux: the affinity mask, then the bandwidth quota
// of every control group from the process's own up to the root, version 2
// (cpu.max) and version 1 (cpu.cfs_quota_us). Elsewhere: what C++ reports.
#include "core/cpu_budget.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <thread>

#if defined(__linux__)
#include <sched.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#endif

namespace gradus {
namespace {

constexpr double kMost = 256, kNoLimit = std::numeric_limits<double>::infinity();

#if defined(__linux__)
// Processors granted by quota and period in microseconds.
double granted(const std::string& quota, double period) {
  const double microseconds = std::atof(quota.c_str());  // "max" and "-1" mean no limit
  return microseconds > 0 && period > 0 ? microseconds / period : kNoLimit;
}

// The text of a file, empty when there is none. By C's functions: the streams of C++, linked statically, would bring
// every locale facet along, up to half of the binary.
std::string text_of(const std::string& path) {
  std::string text;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "r"), std::fclose);
  char part[512];
  for (size_t n = 1; file && n > 0; text.append(part, n)) n = std::fread(part, 1, sizeof(part), file.get());
  return text;
}

double quota_v2(const std::string& folder) {
  const std::string text = text_of(folder + "/cpu.max");  // quota and period
  return granted(text, std::atof(text.c_str() + std::min(text.find(' '), text.size())));
}

double quota_v1(const std::string& folder) {
  return granted(text_of(folder + "/cpu.cfs_quota_us"), std::atof(text_of(folder + "/cpu.cfs_period_us").c_str()));
}

// The least quota from the group `path` up to the root of the mount.
double quota_upwards(const std::string& mount, std::string path, double (*quota)(const std::string&)) {
  double least = kNoLimit;
  while (true) {
    if (path == "/") path.clear();
    least = std::min(least, quota(mount + path));
    const size_t slash = path.rfind('/');
    if (path.empty() || slash == std::string::npos) return least;
    path.resize(slash);
  }
}

double group_quota() {
  const std::string groups = text_of("/proc/self/cgroup");
  double least = kNoLimit;
  for (size_t start = 0, end; (end = groups.find('\n', start)) != std::string::npos; start = end + 1) {
    const std::string line = groups.substr(start, end - start);  // number:controllers:path
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string path = line.substr(second + 1);
    std::string controllers = line.substr(first, second - first);  // ":cpu,cpuacct"
    controllers[0] = ',';
    controllers += ',';
    if (controllers == ",,") {
      least = std::min(least, quota_upwards("/sys/fs/cgroup", path, quota_v2));
    } else if (controllers.find(",cpu,") != std::string::npos) {
      least = std::min(least, quota_upwards("/sys/fs/cgroup/cpu", path, quota_v1));
    }
  }
  return least;
}
#endif

}  // namespace

CpuBudget cpu_budget() noexcept {
  CpuBudget budget = {1, std::max(1, static_cast<int>(std::thread::hardware_concurrency())), kNoLimit};
#if defined(__linux__)
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) == 0) budget.processors = CPU_COUNT(&set);
  try {
    budget.quota = group_quota();
  } catch (...) {
    // Out of memory while reading a few lines: keep the affinity count.
  }
#endif
  const double granted = std::min(static_cast<double>(budget.processors), std::ceil(budget.quota));
  budget.threads = static_cast<int>(std::clamp(granted, 1.0, kMost));
  return budget;
}

}  // namespace gradus
