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
def summed_tails(logf, first=0):
    """Tails of a family of counts by summing its probabilities, each tail to its own digits."""
    def tails(y, t, n):
        def f(k):
            return mpmath.exp(logf(mpf(k), t, n))
        last = inf if n is None else n
        if y >= last:
            return mpf(1), mpf(0)
        lower = mpmath.fsum(f(k) for k in range(first, int(y) + 1))
        upper, k = 1 - lower, int(y) + 1
        if upper < mpf(10) ** -30:
            upper = term = f(k)
            while term > upper * mpf(10) ** -40 and k < last:
                k += 1
                term = f(k)
                upper += term
        return lower, upper
    return tails


def binomial_logf(y, t, n):
    return (mpmath.loggamma(n + 1) - mpmath.loggamma(y + 1) - mpmath.loggamma(n - y + 1)
            + (y * log(t[0]) if y else 0) + ((n - y) * log(1 - t[0]) if y < n else 0))


def binomial_tails(y, t, n):
    if n < 5000:
        return summed_tails(binomial_logf)(y, t, n)
    return beta_fraction(y + 1, n - y, t[0])[::-1]


def geometric_tails(y, t, n):
    upper = (y + 1) * mpmath.log1p(-t[0])
    return -mpmath.expm1(upper), mpmath.exp(upper)


def negative_binomial_logf(y, t, n):
    m, s = t
    return (mpmath.loggamma(y + s) - mpmath.loggamma(s) - mpmath.loggamma(y + 1)
            + s * log(s / (s + m)) + y * log(m / (s + m)))


def negative_binomial_tails(y, t, n):
    if y < 5000:
        return summed_tails(negative_binomial_logf)(y, t, n)
    m, s = t
    return beta_fraction(s, y + 1, s / (s + m))


def beta_fraction(a, b, x):
    """I_x(a, b) and its complement by the continued fraction DLMF 8.17.22."""
    if x > (a + 1) / (a + b + 2):
        return beta_fraction(b, a, 1 - x)[::-1]
    mp.dps += 30
    c, d, m = mpf(1), 1 / (1 - (a + b) * x / (a + 1)), 0
    h = d
    while True:
        m += 1
        for e in (m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                  -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))):
            d = 1 / (1 + e * d)
            c = 1 + e / c
            h *= c * d
        if abs(c * d - 1) < mpf(10) ** -50:
            break
    value = h * mpmath.exp(a * log(x) + b * mpmath.log1p(-x) - log(a) + mpmath.loggamma(a + b)
                           - mpmath.loggamma(a) - mpmath.loggamma(b))
    mp.dps -= 30
    return value, 1 - value


def beta_binomial_logf(y, t, n):
    def lg(x):
        return mpmath.loggamma(x)
    a, b = t
    return (lg(n + 1) - lg(y + 1) - lg(n - y + 1) + lg(y + a) + lg(n - y + b) - lg(n + a + b)
            - lg(a) - lg(b) + lg(a + b))


def zeta_tails(y, t, n):
    upper = mpmath.zeta(t[0], y + 1) / mpmath.zeta(t[0])
    if y > 3000:
        return 1 - upper, upper
    lower = mpmath.fsum(mpf(k) ** -t[0] for k in range(1, int(y) + 1)) / mpmath.zeta(t[0])
    return lower, upper


def logarithmic_logf(y, t, n):
    return y * log(t[0]) - log(y) - log(-mpmath.log1p(-t[0]))


def inflated(base):
    def logf(y, t, n):
        if y == 0:
            return log(t[0] + (1 - t[0]) * mpmath.exp(base(y, t[1:], n)))
        return log(1 - t[0]) + base(y, t[1:], n)
    return logf


def hurdle(base):
    def logf(y, t, n):
        if y == 0:
            return log(t[0])
        return log(1 - t[0]) + base(y, t[1:], n) - log(-mpmath.expm1(base(mpf(0), t[1:], n)))
    return logf


def poisson_logf(y, t, n):
    return y * log(t[0]) - t[0] - mpmath.loggamma(y + 1)


