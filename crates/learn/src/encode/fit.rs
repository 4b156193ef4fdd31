//! Fitting an encoder: which columns become features, and how.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::levels::Levels;
use super::{Column, DroppedColumn, EncodedColumn, Encoder, Rule, clock, dates, values};
use crate::split::{Times, TrainingRows};
use crate::{LearnError, Result};

/// Version of the stored form.
const VERSION: u32 = 1;

/// How text and dates are encoded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EncoderOptions {
    /// A level is frequent from this share of the training rows on ...
    pub minimum_level_share: f64,
    /// ... or from this many training rows on, whichever is fewer.
    pub minimum_level_rows: usize,
    /// Most levels of one column; the most frequent stay.
    pub maximum_levels: usize,
    /// A text column is an identity, and dropped, when more than this share of
    /// its texts are different and there are more than `minimum_level_rows`.
    pub identity_share: f64,
    /// Whether dates also become a count of days; see the module text on dates.
    pub absolute_time: bool,
    /// Columns of numbers that are kept though they follow the clock.
    pub keep: Vec<String>,
}

impl Default for EncoderOptions {
    fn default() -> Self {
        Self {
            minimum_level_share: 0.01,
            minimum_level_rows: 20,
            maximum_levels: 50,
            identity_share: 0.5,
            absolute_time: false,
            keep: Vec::new(),
        }
    }
}

impl Encoder {
    /// Fits the rules on the training rows of `columns`, which happened at `times`.
    ///
    /// # Errors
    /// Columns of different lengths, or none that can be a feature.
    pub fn fit(
        columns: &[(String, Column)],
        times: &Times,
        training: &impl TrainingRows,
        options: &EncoderOptions,
    ) -> Result<Self> {
        let rows = training.indices();
        let in_time = clock::in_time(times, rows);
        let length = columns.first().map_or(0, |(_, column)| column.len());
        let mut encoded: Vec<EncodedColumn> = Vec::new();
        let mut dropped = Vec::new();
        let mut names = BTreeSet::new();
        for (source, column) in columns {
            if column.len() != length || rows.iter().any(|&row| row >= length) {
                let what = format!("column `{source}`");
                return Err(LearnError::shape(what, length, column.len()));
            }
            let may_follow = options.keep.contains(source);
            match rules(column, rows, options).and_then(|rules| match column {
                Column::Number(numbers) if !may_follow && clock::follows(numbers, &in_time) => {
                    Err(clock::REASON.to_owned())
                }
                _ => Ok(rules),
            }) {
                Err(reason) => dropped.push(DroppedColumn {
                    column: source.clone(),
                    reason,
                }),
                Ok(rules) => {
                    for (label, rule) in rules {
                        let name = unique(&feature_name(source, &label, &rule), &mut names);
                        encoded.push(EncodedColumn {
                            name,
                            source: source.clone(),
                            rule,
                        });
                    }
                }
            }
        }
        if encoded.is_empty() {
            let reasons: Vec<String> = dropped
                .iter()
                .map(|drop| format!("`{}` {}", drop.column, drop.reason))
                .collect();
            return Err(LearnError::encode(
                format!("no column can be a feature: {}", reasons.join("; ")),
                "add a column that says something about the rows",
            ));
        }
        Ok(Self {
            version: VERSION,
            columns: encoded,
            dropped,
        })
    }
}

/// Labels and rules of one column, or the reason why it is dropped.
fn rules(
    column: &Column,
    rows: &[usize],
    options: &EncoderOptions,
) -> std::result::Result<Vec<(String, Rule)>, String> {
    let rules = match column {
        Column::Number(numbers) => {
            if is_row_number(numbers, rows) {
                return Err("counts the rows, so it can only be memorised".to_owned());
            }
            vec![(String::new(), Rule::Number)]
        }
        Column::Bool(_) => vec![(String::new(), Rule::Bool)],
        Column::Date(days) => {
            let seen = || rows.iter().filter_map(|&row| days[row]);
            let (Some(first), Some(last)) = (seen().min(), seen().max()) else {
                return Err("is null in every training row".to_owned());
            };
            dates::rules(first, last, options.absolute_time)
                .into_iter()
                .map(|(label, rule)| (label.to_owned(), rule))
                .collect()
        }
        Column::Text(texts) => {
            let levels = Levels::count(texts, rows);
            let (distinct, present) = levels.distinct_and_present();
            let share = distinct as f64 / present.max(1) as f64;
            if distinct > options.minimum_level_rows && share > options.identity_share {
                return Err(format!(
                    "has {distinct} different texts in {present} rows: it names rows, so it can only be memorised"
                ));
            }
            levels.rules(options)
        }
    };
    let varying: Vec<(String, Rule)> = rules
        .into_iter()
        .filter(|(_, rule)| varies(rule, column, rows))
        .collect();
    if varying.is_empty() {
        return Err("has the same value in every training row".to_owned());
    }
    Ok(varying)
}

/// Whether an encoded column has more than one value, missing being one.
fn varies(rule: &Rule, column: &Column, rows: &[usize]) -> bool {
    let probe = EncodedColumn {
        name: String::new(),
        source: String::new(),
        rule: rule.clone(),
    };
    let Ok(values) = values(&probe, column) else {
        return false;
    };
    let mut seen = rows.iter().map(|&row| values[row].to_bits());
    seen.next()
        .is_some_and(|first| seen.any(|bits| bits != first))
}

/// Different whole numbers without gaps worth a word, or ever rising or falling:
/// a row number, an id or an order of arrival.
fn is_row_number(numbers: &[f64], rows: &[usize]) -> bool {
    let seen: Vec<f64> = rows.iter().map(|&row| numbers[row]).collect();
    if seen.len() < 30 || seen.iter().any(|n| n.fract() != 0.0 || !n.is_finite()) {
        return false;
    }
    let rising = seen.windows(2).all(|pair| pair[0] < pair[1]);
    let falling = seen.windows(2).all(|pair| pair[0] > pair[1]);
    let mut sorted = seen;
    sorted.sort_by(f64::total_cmp);
    let distinct = sorted.windows(2).all(|pair| pair[0] < pair[1]);
    let span = sorted[sorted.len() - 1] - sorted[0] + 1.0;
    distinct && (rising || falling || span <= 2.0 * sorted.len() as f64)
}

/// `source`, `source=level` or `source.part`, without the characters that
/// XGBoost's own readers refuse in names.
fn feature_name(source: &str, label: &str, rule: &Rule) -> String {
    let name = match rule {
        Rule::Number | Rule::Bool => source.to_owned(),
        Rule::Level(_) | Rule::Other(_) | Rule::Null => format!("{source}={label}"),
        Rule::Weekday | Rule::DayOfMonth | Rule::Month | Rule::Days => format!("{source}.{label}"),
    };
    name.replace(['[', ']', '<', '\0'], "_")
}

/// The name, with a number behind it if it is taken.
fn unique(name: &str, taken: &mut BTreeSet<String>) -> String {
    let free = std::iter::once(name.to_owned())
        .chain((2..).map(|number| format!("{name}_{number}")))
        .find(|candidate| !taken.contains(candidate))
        .unwrap_or_else(|| name.to_owned());
    taken.insert(free.clone());
    free
}
