// What the library's core does, as works: the gradient of a linear model with
// squared loss, its Gram matrix with a weight for each row, and the Cholesky
// factorisation of a well conditioned matrix.

#include <algorithm>
#include <cmath>
#include <memory>

#include "core/cholesky.h"
#include "core/gram.h"
#include "core/linear.h"
#include "kernels/select.h"
#include "machine.h"
#include "works.h"

namespace gradus::bench {
namespace {

double sum_of_sizes(const double* x, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i) sum += std::fabs(x[i]);
  return sum;
}

// A work with a variant for each kernel set.
template <class Make>
Work by_set(const Make& make) {
  return {set_names(), [make](const std::string& variant, int threads) {
            const Kernels* const kernels = find_kernels(variant.c_str());
            return kernels ? make(*kernels, threads) : Run{};
          }};
}

struct Regression {
  Doubles x, y, weights, out;
  std::vector<double> theta;
  LinearProblem linear;
};

// `out` has room for that many numbers. Null when memory ran out.
std::shared_ptr<Regression> make_regression(Storage type, size_t rows, size_t columns, bool weighted, size_t out) {
  auto made = std::make_shared<Regression>();
  const size_t n = rows * columns;
  made->x = allocate_pages(type == Storage::kFloat64 ? n : (n + 1) / 2);
  made->y = allocate_written(rows, 2);
  made->weights = allocate_written(weighted ? rows : 0, 3);
  made->out = allocate_doubles(out);
  if (!made->x || !made->y || !made->weights || !made->out) return nullptr;
  if (type == Storage::kFloat64) {
    fill_random(made->x.get(), n, 1);
  } else {
    fill_random(reinterpret_cast<float*>(made->x.get()), (n + 1) / 2 * 2, 1);
  }
  for (size_t i = 0; weighted && i < rows; ++i) made->weights[i] = 1 + 0.5 * made->weights[i];
  for (size_t j = 0; j < columns; ++j) made->theta.push_back(1.0 / static_cast<double>(j + 1));
  Rows& r = made->linear.rows;
  r.x = made->x.get();
  r.type = type;
  r.rows = rows;
  r.columns = columns;
  if (weighted) r.weights = made->weights.get();
  made->linear.y = made->y.get();
  return made;
}

}  // namespace

Works prepare_gradient(const Arguments& arguments) {
  if (arguments.size() != 3 || (arguments[0] != "f64" && arguments[0] != "f32")) return {};
  const Storage type = arguments[0] == "f64" ? Storage::kFloat64 : Storage::kFloat32;
  const size_t rows = size_argument(arguments[1]), columns = size_argument(arguments[2]);
  if (rows * columns == 0) return {};
  const auto problem = make_regression(type, rows, columns, false, columns + 2);
  if (!problem) return {};
  Works works;
  works["gradient"] = by_set([problem, columns](const Kernels& kernels, int threads) {
    Run run;
    run.once = [problem, &kernels, threads] {
      Control control;
      control.threads = threads;
      return linear_gradient(kernels, problem->linear, problem->theta.data(), control, problem->out.get());
    };
    run.checksum = [problem, columns] { return sum_of_sizes(problem->out.get(), columns + 2); };
    return run;
  });
  const size_t bytes = rows * columns * (type == Storage::kFloat64 ? sizeof(double) : sizeof(float));
  works["read"] = read_work(problem, problem->x.get(), bytes / sizeof(double));
  return works;
}

Works prepare_gram(const Arguments& arguments) {
  if (arguments.size() != 2) return {};
  const size_t rows = size_argument(arguments[0]), columns = size_argument(arguments[1]);
  if (rows * columns == 0) return {};
  const size_t size = columns * columns;
  const auto problem = make_regression(Storage::kFloat64, rows, columns, true, size);
  if (!problem) return {};
  Works works;
  works["gram"] = by_set([problem, size](const Kernels& kernels, int threads) {
    Run run;
    run.once = [problem, &kernels, threads] {
      Control control;
      control.threads = threads;
      return linear_gram(kernels, problem->linear, problem->theta.data(), control, problem->out.get());
    };
    run.checksum = [problem, size] { return sum_of_sizes(problem->out.get(), size); };
    return run;
  });
  return works;
}

Works prepare_cholesky(const Arguments& arguments) {
  const size_t n = arguments.size() == 1 ? size_argument(arguments[0]) : 0;
  if (n == 0) return {};
  struct Matrix {
    Doubles original, factor;
  };
  const auto matrix = std::make_shared<Matrix>();
  matrix->original = allocate_written(n * n, 1);
  matrix->factor = allocate_pages(n * n);
  if (!matrix->original || !matrix->factor) return {};
  // Symmetric with a dominant diagonal: positive definite.
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < i; ++j) matrix->original[j * n + i] = matrix->original[i * n + j];
    matrix->original[i * n + i] = static_cast<double>(n) + 1;
  }
  Works works;
  works["cholesky"] = by_set([matrix, n](const Kernels& kernels, int threads) {
    Run run;
    run.reset = [matrix, n] { std::copy_n(matrix->original.get(), n * n, matrix->factor.get()); };
    run.once = [matrix, n, &kernels, threads] {
      Control control;
      control.threads = threads;
      return cholesky(kernels, matrix->factor.get(), n, &control) == kCholeskyDone;
    };
    run.checksum = [matrix, n] {
      double sum = 0;
      for (size_t i = 0; i < n; ++i) sum += sum_of_sizes(matrix->factor.get() + i * n, i + 1);
      return sum;
    };
    return run;
  });
  return works;
}

}  // namespace gradus::bench
