"""Develops models with Python's libraries, beside crates/stats/examples/screens.rs and
crates/learn/examples/model_development.rs, which have written what it reads.

    python benches/model_peers.py WHAT FOLDER

Each of `WORK` does what ours of the same name does, as its own documentation shows; a library
that is missing fails that one alone. Prints one line of JSON: the wall and CPU seconds of the
work alone, after imports and reading, and its values, for comparison.
"""

import json
import sys
import warnings
from pathlib import Path

from harness import ROOT, Clock  # first: it knows where the packages are
import numpy as np

COLUMNS = 67
BINS = 10
VIF_LIMIT = 10.0
# Our monotone bins for optbinning: at most 10 merged from 20 quantiles, each with 5 % of the rows.
AT_MOST = {"max_n_prebins": 20, "max_n_bins": BINS, "min_bin_size": 0.05}


def read(folder):
    values = np.fromfile(folder / "values.f32", dtype="<f4").reshape(-1, COLUMNS)
    return values, np.fromfile(folder / "labels.u8", dtype=np.uint8)


def before_the_test(folder):
    values, labels = read(folder)
    rows = np.array(json.loads((folder / "development.json").read_text()))
    return values[rows], labels[rows]


def quantile_iv(folder):
    """By pandas' quantile cuts and counts; nulls have a bin, counts are smoothed by half a row."""
    import pandas as pd

    values, labels = read(folder)
    columns = values.astype(float).T.copy()
    clock = Clock()
    found = []
    for column in columns:
        if len(np.unique(column[~np.isnan(column)])) <= BINS:
            bins = pd.Series(column)
        else:
            bins = pd.Series(pd.qcut(column, BINS, labels=False, duplicates="drop"))
        counts = pd.crosstab(bins.fillna(-1), labels) + 0.5
        shares = counts / counts.sum()
        found.append(float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum()))
    return clock.read(), found


def monotone_iv(folder):
    from optbinning import OptimalBinning

    values, labels = read(folder)
    columns = values.astype(float).T.copy()
    clock = Clock()
    found = []
    for column in columns:
        binning = OptimalBinning(**AT_MOST, **own_bins(column)).fit(column, labels)
        binning.binning_table.build()
        found.append(float(binning.binning_table.iv))
    return clock.read(), found


def own_bins(column):
    """Monotone over quantiles; a flag has no quantiles, and a tree finds its two values."""
    is_flag = len(np.unique(column[~np.isnan(column)])) <= 2
    return {"prebinning_method": "cart" if is_flag else "quantile",
            "monotonic_trend": None if is_flag else "auto_asc_desc"}


def vif(folder, is_inverse):
    """The largest factor goes until all are small: by a regression a column, as statsmodels has it,
    or all factors at once from the inverse of the correlations."""
    from statsmodels.stats.outliers_influence import variance_inflation_factor

    def regressions(columns):
        with_constant = np.column_stack([columns, np.ones(len(columns))])
        return [variance_inflation_factor(with_constant, place) for place in range(columns.shape[1])]

    def inverse(columns):
        return np.diag(np.linalg.inv(np.corrcoef(columns, rowvar=False)))

    factors_of = inverse if is_inverse else regressions
    values, _ = read(folder)
    clock = Clock()
    complete = values[~np.isnan(values).any(axis=1)].astype(float)
    left, removed = list(range(COLUMNS)), []
    while True:
        factors = factors_of(complete[:, left])
        worst = int(np.argmax(factors))
        if factors[worst] < VIF_LIMIT:
            return clock.read(), removed
        removed.append(left.pop(worst))


def correlations(folder, method):
    """pandas takes the rows that both columns have, as ours."""
    import pandas as pd

    frame = pd.DataFrame(read(folder)[0].astype(float))
    clock = Clock()
    matrix = frame.corr(method=method).to_numpy()
    return clock.read(), [float(matrix[i, j]) for i in range(COLUMNS) for j in range(i)]


