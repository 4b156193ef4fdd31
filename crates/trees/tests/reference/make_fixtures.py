"""Makes the fixtures of the golden tests with the XGBoost library itself.

Run once for each library version, every time with that version importable:

    python make_fixtures.py ../fixtures            # writes the fixtures of this version
    python make_fixtures.py --unsupported ../fixtures/unsupported
    python make_fixtures.py --check FOLDER         # loads what the crate wrote, see below

A fixture is `<name>-<version>.json` and `.ubj` (the model), and
`<name>-<version>.expected` (the library's margins and contributions). Rows are
shared by all versions: `rows.bin`.

Layout of the binary files, little endian:
    rows.bin    u32 rows, u32 columns, then rows * columns f32 (NaN = missing)
    .expected   u32 rows, u32 columns + 1, then rows f32 margins,
                then rows * (columns + 1) f32 contributions, bias last

`--unsupported` writes small sound models of kinds that the crate refuses (made
with version 3.1).

`--check` reads `<fixture>.written.json` and `.written.ubj` from FOLDER (made by
the ignored test `write_for_the_library`), loads each with the library, compares the
margins of `rows.bin` with those of the fixture bit for bit and the contributions
within 1e-5, and adds a line to `fixtures/loaded_by.txt`: the library's version, the
number of files, and the FNV-1a hash of all their bytes in the order of their names.
"""

import pathlib
import struct
import sys

import numpy as np
import xgboost as xgb

COLUMNS = 10
NAMES = [f"feature_{i}" for i in range(COLUMNS)]


def rows(n, seed):
    random = np.random.RandomState(seed)
    x = random.randn(n, COLUMNS).astype(np.float32)
    x[:, 3] = np.round(x[:, 3] * 2)  # ties
    x[:, 4] = (x[:, 4] > 0.5).astype(np.float32)  # a flag
    x[:, 5] *= np.float32(1e7)  # dollars
    x[:, 6] *= np.float32(1e-5)
    x[random.rand(n, COLUMNS) < 0.12] = np.nan
    x[:, 7] = np.where(random.rand(n) < 0.6, np.nan, x[:, 7])  # mostly missing
    return x


def signal(x):
    z = np.nan_to_num(x)
    return z[:, 0] + z[:, 1] * z[:, 4] - 0.8 * (z[:, 3] > 1) + np.isnan(x[:, 7]) * 0.7 + z[:, 5] / 1e7


CASES = {
    # name: (parameters, rounds, write feature names)
    "logistic": (
        dict(objective="binary:logistic", max_depth=4, eta=0.3, base_score=0.5, tree_method="hist"),
        10,
        True,
    ),
    "imbalanced": (
        dict(
            objective="binary:logistic", max_depth=5, eta=0.1, base_score=0.03, tree_method="exact",
            scale_pos_weight=9, gamma=1.0, subsample=0.8, colsample_bytree=0.7, seed=7,
        ),
        12,
        True,
    ),
    "squared": (
        dict(objective="reg:squarederror", max_depth=4, eta=0.3, tree_method="hist"),
        8,
        False,
    ),
    # deeper than the tables go
    "deep": (
        dict(
            objective="binary:logistic", max_depth=12, eta=0.3, base_score=0.2, tree_method="hist",
            min_child_weight=0.0, reg_lambda=0.1,
        ),
        3,
        False,
    ),
    "forest": (
        dict(
            objective="binary:logistic", max_depth=3, eta=0.5, base_score=0.4, tree_method="hist",
            num_parallel_tree=3, subsample=0.6, seed=3,
        ),
        4,
        True,
    ),
    "stump": (dict(objective="binary:logistic", max_depth=1, base_score=0.1, gamma=1e9), 2, True),
}