def beta_tails(y, t, n):
    return beta_fraction(t[0], t[1], y)
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


def cauchy_tails(y, t, n):
    z = (y - t[0]) / t[1]
    return mpmath.atan2(1, -z) / pi, mpmath.atan2(1, z) / pi


def logistic_tails(y, t, n):
    z = (y - t[0]) / t[1]
    return 1 / (1 + mpmath.exp(-z)), 1 / (1 + mpmath.exp(z))


def log_logistic_tails(y, t, n):
    x = (y / t[1]) ** t[0]
    return x / (1 + x), 1 / (1 + x)


def half_normal_tails(y, t, n):
    z = y / t[0] / sqrt(mpf(2))
    return mpmath.erf(z), mpmath.erfc(z)


def rayleigh_tails(y, t, n):
    x = (y / t[0]) ** 2 / 2
    return -mpmath.expm1(-x), mpmath.exp(-x)
def von_mises_tails(y, t, n):
    """From mu - pi to mu + pi; the nearer end is integrated, in steps of the scale."""
    mu, kappa = t
    a = abs(y - mu)
    width = 1 / sqrt(kappa + 1)
    ends = [a + width * k for k in (0, mpf(1) / 4, 1, 2, 4, 8, 16, 32) if a + width * k < pi] + [pi]
    tail = mpmath.quad(lambda x: mpmath.exp(kappa * (mpmath.cos(x) - mpmath.cos(a))), ends)
    tail *= mpmath.exp(kappa * mpmath.cos(a)) / (2 * pi * mpmath.besseli(0, kappa))
    return (1 - tail, tail) if y > mu else (tail, 1 - tail)


def skew_normal_tails(y, t, n):
    """The smaller tail by integration outwards, in steps of the density's scale there."""
    def upper(z, a):
        step = 1 / (abs(z) * (1 + a * a) + 1)
        ends = [z] + [z + step * 2 ** k for k in range(-1, 30) if z + step * 2 ** k < z + 60]
        return mpmath.quad(lambda x: mpmath.exp(-x * x / 2) / sqrt(2 * pi)
                           * mpmath.erfc(-a * x / sqrt(2)), ends)
    z = (y - t[0]) / t[1]
    up = upper(z, t[2])
    down = upper(-z, -t[2])
    return (1 - up, up) if up < down else (down, 1 - down)


def generalized_gamma_log_density(y, t, n):
    w, q = (log(y) - t[0]) / t[1], t[2]
    if abs(q) < mpf(10) ** -8:  # to the second order; q = 0 has no other way
        return (-log(2 * pi) / 2 - log(t[1]) - log(y) - q * q / 12
                - w * w / 2 - q * w ** 3 / 6 - q * q * w ** 4 / 24)
    k = 1 / (q * q)
    return (log(abs(q)) + k * log(k) - mpmath.loggamma(k) + k * (q * w - mpmath.exp(q * w))
            - log(t[1]) - log(y))


