"""Writes the interaction values of the XGBoost library for some fixtures.

    python make_interactions.py ../fixtures        # with xgboost 3.1 importable

`interactions.json` has, for each fixture, the first rows' matrices of
`pred_interactions`, row by row. (The package `shap` hands such models to the same
function, so that it is no second witness; the tests have the definition.)
"""

import json
import pathlib
import struct
import sys

import numpy as np
import xgboost as xgb

CASES = ["logistic-3.1", "deep-3.1", "imbalanced-3.1", "forest-3.1"]
ROWS = 12


def main(folder):
    raw = (folder / "rows.bin").read_bytes()
    n, width = struct.unpack("<II", raw[:8])
    rows = np.frombuffer(raw[8:], "<f4").reshape(n, width)[:ROWS]
    found = {}
    for case in CASES:
        booster = xgb.Booster(model_file=str(folder / f"{case}.json"))
        names = booster.feature_names
        values = booster.predict(xgb.DMatrix(rows, feature_names=names), pred_interactions=True)
        found[case] = [[float(x) for x in row.ravel()] for row in values]
    text = json.dumps(found, separators=(",", ":"))
    (folder / "interactions.json").write_text(text + "\n")


main(pathlib.Path(sys.argv[1]))
