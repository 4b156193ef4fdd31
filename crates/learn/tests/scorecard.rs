//! The scorecard and plain logistic regression, against scikit-learn and by what must hold.

use std::collections::BTreeMap;

use leadrank_learn::Matrix;
use leadrank_learn::logistic::LinearModel;
use leadrank_learn::scorecard::{Cuts, Reason, Scorecard, ScorecardOptions};
use leadrank_learn::split::{Assignment, DevelopmentRows, SplitConfig, SplitInput, Times, split};
use leadrank_stats::binning::BinRange;
use proptest::prelude::*;
use serde::Deserialize;

/// The first rows as training rows.
fn training_rows(labels: &[bool], train: usize) -> DevelopmentRows {
    let input = SplitInput {
        times: Times::Order((0..labels.len() as i64).map(Some).collect()),
        groups: None,
        labels: labels.iter().copied().map(Some).collect(),
        assignment: Some(
            (0..labels.len())
                .map(|row| {
                    if row < train {
                        Assignment::Train
                    } else {
                        Assignment::Test
                    }
                })
                .collect(),
        ),
    };
    let config = SplitConfig {
        minimum_rows: 1,
        minimum_of_class: 0,
        ..SplitConfig::default()
    };
    split(&input, &config).unwrap().development
}

fn known(labels: &[bool]) -> Vec<Option<bool>> {
    labels.iter().copied().map(Some).collect()
}

/// A matrix from columns.
fn matrix(names: &[&str], columns: &[Vec<f32>]) -> Matrix {
    let rows = columns[0].len();
    let data = (0..rows)
        .flat_map(|row| columns.iter().map(move |column| column[row]))
        .collect();
    Matrix::new(names.iter().map(|&name| name.to_owned()).collect(), data).unwrap()
}

#[derive(Deserialize)]
struct Card {
    cuts: Cuts,
    bins: usize,
    columns: Vec<String>,
    kept: Vec<String>,
    dropped: Vec<String>,
    weights: Vec<f64>,
    margins: Vec<f64>,
}

#[derive(Deserialize)]
struct Fixture {
    names: Vec<String>,
    train: usize,
    columns: Vec<Vec<Option<f32>>>,
    labels: Vec<bool>,
    cards: Vec<Card>,
    plain: Vec<f64>,
}

struct Reference {
    fixture: Fixture,
    matrix: Matrix,
    rows: DevelopmentRows,
    labels: Vec<Option<bool>>,
}

fn reference() -> Reference {
    let path = format!(
        "{}/tests/fixtures/scorecard.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let fixture: Fixture = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let columns: Vec<Vec<f32>> = fixture
        .columns
        .iter()
        .map(|column| column.iter().map(|cell| cell.unwrap_or(f32::NAN)).collect())
        .collect();
    let names: Vec<&str> = fixture.names.iter().map(String::as_str).collect();
    let rows = training_rows(&fixture.labels, fixture.train);
    Reference {
        matrix: matrix(&names, &columns),
        rows,
        labels: known(&fixture.labels),
        fixture,
    }
}

impl Reference {
    fn fit(&self, options: &ScorecardOptions) -> Scorecard {
        Scorecard::fit(&self.matrix, &self.labels, &self.rows, options).unwrap()
    }
}

#[track_caller]
fn all_close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (row, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() < 1e-6, "{row}: {found} {expected}");
    }
}

#[test]
fn cards_equal_scikit_learn() {
    let reference = reference();
    for card in &reference.fixture.cards {
        let options = ScorecardOptions {
            cuts: card.cuts,
            bins: card.bins,
            ..ScorecardOptions::default()
        };
        let columns: Vec<&str> = card.columns.iter().map(String::as_str).collect();
        let matrix = reference.matrix.select_columns(&columns).unwrap();
        let found = Scorecard::fit(&matrix, &reference.labels, &reference.rows, &options).unwrap();
        let kept: Vec<&str> = found.columns().iter().map(|c| c.name.as_str()).collect();
        assert_eq!(kept, card.kept);
        let dropped: Vec<&str> = found.left_out().iter().map(|c| c.column.as_str()).collect();
        assert_eq!(dropped, card.dropped);
        let weights: Vec<f64> = found.columns().iter().map(|column| column.weight).collect();
        all_close(&weights, &card.weights);
        all_close(&found.margins(&reference.matrix).unwrap(), &card.margins);
    }
}

