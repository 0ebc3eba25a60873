// One table of kernels per instruction set. A kernel takes pointers and
// lengths, allocates nothing, throws nothing, knows nothing of threads or
// models, and accepts any length (0 included) and any alignment. Algorithms
// that use several kernels live in core/.
//
// Two bit classes: "plain" tables (scalar, sse2, and the TypeScript set) round
// after every operation; "fused" tables (avx2 and wider, neon) use fused multiply-add
// where a kernel says mul_add. Inside a class all results are equal bit for bit,
// because every order of summation is fixed: see docs/numerics.md.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gradus {

// Lanes of one logical vector (64 bytes of float64) in a dot product of a row.
inline constexpr size_t kLanes = 8;
// Lanes of a strip, on which core/ builds Cholesky and triangular systems: 120 rows of it are half of a 48 KB first
// cache.
inline constexpr size_t kStrip = 24;
// Rows of one leaf of the summation tree, and the K block of the Gram matrix.
inline constexpr size_t kLeafRows = 512;

// Fused tables take this many steps of one row of the plain rule at a time, for
// speed. Blocks begin with an epoch; whoever cuts an epoch cuts between blocks.
// lib/kernels/kernels.ts holds the same number.
inline constexpr size_t kRowsAhead = 4;

// Numbers of one block of the generator.
inline constexpr size_t kRandomBlock = 512;

// The pointwise losses, by number. lib/kernels/kernels.ts holds the same list.
enum class Loss : uint32_t { kSquared = 0, kHuber = 1 };
inline constexpr size_t kLossCount = 2;

// The update rules of first-order methods, by number; steps.inc has their
// formulas. lib/kernels/kernels.ts holds the same list.
enum class Rule : uint32_t { kSgd = 0, kMomentum = 1, kNesterov = 2, kAdaGrad = 3, kAdaGradInside = 4 };
inline constexpr size_t kRuleCount = 5;

// The elementary functions, by number; elementary.inc has their formulas.
// lib/kernels/kernels.ts holds the same list.
enum class Function : uint32_t {
  kExp = 0,
  kLog = 1,
  kLog1p = 2,
  kExpm1 = 3,
  kSigmoid = 4,   // 1 / (1 + e^-x)
  kSoftplus = 5,  // log(1 + e^x)
  kTanh = 6,
};
inline constexpr size_t kFunctionCount = 7;

// Sums of one pointwise loss over a run of rows. `parameter` is the loss's own
// (Huber's delta). Lane l sums the rows whose number in the leaf is l mod 8.
struct LossSums {
  double loss[kLanes];        // sum of w * loss
  double derivative[kLanes];  // sum of w * d loss / d eta
};

// eta, y: predictor and target. weight may be null (all 1). Writes
// derivative[i] = w * loss'(eta) and, unless null, curvature[i] = w * loss''(eta).
using LossKernel = void (*)(size_t rows, const double* eta, const double* y, const double* weight, double parameter,
                            double* derivative, double* curvature, LossSums* sums) noexcept;

// Copies rows into `out` (row-major, `out_stride` apart) as float64:
// out = (x - shift) * scale, with shift and scale null for none. `list` names
// the rows; null means consecutive rows starting at x.
template <class T>
using LoadKernel = void (*)(const T* x, size_t stride, const uint32_t* list, size_t rows, size_t columns,
                            const double* shift, const double* scale, double* out, size_t out_stride) noexcept;

// In place on n parameters and the rule's state (as long; unused by kSgd).
// `constant` is the rule's own: momentum, or epsilon.
using StepKernel = void (*)(size_t n, const double* gradient, double rate, double constant, double* theta,
                            double* state) noexcept;

// Steps of one row each, in order. Step r takes target y[positions[r]] and weight
// w = weights[positions[r]]; its gradient is w * loss'(eta) * z_r + l2 * coefficients.
// theta and state are padded to whole logical vectors: theta with zeros, state so
// that they stay zeros.
struct SingleRows {
  const double* z;       // rows, `columns` wide
  const uint32_t* list;  // row numbers; null for consecutive rows
  size_t rows, columns;
  const uint32_t* positions;
  const double* y;        // null for zeros
  const double* weights;  // null for ones
  Loss loss;
  double loss_parameter;
  bool intercept;
  double* bias;  // [intercept, its state], never penalised
  double l2;
  const double* rates;  // of step r at r * rate_stride
  size_t rate_stride;
  double constant;
  // Rows to prefetch meanwhile, one a step: row next[r] of next_x, whose numbers take next_size bytes, with its
  // target at the position `rows` further on. next may be null.
  const void* next_x;
  const uint32_t* next;
  size_t next_size;
};
using SingleRowsKernel = void (*)(const SingleRows& run, double* theta, double* state) noexcept;

