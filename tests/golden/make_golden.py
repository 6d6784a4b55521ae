#!/usr/bin/python3
"""Writes families.json: log densities, scores, Hessians, distribution functions and entropies of the
univariate families of API.md 4, in their canonical parameters, computed with mpmath.

    /usr/bin/python3 make_golden.py [FAMILY...] > families.json

Every number of the file that is not an input is correctly rounded from at least 40 digits. Densities
are written here from their definitions, derivatives are central differences in 130 digits with steps
of 1e-40, so nothing is shared with the formulas under test. scipy is not used.

A row: parameters (canonical order), y, log_density; score [k] and hessian [k][k] in the parameters;
log_cdf, log_sf (natural logarithms of P(Y <= y) and P(Y > y)) and cdf; quantile {p, y}: the least
value whose cdf is at least p; entropy in nats of the distribution (with its first row only). What
was not computed is absent. Infinity is the string "Infinity" or "-Infinity".
"""

import json
import sys

import mpmath
from mpmath import mp, mpf

DPS = 130
mp.dps = DPS
one, half = mpf(1), mpf(1) / 2
inf = mpf("inf")
log, exp, sqrt, pi, lg = mp.log, mp.exp, mp.sqrt, mp.pi, mp.loggamma


def log1p(x):
    return log(1 + x)


def expit(x):
    return 1 / (1 + exp(-x))


def normal_sf(z):
    if abs(z) > 1e5:  # beyond what mpmath's erfc takes; rows without a cdf
        return mpf(0) if z > 0 else one
    return mp.erfc(z / sqrt(mpf(2))) / 2


def gamma_p(a, x):
    return mp.gammainc(a, 0, x, regularized=True)


def gamma_q(a, x):
    return mp.gammainc(a, x, regularized=True)


def beta_i(a, b, x):
    return mp.betainc(a, b, 0, x, regularized=True)


def log_choose(n, k):
    return lg(n + 1) - lg(k + 1) - lg(n - k + 1)


# --- log densities and distribution functions --------------------------------------------------
# ld(y, *theta) inside the support; pq(y, *theta) -> (cdf, sf) or None; entropy(*theta) or None.

def poisson_ld(y, m):
    return y * log(m) - m - lg(y + 1)


def nb_ld(y, m, s):
    return lg(y + s) - lg(s) - lg(y + 1) + s * log(s / (s + m)) + y * log(m / (s + m))


def poisson_pq(y, m):
    return gamma_q(y + 1, m), gamma_p(y + 1, m)


def nb_pq(y, m, s):
    return beta_i(s, y + 1, s / (s + m)), beta_i(y + 1, s, m / (s + m))


def sum_pq(ld, least=0):
    """For counts that are not too large."""
    def pq(y, *theta):
        if y > 2000:
            return None
        p = mp.fsum(exp(ld(mpf(k), *theta)) for k in range(least, int(y) + 1))
        return (p, 1 - p) if 1 - p > mpf(10) ** -80 else None
    return pq


def series_entropy(ld, most, least=0):
    def entropy(*theta):
        total = mpf(0)
        for k in range(least, most + 1):
            l = ld(mpf(k), *theta)
            total -= exp(l) * l
        return total
    return entropy


def student_ld(y, v, m, s):
    z = (y - m) / s
    return lg((v + 1) / 2) - lg(v / 2) - log(v * pi) / 2 - log(s) - (v + 1) / 2 * log1p(z * z / v)


def student_pq(y, v, m, s):
    if v > 1e5:
        return None
    z = (y - m) / s
    tail = beta_i(v / 2, half, v / (v + z * z)) / 2
    return (tail, 1 - tail) if z < 0 else (1 - tail, tail)


def gev_ld(y, m, s, x):
    t = 1 + x * (y - m) / s
    return -log(s) - (1 / x + 1) * log(t) - t ** (-1 / x)


def gev_pq(y, m, s, x):
    u = (1 + x * (y - m) / s) ** (-1 / x)
    return exp(-u), -mp.expm1(-u)


