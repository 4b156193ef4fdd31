//! Whether every part and fold holds the same mix of strata.

use leadrank_evidence::{Cell, Section, Table};

use super::Context;
use crate::words;

/// Rows of one stratum in one part or fold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The part or fold: `train`, `fold 2, judged on`.
    pub place: String,
    /// Rows.
    pub rows: u64,
    /// Positive ones.
    pub positives: u64,
}

/// A stratum, such as an AUM tier, counted in every part and fold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stratum {
    /// Its name.
    pub name: String,
    /// One for each part or fold, in the same order for all strata.
    pub counts: Vec<Counted>,
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
