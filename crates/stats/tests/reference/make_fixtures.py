"""Writes the reference values that the tests of leadrank-stats compare with.

Needs numpy, scipy, scikit-learn and statsmodels; run it from anywhere:

    python3 crates/stats/tests/reference/make_fixtures.py

Everything is seeded. The inputs are stored beside the expected values, so that the tests need no
Python.
"""

import json
import pathlib

import numpy as np
from scipy.optimize import minimize
from scipy.stats import norm, rankdata
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    precision_recall_curve,
    roc_auc_score,
)
from statsmodels.stats.proportion import proportion_confint

OUT = pathlib.Path(__file__).resolve().parent.parent / "fixtures"


def write(name, value):
    OUT.mkdir(exist_ok=True)
    (OUT / f"{name}.json").write_text(json.dumps(value, separators=(",", ":")) + "\n")


def equal_width_ece(labels, probabilities, bins):
    """Bins with the lower edge open and the upper closed; 0 goes to the first one."""
    total = 0.0
    for i in range(bins):
        low, high = i / bins, (i + 1) / bins
        inside = (probabilities > low) & (probabilities <= high)
        if i == 0:
            inside |= probabilities == 0
        if inside.any():
            gap = abs(probabilities[inside].mean() - labels[inside].mean())
            total += inside.sum() / len(labels) * gap
    return total


def equal_mass_ece(labels, probabilities, bins):
    """A run of ties goes to the bin of its average rank."""
    middle = rankdata(probabilities, method="average") - 0.5
    bin_of = np.minimum((bins * middle / len(labels)).astype(int), bins - 1)
    total = 0.0
    for i in range(bins):
        inside = bin_of == i
        if inside.any():
            gap = abs(probabilities[inside].mean() - labels[inside].mean())
            total += inside.sum() / len(labels) * gap
    return total


def top_slice(labels, scores, fraction):
    """Each tied row at the cut is in the slice with the same probability."""
    n = len(labels)
    k = max(1, int(np.floor(fraction * n + 0.5)))
    cut = np.sort(scores)[::-1][k - 1]
    above, tied = scores > cut, scores == cut
    hits = labels[above].sum() + labels[tied].sum() * (k - above.sum()) / tied.sum()
    return {
        "fraction": fraction,
        "n": k,
        "precision": hits / k,
        "recall": hits / labels.sum(),
        "lift": hits / k / labels.mean(),
    }


def ranking_case(labels, scores, probabilities):
    precision, recall, thresholds = precision_recall_curve(labels, scores)
    # From the highest threshold down, without the added end point.
    curve = [
        {"recall": r, "precision": p, "threshold": t}
        for p, r, t in zip(precision[:-1][::-1], recall[:-1][::-1], thresholds[::-1])
    ]
    base = labels.mean()
    brier = brier_score_loss(labels, probabilities)
    return {
        "labels": labels.astype(bool).tolist(),
        "scores": scores.tolist(),
        "probabilities": probabilities.tolist(),
        "auc_roc": roc_auc_score(labels, scores),
        "auc_pr": average_precision_score(labels, scores),
        "brier": brier,
        "brier_skill": 1 - brier / brier_score_loss(labels, np.full(len(labels), base)),
        "ece_width": equal_width_ece(labels, probabilities, 10),
        "ece_mass": equal_mass_ece(labels, probabilities, 10),
        "predicted_over_observed": probabilities.sum() / labels.sum(),
        "top": [top_slice(labels, scores, f) for f in (0.01, 0.05, 0.1, 0.2, 1.0)],
        "percentiles": (100 * rankdata(scores, method="average") / len(scores)).tolist(),
        "precision_recall": curve if len(curve) <= 400 else None,
    }