def ig_pq(y, m, l):
    r = sqrt(l / y)
    a, b = r * (y / m - 1), r * (y / m + 1)
    second = exp(2 * l / m) * normal_sf(b)
    return normal_sf(-a) + second, normal_sf(a) - second


def von_mises_ld(y, m, k):
    return k * mp.cos(y - m) - log(2 * pi) - log(mp.besseli(0, k))


def skew_ld(y, x, w, a):
    z = (y - x) / w
    return log(2) - log(w) - z * z / 2 - log(2 * pi) / 2 + log(normal_sf(-a * z))


def skew_pq(y, x, w, a):
    z = (y - x) / w
    if abs(z) > 30 or abs(a) > 100:
        return None
    owen = mp.quad(lambda t: exp(-z * z * (1 + t * t) / 2) / (1 + t * t), [0, a / 2, a]) / (2 * pi)
    return normal_sf(-z) - 2 * owen, normal_sf(z) + 2 * owen


def gg_ld(y, m, s, q):
    w = (log(y) - m) / s
    if q == 0:
        return -log(y) - log(s) - log(2 * pi) / 2 - w * w / 2
    k = 1 / q ** 2
    return log(abs(q)) + k * log(k) - log(s) - log(y) - lg(k) + k * (q * w - exp(q * w))


def gg_pq(y, m, s, q):
    w = (log(y) - m) / s
    if q == 0:
        return normal_sf(-w), normal_sf(w)
    k = 1 / q ** 2
    p, t = gamma_p(k, k * exp(q * w)), gamma_q(k, k * exp(q * w))
    return (p, t) if q > 0 else (t, p)


def beta_binomial_ld(n):
    def ld(y, a, b):
        return (log_choose(n, y) + lg(y + a) + lg(n - y + b) - lg(n + a + b) - lg(a) - lg(b)
                + lg(a + b))
    return ld


def binomial_ld(n):
    def ld(y, p):
        return log_choose(n, y) + (y * log(p) if y else 0) + ((n - y) * log1p(-p) if y < n else 0)
    return ld


def binomial_pq(n):
    def pq(y, p):
        return (beta_i(n - y, y + 1, 1 - p), beta_i(y + 1, n - y, p)) if y < n else (one, mpf(0))
    return pq


def inflated(ld):
    def f(y, w, *theta):
        return log(w + (1 - w) * exp(ld(y, *theta))) if y == 0 else log1p(-w) + ld(y, *theta)
    return f


def hurdle(ld):
    def f(y, w, *theta):
        return log(w) if y == 0 else log1p(-w) + ld(y, *theta) - log(-mp.expm1(ld(mpf(0), *theta)))
    return f


def gamma_pq(y, k, r):
    return None if k > 1e6 else (gamma_p(k, r * y), gamma_q(k, r * y))


def beta_pq(y, a, b):
    return None if max(a, b) > 1e5 else (beta_i(a, b, y), beta_i(b, a, 1 - y))


def beta_entropy(a, b):
    return (lg(a) + lg(b) - lg(a + b) - (a - 1) * mp.digamma(a) - (b - 1) * mp.digamma(b)
            + (a + b - 2) * mp.digamma(a + b))


def student_entropy(v, m, s):
    return ((v + 1) / 2 * (mp.digamma((v + 1) / 2) - mp.digamma(v / 2)) + log(v) / 2
            + lg(v / 2) + lg(half) - lg((v + 1) / 2) + log(s))


def on_line(f):
    """A family on the real line as a function of z and the scale: (ld(z), cdf(z), sf(z))."""
    ld, p, q = f
    return (lambda y, m, s: ld((y - m) / s) - log(s),
            lambda y, m, s: (p((y - m) / s), q((y - m) / s)))


normal_ld, normal_pq = on_line((lambda z: -z * z / 2 - log(2 * pi) / 2, lambda z: normal_sf(-z),
                                normal_sf))
logistic_ld, logistic_pq = on_line((lambda z: -abs(z) - 2 * log1p(exp(-abs(z))), expit,
                                    lambda z: expit(-z)))
