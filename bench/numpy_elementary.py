"""exp, log and their kin in NumPy, for bench/elementary.mjs: reads one request a line, measures it once, answers the seconds.

`prepare numbers passes blocks` makes the arguments; the name of a function takes it of all of them, so many times, into memory
that is used again, and answers with the median of so many blocks of that.
"""

import statistics

import numpy as np
from answers import answer, seconds_of


class Problem:
    def __init__(self, numbers, passes, blocks):
        self.passes = passes
        self.blocks = blocks
        self.x = np.random.default_rng(1).uniform(-10.0, 10.0, numbers)
        self.positive = self.x + 10.0
        self.out = np.empty(numbers)

    def exp(self):
        np.exp(self.x, out=self.out)

    def log(self):
        np.log(self.positive, out=self.out)

    def log1p(self):
        np.log1p(self.positive, out=self.out)

    def expm1(self):
        np.expm1(self.x, out=self.out)

    def sigmoid(self):
        out = self.out
        np.negative(self.x, out=out)
        np.exp(out, out=out)
        np.add(out, 1.0, out=out)
        np.reciprocal(out, out=out)

    def softplus(self):
        np.logaddexp(0.0, self.x, out=self.out)

    def tanh(self):
        np.tanh(self.x, out=self.out)


def median(problem, function):
    work = getattr(problem, function)
    return statistics.median(seconds_of(work, problem.passes) for _ in range(problem.blocks))


answer(f"NumPy {np.__version__}", lambda *sizes: Problem(*map(int, sizes)), median)
