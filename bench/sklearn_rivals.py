"""Stochastic gradient descent in scikit-learn, for bench/sgd.mjs: reads one request a line, measures it once, answers
the seconds.

`prepare rows columns epochs loss` makes the data; `sgd` is `SGDRegressor` with squared loss or `SGDClassifier` with logistic
loss, a constant rate, no penalty and no stop rule: that many shuffled epochs of one row a step, on one thread.
"""

import sys
import time

import numpy as np
import sklearn
from sklearn.linear_model import SGDClassifier, SGDRegressor


def main():
    print(f"scikit-learn {sklearn.__version__}", flush=True)
    x = y = model = None
    for line in sys.stdin:
        name, *sizes = line.split()
        if name == "prepare":
            rows, columns, epochs = map(int, sizes[:3])
            x = y = None
            generator = np.random.default_rng(1)
            x = generator.uniform(-0.5, 0.5, (rows, columns))
            y = x[:, 0] + generator.uniform(-0.1, 0.1, rows)
            same = {"penalty": None, "learning_rate": "constant", "max_iter": epochs, "tol": None, "random_state": 1}
            if sizes[3] == "logistic":
                y = (y > 0).astype(float)
                model = SGDClassifier(loss="log_loss", eta0=1e-2, **same)
            else:
                model = SGDRegressor(eta0=1e-3, **same)
            print(0.0, flush=True)
            continue
        started = time.perf_counter()
        model.fit(x, y)
        print(time.perf_counter() - started, flush=True)


main()