laplace_ld, laplace_pq = on_line((lambda z: -abs(z) - log(2),
                                  lambda z: exp(z) / 2 if z < 0 else 1 - exp(-z) / 2,
                                  lambda z: exp(-z) / 2 if z > 0 else 1 - exp(z) / 2))
cauchy_ld, cauchy_pq = on_line((lambda z: -log(pi) - log1p(z * z),
                                lambda z: mp.acot(-z) / pi + (1 if -z < 0 else 0),
                                lambda z: mp.acot(z) / pi + (1 if z < 0 else 0)))
gumbel_ld, gumbel_pq = on_line((lambda z: -z - exp(-z), lambda z: exp(-exp(-z)),
                                lambda z: -mp.expm1(-exp(-z))))
gumbel_min_ld, gumbel_min_pq = on_line((lambda z: z - exp(z), lambda z: -mp.expm1(-exp(z)),
                                        lambda z: exp(-exp(z))))


def log_line(ld, pq):
    return (lambda y, m, s: ld(log(y), m, s) - log(y), lambda y, m, s: pq(log(y), m, s))


lognormal_ld, lognormal_pq = log_line(normal_ld, normal_pq)
EULER = mp.euler


def weibull_ld(y, k, s):
    return log(k / s) + (k - 1) * log(y / s) - (y / s) ** k


def log_logistic_ld(y, k, s):
    t = k * log(y / s)
    return log(k / y) + t - 2 * log1p(exp(t))


def family(name, parameters, points, ld, pq=None, entropy=None, **more):
    """points: list of (parameters, [y inside the support], [y outside])."""
    return dict(name=name, parameters=parameters, points=points, ld=ld, pq=pq, entropy=entropy,
                **more)


BIG = [1e-300, 1e-8, 0.3, 1.0, 2.5, 40.0, 1e8]
LINE = [([0.0, 1.0], [0.0, 0.5, -1.5, 8.0, -37.0, 40.0, 1e8], []),
        ([3.0, 0.25], [3.1, 2.0, -4.0], []), ([-1e8, 1e-3], [-1e8 + 0.0015, -1e8 - 0.002], []),
        ([0.0, 1e-8], [3e-9, -2e-7], []), ([1e150, 1e150], [2e150, -3e150], []),
        ([0.0, 1e300], [1e300, -5e299], [])]
# without the points where the density has no derivative
KINK = [(t, [y for y in ys if y != t[0]], out) for t, ys, out in LINE]
COUNTS = [0.0, 1.0, 2.0, 7.0, 40.0]

