#!/usr/bin/env python3
"""Golden values of core/math/special.h and lanes.h, by mpmath with 60 digits or more.

    /usr/bin/python3 make_special.py > special.json

Every argument is a double; the value is the exact one rounded to a double. Values outside the range
of doubles are left out. The points are fixed lists, so a second run gives the same file.
"""
import json
import sys
from itertools import product

import mpmath
from mpmath import mp, mpf

mp.dps = 60


def sums(first, ratio, limit=2000000):
    """first + first r(1) + first r(1) r(2) + ... until it no longer counts."""
    term = total = first
    enough = mpf(10) ** -(mp.dps - 15)
    for k in range(1, limit):
        term *= ratio(k)
        total += term
        if abs(term) < enough * abs(total):
            return total
    raise ArithmeticError("series does not end")


def gamma_tail(a, x, upper):
    """P or Q, each by its own expansion, so that none is a difference of nearly equal numbers."""
    front = mp.exp(a * mp.log(x) - x - mp.loggamma(a + 1))
    if x < a + 1 or (a > 1e4 and abs(x - a) < 6 * mp.sqrt(a)):
        p = front * sums(mpf(1), lambda k: x / (a + k))
        return 1 - p if upper else p
    tiny = mpf(10) ** -1000
    b = x + 1 - a
    c, d = 1 / tiny, 1 / b
    h = d
    for k in range(1, 200000):
        an = -k * (k - a)
        b += 2
        d = 1 / (b + an * d)
        c = b + an / c
        h *= c * d
        if abs(c * d - 1) < mpf(10) ** -45:
            break
    q = front * a * h
    return q if upper else 1 - q


def beta_tail(a, b, x, upper):
    y = 1 - x
    # the series is fast below the mean, and slow within 1e-3 of 1 whatever the mean is
    if y < 1e-3 or (x > a / (a + b) and x > 1e-3):
        return beta_tail(b, a, y, not upper)
    front = mp.exp(a * mp.log(x) + b * mp.log(y) + mp.loggamma(a + b) - mp.loggamma(a + 1)
                   - mp.loggamma(b))
    p = front * sums(mpf(1), lambda k: x * (a + b + k - 1) / (a + k))
    return 1 - p if upper else p


def student_tail(t, nu, upper):
    if t == 0:
        return mpf(1) / 2
    x = nu / (nu + t * t)
    half = beta_tail(nu / 2, mpf(1) / 2, x, False) / 2
    return half if (t > 0) == upper else 1 - half


def log_of(tail, *args):
    """log of a tail, from the other one where this one is nearly 1."""
    p = tail(*args)
    if p < 0.5:
        return mp.log(p)
    return mp.log1p(-tail(*args[:-1], not args[-1]))


def normal_tail(z, upper):
    return mp.erfc(z / mp.sqrt(2) if upper else -z / mp.sqrt(2)) / 2


def normal_log_tail(z, upper):
    x = z if upper else -z
    if x < 100:
        return mp.log(normal_tail(z, upper))
    series = sums(mpf(1), lambda k: -(2 * k - 1) / x ** 2)
    return -x * x / 2 - mp.log(x) - mp.log(2 * mp.pi) / 2 + mp.log(series)


def normal_quantile(p):
    z = mp.sqrt(2) * mp.erfinv(2 * p - 1) if 1e-8 < p < 1 - 1e-8 else None
    if z is not None:
        return z
    x = mp.sqrt(-2 * mp.log(min(p, 1 - p)))
    tail = min(p, 1 - p)
    x = mp.findroot(lambda t: mp.log(normal_tail(t, True)) - mp.log(tail), x)
    return x if p > 0.5 else -x


def bessel_ratio(k):
    return mp.besseli(1, k) / mp.besseli(0, k)


def bessel_slope(k):
    a = bessel_ratio(k)
    return 1 - a / k - a * a


def zeta_parts(s, q):
    mp.dps += int(s * mp.log10(q + 10))
    z = [mp.zeta(s, q, n) for n in range(3)]
    return mp.log(z[0]), z[1] / z[0], z[2] / z[0] - (z[1] / z[0]) ** 2


