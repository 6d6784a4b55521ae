#!/usr/bin/env python3
"""Golden values of the vector-valued models of core/model, by mpmath: log densities of rows, and the
score and Hessian of their weighted sum.

    /usr/bin/python3 make_models.py [name ...]       writes models/NAME.json

A model is one entry of MODELS: its log density as a function of one row and theta (the scalars in
the API's order, the lower triangle of a matrix by rows), and its points. Every number is a double.
"""
import json
import os
import sys

import mpmath
from mpmath import inf, log, loggamma, matrix, mp, mpf, pi

from make_families import number

mp.dps = 60
HERE = os.path.dirname(os.path.abspath(__file__))


def derivatives(f, theta):
    """Score and lower triangle of the Hessian by differences in 60 digits, each parameter on its own
    scale."""
    k = len(theta)
    unit = [abs(t) if t != 0 else mpf(1) for t in theta]
    at = [mpf(t) for t in theta]
    h = mpf(10) ** -15

    def g(steps):
        return f([t + unit[i] * steps.get(i, 0) for i, t in enumerate(at)])

    def first(i):  # error h^4
        return (8 * (g({i: h}) - g({i: -h})) - (g({i: 2 * h}) - g({i: -2 * h}))) / (12 * h * unit[i])

    def second(i, j):
        if i == j:
            value = (-g({i: 2 * h}) + 16 * g({i: h}) - 30 * g({}) + 16 * g({i: -h}) - g({i: -2 * h})) / 12
        else:
            def cross(s):
                return (g({i: s, j: s}) - g({i: s, j: -s}) - g({i: -s, j: s}) + g({i: -s, j: -s})) / 4
            value = (16 * cross(h) - cross(2 * h)) / 12
        return value / (h * h * unit[i] * unit[j])

    return [first(i) for i in range(k)], [second(i, j) for i in range(k) for j in range(i + 1)]


# --- log densities ---------------------------------------------------------------------------------

def multivariate_normal(y, t, point):
    d = len(y)
    kind = point.get("covariance", "full")
    a = matrix(d, d)
    for i in range(d):
        for j in range(i + 1):
            if kind == "full":
                a[i, j] = a[j, i] = t[d + i * (i + 1) // 2 + j]
            elif i == j:
                a[i, i] = t[d + i] if kind == "diagonal" else t[d]
    x = matrix([v - m for v, m in zip(y, t)])
    q = (x.T * mpmath.lu_solve(a, x))[0]
    return -(d * log(2 * pi) + log(mpmath.det(a)) + q) / 2


def dirichlet(y, t, point):
    return loggamma(sum(t)) + sum((a - 1) * log(v) - loggamma(a) for a, v in zip(t, y))


def multinomial(y, t, point):
    return loggamma(sum(y) + 1) + sum((v * log(p) if v else 0) - loggamma(v + 1) for v, p in zip(y, t))


def dirichlet_multinomial(y, t, point):
    n, s = sum(y), sum(t)
    return (loggamma(n + 1) - (loggamma(s + n) - loggamma(s)) +
            sum(loggamma(a + v) - loggamma(a) - loggamma(v + 1) for a, v in zip(t, y)))


def point(rows, theta, **more):
    return dict(rows=rows, theta=theta, **more)


ROWS2 = [[1.5, -0.25], [0.0, 2.0], [-3.0, 0.125]]
NEAR = 1 - 2.0 ** -33
MODELS = {
    "multivariate_normal": (multivariate_normal, [
        point(ROWS2, [0.5, 0.25, 2.0, 0.5, 1.0]),
        point(ROWS2, [0.5, 0.25, 2.0, 0.5, 1.0], weights=[1.0, 2.5, 0.5]),
        point([[1.0, 1.0], [0.5, 0.5000000001]], [0.0, 0.0, 1.0, NEAR, 1.0]),
        point([[1e8 + 1, 2.0], [1e8 - 3, 1.0]], [1e8, 1.5, 3.0, -0.5, 0.5]),
        point([[1e-9, 2e9], [3e-9, -1e9]], [1e-9, 1e9, 4e-18, 0.5, 1e18]),
        point([[40.0, -35.0]], [0.0, 0.0, 1.0, 0.25, 1.0]),
        point([[1.0, 2.0, 3.0], [0.5, 0.0, -1.0]],
              [0.5, 1.0, 1.0, 2.0, 0.5, 3.0, -0.25, 0.75, 1.5]),
        point(ROWS2, [0.5, 0.25, 2.0, 1.0], covariance="diagonal", weights=[2.0, 1.0, 3.0]),
        point(ROWS2, [0.5, 0.25, 1.5], covariance="spherical"),
    ]),
    "dirichlet": (dirichlet, [
        point([[0.25, 0.5, 0.25], [0.125, 0.125, 0.75]], [1.0, 2.0, 3.0]),
        point([[0.25, 0.75], [0.5, 0.5]], [0.5, 0.001], weights=[2.0, 0.25]),
        point([[0.5, 0.25, 0.25]], [5e7, 2.5e7, 2.5e7]),
        point([[0.5, 0.5]], [5e11, 5e11]),
        point([[2.0 ** -40, 1 - 2.0 ** -40]], [0.01, 20.0]),
        point([[0.25, 0.25, 0.25, 0.25]], [1e-5, 1.0, 300.0, 1e4]),
    ]),
    "multinomial": (multinomial, [
        point([[1, 2, 3], [0, 4, 0]], [0.25, 0.5, 0.25]),
        point([[1, 0, 0], [0, 0, 0], [2, 2, 5]], [0.5, 0.125, 0.375], weights=[1.0, 4.0, 0.5]),
        point([[500000000, 500000123]], [0.5, 0.5]),
        point([[3, 0]], [1e-100, 1.0]),
        point([[1000000, 17, 0]], [0.9999, 0.00005, 0.00005]),
        point([[2, 2, 2, 2]], [0.25, 0.25, 0.25, 0.25]),
    ]),
    "dirichlet_multinomial": (dirichlet_multinomial, [
        point([[1, 2, 3], [0, 4, 0]], [1.0, 0.5, 2.5]),
        point([[5, 0], [0, 5], [2, 3]], [0.01, 0.02], weights=[1.0, 2.0, 0.5]),
        point([[5, 3, 2], [4, 4, 2]], [5e6, 3e6, 2e6]),
        point([[3, 4]], [5e11, 5e11]),
        point([[100000, 250000]], [10.0, 30.0]),
        point([[7, 0, 1, 1]], [1e-5, 1.0, 300.0, 1e4]),
    ]),
}


def make(name):
    density, points = MODELS[name]
    out = []
    for p in points:
        rows = [[mpf(v) for v in row] for row in p["rows"]]
        w = [mpf(v) for v in p.get("weights", [1] * len(rows))]

        def total(t):
            return sum(v * density(row, t, p) for v, row in zip(w, rows))

        score, hessian = derivatives(total, p["theta"])
        out.append(dict(p, log_density=[number(density(r, [mpf(t) for t in p["theta"]], p)) for r in rows],
                        score=[number(x) for x in score], hessian=[number(x) for x in hessian]))
    path = os.path.join(HERE, "models", name + ".json")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write('{"model": %s, "points": [\n' % json.dumps(name))
        file.write(",\n".join(json.dumps(p) for p in out))
        file.write("\n]}\n")


for name in sys.argv[1:] or MODELS:
    make(name)
