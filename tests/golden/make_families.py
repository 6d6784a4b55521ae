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


def gumbel_tails(y, t, n):
    e = -mpmath.exp(-(y - t[0]) / t[1])
    return mpmath.exp(e), -mpmath.expm1(e)


def gumbel_min_tails(y, t, n):
    lower, upper = gumbel_tails(-y, (-t[0], t[1]), n)
    return upper, lower


def inverse_gaussian_tails(y, t, n):
    mu, lam = t
    root = sqrt(lam / y)
    a, b = root * (y / mu - 1), root * (y / mu + 1)
    phi = lambda z: mpmath.erfc(-z / sqrt(2)) / 2
    with mp.extradps(60 + int(2 * lam / mu)):
        far = mpmath.exp(2 * lam / mu) * phi(-b)
        return phi(a) + far, phi(-a) - far


def pareto_tails(y, t, n):
    e = -t[0] * log(y / t[1])
    return -mpmath.expm1(e), mpmath.exp(e)


def extreme_log(xi, z):
    return log(1 + xi * z) / xi if abs(xi) > mpf(10) ** -25 else z - xi * z * z / 2


def gpd_tails(y, t, n):
    e = -extreme_log(t[1], y / t[0])
    return -mpmath.expm1(e), mpmath.exp(e)


def gev_log_density(y, t, n):
    a = extreme_log(t[2], (y - t[0]) / t[1])
    return -log(t[1]) - (1 + t[2]) * a - mpmath.exp(-a)


def gev_tails(y, t, n):
    return gumbel_tails(extreme_log(t[2], (y - t[0]) / t[1]), (mpf(0), mpf(1)), n)


def burr12_tails(y, t, n):
    e = -t[1] * log(1 + (y / t[2]) ** t[0])
    return -mpmath.expm1(e), mpmath.exp(e)


def von_mises_tails(y, t, n):
    """From mu - pi to mu + pi; the nearer end is integrated, in steps of the scale."""
    mu, kappa = t
    a = abs(y - mu)
    width = 1 / sqrt(kappa + 1)
    ends = [a + width * k for k in (0, mpf(1) / 4, 1, 2, 4, 8, 16, 32) if a + width * k < pi] + [pi]
    tail = mpmath.quad(lambda x: mpmath.exp(kappa * (mpmath.cos(x) - mpmath.cos(a))), ends)
    tail *= mpmath.exp(kappa * mpmath.cos(a)) / (2 * pi * mpmath.besseli(0, kappa))
    return (1 - tail, tail) if y > mu else (tail, 1 - tail)


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
    "gumbel": (
        lambda y, t, n: -log(t[1]) - (y - t[0]) / t[1] - mpmath.exp(-(y - t[0]) / t[1]),
        gumbel_tails,
        [([0.0, 1.0], None, [0.0, 0.5, -3.0, 30.0, 900.0, -6.0]),
         ([111.1, 17.2], None, [78.0, 111.0, 194.0]), ([-1e8, 3e-4], None, [-1e8, -99999999.9995]),
         ([1.0, 1e150], None, [1e150, -3e149])]),
    "gumbel_min": (
        lambda y, t, n: -log(t[1]) + (y - t[0]) / t[1] - mpmath.exp((y - t[0]) / t[1]),
        gumbel_min_tails,
        [([0.0, 1.0], None, [0.0, 0.5, 3.0, -30.0, -900.0, 6.0]),
         ([-2.5, 0.2], None, [-2.5, -3.0, -2.1]), ([1e8, 3e-4], None, [1e8, 99999999.9995])]),
    "inverse_gaussian": (
        lambda y, t, n: log(t[1] / (2 * pi * y ** 3)) / 2
        - t[1] * (y - t[0]) ** 2 / (2 * t[0] ** 2 * y),
        inverse_gaussian_tails,
        [([3.6, 1.66], None, [0.05, 1.0, 3.6, 24.5, 700.0]),
         ([1.0, 1e-6], None, [1e-7, 0.9, 1.1, 2.5e3]), ([2.0, 500.0], None, [1.5, 2.0, 2.2, 9.0]),
         ([1e-8, 3e-8], None, [1e-8, 4e-8]), ([1e10, 0.5], None, [0.1, 1.0, 1e9])]),
    "pareto": (
        lambda y, t, n: log(t[0]) + t[0] * log(t[1]) - (t[0] + 1) * log(y),
        pareto_tails,
        [([2.0, 1.0], None, [1.0, 1.0000001, 3.0, 1e200]), ([0.01, 5e-9], None, [5.5e-9, 1e3]),
         ([1e5, 3.0], None, [3.00001, 3.1])]),
    "gpd": (
        lambda y, t, n: -log(t[0]) - (1 + t[1]) * extreme_log(t[1], y / t[0]),
        gpd_tails,
        [([1.0, 0.3], None, [0.0, 0.01, 0.5, 7.0, 1e30]), ([2.0, -0.4], None, [0.1, 3.0, 4.999]),
         ([3.0, 1e-10], None, [0.5, 40.0]), ([3.0, -1e-4], None, [0.5, 40.0, 600.0]),
         ([1e-8, 2.5], None, [1e-9, 3e5]), ([1.5, 0.02], None, [1.5, 2.2, 2.3])]),
    "gev": (
        gev_log_density,
        gev_tails,
        [([111.1, 17.2, -0.08], None, [78.0, 111.0, 194.0, 300.0]),
         ([0.0, 1.0, 0.4], None, [-2.2, -1.0, 0.5, 30.0, 1e20]),
         ([0.0, 1.0, 1e-10], None, [2.0, -3.0, 40.0]), ([1.0, 2.0, -0.7], None, [-5.0, 1.0, 3.8]),
         ([1.0, 0.5, 0.02], None, [1.7, 1.8, 0.3])]),
    "lomax": (
        lambda y, t, n: log(t[0]) - log(t[1]) - (t[0] + 1) * log(1 + y / t[1]),
        lambda y, t, n: burr12_tails(y, (mpf(1), t[0], t[1]), n),
        [([2.5, 3.0], None, [0.0, 1e-12, 2.0, 1e40]), ([0.05, 1e-7], None, [1e-9, 4e5]),
         ([1e6, 2e6], None, [0.001, 2.0, 50.0])]),
    "burr12": (
        lambda y, t, n: log(t[0]) + log(t[1]) - log(y) + t[0] * log(y / t[2])
        - (t[1] + 1) * log(1 + (y / t[2]) ** t[0]),
        burr12_tails,
        [([2.5, 0.7, 3.0], None, [1e-9, 0.5, 3.0, 3.1, 1e40]),
         ([0.2, 40.0, 1e5], None, [1e-9, 2.0, 1e4]), ([30.0, 1e4, 2.0], None, [1.2, 1.48, 1.6]),
         ([50.0, 0.01, 1e-8], None, [0.99e-8, 1.2e-8, 1.0])]),
    "von_mises": (
        lambda y, t, n: t[1] * mpmath.cos(y - t[0]) - log(2 * pi * mpmath.besseli(0, t[1])),
        von_mises_tails,
        [([0.5, 2.0], None, [0.5, -1.0, 2.0, -2.6, 3.6]), ([-3.0, 0.01], None, [-3.0, -6.0, 0.1]),
         ([0.04, 19.2], None, [-0.4, 0.06, 3.0]), ([1.0, 1e6], None, [1.0, 1.002, 0.99, 1.5]),
         ([0.0, 49.9], None, [0.1, -2.0]), ([0.0, 50.1], None, [0.1, -2.0])]),
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
