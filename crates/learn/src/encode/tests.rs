use super::*;
use crate::split::{Rows, Split, SplitConfig, SplitInput, Times, split};

fn times() -> Times {
    Times::Order((0..1_000).map(Some).collect())
}

/// 1,000 ordered rows; the first 550 are the fit part.
fn thousand() -> Split {
    let input = SplitInput {
        times: times(),
        groups: None,
        labels: (0..1_000).map(|row| Some(row % 4 == 0)).collect(),
        assignment: None,
    };
    split(&input, &SplitConfig::default()).unwrap()
}

fn text(of: impl Fn(usize) -> Option<&'static str>) -> Column {
    Column::Text((0..1_000).map(|row| of(row).map(str::to_owned)).collect())
}

fn fit(columns: &[(&str, Column)]) -> Result<(Encoder, Matrix)> {
    let columns: Vec<(String, Column)> = columns
        .iter()
        .map(|(name, column)| ((*name).to_owned(), column.clone()))
        .collect();
    let encoder = Encoder::fit(
        &columns,
        &times(),
        &thousand().fit,
        &EncoderOptions::default(),
    )?;
    let matrix = encoder.transform(&columns)?;
    Ok((encoder, matrix))
}

#[test]
fn a_number_that_follows_the_clock_is_dropped_unless_it_is_to_be_kept() {
    let monthly = Column::Number((0..1_000).map(|row| f64::from(row / 50)).collect());
    let own = Column::Number((0..1_000).map(|row| f64::from(row * 7 % 10)).collect());
    let columns = [("rate".to_owned(), monthly), ("own".to_owned(), own)];
    let options = EncoderOptions::default();
    let encoder = Encoder::fit(&columns, &times(), &thousand().fit, &options).unwrap();
    assert_eq!(encoder.dropped()[0].column, "rate");
    assert!(encoder.dropped()[0].reason.starts_with("follows the clock"));
    let kept = EncoderOptions {
        keep: vec!["rate".into()],
        ..options
    };
    let encoder = Encoder::fit(&columns, &times(), &thousand().fit, &kept).unwrap();
    assert!(encoder.dropped().is_empty());
}

#[test]
fn levels_are_those_of_the_training_rows() {
    // 550 training rows, so 6 make a level. `web` 275, `ad` 265, `rare` 5 and 5
    // nulls; `late` occurs only afterwards.
    let column = text(|row| match row {
        550.. => Some("late"),
        540..545 => Some("rare"),
        545..550 => None,
        _ if row % 2 == 0 => Some("web"),
        _ => Some("ad"),
    });
    let (encoder, matrix) = fit(&[("origin", column)]).unwrap();
    assert_eq!(
        matrix.names(),
        &["origin=ad", "origin=web", "origin=(other)", "origin=(null)"]
    );
    assert_eq!(matrix.row(0), &[0.0, 1.0, 0.0, 0.0]);
    assert_eq!(matrix.row(1), &[1.0, 0.0, 0.0, 0.0]);
    assert_eq!(matrix.row(540), &[0.0, 0.0, 1.0, 0.0]);
    assert_eq!(matrix.row(545), &[0.0, 0.0, 0.0, 1.0]);
    assert_eq!(matrix.row(999), &[0.0, 0.0, 1.0, 0.0]);
    assert_eq!(encoder.sources(), vec!["origin"; 4]);
}

#[test]
fn of_two_levels_one_column_is_enough() {
    let column = text(|row| Some(if row % 5 == 0 { "Yes" } else { "No" }));
    let (_, matrix) = fit(&[("call", column)]).unwrap();
    assert_eq!(matrix.names(), &["call=Yes"]);
    assert_eq!((matrix.row(0)[0], matrix.row(1)[0]), (1.0, 0.0));
}

#[test]
fn at_most_fifty_levels_stay() {
    let names: Vec<&'static str> = (0..55)
        .map(|level| &*Box::leak(format!("level {level:02}").into_boxed_str()))
        .collect();
    let (encoder, _) = fit(&[("many", text(|row| Some(names[row % 55])))]).unwrap();
    assert_eq!(encoder.columns().len(), 51);
    assert_eq!(encoder.columns()[0].name, "many=level 00");
    assert_eq!(encoder.columns()[50].name, "many=(other)");
}

