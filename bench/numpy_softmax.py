"""Loss and gradient of softmax regression in NumPy, for bench/softmax.mjs: reads one request a line, measures it once, answers
the seconds. `prepare rows columns classes` makes the data; `gradient` is X @ T, softmax in place and X.T @ D, by OpenBLAS with
the threads it chooses.
"""

import numpy as np
from answers import answer, seconds_of


class Problem:
    def __init__(self, rows, columns, classes):
        generator = np.random.default_rng(1)
        self.x = generator.uniform(-0.5, 0.5, (rows, columns))
        self.y = generator.integers(0, classes, rows)
        self.theta = generator.uniform(-0.5, 0.5, (columns, classes))
        self.intercepts = generator.uniform(-0.5, 0.5, classes)
        self.all = np.arange(rows)

    def gradient(self):
        d = self.x @ self.theta
        d += self.intercepts
        d -= d.max(axis=1, keepdims=True)
        own = d[self.all, self.y]
        np.exp(d, out=d)
        total = d.sum(axis=1, keepdims=True)
        loss = (np.log(total[:, 0]) - own).sum()
        d /= total
        d[self.all, self.y] -= 1
        return loss, self.x.T @ d, d.sum(axis=0)


answer(
    f"NumPy {np.__version__}",
    lambda *sizes: Problem(*map(int, sizes)),
    lambda problem, _: seconds_of(problem.gradient),
)
