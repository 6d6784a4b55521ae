#!/usr/bin/env python3
"""Golden entropies, cross-entropies and KL divergences between members of families, by mpmath.

    /usr/bin/python3 make_divergence.py       writes divergence.json

The densities are those of make_families.py; expectations are integrals over y between the given
points (sums for counts), so nothing is shared with the quantiles and closed forms of the service.
KL values that are infinite are stated by theory and marked so.
"""
import json
import os

import mpmath
from mpmath import inf, log, mp, mpf

from make_families import FAMILIES, HERE, number

mp.dps = 30
INF = "Infinity"

# p, theta, trials, q, theta, trials, points of the integral or None for a sum, KL if by theory
PAIRS = [
    ("normal", [0.0, 1.0], None, "normal", [1.0, 2.0], None, [-30, 0, 30], None),
    ("normal", [0.0, 1.0], None, "normal", [1e-6, 1.000001], None, [-30, 0, 30], None),
    ("lognormal", [0.5, 0.75], None, "lognormal", [0.0, 1.5], None, [0, .1, 1, 5, 50, 1e4, inf], None),
    ("exponential", [2.0], None, "exponential", [0.5], None, [0, 1, 10, inf], None),
    ("gamma", [2.0, 3.0], None, "gamma", [4.0, 1.0], None, [0, 1, 5, inf], None),
    ("gamma", [250.0, 10.0], None, "gamma", [251.0, 9.875], None, [10, 20, 25, 30, 60], None),
    ("weibull", [1.5, 2.0], None, "weibull", [0.75, 1.0], None, [0, 1, 3, 10, inf], None),
    ("beta", [2.0, 3.5], None, "beta", [1.25, 0.5], None, [0, 0.5, 1], None),
    ("cauchy", [0.0, 1.0], None, "cauchy", [2.0, 0.25], None, [-inf, -10, -1, 0, 2, 10, inf], None),
    ("laplace", [0.0, 1.0], None, "laplace", [0.5, 2.0], None, [-90, 0, 0.5, 90], None),
    ("uniform", [0.0, 2.0], None, "uniform", [-1.0, 3.0], None, [0, 2], None),
    ("uniform", [0.0, 2.0], None, "uniform", [0.5, 3.0], None, [0, 2], INF),
    ("pareto", [3.0, 2.0], None, "pareto", [1.5, 1.0], None, [2, 4, 20, 1000, inf], None),
    ("pareto", [3.0, 1.0], None, "pareto", [1.5, 2.0], None, [1, 4, 20, 1000, inf], INF),
    ("gumbel", [1.0, 2.0], None, "gumbel", [0.0, 1.5], None, [-15, -5, 0, 5, 20, 160], None),
    ("gumbel_min", [1.0, 2.0], None, "gumbel_min", [0.0, 1.5], None, [-160, -20, -5, 0, 5, 15], None),
    ("rayleigh", [1.0], None, "rayleigh", [3.0], None, [0, 1, 4, 15], None),
    ("half_normal", [1.0], None, "half_normal", [0.5], None, [0, 1, 4, 15], None),
    ("inverse_gaussian", [1.0, 2.0], None, "inverse_gaussian", [2.0, 0.5], None, [0, .1, .5, 1, 4, 20, 150], None),
    ("von_mises", [0.5, 2.0], None, "von_mises", [-1.0, 0.75], None, [-mpmath.pi, 0, mpmath.pi], None),
    ("bernoulli", [0.25], None, "bernoulli", [0.5], None, None, None),
    ("binomial", [0.25], 12, "binomial", [0.375], 12, None, None),
    ("binomial", [0.25], 12, "binomial", [0.375], 10, None, INF),
    ("poisson", [4.0], None, "poisson", [2.5], None, None, None),
    ("geometric", [0.25], None, "geometric", [0.5], None, None, None),
    ("negative_binomial", [3.0, 2.0], None, "negative_binomial", [4.0, 2.0], None, None, None),
    ("negative_binomial", [3.0, 2.0], None, "negative_binomial", [4.0, 1.25], None, None, None),
    # one far narrower than the other
    ("normal", [0.0, 1e-10], None, "normal", [0.0, 1.0], None, [-3e-9, 0, 3e-9], None),
    ("gamma", [12.0, 1e20], None, "gamma", [12.0, 1.0], None, [0, 5e-20, 1e-19, 2e-19, 1.5e-18], None),
    # between families
    ("gamma", [2.0, 3.0], None, "lognormal", [-0.5, 0.75], None, [0, .01, .1, .5, 1, 5, 40], None),
    ("lognormal", [-0.5, 0.75], None, "gamma", [2.0, 3.0], None, [0, .1, .5, 1, 5, 100, 1e5], None),
    ("weibull", [1.5, 2.0], None, "gamma", [2.0, 1.0], None, [0, .1, 1, 3, 10, 40], None),
    ("normal", [0.0, 1.0], None, "logistic", [0.25, 0.5], None, [-30, 0, 30], None),
    ("logistic", [0.25, 0.5], None, "normal", [0.0, 1.0], None, [-45, 0, 45], None),
    ("normal", [0.0, 1.0], None, "laplace", [0.75, 1.0], None, [-30, 0, 0.75, 30], None),
    ("laplace", [0.75, 1.0], None, "normal", [0.0, 1.0], None, [-90, 0.75, 90], None),
    ("student_t", [5.0, 0.0, 1.0], None, "normal", [0.0, 1.25], None, [-inf, -100, -4, 0, 4, 100, inf], None),
    ("student_t", [2.0, 0.0, 1.0], None, "normal", [0.0, 1.25], None, None, INF),
    ("cauchy", [0.0, 1.0], None, "normal", [0.0, 1.25], None, None, INF),
    ("normal", [0.0, 1.25], None, "student_t", [5.0, 0.0, 1.0], None, [-30, 0, 30], None),
    ("skew_normal", [0.0, 1.0, 3.0], None, "normal", [0.75, 0.75], None, [-8, 0, 1, 12], None),
    ("gev", [0.0, 1.0, 0.125], None, "gumbel", [0.0, 1.25], None, [-8, -4, 0, 2, 10, 100, 1e4, inf], None),
    ("gumbel", [0.0, 1.25], None, "gev", [0.0, 1.0, 0.125], None, None, INF),
    ("gpd", [1.0, 0.25], None, "exponential", [0.75], None, [0, 1, 10, 100, 1e4, inf], None),
    ("gpd", [1.0, 1.0], None, "exponential", [0.75], None, None, INF),
    ("exponential", [1.0], None, "pareto", [1.0, 0.5], None, None, INF),
    ("beta", [2.0, 3.5], None, "normal", [0.25, 0.25], None, [0, 0.5, 1], None),
    ("beta", [2.0, 3.5], None, "uniform", [-1.0, 1.0], None, [0, 0.5, 1], None),
    ("burr12", [2.0, 3.0, 1.5], None, "lognormal", [0.0, 0.75], None, [0, .01, .1, 1, 4, 50, 1e3, inf], None),
    ("log_logistic", [3.0, 1.0], None, "weibull", [1.25, 1.0], None, [0, .1, 1, 5, 100, 1e4, inf], None),
    ("gamma", [1.5, 1.0], None, "inverse_gaussian", [1.5, 1.0], None, [0, 1e-4, .01, .1, 1, 10, 80], None),
    ("gamma", [1.0, 1.0], None, "inverse_gaussian", [1.5, 1.0], None, None, INF),
    ("poisson", [4.0], None, "negative_binomial", [4.0, 2.0], None, None, None),
    ("negative_binomial", [4.0, 2.0], None, "poisson", [4.0], None, None, None),
    ("binomial", [0.25], 12, "poisson", [3.0], None, None, None),
    ("poisson", [3.0], None, "binomial", [0.25], 12, None, INF),
    ("geometric", [0.25], None, "poisson", [3.0], None, None, None),
    ("beta_binomial", [2.0, 3.0], 10, "binomial", [0.4], 10, None, None),
]


