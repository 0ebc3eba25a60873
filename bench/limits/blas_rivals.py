"""NumPy's products and LAPACK through SciPy, for `npm run bench -- limits`: answers each line with a line.

`time warm measure` sets the milliseconds of a measurement; `prepare gradient float64|float32 rows columns`, `prepare gram rows
columns` and `prepare cholesky n` make the data; the name of a work times it: the median of the single runs in `measure`
milliseconds after `warm` that do not count, at least one run each.
"""

import statistics
import sys
import time

import numpy as np
import scipy
from scipy.linalg.lapack import dpotrf


def nothing():
    pass


def prepare_gradient(dtype, rows, columns):
    generator = np.random.default_rng(1)
    x = generator.random((int(rows), int(columns)), dtype=dtype)
    x -= np.array(0.5, dtype)
    y = generator.random(int(rows), dtype=dtype)
    theta = (1.0 / np.arange(1, int(columns) + 1)).astype(dtype)

    def gradient():
        residual = x @ theta - y
        return x.T @ residual

    return {"gradient": (nothing, gradient)}


def prepare_gram(rows, columns):
    generator = np.random.default_rng(1)
    x = generator.uniform(-1.0, 1.0, (int(rows), int(columns)))
    w = generator.uniform(0.5, 1.5, int(rows))
    return {"gram": (nothing, lambda: x.T @ (x * w[:, None]))}


def prepare_cholesky(n):
    n = int(n)
    z = np.random.default_rng(1).uniform(-1.0, 1.0, (n, n))
    original = np.asfortranarray(z @ z.T + n * np.eye(n))
    a = original.copy(order="F")

    def reset():
        np.copyto(a, original)

    def factor():
        _, info = dpotrf(a, lower=1, clean=0, overwrite_a=1)
        assert info == 0

    return {"cholesky": (reset, factor)}


problems = {"gradient": prepare_gradient, "gram": prepare_gram, "cholesky": prepare_cholesky}


def repeat(work, milliseconds):
    reset, once = work
    seconds = []
    first = time.perf_counter()
    while not seconds or time.perf_counter() - first < milliseconds / 1000:
        reset()
        started = time.perf_counter()
        once()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def main():
    print(f"NumPy {np.__version__}, SciPy {scipy.__version__}", flush=True)
    works = {}
    warm, measure = 20.0, 40.0
    for line in sys.stdin:
        request, *arguments = line.split()
        answer = 0.0
        if request == "time":
            warm, measure = map(float, arguments)
        elif request == "prepare":
            works.clear()
            works.update(problems[arguments[0]](*arguments[1:]))
        else:
            repeat(works[request], warm)
            answer = repeat(works[request], measure)
        print(answer, flush=True)


main()
