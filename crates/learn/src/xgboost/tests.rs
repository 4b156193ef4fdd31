use super::*;

fn library() -> Library {
    Library::open(None).expect("run `make setup` first: it brings libxgboost")
}

/// 600 rows of two columns, some missing; the label leans on the first.
fn table() -> (Vec<String>, Vec<f32>, Vec<bool>) {
    let mut values = Vec::new();
    let mut labels = Vec::new();
    for row in 0_u32..600 {
        let a = (row * 37 % 101) as f32;
        let b = if row % 11 == 0 {
            f32::NAN
        } else {
            (row * 53 % 89) as f32
        };
        values.extend([a, b]);
        labels.push(a + (row * 71 % 97) as f32 > 110.0);
    }
    (vec!["alpha".to_owned(), "beta".to_owned()], values, labels)
}

fn parameters(threads: usize) -> Vec<(String, String)> {
    crate::Recipe {
        subsample: 0.7,
        min_child_weight: 1.0,
        ..crate::Recipe::leads()
    }
    .xgboost_parameters(0.4, threads, &[])
    .unwrap()
}

fn train(threads: usize, rounds: u32) -> (Booster, Data) {
    let (names, values, labels) = table();
    let mut data = Data::new(library(), &names, &values, threads).unwrap();
    data.set_labels(&labels).unwrap();
    let mut booster = Booster::new(library(), &data, &parameters(threads)).unwrap();
    booster.set_features(&names).unwrap();
    for round in 0..rounds {
        booster.update(round, &data).unwrap();
    }
    (booster, data)
}

#[test]
fn the_same_bytes_on_one_and_on_two_threads() {
    let (one, _) = train(1, 12);
    let (two, _) = train(2, 12);
    for format in [ModelFormat::Json, ModelFormat::Ubj] {
        assert_eq!(one.save(format).unwrap(), two.save(format).unwrap());
    }
}

#[test]
fn a_cut_booster_is_the_one_trained_for_fewer_rounds() {
    let (long, data) = train(1, 12);
    let (short, _) = train(1, 5);
    let cut = long.first_rounds(5).unwrap();
    assert_eq!(cut.margins(&data).unwrap(), short.margins(&data).unwrap());
    assert_ne!(cut.margins(&data).unwrap(), long.margins(&data).unwrap());
}

#[test]
fn saved_models_come_back_the_same_in_both_formats() {
    let (booster, data) = train(1, 6);
    let expected = booster.margins(&data).unwrap();
    for format in [ModelFormat::Json, ModelFormat::Ubj] {
        let read = Booster::from_bytes(library(), &booster.save(format).unwrap()).unwrap();
        assert_eq!(read.margins(&data).unwrap(), expected);
    }
}

#[test]
fn names_and_types_are_in_the_file() {
    let (booster, _) = train(1, 2);
    let cut = booster.first_rounds(1).unwrap();
    cut.set_features(&table().0).unwrap();
    for saved in [&booster, &cut] {
        let json = saved.save(ModelFormat::Json).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(
            json["learner"]["feature_names"],
            serde_json::json!(["alpha", "beta"])
        );
        assert_eq!(
            json["learner"]["feature_types"],
            serde_json::json!(["float", "float"])
        );
    }
}

#[test]
fn the_evaluation_is_the_metric_asked_for() {
    let (names, values, labels) = table();
    let (booster, data) = train(1, 8);
    let other = Booster::from_bytes(library(), &booster.save(ModelFormat::Json).unwrap()).unwrap();
    other.set("eval_metric", "logloss").unwrap();
    let margins = booster.margins(&data).unwrap();
    let loss: f64 = margins
        .iter()
        .zip(&labels)
        .map(|(&m, &label)| {
            let signed = if label { -f64::from(m) } else { f64::from(m) };
            signed.exp().ln_1p()
        })
        .sum::<f64>()
        / labels.len() as f64;
    let told = other.evaluate(7, &data).unwrap();
    assert!((told - loss).abs() < 1e-6, "{told} against {loss}");
    assert_eq!(names.len() * data.n_rows(), values.len());
}

#[test]
fn weights_count_like_repeated_rows() {
    let (names, values, labels) = table();
    let plain = |values: &[f32], labels: &[bool], weights: Option<&[f32]>| {
        let mut data = Data::new(library(), &names, values, 1).unwrap();
        data.set_labels(labels).unwrap();
        if let Some(weights) = weights {
            data.set_weights(weights).unwrap();
        }
        let recipe = crate::Recipe {
            subsample: 1.0,
            colsample_bytree: 1.0,
            min_child_weight: 0.0,
            ..crate::Recipe::leads()
        };
        let parameters = recipe.xgboost_parameters(0.4, 1, &[]).unwrap();
        let mut booster = Booster::new(library(), &data, &parameters).unwrap();
        booster.update(0, &data).unwrap();
        booster
    };
    let twice: Vec<f32> = values.iter().chain(&values).copied().collect();
    let twice_labels: Vec<bool> = labels.iter().chain(&labels).copied().collect();
    let repeated = plain(&twice, &twice_labels, None);
    let weighted = plain(&values, &labels, Some(&vec![2.0; labels.len()]));
    let probe = Data::new(library(), &names, &values, 1).unwrap();
    let difference = repeated
        .margins(&probe)
        .unwrap()
        .iter()
        .zip(weighted.margins(&probe).unwrap())
        .map(|(a, b)| (a - b).abs())
        .fold(0.0_f32, f32::max);
    assert!(difference < 1e-5, "{difference}");
}

#[test]
fn the_library_tells_what_it_does_not_like() {
    let (names, values, _) = table();
    let mut data = Data::new(library(), &names, &values, 1).unwrap();
    let text = data.set_labels(&[true]).unwrap_err().to_string();
    assert!(text.contains("label: expected 600, found 1"), "{text}");
    let text = Booster::from_bytes(library(), b"{\"learner\":")
        .err()
        .unwrap()
        .to_string();
    assert!(
        text.contains("xgboost: XGBoosterLoadModelFromBuffer failed"),
        "{text}"
    );
    let odd = Data::new(library(), &names, &values[..3], 1)
        .err()
        .unwrap()
        .to_string();
    assert!(odd.contains("values for xgboost"), "{odd}");
}
