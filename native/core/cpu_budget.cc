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

#include <cstdlib>
#include <fstream>
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

double quota_v2(const std::string& folder) {
  std::ifstream file(folder + "/cpu.max");
  std::string quota;
  double period = 0;
  return file >> quota >> period ? granted(quota, period) : kNoLimit;
}

double quota_v1(const std::string& folder) {
  std::ifstream quota_file(folder + "/cpu.cfs_quota_us"), period_file(folder + "/cpu.cfs_period_us");
  std::string quota;
  double period = 0;
  return quota_file >> quota && period_file >> period ? granted(quota, period) : kNoLimit;
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
  std::ifstream groups("/proc/self/cgroup");
  double least = kNoLimit;
  for (std::string line; std::getline(groups, line);) {  // number:controllers:path
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
