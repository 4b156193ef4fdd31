//! Any table's backtest: encoder and model fitted anew at each past day.

use chrono::{NaiveDate, TimeDelta};
use leadrank_learn::split::{Assignment, Rows as _, SplitConfig, SplitInput, Times};

use super::measure;
use super::{Every, Material, Period, Scores, periods};
use crate::error::{Error, Result};
use crate::progress::{Progress, Sink};
use crate::table::{Read, Request};

/// Share of the rows before the first period, where rows have an order and no dates.
const HISTORY: f64 = 0.4;

/// How a table is cut into periods.
#[derive(Debug, Clone)]
pub struct OfTable {
    /// Length of a period, where rows have dates.
    pub every: Every,
    /// First day, or number, of the first period.
    pub from: Option<String>,
    /// Last day, or number, of the last period.
    pub to: Option<String>,
    /// Periods of equal size, where rows have an order and no dates.
    pub periods: u32,
}

/// A stretch of days or numbers: the first one, and the first one after it.
struct Span {
    name: String,
    from: i64,
    until: i64,
    words: (String, String),
}

/// Tests a table, period by period.
///
/// # Errors
/// When no period can be tested, or the table can't be used.
pub fn on_table(request: &Request, of: &OfTable, progress: &Sink<'_>) -> Result<Material> {
    progress(Progress::Stage("reading the table".into()));
    let table = Read::of(request)?;
    let ids = table.ids(request)?;
    let places: Vec<Option<i64>> = match &table.times {
        Times::Days(days) => days.iter().map(|day| day.map(i64::from)).collect(),
        Times::Order(order) => order.clone(),
    };
    let spans = match &table.times {
        Times::Days(_) => by_days(&places, request, of)?,
        Times::Order(_) => by_order(&places, &table.labels, of)?,
    };
    let config = SplitConfig {
        label_horizon_days: request.horizon_days,
        ..SplitConfig::default()
    };
    let mut material = Material::default();
    let count = spans.len();
    for (number, span) in spans.iter().enumerate() {
        progress(Progress::Step {
            what: format!("testing {}", span.name),
            done: number as u64,
            total: count as u64,
        });
        let assign = |place: &Option<i64>| match place {
            Some(at) if *at < span.from => Assignment::Train,
            Some(at) if *at < span.until => Assignment::Test,
            _ => Assignment::LeftOut,
        };
        let input = SplitInput {
            assignment: Some(places.iter().map(assign).collect()),
            ..table.input()
        };
        let made = match table.train(request, &input, &config, &|_| {}) {
            Ok(made) => made,
            // Too few rows at one past day say nothing against the others.
            Err(error @ Error::Learn(_)) => {
                material.skipped.push(format!("{}: {error}", span.name));
                continue;
            }
            Err(error) => return Err(error),
        };
        let (trained, split) = (&made.trained, &made.split);
        let (model, matrix) = (&trained.fitted.model, &trained.matrix);
        let test = split.test.indices();
        let mut scores = Scores::default();
        for &row in test {
            let Some(label) = table.labels[row] else {
                continue;
            };
            let margin = f64::from(model.margin(matrix.row(row)));
            scores.ids.push(ids[row].clone().unwrap_or_default());
            scores.labels.push(label);
            scores.margins.push(margin);
            scores
                .probabilities
                .push(trained.fitted.probability(row, margin));
        }
        let learnt = split.development.indices();
        if number + 1 == count {
            material.gaps = measure::gaps(model, matrix, &table.labels, learnt, test);
        }
        let positives = learnt
            .iter()
            .filter(|&&row| table.labels[row] == Some(true))
            .count();
        let report = &trained.report;
        let part = |name: &str| report.metrics.get(name).cloned().unwrap_or_default();
        let period = Period {
            name: span.name.clone(),
            from: span.words.0.clone(),
            to: span.words.1.clone(),
            learnt_from: (learnt.len() as u64, positives as u64),
            train: part("train"),
            metrics: part("test"),
            comparison: report.comparison.clone(),
            importance: report.explanation.sources.clone(),
            per_100_dials: None,
            met_before: 0,
        };
        material.periods.push((period, scores));
    }
    Ok(material)
}

