"""The two fits of act 3 in NumPy, on data of the same shape: python3 numpy_job.py rows columns batch rate.

Prints one line of JSON: the version, and the seconds of one epoch of mini-batch SGD and of one Newton step. Making the
data is not counted.
"""

import json
import sys
import time

import numpy as np


def value_gradient(x, y, w, b):
    residual = x @ w + b - y
    return 0.5 * (residual @ residual) / len(y), x.T @ residual / len(y), residual.mean()


def sgd(generator, x, y, batch, rate):
    w, b = np.zeros(x.shape[1]), 0.0
    value_gradient(x, y, w, b)
    order = generator.permutation(len(y))
    for start in range(0, len(y), batch):
        chosen = order[start : start + batch]
        rows = x[chosen]
        residual = rows @ w + b - y[chosen]
        w -= rate / len(chosen) * (residual @ rows)
        b -= rate * residual.mean()
    return value_gradient(x, y, w, b)


def newton(x, y):
    n, p = x.shape
    w, b = np.zeros(p), 0.0
    _, slope, level = value_gradient(x, y, w, b)
    hessian = np.empty((p + 1, p + 1))
    hessian[:p, :p] = x.T @ x / n
    hessian[p, :p] = hessian[:p, p] = x.mean(axis=0)
    hessian[p, p] = 1.0
    step = np.linalg.solve(hessian, np.append(slope, level))
    return value_gradient(x, y, w - step[:p], b - step[p])


def seconds(work):
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main():
    rows, columns, batch = map(int, sys.argv[1:4])
    rate = float(sys.argv[4])
    generator = np.random.default_rng(1)
    x = generator.random((rows, columns))
    x *= 2.0
    x -= 1.0
    y = x[:, 0] + generator.random(rows)
    timed = {
        "sgd": seconds(lambda: sgd(generator, x, y, batch, rate)),
        "newton": seconds(lambda: newton(x, y)),
    }
    print(json.dumps({"version": np.__version__, **timed}))


main()
