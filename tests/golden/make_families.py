#!/usr/bin/env python3
"""Golden values of the families of core/family, by mpmath: log density, score, Hessian and both tails.

    /usr/bin/python3 make_families.py [name ...]       writes families/NAME.json

A family is one entry of FAMILIES: its log density as a function of mpmath numbers, its tails (a
formula, or None: integrated or summed), and the points, which are doubles. Score and Hessian are
mpmath's derivatives of the log density. Parameters are those of the API, in its order. The lists of
points are fixed, so a second run gives the same files.
"""
import json
import os
import sys

import mpmath
from mpmath import inf, log, mp, mpf, pi, sqrt

mp.dps = 60
HERE = os.path.dirname(os.path.abspath(__file__))


def number(x):
    """The double nearest to x; infinities and 'does not exist' as the API writes them."""
    if x is None:
        return None
    if mpmath.isinf(x):
        return "Infinity" if x > 0 else "-Infinity"
    return float(x)


def derivatives(logf, theta):
    """Score and lower triangle of the Hessian. Each parameter moves on its own scale."""
    k = len(theta)
    unit = [abs(t) if t != 0 else mpf(1) for t in theta]

    def g(*s):
        return logf([t + u * x for t, u, x in zip(theta, unit, s)])

    def derivative(*along):
        order = [along.count(i) for i in range(k)]
        value = mpmath.diff(g, (mpf(0),) * k, tuple(order))
        for i in along:
            value /= unit[i]
        return value

    return ([derivative(i) for i in range(k)],
            [derivative(i, j) for i in range(k) for j in range(i + 1)])


def log_or_none(p):
    return -inf if p == 0 else log(p)


# --- tails: (lower, upper) probabilities of Y <= y and Y > y --------------------------------------

def normal_tails(y, t, n):
    z = (y - t[0]) / t[1]
    return mpmath.erfc(-z / sqrt(2)) / 2, mpmath.erfc(z / sqrt(2)) / 2


def exponential_tails(y, t, n):
    return -mpmath.expm1(-t[0] * y), mpmath.exp(-t[0] * y)


def gamma_tails(y, t, n):
    x = t[1] * y
    return (mpmath.gammainc(t[0], 0, x, regularized=True),
            mpmath.gammainc(t[0], x, inf, regularized=True))


def bernoulli_tails(y, t, n):
    return (1 - t[0], t[0]) if y < 1 else (mpf(1), mpf(0))


def poisson_tails(y, t, n):
    return (mpmath.gammainc(y + 1, t[0], inf, regularized=True),
            mpmath.gammainc(y + 1, 0, t[0], regularized=True))


def lognormal_tails(y, t, n):
    return normal_tails(log(y), t, n)


def weibull_tails(y, t, n):
    x = (y / t[1]) ** t[0]
    return -mpmath.expm1(-x), mpmath.exp(-x)


def uniform_tails(y, t, n):
    return (y - t[0]) / (t[1] - t[0]), (t[1] - y) / (t[1] - t[0])


def laplace_tails(y, t, n):
    z = abs(y - t[0]) / t[1]
    far, near = mpmath.exp(-z) / 2, -mpmath.expm1(-z) / 2 + mpf(1) / 2
    return (near, far) if y > t[0] else (far, near)


def student_tails(y, t, n):
    z = abs(y - t[1]) / t[2]
    far = mpmath.betainc(t[0] / 2, mpf(1) / 2, 0, t[0] / (t[0] + z * z), regularized=True) / 2
    return (1 - far, far) if y > t[1] else (far, 1 - far)


# --- the families ----------------------------------------------------------------------------------
# name: (log density of (y, theta, trials), tails, [(theta, trials, [y, ...]), ...])

