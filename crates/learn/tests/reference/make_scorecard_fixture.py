"""Writes the reference values for the scorecard and for plain logistic regression.

Bins come from trying every division, weights and margins from scikit-learn. Needs numpy and
scikit-learn; run it from anywhere:

    python3 crates/learn/tests/reference/make_scorecard_fixture.py
"""

import itertools
import json
import math
import pathlib

import numpy as np
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

OUT = pathlib.Path(__file__).resolve().parent.parent / "fixtures"
ROWS, TRAIN = 1500, 1200


def table(rng):
    n = ROWS
    a = rng.integers(0, 7, n).astype(float)
    b = rng.integers(0, 6, n).astype(float)
    f = np.clip(a + rng.integers(-1, 2, n), 0, 6)
    flag = (rng.random(n) < 0.3).astype(float)
    hump = rng.integers(0, 7, n).astype(float)
    noise = rng.integers(0, 4, n).astype(float)
    g = np.round(rng.lognormal(1, 1, n), 3)
    h = np.round(rng.normal(size=n), 3)
    margin = -2.2 + 0.9 * (a - 3) - 0.6 * (f - 3) - 0.35 * (b - 2) + 0.8 * flag
    margin += 0.3 * (2 - np.abs(hump - 4)) + 0.5 * (g < 2) + 0.4 * h
    labels = rng.random(n) < 1 / (1 + np.exp(-margin))
    b[rng.random(n) < 0.1] = np.nan
    g[rng.random(n) < 0.2] = np.nan
    # Later rows have values and nulls that training never saw.
    a[TRAIN:][rng.random(n - TRAIN) < 0.1] = 99
    b[TRAIN:][rng.random(n - TRAIN) < 0.1] = -99
    h[TRAIN:][rng.random(n - TRAIN) < 0.1] = np.nan
    names = ["a", "b", "f", "flag", "hump", "noise", "g", "h"]
    columns = np.column_stack([a, b, f, flag, hump, noise, g, h])
    return names, columns.astype(np.float32).astype(float), labels


def quantile_edges(values, bins):
    values = values[~np.isnan(values)]
    distinct = np.unique(values)
    if len(distinct) <= bins:
        return list((distinct[1:] + distinct[:-1]) / 2)
    inner = np.quantile(values, np.arange(1, bins) / bins)
    inner = np.unique(np.where(inner == values.max(), distinct[-2:].mean(), inner))
    held = np.searchsorted(np.sort(values), inner, side="right")
    return list(inner[(np.diff(held, prepend=0) > 0) & (held < len(values))])


def places(values, edges):
    return np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, side="left"))


def evidence(values, labels, edges):
    """Weight of evidence by bin, and the information value."""
    at = places(values, edges)
    used = [b for b in range(len(edges) + 2) if (at == b).any()]
    positives = labels.sum() + 0.5 * len(used)
    negatives = (~labels).sum() + 0.5 * len(used)
    woe, iv = {}, 0.0
    for b in used:
        good = ((at == b) & labels).sum() + 0.5
        bad = ((at == b) & ~labels).sum() + 0.5
        woe[b] = math.log(good / positives / (bad / negatives))
        iv += (good / positives - bad / negatives) * woe[b]
    return woe, iv


def monotone_edges(values, labels, bins):
    """Of all divisions at the borders between distinct values the most telling."""
    borders = quantile_edges(values, 20)
    if len(borders) < 2:
        return borders
    best = None
    for size in range(bins):
        for edges in itertools.combinations(borders, size):
            at = places(values, edges)
            n = np.array([(at == b).sum() for b in range(size + 1)])
            hits = np.array([((at == b) & labels).sum() for b in range(size + 1)])
            if size:
                if (n < 0.05 * len(values)).any() or (hits == 0).any() or (hits == n).any():
                    continue
                rate, odds = np.diff(hits / n), np.diff((hits + 0.5) / (n - hits + 0.5))
                if not ((rate > 0) & (odds > 0)).all() and not ((rate < 0) & (odds < 0)).all():
                    continue
            iv = evidence(values, labels, edges)[1]
            if best is None or iv > best[0] + 1e-12:
                best = (iv, list(edges))
    return best[1]


def regression(x, labels):
    model = LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-13, max_iter=1000)
    return model.fit(x, labels)


def card(names, columns, labels, cuts, bins):
    kept, woes, dropped = [], [], []
    for at, name in enumerate(names):
        train = columns[:TRAIN, at]
        if cuts == "quantile":
            edges = quantile_edges(train, bins)
        else:
            edges = monotone_edges(train, labels[:TRAIN], bins)
        woe, iv = evidence(train, labels[:TRAIN], edges)
        if iv < 0.02:
            dropped.append(name)
            continue
        kept.append(name)
        woes.append([woe.get(b, 0.0) for b in places(columns[:, at], edges)])
    while True:
        x = np.array(woes).T
        model = regression(x[:TRAIN], labels[:TRAIN])
        worst = int(np.argmin(model.coef_[0]))
        if model.coef_[0][worst] >= 0:
            break
        dropped.append(kept.pop(worst))
        woes.pop(worst)
    return {
        "cuts": cuts,
        "bins": bins,
        "columns": names,
        "kept": kept,
        "dropped": dropped,
        "weights": list(model.coef_[0]),
        "margins": list(model.decision_function(x)),
    }


def plain(columns, labels):
    """Numbers standardised; what holds zeros and ones only, and flags of nulls, as they are."""
    filled = SimpleImputer(strategy="median").fit(columns[:TRAIN]).transform(columns)
    flags = MissingIndicator(error_on_new=False).fit(columns[:TRAIN]).transform(columns)
    numbers = [at for at in range(columns.shape[1]) if set(np.unique(filled[:TRAIN, at])) - {0, 1}]
    scaler = StandardScaler().fit(filled[:TRAIN, numbers])
    filled[:, numbers] = scaler.transform(filled[:, numbers])
    x = np.hstack([filled, flags])
    return list(regression(x[:TRAIN], labels[:TRAIN]).decision_function(x))


names, columns, labels = table(np.random.default_rng(81))
few = [at for at, name in enumerate(names) if name not in ("g", "h")]
value = {
    "names": names,
    "train": TRAIN,
    "columns": [[None if math.isnan(v) else v for v in column] for column in columns.T],
    "labels": [bool(label) for label in labels],
    "cards": [
        card(names, columns, labels, "quantile", 8),
        card([names[at] for at in few], columns[:, few], labels, "monotone", 5),
    ],
    "plain": plain(columns, labels),
}
OUT.mkdir(exist_ok=True)
text = json.dumps(value, separators=(",", ":"), allow_nan=False)
(OUT / "scorecard.json").write_text(text + "\n")
for c in value["cards"]:
    print(c["cuts"], c["kept"], c["dropped"], np.round(c["weights"], 3))
