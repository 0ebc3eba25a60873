#include "case.h"

#include <cmath>
#include <cstdio>

namespace gradus::fuzz {
namespace {

bool same_double(double a, double b) noexcept {
  if (a != a || b != b) return a != a && b != b;
  return std::memcmp(&a, &b, sizeof a) == 0;
}

std::string hexadecimal(double x) {
  char text[80];
  std::snprintf(text, sizeof text, "%a (%.17g)", x, x);
  return text;
}

}  // namespace

bool equal(const double* a, const double* b, size_t n) noexcept {
  for (size_t i = 0; i < n; ++i) {
    if (!same_double(a[i], b[i])) return false;
  }
  return true;
}

double Run::Output::number(size_t i) const {
  const unsigned char* const at = memory->data();
  switch (type) {
    case Type::kDouble: return reinterpret_cast<const double*>(at)[i];
    case Type::kFloat: return static_cast<double>(reinterpret_cast<const float*>(at)[i]);
    case Type::kInteger: break;
  }
  return static_cast<double>(reinterpret_cast<const uint32_t*>(at)[i]);
}

unsigned char* Run::allocate(size_t bytes, size_t each, Type type, std::deque<Output>* to) {
  const size_t before = allocations_ ? allocations_() : 0;
  to->push_back({std::make_unique<Guarded>(bytes, draw_.below(64 / each) * each), type});
  if (allocations_) own_allocations_ += allocations_() - before;
  return to->back().memory->data();
}

double* Run::scratch(size_t n) {
  return reinterpret_cast<double*>(allocate(n * sizeof(double), sizeof(double), Type::kDouble, &scratch_));
}

std::string Run::name() const { return std::string(kernels.name) + " on " + std::to_string(threads) + " threads"; }

void Run::check_guards() const {
  for (const Output& output : outputs_) {
    if (!output.memory->intact()) throw Failure{name() + ": wrote outside of an output"};
  }
  for (const Output& output : scratch_) {
    if (!output.memory->intact()) throw Failure{name() + ": wrote outside of its memory"};
  }
}

std::string Run::difference(const Run& other) const {
  const auto differ = [&](size_t block, size_t i, double a, double b) {
    return "output " + std::to_string(block) + "[" + std::to_string(i) + "]: " + name() + " gives " + hexadecimal(a) +
           ", " + other.name() + " " + hexadecimal(b);
  };
  if (outputs_.size() != other.outputs_.size()) return name() + " and " + other.name() + " did different work";
  for (size_t block = 0; block < outputs_.size(); ++block) {
    const Output &a = outputs_[block], &b = other.outputs_[block];
    if (a.size() != b.size()) return differ(block, 0, 0, 0);
    for (size_t i = 0; i < a.size(); ++i) {
      if (!same_double(a.number(i), b.number(i))) return differ(block, i, a.number(i), b.number(i));
    }
  }
  return "";
}

void Run::digest(uint64_t* sum) const {
  for (const Output& output : outputs_) {
    for (size_t i = 0; i < output.size(); ++i) {
      const double x = output.number(i);
      uint64_t bits = ~uint64_t{0};
      if (x == x) std::memcpy(&bits, &x, sizeof bits);
      *sum = (*sum ^ bits) * 1099511628211u;
    }
  }
}

size_t Case::length(const char* name, size_t longest) {
  const size_t n = draw.length(longest);
  note(name, n);
  return n;
}

void Case::note(const char* name, size_t value) {
  sizes_.append(sizes_.empty() ? "" : ", ").append(name).append(" ").append(std::to_string(value));
}

const double* Case::weights(size_t n, Kind kind) {
  std::vector<double> values(n);
  for (double& w : values) w = std::fabs(draw.number<double>(kind));
  return keep(values);
}

const uint32_t* Case::indices(size_t n, size_t bound) {
  std::vector<uint32_t> values(n);
  for (uint32_t& i : values) i = static_cast<uint32_t>(draw.below(bound));
  return keep(values);
}

void Case::compare(Same same, Runs* runs) {
  const Run* first[2] = {};
  for (const Run& run : runs->all) {
    run.check_guards();
    const Run*& wanted = first[same == Same::kInClass && run.kernels.fused];
    if (wanted == nullptr) {
      runs->distinct.push_back(wanted = &run);
      run.digest(wanted->kernels.fused && same == Same::kInClass ? &digests_.fused : &digests_.plain);
    }
    const std::string found = run.difference(*wanted);
    if (!found.empty()) throw Failure{found};
  }
}

void Case::expect(const Run& run, size_t block, size_t i, const Exact& exact) {
  const double got = run.doubles(block)[i];
  const auto fail = [&](const std::string& wanted) {
    throw Failure{run.name() + ": output " + std::to_string(block) + "[" + std::to_string(i) + "] is " +
                  hexadecimal(got) + ", but the sum in long double is " + wanted};
  };
  if (exact.has_nan && got == got) fail("NaN");
  // Where partial sums may overflow, or came close to it, only the bits are compared.
  const long double most = std::numeric_limits<double>::max() / 4;
  if (!exact.usable || !(exact.size + exact.bound() < most)) return;
  const long double off = static_cast<long double>(got) - exact.sum;
  if (!((off < 0 ? -off : off) <= exact.bound())) {
    fail(hexadecimal(static_cast<double>(exact.sum)) + " ± " + hexadecimal(static_cast<double>(exact.bound())));
  }
}

void Case::check_inputs() const {
  for (const Input& input : inputs_) {
    const bool same =
        input.copy.empty() || std::memcmp(input.memory->data(), input.copy.data(), input.copy.size()) == 0;
    if (!same || !input.memory->intact()) throw Failure{"an input was written to"};
  }
}

}  // namespace gradus::fuzz
