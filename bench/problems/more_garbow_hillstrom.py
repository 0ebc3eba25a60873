"""The 35 problems of Moré, Garbow and Hillstrom (ACM TOMS 7, 1981), written from the paper's formulas without a look at
the JavaScript beside it: for the fixture of the tests and for the rival in SciPy.

Every problem is `residuals(x, f)`: x[1] … x[n] as in the paper (x[0] is nothing), f a module of elementary functions
(`jets` or `mpmath`). The sizes are those of more-garbow-hillstrom.mjs.
"""

import math

PROBLEMS = []


def problem(number, start):
    def register(residuals):
        PROBLEMS.append((number, start, residuals))
        return residuals

    return register


def split(text):
    return [float(word) for word in text.split()]


@problem(1, [-1.2, 1])
def rosenbrock(x, f):
    return [10 * (x[2] - x[1] ** 2), 1 - x[1]]


@problem(2, [0.5, -2])
def freudenstein_roth(x, f):
    return [-13 + x[1] + ((5 - x[2]) * x[2] - 2) * x[2], -29 + x[1] + ((x[2] + 1) * x[2] - 14) * x[2]]


@problem(3, [0, 1])
def powell_badly_scaled(x, f):
    return [10000 * x[1] * x[2] - 1, f.exp(-x[1]) + f.exp(-x[2]) - 1.0001]


@problem(4, [1, 1])
def brown_badly_scaled(x, f):
    return [x[1] - 1e6, x[2] - 2e-6, x[1] * x[2] - 2]


@problem(5, [1, 1])
def beale(x, f):
    return [y - x[1] * (1 - x[2] ** i) for i, y in ((1, 1.5), (2, 2.25), (3, 2.625))]


@problem(6, [0.3, 0.4])
def jennrich_sampson(x, f):
    return [2 + 2 * i - (f.exp(i * x[1]) + f.exp(i * x[2])) for i in range(1, 11)]


@problem(7, [-1, 0, 0])
def helical_valley(x, f):
    theta = f.atan(x[2] / x[1]) / (2 * f.pi)
    if x[1] < 0:
        theta = theta + 0.5
    return [10 * (x[3] - 10 * theta), 10 * (f.sqrt(x[1] ** 2 + x[2] ** 2) - 1), x[3]]


BARD = split("0.14 0.18 0.22 0.25 0.29 0.32 0.35 0.39 0.37 0.58 0.73 0.96 1.34 2.10 4.39")


@problem(8, [1, 1, 1])
def bard(x, f):
    return [
        y - (x[1] + u / ((16 - u) * x[2] + min(u, 16 - u) * x[3])) for u, y in enumerate(BARD, 1)
    ]


HALF_BELL = split("0.0009 0.0044 0.0175 0.0540 0.1295 0.2420 0.3521")
BELL = [*HALF_BELL, 0.3989, *reversed(HALF_BELL)]


@problem(9, [0.4, 1, 0])
def gaussian(x, f):
    return [x[1] * f.exp(-x[2] * ((8 - i) / 2 - x[3]) ** 2 / 2) - y for i, y in enumerate(BELL, 1)]


MEYER = split("34780 28610 23650 19630 16370 13720 11540 9744 8261 7030 6005 5147 4427 3820 3307 2872")


@problem(10, [0.02, 4000, 250])
def meyer(x, f):
    return [x[1] * f.exp(x[2] / ((45 + 5 * i) + x[3])) - y for i, y in enumerate(MEYER, 1)]


@problem(11, [5, 2.5, 0.15])
def gulf(x, f):
    rows = []
    for i in range(1, 100):
        t = i / 100
        y = 25 + (-50 * math.log(t)) ** (2 / 3)
        # |y − x₂|^x₃ by the exponential, for the power is a parameter.
        power = f.exp(x[3] * f.log(abs(y - x[2])))
        rows.append(f.exp(-power / x[1]) - t)
    return rows


@problem(12, [0, 10, 20])
def box(x, f):
    times = [i / 10 for i in range(1, 11)]
    return [f.exp(-t * x[1]) - f.exp(-t * x[2]) - x[3] * (math.exp(-t) - math.exp(-10 * t)) for t in times]


@problem(13, [3, -1, 0, 1])
def powell_singular(x, f):
    return [
        x[1] + 10 * x[2],
        math.sqrt(5) * (x[3] - x[4]),
        (x[2] - 2 * x[3]) ** 2,
        math.sqrt(10) * (x[1] - x[4]) ** 2,
    ]


