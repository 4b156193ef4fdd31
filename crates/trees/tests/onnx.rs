//! What onnxruntime makes of our ONNX files. `tests/reference/make_onnx.py` made the
//! fixtures: the files there are the crate's own, the numbers are onnxruntime's.

use std::path::{Path, PathBuf};

use leadrank_trees::{Error, Model, to_onnx};

/// Slope and intercept.
type Calibration = Option<(f64, f64)>;

/// Name, depth of the deepest tree, calibration of the written file.
const CASES: [(&str, usize, Calibration); 7] = [
    ("depth-1", 1, None),
    ("depth-2", 2, Some((0.8, -0.35))),
    ("depth-3", 3, Some((1.0, 0.125))),
    ("depth-4", 4, None),
    ("depth-5", 5, Some((1.7, 0.01))),
    ("depth-6", 6, Some((0.9, -1.5))),
    ("leaf", 0, Some((0.5, -2.0))),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/onnx")
}

fn model(case: &str) -> Model {
    let bytes = std::fs::read(folder().join(format!("{case}.ubj"))).unwrap();
    Model::from_bytes(&bytes).unwrap()
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    let words = bytes.as_chunks::<4>().0;
    words.iter().map(|&word| f32::from_le_bytes(word)).collect()
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|part| part == text.as_bytes())
}

#[test]
fn the_writer_still_makes_the_files_that_onnxruntime_ran() {
    for (case, depth, calibration) in CASES {
        let model = model(case);
        let deepest = model.trees().iter().map(|tree| tree.depth()).max();
        assert_eq!(deepest, Some(depth), "{case}");
        let committed = std::fs::read(folder().join(format!("{case}.onnx"))).unwrap();
        let written = to_onnx(&model, calibration).unwrap();
        assert!(written == committed, "{case}: bytes differ");
    }
}

#[test]
fn onnxruntime_gives_our_margins_and_probabilities() {
    let rows = floats(&std::fs::read(folder().join("rows.bin")).unwrap()[8..]);
    assert!(rows.iter().any(|value| value.is_nan()));
    for (case, _, calibration) in CASES {
        let model = model(case);
        let answer = floats(&std::fs::read(folder().join(format!("{case}.expected"))).unwrap());
        let (margins, probabilities) = answer.split_at(answer.len() / 2);
        assert_eq!(margins.len(), 1000);
        let (slope, intercept) = calibration.unwrap_or((1.0, 0.0));
        let ours = model.margins(&rows);
        assert_eq!(ours.len(), margins.len());
        for ((ours, margin), probability) in ours.iter().zip(margins).zip(probabilities) {
            assert!((ours - margin).abs() < 1e-5, "{case}: {ours} and {margin}");
            let wanted = model.probability(slope * f64::from(*ours) + intercept);
            let difference = (wanted - f64::from(*probability)).abs();
            assert!(difference < 1e-6, "{case}: {wanted} and {probability}");
        }
    }
}

#[test]
fn names_of_the_features_go_along() {
    let named = to_onnx(&model("depth-1"), None).unwrap();
    assert!(contains(&named, "feature_names"));
    assert!(contains(&named, r#"["feature_0","feature_1""#));
    let unnamed = to_onnx(&model("depth-2"), None).unwrap();
    assert!(!contains(&unnamed, "feature_names"));
}

#[test]
fn what_has_no_probability_is_refused() {
    let squared = std::fs::read(folder().join("../squared-3.1.json")).unwrap();
    let refused = to_onnx(&Model::from_bytes(&squared).unwrap(), None).unwrap_err();
    assert!(
        refused.to_string().contains("reg:squarederror"),
        "{refused}"
    );
    for (calibration, field) in [
        ((f64::NAN, 0.0), "calibration.slope"),
        ((1.0, 1e300), "calibration.intercept"),
    ] {
        let refused = to_onnx(&model("depth-1"), Some(calibration)).unwrap_err();
        assert!(
            matches!(&refused, Error::Invalid { field: found, .. } if found == field),
            "{refused}"
        );
    }
}

/// Writes the files that `make_onnx.py predict` gives to onnxruntime.
#[test]
#[ignore = "writes fixtures: set LEADRANK_TREES_WRITE to say that you mean it"]
fn write_for_the_runtime() {
    std::env::var("LEADRANK_TREES_WRITE").unwrap();
    for (case, _, calibration) in CASES {
        let bytes = to_onnx(&model(case), calibration).unwrap();
        std::fs::write(folder().join(format!("{case}.onnx")), bytes).unwrap();
    }
}