def metrics():
    rng = np.random.default_rng(7)
    cases = []
    for n, rate, step in [(300, 0.1, None), (257, 0.3, 0.25), (40, 0.5, 1.0), (1000, 0.04, 0.5)]:
        labels = (rng.random(n) < rate).astype(int)
        scores = rng.normal(size=n) + 0.8 * labels
        if step:
            scores = np.round(scores / step) * step
        probabilities = 1 / (1 + np.exp(-(scores - 2.5)))
        cases.append(ranking_case(labels, scores, probabilities))
    # Probabilities on the very edges of the equal-width bins, ranked by something else.
    labels = (rng.random(110) < 0.4).astype(int)
    cases.append(ranking_case(labels, rng.normal(size=110), np.tile(np.arange(11) / 10, 10)))
    write("metrics", cases)


def proportions():
    cases = []
    for successes, n in [(0, 1), (1, 1), (0, 10), (3, 10), (7, 450), (450, 450), (1512, 37_519)]:
        for confidence in (0.8, 0.95, 0.999):
            low, high = proportion_confint(successes, n, alpha=1 - confidence, method="wilson")
            cases.append([successes, n, confidence, low, high])
    write("wilson", cases)
    points = [1e-300, 1e-20, 1e-6, 0.01, 0.074, 0.075, 0.076, 0.3, 0.5, 0.6, 0.925, 0.975, 0.9999995]
    write("normal", [[p, norm.ppf(p)] for p in points])


def quantiles():
    rng = np.random.default_rng(11)
    cases = []
    for n in (1, 2, 3, 10, 57):
        values = rng.lognormal(size=n)
        points = [0.0, 0.025, 0.1, 1 / 3, 0.5, 0.77, 0.975, 1.0]
        expected = np.quantile(values, points, method="linear")
        cases.append({"values": values.tolist(), "points": points, "expected": expected.tolist()})
    write("quantile", cases)


def platt():
    rng = np.random.default_rng(13)
    cases = []

    def add(margins, labels):
        margins, labels = np.asarray(margins, float), np.asarray(labels, bool)
        positives, negatives = labels.sum(), (~labels).sum()
        targets = np.where(labels, (positives + 1) / (positives + 2), 1 / (negatives + 2))
        # An independent route: other parametrisation, quasi-Newton, then Nelder-Mead polish.
        centre, scale = np.median(margins), np.ptp(margins)
        x = (margins - centre) / scale

        def loss(w):
            z = w[0] * x + w[1]
            return np.sum(np.logaddexp(0, z) - targets * z)

        def gradient(w):
            residual = 1 / (1 + np.exp(-(w[0] * x + w[1]))) - targets
            return np.array([np.sum(residual * x), np.sum(residual)])

        best = minimize(loss, [0.0, 0.0], jac=gradient, method="BFGS", options={"gtol": 1e-12})
        best = minimize(
            loss,
            best.x,
            method="Nelder-Mead",
            options={"xatol": 1e-13, "fatol": 1e-15, "maxiter": 10_000},
        )
        best = minimize(
            loss, best.x, jac=gradient, method="trust-exact", hess=lambda w: hessian(w, x),
            options={"gtol": 1e-13},
        )
        cases.append(
            {
                "margins": margins.tolist(),
                "labels": labels.tolist(),
                "slope": best.x[0] / scale,
                "intercept": best.x[1] - best.x[0] * centre / scale,
            }
        )

    def hessian(w, x):
        p = 1 / (1 + np.exp(-(w[0] * x + w[1])))
        weight = p * (1 - p)
        off = np.sum(weight * x)
        return np.array([[np.sum(weight * x * x), off], [off, np.sum(weight)]])

    for n, shift, slope in [(400, -3.0, 1.0), (300, 0.0, 0.4), (200, 2.0, -1.5)]:
        margins = rng.normal(size=n)
        labels = rng.random(n) < 1 / (1 + np.exp(-(slope * margins + shift)))
        add(margins, labels)
    add([-2.0, -1.0, 1.0, 2.0], [False, False, True, True])
    add(np.linspace(-5, 5, 60), np.linspace(-5, 5, 60) > 0)
    add([0.0, 1.0], [False, True])
    add([3.0, 1.0, 2.0], [False, True, True])
    labels = rng.random(150) < 0.2
    add(1e4 + 250 * (rng.normal(size=150) + labels), labels)
    write("platt", cases)


metrics()
proportions()
quantiles()
platt()