def owens_t(h, a):
    if a == 0:
        return mpf(0)
    f = lambda x: mp.exp(-h * h * (1 + x * x) / 2) / (1 + x * x)
    return mp.quad(f, mp.linspace(0, a, 12)) / (2 * mp.pi)


POSITIVE = [1e-300, 1e-20, 1e-8, 1e-3, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1, 1.01, 1.1, 1.25, 1.4616, 1.5,
            1.75, 2, 2.5, 3, 3.7, 5, 7.3, 7.999, 8, 9.5, 10, 12.5, 17, 25, 33.3, 100, 171.5, 1e3,
            12345.6, 1e6, 1e9, 1e12, 1e15, 1e100]
SHIFTS = [1e-12, 1e-6, 1e-3, 0.3, 0.5, 1, 2, 3.7, 10, 100, 12345, 1e6, 1e9]
Z = [0, 1e-10, 0.1, 0.5, 0.9, 1, 1.5, 2, 3, 4.7, 5, 7, 10, 13.3, 20, 24.9, 25, 30, 36.5]
FAR_Z = [38, 40, 100, 1e3, 1080, 1e4, 1e6, 1e10, 1e100]
SHAPES = [1e-6, 0.01, 0.3, 0.5, 1, 1.5, 2, 5.3, 10, 33, 100, 1234.5, 1e5]
LARGE_SHAPES = [1e6, 1e8]
AROUND = [1e-10, 1e-3, 0.1, 0.5, 0.9, 0.99, 1, 1.01, 1.1, 1.5, 2, 5, 20]
BETAS = [(0.01, 0.02), (0.5, 0.5), (0.3, 5), (1, 1), (2, 3), (5, 0.2), (10, 10), (33, 3.3),
         (100, 250), (500, 1e5), (1000, 1000), (1e4, 7), (1e-3, 50)]
LARGE_BETAS = [(1e5, 1e5), (1e6, 0.5), (1e6, 1e3), (5e6, 5e6)]
FRACTIONS = [1e-100, 1e-10, 1e-3, 0.02, 0.1, 0.2, 0.3, 0.5, 0.625, 0.75, 0.9, 0.99, 1 - 2.0 ** -30]
NUS = [0.1, 0.5, 1, 2, 3, 5.5, 10, 30, 100, 1e3, 1e5]
TS = [0, 1e-8, 0.1, 0.7, 1, 2, 5, 10, 40, 1e3, 1e8, 1e50]


def gamma_points(shapes):
    for a in shapes:
        spread = [a * r for r in AROUND] if a < 1e4 else [
            a + d * a ** 0.5 for d in (-100, -40, -10, -3, -1, 0, 0.5, 2, 6, 12, 38, 50, 200)]
        yield from ((a, x) for x in spread)
        if a < 200:
            yield from ((a, x) for x in (300.0, 800.0, 2000.0, 1e4, 1e6))


def beta_points(pairs, near):
    for a, b in pairs:
        mean = a / (a + b)
        yield from ((a, b, x) for x in FRACTIONS if a + b < 2e5)
        sd = (mean * (1 - mean) / (a + b + 1)) ** 0.5
        yield from ((a, b, mean + d * sd) for d in near if 0 < mean + d * sd < 1)


def lower_and_upper(points):
    for p in points:
        for upper in (0, 1):
            yield p + (upper,)


