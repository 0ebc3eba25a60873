// A leaf passes in blocks of rows. The columns j of a block are read where they
// are, or copied; the columns i pass in panels, which the first register tile that
// meets them multiplies by the weights and keeps for the others. Register tiles
// have columns i in their vectors, and those that fill no vector as scalars.
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
  finish_predictors(problem, parameters, first, count, eta);
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
    const size_t work = tile_.j.count * tile_.i.count / kLanes / (tile_.diagonal() ? 2 : 1) + 1;
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

// Columns of some rows, with the ones last. The rest of the last logical vector, which takes part in sums that nobody
// reads, becomes 0: whatever else lay there could be subnormal, and then takes ten times as long.
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
  const size_t padded = std::min(round_up(range.count, kLanes), out_stride);
  for (size_t r = 0; r < count && range.count < padded; ++r) {
    std::fill(out + r * out_stride + range.count, out + r * out_stride + padded, 0.0);
  }
}

void GramTileSums::leaf(size_t first, size_t count, double* scratch, double* sums) const noexcept {
  const size_t rows = block_rows();
  for (size_t r = 0; r < count; r += rows) block(first + r, std::min(rows, count - r), r == 0, scratch, sums);
}

struct GramTileSums::Block {
  size_t first, count;
  bool start;
  const double* x;  // its rows, where they can be read as they are
  const double* z;  // columns j, `panel` of them a row; the next ones lie block_rows() rows further on
  size_t panel;
  const double* w;  // null for ones
  double* memory;   // of one panel
  double* sums;

  GramTile tile(size_t sums_stride) const noexcept {
    return {count, nullptr, panel, memory, kGramPanel, nullptr, sums_stride, start, nullptr, 0};
  }
};

void GramTileSums::block(size_t first, size_t count, bool start, double* scratch, double* sums) const noexcept {
  const size_t d = rows_.columns;
  const Range j = tile_.j;
  double* const copy = scratch + block_rows() * kGramPanel;
  Block block{first, count, start, nullptr, copy, copy_panel(), nullptr, scratch, sums};
  if (rows_.direct()) block.x = static_cast<const double*>(rows_.x) + first * d;
  if (in_place()) {
    block.z = block.x;
    block.panel = d;
  } else {
    for (size_t k = 0; k < j.count; k += block.panel) {
      load(first, count, {j.first + k, std::min(block.panel, j.count - k)}, copy + k * block_rows(), block.panel);
    }
  }
  if (weights_.given) block.w = weights_.given + first;
  if (weights_.parameters) {
    double* const out = copy + block_rows() * copy_size();
    curvature_of(kernels_, problem_, weights_.parameters, first, count, block.z, block.panel, out + count, out);
    block.w = out;
  }
  Ahead ahead(*this, first + count, scratch);
  whole_vectors(block, &ahead);
  if (rest() > 0) rest_of_columns(block, &ahead);
}

void GramTileSums::whole_vectors(const Block& block, Ahead* ahead) const noexcept {
  const size_t height = kernels_.gram_rows, vectors = whole() / kLanes;
  // Panels as equal as can be: a narrow one keeps too few chains going.
  const size_t panels = (vectors + kernels_.gram_vectors - 1) / kernels_.gram_vectors;
  GramTile t = block.tile(stride());
  for (size_t k = 0, at = 0, end; k < panels; ++k, at = end) {
    end = vectors * (k + 1) / panels * kLanes;
    const size_t wide = (end - at) / kLanes, depth = tile_.diagonal() ? end : tile_.j.count;
    t.b = block.memory;
    t.b_stride = kGramPanel;
    if (rows_.direct()) {
      t.b = block.x + tile_.i.first + at;
      t.b_stride = rows_.columns;
    } else if (tile_.whole) {
      t.b = block.z + at;
      t.b_stride = block.panel;
    } else {
      load(block.first, block.count, {tile_.i.first + at, end - at}, block.memory, kGramPanel);
    }
    for (size_t q = 0; q < depth; q += height) {
      const size_t m = std::min(height, depth - q);
      const size_t above = tile_.diagonal() && q > at ? (q - at) / kLanes : 0;  // vectors wholly above the diagonal
      t.a = block.z + q / block.panel * block.panel * block_rows() + q % block.panel;
      t.c = block.sums + q * stride() + at + above * kLanes;
      ahead->next(m, wide - above, &t);
      if (q == 0) {
        kernels_.gram_first[wide - 1][m - 1](t, block.w ? block.w : &kOne, block.w ? 1 : 0, block.memory, kGramPanel);
        t.b_stride = kGramPanel;
      } else {
        t.b = block.memory + above * kLanes;
        kernels_.gram[wide - above - 1][m - 1](t);
      }
    }
  }
}