def expectation(logf, h, points):
    if points is None:
        return mpmath.fsum(mpmath.exp(logf(mpf(y))) * h(mpf(y)) for y in logf.values)
    return mpmath.quad(lambda y: 0 if (f := mpmath.exp(logf(y))) == 0 else f * h(y), points)


def pair(p, p_theta, p_trials, q, q_theta, q_trials, points, kl):
    out = {"p": p, "p_theta": p_theta, "p_trials": p_trials, "q": q, "q_theta": q_theta,
           "q_trials": q_trials}
    if kl is not None:
        return dict(out, kl=kl, cross_entropy=kl, origin="theory")

    def bound(name, theta, trials):
        values = [mpf(x) for x in theta]
        return lambda y: FAMILIES[name][0](y, values, trials)

    log_p, log_q = bound(p, p_theta, p_trials), bound(q, q_theta, q_trials)
    log_p.values = range(p_trials + 1 if p_trials else 2 if p == "bernoulli" else 700)
    cross = expectation(log_p, lambda y: -log_q(y), points)
    entropy = expectation(log_p, lambda y: -log_p(y), points)
    mass = expectation(log_p, lambda y: 1, points)
    assert abs(mass - 1) < mpf(10) ** -15, (p, p_theta, mass)
    return dict(out, entropy=number(entropy), cross_entropy=number(cross),
                kl=number(cross - entropy))


def main():
    lines = ",\n".join(json.dumps(pair(*given)) for given in PAIRS)
    with open(os.path.join(HERE, "divergence.json"), "w") as file:
        file.write('{"origin": "mpmath %s, %d digits", "pairs": [\n%s\n]}\n'
                   % (mpmath.__version__, mp.dps, lines))


if __name__ == "__main__":
    main()
