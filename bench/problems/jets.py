"""Numbers that carry their first and second derivatives: what a formula gives for them is its value, gradient and
Hessian, exact but for rounding.

For a jet and for a plain number of mpmath the formulas of more_garbow_hillstrom.py are the same.
"""

import numpy as np

np.seterr(all="ignore")


class Jet:
    """A value, its gradient and its Hessian."""

    __slots__ = ("value", "gradient", "hessian")
    __array_ufunc__ = None

    def __init__(self, value, gradient, hessian):
        self.value, self.gradient, self.hessian = value, gradient, hessian

    def through(self, value, first, second):
        """h(self) by the chain rule, from h, h' and h'' at the value."""
        outer = np.outer(self.gradient, self.gradient)
        return Jet(value, first * self.gradient, first * self.hessian + second * outer)

    def __add__(self, other):
        if isinstance(other, Jet):
            return Jet(self.value + other.value, self.gradient + other.gradient, self.hessian + other.hessian)
        return Jet(self.value + other, self.gradient, self.hessian)

    def __mul__(self, other):
        if not isinstance(other, Jet):
            return Jet(self.value * other, self.gradient * other, self.hessian * other)
        cross = np.outer(self.gradient, other.gradient)
        return Jet(
            self.value * other.value,
            self.value * other.gradient + other.value * self.gradient,
            self.value * other.hessian + other.value * self.hessian + cross + cross.T,
        )

    def __pow__(self, power):
        v = self.value
        if power == 0:
            return Jet(1.0, 0 * self.gradient, 0 * self.hessian)
        if power == 1:
            return self
        return self.through(v**power, power * v ** (power - 1), power * (power - 1) * v ** (power - 2))

    def __truediv__(self, other):
        return self * other**-1 if isinstance(other, Jet) else self * (1 / other)

    def __rtruediv__(self, other):
        return self**-1 * other

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -other

    def __rsub__(self, other):
        return -self + other

    def __abs__(self):
        return -self if self.value < 0 else self

    def __lt__(self, other):
        return self.value < other

    def __gt__(self, other):
        return self.value > other

    __radd__ = __add__
    __rmul__ = __mul__


def variables(point):
    """The parameters of a point as jets."""
    n = len(point)
    unit = np.eye(n)
    return [Jet(np.float64(value), unit[j], np.zeros((n, n))) for j, value in enumerate(point)]


# The elementary functions by mpmath's names. Beyond the largest double they are infinite, as in every other language.


def exp(x):
    if not isinstance(x, Jet):
        return np.exp(x)
    e = np.exp(x.value)
    return x.through(e, e, e)


def log(x):
    return x.through(np.log(x.value), 1 / x.value, -(x.value**-2)) if isinstance(x, Jet) else np.log(x)


def sin(x):
    return x.through(np.sin(x.value), np.cos(x.value), -np.sin(x.value)) if isinstance(x, Jet) else np.sin(x)


def cos(x):
    return x.through(np.cos(x.value), -np.sin(x.value), -np.cos(x.value)) if isinstance(x, Jet) else np.cos(x)


def sqrt(x):
    return x**0.5 if isinstance(x, Jet) else np.sqrt(x)


def atan(x):
    if not isinstance(x, Jet):
        return np.arctan(x)
    slope = 1 / (1 + x.value**2)
    return x.through(np.arctan(x.value), slope, -2 * x.value * slope**2)


pi = np.pi
