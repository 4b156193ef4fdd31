"""Over-samples a made-up table with imbalanced-learn, beside crates/learn/examples/smote.rs.

    python benches/smote_peer.py make|plain|mixed FOLDER

`make` writes the table: 37,000 rows and 1,500 positives, 67 columns (30 flags, 15 whole
numbers, 22 amounts), float32 row after row, and a byte for each label. `mixed` is SMOTENC with
the flags as nominal columns, which is what leadrank does; `plain` is SMOTE, which takes flags
for amounts. Both make as many positives as there are negatives, with 5 neighbours.

Prints one line of JSON: the synthetic rows, and the wall and CPU seconds after the imports and
the reading.
"""

import json
import sys
from pathlib import Path

from harness import Clock  # first: it knows where the packages are
import numpy as np

ROWS, POSITIVES, FLAGS, WHOLE, AMOUNTS = 37_000, 1_500, 30, 15, 22
COLUMNS = FLAGS + WHOLE + AMOUNTS


def make(folder):
    random = np.random.default_rng(42)
    values = np.hstack([
        random.random((ROWS, FLAGS)) < random.uniform(0.05, 0.6, FLAGS),
        random.poisson(random.uniform(2, 60, WHOLE), (ROWS, WHOLE)),
        np.exp(random.normal(random.uniform(-2, 6, AMOUNTS), 1, (ROWS, AMOUNTS))),
    ])
    labels = np.zeros(ROWS, dtype=np.uint8)
    labels[random.choice(ROWS, POSITIVES, replace=False)] = 1
    folder.mkdir(parents=True, exist_ok=True)
    values.astype("<f4").tofile(folder / "values.f32")
    labels.tofile(folder / "labels.u8")


def main():
    mode, folder = sys.argv[1], Path(sys.argv[2])
    if mode == "make":
        return make(folder)
    from imblearn.over_sampling import SMOTE, SMOTENC

    values = np.fromfile(folder / "values.f32", dtype="<f4").reshape(-1, COLUMNS)
    labels = np.fromfile(folder / "labels.u8", dtype=np.uint8)
    sampler = {"plain": SMOTE(k_neighbors=5, random_state=42),
               "mixed": SMOTENC(list(range(FLAGS)), k_neighbors=5, random_state=42)}[mode]
    clock = Clock()
    made, _ = sampler.fit_resample(values, labels)
    print(json.dumps({"synthetic": len(made) - len(values), **clock.read()}))


if __name__ == "__main__":
    main()
