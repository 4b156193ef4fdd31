//! Damaged files never panic, and what still reads is sound to its last use.

use std::path::Path;

use leadrank_trees::{Model, Objective, to_onnx};
use proptest::prelude::*;

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/fixtures")
            .join(name),
    )
    .unwrap()
}

/// Does with a model all that can be done with it.
fn exercise(bytes: &[u8]) {
    let Ok(model) = Model::from_bytes(bytes) else {
        return;
    };
    let row = [0.5, f32::NAN, -1.0, f32::INFINITY, f32::NEG_INFINITY, 1e30];
    let data: Vec<f32> = row
        .iter()
        .copied()
        .cycle()
        .take(20 * model.n_features().min(50))
        .collect();
    let margins = model.margins(&data);
    assert_eq!(
        margins.len(),
        data.len().div_ceil(model.n_features().max(1))
    );
    for (row, many) in data.chunks(model.n_features().max(1)).zip(&margins) {
        let one = model.margin(row);
        assert!(one == *many || one.is_nan() && many.is_nan());
    }
    model.margin(&row);
    model.shap(&row, &mut Vec::new());
    if model.n_features() < 1000 {
        model.shap_values(&data);
    }
    let onnx = to_onnx(&model, Some((1.0, 0.0)));
    assert_eq!(onnx.is_ok(), model.objective() == Objective::BinaryLogistic);
    let written = model.to_ubj();
    assert_eq!(Model::from_ubj(&written).unwrap().to_ubj(), written);
    let written = model.to_json();
    assert_eq!(Model::from_json(&written).unwrap().to_json(), written);
}

#[derive(Debug, Clone)]
enum Damage {
    Replace(usize, u8),
    Flip(usize, u8),
    Remove(usize, usize),
    Repeat(usize, usize),
    Cut(usize),
    /// Writes a digit over a digit, which in JSON mostly stays well-formed.
    Digit(usize, u8),
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = || any::<usize>();
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Damage::Replace(at, byte)),
        (at(), 0..8u8).prop_map(|(at, bit)| Damage::Flip(at, bit)),
        (at(), 1..9usize).prop_map(|(at, n)| Damage::Remove(at, n)),
        (at(), 1..40usize).prop_map(|(at, n)| Damage::Repeat(at, n)),
        at().prop_map(Damage::Cut),
        (at(), b'0'..=b'9').prop_map(|(at, digit)| Damage::Digit(at, digit)),
    ]
}

fn apply(bytes: &mut Vec<u8>, damage: &Damage) {
    let length = bytes.len();
    if length == 0 {
        return;
    }
    match *damage {
        Damage::Replace(at, byte) => bytes[at % length] = byte,
        Damage::Flip(at, bit) => bytes[at % length] ^= 1 << bit,
        Damage::Remove(at, n) => {
            let at = at % length;
            bytes.drain(at..(at + n).min(length));
        }
        Damage::Repeat(at, n) => {
            let at = at % length;
            let copy = bytes[at..(at + n).min(length)].to_vec();
            bytes.splice(at..at, copy);
        }
        Damage::Cut(at) => bytes.truncate(at % length),
        Damage::Digit(at, digit) => {
            let digits: Vec<usize> = (0..length).filter(|&i| bytes[i].is_ascii_digit()).collect();
            if !digits.is_empty() {
                bytes[digits[at % digits.len()]] = digit;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn damaged_json(damages in prop::collection::vec(damage(), 1..4)) {
        let mut bytes = fixture("forest-3.1.json");
        damages.iter().for_each(|damage| apply(&mut bytes, damage));
        exercise(&bytes);
    }

    #[test]
    fn damaged_ubj(damages in prop::collection::vec(damage(), 1..4)) {
        let mut bytes = fixture("forest-3.1.ubj");
        damages.iter().for_each(|damage| apply(&mut bytes, damage));
        exercise(&bytes);
    }

    #[test]
    fn damaged_small_ubj(damages in prop::collection::vec(damage(), 1..3)) {
        let mut bytes = fixture("stump-1.7.ubj");
        damages.iter().for_each(|damage| apply(&mut bytes, damage));
        exercise(&bytes);
    }

    #[test]
    fn any_bytes(start in "\\{[iUIlL\"]", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        exercise(&[start.as_bytes(), &bytes].concat());
    }
}

/// Every prefix and every single byte lost, for the smallest file of each encoding.
#[test]
fn every_cut_of_a_small_file() {
    for name in ["stump-3.1.json", "stump-3.1.ubj"] {
        let bytes = fixture(name);
        assert!(Model::from_bytes(&bytes).is_ok());
        for at in 0..bytes.len() {
            assert!(
                Model::from_bytes(&bytes[..at]).is_err(),
                "{name} cut at {at}"
            );
            let mut lost = bytes.clone();
            lost.remove(at);
            exercise(&lost);
        }
    }
}