FAMILIES = [
    family("normal", ["mu", "sigma"], LINE + [([0.0, 1.0], [1e300], [])], normal_ld, normal_pq,
           lambda m, s: log(2 * pi * s * s) / 2 + half),
    family("lognormal", ["mu", "sigma"],
           [([0.0, 1.0], BIG + [1e300], [0.0, -1.0]), ([2.0, 0.1], [5.0, 7.4, 20.0], []),
            ([-30.0, 4.0], [1e-13, 1e-300], [])], lognormal_ld, lognormal_pq,
           lambda m, s: m + log(2 * pi * s * s) / 2 + half),
    family("exponential", ["rate"],
           [([1.0], [0.0] + BIG + [700.0], [-1.0]), ([1e-8], [1e8, 3.0], []),
            ([1e8], [1e-8, 1e-6], []), ([1e-300], [1e300], [])],
           lambda y, r: log(r) - r * y, lambda y, r: (-mp.expm1(-r * y), exp(-r * y)),
           lambda r: 1 - log(r)),
    family("gamma", ["shape", "rate"],
           [([1.0, 1.0], BIG, [-1.0]), ([2.5, 0.5], [0.1, 4.0, 100.0, 1500.0], [0.0]),
            ([0.3, 2.0], [1e-300, 1e-10, 0.2, 9.0], []), ([1e-8, 1.0], [1e-300, 1e-5, 1.0], []),
            ([1e4, 100.0], [90.0, 100.0, 103.0], []), ([1e8, 1e8], [0.9999, 1.0, 1.0003], []),
            ([3.0, 1e-300], [2e300], []), ([50.0, 1e10], [4e-9, 1e-8], [])],
           lambda y, k, r: k * log(r) - lg(k) + ((k - 1) * log(y) if k != 1 else 0) - r * y,
           gamma_pq, lambda k, r: k - log(r) + lg(k) + (1 - k) * mp.digamma(k)),
    family("weibull", ["shape", "scale"],
           [([1.0, 1.0], BIG, [-1.0]), ([2.5, 3.0], [0.1, 2.9, 10.0, 40.0], []),
            ([0.3, 2.0], [1e-30, 0.2, 9.0, 1e4], []), ([1e-3, 1.0], [1e-100, 1.5], []),
            ([200.0, 5.0], [4.5, 5.0, 5.1], []), ([1.5, 1e300], [1e300], [])],
           weibull_ld,
           lambda y, k, s: (-mp.expm1(-(y / s) ** k), exp(-(y / s) ** k)),
           lambda k, s: EULER * (1 - 1 / k) + log(s / k) + 1),
    family("beta", ["alpha", "beta"],
           [([1.5, 2.5], [1e-300, 1e-8, 0.1, 0.5, 0.999], [-0.1, 1.5]),
            ([0.3, 0.2], [1e-12, 0.4, 1 - 2.0 ** -40], []), ([40.0, 3.0], [0.5, 0.93], []),
            ([1e4, 1e4], [0.49, 0.5], []), ([1e-8, 1.0], [1e-3, 0.5], []),
            ([1e8, 1e8], [0.5, 0.5001], [])],
           lambda y, a, b: (a - 1) * log(y) + (b - 1) * log1p(-y) + lg(a + b) - lg(a) - lg(b),
           beta_pq, beta_entropy),
    family("student_t", ["df", "mu", "sigma"],
           [([3.0, 0.0, 1.0], [0.0, 0.5, -7.0, 1e8, -1e100], []), ([1.0, 2.0, 0.5], [2.2, -40.0], []),
            ([4.5, -3.0, 10.0], [5.0, 300.0], []), ([200.0, 0.0, 1.0], [0.3, 30.0], []),
            ([1e6, 0.0, 1.0], [1.0, 8.0], []), ([1e12, 0.0, 1.0], [0.5, -3.0, 40.0], [])],
           student_ld, student_pq, student_entropy),
    family("cauchy", ["mu", "sigma"], LINE, cauchy_ld, cauchy_pq, lambda m, s: log(4 * pi * s)),
    family("logistic", ["mu", "sigma"], LINE, logistic_ld, logistic_pq, lambda m, s: log(s) + 2),
    family("laplace", ["mu", "sigma"], KINK, laplace_ld, laplace_pq, lambda m, s: 1 + log(2 * s)),
    family("gumbel", ["mu", "sigma"], [(t, [y for y in ys if y > t[0] - 30 * t[1]], o)
                                       for t, ys, o in LINE], gumbel_ld, gumbel_pq,
           lambda m, s: log(s) + EULER + 1),
    family("gumbel_min", ["mu", "sigma"], [(t, [y for y in ys if y < t[0] + 30 * t[1]], o)
                                           for t, ys, o in LINE], gumbel_min_ld, gumbel_min_pq,
           lambda m, s: log(s) + EULER + 1),
    family("uniform", ["lower", "upper"],
           [([0.0, 1.0], [0.25, 0.999], [-0.5, 1.5]), ([-1e300, 1e300], [1e299], []),
            ([5.0, 5.0 + 1e-8], [5.0 + 5e-9], [])],
           lambda y, a, b: -log(b - a), lambda y, a, b: ((y - a) / (b - a), (b - y) / (b - a)),
           lambda a, b: log(b - a)),
    family("pareto", ["shape", "scale"],
           [([2.0, 1.0], [1.5, 10.0, 1e300], [0.5]), ([0.1, 1e-8], [1e-7, 3.0], []),
            ([1e4, 5.0], [5.001], [])],
           lambda y, a, s: log(a) + a * log(s) - (a + 1) * log(y),
           lambda y, a, s: (1 - (s / y) ** a, (s / y) ** a),
           lambda a, s: log(s / a) + 1 / a + 1),
    family("lomax", ["shape", "scale"],
           [([2.0, 1.0], [0.0, 1e-10, 1.5, 1e300], [-0.5]), ([0.1, 1e-8], [1e-7, 3.0], []),
            ([1e8, 1e8], [0.5, 20.0], [])],
           lambda y, a, s: log(a / s) - (a + 1) * log1p(y / s),
           lambda y, a, s: (-mp.expm1(-a * log1p(y / s)), (1 + y / s) ** -a),
           lambda a, s: log(s / a) + 1 / a + 1),
    family("gev", ["mu", "sigma", "xi"],
           [([0.0, 1.0, 0.2], [-1.0, 0.5, 30.0, 1e10], [-5.5]), ([10.0, 2.0, -0.3], [5.0, 12.0, 16.0], [17.0]),
            ([0.0, 1.0, 1e-10], [2.0, -1.0], []), ([0.0, 1.0, -1e-10], [2.0], [])],
           gev_ld, gev_pq, lambda m, s, x: log(s) + EULER * (1 + x) + 1),
    family("gpd", ["sigma", "xi"],
           [([1.0, 0.2], [0.0, 1e-8, 0.5, 30.0, 1e10], [-0.5]), ([2.0, -0.3], [0.5, 6.0], [7.0]),
            ([1.0, 1e-10], [2.0, 30.0], []), ([1.0, -1e-10], [2.0], [])],
           lambda y, s, x: -log(s) - (1 / x + 1) * log1p(x * y / s),
           lambda y, s, x: (-mp.expm1(-log1p(x * y / s) / x), (1 + x * y / s) ** (-1 / x)),
           lambda s, x: log(s) + x + 1),
    family("rayleigh", ["sigma"],
           [([1.0], [1e-300, 1e-8, 0.7, 8.0, 40.0], [-1.0]), ([1e-8], [2e-8], []),
            ([1e150], [1e150], [])],
           lambda y, s: log(y) - 2 * log(s) - y * y / (2 * s * s),
           lambda y, s: (-mp.expm1(-y * y / (2 * s * s)), exp(-y * y / (2 * s * s))),
           lambda s: 1 + log(s / sqrt(mpf(2))) + EULER / 2),
    family("half_normal", ["sigma"],
           [([1.0], [0.0, 1e-8, 0.7, 8.0, 40.0], [-1.0]), ([1e-8], [2e-8], []), ([1e300], [1e300], [])],
           lambda y, s: log(2 / pi) / 2 - log(s) - y * y / (2 * s * s),
           lambda y, s: (1 - 2 * normal_sf(y / s), 2 * normal_sf(y / s)),
           lambda s: log(pi * s * s / 2) / 2 + half),
    family("inverse_gaussian", ["mu", "lambda"],
           [([1.0, 1.0], [1e-3, 0.4, 1.0, 9.0, 200.0], [-1.0]), ([3.0, 0.1], [0.01, 2.0, 1e4], []),
            ([5.0, 1e6], [4.99, 5.01], []), ([1e8, 1e8], [5e7, 1e8], [])],
           lambda y, m, l: log(l / (2 * pi * y ** 3)) / 2 - l * (y - m) ** 2 / (2 * m * m * y),
           ig_pq),
    family("log_logistic", ["shape", "scale"],
           [([1.0, 1.0], BIG + [1e300], [-1.0]), ([3.0, 20.0], [2.0, 20.0, 1e5], []),
            ([200.0, 5.0], [4.5, 5.2], []), ([0.01, 1.0], [1e-100, 2.0], [])],
           log_logistic_ld,
           lambda y, k, s: (expit(k * log(y / s)), expit(-k * log(y / s))),
           lambda k, s: log(s / k) + 2),
    family("von_mises", ["mu", "kappa"],
           [([0.5, 1e-8], [1.0], []), ([0.0, 2.0], [-3.0, 0.1, 2.0], []),
            ([1.0, 500.0], [1.05, 0.5], []), ([0.0, 1e8], [1e-4], [])],
           von_mises_ld, None,
           lambda m, k: log(2 * pi * mp.besseli(0, k)) - k * mp.besseli(1, k) / mp.besseli(0, k)),
    family("skew_normal", ["xi", "omega", "alpha"],
           [([0.0, 1.0, 2.0], [0.5, -1.0, 6.0, -30.0], []), ([3.0, 0.5, -5.0], [2.5, 4.0, 10.0], []),
            ([0.0, 1.0, 1e-8], [1.5], []), ([0.0, 1.0, 1e4], [0.7, -0.01], [])],
           skew_ld, skew_pq),
    family("generalized_gamma", ["mu", "sigma", "q"],
           [([0.0, 1.0, 1.0], [1e-8, 0.5, 9.0], [-1.0]), ([1.0, 0.5, 0.3], [0.3, 3.0, 30.0], []),
            ([1.0, 0.5, -0.8], [0.9, 3.0, 1e4], []), ([0.0, 1.0, 1e-3], [0.5, 4.0], [])],
           gg_ld, gg_pq),
    family("burr12", ["c", "d", "scale"],
           [([2.0, 1.5, 1.0], [1e-8, 0.5, 9.0, 1e100], [-1.0]), ([0.5, 3.0, 20.0], [0.3, 30.0], []),
            ([50.0, 0.1, 5.0], [4.5, 5.5], [])],
           lambda y, c, d, s: log(c * d / s) + (c - 1) * log(y / s) - (d + 1) * log1p((y / s) ** c),
           lambda y, c, d, s: (-mp.expm1(-d * log1p((y / s) ** c)), (1 + (y / s) ** c) ** -d)),
    family("bernoulli", ["p"],
           [([0.3], [0.0, 1.0], [2.0, 0.5]), ([1e-300], [0.0, 1.0], []), ([1 - 2.0 ** -40], [0.0, 1.0], [])],
           lambda y, p: log(p) if y else log1p(-p), None,
           lambda p: -p * log(p) - (1 - p) * log1p(-p), discrete=True),
    family("binomial", ["p"],
           [([0.3], [0.0, 1.0, 4.0, 10.0], [11.0, 2.5, -1.0]), ([1e-8], [0.0, 2.0], []),
            ([0.999], [9.0, 10.0], [])],
           binomial_ld(10), binomial_pq(10), series_entropy(binomial_ld(10), 10), discrete=True,
           trials=10),
    family("poisson", ["lambda"],
           [([2.5], COUNTS + [300.0], [-1.0, 1.5]), ([1e-8], [0.0, 3.0], []),
            ([1e4], [9700.0, 10000.0], []), ([1e8], [1e8, 100020000.0], []), ([1e12], [1e12 + 1e6], [])],
           poisson_ld, lambda y, m: None if m > 1e5 else poisson_pq(y, m), discrete=True),
    family("geometric", ["p"],
           [([0.3], COUNTS + [1e8], [-1.0, 0.5]), ([1e-8], [0.0, 1e8], []), ([1 - 2.0 ** -40], [0.0, 2.0], [])],
           lambda y, p: log(p) + y * log1p(-p),
           lambda y, p: (-mp.expm1((y + 1) * log1p(-p)), exp((y + 1) * log1p(-p))),
           lambda p: (-p * log(p) - (1 - p) * log1p(-p)) / p, discrete=True),
    family("negative_binomial", ["mu", "size"],
           [([2.5, 1.5], COUNTS + [300.0], [-1.0, 1.5]), ([5.0, 1e12], [3.0, 9.0], []),
            ([1e-8, 2.0], [0.0, 2.0], []), ([10.0, 1e-8], [0.0, 5.0], []),
            ([1e6, 50.0], [9e5, 1200000.0], []), ([3.0, 1e8], [0.0, 6.0], [])],
           nb_ld, lambda y, m, s: None if max(m, s) > 1e5 else nb_pq(y, m, s), discrete=True),
    family("beta_binomial", ["alpha", "beta"],
           [([2.0, 3.0], [0.0, 5.0, 12.0], [13.0]), ([1e8, 2e8], [4.0], []), ([0.01, 0.02], [0.0, 6.0], [])],
           beta_binomial_ld(12), sum_pq(beta_binomial_ld(12)),
           series_entropy(beta_binomial_ld(12), 12), discrete=True, trials=12),
    family("zeta", ["s"], [([2.5], [1.0, 2.0, 9.0, 1e8], [0.0, 1.5]), ([1.001], [1.0, 50.0], []),
                           ([40.0], [1.0, 2.0], [])],
           lambda y, s: -s * log(y) - log(mp.zeta(s)),
           sum_pq(lambda y, s: -s * log(y) - log(mp.zeta(s)), 1), discrete=True),
    family("logarithmic", ["p"], [([0.6], [1.0, 2.0, 9.0, 500.0], [0.0]), ([1e-8], [1.0, 2.0], []),
                                  ([0.99999], [1.0, 1e6], [])],
           lambda y, p: y * log(p) - log(y) - log(-log1p(-p)),
           sum_pq(lambda y, p: y * log(p) - log(y) - log(-log1p(-p)), 1), discrete=True),
    family("zero_inflated_poisson", ["pi", "lambda"],
           [([0.3, 2.5], COUNTS, [-1.0, 1.5]), ([1e-8, 40.0], [0.0, 38.0], [])],
           inflated(poisson_ld), sum_pq(inflated(poisson_ld)), discrete=True),
    family("zero_inflated_negative_binomial", ["pi", "mu", "size"],
           [([0.3, 2.5, 1.5], COUNTS, [-1.0]), ([0.1, 5.0, 1e12], [0.0, 4.0], [])],
           inflated(nb_ld), sum_pq(inflated(nb_ld)), discrete=True),
    family("hurdle_poisson", ["pi", "lambda"],
           [([0.3, 2.5], COUNTS, [-1.0, 1.5]), ([0.6, 1e-8], [0.0, 1.0, 2.0], [])],
           hurdle(poisson_ld), sum_pq(hurdle(poisson_ld)), discrete=True),
    family("hurdle_negative_binomial", ["pi", "mu", "size"],
           [([0.3, 2.5, 1.5], COUNTS, [-1.0]), ([0.1, 5.0, 1e12], [0.0, 4.0], [])],
           hurdle(nb_ld), sum_pq(hurdle(nb_ld)), discrete=True),
]