FAMILIES = {
    "normal": (
        lambda y, t, n: -log(2 * pi) / 2 - log(t[1]) - ((y - t[0]) / t[1]) ** 2 / 2,
        normal_tails,
        [([0.0, 1.0], None, [0.0, 0.5, -3.0, 40.0, -1e5]),
         ([2.5, 0.125], None, [2.5, 2.0, 3.75]),
         ([-1e8, 3e-4], None, [-1e8, -99999999.9995]),
         ([1.0, 1e150], None, [1e150, -3e149])]),
    "exponential": (
        lambda y, t, n: log(t[0]) - t[0] * y,
        exponential_tails,
        [([1.0], None, [0.0, 1e-8, 0.5, 700.0]), ([1e-8], None, [3.0, 1e9]),
         ([1e150], None, [1e-150, 2e-151])]),
    "gamma": (
        lambda y, t, n: t[0] * log(t[1]) - mpmath.loggamma(t[0]) + (t[0] - 1) * log(y) - t[1] * y,
        gamma_tails,
        [([2.5, 0.4], None, [0.1, 3.0, 60.0]), ([1e-3, 2.0], None, [1e-30, 0.5]),
         ([0.3, 1e5], None, [1e-7, 1e-5]), ([5e3, 10.0], None, [480.0, 500.0, 530.0]),
         ([1.0, 1.0], None, [1e-300, 1.0])]),
    "bernoulli": (
        lambda y, t, n: log(t[0]) if y == 1 else log(1 - t[0]),
        bernoulli_tails,
        [([0.25], None, [0.0, 1.0]), ([1e-12], None, [0.0, 1.0]), ([0.999], None, [0.0, 1.0])]),
    "poisson": (
        lambda y, t, n: y * log(t[0]) - t[0] - mpmath.loggamma(y + 1),
        poisson_tails,
        [([0.7], None, [0.0, 1.0, 9.0]), ([30.0], None, [0.0, 25.0, 31.0, 90.0]),
         ([1e-9], None, [0.0, 2.0]), ([4000.0], None, [3800.0, 4000.0, 4300.0])]),
    "lognormal": (
        lambda y, t, n: -log(2 * pi) / 2 - log(t[1]) - log(y) - ((log(y) - t[0]) / t[1]) ** 2 / 2,
        lognormal_tails,
        [([0.0, 1.0], None, [1.0, 0.01, 30.0, 1e-300, 1e300]), ([5.0, 0.01], None, [148.0, 150.0]),
         ([-600.0, 40.0], None, [1e-280, 1e-200]), ([3.0, 0.02], None, [20.0855])]),
    "weibull": (
        lambda y, t, n: log(t[0] / t[1]) + (t[0] - 1) * log(y / t[1]) - (y / t[1]) ** t[0],
        weibull_tails,
        [([1.5, 2.0], None, [1e-12, 0.5, 2.0, 30.0]), ([0.1, 3e5], None, [1e-200, 1e5, 1e12]),
         ([80.0, 1e-3], None, [9e-4, 0.00101]), ([1e6, 7.0], None, [6.99999, 7.000005]),
         ([3.0, 1e200], None, [1e199, 2e200])]),
    "uniform": (
        lambda y, t, n: -log(t[1] - t[0]),
        uniform_tails,
        [([0.0, 1.0], None, [0.0, 1e-300, 0.25, 1.0]), ([-1e8, -99999999.0], None, [-99999999.5]),
         ([-1e150, 3e150], None, [0.0, 2e150])]),
    "laplace": (
        lambda y, t, n: -log(2 * t[1]) - abs(y - t[0]) / t[1],
        laplace_tails,
        [([0.0, 1.0], None, [0.5, -3.0, 700.0, -1e5]), ([2.5, 1e-3], None, [2.4999, 1e6]),
         ([-1e8, 1e120], None, [1e121, -3e119])]),
    "student_t": (
        lambda y, t, n: (mpmath.loggamma((t[0] + 1) / 2) - mpmath.loggamma(t[0] / 2)
                         - log(t[0] * pi) / 2 - log(t[2])
                         - (t[0] + 1) / 2 * mpmath.log1p(((y - t[1]) / t[2]) ** 2 / t[0])),
        student_tails,
        [([3.0, 0.0, 1.0], None, [0.0, 0.7, -4.0, 1e5, 1e300]),
         ([0.01, 1.0, 2.0], None, [0.5, -1e200]), ([40.0, 2.5, 0.125], None, [2.4, 9.0]),
         ([1e4, -1e8, 3e-4], None, [-99999999.9995]), ([1e12, 1.0, 2.0], None, [0.5, 21.0]),
         ([1.0, 1.0, 1e150], None, [3e150])]),
}


def point(name, theta, trials, y):
    logf, tails, _ = FAMILIES[name]
    t, n, at = [mpf(x) for x in theta], None if trials is None else mpf(trials), mpf(y)
    score, hessian = derivatives(lambda p: logf(at, p, n), t)
    lower, upper = tails(at, t, n)
    return {"theta": theta, "trials": trials, "y": y, "log_density": number(logf(at, t, n)),
            "score": [number(x) for x in score], "hessian": [number(x) for x in hessian],
            "log_cdf": number(log_or_none(lower)), "log_sf": number(log_or_none(upper))}


def main():
    for name in sys.argv[1:] or FAMILIES:
        points = [point(name, theta, trials, y)
                  for theta, trials, ys in FAMILIES[name][2] for y in ys]
        with open(os.path.join(HERE, "families", name + ".json"), "w") as file:
            lines = ",\n".join(json.dumps(p) for p in points)
            origin = "mpmath %s, %d digits" % (mpmath.__version__, mp.dps)
            file.write('{"family": "%s", "origin": "%s", "points": [\n%s\n]}\n'
                       % (name, origin, lines))


if __name__ == "__main__":
    main()
