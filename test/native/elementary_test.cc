// The elementary functions of every table: error against long double over all
// doubles and dense where formulas change, the table of special values, every
// length and offset with guard values, in place and not, and the bits of each
// class: equal to its first table's here, and equal to a digest everywhere.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tables.h"

namespace gradus {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kLargest = std::numeric_limits<double>::max();
constexpr double kTiny = std::numeric_limits<double>::denorm_min();
constexpr size_t kBlock = 4096;

const char* const kNames[kFunctionCount] = {"exp", "log", "log1p", "expm1", "sigmoid", "softplus", "tanh"};

double of_bits(uint64_t bits) {
  double x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

uint64_t raw_bits(double x) {
  uint64_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

// All NaN as one.
uint64_t bits_of(double x) { return std::isnan(x) ? ~uint64_t{0} : raw_bits(x); }

// Arguments by number: the same on every machine.
class Arguments {
 public:
  explicit Arguments(uint64_t seed) : engine_(seed) {}

  double next() {
    // One draw a statement: the order of operands is the compiler's choice.
    const uint64_t kind = engine_() % 9, bits = engine_();
    const double unit = static_cast<double>(engine_() >> 11) * 0x1p-53;
    switch (kind) {
      case 0: return of_bits(bits);  // every exponent, NaN and subnormal numbers too
      case 1: return 1520 * unit - 760;
      case 2: return 80 * unit - 40;
      case 3: return 4 * unit - 2;
      case 4: return 0.5 + 1.5 * unit;
      case 5: return std::ldexp(4 * unit - 2, -static_cast<int>(bits % 70));
      case 6: return std::ldexp(4 * unit - 2, -1020 - static_cast<int>(bits % 55));
      case 7: return (static_cast<double>(bits % 180) - 90) * 0.34657359027997264 * (0.999 + 0.002 * unit);
      default: return of_bits(raw_bits(kThresholds[bits % std::size(kThresholds)]) - 500 + bits / 1024 % 1000);
    }
  }

 private:
  // Where results overflow, become subnormal or 0, where reductions change, and where a logarithm's fraction begins.
  static constexpr double kThresholds[] = {708.3964185322641,
                                           -708.3964185322641,
                                           709.782712893384,
                                           -709.782712893384,
                                           710,
                                           -745.1332191019412,
                                           -746,
                                           -37.42994775023705,
                                           -36.7368005696771,
                                           18.71497387511852,
                                           20,
                                           -20,
                                           -40,
                                           0.34657359027997264,
                                           -0.34657359027997264,
                                           0.5,
                                           1,
                                           -1,
                                           2,
                                           0.7071067811865476,
                                           1.4142135623730951,
                                           0.41421356237309515,
                                           -0.2928932188134524,
                                           0x1p-1022,
                                           -0x1p-1022,
                                           0x1p-53,
                                           -0x1p-53,
                                           0x1p53,
                                           0x1p54,
                                           kLargest};

  std::mt19937_64 engine_;
};

long double exact(Function function, long double x) {
  switch (function) {
    case Function::kExp: return std::exp(x);
    case Function::kLog: return std::log(x);
    case Function::kLog1p: return std::log1p(x);
    case Function::kExpm1: return std::expm1(x);
    case Function::kSigmoid: return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
    case Function::kSoftplus: return x < 0 ? std::log1p(std::exp(x)) : x + std::log1p(std::exp(-x));
    case Function::kTanh: return std::tanh(x);
  }
  return std::numeric_limits<long double>::quiet_NaN();
}

// The error in units of the last place that a double of the exact result has; infinity counts as 2^1024.
double error_in_ulp(double y, long double wanted) {
  if (std::isnan(y) || std::isnan(wanted)) return std::isnan(y) && std::isnan(wanted) ? 0 : kInf;
  const long double top = std::ldexp(1.0L, 1024);
  if (std::fabs(wanted) > top) wanted = std::copysign(top, wanted);
  const long double got = std::isinf(y) ? std::copysign(top, static_cast<long double>(y)) : static_cast<long double>(y);
  if (got == wanted) return 0;
  const int exponent = wanted == 0 ? -1022 : std::min(std::max(std::ilogb(wanted), -1022), 1023);
  return static_cast<double>(std::fabs(got - wanted) / std::ldexp(1.0L, exponent - 52));
}

// Some machines' long double is no longer than double, or their logarithm of it is not.
bool long_double_is_long() {
  volatile long double three = 3;
  return std::log(three) != static_cast<long double>(std::log(3.0)) && std::expm1(three) != std::expm1(3.0);
}

class ElementaryTest : public testing::TestWithParam<size_t> {
 protected:
  size_t number() const { return GetParam(); }
  Function function() const { return static_cast<Function>(GetParam()); }
};

TEST_P(ElementaryTest, IsWithinTwoUlp) {
  if (!long_double_is_long()) GTEST_SKIP() << "long double judges nothing here; the digest does";
  const auto tables = all_tables();
  struct Worst {
    double error = 0, at = 0;
  };
  std::vector<Worst> worst(tables.size());
  Arguments arguments(number());
  std::vector<double> x(kBlock), y(kBlock);
  std::vector<long double> wanted(kBlock);
  for (size_t done = 0; done < (1u << 20); done += kBlock) {
    for (size_t i = 0; i < kBlock; ++i) {
      x[i] = arguments.next();
      wanted[i] = exact(function(), x[i]);
    }
    for (size_t t = 0; t < tables.size(); ++t) {
      tables[t]->map[number()](kBlock, x.data(), y.data());
      for (size_t i = 0; i < kBlock; ++i) {
        const double error = error_in_ulp(y[i], wanted[i]);
        if (error > worst[t].error) worst[t] = {error, x[i]};
      }
    }
  }
  for (size_t t = 0; t < tables.size(); ++t) {
    EXPECT_LE(worst[t].error, 2) << std::hexfloat << tables[t]->name << " at " << worst[t].at;
    RecordProperty(tables[t]->name, std::to_string(worst[t].error));
  }
}

TEST_P(ElementaryTest, TakesEveryLengthInPlaceAndNotAndTouchesNothingElse) {
  constexpr size_t kLongest = 67;
  constexpr double kGuard = 12345.678;
  const Kernels& scalar = scalar_table();
  const Kernels* fused = nullptr;
  for (const Kernels* table : all_tables()) {
    if (table->fused && fused == nullptr) fused = table;
    for (size_t n = 0; n <= kLongest; ++n) {
      for (size_t offset = 0; offset < 3; ++offset) {
        Arguments arguments(n);
        std::vector<double> x(kLongest + 16, kNaN), y(kLongest + 16, kGuard), in_place(kLongest + 16, kGuard);
        for (size_t i = 0; i < n; ++i) x[offset + i] = in_place[offset + i] = arguments.next();
        table->map[number()](n, x.data() + offset, y.data() + offset);
        table->map[number()](n, in_place.data() + offset, in_place.data() + offset);
        for (size_t i = 0; i < y.size(); ++i) {
          if (i < offset || i >= offset + n) {
            ASSERT_TRUE(y[i] == kGuard && in_place[i] == kGuard) << table->name << n;
            continue;
          }
          double alone;
          (table->fused ? *fused : scalar).map[number()](1, &x[i], &alone);
          ASSERT_EQ(bits_of(y[i]), bits_of(alone)) << table->name << n << " at " << x[i];
          ASSERT_EQ(bits_of(in_place[i]), bits_of(alone)) << table->name << n << " at " << x[i];
        }
      }
    }
  }
}

// Of a quarter of a million results: what every table of the class gives on every machine.
TEST_P(ElementaryTest, GivesTheBitsOfItsClass) {
  struct Digests {
    uint64_t plain, fused;
  };
  constexpr Digests kDigests[kFunctionCount] = {
      {3674633918064854679u, 10939731941894056247u},  {13530967956906670602u, 7677896837023222982u},
      {12497028128775322710u, 17193772132179265436u}, {10350326317054084031u, 2987903004201984207u},
      {2775598600978323098u, 7968835465103969800u},   {1055905571795950878u, 10490200276040163688u},
      {7932268822931160512u, 14968561366448975905u}};
  for (const Kernels* table : all_tables()) {
    Arguments arguments(1000 + number());
    std::vector<double> x(kBlock), y(kBlock);
    uint64_t digest = 14695981039346656037u;  // FNV-1a, a number at a time
    for (size_t done = 0; done < (1u << 18); done += kBlock) {
      for (double& value : x) value = arguments.next();
      table->map[number()](kBlock, x.data(), y.data());
      for (const double value : y) digest = (digest ^ bits_of(value)) * 1099511628211u;
    }
    const Digests& wanted = kDigests[number()];
    EXPECT_EQ(digest, table->fused ? wanted.fused : wanted.plain) << table->name;
  }
}

INSTANTIATE_TEST_SUITE_P(Functions, ElementaryTest, testing::Range(size_t{0}, kFunctionCount),
                         [](const auto& info) { return std::string(kNames[info.param]); });

TEST(Elementary, SpecialValues) {
  struct Case {
    Function function;
    double x, y;
  };
  using enum Function;
  const Case cases[] = {
      {kExp, 0, 1},
      {kExp, -0.0, 1},
      {kExp, kInf, kInf},
      {kExp, -kInf, 0},
      {kExp, kNaN, kNaN},
      {kExp, kTiny, 1},
      {kExp, kLargest, kInf},
      {kExp, -kLargest, 0},
      {kExp, 709.782712893384, 0x1.fffffffffff2ap1023},
      {kExp, 709.7827128933841, kInf},
      {kExp, -745.1332191019411, kTiny},
      {kExp, -745.1332191019412, 0},
      {kLog, 1, 0},
      {kLog, 0, -kInf},
      {kLog, -0.0, -kInf},
      {kLog, kInf, kInf},
      {kLog, -kInf, kNaN},
      {kLog, -1, kNaN},
      {kLog, -kTiny, kNaN},
      {kLog, kNaN, kNaN},
      {kLog, kTiny, -744.4400719213812},
      {kLog, kLargest, 709.782712893384},
      {kLog1p, 0, 0},
      {kLog1p, -0.0, -0.0},
      {kLog1p, -1, -kInf},
      {kLog1p, -1.0000000000000002, kNaN},
      {kLog1p, -kInf, kNaN},
      {kLog1p, kInf, kInf},
      {kLog1p, kNaN, kNaN},
      {kLog1p, kTiny, kTiny},
      {kLog1p, -kTiny, -kTiny},
      {kLog1p, 0x1p-1022, 0x1p-1022},
      {kLog1p, kLargest, 709.782712893384},
      {kExpm1, 0, 0},
      {kExpm1, -0.0, -0.0},
      {kExpm1, kInf, kInf},
      {kExpm1, -kInf, -1},
      {kExpm1, kNaN, kNaN},
      {kExpm1, kTiny, kTiny},
      {kExpm1, -kTiny, -kTiny},
      {kExpm1, -0x1p-1022, -0x1p-1022},
      {kExpm1, kLargest, kInf},
      {kExpm1, -kLargest, -1},
      {kExpm1, 709.7827128933841, kInf},
      {kExpm1, -50, -1},
      {kSigmoid, 0, 0.5},
      {kSigmoid, -0.0, 0.5},
      {kSigmoid, kInf, 1},
      {kSigmoid, -kInf, 0},
      {kSigmoid, kNaN, kNaN},
      {kSigmoid, 40, 1},
      {kSigmoid, kLargest, 1},
      {kSigmoid, -kLargest, 0},
      {kSigmoid, -745.1332191019411, kTiny},
      {kSoftplus, 0, 0.6931471805599453},
      {kSoftplus, -0.0, 0.6931471805599453},
      {kSoftplus, kInf, kInf},
      {kSoftplus, -kInf, 0},
      {kSoftplus, kNaN, kNaN},
      {kSoftplus, kLargest, kLargest},
      {kSoftplus, 1e10, 1e10},
      {kSoftplus, -745.1332191019411, kTiny},
      {kSoftplus, -kLargest, 0},
      {kTanh, 0, 0},
      {kTanh, -0.0, -0.0},
      {kTanh, kInf, 1},
      {kTanh, -kInf, -1},
      {kTanh, kNaN, kNaN},
      {kTanh, kTiny, kTiny},
      {kTanh, -kTiny, -kTiny},
      {kTanh, 0x1p-1022, 0x1p-1022},
      {kTanh, 30, 1},
      {kTanh, -kLargest, -1},
  };
  for (const Kernels* table : all_tables()) {
    for (const Case& c : cases) {
      double y;
      table->map[static_cast<size_t>(c.function)](1, &c.x, &y);
      EXPECT_EQ(bits_of(y), bits_of(c.y))
          << table->name << ' ' << kNames[static_cast<size_t>(c.function)] << ' ' << c.x << " gave " << y;
    }
  }
}

}  // namespace
}  // namespace gradus
