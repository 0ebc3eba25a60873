"""Stochastic gradient descent in scikit-learn, for bench/sgd.mjs: reads one request a line, measures it once, answers
the seconds.

`prepare rows columns epochs loss` makes the data; `sgd` is `SGDRegressor` with squared loss or `SGDClassifier` with logistic
loss, a constant rate, no penalty and no stop rule: that many shuffled epochs of one row a step, on one thread.
"""

import numpy as np
import sklearn
from answers import answer, seconds_of
from sklearn.linear_model import SGDClassifier, SGDRegressor


def prepare(rows, columns, epochs, loss):
    generator = np.random.default_rng(1)
    x = generator.uniform(-0.5, 0.5, (int(rows), int(columns)))
    y = x[:, 0] + generator.uniform(-0.1, 0.1, int(rows))
    same = {"penalty": None, "learning_rate": "constant", "max_iter": int(epochs), "tol": None, "random_state": 1}
    if loss == "logistic":
        y = (y > 0).astype(float)
        model = SGDClassifier(loss="log_loss", eta0=1e-2, **same)
    else:
        model = SGDRegressor(eta0=1e-3, **same)
    return lambda: model.fit(x, y)


answer(f"scikit-learn {sklearn.__version__}", prepare, lambda fit, _: seconds_of(fit))
