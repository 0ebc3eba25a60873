"""The same work in NumPy, for bench/run.mjs: reads one request a line, measures it once, answers the seconds.

`prepare rows columns` makes the data; `gradient` is one epoch of gradient descent; `newton` is one Newton step
(gradient, Gram matrix, solve, new value and gradient); `gram` is the Gram matrix alone.
"""

import sys
import time

import numpy as np


def value_gradient(x, y, theta):
    residual = x @ theta - y
    return 0.5 * (residual @ residual) / len(y), x.T @ residual / len(y)


def gradient_epoch(x, y, theta):
    _, gradient = value_gradient(x, y, theta)
    return theta - 1e-3 * gradient


def newton_step(x, y, theta):
    _, gradient = value_gradient(x, y, theta)
    hessian = x.T @ x / len(y)
    theta = theta - np.linalg.solve(hessian, gradient)
    return value_gradient(x, y, theta)


def main():
    print(f"NumPy {np.__version__}", flush=True)
    work = {"gradient": gradient_epoch, "newton": newton_step, "gram": lambda x, y, theta: x.T @ x}
    x = y = theta = None
    for line in sys.stdin:
        name, *sizes = line.split()
        if name == "prepare":
            rows, columns = map(int, sizes)
            x = y = None
            generator = np.random.default_rng(1)
            x = generator.uniform(-1.0, 1.0, (rows, columns))
            y = x[:, 0] + generator.uniform(-1.0, 1.0, rows)
            theta = np.zeros(columns)
            print(0.0, flush=True)
            continue
        started = time.perf_counter()
        work[name](x, y, theta)
        print(time.perf_counter() - started, flush=True)


main()
