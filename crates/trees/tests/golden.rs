//! The library's own numbers, for every model file its versions saved.
//! `tests/reference/make_fixtures.py` made the fixtures.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use leadrank_trees::{Model, Objective};

/// Numbers of one fixture: margins, then contributions with the bias last.
struct Expected {
    margins: Vec<f32>,
    contributions: Vec<f32>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn u32_at(bytes: &[u8], at: usize) -> usize {
    let word: [u8; 4] = bytes[at..at + 4].try_into().unwrap();
    u32::from_le_bytes(word) as usize
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes
        .as_chunks::<4>()
        .0
        .iter()
        .map(|&word| f32::from_le_bytes(word))
        .collect()
}

fn rows() -> (Vec<f32>, usize) {
    let bytes = std::fs::read(folder().join("rows.bin")).unwrap();
    let data = floats(&bytes[8..]);
    assert_eq!(data.len(), u32_at(&bytes, 0) * u32_at(&bytes, 4));
    (data, u32_at(&bytes, 4))
}

fn expected(path: &Path) -> Expected {
    let bytes = std::fs::read(path).unwrap();
    let (rows, width) = (u32_at(&bytes, 0), u32_at(&bytes, 4));
    let numbers = floats(&bytes[8..]);
    assert_eq!(numbers.len(), rows * (width + 1));
    let (margins, contributions) = numbers.split_at(rows);
    Expected {
        margins: margins.to_vec(),
        contributions: contributions.to_vec(),
    }
}

/// Every fixture's stem, such as `logistic-3.1`.
fn stems() -> Vec<String> {
    let mut stems: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .filter_map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            name.strip_suffix(".expected").map(str::to_owned)
        })
        .collect();
    stems.sort();
    stems
}

fn read(stem: &str, suffix: &str) -> Model {
    let bytes = std::fs::read(folder().join(format!("{stem}.{suffix}"))).unwrap();
    Model::from_bytes(&bytes).unwrap_or_else(|error| panic!("{stem}.{suffix}: {error}"))
}

#[test]
fn fixtures_cover_every_version_and_kind() {
    let stems = stems();
    for version in ["1.7", "2.1", "3.0", "3.1", "3.2", "3.4"] {
        for name in [
            "logistic",
            "imbalanced",
            "squared",
            "deep",
            "forest",
            "stump",
        ] {
            let stem = format!("{name}-{version}");
            assert!(stems.contains(&stem), "{stem}");
            let [major, minor, _] = read(&stem, "json").version();
            assert_eq!(format!("{major}.{minor}"), version);
        }
    }
}

#[test]
fn margins_equal_the_library_bit_for_bit() {
    let (data, width) = rows();
    for stem in stems() {
        let want = expected(&folder().join(format!("{stem}.expected"))).margins;
        for suffix in ["json", "ubj"] {
            let model = read(&stem, suffix);
            assert_eq!(model.n_features(), width);
            assert_eq!(model.margins(&data), want, "{stem}.{suffix}");
            for (row, want) in data.chunks_exact(width).zip(&want) {
                assert_eq!(model.margin(row), *want, "{stem}.{suffix}");
            }
        }
    }
}

#[test]
fn contributions_equal_the_library_and_sum_to_the_margin() {
    let (data, width) = rows();
    for stem in stems() {
        let want = expected(&folder().join(format!("{stem}.expected")));
        let model = read(&stem, "ubj");
        let got = model.shap_values(&data);
        assert_eq!(got.len(), want.contributions.len());
        for (i, (got, want)) in got.iter().zip(&want.contributions).enumerate() {
            let difference = (got - f64::from(*want)).abs();
            assert!(difference < 1e-5, "{stem} at {i}: {got} and {want}");
        }
        let mut one = Vec::new();
        for ((row, got), margin) in data
            .chunks_exact(width)
            .zip(got.chunks_exact(width + 1))
            .zip(&want.margins)
        {
            let sum: f64 = got.iter().sum();
            assert!(
                (sum - f64::from(*margin)).abs() < 1e-5,
                "{stem}: {sum} and {margin}"
            );
            model.shap(row, &mut one);
            assert_eq!(one, got, "{stem}: one row and many give the same");
        }
    }
}