struct Kernels {
  const char* name;
  bool fused;

  LoadKernel<double> load_f64;
  LoadKernel<float> load_f32;

  // eta[r] = sum_j x[r][j] * theta[j]. `predict` never fuses, so that it gives
  // the same bits in every table; `linear` does in the fused class.
  void (*linear)(const double* x, size_t stride, size_t rows, size_t columns, const double* theta,
                 double* eta) noexcept;
  void (*predict)(const double* x, size_t stride, size_t rows, size_t columns, const double* theta,
                  double* eta) noexcept;
  // sum[j] += sum_r d[r] * x[r][j], one chain per column in row order.
  void (*accumulate)(const double* x, size_t stride, size_t rows, size_t columns, const double* d,
                     double* sum) noexcept;
  // sum[j] += sum_r (d[r] * x[r][j]) * x[r][j]; d may be null (all 1).
  void (*accumulate_squares)(const double* x, size_t stride, size_t rows, size_t columns, const double* d,
                             double* sum) noexcept;

  LossKernel loss[kLossCount];

  // out[r][j] = w[r] * x[r][j]; out may be x.
  void (*scale_rows)(const double* x, size_t stride, size_t rows, size_t columns, const double* w,
                     double* out) noexcept;

  // c[i][j] += sum_k a[k][i] * b[k][j] for one register tile, tile_rows of a by
  // tile_columns of b. Each element is one chain in k order.
  size_t tile_rows, tile_columns;
  void (*tile)(size_t k, const double* a, size_t a_stride, const double* b, size_t b_stride, double* c,
               size_t c_stride) noexcept;

  // Triangular systems and Cholesky (core/triangular.cc, core/cholesky.cc). l(i, k) is l[i * l_row + k * l_column],
  // row k of x is x + k * x_row: negative strides take a transposed factor from its end.
  //
  // c[i][j] -= sum_k l(i, k) x[k][j] for j < min(width, limit + i), one chain per element in k order.
  void (*subtract_product)(size_t rows, size_t width, size_t k, const double* l, ptrdiff_t l_row, ptrdiff_t l_column,
                           const double* x, ptrdiff_t x_row, double* c, ptrdiff_t c_row, size_t limit) noexcept;
  // Rows k .. k+rows of the solution x of l x = b, whose rows 0 .. k are known; b may be x. l points to l(k, 0),
  // reciprocal to 1 / l(k, k).
  void (*substitute)(size_t k, size_t rows, size_t width, const double* l, ptrdiff_t l_row, ptrdiff_t l_column,
                     const double* reciprocal, const double* b, ptrdiff_t b_row, double* x, ptrdiff_t x_row) noexcept;
  // transpose(u) u = the matrix whose upper triangle is in u, in place; n and the rows kLanes wide at most. What lies
  // below the diagonal is lost. Returns n, or the row whose pivot is not above its threshold.
  size_t (*factor_block)(size_t n, double* u, size_t u_row, const double* threshold, double* reciprocal) noexcept;
  // out[j][i] = x[i][j].
  void (*transpose)(size_t rows, size_t columns, const double* x, size_t x_row, double* out, size_t out_row) noexcept;

  // The kRandomBlock numbers of Threefry-2x32-20 from that counter on, two a counter.
  void (*random_block)(uint32_t key0, uint32_t key1, uint64_t counter, uint32_t* out) noexcept;

  StepKernel step[kRuleCount];
  SingleRowsKernel single_rows[kRuleCount];

  // y[i] = f(x[i]), within 2 ulp everywhere; y may be x. Fused where the class is.
  void (*map[kFunctionCount])(size_t n, const double* x, double* y) noexcept;

  // Free-standing vectors. `dot` keeps four logical vectors of lanes.
  double (*dot)(const double* x, const double* y, size_t n) noexcept;
  void (*axpy)(double a, const double* x, double* y, size_t n) noexcept;  // y += a x
  void (*add)(const double* x, double* y, size_t n) noexcept;             // y += x
};

// The largest register tile of any table, for buffers on the stack.
inline constexpr size_t kMaxTileRows = 16;
inline constexpr size_t kMaxTileColumns = 32;

// The reference table, plain class. Every other table starts as a copy of it.
Kernels scalar_kernels() noexcept;
#if defined(__x86_64__) || defined(_M_X64)
Kernels sse2_kernels() noexcept;
Kernels avx2_kernels() noexcept;
Kernels avx512_kernels() noexcept;
#elif defined(__aarch64__) || defined(_M_ARM64)
Kernels neon_kernels() noexcept;
#endif

}  // namespace gradus
