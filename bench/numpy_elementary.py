"""exp, log and their kin in NumPy, for bench/elementary.mjs: reads one request a line, measures it once, answers the seconds.

`prepare numbers passes blocks` makes the arguments; the name of a function takes it of all of them, so many times, into memory
that is used again, and answers with the median of so many blocks of that.
"""

import statistics
import sys
import time

import numpy as np


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


def seconds(work, passes):
    started = time.perf_counter()
    for _ in range(passes):
        work()
    return time.perf_counter() - started


def main():
    print(f"NumPy {np.__version__}", flush=True)
    problem = None
    for line in sys.stdin:
        name, *sizes = line.split()
        if name == "prepare":
            problem = Problem(*map(int, sizes))
            print(0.0, flush=True)
            continue
        work = getattr(problem, name)
        print(statistics.median(seconds(work, problem.passes) for _ in range(problem.blocks)), flush=True)


main()
