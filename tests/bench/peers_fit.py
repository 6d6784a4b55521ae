#!/usr/bin/env python3
"""How long scipy takes for the fits of bench_fit, and the ratios. Needs numpy and scipy.

    peers_fit.py path/to/bench_fit [n [family ...]]

Location is fixed at 0 where the family of mled has none (floc=0). "expert" is what somebody who
knows the likelihood would write in numpy: a Newton step on the profile equation of the Weibull
shape, and L-BFGS with exact gradients for Student's t. Best of some runs, one run if it is slow.
"""
import subprocess
import sys
import time

import numpy as np
from scipy import optimize, special, stats

# name: (frozen law with the parameters of bench_fit, fit by scipy)
PEERS = {
    "normal": (stats.norm(1.5, 2.5), stats.norm.fit),
    "exponential": (stats.expon(scale=1 / 1.5), lambda x: stats.expon.fit(x, floc=0)),
    "gamma": (stats.gamma(1.5, scale=1 / 2.5), lambda x: stats.gamma.fit(x, floc=0)),
    "lognormal": (stats.lognorm(2.5, scale=np.exp(1.5)), lambda x: stats.lognorm.fit(x, floc=0)),
    "weibull": (stats.weibull_min(1.5, scale=2.5), lambda x: stats.weibull_min.fit(x, floc=0)),
    "uniform": (stats.uniform(1.5, 1.0), stats.uniform.fit),
    "laplace": (stats.laplace(1.5, 2.5), stats.laplace.fit),
    "student_t": (stats.t(4.5, 2.5, 3.5), stats.t.fit),
    "cauchy": (stats.cauchy(1.5, 2.5), stats.cauchy.fit),
    "logistic": (stats.logistic(1.5, 2.5), stats.logistic.fit),
    "log_logistic": (stats.fisk(1.5, scale=2.5), lambda x: stats.fisk.fit(x, floc=0)),
    "half_normal": (stats.halfnorm(scale=1.5), lambda x: stats.halfnorm.fit(x, floc=0)),
    "rayleigh": (stats.rayleigh(scale=1.5), lambda x: stats.rayleigh.fit(x, floc=0)),
}


def expert_weibull(x):
    """Newton on 1/k + mean log x - sum x^k log x / sum x^k = 0, logs taken once."""
    logs = np.log(x)
    mean = logs.mean()
    logs -= mean
    k = np.pi / np.sqrt(6) / logs.std()
    for _ in range(50):
        p = np.exp(k * logs)
        s0, s1, s2 = p.sum(), p @ logs, p @ (logs * logs)
        a = s1 / s0
        step = (1 / k - a) / (1 / k ** 2 + s2 / s0 - a * a)
        k += step
        if abs(step) < 1e-12 * k:
            break
    return k, np.exp(mean) * np.mean(np.exp(k * logs)) ** (1 / k)


def expert_student_t(x):
    n = len(x)

    def negative(p):
        df, mu, sigma = np.exp(p[0]), p[1], np.exp(p[2])
        z = (x - mu) / sigma
        a = z * z / df
        logs = np.log1p(a).sum()
        w = (df + 1) / df / (1 + a)
        wz = w * z
        s1, s2 = wz.sum(), wz @ z
        const = special.gammaln((df + 1) / 2) - special.gammaln(df / 2) - np.log(df * np.pi) / 2
        d_const = (special.digamma((df + 1) / 2) - special.digamma(df / 2) - 1 / df) / 2
        ll = n * (const - np.log(sigma)) - (df + 1) / 2 * logs
        g_df = n * d_const - logs / 2 + s2 / df / 2
        return -ll / n, -np.array([g_df * df, s1 / sigma, s2 - n]) / n

    q1, q2, q3 = np.percentile(x, [25, 50, 75])
    start = [np.log(4), q2, np.log((q3 - q1) / 1.48)]
    r = optimize.minimize(negative, start, jac=True, method="L-BFGS-B",
                          options={"ftol": 1e-14, "gtol": 1e-9})
    return np.exp(r.x[0]), r.x[1], np.exp(r.x[2])


EXPERTS = {"weibull": expert_weibull, "student_t": expert_student_t}


def milliseconds(fit, x):
    best = np.inf
    for _ in range(5):
        start = time.perf_counter()
        fit(x)
        best = min(best, 1e3 * (time.perf_counter() - start))
        if best > 2000:
            break
    return best


def main():
    n = sys.argv[2] if len(sys.argv) > 2 else "1000000"
    names = sys.argv[3:] or list(PEERS)
    lines = subprocess.run([sys.argv[1], n, *names], check=True, text=True,
                           capture_output=True).stdout.splitlines()
    print("%-14s %10s %10s %12s %8s %12s %8s" % ("family", "1 thread", "2 threads", "scipy",
                                                 "ratio", "expert", "ratio"))
    for line in lines[1:]:
        name, _, one, two = line.split()[:4]
        if name not in PEERS:
            continue
        law, fit = PEERS[name]
        x = law.rvs(int(n), random_state=1)
        best = min(float(one), float(two))
        peer = milliseconds(fit, x)
        text = "%-14s %10s %10s %12.1f %8.0f" % (name, one, two, peer, peer / best)
        if name in EXPERTS:
            expert = milliseconds(EXPERTS[name], x)
            text += " %12.1f %8.1f" % (expert, expert / best)
        print(text, flush=True)


if __name__ == "__main__":
    main()
