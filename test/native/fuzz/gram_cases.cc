// The register tiles of the Gram matrix, by every height and width a table has.
#include <algorithm>

#include "cases.h"

namespace gradus::fuzz {
namespace {

// A product of two matrices, transpose(a) W b; every table covers it with its own tiles.
void gram_tiles(Case& c) {
  const size_t k = c.length("k", 600), height = 1 + c.length("rows", 40), width = 1 + c.length("columns", 40);
  const double* const a = c.doubles(k * height);
  const double* const b = c.doubles(k * width);
  const double* const before = c.doubles(height * width);
  const double* const w = c.draw.coin() ? c.weights(k) : nullptr;
  const bool start = c.draw.coin(), in_place = c.draw.coin();
  const Runs runs = c.run(Same::kInClass, [&](Run& run) {
    const Kernels& kernels = run.kernels;
    const size_t padded = (width + kLanes - 1) / kLanes * kLanes, most = kernels.gram_vectors * kLanes;
    double* const from = run.scratch(k * padded);
    double* const packed = in_place ? from : run.scratch(k * padded);
    double* const sums = run.scratch(height * padded);
    std::fill_n(from, k * padded, 0.0);
    std::fill_n(sums, height * padded, 0.0);
    for (size_t q = 0; q < k; ++q) std::copy_n(b + q * width, width, from + q * padded);
    for (size_t i = 0; i < height; ++i) std::copy_n(before + i * width, width, sums + i * padded);
    for (size_t j = 0; j < padded; j += most) {
      const size_t vectors = std::min(most, padded - j) / kLanes;
      const double* at = from;
      size_t i = 0;
      const auto tile = [&] {
        return GramTile{
            k, a + i, height, at + j, padded, sums + i * padded + j, padded, start, reinterpret_cast<const char*>(a),
            8};
      };
      for (size_t m; i < height; i += m) {
        m = std::min(kernels.gram_rows, height - i);
        if (w && i == 0) {
          kernels.gram_first[vectors - 1][m - 1](tile(), w, 1, packed + j, padded);
          at = packed;
        } else {
          kernels.gram[vectors - 1][m - 1](tile());
        }
      }
    }
    double* const out = run.out(height * width);
    for (size_t i = 0; i < height; ++i) std::copy_n(sums + i * padded, width, out + i * width);
  });
  for (int sample = 0; sample < 20; ++sample) {
    const size_t i = c.draw.below(height), j = c.draw.below(width);
    Exact sum;
    sum.add(start ? 0 : before[i * width + j], 0);
    for (size_t q = 0; q < k; ++q) {
      const double z = w ? w[q] * b[q * width + j] : b[q * width + j];
      sum.add(static_cast<long double>(a[q * height + i]) * z);
    }
    c.expect(runs, 0, i * width + j, sum);
  }
}

}  // namespace

std::vector<CaseKind> gram_cases() {
  return {{"gram_tiles",
           gram_tiles,
           {GRADUS_SLOT(gram_rows), GRADUS_SLOT(gram_vectors), GRADUS_SLOT(gram), GRADUS_SLOT(gram_first)}}};
}

}  // namespace gradus::fuzz
