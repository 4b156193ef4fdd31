"""Writes NumPy's and SciPy's values of Poisson-binomial counts:

    python3 crates/stats/tests/reference/make_frontier_fixture.py
"""

import json
import pathlib

import numpy as np
from scipy.stats import norm

OUT = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "frontier.json"
CONFIDENCE = 0.95


def quantile(distribution, share):
    return int(np.searchsorted(np.cumsum(distribution), share))


def exact(probabilities):
    distribution = np.array([1.0])
    for p in probabilities:
        distribution = np.convolve(distribution, [1.0 - p, p])
    tail = (1.0 - CONFIDENCE) / 2.0
    return [quantile(distribution, tail), quantile(distribution, 1.0 - tail)]


def approximate(probabilities):
    """The least whole numbers whose upper half step the normal quantile does not pass."""
    mean = probabilities.sum()
    deviation = np.sqrt((probabilities * (1.0 - probabilities)).sum())
    tail = (1.0 - CONFIDENCE) / 2.0
    ends = norm.ppf([tail, 1.0 - tail], mean, deviation)
    return [int(np.ceil(end - 0.5)) for end in ends]


random = np.random.default_rng(20)
cases = []
for n, a, b in [(1, 1, 9), (40, 1, 20), (300, 2, 40), (1500, 1, 60), (2600, 2, 50)]:
    probabilities = np.sort(np.round(random.beta(a, b, n), 6))[::-1]
    sizes = sorted({1, n // 3, n})
    rows = []
    for size in sizes:
        taken = probabilities[:size]
        ends = exact(taken) if size <= 2000 else approximate(taken)
        rows.append([size, float(taken.sum()), *ends])
    cases.append({"probabilities": probabilities.tolist(), "budgets": rows})
OUT.write_text(json.dumps(cases) + "\n")
