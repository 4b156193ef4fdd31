use super::*;
use crate::made_up::{MadeUp, made_up};
use crate::split::Rows as _;

fn selected(rows: &MadeUp, options: &SelectionOptions) -> Result<Selection> {
    let library = Library::open(None).expect("run `make setup` first: it brings libxgboost");
    let candidates = Candidates {
        matrix: &rows.matrix,
        labels: &rows.input.labels,
        sources: None,
    };
    let recipe = Recipe {
        eta: 0.1,
        ..Recipe::leads()
    };
    select(library, &candidates, &rows.split.refit, &recipe, options, 1)
}

fn dropped(selection: &Selection, screen: Screen) -> Vec<&str> {
    let by = selection
        .dropped
        .iter()
        .filter(|drop| drop.screen == screen);
    by.map(|drop| drop.feature.as_str()).collect()
}

#[test]
fn each_screen_drops_what_it_is_for() {
    let rows = made_up(6_000, 700, 5);
    let options = SelectionOptions {
        top: 3,
        small: 2,
        minimum_iv: 0.03,
        ..SelectionOptions::default()
    };
    let found = selected(&rows, &options).unwrap();
    let uninformative = dropped(&found, Screen::Information);
    assert!(uninformative.contains(&"noise_1") && uninformative.contains(&"empty"));
    // Of the two that say the same the more informative one stays.
    let inflated = dropped(&found, Screen::Inflation);
    assert_eq!(inflated.len(), 1);
    assert!(
        inflated == ["strong"] || inflated == ["echo"],
        "{inflated:?}"
    );
    assert_eq!(found.small.len(), 2);
    assert!(found.small.contains(&"weak".to_owned()));
    assert!(
        found
            .small
            .iter()
            .all(|feature| found.large.contains(feature))
    );
    // Every feature is either in the set or has a reason.
    for standing in &found.features {
        let reasons = found
            .dropped
            .iter()
            .filter(|drop| drop.feature == standing.feature);
        assert_eq!(
            reasons.count(),
            usize::from(!standing.large),
            "{}",
            standing.feature
        );
    }
}

#[test]
fn what_is_to_be_kept_passes_every_screen() {
    let rows = made_up(3_000, 700, 6);
    let options = SelectionOptions {
        top: 2,
        small: 2,
        minimum_iv: 0.05,
        keep: vec!["noise_2".into(), "echo".into(), "empty".into()],
        ..SelectionOptions::default()
    };
    let found = selected(&rows, &options).unwrap();
    assert_eq!(found.large, ["echo", "empty", "noise_2"]);
    assert_eq!(found.small, found.large);
    let unknown = SelectionOptions {
        keep: vec!["nois_2".into()],
        ..SelectionOptions::default()
    };
    let text = selected(&rows, &unknown).unwrap_err().to_string();
    assert!(text.contains("`nois_2`, which selection.keep"), "{text}");
}

#[test]
fn labels_after_the_rows_change_nothing() {
    let rows = made_up(3_000, 700, 7);
    let mut other = made_up(3_000, 700, 7);
    for &row in rows
        .split
        .test
        .indices()
        .iter()
        .chain(rows.split.calibration.indices())
    {
        other.input.labels[row] = other.input.labels[row].map(|label| !label);
    }
    let options = SelectionOptions::default();
    assert_eq!(
        selected(&rows, &options).unwrap(),
        selected(&other, &options).unwrap()
    );
}

#[test]
fn levels_of_one_source_go_or_stay_together() {
    let rows = made_up(3_000, 700, 8);
    // Two flags that are levels of one text column, made from a strong column.
    let strong = rows.matrix.column("strong").unwrap();
    let noise = rows.matrix.column("noise_1").unwrap();
    let mut data = Vec::new();
    for (strong, noise) in strong.iter().zip(&noise) {
        let flag = |is: bool| f32::from(u8::from(is));
        data.extend([flag(*strong > 0.5), flag(*strong < -0.5), *noise]);
    }
    let names = ["size=large", "size=small", "noise"]
        .map(String::from)
        .to_vec();
    let sources = ["size", "size", "noise"].map(String::from);
    let matrix = Matrix::new(names, data).unwrap();
    let candidates = Candidates {
        matrix: &matrix,
        labels: &rows.input.labels,
        sources: Some(&sources),
    };
    let options = SelectionOptions {
        top: 1,
        small: 1,
        ..SelectionOptions::default()
    };
    let library = Library::open(None).unwrap();
    let found = select(
        library,
        &candidates,
        &rows.split.refit,
        &Recipe::leads(),
        &options,
        1,
    )
    .unwrap();
    assert_eq!(found.large, ["size"]);
    let picked = matrix_of(&matrix, Some(&sources), &found.large).unwrap();
    assert_eq!(picked.names(), ["size=large", "size=small"]);
    // Three groups: large, small and neither.
    assert!(found.features[0].iv > 0.3);
    let expected =
        2.0 * (1.0 / found.positives as f64 + 1.0 / (found.rows - found.positives) as f64);
    assert!((found.features[0].iv_chance - expected).abs() < 1e-12);
}

#[test]
fn the_briefs_reference_drops_by_f_score_and_forest() {
    let rows = made_up(3_000, 700, 9);
    let options = SelectionOptions {
        method: Method::Reference,
        top: 4,
        small: 2,
        ..SelectionOptions::default()
    };
    let found = selected(&rows, &options).unwrap();
    assert_eq!(found.large.len(), 4);
    assert!(found.large.contains(&"strong".to_owned()) && found.large.contains(&"weak".to_owned()));
    assert_eq!(dropped(&found, Screen::Forest).len(), 5);
    let as_written = SelectionOptions {
        method: Method::Reference,
        ..SelectionOptions::default()
    };
    let found = selected(&rows, &as_written).unwrap();
    assert_eq!(found.large.len(), 9);
    assert!(
        found.notes[0].contains("had nothing to do"),
        "{:?}",
        found.notes
    );
}