#[test]
fn plain_regression_equals_scikit_learn() {
    let reference = reference();
    let found =
        LinearModel::fit(&reference.matrix, &reference.labels, &reference.rows, 1.0).unwrap();
    all_close(
        &found.margins(&reference.matrix).unwrap(),
        &reference.fixture.plain,
    );
    let text = serde_json::to_string(&found).unwrap();
    let read: LinearModel = serde_json::from_str(&text).unwrap();
    all_close(
        &read.margins(&reference.matrix).unwrap(),
        &reference.fixture.plain,
    );
    let few = reference.matrix.select_columns(&["a"]).unwrap();
    assert!(found.margins(&few).unwrap_err().to_string().contains("`b`"));
}

#[test]
fn a_wrong_sign_is_dropped_with_a_record() {
    let reference = reference();
    let card = reference.fit(&ScorecardOptions {
        always_keep: vec!["noise".to_owned(), "f".to_owned()],
        ..ScorecardOptions::default()
    });
    assert!(card.columns().iter().all(|column| column.weight >= 0.0));
    assert!(card.columns().iter().any(|column| column.name == "noise"));
    let left_out = card.left_out().iter().find(|c| c.column == "f").unwrap();
    assert!(left_out.iv > 0.02);
    assert!(matches!(left_out.reason, Reason::NegativeWeight { weight } if weight < 0.0));
    let plain = reference.fit(&ScorecardOptions::default());
    let noise = plain
        .left_out()
        .iter()
        .find(|c| c.column == "noise")
        .unwrap();
    assert!(noise.iv < 0.02 && noise.reason == Reason::LowInformationValue);
}

#[test]
fn contributions_and_points_add_up() {
    let reference = reference();
    let card = reference.fit(&ScorecardOptions::default());
    let margins = card.margins(&reference.matrix).unwrap();
    let parts = card.contributions(&reference.matrix).unwrap();
    let width = parts.columns.len();
    for (margin, parts_of_row) in margins.iter().zip(parts.values.chunks(width)) {
        let sum = parts_of_row
            .iter()
            .fold(parts.intercept, |sum, part| sum + part);
        assert_eq!(sum, *margin);
    }
    // The printed card, added up by hand, is off by half a point a line at most.
    let rows = card.rows();
    for (row, margin) in margins.iter().enumerate() {
        let mut points = card.base_points();
        for column in card.columns() {
            let value = f64::from(reference.matrix.column(&column.name).unwrap()[row]);
            let mut of_column = rows.iter().filter(|line| line.column == column.name);
            let woe = column.binning.woe(value);
            points += woe.map_or(0, |woe| {
                of_column.find(|line| line.woe == woe).unwrap().points
            });
        }
        let exact = card.scale().points(*margin);
        let slack = 0.5 * (width + 1) as f64 + 1e-9;
        assert!((points as f64 - exact).abs() <= slack, "{points} {exact}");
    }
    // The training odds are worth 600 points, twice as much 20 more.
    let scale = card.scale();
    let odds = scale.base_odds.ln();
    assert!((scale.points(odds) - 600.0).abs() < 1e-9);
    assert!((scale.points(odds + 2_f64.ln()) - 620.0).abs() < 1e-9);
    let positives = reference.fixture.labels[..1200]
        .iter()
        .filter(|&&l| l)
        .count() as f64;
    assert_eq!(scale.base_odds, positives / (1200.0 - positives));
}

