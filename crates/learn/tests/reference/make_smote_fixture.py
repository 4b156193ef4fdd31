"""Writes what imbalanced-learn makes of a small table with rare positives:

    python3 crates/learn/tests/reference/make_smote_fixture.py

Needs numpy and imbalanced-learn. The values are of single precision, as the product holds them,
and are computed with in double precision. No two distances are equal, so that neighbours have
one order only.
"""

import json
import pathlib

import numpy as np
from imblearn.over_sampling import SMOTE, SMOTENC

OUT = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "smote.json"
NEGATIVES, POSITIVES, SYNTHETIC = 200, 60, 40_000
# Amounts of very different size, whole numbers, flags.
CONTINUOUS, INTEGER, BINARY = [0, 1, 3, 6], [2, 5], [4, 7, 8]


def table():
    random = np.random.default_rng(7)
    n = NEGATIVES + POSITIVES
    labels = np.zeros(n, dtype=bool)
    labels[random.choice(n, POSITIVES, replace=False)] = True
    shift = labels * 0.5
    values = np.empty((n, 9))
    values[:, 0] = random.normal(shift, 1)
    values[:, 1] = np.exp(random.normal(12, 1.0, n))  # dollars of an account
    values[:, 2] = random.poisson(40, n)
    values[:, 3] = random.uniform(-0.1, 0.1, n) + 0.1 * values[:, 0]
    values[:, 4] = random.random(n) < 0.3 + 0.3 * labels
    values[:, 5] = random.geometric(0.02, n)
    values[:, 6] = 1_000_000 + random.normal(0, 30, n)  # far from 0, little spread
    values[:, 7] = np.where(random.random(n) < 0.5, 2.5, -1.0)
    values[:, 8] = random.random(n) < 0.4
    values = values.astype(np.float32).astype(np.float64)
    values[random.random(values.shape) < 0.05] = np.nan
    return values, labels


def fills(values):
    """What stands in for missing values, by the product's rules."""
    found = []
    for column in range(values.shape[1]):
        present = values[~np.isnan(values[:, column]), column]
        if column in BINARY:
            levels, counts = np.unique(present, return_counts=True)
            found.append(levels[np.argmax(counts)])
        else:
            method = "lower" if column in INTEGER else "linear"
            found.append(np.float64(np.float32(np.quantile(present, 0.5, method=method))))
    return np.array(found)


def neighbours(sampler):
    search = sampler.nn_k_
    return search.kneighbors(search._fit_X, return_distance=False)[:, 1:]


def moments(rows):
    """Means, standard deviations, and the standard error of the latter for one row."""
    mean, deviation = rows.mean(axis=0), rows.std(axis=0)
    fourth = ((rows - mean) ** 4).mean(axis=0) / deviation ** 4
    return mean, deviation, deviation * np.sqrt((fourth - 1) / 4)


def main():
    values, labels = table()
    stand_ins = fills(values)
    imputed = np.where(np.isnan(values), stand_ins, values)
    cases = []
    for k in (3, 5):
        sampler = SMOTENC(BINARY, sampling_strategy={False: NEGATIVES, True: POSITIVES + SYNTHETIC},
                          k_neighbors=k, random_state=k)
        made, _ = sampler.fit_resample(imputed, labels)
        synthetic = made[len(values):]
        synthetic[:, INTEGER] = np.floor(synthetic[:, INTEGER] + 0.5)
        mean, deviation, error = moments(synthetic)
        shares = [float((synthetic[:, column] == imputed[:, column].max()).mean()) for column in BINARY]
        plain = SMOTE(k_neighbors=k, random_state=k)
        plain.fit_resample(imputed[:, CONTINUOUS], labels)
        cases.append({
            "k": k, "median": float(sampler.median_std_[True]),
            "neighbours": neighbours(sampler).tolist(), "plain_neighbours": neighbours(plain).tolist(),
            "synthetic": SYNTHETIC, "mean": mean.tolist(), "deviation": deviation.tolist(),
            "error_of_deviation": error.tolist(), "high_shares": shares,
        })
    counts = []
    for ratio in (0.31, 0.5, 0.775, 0.83, 1.0):
        sampler = SMOTENC(BINARY, sampling_strategy=ratio, random_state=0)
        counts.append([ratio, len(sampler.fit_resample(imputed, labels)[0]) - len(values)])
    single = np.where(np.isnan(values), None, values).tolist()
    OUT.write_text(json.dumps({
        "values": single, "labels": labels.tolist(), "continuous": CONTINUOUS, "integer": INTEGER,
        "binary": BINARY, "fills": stand_ins.tolist(), "cases": cases, "counts": counts,
    }) + "\n")


if __name__ == "__main__":
    main()