#[test]
fn what_can_only_be_memorised_is_dropped_with_a_word() {
    let keep = Column::Number((0..1_000).map(|row| f64::from(row % 7)).collect());
    let names = Column::Text((0..1_000).map(|row| Some(format!("name {row}"))).collect());
    let order = Column::Number((0..1_000).map(f64::from).collect());
    let shuffled = Column::Number((0..1_000).map(|row| f64::from(row * 7 % 1_000)).collect());
    let constant = text(|_| Some("same"));
    // varies, but only after the training rows
    let later = Column::Bool((0..1_000).map(|row| Some(row > 900)).collect());
    let (encoder, matrix) = fit(&[
        ("keep", keep),
        ("names", names),
        ("order", order),
        ("shuffled", shuffled),
        ("constant", constant),
        ("later", later),
    ])
    .unwrap();
    assert_eq!(matrix.names(), &["keep"]);
    let reasons: Vec<(&str, bool)> = encoder
        .dropped()
        .iter()
        .map(|drop| (drop.column.as_str(), drop.reason.contains("memorised")))
        .collect();
    // a shuffled 0..1000 seen in 550 rows spans less than twice as many numbers
    let expected = [
        ("names", true),
        ("order", true),
        ("shuffled", true),
        ("constant", false),
        ("later", false),
    ];
    assert_eq!(reasons, expected);
}

#[test]
fn dates_give_parts_that_come_round_again() {
    // one row a day: 550 training days are no two years, so no month
    let short = Column::Date((0..1_000).map(Some).collect());
    let (_, matrix) = fit(&[("day", short)]).unwrap();
    assert_eq!(matrix.names(), &["day.weekday", "day.day_of_month"]);
    // 1970-01-01 was a Thursday
    assert_eq!(matrix.row(0), &[4.0, 1.0]);
    assert_eq!(matrix.row(31), &[7.0, 1.0]);
    let long = Column::Date((0..1_000).map(|row| Some(row * 2 - 1)).collect());
    let (_, matrix) = fit(&[("day", long)]).unwrap();
    assert_eq!(
        matrix.names(),
        &["day.weekday", "day.day_of_month", "day.month"]
    );
    assert_eq!(matrix.row(0), &[3.0, 31.0, 12.0]);
}

#[test]
fn numbers_too_large_for_f32_stay_finite_and_infinities_are_missing() {
    let mut numbers: Vec<f64> = (0..1_000).map(|row| f64::from(row % 3)).collect();
    numbers[0] = 1e300;
    numbers[1] = f64::NEG_INFINITY;
    let (_, matrix) = fit(&[("money", Column::Number(numbers))]).unwrap();
    assert_eq!(matrix.row(0), &[f32::MAX]);
    assert!(matrix.row(1)[0].is_nan());
}

#[test]
fn a_stored_encoder_does_the_same_and_finds_columns_by_name() {
    let level = text(|row| Some(["a", "b", "c"][row % 3]));
    let number = Column::Number((0..1_000).map(|row| f64::from(row % 9)).collect());
    let (encoder, matrix) = fit(&[("t", level.clone()), ("n", number.clone())]).unwrap();
    let stored = serde_json::to_string(&encoder).unwrap();
    let read: Encoder = serde_json::from_str(&stored).unwrap();
    let swapped = [("n".to_owned(), number.clone()), ("t".to_owned(), level)];
    assert_eq!(read.transform(&swapped).unwrap(), matrix);

    let text = read.transform(&swapped[..1]).unwrap_err().to_string();
    assert!(
        text.contains("no column named `t`, which the model was trained with"),
        "{text}"
    );
    let wrong = [("n".to_owned(), number.clone()), ("t".to_owned(), number)];
    let text = read.transform(&wrong).unwrap_err().to_string();
    assert!(text.contains("column `t` holds numbers now"), "{text}");
}

#[test]
fn names_stay_readable_for_xgboost_and_different() {
    let number = |k: i32| Column::Number((0..1_000).map(|row| f64::from(row % k)).collect());
    let (_, matrix) = fit(&[("a<b", number(2)), ("a[b", number(3)), ("a_b", number(4))]).unwrap();
    assert_eq!(matrix.names(), &["a_b", "a_b_2", "a_b_3"]);
}

#[test]
fn without_a_feature_the_reasons_are_told() {
    let text = fit(&[("k", text(|_| None))]).unwrap_err().to_string();
    assert!(
        text.contains("no column can be a feature: `k` has the same value"),
        "{text}"
    );
    assert_eq!(thousand().fit.indices().len(), 550);
}
