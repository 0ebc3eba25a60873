"""The fits of scikit-learn and statsmodels beside which bench/models.mjs measures ours: reads one request a line.

`prepare <work> <rows> <columns> <file of X> <file of y>` reads float64 numbers and makes the model; `fit` answers the seconds
of one fit, `gradient` the Euclidean norm of the gradient of the mean loss, penalty included, where the last fit ended. Every
model has an intercept. What is told them besides their defaults stands in `WORKS`.
"""

import warnings

import numpy as np
import sklearn
import statsmodels
import statsmodels.api as sm
from answers import answer, seconds_of
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, lasso_path

warnings.filterwarnings("ignore")


class Fitted:
    def __init__(self, model, x, y):
        self.model, self.x, self.y = model, x, y

    def fit(self):
        self.model.fit(self.x, self.y)

    def gradient(self):
        """Of the mean loss: a C of 1 is a ridge of 1 / rows."""
        x, y, model = self.x, self.y, self.model
        rows = len(y)
        if isinstance(model, LogisticRegression):
            coefficients = model.coef_
            eta = x @ coefficients.T + model.intercept_
            if len(model.classes_) == 2:
                residual = 1 / (1 + np.exp(-eta)) - y[:, None]
            else:
                eta -= eta.max(axis=1, keepdims=True)
                residual = np.exp(eta)
                residual /= residual.sum(axis=1, keepdims=True)
                residual[np.arange(rows), y.astype(int)] -= 1
            ridge = coefficients / (model.C * rows)
        else:
            coefficients = np.atleast_2d(model.coef_)
            residual = (x @ coefficients.T + model.intercept_) - y[:, None]
            ridge = coefficients * getattr(model, "alpha", 0) / rows
        return float(np.sqrt(((residual.T @ x / rows + ridge) ** 2).sum() + (residual.mean(axis=0) ** 2).sum()))


class Generalised:
    def __init__(self, family, x, y):
        self.family, self.x, self.y = family, sm.add_constant(x), y

    def fit(self):
        self.result = sm.GLM(self.y, self.x, family=self.family).fit()

    def gradient(self):
        mean = self.result.mu
        slope = (mean - self.y) / self.family.variance(mean) * mean
        return float(np.linalg.norm(self.x.T @ slope / len(self.y)))


class Path:
    def __init__(self, x, y):
        self.x, self.y = x - x.mean(axis=0), y - y.mean()

    def fit(self):
        self.gap = lasso_path(self.x, self.y, n_alphas=100, eps=1e-3)[2]

    def gradient(self):
        return float(np.max(self.gap))


WORKS = {
    "linear": lambda x, y: Fitted(LinearRegression(), x, y),
    "ridge": lambda x, y: Fitted(Ridge(alpha=1.0, solver="cholesky"), x, y),
    "newton-cholesky": lambda x, y: Fitted(LogisticRegression(solver="newton-cholesky"), x, y),
    "lbfgs": lambda x, y: Fitted(LogisticRegression(solver="lbfgs", max_iter=1000), x, y),
    "poisson": lambda x, y: Generalised(sm.families.Poisson(), x, y),
    "gamma": lambda x, y: Generalised(sm.families.Gamma(sm.families.links.Log()), x, y),
    "lasso-path": Path,
}


def prepare(work, rows, columns, x_file, y_file):
    x = np.fromfile(x_file).reshape(int(rows), int(columns))
    return WORKS[work](x, np.fromfile(y_file))


def measure(made, request):
    return made.gradient() if request == "gradient" else seconds_of(made.fit)


versions = f"scikit-learn {sklearn.__version__}, statsmodels {statsmodels.__version__}, NumPy {np.__version__}"
answer(versions, prepare, measure)