# --- derivatives and output ---------------------------------------------------------------------

def steps(theta):
    scale = min([abs(t) for t in theta if t != 0] or [one])
    return [(abs(t) if t != 0 else scale) * mpf(10) ** -40 for t in theta]


def derivatives(ld, y, theta):
    k, h = len(theta), steps(theta)

    def at(*moves):
        t = list(theta)
        for i, times in moves:
            t[i] += times * h[i]
        return ld(y, *t)

    middle = ld(y, *theta)
    up = [at((i, 1)) for i in range(k)]
    down = [at((i, -1)) for i in range(k)]
    score = [(up[i] - down[i]) / (2 * h[i]) for i in range(k)]
    hessian = [[None] * k for _ in range(k)]
    for i in range(k):
        hessian[i][i] = (up[i] - 2 * middle + down[i]) / h[i] ** 2
        for j in range(i):
            mixed = (at((i, 1), (j, 1)) - at((i, 1), (j, -1)) - at((i, -1), (j, 1))
                     + at((i, -1), (j, -1))) / (4 * h[i] * h[j])
            hessian[i][j] = hessian[j][i] = mixed
    return score, hessian


def number(x):
    x = mpf(x.real) if isinstance(x, mpmath.mpc) else mpf(x)
    # what the differences leave of an exact zero
    if abs(x) < mpf(10) ** -290:
        return 0.0 if x == 0 or abs(x) < mpf(10) ** -320 else float(x)
    f = float(x)
    if f in (float("inf"), float("-inf")):
        return "Infinity" if f > 0 else "-Infinity"
    return f