#[test]
fn scores_follow_each_column_one_way() {
    let reference = reference();
    let card = reference.fit(&ScorecardOptions::default());
    assert!(card.columns().len() >= 5);
    for column in card.columns() {
        let values: Vec<f64> = (-200..=200)
            .map(|step| column.contribution(f64::from(step) / 10.0))
            .collect();
        let rising = values.windows(2).all(|pair| pair[0] <= pair[1]);
        let falling = values.windows(2).all(|pair| pair[0] >= pair[1]);
        assert!(rising || falling, "{}", column.name);
        assert!(values[0] != values[400]);
        let one_hot = column.name == "flag";
        assert!(!one_hot || column.binning.bins.len() == 2);
    }
}

#[test]
fn other_rows_leave_no_trace() {
    let reference = reference();
    let options = ScorecardOptions::default();
    let card = reference.fit(&options);
    // The test rows' labels turned round, and their values blown up.
    let mut labels = reference.labels.clone();
    labels[1200..]
        .iter_mut()
        .flatten()
        .for_each(|label| *label = !*label);
    let mut data = reference.matrix.data().to_vec();
    let width = reference.matrix.n_columns();
    data[1200 * width..]
        .iter_mut()
        .for_each(|value| *value *= 1e3);
    let matrix = Matrix::new(reference.matrix.names().to_vec(), data).unwrap();
    let other = Scorecard::fit(&matrix, &labels, &reference.rows, &options).unwrap();
    assert_eq!(other, card);
    let plain = |matrix: &Matrix, labels: &[Option<bool>]| {
        LinearModel::fit(matrix, labels, &reference.rows, 1.0).unwrap()
    };
    assert_eq!(
        plain(&matrix, &labels),
        plain(&reference.matrix, &reference.labels)
    );
}

#[test]
fn a_stored_card_is_the_same_and_a_later_one_is_refused() {
    let reference = reference();
    let card = reference.fit(&ScorecardOptions::default());
    let text = serde_json::to_string(&card).unwrap();
    let read: Scorecard = serde_json::from_str(&text).unwrap();
    let margins = read.margins(&reference.matrix).unwrap();
    for (read, fitted) in margins.iter().zip(card.margins(&reference.matrix).unwrap()) {
        assert!((read - fitted).abs() < 1e-12);
    }
    let later = text.replacen("\"version\":1", "\"version\":2", 1);
    let error = serde_json::from_str::<Scorecard>(&later)
        .unwrap_err()
        .to_string();
    assert!(error.contains("version 2"), "{error}");
}

/// Two columns: a flag, and a number with nulls.
fn small() -> (Matrix, Vec<Option<bool>>, DevelopmentRows) {
    let flag: Vec<f32> = (0..400).map(|row| f32::from(row % 3 == 0)).collect();
    let number: Vec<f32> = (0..400_u16)
        .map(|row| {
            if row % 10 == 0 {
                f32::NAN
            } else {
                f32::from(row % 7)
            }
        })
        .collect();
    let labels: Vec<bool> = (0..400)
        .map(|row: u32| row * 7919 % 13 < 2 + 3 * u32::from(row.is_multiple_of(3)) + row % 7 / 2)
        .collect();
    let rows = training_rows(&labels, 360);
    (
        matrix(&["AUM flag", "tenure"], &[flag, number]),
        known(&labels),
        rows,
    )
}

/// The value of a column's case for a cell, read from the SQL.
fn evaluate(line: &str, cell: Option<f64>) -> f64 {
    let number = |text: &str| text.trim().parse::<f64>().unwrap();
    let (cases, rest) = line
        .strip_suffix(" END")
        .unwrap()
        .split_once(" ELSE ")
        .unwrap();
    for case in cases.split(" WHEN ").skip(1) {
        let (condition, value) = case.split_once(" THEN ").unwrap();
        let holds = match (condition.split_once(" <= "), cell) {
            (None, cell) => condition.ends_with(" IS NULL") && cell.is_none(),
            (Some((_, edge)), Some(cell)) => cell <= number(edge),
            (Some(_), None) => false,
        };
        if holds {
            return number(value);
        }
    }
    number(rest)
}

