//! Contacted leads divided by what is known of them at contact.

use chrono::{Datelike, NaiveDate};
use leadrank_features::catalog;
use leadrank_stats::association::{Independence, independence};

use super::outcomes::{Outcomes, Tally};
use crate::checks::Input;
use crate::error::Result;

/// Tiers of the firm's assets, smallest first (domain.md, "Segments").
pub(crate) const AUM_TIERS: [&str; 4] = ["under $100M", "$100M to $500M", "over $500M", "unknown"];
const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
/// Lead sources shown by name; the others are counted together.
const SOURCES: usize = 15;
/// Positives to be expected in a group for the chi-square test to be trusted.
const EXPECTED: f64 = 5.0;

/// A division of the leads.
pub(in crate::checks) struct Grouping {
    /// By what: `the firm's assets`.
    pub(in crate::checks) by: &'static str,
    /// What the groups are: `tier`.
    pub(in crate::checks) what: &'static str,
    /// Groups with their counts.
    pub(in crate::checks) groups: Vec<(String, Tally)>,
}

impl Grouping {
    fn new(
        by: &'static str,
        what: &'static str,
        input: &Input<'_>,
        outcomes: &Outcomes,
        names: Vec<String>,
        place: impl Fn(usize) -> usize,
    ) -> Self {
        let mut rows = vec![Vec::new(); names.len()];
        for &row in &outcomes.rows {
            rows[place(row)].push(row);
        }
        let groups = names
            .into_iter()
            .zip(rows)
            .map(|(name, rows)| (name, outcomes.tally(input, rows)))
            .collect();
        Grouping { by, what, groups }
    }

    /// As [`Grouping::new`], with a group for every text there is, in ascending order.
    fn by_text(
        by: &'static str,
        what: &'static str,
        input: &Input<'_>,
        outcomes: &Outcomes,
        text: impl Fn(usize) -> String,
    ) -> Self {
        let mut names: Vec<String> = outcomes.rows.iter().map(|&row| text(row)).collect();
        names.sort_unstable();
        names.dedup();
        let sorted = names.clone();
        Self::new(by, what, input, outcomes, names, |row| {
            sorted.binary_search(&text(row)).unwrap_or(0)
        })
    }

    /// Whether rates differ between groups at all; groups in which fewer than five positives
    /// are to be expected are taken together. None with fewer than two groups left.
    pub(in crate::checks) fn test(&self) -> Option<Compared> {
        let all = self
            .groups
            .iter()
            .fold(Tally::default(), |sum, (_, tally)| sum.plus(*tally));
        let share = all.positives as f64 / all.labelled.max(1) as f64;
        let expected = |tally: &Tally| tally.labelled as f64 * share;
        let (large, small): (Vec<Tally>, Vec<Tally>) = self
            .groups
            .iter()
            .map(|(_, tally)| *tally)
            .filter(|tally| tally.labelled > 0)
            .partition(|tally| expected(tally) >= EXPECTED);
        let together = small.iter().copied().fold(Tally::default(), Tally::plus);
        let mut lines = large;
        if expected(&together) >= EXPECTED {
            lines.push(together);
        }
        let table: Vec<[u64; 2]> = lines
            .iter()
            .map(|tally| [tally.positives, tally.labelled - tally.positives])
            .collect();
        Some(Compared {
            found: independence(&table)?,
            groups: table.len(),
            pooled: small.len(),
        })
    }
}

/// The answer of [`Grouping::test`].
#[derive(Debug, Clone, Copy)]
pub(in crate::checks) struct Compared {
    /// The test.
    pub(in crate::checks) found: Independence,
    /// Groups that were compared.
    pub(in crate::checks) groups: usize,
    /// Groups too small to stand alone.
    pub(in crate::checks) pooled: usize,
}

/// By the firm's assets as of contact.
pub(in crate::checks) fn by_aum(input: &Input<'_>, outcomes: &Outcomes) -> Result<Grouping> {
    let assets = input.leads.feature("TotalAssetsInMillions")?;
    let names = AUM_TIERS.map(String::from).to_vec();
    Ok(Grouping::new(
        "the firm's assets (AUM) as of contact",
        "firm AUM",
        input,
        outcomes,
        names,
        |row| aum_tier(assets[row]),
    ))
}

/// The place of an amount, in millions of dollars, in [`AUM_TIERS`].
pub(crate) fn aum_tier(millions: f64) -> usize {
    match millions {
        m if m.is_nan() => 3,
        m if m < 100.0 => 0,
        m if m <= 500.0 => 1,
        _ => 2,
    }
}

