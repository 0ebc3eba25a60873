// A leaf passes in blocks of rows. The columns j of a block are read where they
// are, or copied; the columns i pass in panels, which the first register tile that
// meets them multiplies by the weights and keeps for the others.
#include "core/gram_tile.h"

namespace gradus {
namespace {

// Rows of a block. A panel of as many (24 KB) stays in the first cache while it meets every column j, and the sums are
// read and written once for so many multiply-adds. Where there are many tiles the second cache must also hold the
// columns of the next block, twice 240 of them: half as many rows.
constexpr size_t kWholeRows = 128, kTileRows = 64;

constexpr double kOne = 1;

}  // namespace

void curvature_of(const Kernels& kernels, const LinearProblem& problem, const double* parameters, size_t first,
                  size_t count, const double* z, size_t stride, double* memory, double* out) noexcept {
  const size_t d = problem.rows.columns;
  const double* const y = problem.y ? problem.y + first : nullptr;
  const double* const w = problem.rows.weights ? problem.rows.weights + first : nullptr;
  double* const eta = memory;
  double* const derivative = memory + count;
  LossSums unused{};
  kernels.linear(z, stride, count, d, parameters, eta);
  if (problem.intercept) {
    for (size_t i = 0; i < count; ++i) eta[i] += parameters[d];
  }
  kernels.loss[static_cast<size_t>(problem.loss)](count, eta, y, w, problem.loss_parameter, derivative, out, &unused);
}

// What the register tiles of one block prefetch of the next one: as many bytes for every multiply-add, so that memory
// is read evenly while the arithmetic goes on.
class GramTileSums::Ahead {
 public:
  // `nothing` is memory in the cache, for tiles that have nothing to prefetch.
  Ahead(const GramTileSums& sums, size_t first, const double* nothing) noexcept
      : rows_(sums.rows_),
        tile_(sums.tile_),
        size_(rows_.type == Storage::kFloat64 ? sizeof(double) : sizeof(float)),
        tile_rows_(sums.block_rows()),
        row_(first),
        end_(std::min(first + tile_rows_, rows_.rows)),
        at_(reinterpret_cast<const char*>(nothing)) {
    if (row_ >= end_) return;
    const size_t work = tile_.j.count * round_up(tile_.i.count, kLanes) / kLanes / (tile_.diagonal() ? 2 : 1) + 1;
    const size_t columns = tile_.j.count + (tile_.diagonal() ? 0 : tile_.i.count);
    each_ = static_cast<double>((end_ - row_) * columns * size_) / static_cast<double>(work);
    if (!tile_.whole || rows_.list) return;
    run(row_ * rows_.columns, (end_ - row_) * rows_.columns);
    row_ = end_;
  }

  // For a tile of m columns by v vectors.
  void next(size_t m, size_t v, GramTile* tile) noexcept {
    if (left_ == 0 && row_ < end_) {
      const Range range = second_ ? tile_.i : tile_.j;
      run((rows_.list ? rows_.list[row_] : row_) * rows_.columns + range.first,
          std::min(range.count, rows_.columns - std::min(range.first, rows_.columns)));
      second_ = !second_ && !tile_.diagonal();
      if (!second_) ++row_;
    }
    const size_t share = static_cast<size_t>(each_ * static_cast<double>(m * v));
    const size_t n = left_ <= 2 * share ? left_ : share;
    tile->prefetch = at_;
    tile->prefetch_step = (2 * n + tile_rows_ - 1) / tile_rows_;
    at_ += n;
    left_ -= n;
  }

 private:
  void run(size_t first, size_t count) noexcept {
    at_ = static_cast<const char*>(rows_.x) + first * size_;
    left_ = count * size_;
  }

