"""Writes the reference values for curves from margins to probabilities and for how they are judged.

Needs numpy, scikit-learn and statsmodels; run it from anywhere:

    python3 crates/stats/tests/reference/make_calibrator_fixtures.py

Everything is seeded. The inputs are stored beside the expected values, so that the tests need no
Python.
"""

import numpy as np
import statsmodels.api as sm
from sklearn.calibration import calibration_curve
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from fixtures import write


def logistic(x):
    return 1 / (1 + np.exp(-x))


def draw(rng, n, log_odds, centre=-1.0, spread=1.5, decimals=6):
    """Margins and outcomes whose log-odds are a function of the margin."""
    margins = np.round(rng.normal(centre, spread, n), decimals)
    return margins, rng.random(n) < logistic(log_odds(margins))


def isotonic():
    cases = []
    shapes = [
        ("slope", 300, 6, lambda m: 0.7 * m - 0.5),
        ("ties", 300, 1, lambda m: 0.7 * m - 0.5),
        ("wrong way", 200, 6, lambda m: -0.5 * m - 1.0),
        ("rare", 400, 6, lambda m: m - 2.0),
    ]
    for seed, (name, n, decimals, log_odds) in enumerate(shapes):
        rng = np.random.default_rng(300 + seed)
        margins, labels = draw(rng, n, log_odds, decimals=decimals)
        fitted = IsotonicRegression(out_of_bounds="clip").fit(margins, labels)
        knots, values = fitted.X_thresholds_, fitted.y_thresholds_
        # Values of exactly 0 or 1 are held off by leadrank alone, which also moves the straight
        # lines that lead to them: compare where neither knot beside a point is one.
        points = np.linspace(margins.min() - 1, margins.max() + 1, 101)
        left = np.clip(np.searchsorted(knots, points, side="right") - 1, 0, len(knots) - 1)
        right = np.clip(np.searchsorted(knots, points, side="left"), 0, len(knots) - 1)
        inside = (values[left] > 0) & (values[right] < 1)
        assert inside.sum() > 30, name
        cases.append({
            "name": name,
            "margins": margins,
            "labels": labels,
            "points": points[inside],
            "probabilities": fitted.predict(points[inside]),
            "zeros": points[fitted.predict(points) == 0],
            "ones": points[fitted.predict(points) == 1],
        })
    write("isotonic", cases)


def beta_columns(margins):
    p = logistic(margins)
    return np.log(p), -np.log1p(-p)


def unpenalised(columns, labels):
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-13, max_iter=1000)
    model.fit(np.column_stack(columns), labels)
    return model.coef_[0], model.intercept_[0]


def beta():
    """The authors' recipe: the column whose slope is negative goes, the other is fitted anew."""
    cases = []
    shapes = [
        ("both", lambda m: 0.8 * np.log(logistic(m)) - 1.6 * np.log(logistic(-m)) - 1.0),
        ("low is left out", lambda m: -0.6 * np.log(logistic(m)) - 1.5 * np.log(logistic(-m)) - 2.0),
        ("high is left out", lambda m: 1.5 * np.log(logistic(m)) + 0.6 * np.log(logistic(-m)) + 1.0),
    ]
    for seed, (name, log_odds) in enumerate(shapes):
        rng = np.random.default_rng(400 + seed)
        margins, labels = draw(rng, 600, log_odds, centre=0.0)
        low, high = beta_columns(margins)
        (a, b), c = unpenalised([low, high], labels)
        left_out = {"both": None}.get(name, name.split()[0])
        if a < 0:
            assert left_out == "low", name
            (b,), c = unpenalised([high], labels)
            a = 0.0
        elif b < 0:
            assert left_out == "high", name
            (a,), c = unpenalised([low], labels)
            b = 0.0
        else:
            assert left_out is None, name
        cases.append({
            "name": name,
            "margins": margins,
            "labels": labels,
            "low": a,
            "high": b,
            "intercept": c,
        })
    write("beta", cases)


def calibration_line():
    cases = []
    for seed, (slope, level, n) in enumerate([(1.0, 0.0, 500), (0.5, -1.0, 400), (1.6, 0.7, 800)]):
        rng = np.random.default_rng(500 + seed)
        odds, labels = draw(rng, n, lambda m: slope * m + level)
        probabilities = logistic(odds)
        odds = np.log(probabilities / (1 - probabilities))
        free = sm.Logit(labels, sm.add_constant(odds)).fit(disp=0, method="newton", tol=1e-13)
        held = sm.GLM(labels, np.ones(n), family=sm.families.Binomial(), offset=odds).fit(tol=1e-13)
        (intercept, steepness) = free.params
        (intercept_ends, slope_ends) = free.conf_int(0.05)
        cases.append({
            "probabilities": probabilities,
            "labels": labels,
            "slope": [steepness, *slope_ends],
            "intercept": [intercept, *intercept_ends],
            "level": [held.params[0], *held.conf_int(0.05)[0]],
        })
    write("calibration_line", cases)


def reliability():
    cases = []
    for seed, bins in enumerate([10, 5]):
        rng = np.random.default_rng(600 + seed)
        # scikit-learn cuts at interpolated quantiles, which are the same bins as ours where
        # probabilities are distinct and the number of rows is a multiple of that of bins.
        margins, labels = draw(rng, 400, lambda m: 0.8 * m - 0.3)
        probabilities = np.where(margins < -4, 0.0, logistic(margins))
        probabilities[probabilities == 0] = np.arange((probabilities == 0).sum()) * 1e-4
        assert len(np.unique(probabilities)) == 400
        case = {"probabilities": probabilities, "labels": labels, "bins": bins}
        for name, strategy in [("mass", "quantile"), ("width", "uniform")]:
            observed, mean = calibration_curve(labels, probabilities, n_bins=bins, strategy=strategy)
            case[name] = [[m, o] for m, o in zip(mean, observed)]
        cases.append(case)
    write("reliability", cases)


isotonic()
beta()
calibration_line()
reliability()