#[test]
fn sql_says_the_same() {
    let reference = reference();
    let card = reference.fit(&ScorecardOptions::default());
    let sql = card.to_sql("t", &["id"], &BTreeMap::new());
    let (body, _) = sql.split_once("\n    AS `scorecard_margin`").unwrap();
    let lines: Vec<&str> = body
        .lines()
        .filter_map(|l| l.trim().strip_prefix("+ "))
        .collect();
    assert_eq!(lines.len(), card.columns().len());
    let margins = card.margins(&reference.matrix).unwrap();
    for (row, margin) in margins.iter().enumerate() {
        let mut sum = card.intercept();
        for (line, column) in lines.iter().zip(card.columns()) {
            assert!(line.starts_with(&format!("CASE WHEN `{}` IS NULL", column.name)));
            let value = reference.matrix.column(&column.name).unwrap()[row];
            sum += evaluate(line, (!value.is_nan()).then_some(f64::from(value)));
        }
        assert_eq!(sum, *margin);
    }
}

#[test]
fn sql_by_eye() {
    let (matrix, labels, rows) = small();
    let options = ScorecardOptions {
        bins: 2,
        ..ScorecardOptions::default()
    };
    let card = Scorecard::fit(&matrix, &labels, &rows, &options).unwrap();
    let expressions = BTreeMap::from([("AUM flag".to_owned(), "IF(AUM > 0, 1, 0)".to_owned())]);
    let sql = card.to_sql("`ds.leads`", &["Id"], &expressions);
    // Digits are for machines: each number is shown as its first.
    let mut shown = String::new();
    let mut in_number = false;
    for letter in sql.chars() {
        let digit = letter.is_ascii_digit() || letter == '.' && in_number;
        if digit && !in_number {
            shown.push('#');
        } else if !digit {
            shown.push(letter);
        }
        in_number = digit;
    }
    let expected = "\
WITH scorecard_margins AS (
SELECT
  `Id`,
  -#
    + CASE WHEN (IF(AUM > #, #, #)) IS NULL THEN # WHEN (IF(AUM > #, #, #)) <= # THEN -# ELSE # END
    + CASE WHEN `tenure` IS NULL THEN # WHEN `tenure` <= # THEN -# ELSE # END
    AS `scorecard_margin`
FROM `ds.leads`
)
SELECT
  `Id`,
  `scorecard_margin`,
  # + # * (`scorecard_margin` - (-#)) AS `scorecard_points`,
  # / (# + EXP(-`scorecard_margin`)) AS `scorecard_probability`
FROM scorecard_margins
";
    assert_eq!(shown, expected);
}

#[test]
fn the_card_as_text() {
    let (matrix, labels, rows) = small();
    let options = ScorecardOptions {
        bins: 2,
        ..ScorecardOptions::default()
    };
    let card = Scorecard::fit(&matrix, &labels, &rows, &options).unwrap();
    let text = card.to_text();
    println!("{text}");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 1 + 2 + 3 + 1);
    assert!(lines[1].starts_with("AUM flag  up to 0.5"), "{text}");
    assert!(lines[3].starts_with("tenure    up to "), "{text}");
    assert!(lines[5].starts_with("          missing"), "{text}");
    let total: u64 = card.rows().iter().map(|row| row.n).sum();
    assert_eq!(total, 2 * 360);
}

#[test]
fn a_card_of_nothing_gives_the_base_rate() {
    let (matrix, labels, rows) = small();
    let options = ScorecardOptions {
        minimum_iv: 99.0,
        ..ScorecardOptions::default()
    };
    let card = Scorecard::fit(&matrix, &labels, &rows, &options).unwrap();
    assert!(card.columns().is_empty() && card.left_out().len() == 2);
    assert_eq!(card.base_points(), 600);
    let margins = card.margins(&matrix).unwrap();
    assert!((margins[0] - card.scale().base_odds.ln()).abs() < 1e-12);
    assert!(
        card.to_sql("t", &[], &BTreeMap::new())
            .contains("SELECT\n  -")
    );
}

