"""Makes the fixtures of the ONNX tests with XGBoost and onnxruntime.

    python make_onnx.py models              # XGBoost trains, the rows are drawn
    LEADRANK_TREES_WRITE=yes cargo test -p leadrank-trees --test onnx -- --ignored
                                            # the crate writes its ONNX files
    python make_onnx.py predict             # onnxruntime answers, XGBoost agrees
    python make_onnx.py check               # another onnxruntime gives the same answers

All files are in ../fixtures/onnx: `<case>.ubj` (the model), `<case>.onnx` (what the
crate wrote), `<case>.expected` (onnxruntime's margins, then its probabilities, f32),
`rows.bin` (u32 rows, u32 columns, then the values as f32, NaN = missing); all little
endian. `check` needs onnxruntime and numpy only.
"""

import pathlib
import struct
import sys

import numpy as np

FOLDER = pathlib.Path(__file__).parent.parent / "fixtures" / "onnx"
COLUMNS = 10
CASES = [f"depth-{depth}" for depth in range(1, 7)] + ["leaf"]


def rows(n, seed):
    random = np.random.RandomState(seed)
    x = random.randn(n, COLUMNS).astype(np.float32)
    x[:, 3] = np.round(x[:, 3] * 2)  # ties with thresholds
    x[:, 5] *= np.float32(1e7)
    x[random.rand(n, COLUMNS) < 0.15] = np.nan
    return x


def read_rows():
    content = (FOLDER / "rows.bin").read_bytes()
    n, columns = struct.unpack("<II", content[:8])
    return np.frombuffer(content[8:], "<f4").reshape(n, columns)


def models():
    import xgboost as xgb

    FOLDER.mkdir(exist_ok=True)
    train = rows(2000, 1)
    z = np.nan_to_num(train)
    score = z[:, 0] + z[:, 1] * z[:, 4] - z[:, 3] / 2 + np.isnan(train[:, 7]) + z[:, 5] / 1e7
    label = (score + np.random.RandomState(3).randn(len(train)) > 1).astype(float)
    names = dict(feature_names=[f"feature_{i}" for i in range(COLUMNS)], feature_types=["float"] * COLUMNS)
    for number, case in enumerate(CASES):
        parameters = dict(objective="binary:logistic", eta=0.3, nthread=1, base_score=0.1 + number / 20)
        if case == "leaf":
            parameters.update(max_depth=1, gamma=1e9)
        else:
            # `exact` prunes, so its files have deleted nodes
            parameters.update(max_depth=number + 1, gamma=1.0, tree_method="exact" if number % 2 else "hist")
        # odd cases go without names of the features
        matrix = xgb.DMatrix(train, label, **({} if number % 2 else names))
        booster = xgb.train(parameters, matrix, 5)
        (FOLDER / f"{case}.ubj").write_bytes(bytes(booster.save_raw("ubj")))
    test = rows(1000, 2)
    (FOLDER / "rows.bin").write_bytes(struct.pack("<II", *test.shape) + test.tobytes())


def run(case):
    import onnxruntime

    session = onnxruntime.InferenceSession(str(FOLDER / f"{case}.onnx"), providers=["CPUExecutionProvider"])
    (taken,) = session.get_inputs()
    assert (taken.name, taken.shape) == ("input", ["N", COLUMNS]), taken
    margins, probabilities = session.run(["margin", "probability"], {"input": read_rows()})
    assert margins.shape == probabilities.shape == (1000, 1)
    return session, margins.ravel(), probabilities.ravel()


def predict():
    import onnx
    import xgboost as xgb

    for case in CASES:
        onnx.checker.check_model(str(FOLDER / f"{case}.onnx"), full_check=True)
        session, margins, probabilities = run(case)
        booster = xgb.Booster(model_file=str(FOLDER / f"{case}.ubj"))
        matrix = xgb.DMatrix(read_rows(), feature_names=booster.feature_names, feature_types=booster.feature_types)
        difference = np.abs(booster.predict(matrix, output_margin=True) - margins).max()
        assert difference < 1e-5, (case, difference)
        (FOLDER / f"{case}.expected").write_bytes(
            margins.astype("<f4").tobytes() + probabilities.astype("<f4").tobytes()
        )
        print(case, "differs from XGBoost by", difference, session.get_modelmeta().custom_metadata_map)


def check():
    import onnxruntime

    for case in CASES:
        _, margins, probabilities = run(case)
        want = np.frombuffer((FOLDER / f"{case}.expected").read_bytes(), "<f4")
        difference = np.abs(np.concatenate([margins, probabilities]) - want).max()
        assert difference < 1e-5, (case, difference)
    print(f"onnxruntime {onnxruntime.__version__} agrees on {len(CASES)} files")


if __name__ == "__main__":
    {"models": models, "predict": predict, "check": check}[sys.argv[1]]()