LN = mp.log
FUNCTIONS = {
    "lgamma": (mp.loggamma, [(x,) for x in POSITIVE]),
    "digamma": (lambda x: mp.digamma(x), [(x,) for x in POSITIVE]),
    "trigamma": (lambda x: mp.psi(1, x), [(x,) for x in POSITIVE]),
    "log_minus_digamma": (lambda x: LN(x) - mp.digamma(x), [(x,) for x in POSITIVE]),
    "a_trigamma_minus_1": (lambda x: x * mp.psi(1, x) - 1, [(x,) for x in POSITIVE]),
    "tetragamma": (lambda x: mp.psi(2, x), [(x,) for x in POSITIVE]),
    "lgamma_diff": (lambda x, a: mp.loggamma(x + a) - mp.loggamma(x),
                    product([x for x in POSITIVE if x > 1e-10], SHIFTS)),
    "digamma_diff": (lambda x, a: mp.psi(0, x + a) - mp.psi(0, x),
                     product([x for x in POSITIVE if x > 1e-10], SHIFTS)),
    "trigamma_diff": (lambda x, a: mp.psi(1, x + a) - mp.psi(1, x),
                      product([x for x in POSITIVE if x > 1e-10], SHIFTS)),
    "log_minus_digamma_diff": (lambda x, a: LN((x + a) / x) - mp.psi(0, x + a) + mp.psi(0, x),
                               product([x for x in POSITIVE if 1e-10 < x < 1e50],
                                       [a for a in SHIFTS if a >= 1])),
    "trigamma_excess_diff": (lambda x, a: mp.psi(1, x + a) - mp.psi(1, x) + a / x / (x + a),
                             product([x for x in POSITIVE if 1e-10 < x < 1e50],
                                     [a for a in SHIFTS if a >= 1])),
    "log_beta": (lambda a, b: mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b),
                 product([1e-8, 0.1, 0.5, 1, 1.7, 3, 10, 11.5, 100, 1e4, 1e8, 1e12], repeat=2)),
    "log_choose": (lambda n, k: mp.loggamma(n + 1) - mp.loggamma(k + 1) - mp.loggamma(n - k + 1),
                   [(n, k) for n in (1, 5, 10, 33.5, 100, 1e4, 1e9) for k in
                    (0, 0.5, 1, 2, 5, 12, 30, 50, 1e3, 1e8) if k <= n]),
    "stirling_error": (lambda x: mp.loggamma(x + 1) - (x + mpf(1) / 2) * LN(x) + x - LN(2 * mp.pi) / 2,
                       [(x,) for x in POSITIVE if x < 1e15]),
    "log1pmx": (lambda x: mp.log1p(x) - x,
                [(x,) for x in (-0.999, -0.5, -0.41, -0.39, -0.1, -1e-3, -1e-8, 1e-300, 1e-12, 1e-5,
                                0.01, 0.2, 0.399, 0.401, 1, 10, 1e10)]),
    "deviance": (lambda x, m: x * LN(x / m) + m - x,
                 product([1e-10, 0.5, 1, 3, 7, 100, 1e6], [1e-8, 0.5, 1, 2.9, 7.25, 95, 101, 1e6 + 1])),
    "log_poisson": (lambda x, m: x * LN(m) - m - mp.loggamma(x + 1),
                    product([0.3, 1, 2, 5, 33, 1000, 123456, 1e8],
                            [1e-6, 0.1, 1, 2.2, 30, 990.5, 123456.5, 1e8 + 1e4])),
    "log_binomial": (lambda x, n, p: mp.loggamma(n + 1) - mp.loggamma(x + 1) - mp.loggamma(n - x + 1)
                     + x * LN(p) + (n - x) * mp.log1p(-p),
                     [(x, n, p) for n in (1, 5, 40, 1e3, 1e6) for x in (0, 0.5, 1, 3, 20, 500, 4e5)
                      if x <= n for p in (1e-8, 0.125, 0.5, 0.75, 1 - 2.0 ** -20)]),
    "normal_pdf": (lambda z: mp.exp(-z * z / 2) / mp.sqrt(2 * mp.pi), [(z,) for z in Z]),
    "normal_cdf": (normal_tail, lower_and_upper([(s * z,) for z in Z for s in (-1, 1)])),
    "normal_log_cdf": (normal_log_tail,
                       lower_and_upper([(s * z,) for z in Z + FAR_Z for s in (-1, 1)])),
    "normal_hazard": (lambda z: mp.exp(-z * z / 2 - LN(2 * mp.pi) / 2 - normal_log_tail(z, True)),
                      [(z,) for z in Z + [38, 100, 1e3] + [-z for z in Z]]),
    "normal_quantile": (normal_quantile, [(p,) for p in (1e-300, 1e-100, 1e-20, 1e-5, 0.01, 0.2, 0.4,
                                                         0.5, 0.6, 0.9, 0.999, 1 - 2.0 ** -40)]),
    "owens_t": (owens_t, product([0.0, 0.1, 0.5, 1, 2, 5, 10], [0.0, 0.1, 0.5, 0.9, 1, 3, 20])),
    "gamma_cdf": (gamma_tail, lower_and_upper(gamma_points(SHAPES))),
    "gamma_log_cdf": (lambda a, x, u: log_of(gamma_tail, a, x, u),
                      lower_and_upper(gamma_points(SHAPES))),
    "gamma_log_cdf_large": (lambda a, x, u: log_of(gamma_tail, a, x, u),
                            lower_and_upper(gamma_points(LARGE_SHAPES))),
    "beta_cdf": (beta_tail, lower_and_upper(beta_points(BETAS, (-3, -1, -0.1, 0.2, 1, 3)))),
    "beta_log_cdf": (lambda a, b, x, u: log_of(beta_tail, a, b, x, u),
                     lower_and_upper(beta_points(BETAS, (-3, -1, -0.1, 0.2, 1, 3)))),
    "beta_log_cdf_large": (lambda a, b, x, u: log_of(beta_tail, a, b, x, u),
                           lower_and_upper(beta_points(LARGE_BETAS, (-60, -40, -8, -1, 0.1, 2, 9,
                                                                            40, 60)))),
    "student_cdf": (student_tail, lower_and_upper([(s * t, nu) for t, nu in product(TS, NUS)
                                                         for s in (-1, 1)])),
    "student_log_cdf": (lambda t, nu, u: log_of(student_tail, t, nu, u),
                        lower_and_upper([(s * t, nu) for t, nu in product(TS, NUS)
                                               for s in (-1, 1)])),
    "log_bessel_i0": (lambda k: LN(mp.besseli(0, k)),
                      [(k,) for k in (1e-10, 1e-3, 0.1, 1, 3, 10, 29, 30, 31, 100, 700, 1e4)]),
    "bessel_ratio": (bessel_ratio, [(k,) for k in (1e-10, 1e-3, 0.1, 1, 3, 10, 29, 30, 31, 100, 1e4, 1e6)]),
    "bessel_complement": (lambda k: 1 - bessel_ratio(k),
                          [(k,) for k in (1e-3, 0.1, 1, 3, 10, 29, 30, 31, 100, 1e4, 1e6)]),
    "bessel_derivative": (bessel_slope, [(k,) for k in (1e-3, 0.1, 1, 3, 10, 20, 29, 30, 31, 100, 1e4, 1e6)]),
    "log_zeta": (lambda s, q: zeta_parts(s, q)[0],
                 product([1.001, 1.1, 1.5, 2, 3.3, 7, 20, 60], [0.1, 0.5, 1, 2, 7.5, 30, 1000])),
    "log_zeta_d1": (lambda s, q: zeta_parts(s, q)[1],
                    product([1.001, 1.1, 1.5, 2, 3.3, 7, 20], [0.1, 0.5, 1, 2, 7.5, 30])),
    "log_zeta_d2": (lambda s, q: zeta_parts(s, q)[2],
                    product([1.001, 1.1, 1.5, 2, 3.3, 7, 20], [0.1, 0.5, 1, 2, 7.5, 30])),
}


