"""SciPy's L-BFGS-B on the mean logistic loss in NumPy, for bench/solver-logistic.mjs: reads one request a line and answers
the seconds of one run from 0.

`prepare <rows> <columns> <file of X> <file of y> <ridge> <gtol>` reads float64 numbers; gtol bounds the largest component of
the gradient.
"""

import time

import numpy as np
import scipy
from answers import answer
from scipy.optimize import minimize
from scipy.special import expit


def prepare(rows, columns, x_file, y_file, ridge, gtol):
    x = np.fromfile(x_file).reshape(int(rows), int(columns))
    y = np.fromfile(y_file)
    return x, y, float(ridge), float(gtol)


def seconds(made, _):
    x, y, ridge, gtol = made

    def evaluate(w):
        z = x @ w
        value = np.mean(np.logaddexp(0, z) - y * z) + 0.5 * ridge * (w @ w)
        return value, x.T @ (expit(z) - y) / len(y) + ridge * w

    options = {"maxcor": 10, "gtol": gtol, "ftol": 0, "maxiter": 1000, "maxfun": 10000}
    started = time.perf_counter()
    result = minimize(evaluate, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B", options=options)
    elapsed = time.perf_counter() - started
    if np.abs(result.jac).max() > gtol:
        raise SystemExit(result.message)
    return elapsed


answer(f"SciPy {scipy.__version__}, NumPy {np.__version__}", prepare, seconds)
