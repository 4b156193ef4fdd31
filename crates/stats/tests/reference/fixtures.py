"""Writes reference values as JSON into `tests/fixtures`; the scripts beside it use this."""

import json
import math
import pathlib

import numpy as np

OUT = pathlib.Path(__file__).resolve().parent.parent / "fixtures"


def jsonable(value):
    """NaN, which stands for null in the inputs, becomes null."""
    if isinstance(value, dict):
        return {key: jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [jsonable(item) for item in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return None if math.isnan(value) else float(value)
    return value


def write(name, value):
    text = json.dumps(jsonable(value), separators=(",", ":"), allow_nan=False)
    (OUT / f"{name}.json").write_text(text + "\n")
