// Rows drawn at random in any of the ways that they are stored, with memory of their
// own: the base of the problems that tests solve.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/linear.h"
#include "tables.h"

namespace gradus {

// `kind` bits: 1 list, 2 weights, 4 shift and scale, 8 float32.
class SampleRows {
 public:
  std::vector<double> w;

  SampleRows(size_t rows, size_t columns, int kind, double mean = 0)
      : w(random_values(rows, 3, mean)),
        x_(random_values(rows * columns, 1, mean)),
        shift_(random_values(columns, 4, mean)),
        scale_(random_values(columns, 5, mean)),
        narrow_(x_.begin(), x_.end()) {
    for (double& v : w) v = std::fabs(v) + 0.1;
    for (size_t i = 0; i < rows; ++i) list_.push_back(static_cast<uint32_t>((i * 7919 + 3) % rows));
    rows_.x = kind & 8 ? static_cast<const void*>(narrow_.data()) : x_.data();
    rows_.type = kind & 8 ? Storage::kFloat32 : Storage::kFloat64;
    rows_.rows = rows;
    rows_.columns = columns;
    if (kind & 1) rows_.list = list_.data();
    if (kind & 2) rows_.weights = w.data();
    if (kind & 4) {
      rows_.shift = shift_.data();
      rows_.scale = scale_.data();
    }
  }
  SampleRows(const SampleRows&) = delete;
  SampleRows& operator=(const SampleRows&) = delete;

  const Rows& rows() const { return rows_; }
  double weight(size_t r) const { return rows_.weights ? w[r] : 1; }
  // Row r as the kernels see it, with the ones column.
  double z(size_t r, size_t j) const {
    if (j == rows_.columns) return 1;
    const size_t at = (rows_.list ? list_[r] : r) * rows_.columns + j;
    const double v = rows_.type == Storage::kFloat32 ? narrow_[at] : x_[at];
    return rows_.shift ? (v - shift_[j]) * scale_[j] : v;
  }

 private:
  std::vector<double> x_, shift_, scale_;
  std::vector<float> narrow_;
  std::vector<uint32_t> list_;
  Rows rows_;
};

}  // namespace gradus