def derivative_number(x, size):
    """Differences leave 1e-35 of the size of the terms where the truth is 0."""
    return 0.0 if abs(x) < size * mpf(10) ** -30 else number(x)


def quantile(f, y, theta, p, density):
    """A double p near the cdf at y, and the least value whose cdf is at least p."""
    target = float(p)
    if not 1e-300 < target < 1 - 1e-9:
        return None
    if f.get("discrete"):
        target = float(p * (1 - mpf(2) ** -20))
        below = p - exp(density)
        return {"p": target, "y": float(y)} if below < target <= p else None
    x = y
    try:
        for _ in range(6):  # Newton, from a point that is right to the rounding of p
            x += (mpf(target) - f["pq"](x, *theta)[0]) / exp(f["ld"](x, *theta))
        if abs(f["pq"](x, *theta)[0] / mpf(target) - 1) > mpf(10) ** -30:
            return None
    except (TypeError, ValueError, ZeroDivisionError, mp.NoConvergence):
        return None
    return {"p": target, "y": number(x)}


def make_row(f, theta, y):
    theta_m, y_m = [mpf(t) for t in theta], mpf(y)
    density = f["ld"](y_m, *theta_m)
    row = {"parameters": theta, "y": y, "log_density": number(density)}
    score, hessian = derivatives(f["ld"], y_m, theta_m)
    h = steps(theta_m)
    size = max(abs(density), 1)
    row["score"] = [derivative_number(score[i], size / h[i] * mpf(10) ** -40)
                    for i in range(len(theta))]
    row["hessian"] = [[derivative_number(hessian[i][j], size / (h[i] * h[j]) * mpf(10) ** -80)
                       for j in range(len(theta))] for i in range(len(theta))]
    try:
        pq = f["pq"](y_m, *theta_m) if f["pq"] else None
    except (ValueError, mp.NoConvergence):  # mpmath gives up: a row without a cdf
        pq = None
    if pq:
        p, q = pq
        if p > 0 and q > 0:
            row["cdf"], row["log_cdf"], row["log_sf"] = number(p), number(log(p)), number(log(q))
            found = quantile(f, y_m, theta_m, p, density)
            if found:
                row["quantile"] = found
    return row


