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
#include <limits>

// For the few functions whose arguments must stay in registers.
#if defined(_MSC_VER) && !defined(__clang__)
#define GRADUS_INLINE __forceinline
#else
#define GRADUS_INLINE inline __attribute__((always_inline))
#endif

namespace gradus {

// A logical vector: 64 bytes on every machine. Its lanes of float64, as in a dot product of a row.
inline constexpr size_t kVectorBytes = 64;
inline constexpr size_t kLanes = kVectorBytes / sizeof(double);
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
enum class Loss : uint32_t {
  kSquared = 0,
  kHuber = 1,
  kLogistic = 2,
  kPoisson = 3,
  kGamma = 4,
  kTweedie = 5,
  kNegativeBinomial = 6,
  kSquaredHinge = 7,
};
inline constexpr size_t kLossCount = 8;

// The update rules of first-order methods, by number; rules.inc has their
// formulas. lib/kernels/kernels.ts holds the same list.
enum class Rule : uint32_t {
  kSgd = 0,
  kMomentum = 1,
  kNesterov = 2,
  kAdaGrad = 3,
  kRmsProp = 4,
  kRmsPropMomentum = 5,
  kRmsPropCentered = 6,
  kRmsPropCenteredMomentum = 7,
  kAdaDelta = 8,
  kAdam = 9,  // and AdamW
  kAmsGrad = 10,
  kLion = 11,
  kFtrl = 12,
};
inline constexpr size_t kRuleCount = 13;

// What a rule works with: arrays of state, each as long as the parameters, and the
// scalars of a step. Where the parameter and all its gradients are 0 the state may be
// `neutral`: then the parameter stays 0, divides nothing by 0 and makes no subnormal
// numbers. lib/kernels/rules.ts holds the same shapes.
struct RuleShape {
  size_t states, scalars;
  double neutral[3];
};
inline constexpr size_t kMostStates = 3;
inline constexpr double kEndless = std::numeric_limits<double>::infinity();
inline constexpr RuleShape kRuleShapes[kRuleCount] = {
    {0, 1, {}},                       // kSgd
    {1, 2, {0}},                      // kMomentum
    {1, 2, {0}},                      // kNesterov
    {1, 3, {kEndless}},               // kAdaGrad
    {1, 5, {kEndless}},               // kRmsProp
    {2, 6, {kEndless, 0}},            // kRmsPropMomentum
    {2, 5, {kEndless, 0}},            // kRmsPropCentered
    {3, 6, {kEndless, 0, 0}},         // kRmsPropCenteredMomentum
    {2, 4, {kEndless, 0}},            // kAdaDelta
    {2, 8, {0, kEndless}},            // kAdam
    {3, 8, {0, kEndless, kEndless}},  // kAmsGrad
    {1, 6, {0}},                      // kLion
    {2, 4, {0, 1}},                   // kFtrl
};

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
// (Huber's delta, Tweedie's power, alpha of the negative binomial). Lane l sums the rows whose number in the leaf is l
// mod 8.
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

// Rows `stride` apart, widened to float64 as they are read.
template <class T>
using LinearKernel = void (*)(const T* x, size_t stride, size_t rows, size_t columns, const double* theta,
                              double* eta) noexcept;
template <class T>
using AccumulateKernel = void (*)(const T* x, size_t stride, size_t rows, size_t columns, const double* d,
                                  double* sum) noexcept;

// Rows whose loss and gradient are taken in one pass.
template <class T>
struct GradientRows {
  const T* x;
  size_t stride, rows, columns;
  const double* theta;
  const double* intercept;  // one number; null for none
  const double* y;          // null for zeros
  const double* weights;    // null for ones
  const double* offset;     // added to the predictors; null for none
  double loss_parameter;
  size_t passing;  // bytes of all rows there are, 0 for rows in scratch memory; changes no bit
};

// sum[j] += sum_r d[r] * x[r][j] and the sums of the loss, as `linear`, the loss
// and `accumulate` give them, bit for bit.
template <class T>
using GradientKernel = void (*)(const GradientRows<T>& run, double* sum, LossSums* sums) noexcept;

// In place on n parameters and the rule's arrays of state, none of which overlap.
template <class T>
using StepKernel = void (*)(size_t n, const T* gradient, const double* scalars, T* theta, T* const* state) noexcept;

// Steps of one row each, in order. Step r takes target y[positions[r]] and weight
// w = weights[positions[r]]; its gradient is w * loss'(eta) * z_r + l2 * coefficients.
// theta and the arrays of state have room for the intercept behind the columns and are
// padded to whole logical vectors: theta with zeros, state with what is neutral. What
// follows a derivative that is not finite may differ between tables.
struct SingleRows {
  const double* z;       // rows, `columns` wide
  const uint32_t* list;  // row numbers; null for consecutive rows
  size_t rows, columns;
  const uint32_t* positions;
  const double* y;        // null for zeros
  const double* weights;  // null for ones
  const double* offset;   // offset[positions[r]] is added to the predictor; null for none
  Loss loss;
  double loss_parameter;
  bool intercept;
  double* bias;  // [intercept, its states], never penalised
  double l2;
  const double* scalars;  // of step r at r * scalar_stride
  size_t scalar_stride;
  double* gradient;  // room for one, as long as theta
  // Rows to prefetch meanwhile, one a step: row next[r] of next_x, whose numbers take next_size bytes, with its
  // target at the position `rows` further on. next may be null.
  const void* next_x;
  const uint32_t* next;
  size_t next_size;
};
using SingleRowsKernel = void (*)(const SingleRows& run, double* theta, double* const* state) noexcept;

// One register tile of a Gram matrix, or of any product: c[i][j] (+)= sum_r a[r][i] * b[r][j], each element one chain
// in the order of the rows r. `start` begins the chains at 0, else they go on from c.
struct GramTile {
  size_t rows;
  const double* a;
  size_t a_stride;
  const double* b;  // whole logical vectors
  size_t b_stride;
  double* c;
  size_t c_stride;
  bool start;
  // Meanwhile one line is prefetched every two rows, `prefetch_step` bytes after the last one.
  const char* prefetch;
  size_t prefetch_step;
};
using GramKernel = void (*)(const GramTile& tile) noexcept;
// The same where b still lacks its weights, w[r] at r * w_stride: w[r] * b[r][j] takes its place, and is stored in
// `packed` (as wide as the tile; may be b) for the tiles to come.
using GramFirstKernel = void (*)(const GramTile& tile, const double* w, size_t w_stride, double* packed,
                                 size_t packed_stride) noexcept;
// The largest tile of any table.
inline constexpr size_t kMaxGramRows = 8, kMaxGramVectors = 3;
// Columns of one panel of packed memory: any table's tiles fit in it without a rest.
inline constexpr size_t kGramPanel = 24;

struct Kernels {
  const char* name;
  bool fused;