#[test]
fn refuses_what_cannot_be_fitted() {
    let (matrix, labels, rows) = small();
    let usual = ScorecardOptions::default();
    let refused = |options: &ScorecardOptions, labels: &[Option<bool>]| {
        Scorecard::fit(&matrix, labels, &rows, options)
            .unwrap_err()
            .to_string()
    };
    let options = ScorecardOptions {
        always_keep: vec!["AMU".to_owned()],
        ..usual
    };
    assert!(refused(&options, &labels).contains("no column named `AMU`"));
    let options = ScorecardOptions {
        points_to_double: 0.0,
        ..usual.clone()
    };
    assert!(refused(&options, &labels).contains("`points_to_double` is 0"));
    let options = ScorecardOptions {
        penalty: -1.0,
        ..usual.clone()
    };
    assert!(refused(&options, &labels).contains("the penalty is -1"));
    let options = ScorecardOptions {
        minimum_share: 2.0,
        ..usual.clone()
    };
    assert!(refused(&options, &labels).contains("column `tenure`"));
    assert!(refused(&usual, &[Some(true); 400]).contains("0 negatives"));
    assert!(refused(&usual, &labels[..10]).contains("has no label"));
    let card = Scorecard::fit(&matrix, &labels, &rows, &usual).unwrap();
    let few = matrix.select_columns(&["tenure"]).unwrap();
    assert!(
        card.margins(&few)
            .unwrap_err()
            .to_string()
            .contains("`AUM flag`")
    );
    assert!(LinearModel::fit(&matrix, &labels, &rows, -1.0).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 40, ..Default::default() })]

    /// Whatever a cell holds, the score is a number, and the same from SQL.
    #[test]
    fn every_cell_has_a_score(
        cells in prop::collection::vec(
            (any::<bool>(), prop_oneof![
                Just(f32::NAN), -5.0..5.0_f32, Just(0.0), Just(f32::MAX), Just(-f32::MAX),
                Just(f32::MIN_POSITIVE), (-3_i8..3).prop_map(f32::from),
            ]), 60..200),
        others in prop::collection::vec(any::<f32>(), 60),
        cuts in prop_oneof![Just(Cuts::Monotone), Just(Cuts::Quantile)],
    ) {
        let labels: Vec<bool> = cells.iter().map(|cell| cell.0).collect();
        let train = cells.len() - 20;
        let positives = labels[..train].iter().filter(|&&label| label).count();
        prop_assume!(positives > 0 && positives < train);
        let column: Vec<f32> = cells.iter().map(|cell| cell.1).collect();
        let shifted = column.iter().rev().copied().collect();
        let fitted_on = matrix(&["x", "y"], &[column, shifted]);
        let rows = training_rows(&labels, train);
        let options = ScorecardOptions { cuts, minimum_iv: 0.0, ..ScorecardOptions::default() };
        let card = Scorecard::fit(&fitted_on, &known(&labels), &rows, &options).unwrap();
        let others: Vec<f32> = others.iter().map(|v| if v.is_infinite() { 0.0 } else { *v }).collect();
        let wild = matrix(&["x", "y"], &[others.clone(), others]);
        let plain = LinearModel::fit(&fitted_on, &known(&labels), &rows, 1.0).unwrap();
        for matrix in [&fitted_on, &wild] {
            prop_assert!(card.margins(matrix).unwrap().iter().all(|margin| margin.is_finite()));
            prop_assert!(plain.margins(matrix).unwrap().iter().all(|margin| !margin.is_nan()));
        }
        for column in card.columns() {
            prop_assert!(column.weight >= 0.0);
            let woe: Vec<f64> = column.binning.bins.iter()
                .filter(|bin| bin.range != BinRange::Null).map(|bin| bin.woe).collect();
            let one_way = woe.windows(2).all(|p| p[0] < p[1]) || woe.windows(2).all(|p| p[0] > p[1]);
            prop_assert!(cuts == Cuts::Quantile || one_way || woe.len() < 3);
        }
    }
}
