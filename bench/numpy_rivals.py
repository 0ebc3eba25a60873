"""The same work in NumPy, for bench/run.mjs: reads one request a line, measures it once, answers the seconds.

`prepare rows columns` makes the data; `gradient` is one epoch of gradient descent; `newton` is one Newton step
(gradient, Gram matrix, solve, new value and gradient); `gram` is the Gram matrix alone, which NumPy leaves to the
symmetric routine of BLAS, `weighted-gram` the one with a weight for each row as most people write it, and `root-gram`
as those do who know of that routine and reuse the memory of the scaled copy.
"""

import numpy as np
from answers import answer, seconds_of


class Problem:
    def __init__(self, rows, columns):
        generator = np.random.default_rng(1)
        self.x = generator.uniform(-1.0, 1.0, (rows, columns))
        self.y = self.x[:, 0] + generator.uniform(-1.0, 1.0, rows)
        self.w = generator.uniform(0.5, 1.5, rows)
        self.z = np.zeros((rows, columns))
        self.theta = np.zeros(columns)

    def value_gradient(self, theta):
        residual = self.x @ theta - self.y
        return 0.5 * (residual @ residual) / len(self.y), self.x.T @ residual / len(self.y)

    def gradient(self):
        _, gradient = self.value_gradient(self.theta)
        return self.theta - 1e-3 * gradient

    def newton(self):
        _, gradient = self.value_gradient(self.theta)
        hessian = self.gram() / len(self.y)
        return self.value_gradient(self.theta - np.linalg.solve(hessian, gradient))

    def gram(self):
        return self.x.T @ self.x

    def weighted_gram(self):
        return self.x.T @ (self.x * self.w[:, None])

    def root_gram(self):
        np.multiply(self.x, np.sqrt(self.w)[:, None], out=self.z)
        return self.z.T @ self.z


answer(
    f"NumPy {np.__version__}",
    lambda *sizes: Problem(*map(int, sizes)),
    lambda problem, request: seconds_of(getattr(problem, request.replace("-", "_"))),
)