/// Matrices of rows by fixture.
type Interactions = BTreeMap<String, Vec<Vec<f64>>>;

/// The interaction values that XGBoost and the package `shap` give for the first rows.
fn interactions() -> (Interactions, Interactions) {
    let text = std::fs::read_to_string(folder().join("interactions.json")).unwrap();
    let mut all: BTreeMap<String, Interactions> = serde_json::from_str(&text).unwrap();
    (all.remove("xgboost").unwrap(), all.remove("shap").unwrap())
}

#[test]
fn interactions_equal_the_library() {
    let (data, width) = rows();
    let (expected, _) = interactions();
    assert_eq!(expected.len(), 4);
    for (stem, want) in expected {
        let model = read(&stem, "ubj");
        let (mut got, mut shap) = (Vec::new(), Vec::new());
        for (row, want) in data.chunks_exact(width).zip(&want) {
            model.shap_interactions(row, &mut got);
            assert_eq!(got.len(), want.len());
            for (got, want) in got.iter().zip(want) {
                // The library takes single-precision differences of contributions.
                assert!((got - want).abs() < 5e-5, "{stem}: {got} and {want}");
            }
            model.shap(row, &mut shap);
            for (row, shap) in got.chunks_exact(width + 1).zip(&shap) {
                assert!((row.iter().sum::<f64>() - shap).abs() < 1e-12);
            }
            let sum: f64 = got.iter().sum();
            assert!((sum - f64::from(model.margin(row))).abs() < 1e-5);
        }
    }
}

#[test]
fn interactions_equal_those_of_shap() {
    let (data, width) = rows();
    let (_, expected) = interactions();
    assert_eq!(expected.len(), 2);
    for (stem, want) in expected {
        let model = read(&stem, "ubj");
        let mut got = Vec::new();
        for (row, want) in data.chunks_exact(width).zip(&want) {
            model.shap_interactions(row, &mut got);
            for (got, want) in got.chunks_exact(width + 1).zip(want.chunks_exact(width)) {
                for (got, want) in got.iter().zip(want) {
                    assert!((got - want).abs() < 2e-6, "{stem}: {got} and {want}");
                }
            }
        }
    }
}

#[test]
fn one_pair_over_many_rows_is_its_two_cells_of_the_matrix() {
    let (data, width) = rows();
    let model = read("logistic-3.1", "ubj");
    // The last row ends early: the rest is missing.
    let some = &data[..40 * width - 3];
    let strengths = model.interaction_strengths(some);
    let strongest = strengths.iter().max_by(|a, b| a.1.total_cmp(b.1));
    let (&(a, b), &told) = strongest.unwrap();
    let together = model.pair_interactions(some, b, a);
    assert_eq!(together.len(), 40);
    let mut matrix = Vec::new();
    for (row, &together) in some.chunks(width).zip(&together) {
        model.shap_interactions(row, &mut matrix);
        let cells = matrix[a * (width + 1) + b] + matrix[b * (width + 1) + a];
        assert_eq!(together, cells);
    }
    let strength: f64 = together.iter().map(|value| value.abs()).sum();
    assert!((strength - told).abs() < 1e-12);
    assert!(strength > 0.1, "{strength}");
    for (a, b) in [(1, 1), (1, width), (usize::MAX, 0)] {
        let none = model.pair_interactions(some, a, b);
        assert_eq!(none, [0.0; 40]);
    }
}

#[test]
fn both_encodings_hold_the_same_model() {
    for stem in stems() {
        assert_eq!(read(&stem, "json"), read(&stem, "ubj"), "{stem}");
    }
}

