"""Writes the interaction values of the XGBoost library and of the package `shap` for some fixtures.

    python make_interactions.py ../fixtures        # with xgboost 3.1 and shap 0.51 importable

`interactions.json` has, for each of the two and each fixture, the first rows' matrices, row by
row. `shap` would ask XGBoost itself; told that the model is of another kind it takes its own
algorithm, in double precision and without the bias. That one can't read all of the models.
"""

import json
import pathlib
import struct
import sys

import numpy as np
import shap
import xgboost as xgb

CASES = ["logistic-3.1", "deep-3.1", "imbalanced-3.1", "forest-3.1"]
OWN = ["logistic-3.1", "deep-3.1"]
ROWS = 12


def main(folder):
    raw = (folder / "rows.bin").read_bytes()
    n, width = struct.unpack("<II", raw[:8])
    rows = np.frombuffer(raw[8:], "<f4").reshape(n, width)[:ROWS]
    found = {"xgboost": {}, "shap": {}}
    for case in CASES:
        booster = xgb.Booster(model_file=str(folder / f"{case}.json"))
        names = booster.feature_names
        values = booster.predict(xgb.DMatrix(rows, feature_names=names), pred_interactions=True)
        found["xgboost"][case] = [[float(x) for x in row.ravel()] for row in values]
        if case in OWN:
            explainer = shap.TreeExplainer(booster)
            explainer.model.model_type = "trees"
            values = explainer.shap_interaction_values(rows.astype(float))
            found["shap"][case] = [[float(x) for x in row.ravel()] for row in values]
    text = json.dumps(found, separators=(",", ":"))
    (folder / "interactions.json").write_text(text + "\n")


main(pathlib.Path(sys.argv[1]))
