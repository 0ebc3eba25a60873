"""Makes the constants of native/kernels/elementary.inc and lib/kernels/portable/elementary.ts, and those of the exponential in
native/kernels/steps_ahead.inc: `python3 scripts/elementary_polynomials.py` prints them, `--check` compares them with the files.
Needs mpmath (pip install mpmath).

Each polynomial is fitted here, from the function's definition, by Lawson's method: least squares whose weights grow where the error
is large, which converges to the smallest largest error. The error is taken where it matters, as a part of the result:

exponential  e^r = 1 + r + r^2 q(r), |r| <= ln 2 / 2. q = 1/2 + c1 r + ... + c9 r^9; the error r^2 dq as a part of e^r - 1,
             so that the same polynomial serves expm1 and tanh.
logarithm    log m = 2 atanh s = 2 s + s R(s^2), s = f / (2 + f), m = 1 + f from sqrt(1/2) to sqrt(2). R(z) = c1 z + ... + c7 z^7; the error
             s dR as a part of the result.
ahead        e^r = 1 + r + r^2 q(r), |r| <= 3/4, q = c0 + c1 r + ... + c11 r^11; the error r^2 dq as a part of e^r.
"""

import re
import sys
from pathlib import Path

from mpmath import atanh, cos, exp, expm1, floor, ldexp, log, lu_solve, matrix, mp, mpf, pi, sqrt

mp.prec = 300
ROOT = Path(__file__).resolve().parent.parent
FILES = ["native/kernels/elementary.inc", "lib/kernels/portable/elementary.ts"]
AHEAD = ["native/kernels/steps_ahead.inc"]


def fit(function, weight, powers, low, high, points=160, rounds=60):
    """Coefficients of x^p, p in powers, and the largest weighted error at the points."""
    xs = [(low + high) / 2 + (high - low) / 2 * cos(pi * (2 * i + 1) / (2 * points)) for i in range(points)]
    basis = [[weight(x) * x**p for p in powers] for x in xs]
    target = [weight(x) * function(x) for x in xs]
    lawson = [mpf(1)] * points
    best = None
    for _ in range(rounds):
        normal = matrix(len(powers), len(powers))
        right = matrix(len(powers), 1)
        for row, wanted, w in zip(basis, target, lawson):
            for i, a in enumerate(row):
                right[i] += w * a * wanted
                for j, b in enumerate(row):
                    normal[i, j] += w * a * b
        coefficients = lu_solve(normal, right)
        errors = [abs(sum(c * a for c, a in zip(coefficients, row)) - wanted) for row, wanted in zip(basis, target)]
        if best is None or max(errors) < best[1]:
            best = (list(coefficients), max(errors))
        lawson = [w * error for w, error in zip(lawson, errors)]
        total = sum(lawson)
        lawson = [w * points / total for w in lawson]
    return best


def head(value, bits):
    """The value cut to that many significant bits."""
    scale = bits - 1 - int(floor(log(value, 2)))
    return ldexp(floor(ldexp(value, scale)), -scale)


def constants():
    ln2 = log(mpf(2))
    # 42 bits: times a number of 11 bits, which any exponent is, the product is exact.
    high = head(ln2, 42)
    half = ln2 / 2 * (1 + mpf(2) ** -30)
    exponential, exponential_error = fit(
        lambda r: (expm1(r) - r - r * r / 2) / (r * r), lambda r: r * r / expm1(r), range(1, 10), -half, half
    )
    end = (sqrt(mpf(2)) - 1) / (sqrt(mpf(2)) + 1)
    end = end * end * (1 + mpf(2) ** -18)
    logarithm, logarithm_error = fit(
        lambda z: 2 * atanh(sqrt(z)) / sqrt(z) - 2, lambda z: sqrt(z) / (2 * atanh(sqrt(z))), range(1, 8), mpf(0), end
    )
    ahead, ahead_error = fit(
        lambda r: (expm1(r) - r) / (r * r), lambda r: r * r / exp(r), range(12), -mpf("0.75"), mpf("0.75")
    )
    errors = [("exponential", exponential_error), ("logarithm", logarithm_error), ("ahead", ahead_error)]
    for name, error in errors:
        print(f"{name}: largest error 2^{float(log(error, 2)):.1f}")
    yield "log2 e", 1 / ln2, FILES
    yield "ln 2, head", high, FILES
    yield "ln 2, rest", ln2 - high, FILES
    for i, c in enumerate(exponential):
        yield f"exponential c{i + 1}", c, FILES
    for i, c in enumerate(logarithm):
        yield f"logarithm c{i + 1}", c, FILES
    for i, c in enumerate(ahead):
        yield f"ahead c{i}", c, AHEAD


def main():
    missing = False
    check = "--check" in sys.argv
    texts = {file: (ROOT / file).read_text() for file in FILES + AHEAD}
    numbers = {file: set(map(float, re.findall(r"\d+\.\d+(?:e-?\d+)?", text))) for file, text in texts.items()}
    for name, value, files in constants():
        print(f"{name:16} {float(value)!r}")
        for file in files if check else []:
            if float(value) not in numbers[file]:
                missing = True
                print(f"  is not in {file}")
    sys.exit(1 if missing else 0)


main()
