"""Writes intervals, tests and scores of made-up results of the ten strategies on five folds:

    python3 crates/learn/tests/reference/make_choice_fixture.py

Needs numpy, scipy and statsmodels.
"""

import json
import pathlib

import numpy as np
from scipy.stats import t, ttest_rel
from statsmodels.stats.multitest import multipletests

OUT = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "choice.json"
FOLDS, STRATEGIES = 5, 10
WEIGHTS = [0.40, 0.25, 0.20, 0.15]


def over_folds(values):
    lo, hi = t.interval(0.95, len(values) - 1, np.mean(values), np.std(values, ddof=1) / np.sqrt(len(values)))
    return [float(np.mean(values)), float(lo), float(hi)]


def case(random, step):
    base = random.uniform(0.05, 0.08, FOLDS)
    auc = base + random.normal(0, 0.003, (STRATEGIES, FOLDS)) + step * np.arange(STRATEGIES)[:, None]
    precision = random.uniform(0.05, 0.1, (STRATEGIES, FOLDS))
    error = random.uniform(0.005, 0.02, (STRATEGIES, FOLDS))
    variation = auc.std(axis=1, ddof=1) / auc.mean(axis=1)
    columns = np.stack([auc.mean(axis=1), -error.mean(axis=1), precision.mean(axis=1), -variation], axis=1)
    scaled = (columns - columns.min(axis=0)) / (columns.max(axis=0) - columns.min(axis=0))
    p = [float(ttest_rel(auc[s], auc[0]).pvalue) for s in range(1, STRATEGIES)]
    return {
        "auc_pr": auc.tolist(), "precision_at_10": precision.tolist(), "calibration_error": error.tolist(),
        "mean_auc_pr": [over_folds(row) for row in auc], "variation": variation.tolist(),
        "score": (scaled @ WEIGHTS).tolist(), "difference": [over_folds(row - auc[0]) for row in auc[1:]],
        "p": p, "adjusted_p": multipletests(p, method="holm")[1].tolist(),
    }


random = np.random.default_rng(11)
OUT.write_text(json.dumps([case(random, step) for step in (0.0, 0.001, 0.002)]) + "\n")