@problem(14, [-3, -1, -3, -1])
def wood(x, f):
    return [
        10 * (x[2] - x[1] ** 2),
        1 - x[1],
        math.sqrt(90) * (x[4] - x[3] ** 2),
        1 - x[3],
        math.sqrt(10) * (x[2] + x[4] - 2),
        (x[2] - x[4]) / math.sqrt(10),
    ]


KOWALIK_Y = split("0.1957 0.1947 0.1735 0.1600 0.0844 0.0627 0.0456 0.0342 0.0323 0.0235 0.0246")
KOWALIK_U = split("4 2 1 0.5 0.25 0.167 0.125 0.1 0.0833 0.0714 0.0625")


@problem(15, [0.25, 0.39, 0.415, 0.39])
def kowalik_osborne(x, f):
    return [
        y - x[1] * (u**2 + u * x[2]) / (u**2 + u * x[3] + x[4]) for y, u in zip(KOWALIK_Y, KOWALIK_U, strict=True)
    ]


@problem(16, [25, 5, -5, -1])
def brown_dennis(x, f):
    times = [i / 5 for i in range(1, 21)]
    return [
        (x[1] + t * x[2] - math.exp(t)) ** 2 + (x[3] + x[4] * math.sin(t) - math.cos(t)) ** 2 for t in times
    ]


OSBORNE_1 = split(
    "0.844 0.908 0.932 0.936 0.925 0.908 0.881 0.850 0.818 0.784 0.751 0.718 0.685 0.658 0.628 0.603 0.580 "
    "0.558 0.538 0.522 0.506 0.490 0.478 0.467 0.457 0.448 0.438 0.431 0.424 0.420 0.414 0.411 0.406"
)


@problem(17, [0.5, 1.5, -1, 0.01, 0.02])
def osborne_1(x, f):
    return [
        y - (x[1] + x[2] * f.exp(-10 * i * x[4]) + x[3] * f.exp(-10 * i * x[5])) for i, y in enumerate(OSBORNE_1)
    ]


@problem(18, [1, 2, 1, 1, 1, 1])
def biggs(x, f):
    rows = []
    for i in range(1, 14):
        t = i / 10
        y = math.exp(-t) - 5 * math.exp(-10 * t) + 3 * math.exp(-4 * t)
        rows.append(x[3] * f.exp(-t * x[1]) - x[4] * f.exp(-t * x[2]) + x[6] * f.exp(-t * x[5]) - y)
    return rows


OSBORNE_2 = split(
    "1.366 1.191 1.112 1.013 .991 .885 .831 .847 .786 .725 .746 .679 .608 .655 .616 .606 .602 .626 .651 .724 .649 "
    ".649 .694 .644 .624 .661 .612 .558 .533 .495 .500 .423 .395 .375 .372 .391 .396 .405 .428 .429 .523 .562 .607 "
    ".653 .672 .708 .633 .668 .645 .632 .591 .559 .597 .625 .739 .710 .729 .720 .636 .581 .428 .292 .162 .098 .054"
)


@problem(19, [1.3, 0.65, 0.65, 0.7, 0.6, 3, 5, 7, 2, 4.5, 5.5])
def osborne_2(x, f):
    rows = []
    for i, y in enumerate(OSBORNE_2):
        t = i / 10
        peaks = [x[k] * f.exp(-((t - x[7 + k]) ** 2) * x[4 + k]) for k in (2, 3, 4)]
        rows.append(y - (x[1] * f.exp(-t * x[5]) + peaks[0] + peaks[1] + peaks[2]))
    return rows


@problem(20, [0] * 6)
def watson(x, f):
    n = len(x) - 1
    rows = []
    for i in range(1, 30):
        t = i / 29
        slope = sum((j - 1) * t ** (j - 2) * x[j] for j in range(2, n + 1))
        rows.append(slope - sum(t ** (j - 1) * x[j] for j in range(1, n + 1)) ** 2 - 1)
    return [*rows, x[1] + 0, x[2] - x[1] ** 2 - 1]


