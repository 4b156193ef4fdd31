//! Whether every part and fold holds the same mix of strata.

use leadrank_evidence::{Cell, Section, Table};

use serde::{Deserialize, Serialize};

use leadrank_learn::split::{Folds, Rows as _, Split};

use super::Context;
use crate::checks::classes::{AUM_TIERS, aum_tier};
use crate::words;

/// Rows of one stratum in one part or fold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// The part or fold: `train`, `fold 2, judged on`.
    pub place: String,
    /// Rows.
    pub rows: u64,
    /// Positive ones.
    pub positives: u64,
}

/// A stratum, such as an AUM tier, counted in every part and fold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stratum {
    /// Its name.
    pub name: String,
    /// One for each part or fold, in the same order for all strata.
    pub counts: Vec<Counted>,
}

/// Counts leads by AUM tier (domain.md, "Class distribution and statistics") in each part of
/// the split and on both sides of each fold. `millions` has the firm's assets of each row.
pub fn by_aum(
    millions: &[f32],
    labels: &[Option<bool>],
    split: &Split,
    folds: Option<&Folds>,
) -> Vec<Stratum> {
    let mut places: Vec<(String, &[usize])> = vec![
        ("train".into(), split.fit.indices()),
        ("stop".into(), split.stop.indices()),
        ("calibration".into(), split.calibration.indices()),
        ("test".into(), split.test.indices()),
    ];
    for (number, fold) in (1..).zip(folds.into_iter().flat_map(|folds| &folds.folds)) {
        places.push((format!("fold {number}, fitted on"), fold.past.indices()));
        places.push((format!("fold {number}, judged on"), fold.judge.indices()));
    }
    let tiers = AUM_TIERS.iter().enumerate();
    tiers
        .map(|(tier, name)| Stratum {
            name: (*name).into(),
            counts: places
                .iter()
                .map(|(place, rows)| {
                    let own = rows
                        .iter()
                        .filter(|&&row| aum_tier(millions[row].into()) == tier);
                    let own: Vec<usize> = own.copied().collect();
                    let positives = own.iter().filter(|&&row| labels[row] == Some(true));
                    Counted {
                        place: place.clone(),
                        rows: own.len() as u64,
                        positives: positives.count() as u64,
                    }
                })
                .collect(),
        })
        .collect()
}

/// The mix and the rates; none without strata.
pub(super) fn section(context: &Context<'_>) -> Option<Section> {
    let strata = context.strata.filter(|strata| !strata.is_empty())?;
    let places: Vec<&str> = strata[0]
        .counts
        .iter()
        .map(|counted| counted.place.as_str())
        .collect();
    let total = |place: &str| -> u64 {
        let counts = strata.iter().flat_map(|stratum| &stratum.counts);
        let here = counts.filter(|counted| counted.place == place);
        here.map(|counted| counted.rows).sum()
    };
    let at = |stratum: &Stratum, place: &str| {
        let mut counts = stratum.counts.iter();
        counts
            .find(|counted| counted.place == place)
            .map_or((0, 0), |counted| (counted.rows, counted.positives))
    };
    let columns: Vec<String> = std::iter::once(context.strata_of.to_owned())
        .chain(places.iter().map(|place| format!("#{place}")))
        .collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut mix = Table::new(format!("Share of the {}", context.rows), &columns);
    let mut rates = Table::new(
        format!("Share of {} (95 % interval, n)", context.events),
        &columns,
    );
    let mut widest: Option<(f64, &str)> = None;
    for stratum in strata {
        let mut of_rows = vec![Cell::from(stratum.name.as_str())];
        let mut of_events = of_rows.clone();
        let mut shares = Vec::new();
        for place in &places {
            let (rows, positives) = at(stratum, place);
            of_rows.push(Cell::share(rows, total(place)));
            of_events.push(Cell::rate(positives, rows));
            shares.push(rows as f64 / total(place).max(1) as f64);
        }
        let least = shares.iter().copied().fold(f64::INFINITY, f64::min);
        let most = shares.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if widest.is_none_or(|(width, _)| most - least > width) {
            widest = Some((most - least, &stratum.name));
        }
        mix.row(of_rows);
        rates.row(of_events);
    }
    let mut section = Section::new(format!("The mix by {}", context.strata_of));
    if let Some((width, name)) = widest.filter(|(width, _)| width.is_finite()) {
        section = section.say(format!(
            "Blocks follow the calendar, so that the mix is what each period brought. It moves \
             most for {name}: by {} between the part that has least of it and the one that has most.",
            words::percent(width)
        ));
    }
    Some(section.table(mix).table(rates))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stratum(name: &str, train: (u64, u64), test: (u64, u64)) -> Stratum {
        let counted = |place: &str, (rows, positives)| Counted {
            place: place.into(),
            rows,
            positives,
        };
        Stratum {
            name: name.into(),
            counts: vec![counted("train", train), counted("test", test)],
        }
    }

    #[test]
    fn shares_are_of_the_part_and_the_widest_is_named() {
        let strata = [
            stratum("below 100 M", (60, 3), (20, 1)),
            stratum("above", (40, 4), (60, 2)),
        ];
        let mut context = Context::of_leads("a model", &[]);
        assert_eq!(section(&context), None);
        context.strata = Some(&strata);
        let section = section(&context).unwrap();
        assert!(
            section.text[0].contains("below 100 M: by 35 %"),
            "{section:?}"
        );
        assert_eq!(section.tables[0].rows[0][1], Cell::share(60, 100));
        assert_eq!(section.tables[1].rows[1][2], Cell::rate(2, 60));
    }
}