def write(folder):
    version = ".".join(xgb.__version__.split(".")[:2])
    test = rows(200, 2)
    (folder / "rows.bin").write_bytes(struct.pack("<II", *test.shape) + test.tobytes())
    train = rows(800, 1)
    noise = np.random.RandomState(3).randn(len(train))
    score = signal(train) + 0.6 * noise
    for name, (parameters, rounds, named) in CASES.items():
        label = score if parameters["objective"].startswith("reg") else (score > 1.6).astype(float)
        names = dict(feature_names=NAMES, feature_types=["float"] * COLUMNS) if named else {}
        # single-threaded sums, so that a fixture can be made again bit for bit
        parameters = dict(parameters, nthread=1)
        booster = xgb.train(parameters, xgb.DMatrix(train, label, **names), rounds)
        booster.set_attr(best_iteration=str(rounds - 1))
        if name == "imbalanced":
            booster = booster[: rounds - 3]
        matrix = xgb.DMatrix(test, **names)
        margins = booster.predict(matrix, output_margin=True).astype("<f4")
        contributions = booster.predict(matrix, pred_contribs=True).astype("<f4")
        stem = folder / f"{name}-{version}"
        for suffix, form in [(".json", "json"), (".ubj", "ubj")]:
            stem.with_name(stem.name + suffix).write_bytes(bytes(booster.save_raw(form)))
        stem.with_name(stem.name + ".expected").write_bytes(
            struct.pack("<II", *contributions.shape) + margins.tobytes() + contributions.tobytes()
        )


def write_unsupported(folder):
    train = rows(200, 1)[:, :4]
    score = signal(rows(200, 1))
    binary = dict(objective="binary:logistic", max_depth=2, nthread=1)
    codes = np.abs(np.nan_to_num(train)).astype(int) % 4
    kinds = {
        "dart": (dict(binary, booster="dart"), train, score > 1, {}),
        "gblinear": (dict(objective="reg:squarederror", booster="gblinear", nthread=1), train, score, {}),
        "multiclass": (
            dict(objective="multi:softprob", num_class=3, max_depth=2, nthread=1),
            train, np.digitize(score, [0, 1]), {},
        ),
        "multitarget": (
            dict(objective="reg:squarederror", multi_strategy="multi_output_tree", tree_method="hist", nthread=1),
            train, np.stack([score, -score], axis=1), {},
        ),
        "categorical": (
            dict(binary, max_cat_to_onehot=1), codes, codes[:, 0] % 2,
            dict(feature_types=["c"] * 4, enable_categorical=True),
        ),
        "poisson": (dict(objective="count:poisson", max_depth=2, nthread=1), train, np.abs(score), {}),
    }
    folder.mkdir(exist_ok=True)
    for name, (parameters, x, label, options) in kinds.items():
        booster = xgb.train(parameters, xgb.DMatrix(x, label, **options), 2)
        (folder / f"{name}.json").write_bytes(bytes(booster.save_raw("json")))


def check(fixtures, folder):
    matrix_bytes = (fixtures / "rows.bin").read_bytes()
    n, columns = struct.unpack("<II", matrix_bytes[:8])
    test = np.frombuffer(matrix_bytes[8:], "<f4").reshape(n, columns)
    written = sorted(folder.glob("*.written.*"), key=lambda path: path.name)
    assert written, f"nothing written in {folder}"
    fingerprint = 0xCBF29CE484222325
    for path in written:
        booster = xgb.Booster(model_file=str(path))
        names = dict(feature_names=booster.feature_names, feature_types=booster.feature_types)
        matrix = xgb.DMatrix(test, **names)
        got = booster.predict(matrix, output_margin=True)
        stem = path.name.split(".written")[0]
        expected = np.frombuffer((fixtures / f"{stem}.expected").read_bytes()[8:], "<f4")
        want, contributions = expected[:n], expected[n:].reshape(n, columns + 1)
        assert np.array_equal(got, want), f"{path.name}: {np.abs(got - want).max()}"
        difference = np.abs(booster.predict(matrix, pred_contribs=True) - contributions).max()
        assert difference < 1e-5, f"{path.name}: contributions differ by {difference}"
        for byte in path.read_bytes():
            fingerprint = (fingerprint ^ byte) * 0x100000001B3 % 2**64
    record = fixtures / "loaded_by.txt"
    lines = {line for line in record.read_text().splitlines()} if record.exists() else set()
    lines = {line for line in lines if line.split()[1] != xgb.__version__}
    lines.add(f"xgboost {xgb.__version__} loads {len(written)} files {fingerprint:016x}")
    record.write_text("\n".join(sorted(lines)) + "\n")
    print(f"xgboost {xgb.__version__} loads and agrees on {len(written)} files")


if __name__ == "__main__":
    if sys.argv[1] == "--check":
        check(pathlib.Path(__file__).parent.parent / "fixtures", pathlib.Path(sys.argv[2]))
    elif sys.argv[1] == "--unsupported":
        write_unsupported(pathlib.Path(sys.argv[2]))
    else:
        write(pathlib.Path(sys.argv[1]))
