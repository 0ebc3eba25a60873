// What the tests of kernels share: every table of this machine, and numbers to try
// them on.
#pragma once

#include <cstddef>
#include <cstring>
#include <random>
#include <vector>

#include "kernels/select.h"

namespace gradus {

// The reference, which processors with a set of their own are not offered.
inline const Kernels& scalar_table() {
  static const Kernels scalar = scalar_kernels();
  return scalar;
}

// The scalar table, then those for users, each once.
inline std::vector<const Kernels*> all_tables() {
  std::vector<const Kernels*> tables{&scalar_table()};
  for (const Kernels* table : available_kernels()) {
    if (std::strcmp(table->name, "scalar") != 0) tables.push_back(table);
  }
  return tables;
}

// Normally distributed, the same for the same seed.
inline std::vector<double> random_values(size_t n, unsigned seed, double mean = 0) {
  std::mt19937 engine(seed);
  std::normal_distribution<double> normal(mean, 1.0);
  std::vector<double> v(n);
  for (double& x : v) x = normal(engine);
  return v;
}

}  // namespace gradus