void GramTileSums::rest_of_columns(const Block& block, Ahead* ahead) const noexcept {
  const size_t height = kernels_.gram_rows, columns = tile_.diagonal() ? whole() : tile_.j.count;
  const Range range{tile_.i.first + whole(), rest()};
  // Whole vectors are read where they are, unless they would have the ones in them or reach beyond the last row.
  const size_t d = rows_.columns, last = (block.first + block.count - 1) * d + range.first;
  const double* from = block.memory;
  size_t from_stride = kGramPanel;
  if (tile_.diagonal() && rows_.direct() && range.end() <= d && last + kLanes <= rows_.rows * d) {
    from = block.x + range.first;
    from_stride = d;
  } else if (tile_.whole && !rows_.direct()) {
    from = block.z + whole();
    from_stride = block.panel;
  } else {
    load(block.first, block.count, range, block.memory, kGramPanel);
  }
  double* const weighted = block.memory + kLanes;
  const double* const w = block.w ? block.w : &kOne;
  GramTile t = block.tile(kLanes);
  t.b_stride = kGramPanel;
  if (!tile_.diagonal()) {
    for (size_t r = 0; r < block.count; ++r) {
      const double weight = block.w ? block.w[r] : 1.0;
      for (size_t q = 0; q < rest(); ++q) weighted[r * kGramPanel + q] = weight * from[r * kGramPanel + q];
    }
  }
  for (size_t q = 0; q < rest() && tile_.diagonal(); q += height) {  // with themselves
    const size_t m = std::min(height, rest() - q);
    t.a = from + q;
    t.a_stride = from_stride;
    t.c = block.sums + corner() + q * kLanes;
    ahead->next(m, 1, &t);
    if (q == 0) {
      t.b = from;
      t.b_stride = from_stride;
      kernels_.gram_first[0][m - 1](t, w, block.w ? 1 : 0, weighted, kGramPanel);
      t.b = weighted;
      t.b_stride = kGramPanel;
    } else {
      kernels_.gram[0][m - 1](t);
    }
  }
  t.a_stride = kGramPanel;
  t.b_stride = block.panel;
  t.c_stride = rest_row(1) - rest_row(0);
  for (size_t q = 0; q < rest(); q += height) {
    const size_t m = std::min(height, rest() - q);
    t.a = weighted + q;
    for (size_t j = 0, v; j < columns; j += v * kLanes) {
      v = std::min(kernels_.gram_vectors, (columns - j) / kLanes);
      t.b = block.z + j / block.panel * block.panel * block_rows() + j % block.panel;
      t.c = block.sums + rest_row(q) + j;
      ahead->next(m, v, &t);
      kernels_.gram[v - 1][m - 1](t);
    }
  }
}

void GramTileSums::add(const double* from, double* to) const noexcept {
  for (size_t j = 0; j < tile_.j.count; ++j) {
    // What lies above the diagonal was never written.
    const size_t first = tile_.diagonal() ? j / kLanes * kLanes : 0, at = j * stride() + first;
    if (first < whole()) kernels_.add(from + at, to + at, whole() - first);
  }
  const size_t columns = tile_.diagonal() ? whole() : tile_.j.count;
  for (size_t q = 0; q < rest(); ++q) kernels_.add(from + rest_row(q), to + rest_row(q), columns);
  if (tile_.diagonal()) {
    for (size_t q = 0; q < rest(); ++q) kernels_.add(from + corner() + q * kLanes, to + corner() + q * kLanes, rest());
  }
}

void GramTileSums::put(const double* sums, double* gram, size_t p) const noexcept {
  const Range i = tile_.i, j = tile_.j;
  // By squares, which fit in the first cache.
  for (size_t a = 0; a < whole(); a += kLanes) {
    for (size_t b = 0; b < j.count; b += kLanes) {
      for (size_t row = a; row < a + kLanes; ++row) {
        double* const out = gram + (i.first + row) * p + j.first;
        const size_t end = std::min({b + kLanes, j.count, i.first + row + 1 - j.first});
        for (size_t column = b; column < end; ++column) out[column] = sums[column * stride() + row];
      }
    }
  }
  const size_t columns = tile_.diagonal() ? whole() : j.count;
  for (size_t q = 0; q < rest(); ++q) {
    double* const out = gram + (i.first + whole() + q) * p + j.first;
    std::copy_n(sums + rest_row(q), columns, out);
    for (size_t k = 0; k <= q && tile_.diagonal(); ++k) out[columns + k] = sums[corner() + k * kLanes + q];
  }
  for (size_t row = j.first; row < j.end(); ++row) {
    const size_t above = std::max(i.first, row + 1);
    std::fill_n(gram + row * p + above, i.end() - std::min(above, i.end()), 0.0);
  }
}

}  // namespace gradus
