#!/usr/bin/env python3
"""Writes statistics.json: values of SciPy that the planner's own functions are compared with.

    python3 -m pip install scipy
    python3 statistics.py > statistics.json
"""
import json

import scipy
from scipy import special, stats

beta = [
    (1.0, 1.0), (0.5, 0.5), (2.0, 5.0), (5.0, 2.0), (5.0, 51.0), (4.64, 51.36), (0.01, 3.0), (30.0, 0.2),
    (130.0, 870.0), (1200.0, 18000.0), (250000.0, 750000.0),
]
counts = [0, 1, 2, 5, 10, 40, 200, 5000]
poisson = [0.02, 0.7, 1.0, 4.5, 37.0, 210.0, 5000.0]
negative_binomial = [(0.4, 0.3), (2.0, 2.0), (2.0, 0.05), (12.5, 4.0), (45.0, 1000.0), (210.0, 9.5), (4800.0, 60.0)]
levels = [0.001, 0.1, 0.5, 0.9, 0.95, 0.999]


def beta_points(a, b):
    """Around the mean, in both tails, and near both ends."""
    mean, spread = a / (a + b), (a * b / ((a + b) ** 2 * (a + b + 1))) ** 0.5
    points = [mean, 0.001, 0.05, 0.15, 0.5, 0.9, 0.999] + [mean + k * spread for k in (-8, -3, -1, 1, 3, 8)]
    return [float(x) for x in points if 0 < x < 1]


values = {
    "made_by": f"statistics.py, SciPy {scipy.__version__}",
    "log_gamma": [[x, float(special.gammaln(x))] for x in (1e-3, 0.1, 0.5, 1.5, 3.0, 9.99, 10.0, 50.5, 1e3, 1e6)],
    # a, b, x, I_x(a, b), 1 − I_x(a, b)
    "incomplete_beta": [
        [a, b, x, float(special.betainc(a, b, x)), float(special.betaincc(a, b, x))]
        for a, b in beta for x in beta_points(a, b)
    ],
    # a, b, probability, quantile
    "beta_quantile": [[a, b, p, float(stats.beta.ppf(p, a, b))] for a, b in beta for p in levels],
    # mean, count, P(= count), P(≤ count), P(> count)
    "poisson": [
        [m, k, float(stats.poisson.pmf(k, m)), float(stats.poisson.cdf(k, m)), float(stats.poisson.sf(k, m))]
        for m in poisson for k in counts
    ],
    "poisson_quantile": [[m, p, int(stats.poisson.ppf(p, m))] for m in poisson for p in levels],
    # mean, size, count, P(= count), P(≤ count), P(> count)
    "negative_binomial": [
        [m, r, k] + [float(f(k, r, r / (r + m))) for f in (stats.nbinom.pmf, stats.nbinom.cdf, stats.nbinom.sf)]
        for m, r in negative_binomial for k in counts
    ],
    "negative_binomial_quantile": [
        [m, r, p, int(stats.nbinom.ppf(p, r, r / (r + m)))] for m, r in negative_binomial for p in levels
    ],
}

rows = []
for name, value in values.items():
    if isinstance(value, list):
        rows.append(f'"{name}": [\n  ' + ",\n  ".join(json.dumps(row) for row in value) + "\n]")
    else:
        rows.append(f'"{name}": {json.dumps(value)}')
print("{\n" + ",\n".join(rows) + "\n}")