  LoadKernel<double> load_f64;
  LoadKernel<float> load_f32;

  // eta[r] = sum_j x[r][j] * theta[j]. `predict` never fuses, so that it gives
  // the same bits in every table; `linear` does in the fused class.
  LinearKernel<double> linear, predict;
  LinearKernel<float> linear_f32;
  // sum[j] += sum_r d[r] * x[r][j], one chain per column in row order.
  AccumulateKernel<double> accumulate;
  AccumulateKernel<float> accumulate_f32;
  // sum[j] += sum_r (d[r] * x[r][j]) * x[r][j]; d may be null (all 1).
  void (*accumulate_squares)(const double* x, size_t stride, size_t rows, size_t columns, const double* d,
                             double* sum) noexcept;

  // The same for several classes, whose outputs and parameters lie class by class: eta[k * eta_stride + r] is row r
  // times theta + k * theta_stride, sum[k * sum_stride + j] += sum_r d[k * d_stride + r] * x[r][j]. The bits of
  // `linear` and `accumulate`.
  void (*linear_outputs)(const double* x, size_t stride, size_t rows, size_t columns, const double* theta,
                         size_t theta_stride, size_t classes, double* eta, size_t eta_stride) noexcept;
  void (*accumulate_outputs)(const double* x, size_t stride, size_t rows, size_t columns, const double* d,
                             size_t d_stride, size_t classes, double* sum, size_t sum_stride) noexcept;
  // Softmax cross-entropy: predictors eta[k * stride + r] become w * d loss / d eta. Labels are class numbers, null for
  // all 0; one that is no class makes the loss NaN. weight may be null (all 1). The sums by lane (row mod 8) are added
  // to loss[kLanes] and, unless null, derivative[classes * kLanes].
  void (*softmax)(size_t rows, size_t classes, double* eta, size_t stride, const double* y, const double* weight,
                  double* loss, double* derivative) noexcept;

  LossKernel loss[kLossCount];
  GradientKernel<double> gradient[kLossCount];
  GradientKernel<float> gradient_f32[kLossCount];

  // Of m columns of a by v logical vectors of b: [v - 1][m - 1], up to gram_rows (at most kLanes) by gram_vectors.
  // kGramPanel is a multiple of either.
  size_t gram_rows, gram_vectors;
  GramKernel gram[kMaxGramVectors][kMaxGramRows];
  GramFirstKernel gram_first[kMaxGramVectors][kMaxGramRows];

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

  StepKernel<double> step_f64[kRuleCount];
  StepKernel<float> step_f32[kRuleCount];
  SingleRowsKernel single_rows[kRuleCount];

  // y[i] = f(x[i]), within 2 ulp everywhere; y may be x. Fused where the class is.
  void (*map[kFunctionCount])(size_t n, const double* x, double* y) noexcept;

  // Free-standing vectors. `dot` keeps four logical vectors of lanes.
  double (*dot)(const double* x, const double* y, size_t n) noexcept;
  void (*axpy)(double a, const double* x, double* y, size_t n) noexcept;  // y += a x
  void (*add)(const double* x, double* y, size_t n) noexcept;             // y += x
};

// The reference table, plain class. Every table fills in every entry, so that the reference is left out of programs on
// processors that have a set of their own.
Kernels scalar_kernels() noexcept;
#if defined(__x86_64__) || defined(_M_X64)
Kernels sse2_kernels() noexcept;
Kernels avx2_kernels() noexcept;
Kernels avx512_kernels() noexcept;
#elif defined(__aarch64__) || defined(_M_ARM64)
Kernels neon_kernels() noexcept;
#endif

}  // namespace gradus
