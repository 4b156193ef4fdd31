"""Writes the reference values for monotone bins, logistic regression and paired comparison.

Needs numpy, optbinning, scikit-learn and statsmodels; run it from anywhere:

    python3 crates/stats/tests/reference/make_scorecard_fixtures.py

Everything is seeded. The inputs are stored beside the expected values, so that the tests need no
Python.
"""

import math
import warnings

import numpy as np
import statsmodels.api as sm
from optbinning import OptimalBinning
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from fixtures import write

warnings.simplefilter("ignore")


def fine_edges(values, bins):
    """Distinct inner quantiles; a bin a value if there are few."""
    values = values[~np.isnan(values)]
    distinct = np.unique(values)
    if len(distinct) <= bins:
        return (distinct[1:] + distinct[:-1]) / 2
    inner = np.quantile(values, np.arange(1, bins) / bins)
    inner = np.unique(np.where(inner == values.max(), distinct[-2:].mean(), inner))
    held = np.searchsorted(np.sort(values), inner, side="right")
    return inner[(np.diff(held, prepend=0) > 0) & (held < len(values))]


def plain_iv(values, labels, splits):
    """The information value without smoothing, of bins that are closed below."""
    bins = np.where(np.isnan(values), len(splits) + 1, np.searchsorted(splits, values, side="right"))
    total = 0.0
    for b in np.unique(bins):
        good = (labels & (bins == b)).sum() / labels.sum()
        bad = (~labels & (bins == b)).sum() / (~labels).sum()
        total += (good - bad) * math.log(good / bad)
    return total


def monotone():
    rng = np.random.default_rng(71)
    cases = []
    shapes = [
        ("rising", lambda z: -2 + 0.8 * z),
        ("falling", lambda z: -1 - 0.5 * z),
        ("hump", lambda z: -1.5 + 0.5 * z - 0.6 * z**2),
        ("step", lambda z: -2 + 1.2 * (z > 0.7)),
        ("noise", lambda z: -1 + 0 * z),
    ]
    for name, margin in shapes:
        for ties in (False, True):
            z = rng.normal(size=1200)
            labels = rng.random(1200) < 1 / (1 + np.exp(-margin(z)))
            values = np.round(z, 4)
            if ties:
                values = np.maximum(np.round(2 * z), 0)
            values[rng.random(1200) < 0.08] = np.nan
            edges = fine_edges(values, 20)
            # Its bins are closed below, ours above.
            splits = np.nextafter(edges, np.inf)
            best = None
            for trend in ("ascending", "descending"):
                model = OptimalBinning(
                    solver="cp",
                    monotonic_trend=trend,
                    user_splits=splits,
                    max_n_bins=6,
                    min_bin_size=0.05,
                    min_bin_n_event=1,
                    min_bin_n_nonevent=1,
                    time_limit=60,
                )
                model.fit(values, labels.astype(int))
                assert model.status == "OPTIMAL", model.status
                iv = plain_iv(values, labels, model.splits)
                if best is None or iv > best[0]:
                    best = (iv, len(model.splits) + 1)
            cases.append(
                {
                    "name": f"{name}{', tied' if ties else ''}",
                    "values": values,
                    "labels": labels,
                    "bins": 6,
                    "iv": best[0],
                    "value_bins": best[1],
                }
            )
    write("monotone", cases)


def logistic():
    rng = np.random.default_rng(72)
    cases = []
    for n, width, kind in (
        (300, 3, "plain"),
        (500, 6, "units"),
        (400, 5, "correlated"),
        (250, 3, "copies"),
        (120, 2, "separated"),
        (600, 4, "rare"),
    ):
        x = rng.normal(size=(n, width))
        if kind == "units":
            x = x * 10.0 ** np.arange(-2, width - 2) + 5
        if kind == "correlated":
            x[:, 1:] = 0.95 * x[:, :1] + 0.3 * x[:, 1:]
        if kind == "copies":
            x[:, 2] = x[:, 0]
        x = np.array([[float(f"{value:.4g}") for value in row] for row in x])
        z = (x - x.mean(0)) / x.std(0)
        margin = z @ rng.normal(size=width) * 0.7 - (3.5 if kind == "rare" else 0.5)
        labels = rng.random(n) < 1 / (1 + np.exp(-margin))
        if kind == "separated":
            labels = x[:, 0] > 0.1
        fits = []
        for c in (1.0, 0.01, 100.0):
            for standardise in (True, False):
                scaler = StandardScaler(with_mean=standardise, with_std=standardise).fit(x)
                model = LogisticRegression(C=c, solver="newton-cholesky", tol=1e-13, max_iter=1000)
                model.fit(scaler.transform(x), labels)
                w = model.coef_[0] / (scaler.scale_ if standardise else 1)
                b = model.intercept_[0] - (w @ scaler.mean_ if standardise else 0)
                fits.append({"c": c, "standardise": standardise, "coefficients": w, "intercept": b})
        free = None
        if kind not in ("copies", "separated"):
            scaler = StandardScaler().fit(x)
            # statsmodels inverts the Hessian as it is: standardised columns keep its digits.
            found = sm.Logit(labels, sm.add_constant(scaler.transform(x))).fit(
                method="newton", tol=1e-14, maxiter=200, disp=0
            )
            turn = np.zeros((width + 1, width + 1))
            turn[0, 0] = 1
            turn[0, 1:] = -scaler.mean_ / scaler.scale_
            turn[1:, 1:] = np.diag(1 / scaler.scale_)
            params = turn @ found.params
            errors = np.sqrt(np.diag(turn @ found.cov_params() @ turn.T))
            free = {
                "intercept": params[0],
                "coefficients": params[1:],
                "intercept_error": errors[0],
                "errors": errors[1:],
            }
        cases.append(
            {"kind": kind, "columns": x.T, "labels": labels, "fits": fits, "free": free}
        )
    write("logistic", cases)


def paired():
    """The variance of a difference of two areas, from all pairs of rows."""
    rng = np.random.default_rng(73)
    cases = []
    for n, rate, common, ties in ((1500, 0.2, 1.0, False), (1200, 0.4, 0.0, False), (2000, 0.1, 2.0, True)):
        signal = rng.normal(size=n)
        labels = rng.random(n) < 1 / (1 + np.exp(-(signal + math.log(rate / (1 - rate)))))
        shared = common * rng.normal(size=n)
        scores = [signal + shared + noise * rng.normal(size=n) for noise in (0.5, 1.0)]
        scores = [np.round(s, 1 if ties else 4) for s in scores]
        components = []
        for s in scores:
            psi = (s[labels][:, None] > s[~labels]) + 0.5 * (s[labels][:, None] == s[~labels])
            components.append((psi.mean(1), psi.mean(0)))
        variance = 0.0
        for side, size in ((0, labels.sum()), (1, (~labels).sum())):
            variance += np.var(components[1][side] - components[0][side], ddof=1) / size
        cases.append(
            {
                "labels": labels,
                "reference": scores[0],
                "other": scores[1],
                "difference": components[1][0].mean() - components[0][0].mean(),
                "error": math.sqrt(variance),
            }
        )
    write("paired", cases)


monotone()
logistic()
paired()
