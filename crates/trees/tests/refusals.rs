//! What is not a model, or not one that is served here, is refused with words that
//! name the place and the remedy.

use std::path::Path;

use leadrank_trees::{Error, Model};

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name);
    std::fs::read_to_string(path).unwrap()
}

fn refusal(bytes: &[u8]) -> String {
    Model::from_bytes(bytes).unwrap_err().to_string()
}

#[test]
fn sound_models_of_other_kinds_are_named() {
    for (name, part) in [
        ("dart", "the booster `dart`"),
        ("gblinear", "the booster `gblinear`"),
        ("multiclass", "several classes (num_class = 3)"),
        ("multitarget", "several targets (num_target = 2)"),
        ("categorical", "categorical splits"),
        ("poisson", "the objective `count:poisson`"),
    ] {
        let error =
            Model::from_json(fixture(&format!("unsupported/{name}.json")).as_bytes()).unwrap_err();
        assert!(
            matches!(error, Error::Unsupported { .. }),
            "{name}: {error}"
        );
        assert!(error.to_string().contains(part), "{name}: {error}");
    }
}

#[test]
fn old_formats_are_named() {
    assert!(refusal(b"binf\0\0").contains("ending in .json or .ubj"));
    assert!(refusal(b"CONFIG-offset:\0").contains("ending in .json or .ubj"));
}

#[test]
fn text_that_is_no_document_tells_the_byte() {
    assert_eq!(
        refusal(b"{\"learner\": nope}"),
        "model JSON is malformed at byte 12: a value should stand here; save the model again"
    );
    assert!(refusal(b"").contains("at byte 0: the document ends too early"));
    assert!(refusal(b"{L\0\0").contains("UBJ is malformed"));
    let deep = "[".repeat(100_000);
    assert!(refusal(deep.as_bytes()).contains("too deeply nested"));
    let deep = [b"{i\x01a".as_slice(), &b"[".repeat(100_000)].concat();
    assert!(refusal(&deep).contains("too deeply nested"));
}

#[test]
fn counts_beyond_the_bytes_allocate_nothing() {
    let huge = b"{i\x01a[$d#L\x7f\xff\xff\xff\xff\xff\xff\xff";
    assert!(refusal(huge).contains("goes beyond the document"));
    let huge = b"{i\x01a[#L\x00\x00\x7f\xff\xff\xff\xff\xff";
    assert!(refusal(huge).contains("goes beyond the document"));
    // null takes no bytes, so any number of it would fit
    let nothing = b"{i\x01a[$Z#L\x00\x00\x00\x00\x00\x00\x00\x00}";
    assert!(refusal(nothing).contains("an array of type `Z` is not read"));
}

/// The three-leaf tree of the fixture below with one text replaced.
fn with(from: &str, to: &str) -> String {
    let model = concat!(
        r#"{"learner":{"gradient_booster":{"name":"gbtree","model":{"#,
        r#""gbtree_model_param":{"num_trees":"1"},"trees":[{"#,
        r#""left_children":[1,3,-1,-1,-1],"right_children":[2,4,-1,-1,-1],"#,
        r#""parents":[2147483647,0,0,1,1],"split_indices":[0,1,0,0,0],"#,
        r#""split_conditions":[0.5,-1,0.25,-0.5,1],"default_left":[true,false,false,false,false],"#,
        r#""loss_changes":[2,1,0,0,0],"sum_hessian":[8,6,2,3,3],"base_weights":[0,0,0,0,0],"#,
        r#""tree_param":{"num_nodes":"5"}}]}},"#,
        r#""learner_model_param":{"base_score":"5E-1","num_feature":"2"},"#,
        r#""objective":{"name":"binary:logistic"}},"version":[1,7,6]}"#
    );
    assert!(model.contains(from), "{from}");
    model.replacen(from, to, 1)
}

#[test]
fn a_small_model_by_hand() {
    let model = Model::from_bytes(with("", "").as_bytes()).unwrap();
    assert_eq!(
        (model.n_features(), model.n_trees(), model.base_margin()),
        (2, 1, 0.0)
    );
    assert_eq!(model.margin(&[0.0, -2.0]), -0.5);
    // a value equal to the threshold goes right
    assert_eq!(model.margin(&[0.0, -1.0]), 1.0);
    assert_eq!(model.margin(&[0.5, -1.0]), 0.25);
    // missing goes left at the root, right below it
    assert_eq!(model.margin(&[f32::NAN, f32::NAN]), 1.0);
    assert_eq!(model.margin(&[]), 1.0);
    assert_eq!(
        model.margins(&[0.0, -2.0, 0.7, 0.0, 0.1]),
        [-0.5, 0.25, 1.0]
    );
    assert_eq!(model.probability(0.0), 0.5);
    // covers 8 = 6 + 2 and 6 = 3 + 3, so the expectation is 3/4 * 0.25 + 1/4 * 0.25.
    // The values of the game at (0, -2): nothing 0.25, first 0.25, second
    // 3/4 * -0.5 + 1/4 * 0.25 = -0.3125, both -0.5.
    let mut shap = Vec::new();
    model.shap(&[0.0, -2.0], &mut shap);
    let want = [(0.0 - 0.1875) / 2.0, (-0.5625 - 0.75) / 2.0, 0.25];
    for (got, want) in shap.iter().zip(want) {
        assert!((got - want).abs() < 1e-7, "{shap:?}");
    }
}

