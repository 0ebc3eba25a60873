"""A problem of more_garbow_hillstrom.py as SciPy wants it: plain arrays of residuals and their derivatives, and the sum
of squares with gradient and Hessian."""

import jets
import numpy as np
from jets import Jet


def values(residuals, point):
    """The residuals of a point of plain numbers."""
    return np.array([float(row) for row in residuals([None, *map(np.float64, point)], jets)])


def rows_of(residuals, point):
    """Values (m), gradients (m×n) and Hessians (m×n×n) of the residuals."""
    n = len(point)
    rows = residuals([None, *jets.variables(point)], jets)
    rows = [row if isinstance(row, Jet) else Jet(float(row), np.zeros(n), np.zeros((n, n))) for row in rows]
    return tuple(np.array([getattr(row, part) for row in rows]) for part in ("value", "gradient", "hessian"))


def sum_of_squares(residuals, point):
    """Σ r², 2Jᵀr and 2(JᵀJ + Σ r∇²r)."""
    value, slopes, curvatures = rows_of(residuals, point)
    hessian = 2 * (slopes.T @ slopes + np.tensordot(value, curvatures, 1))
    return float(value @ value), 2 * slopes.T @ value, hessian
