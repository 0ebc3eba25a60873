"""Lasso paths in scikit-learn, for bench/lasso-path.mjs: reads one request a line, measures it once, answers the seconds.

`prepare rows columns path` reads the data that the benchmark wrote to the file (float64: X row-major, then y, both centred);
`lasso_path` is 100 values down to a thousandth of the largest, as scikit-learn does by default, and `gram` the same with
the Gram matrix given.
"""

import warnings

import numpy as np
import sklearn
from answers import answer, seconds_of
from sklearn.linear_model import lasso_path

warnings.filterwarnings("ignore")


def prepare(rows, columns, path):
    rows, columns = int(rows), int(columns)
    numbers = np.fromfile(path)
    x, y = numbers[: rows * columns].reshape(rows, columns), numbers[rows * columns :]
    columnwise = np.asfortranarray(x)
    gram, products = x.T @ x, x.T @ y
    return {
        "lasso_path": lambda: lasso_path(x, y, n_alphas=100, eps=1e-3),
        "columnwise": lambda: lasso_path(columnwise, y, n_alphas=100, eps=1e-3),
        "tight": lambda: lasso_path(columnwise, y, n_alphas=100, eps=1e-3, tol=1e-9, max_iter=100_000),
        "gram": lambda: lasso_path(columnwise, y, n_alphas=100, eps=1e-3, precompute=gram, Xy=products),
    }


answer(f"scikit-learn {sklearn.__version__}", prepare, lambda works, name: seconds_of(works[name]))