def value(f, args):
    exact = [mpf(float(a)) for a in args]
    # what differences of large numbers and complements of small tails cost
    mp.dps = 60 + int(2 * mp.log10(max([1] + [abs(a) for a in exact if abs(a) < 1e150])))
    y = f(*exact)
    y = float(y.real if isinstance(y, mpmath.mpc) else y)
    return y


def main():
    out = {"origin": "make_special.py with mpmath %s, 60 digits or more" % mpmath.__version__}
    values = {}
    for name, (f, points) in FUNCTIONS.items():
        rows = []
        for args in points:
            y = value(f, args)
            if abs(y) < 2.3e-308 and y != 0 or abs(y) > 1.7e308 or y != y:
                continue
            if y == 0 and ("log_cdf" in name or "_cdf" in name):
                continue
            rows.append([float(a) for a in args] + [y])
        values[name] = rows
        print("%s: %d" % (name, len(rows)), file=sys.stderr)
    text = ['{"origin": %s, "values": {' % json.dumps(out["origin"])]
    blocks = []
    for name, rows in values.items():
        lines = ",\n".join("  " + json.dumps(r) for r in rows)
        blocks.append(' "%s": [\n%s]' % (name, lines))
    print(text[0] + "\n" + ",\n".join(blocks) + "}}")


main()