#[test]
fn writing_and_reading_gives_the_same_model() {
    for stem in stems() {
        let model = read(&stem, "json");
        let (json, ubj) = (model.to_json(), model.to_ubj());
        for bytes in [&json, &ubj] {
            let again = Model::from_bytes(bytes).unwrap();
            assert_eq!(again, model, "{stem}");
            assert_eq!(again.to_json(), json, "{stem}");
            assert_eq!(again.to_ubj(), ubj, "{stem}");
        }
    }
}

/// UBJ files of 3.0 come back byte for byte but for the version's last number, so
/// the library takes ours for its own. In JSON it breaks ties between two shortest
/// texts of one number the other way, so there only the lengths are compared.
#[test]
fn writing_gives_the_file_of_the_library_itself() {
    for stem in stems().iter().filter(|stem| stem.ends_with("-3.0")) {
        let model = read(stem, "json");
        let mut library = std::fs::read(folder().join(format!("{stem}.ubj"))).unwrap();
        let patch = library.len() - 2;
        assert_eq!(library[patch], 5);
        library[patch] = 0;
        assert!(model.to_ubj() == library, "{stem}.ubj");
        let library = std::fs::read(folder().join(format!("{stem}.json"))).unwrap();
        assert_eq!(model.to_json().len(), library.len(), "{stem}.json");
    }
}

/// FNV-1a over 64 bits (Fowler, Noll and Vo).
fn fingerprint(files: &[(String, Vec<u8>)]) -> u64 {
    let bytes = files.iter().flat_map(|(_, bytes)| bytes);
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// All fixtures as this crate writes them, in the order of their names.
fn written() -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for stem in stems() {
        let model = read(&stem, "json");
        files.push((format!("{stem}.written.json"), model.to_json()));
        files.push((format!("{stem}.written.ubj"), model.to_ubj()));
    }
    files.sort();
    files
}

/// The record of `make_fixtures.py --check`: every version from 1.7 on loaded these
/// very bytes and gave the same margins and contributions.
#[test]
fn every_version_loads_what_is_written() {
    let files = written();
    let result = format!("loads {} files {:016x}", files.len(), fingerprint(&files));
    let record = std::fs::read_to_string(folder().join("loaded_by.txt")).unwrap();
    for version in ["1.7.", "2.1.", "3.0.", "3.1.", "3.2.", "3.4."] {
        let line = record
            .lines()
            .find(|line| line.starts_with(&format!("xgboost {version}")))
            .unwrap();
        assert!(
            line.ends_with(&result),
            "{line}, now it {result}: run make_fixtures.py --check with every version"
        );
    }
}

#[test]
fn what_a_file_says_beside_the_trees_is_kept() {
    let model = read("imbalanced-3.1", "json");
    assert_eq!(model.objective(), Objective::BinaryLogistic);
    assert_eq!(model.feature_names()[9], "feature_9");
    assert_eq!(model.feature_types()[9], "float");
    assert_eq!(
        read("logistic-3.1", "ubj").attribute("best_iteration"),
        Some("9")
    );
    assert_eq!(model.attribute("best_iteration"), None);
    assert_eq!((model.n_trees(), model.n_rounds()), (9, 9));
    assert!((model.base_margin() - (0.03f64 / 0.97).ln()).abs() < 1e-6);
    let forest = read("forest-2.1", "ubj");
    assert_eq!((forest.n_trees(), forest.n_rounds()), (12, 4));
    assert_eq!(read("forest-1.7", "ubj").n_rounds(), 4);
    assert!(
        read("deep-3.1", "json")
            .trees()
            .iter()
            .any(|tree| tree.depth() > 8)
    );
    assert_eq!(read("stump-3.1", "json").trees()[0].n_nodes(), 1);
}

/// Hand check against the library: writes what `make_fixtures.py --check` loads.
#[test]
#[ignore = "writes files for the library to load: set LEADRANK_TREES_WRITE to a folder"]
fn write_for_the_library() {
    let out = PathBuf::from(std::env::var("LEADRANK_TREES_WRITE").unwrap());
    for (name, bytes) in written() {
        std::fs::write(out.join(name), bytes).unwrap();
    }
}