/// By the five metros.
pub(in crate::checks) fn by_metro(input: &Input<'_>, outcomes: &Outcomes) -> Result<Grouping> {
    let mut names = Vec::new();
    let mut flags = Vec::new();
    let metros = catalog()
        .iter()
        .filter(|feature| feature.name.starts_with("Home_MetropolitanArea_"));
    for metro in metros {
        names.push(metro.wording.label.trim_end_matches(" area").to_owned());
        flags.push(input.leads.feature(metro.name)?);
    }
    names.push("other or unknown".into());
    let other = flags.len();
    Ok(Grouping::new(
        "the adviser's home metro",
        "metro",
        input,
        outcomes,
        names,
        |row| {
            flags
                .iter()
                .position(|flag| flag[row] > 0.0)
                .unwrap_or(other)
        },
    ))
}

/// By the ISO weekday of contact, Monday first.
pub(in crate::checks) fn by_weekday(input: &Input<'_>, outcomes: &Outcomes) -> Grouping {
    Grouping::new(
        "the weekday of contact",
        "weekday",
        input,
        outcomes,
        WEEKDAYS.map(String::from).to_vec(),
        |row| weekday(input.leads.contacts[row]),
    )
}

/// 0 for Monday to 6 for Sunday.
pub(in crate::checks) fn weekday(day: NaiveDate) -> usize {
    day.weekday().num_days_from_monday() as usize
}

/// The weekday's name, 0 for Monday.
pub(in crate::checks) fn weekday_name(place: usize) -> &'static str {
    WEEKDAYS[place % 7]
}

/// By the month of contact.
pub(in crate::checks) fn by_month(input: &Input<'_>, outcomes: &Outcomes) -> Grouping {
    Grouping::by_text("the month of contact", "month", input, outcomes, |row| {
        input.leads.contacts[row].format("%Y-%m").to_string()
    })
}

/// By the territory in whose file the adviser stands.
pub(in crate::checks) fn by_territory(input: &Input<'_>, outcomes: &Outcomes) -> Grouping {
    Grouping::by_text(
        "the vendor's territory",
        "territory",
        input,
        outcomes,
        |row| {
            let territory = input.leads.territories[row].as_deref();
            territory.unwrap_or("without vendor data").to_owned()
        },
    )
}

/// By lead source, largest first.
pub(in crate::checks) fn by_source(input: &Input<'_>, outcomes: &Outcomes) -> Grouping {
    let mut grouping = Grouping::by_text("the lead source", "source", input, outcomes, |row| {
        source(input, row).unwrap_or("not given").to_owned()
    });
    grouping
        .groups
        .sort_by(|a, b| b.1.leads.cmp(&a.1.leads).then_with(|| a.0.cmp(&b.0)));
    if grouping.groups.len() > SOURCES {
        let rest = grouping.groups.split_off(SOURCES);
        let together = rest
            .iter()
            .fold(Tally::default(), |sum, (_, tally)| sum.plus(*tally));
        grouping
            .groups
            .push((format!("{} others", rest.len()), together));
    }
    grouping
}

/// The lead source, where one is given.
pub(in crate::checks) fn source<'a>(input: &'a Input<'_>, row: usize) -> Option<&'a str> {
    let source = input.leads.sources[row].as_deref()?.trim();
    (!source.is_empty()).then_some(source)
}

/// By the vendor month that the lead's facts are of.
pub(in crate::checks) fn by_vendor_month(input: &Input<'_>, outcomes: &Outcomes) -> Grouping {
    Grouping::by_text(
        "the vendor month its facts are of",
        "vendor month",
        input,
        outcomes,
        |row| match input.leads.months[row] {
            Some(month) => month.format("%Y-%m").to_string(),
            None => "none before contact".into(),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiers_meet_at_100_and_500_million() {
        let tier = |millions| AUM_TIERS[aum_tier(millions)];
        assert_eq!(tier(0.0), "under $100M");
        assert_eq!(tier(99.99), "under $100M");
        assert_eq!(tier(100.0), "$100M to $500M");
        assert_eq!(tier(500.0), "$100M to $500M");
        assert_eq!(tier(500.01), "over $500M");
        assert_eq!(tier(f64::NAN), "unknown");
    }

    #[test]
    fn small_groups_are_compared_together() {
        let tally = |labelled, positives| Tally {
            labelled,
            positives,
            ..Tally::default()
        };
        let mut grouping = Grouping {
            by: "",
            what: "",
            groups: vec![
                ("a".into(), tally(1000, 40)),
                ("b".into(), tally(2000, 80)),
                ("c".into(), tally(90, 4)),
                ("d".into(), tally(80, 3)),
                ("e".into(), tally(0, 0)),
            ],
        };
        let test = grouping.test().unwrap();
        assert_eq!((test.groups, test.pooled), (3, 2));
        assert_eq!(test.found.n, 3170);
        assert!(test.found.p_value > 0.9);
        grouping.groups.truncate(1);
        assert!(grouping.test().is_none());
    }
}