def contest(folder, is_shared):
    """Growing all settings on all folds, judged after every round. Data is handed to the library
    anew for each fit, as `xgboost.cv` does, or once a fold."""
    sys.path.insert(0, str(ROOT / ".tools" / "xgboost"))
    import xgboost

    task = json.loads((folder / "contest.json").read_text())
    values, labels = read(folder)
    folds = [(np.array(fold["past"]), np.array(fold["judge"])) for fold in task["folds"]]
    names = ("max_depth", "min_child_weight", "alpha", "lambda", "gamma", "eta", "subsample", "colsample_bytree",
             "max_bin", "seed")
    fixed = {"objective": "binary:logistic", "tree_method": "hist", "eval_metric": "aucpr", "nthread": 1,
             "seed_per_iteration": True, "verbosity": 0}

    def load(rows):
        return xgboost.DMatrix(values[rows], label=labels[rows], nthread=1)

    clock = Clock()
    shared = [tuple(map(load, fold)) for fold in folds] if is_shared else None
    found, first = [], []
    for recipe in task["settings"]:
        curves = []
        for number, (past, judge) in enumerate(folds):
            train, measured = shared[number] if is_shared else (load(past), load(judge))
            parameters = {name: recipe[name] for name in names} | fixed
            booster = xgboost.Booster({**parameters, "base_score": labels[past].mean()}, [train])
            for round in range(recipe["rounds"]):
                booster.update(train, round)
                answer = booster.eval(measured, iteration=round)
            curves.append(float(answer.rsplit(":", 1)[1]))
            if recipe is task["settings"][0]:
                first.append(booster.predict(measured, output_margin=True))
        found.append(float(np.mean(curves)))
    used = clock.read()
    apart = max(float(np.abs(ours - theirs).max()) for ours, theirs in zip(task["margins"], first))
    return {**used, "margins_apart": apart}, found


def logistic(folder, solver):
    """On medians, flags of what is missing, and standardised numbers; flags stay as they are."""
    from sklearn.linear_model import LogisticRegression

    values, labels = before_the_test(folder)
    clock = Clock()
    values = values.astype(float)
    missing = np.isnan(values)
    values = np.where(missing, np.nanmedian(values, axis=0), values)
    numbers = ~np.isin(values, (0, 1)).all(axis=0)
    values[:, numbers] = (values[:, numbers] - values[:, numbers].mean(axis=0)) / values[:, numbers].std(axis=0)
    values = np.hstack([values, missing[:, missing.any(axis=0)]])
    model = LogisticRegression(C=1.0, solver=solver, max_iter=2_000).fit(values, labels)
    return clock.read(), [loss(model.predict_proba(values)[:, 1], labels)]


def scorecard(folder):
    """Monotone bins, those with an information value of 0.02 and more, and a regression on their evidence."""
    import pandas as pd
    from optbinning import BinningProcess, Scorecard
    from sklearn.linear_model import LogisticRegression

    values, labels = before_the_test(folder)
    frame = pd.DataFrame(values.astype(float), columns=[f"f{column}" for column in range(COLUMNS)])
    clock = Clock()
    process = BinningProcess(
        list(frame), **AT_MOST, selection_criteria={"iv": {"min": 0.02}},
        binning_fit_params={name: own_bins(frame[name].to_numpy()) for name in frame})
    card = Scorecard(process, LogisticRegression(C=1.0)).fit(frame, labels, metric_missing="empirical")
    return clock.read(), [loss(card.predict_proba(frame)[:, 1], labels)]


def loss(probabilities, labels):
    return float(-np.log(np.where(labels == 1, probabilities, 1 - probabilities)).mean())


WORK = {
    "quantile_iv": quantile_iv,
    "monotone_iv": monotone_iv,
    "vif": lambda folder: vif(folder, False),
    "vif_inverse": lambda folder: vif(folder, True),
    "pearson": lambda folder: correlations(folder, "pearson"),
    "spearman": lambda folder: correlations(folder, "spearman"),
    "contest_anew": lambda folder: contest(folder, False),
    "contest_shared": lambda folder: contest(folder, True),
    "logistic_lbfgs": lambda folder: logistic(folder, "lbfgs"),
    "logistic_newton": lambda folder: logistic(folder, "newton-cholesky"),
    "scorecard": scorecard,
}


def main():
    warnings.simplefilter("ignore")
    used, values = WORK[sys.argv[1]](Path(sys.argv[2]))
    print(json.dumps({**used, "values": values}))


if __name__ == "__main__":
    main()