fn by_days(places: &[Option<i64>], request: &Request, of: &OfTable) -> Result<Vec<Span>> {
    let date = |days: i64| NaiveDate::default() + TimeDelta::days(days);
    let known = || places.iter().flatten().copied();
    let (Some(first), Some(last)) = (known().min(), known().max()) else {
        return Err(Error::Data("no row has a date".into()));
    };
    let parsed = |name: &str, text: &Option<String>| -> Result<Option<NaiveDate>> {
        let read = text.as_deref().map(|text| {
            text.parse::<NaiveDate>().map_err(|_| {
                Error::Data(format!(
                    "--{name} `{text}` is no date; write it as 2025-03-01"
                ))
            })
        });
        read.transpose()
    };
    let bounds = (parsed("from", &of.from)?, parsed("to", &of.to)?);
    let horizon = i64::from(request.horizon_days);
    // A row of the table has its outcome already: what is there has matured.
    let last = date(last) + TimeDelta::days(horizon);
    let spans = periods(of.every, (date(first), last), bounds, horizon)?;
    let days = |day: NaiveDate| (day - NaiveDate::default()).num_days();
    Ok(spans
        .into_iter()
        .map(|span| Span {
            from: days(span.from),
            until: days(span.until),
            words: (
                span.from.to_string(),
                (span.until - TimeDelta::days(1)).to_string(),
            ),
            name: span.name,
        })
        .collect())
}

/// Periods with about the same number of labelled rows, from the given number or after the
/// first two fifths of the rows.
fn by_order(places: &[Option<i64>], labels: &[Option<bool>], of: &OfTable) -> Result<Vec<Span>> {
    let number = |name: &str, text: &Option<String>| -> Result<Option<i64>> {
        let read = text.as_deref().map(|text| {
            text.parse::<i64>().map_err(|_| {
                Error::Data(format!(
                    "--{name} `{text}` is no whole number, but the rows are ordered by one"
                ))
            })
        });
        read.transpose()
    };
    let (from, to) = (number("from", &of.from)?, number("to", &of.to)?);
    let labelled = places
        .iter()
        .zip(labels)
        .filter(|(_, label)| label.is_some());
    let mut known: Vec<i64> = labelled.filter_map(|(place, _)| *place).collect();
    known.sort_unstable();
    let begin = match from {
        Some(from) => known.partition_point(|&place| place < from),
        None => (HISTORY * known.len() as f64) as usize,
    };
    let end = to.map_or(known.len(), |to| {
        known.partition_point(|&place| place <= to)
    });
    let wanted = of.periods.max(1) as usize;
    if begin >= end || (end - begin) < wanted {
        return Err(Error::Data(format!(
            "there are {} labelled rows to test from there on, too few for {wanted} periods; begin earlier or ask for fewer",
            end.saturating_sub(begin)
        )));
    }
    let cut = |part: usize| begin + (end - begin) * part / wanted;
    let mut spans = Vec::new();
    for part in 0..wanted {
        let from = known[cut(part)];
        let until = match part + 1 == wanted {
            true => known[end - 1].saturating_add(1),
            false => known[cut(part + 1)],
        };
        // Many rows with one number leave a period empty.
        if from < until {
            spans.push(Span {
                name: format!("period {}", spans.len() + 1),
                from,
                until,
                words: (from.to_string(), (until - 1).to_string()),
            });
        }
    }
    Ok(spans)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn sizes(places: &[Option<i64>], spans: &[Span]) -> BTreeMap<String, usize> {
        let count = |span: &Span| {
            let inside =
                |place: &&Option<i64>| place.is_some_and(|at| span.from <= at && at < span.until);
            places.iter().filter(inside).count()
        };
        spans
            .iter()
            .map(|span| (span.name.clone(), count(span)))
            .collect()
    }

    #[test]
    fn numbered_rows_are_cut_into_equal_periods() {
        let places: Vec<Option<i64>> = (0..1_000).map(Some).collect();
        let labels = vec![Some(true); 1_000];
        let of = OfTable {
            every: Every::Quarter,
            from: None,
            to: None,
            periods: 4,
        };
        let spans = by_order(&places, &labels, &of).unwrap();
        let counts: Vec<usize> = sizes(&places, &spans).into_values().collect();
        assert_eq!(counts, [150; 4]);
        assert_eq!((spans[0].from, spans[3].until), (400, 1_000));
        let late = OfTable {
            from: Some("999".into()),
            ..of.clone()
        };
        assert!(by_order(&places, &labels, &late).is_err());
        let wrong = OfTable {
            from: Some("x".into()),
            ..of
        };
        let error = by_order(&places, &labels, &wrong).err().unwrap();
        assert!(error.to_string().contains("no whole number"));
    }
}
