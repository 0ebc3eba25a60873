"""SciPy on the 35 problems of Moré, Garbow and Hillstrom, for bench/solvers.mjs: its version first, then for each line
`<number of the problem> <method>` one of JSON, `{value, evaluations, others, falls, success}`.

Every method starts from the standard start and aims at the same as ours: a gradient of 1e-8, with the tests on steps and
values off (or at the last digit) and no limit that it could meet. An evaluation is a call of the function with its gradient
(SciPy's methods with gradients ask for both at once), of the function alone (Nelder-Mead), or of the residuals (lm);
`others` counts Hessians, or Jacobians. `falls` are the evaluations that lowered Σ r², each with its value, so that the table
can say after how many a minimum had been reached, whatever a stop rule does afterwards. The derivatives are exact.
"""

import json
import pathlib
import sys
import warnings

import numpy as np
import scipy
from scipy.optimize import least_squares, minimize

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "problems"))

from more_garbow_hillstrom import PROBLEMS  # noqa: E402
from squares import rows_of, sum_of_squares, values  # noqa: E402

TOLERANCE = 1e-8
LIMIT = 100_000

OPTIONS = {
    "BFGS": {"gtol": TOLERANCE, "maxiter": LIMIT},
    "L-BFGS-B": {"gtol": TOLERANCE, "ftol": 0, "maxiter": LIMIT, "maxfun": LIMIT},
    "CG": {"gtol": TOLERANCE, "maxiter": LIMIT},
    "trust-exact": {"gtol": TOLERANCE, "maxiter": 5000},
    "trust-ncg": {"gtol": TOLERANCE, "maxiter": 5000},
    "Nelder-Mead": {"xatol": 1e-8, "fatol": 1e-14, "maxiter": 20_000, "maxfev": 20_000},
}


class Counted:
    """A problem that counts what is asked of it and remembers the lowest value after each evaluation."""

    def __init__(self, residuals):
        self.rows, self.best, self.others = residuals, [], 0

    def saw(self, value):
        last = self.best[-1] if self.best else np.inf
        self.best.append(min(last, value) if np.isfinite(value) else last)

    def residuals(self, point):
        r = values(self.rows, point)
        self.saw(float(r @ r))
        return r

    def jacobian(self, point):
        self.others += 1
        return rows_of(self.rows, point)[1]

    def value(self, point):
        r = self.residuals(point)
        return float(r @ r)

    def value_and_gradient(self, point):
        r, slopes, _ = rows_of(self.rows, point)
        value = float(r @ r)
        self.saw(value)
        return value, 2 * slopes.T @ r

    def hessian(self, point):
        self.others += 1
        return sum_of_squares(self.rows, point)[2]


def run(method, start, residuals):
    counted = Counted(residuals)
    start = np.array(start, float)
    try:
        if method == "lm":
            found = least_squares(
                counted.residuals, start, counted.jacobian, method="lm", xtol=1e-15, ftol=1e-15, gtol=TOLERANCE, max_nfev=LIMIT
            )
        elif method == "Nelder-Mead":
            found = minimize(counted.value, start, method=method, options=OPTIONS[method])
        else:
            second = {"hess": counted.hessian} if method in ("trust-exact", "trust-ncg") else {}
            found = minimize(counted.value_and_gradient, start, jac=True, method=method, options=OPTIONS[method], **second)
        point, success = found.x, bool(found.success)
    except (ValueError, ArithmeticError, np.linalg.LinAlgError):
        point, success = None, False
    last = None
    if point is not None:
        r = values(residuals, point)
        last = float(r @ r)
    # Where the lowest value fell: [evaluation, value] pairs.
    falls = [[k + 1, v] for k, v in enumerate(counted.best) if k == 0 or v < counted.best[k - 1]]
    return {
        "value": last if last is not None and np.isfinite(last) else None,
        "evaluations": len(counted.best),
        "others": counted.others,
        "falls": [[k, v] for k, v in falls if np.isfinite(v)],
        "success": success,
    }


warnings.simplefilter("ignore")
print(f"SciPy {scipy.__version__}, NumPy {np.__version__}", flush=True)
for line in sys.stdin:
    wanted, method = line.split()
    [(_, start, residuals)] = [problem for problem in PROBLEMS if problem[0] == int(wanted)]
    print(json.dumps(run(method, start, residuals)), flush=True)