@problem(21, [-1.2, 1] * 5)
def extended_rosenbrock(x, f):
    rows = []
    for i in range(1, len(x) // 2 + 1):
        rows += [10 * (x[2 * i] - x[2 * i - 1] ** 2), 1 - x[2 * i - 1]]
    return rows


@problem(22, [3, -1, 0, 1] * 3)
def extended_powell(x, f):
    rows = []
    for i in range(0, len(x) - 1, 4):
        rows += powell_singular(x[i : i + 5], f)
    return rows


@problem(23, list(range(1, 11)))
def penalty_1(x, f):
    return [*(math.sqrt(1e-5) * (value - 1) for value in x[1:]), sum(value**2 for value in x[1:]) - 0.25]


@problem(24, [0.5] * 10)
def penalty_2(x, f):
    n = len(x) - 1
    root = math.sqrt(1e-5)
    rows = [x[1] - 0.2]
    for i in range(2, n + 1):
        y = math.exp(i / 10) + math.exp((i - 1) / 10)
        rows.append(root * (f.exp(x[i] / 10) + f.exp(x[i - 1] / 10) - y))
    for i in range(n + 1, 2 * n):
        rows.append(root * (f.exp(x[i - n + 1] / 10) - math.exp(-1 / 10)))
    return [*rows, sum((n - j + 1) * x[j] ** 2 for j in range(1, n + 1)) - 1]


@problem(25, [1 - j / 10 for j in range(1, 11)])
def variably_dimensioned(x, f):
    weighted = sum(j * (x[j] - 1) for j in range(1, len(x)))
    return [*(value - 1 for value in x[1:]), weighted, weighted**2]


@problem(26, [1 / 10] * 10)
def trigonometric(x, f):
    n = len(x) - 1
    cosines = sum(f.cos(value) for value in x[1:])
    return [n - cosines + i * (1 - f.cos(x[i])) - f.sin(x[i]) for i in range(1, n + 1)]


@problem(27, [0.5] * 10)
def brown_almost_linear(x, f):
    n = len(x) - 1
    total = sum(x[1:])
    product = 1
    for value in x[1:]:
        product = product * value
    return [*(x[i] + total - (n + 1) for i in range(1, n)), product - 1]


BETWEEN = [j / 11 * (j / 11 - 1) for j in range(1, 11)]


@problem(28, BETWEEN)
def discrete_boundary_value(x, f):
    n = len(x) - 1
    h = 1 / (n + 1)
    padded = [*x, 0]
    padded[0] = 0
    return [
        2 * padded[i] - padded[i - 1] - padded[i + 1] + h**2 * (padded[i] + i * h + 1) ** 3 / 2
        for i in range(1, n + 1)
    ]


@problem(29, BETWEEN)
def discrete_integral(x, f):
    n = len(x) - 1
    h = 1 / (n + 1)
    cubes = [0, *((x[j] + j * h + 1) ** 3 for j in range(1, n + 1))]
    rows = []
    for i in range(1, n + 1):
        lower = sum(j * h * cubes[j] for j in range(1, i + 1))
        upper = sum((1 - j * h) * cubes[j] for j in range(i + 1, n + 1))
        rows.append(x[i] + h * ((1 - i * h) * lower + i * h * upper) / 2)
    return rows


@problem(30, [-1] * 10)
def broyden_tridiagonal(x, f):
    padded = [*x, 0]
    padded[0] = 0
    return [(3 - 2 * x[i]) * x[i] - padded[i - 1] - 2 * padded[i + 1] + 1 for i in range(1, len(x))]


@problem(31, [-1] * 10)
def broyden_banded(x, f):
    n = len(x) - 1
    rows = []
    for i in range(1, n + 1):
        near = [j for j in range(max(1, i - 5), min(n, i + 1) + 1) if j != i]
        rows.append(x[i] * (2 + 5 * x[i] ** 2) + 1 - sum(x[j] * (1 + x[j]) for j in near))
    return rows


M = 20


@problem(32, [1] * 10)
def linear_full_rank(x, f):
    shared = sum(x[1:]) * (2 / M) + 1
    return [*(value - shared for value in x[1:]), *(-shared for _ in range(len(x) - 1, M))]


@problem(33, [1] * 10)
def linear_rank_1(x, f):
    total = sum(j * x[j] for j in range(1, len(x)))
    return [i * total - 1 for i in range(1, M + 1)]


@problem(34, [1] * 10)
def linear_rank_1_zeros(x, f):
    total = sum(j * x[j] for j in range(2, len(x) - 1))
    return [0 * total - 1, *((i - 1) * total - 1 for i in range(2, M)), 0 * total - 1]


@problem(35, [j / 9 for j in range(1, 9)])
def chebyquad(x, f):
    n = len(x) - 1
    rows = []
    for i in range(1, n + 1):
        integral = 0 if i % 2 else -1 / (i**2 - 1)
        rows.append(sum(shifted_chebyshev(i, value) for value in x[1:]) / n - integral)
    return rows


def shifted_chebyshev(degree, value):
    z = 2 * value - 1
    if degree == 1:
        return z
    before, now = 1, z
    for _ in range(degree - 1):
        before, now = now, 2 * z * now - before
    return now