def make_family(f):
    rows = []
    for theta, inside, outside in f["points"]:
        entropy = f["entropy"](*[mpf(t) for t in theta]) if f["entropy"] else None
        for y in inside:
            row = make_row(f, theta, y)
            if entropy is not None:
                row["entropy"] = number(entropy)
                entropy = None
            rows.append(row)
        rows += [{"parameters": theta, "y": y, "log_density": "-Infinity"} for y in outside]
    answer = {"name": f["name"], "parameters": f["parameters"], "discrete": bool(f.get("discrete"))}
    if "trials" in f:
        answer["trials"] = f["trials"]
    answer["rows"] = rows
    return answer


def main(names):
    families = []
    for f in FAMILIES:
        if not names or f["name"] in names:
            families.append(make_family(f))
            print(f["name"], len(families[-1]["rows"]), file=sys.stderr)
    print("{")
    print(' "origin": "make_golden.py: mpmath %s, python %d.%d, %d digits",'
          % (mpmath.__version__, sys.version_info[0], sys.version_info[1], DPS))
    print(' "families": [')
    for i, f in enumerate(families):
        rows = f.pop("rows")
        head = json.dumps(f)[:-1]
        print(f'  {head}, "rows": [')
        print(",\n".join("   " + json.dumps(row) for row in rows))
        print("  ]}" + ("," if i + 1 < len(families) else ""))
    print(" ]\n}")


if __name__ == "__main__":
    main(sys.argv[1:])
