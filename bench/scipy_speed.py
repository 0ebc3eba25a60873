"""SciPy's L-BFGS-B for bench/solver-speed.mjs: reads one request a line and answers the seconds of one iteration.

`prepare <function> <parameters> <iterations>` chooses what comes; `lbfgsb` runs it from the standard start with a memory of
10 and no stop rule but the number of iterations (of Rosenbrock's function: until the gradient is 1e-8).
"""

import time

import numpy as np
import scipy
from answers import answer
from scipy.optimize import minimize


def rosenbrock(p):
    """Two parameters, by Python's own numbers: NumPy's would be slower."""
    x, y = p.tolist()
    a, b = y - x * x, 1 - x
    return 100 * a * a + b * b, np.array([-400 * x * a - 2 * b, 200 * a])


def chained_rosenbrock(p):
    a = p[1:] - p[:-1] ** 2
    b = 1 - p[:-1]
    gradient = np.zeros_like(p)
    gradient[1:] = 200 * a
    gradient[:-1] -= 400 * p[:-1] * a + 2 * b
    return 100 * (a @ a) + b @ b, gradient


def quadratic(size):
    """½ Σ dᵢxᵢ², dᵢ from 1 to 10⁴ in equal ratios: the cheapest function of so many parameters."""
    weights = 10.0 ** (4 * np.arange(size) / (size - 1))

    def evaluate(p):
        gradient = weights * p
        return 0.5 * (p @ gradient), gradient

    return evaluate


def prepare(name, size, iterations):
    size = int(size)
    functions = {"rosenbrock": rosenbrock, "chained": chained_rosenbrock, "quadratic": quadratic(size)}
    start = np.ones(size) if name == "quadratic" else np.tile([-1.2, 1.0], size // 2)
    return functions[name], start, int(iterations), 1e-8 if name == "rosenbrock" else 0


def seconds(made, _):
    function, start, iterations, gtol = made
    options = {"maxcor": 10, "gtol": gtol, "ftol": 0, "maxiter": iterations, "maxfun": 10 * iterations}
    done = 0
    started = time.perf_counter()
    while done < iterations:
        done += minimize(function, start, jac=True, method="L-BFGS-B", options=options).nit
    return (time.perf_counter() - started) / done


answer(f"SciPy {scipy.__version__}, NumPy {np.__version__}", prepare, seconds)