#[test]
fn inconsistent_models_tell_the_field() {
    for (from, to, part) in [
        (
            "[1,3,-1,-1,-1]",
            "[1,0,-1,-1,-1]",
            "trees[0]` has a node 1 that shares a child or",
        ),
        ("[1,3,-1,-1,-1]", "[1,2,-1,-1,-1]", "trees[0]` has a node"),
        (
            "[1,3,-1,-1,-1]",
            "[1,9,-1,-1,-1]",
            "node 1 that has a child outside the tree",
        ),
        (
            "[1,3,-1,-1,-1]",
            "[1,3,-1,-1]",
            "` has 5 entries where left_children has 4",
        ),
        (
            "[1,3,-1,-1,-1]",
            "[1,3e0,-1,-1,-1]",
            "left_children` is not a list of whole numbers",
        ),
        (
            "[1,3,-1,-1,-1]",
            "[1,3,-1,-1,-9999999999]",
            "holds a number beyond 32 bits",
        ),
        (
            "[2,4,-1,-1,-1]",
            "[2,-1,-1,-1,-1]",
            "node 1 that has a child outside the tree",
        ),
        (
            "[2,4,-1,-1,-1]",
            "[2,4,1,-1,-1]",
            "node 2 that has a right child only",
        ),
        (
            "[0,1,0,0,0]",
            "[0,2,0,0,0]",
            "node 1 that splits on a feature beyond num_feature",
        ),
        ("[0.5,-1,", "[NaN,-1,", "node 0 that splits at no number"),
        (
            "0.25,-0.5,1]",
            "Infinity,-0.5,1]",
            "node 2 that is a leaf without a finite value",
        ),
        ("[8,6,", "[8,-6,", "node 1 that has no valid sum_hessian"),
        (
            "[true,",
            "[2,",
            "default_left` holds something else than 0 or 1",
        ),
        (
            "\"5E-1\"",
            "\"1\"",
            "base_score` is 1, not a probability between 0 and 1",
        ),
        (
            "\"5E-1\"",
            "\"[1E-1,2E-1]\"",
            "base_score` is `[1E-1,2E-1]`, not one number",
        ),
        (
            "\"num_feature\":\"2\"",
            "\"num_feature\":\"-2\"",
            "num_feature` is -2, not within",
        ),
        (
            "\"num_trees\":\"1\"",
            "\"num_trees\":\"2\"",
            "num_trees` does not count the 1 trees",
        ),
        (
            "\"learner\"",
            "\"teacher\"",
            "model field `learner` is missing",
        ),
        ("[1,7,6]", "[1,7]", "version` is not three numbers"),
        ("[1,7,6]", "[4,0,0]", "the format of version 4"),
    ] {
        let got = refusal(with(from, to).as_bytes());
        assert!(got.contains(part), "{to}: {got}");
    }
}

#[test]
fn feature_names_must_count_the_features() {
    let mut model = Model::from_bytes(with("", "").as_bytes()).unwrap();
    let names = |list: &[&str]| list.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let error = model
        .set_features(names(&["a"]), vec![])
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("feature_names` has 1 entries for 2 features"),
        "{error}"
    );
    model
        .set_features(
            names(&["a \"quoted\"\n", "Größe"]),
            names(&["float", "int"]),
        )
        .unwrap();
    for bytes in [model.to_json(), model.to_ubj()] {
        let again = Model::from_bytes(&bytes).unwrap();
        assert_eq!(again, model);
        assert_eq!(again.feature_names()[1], "Größe");
    }
}

#[test]
fn a_tree_deeper_than_the_limit_is_refused() {
    let deep = |splits: i32| {
        let nodes = 2 * splits + 1;
        let list = |item: &dyn Fn(i32) -> i32| {
            (0..nodes)
                .map(|id| item(id).to_string())
                .collect::<Vec<_>>()
                .join(",")
        };
        // even nodes split, but for the last; their right child goes on
        let child = |id: i32, offset: i32| {
            if id % 2 == 0 && id + 1 < nodes {
                id + offset
            } else {
                -1
            }
        };
        with("[1,3,-1,-1,-1]", &format!("[{}]", list(&|id| child(id, 1))))
            .replace("[2,4,-1,-1,-1]", &format!("[{}]", list(&|id| child(id, 2))))
            .replace(
                "[2147483647,0,0,1,1]",
                &format!("[{}]", list(&|id| (id - 1) / 2 * 2)),
            )
            .replace("[0,1,0,0,0]", &format!("[{}]", list(&|_| 1)))
            .replace("[0.5,-1,0.25,-0.5,1]", &format!("[{}]", list(&|_| 1)))
            .replace(
                "[true,false,false,false,false]",
                &format!("[{}]", list(&|_| 0)),
            )
            .replace("[2,1,0,0,0]", &format!("[{}]", list(&|_| 1)))
            .replace("[8,6,2,3,3]", &format!("[{}]", list(&|_| 1)))
            .replace("[0,0,0,0,0]", &format!("[{}]", list(&|_| 0)))
    };
    assert_eq!(
        Model::from_bytes(deep(128).as_bytes()).unwrap().trees()[0].depth(),
        128
    );
    assert!(refusal(deep(129).as_bytes()).contains("lies deeper than 128 splits"));
}