def generalized_gamma_tails(y, t, n):
    w, q = (log(y) - t[0]) / t[1], t[2]
    if q == 0:
        return normal_tails(w, (mpf(0), mpf(1)), n)
    k = 1 / (q * q)
    lower, upper = gamma_tails(k * mpmath.exp(q * w), (k, mpf(1)), n)
    return (lower, upper) if q > 0 else (upper, lower)


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
         ([1.0, 1.0], None, [1e-300, 1.0]), ([50.0, 1.0], None, [1e-20, 1.0]),
         ([1e6, 1.0], None, [1.0])]),
    "bernoulli": (
        lambda y, t, n: log(t[0]) if y == 1 else log(1 - t[0]),
        bernoulli_tails,
        [([0.25], None, [0.0, 1.0]), ([1e-12], None, [0.0, 1.0]), ([0.999], None, [0.0, 1.0])]),
    "poisson": (
        lambda y, t, n: y * log(t[0]) - t[0] - mpmath.loggamma(y + 1),
        poisson_tails,
        [([0.7], None, [0.0, 1.0, 9.0]), ([30.0], None, [0.0, 25.0, 31.0, 90.0]),
         ([1e-9], None, [0.0, 2.0]), ([4000.0], None, [3800.0, 4000.0, 4300.0]),
         ([1e-5], None, [100.0]), ([1e-150], None, [20.0])]),
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
    "binomial": (
        binomial_logf,
        binomial_tails,
        [([0.3], 10, [0.0, 1.0, 4.0, 10.0]), ([1e-8], 12, [0.0, 2.0]), ([0.999], 12, [9.0, 12.0]),
         ([1e-100], 3, [1.0, 3.0]), ([1 - 2.0 ** -30], 1000, [990.0, 1000.0]),
         ([0.45], 100000, [44500.0, 45000.0, 45800.0]),
         ([0.25], 1e12, [249998000000.0, 2.5e11, 250000100000.0, 250003000000.0]),
         ([1e-5], 1e12, [1e7, 9998000.0]), ([0.5], 3e8, [1.5e8, 150010000.0]),
         ([3e-12], 1e12, [0.0, 3.0, 40.0])]),
    "geometric": (
        lambda y, t, n: log(t[0]) + y * mpmath.log1p(-t[0]),
        geometric_tails,
        [([0.3], None, [0.0, 1.0, 7.0, 1e8]), ([1e-12], None, [0.0, 1e12, 5e13]),
         ([1e-100], None, [3.0]), ([1 - 2.0 ** -40], None, [0.0, 2.0])]),
    "negative_binomial": (
        negative_binomial_logf,
        negative_binomial_tails,
        [([2.5, 1.5], None, [0.0, 1.0, 3.0, 12.0, 300.0]), ([5.0, 1e12], None, [0.0, 3.0, 9.0, 40.0]),
         ([5.0, 3e7], None, [0.0, 5.0, 12.0, 25.0]), ([1e-8, 2.0], None, [0.0, 2.0]),
         ([10.0, 1e-8], None, [0.0, 5.0, 400.0]), ([40.0, 0.3], None, [0.0, 30.0, 700.0]),
         ([1e4, 50.0], None, [8800.0, 10000.0, 12900.0]), ([30.0, 12.0], None, [9.0, 10.0, 30.0]),
         ([1e12, 0.5], None, [3e11]), ([1e20, 1e4], None, [100.0]),
         ([1e12, 1e12], None, [1e12, 1000003000000.0])]),
    "beta": (
        lambda y, t, n: (t[0] - 1) * log(y) + (t[1] - 1) * mpmath.log1p(-y)
        - mpmath.log(mpmath.beta(t[0], t[1])),
        beta_tails,
        [([2.0, 3.0], None, [1e-12, 0.25, 0.5, 0.999]), ([0.5, 0.5], None, [1e-100, 0.5, 1 - 2.0 ** -53]),
         ([1e-3, 2e-3], None, [1e-30, 0.3]), ([1e6, 3e6], None, [0.2495, 0.25, 0.251]),
         ([1e8, 0.5], None, [0.99999999, 1 - 2.0 ** -40]), ([30.0, 1e5], None, [1e-4, 3e-4, 6e-4])]),
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
    "cauchy": (
        lambda y, t, n: -log(pi * t[1]) - mpmath.log1p(((y - t[0]) / t[1]) ** 2),
        cauchy_tails,
        [([0.0, 1.0], None, [0.0, 0.7, -40.0, 1e10, -1e200]), ([2.5, 1e-3], None, [2.4999, 1e6]),
         ([-1e8, 1e120], None, [1e121, -3e119])]),
    "logistic": (
        lambda y, t, n: (-abs((y - t[0]) / t[1]) - log(t[1])
                         - 2 * mpmath.log1p(mpmath.exp(-abs((y - t[0]) / t[1])))),
        logistic_tails,
        [([0.0, 1.0], None, [1e-12, 0.7, -40.0, 1e5, -800.0]), ([2.5, 1e-2], None, [2.499, 9.0]),
         ([-1e8, 1e120], None, [1e121, -3e119])]),
    "log_logistic": (
        lambda y, t, n: (log(t[0] / t[1]) + (t[0] - 1) * log(y / t[1])
                         - 2 * mpmath.log1p((y / t[1]) ** t[0])),
        log_logistic_tails,
        [([1.5, 2.0], None, [1e-12, 0.5, 2.0, 3e7]), ([0.1, 3e5], None, [1e-200, 1e5, 1e200]),
         ([80.0, 1e-3], None, [9e-4, 0.00101]), ([1e5, 7.0], None, [6.9999, 7.00005]),
         ([3.0, 1e200], None, [1e199, 2e200])]),
    "half_normal": (
        lambda y, t, n: log(2 / pi) / 2 - log(t[0]) - (y / t[0]) ** 2 / 2,
        half_normal_tails,
        [([1.0], None, [0.0, 1e-9, 0.5, 2.0, 40.0]), ([1e-8], None, [3e-8]),
         ([1e150], None, [1e149, 3e151])]),
    "rayleigh": (
        lambda y, t, n: log(y) - 2 * log(t[0]) - (y / t[0]) ** 2 / 2,
        rayleigh_tails,
        [([1.0], None, [1e-200, 1e-9, 0.5, 2.0, 40.0]), ([1e-8], None, [3e-8]),
         ([1e150], None, [1e149, 3e151])]),
    "beta_binomial": (
        beta_binomial_logf,
        summed_tails(beta_binomial_logf),
        [([2.0, 3.0], 12, [0.0, 5.0, 12.0]), ([1e8, 2e8], 12, [0.0, 4.0]),
         ([0.01, 0.02], 12, [0.0, 6.0]), ([1e12, 3e12], 60, [0.0, 15.0, 40.0]),
         ([1e-8, 2e-8], 300, [0.0, 150.0, 300.0]), ([30.0, 70.0], 400, [0.0, 60.0, 120.0, 399.0]),
         ([1e9, 5e8], 3000, [1900.0, 2000.0, 2080.0])]),
    "zeta": (
        lambda y, t, n: -t[0] * log(y) - log(mpmath.zeta(t[0])),
        zeta_tails,
        [([2.5], None, [1.0, 2.0, 9.0, 1e6]), ([1.001], None, [1.0, 50.0, 1e5]),
         ([1 + 2.0 ** -30], None, [1.0, 1e4, 1e7]), ([40.0], None, [1.0, 2.0, 5.0])]),
    "logarithmic": (
        logarithmic_logf,
        summed_tails(logarithmic_logf, 1),
        [([0.6], None, [1.0, 2.0, 9.0, 200.0]), ([1e-8], None, [1.0, 2.0]),
         ([0.02], None, [1.0, 3.0]), ([0.04], None, [1.0, 3.0]), ([1e-200], None, [1.0]),
         ([0.99999], None, [1.0, 100.0, 20000.0]), ([1 - 2.0 ** -40], None, [1.0, 30.0])]),
    "von_mises": (
        lambda y, t, n: t[1] * mpmath.cos(y - t[0]) - log(2 * pi * mpmath.besseli(0, t[1])),
        von_mises_tails,
        [([0.5, 2.0], None, [0.5, -1.0, 2.0, -2.6, 3.6]), ([-3.0, 0.01], None, [-3.0, -6.0, 0.1]),
         ([0.04, 19.2], None, [-0.4, 0.06, 3.0]), ([1.0, 1e6], None, [1.0, 1.002, 0.99, 1.5]),
         ([0.0, 49.9], None, [0.1, -2.0]), ([0.0, 50.1], None, [0.1, -2.0])]),
    "skew_normal": (
        lambda y, t, n: -log(2 * pi) / 2 - log(t[1]) - ((y - t[0]) / t[1]) ** 2 / 2
        + log(mpmath.erfc(-t[2] * (y - t[0]) / t[1] / sqrt(2))),
        skew_normal_tails,
        [([0.0, 1.0, 3.0], None, [0.0, 0.7, -0.5, -4.0, 6.0, -30.0]),
         ([1.0, 2.0, -0.5], None, [-1.0, 3.0, 9.0, -12.0]), ([0.0, 1.0, 0.0], None, [0.0, 1.5]),
         ([0.0, 1e8, 200.0], None, [1e6, -5e5, 1e8, 3e8]),
         ([5.0, 1e-3, -40.0], None, [5.0, 4.9995, 5.00005])]),
    "generalized_gamma": (
        generalized_gamma_log_density,
        generalized_gamma_tails,
        [([0.5, 0.8, 1.0], None, [0.01, 1.0, 6.0, 20.0]), ([0.5, 0.8, -0.7], None, [0.3, 2.0, 1e4]),
         ([0.0, 1.0, 0.0], None, [0.1, 1.0, 30.0]), ([2.0, 0.5, 1e-3], None, [3.0, 7.4, 20.0]),
         ([2.0, 0.5, -0.1], None, [3.0, 7.4, 20.0]), ([18.4, 0.3, 0.26], None, [5e7, 1.2e8]),
         ([0.0, 1.0, 6.0], None, [0.5, 1.05]), ([0.0, 2.0, 0.24], None, [1e-5, 60.0])]),
    "zeta": (
        lambda y, t, n: -t[0] * log(y) - log(mpmath.zeta(t[0])),
        zeta_tails,
        [([2.5], None, [1.0, 2.0, 9.0, 1e6]), ([1.001], None, [1.0, 50.0, 1e5]),
         ([1 + 2.0 ** -30], None, [1.0, 1e4, 1e7]), ([40.0], None, [1.0, 2.0, 5.0])]),
    "logarithmic": (
        logarithmic_logf,
        summed_tails(logarithmic_logf, 1),
        [([0.6], None, [1.0, 2.0, 9.0, 200.0]), ([1e-8], None, [1.0, 2.0]),
         ([0.02], None, [1.0, 3.0]), ([0.04], None, [1.0, 3.0]), ([1e-200], None, [1.0]),
         ([0.99999], None, [1.0, 100.0, 20000.0]), ([1 - 2.0 ** -40], None, [1.0, 30.0])]),
    "zero_inflated_poisson": (
        inflated(poisson_logf),
        summed_tails(inflated(poisson_logf)),
        [([0.3, 2.5], None, [0.0, 1.0, 4.0, 30.0]), ([1e-8, 40.0], None, [0.0, 1.0, 38.0]),
         ([0.999, 1e-6], None, [0.0, 1.0]), ([0.5, 400.0], None, [0.0, 390.0, 470.0])]),
    "hurdle_poisson": (
        hurdle(poisson_logf),
        summed_tails(hurdle(poisson_logf)),
        [([0.3, 2.5], None, [0.0, 1.0, 4.0, 30.0]), ([0.6, 1e-8], None, [0.0, 1.0, 2.0]),
         ([1e-9, 0.9], None, [0.0, 1.0, 3.0]), ([0.01, 30.0], None, [0.0, 1.0, 31.0])]),
    "zero_inflated_negative_binomial": (
        inflated(negative_binomial_logf),
        summed_tails(inflated(negative_binomial_logf)),
        [([0.3, 2.5, 1.5], None, [0.0, 1.0, 4.0, 30.0]), ([0.1, 5.0, 1e12], None, [0.0, 4.0]),
         ([1e-6, 30.0, 20.0], None, [0.0, 28.0]), ([0.4, 0.01, 0.02], None, [0.0, 1.0, 5.0])]),
    "hurdle_negative_binomial": (
        hurdle(negative_binomial_logf),
        summed_tails(hurdle(negative_binomial_logf)),
        [([0.3, 2.5, 1.5], None, [0.0, 1.0, 4.0, 30.0]), ([0.1, 5.0, 1e12], None, [0.0, 4.0]),
         ([1e-6, 30.0, 20.0], None, [0.0, 28.0]), ([0.4, 0.01, 0.02], None, [0.0, 1.0, 5.0])]),
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