  const Rows& rows_;
  const Tile& tile_;
  const size_t size_, tile_rows_;
  size_t row_, end_, left_ = 0;
  const char* at_;
  double each_ = 0;
  bool second_ = false;
};

size_t GramTileSums::block_rows() const noexcept { return tile_.whole ? kWholeRows : kTileRows; }

size_t GramTileSums::scratch() const noexcept {
  return block_rows() * (kGramPanel + copy_size() + (weights_.parameters ? 3 : 0));
}

// Columns of some rows, with the ones last. What lies beyond is left alone.
void GramTileSums::load(size_t first, size_t count, Range range, double* out, size_t out_stride) const noexcept {
  const size_t d = rows_.columns, offset = (rows_.list ? 0 : first * d) + range.first;
  const size_t have = range.first >= d ? 0 : std::min(range.count, d - range.first);
  if (have > 0) {
    const uint32_t* list = rows_.list ? rows_.list + first : nullptr;
    const double* shift = rows_.shift ? rows_.shift + range.first : nullptr;
    const double* scale = rows_.scale ? rows_.scale + range.first : nullptr;
    if (rows_.type == Storage::kFloat64) {
      const auto* x = static_cast<const double*>(rows_.x) + offset;
      kernels_.load_f64(x, d, list, count, have, shift, scale, out, out_stride);
    } else {
      const auto* x = static_cast<const float*>(rows_.x) + offset;
      kernels_.load_f32(x, d, list, count, have, shift, scale, out, out_stride);
    }
  }
  for (size_t r = 0; r < count && have < range.count; ++r) out[r * out_stride + have] = 1;
}

void GramTileSums::leaf(size_t first, size_t count, double* scratch, double* sums) const noexcept {
  const size_t rows = block_rows();
  for (size_t r = 0; r < count; r += rows) block(first + r, std::min(rows, count - r), r == 0, scratch, sums);
}

void GramTileSums::block(size_t first, size_t count, bool start, double* scratch, double* sums) const noexcept {
  const size_t d = rows_.columns, height = kernels_.gram_rows, sums_stride = stride();
  const Range i = tile_.i, j = tile_.j;
  double* const panel = scratch;
  double* const copy = panel + block_rows() * kGramPanel;
  const double* const x = rows_.direct() ? static_cast<const double*>(rows_.x) + first * d : nullptr;
  const double* z = copy;
  size_t z_panel = copy_panel(), columns = j.count;
  if (in_place()) {
    z = x;
    z_panel = d;
    columns = d;  // without the ones
  } else {
    for (size_t k = 0; k < j.count; k += z_panel) {
      load(first, count, {j.first + k, std::min(z_panel, j.count - k)}, copy + k * block_rows(), z_panel);
    }
  }
  const double* w = weights_.given ? weights_.given + first : nullptr;
  if (weights_.parameters) {
    double* const memory = copy + block_rows() * copy_size();
    curvature_of(kernels_, problem_, weights_.parameters, first, count, z, z_panel, memory + count, memory);
    w = memory;
  }
  Ahead ahead(*this, first + count, panel);
  GramTile t{count, nullptr, z_panel, nullptr, 0, nullptr, sums_stride, start, nullptr, 0};
  // Panels as equal as can be: a narrow one keeps too few chains going.
  const size_t vectors = (i.count + kLanes - 1) / kLanes;
  const size_t panels = (vectors + kernels_.gram_vectors - 1) / kernels_.gram_vectors;
  for (size_t k = 0, at = 0, end; k < panels; ++k, at = end) {
    end = vectors * (k + 1) / panels * kLanes;
    const Range range{i.first + at, std::min(end, i.count) - at};
    const size_t wide = (range.count + kLanes - 1) / kLanes;
    const size_t depth = tile_.diagonal() ? std::min(columns, at + range.count) : columns;
    t.b = panel;
    t.b_stride = kGramPanel;
    // Whole vectors are read where they are, unless they would have the ones in them or reach beyond the last row.
    if (x && range.end() <= d && (range.count % kLanes == 0 || first + count < rows_.rows)) {
      t.b = x + range.first;
      t.b_stride = d;
    } else if (tile_.whole && !in_place()) {
      t.b = z + at;
      t.b_stride = z_panel;
    } else {
      load(first, count, range, panel, kGramPanel);
    }
    size_t q = 0;
    if (depth >= height) {
      t.a = z;
      t.c = sums + at;
      ahead.next(height, wide, &t);
      kernels_.gram_first[wide - 1](t, w ? w : &kOne, w ? 1 : 0, panel, kGramPanel);
      q = height;
    } else {
      if (t.b != panel) load(first, count, range, panel, kGramPanel);
      if (w) kernels_.scale_rows(panel, kGramPanel, count, range.count, w, panel);
    }
    t.b_stride = kGramPanel;
    for (; q < depth; q += height) {
      const size_t m = std::min(height, depth - q);
      const size_t above = tile_.diagonal() && q > at ? (q - at) / kLanes : 0;  // vectors wholly above the diagonal
      t.a = z + q / z_panel * z_panel * block_rows() + q % z_panel;
      t.b = panel + above * kLanes;
      t.c = sums + q * sums_stride + at + above * kLanes;
      ahead.next(m, wide - above, &t);
      kernels_.gram[wide - above - 1][m - 1](t);
    }
    if (columns < j.count && range.end() > d) {  // the ones with themselves
      const size_t last = (range.count - 1) / kLanes * kLanes;
      GramTile ones = t;
      ones.a = &kOne;
      ones.a_stride = 0;
      ones.b = panel + last;
      ones.c = sums + columns * sums_stride + at + last;
      ones.prefetch = reinterpret_cast<const char*>(panel);
      ones.prefetch_step = 0;
      kernels_.gram[0][0](ones);
    }
  }
}

void GramTileSums::add(const double* from, double* to) const noexcept {
  for (size_t j = 0; j < tile_.j.count; ++j) {
    // What lies above the diagonal was never written.
    const size_t first = tile_.diagonal() ? j / kLanes * kLanes : 0, at = j * stride() + first;
    kernels_.add(from + at, to + at, tile_.i.count - first);
  }
}

void GramTileSums::put(const double* sums, double* gram, size_t p) const noexcept {
  const Range i = tile_.i, j = tile_.j;
  for (size_t a = 0; a < i.count; a += kLanes) {
    for (size_t b = 0; b < j.count; b += kLanes) {
      for (size_t row = a; row < std::min(a + kLanes, i.count); ++row) {
        double* const out = gram + (i.first + row) * p + j.first;
        const size_t end = std::min({b + kLanes, j.count, i.first + row + 1 - j.first});
        for (size_t column = b; column < end; ++column) out[column] = sums[column * stride() + row];
      }
    }
  }
  for (size_t row = j.first; row < j.end(); ++row) {
    const size_t above = std::max(i.first, row + 1);
    std::fill_n(gram + row * p + above, i.end() - std::min(above, i.end()), 0.0);
  }
}

}  // namespace gradus
