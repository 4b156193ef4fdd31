//! Values that go together with more calls, or with fewer, beyond chance.

use leadrank_features::Feature;
use leadrank_features::catalog::{Kind, Tell};
use leadrank_stats::{Estimate, multiple, normal};

use super::super::values::{NOT_KNOWN, grade, groups};
use crate::error::{Error, Result};
use crate::model_rows::ModelRows;
use crate::reasons::shown;

/// Probability by chance, after correction, up to which a pattern is told.
const CHANCE: f64 = 0.05;

/// Values of a feature and how leads with them fared.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    pub(super) feature: &'static Feature,
    /// The values in words.
    pub(super) values: String,
    pub(super) rate: Estimate,
    /// Less that of all the other leads looked at.
    pub(super) difference: f64,
    /// Probability of such a difference by chance, corrected over all groups of all features
    /// (Benjamini and Hochberg).
    pub(super) p: f64,
}

impl Pattern {
    pub(super) fn is_good(&self) -> bool {
        self.difference > 0.0
    }

    pub(super) fn grade(&self) -> &'static str {
        grade(self.rate.n)
    }
}

/// Patterns among `rows` that are beyond chance, strongest difference first, one an idea and
/// direction: features of one idea, and neighbouring groups of one feature, tell one story. Of a
/// yes or no only the yes is told; the other leads are everybody else.
pub(super) fn patterns(told: &Told, labelled: &[(usize, bool)]) -> Result<Vec<Pattern>> {
    let all = labelled.len() as f64;
    let positives = labelled.iter().filter(|(_, label)| *label).count() as f64;
    let mut found = Vec::new();
    for (feature, values) in told.among(labelled) {
        for group in groups(&values, |value| in_words(value, feature)) {
            let (n, own) = (group.rate.n as f64, group.rate.positives as f64);
            let rest = all - n;
            let is_told = group.words != NOT_KNOWN && group.words != NO;
            if !is_told || rest <= 0.0 || n <= 0.0 {
                continue;
            }
            let share = positives / all;
            let error = (share * (1.0 - share) * (1.0 / n + 1.0 / rest)).sqrt();
            let difference = own / n - (positives - own) / rest;
            if error > 0.0 {
                found.push(Pattern {
                    feature,
                    values: group.words,
                    rate: group.rate,
                    difference,
                    p: 2.0 * normal::cdf(-(difference / error).abs()),
                });
            }
        }
    }
    let p_values: Vec<f64> = found.iter().map(|one| one.p).collect();
    let adjusted = multiple::benjamini_hochberg(&p_values)
        .map_err(|error| Error::Data(format!("patterns of features: {error}")))?;
    for (one, p) in found.iter_mut().zip(adjusted) {
        one.p = p;
    }
    found.retain(|one| one.p < CHANCE);
    found.sort_by(|a, b| {
        let by_size = b.difference.abs().total_cmp(&a.difference.abs());
        by_size.then_with(|| a.feature.ordinal.cmp(&b.feature.ordinal))
    });
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|one| seen.insert((one.feature.idea, one.is_good())));
    Ok(found)
}

const YES: &str = "yes";
const NO: &str = "no";

/// A value for people: yes and no are said so.
pub(super) fn in_words(value: f64, feature: &Feature) -> String {
    match feature.kind {
        Kind::Flag if value > 0.5 => YES.to_owned(),
        Kind::Flag => NO.to_owned(),
        _ => shown(value, feature),
    }
}

/// The features that salespeople hear of, column by column: read once, looked at in many groups.
pub(super) struct Told(Vec<(&'static Feature, Vec<f64>)>);

impl Told {
    /// Reads them.
    pub(super) fn of(rows: &ModelRows) -> Result<Self> {
        let columns = told().map(|feature| Ok((feature, rows.rows.values(feature.name)?)));
        columns.collect::<Result<_>>().map(Told)
    }

    /// Each feature with its values and outcomes of some rows.
    pub(super) fn among<'a>(
        &'a self,
        labelled: &'a [(usize, bool)],
    ) -> impl Iterator<Item = (&'static Feature, Vec<(f64, bool)>)> + 'a {
        self.0.iter().map(|(feature, column)| {
            let values = labelled.iter().map(|&(row, label)| (column[row], label));
            (*feature, values.collect())
        })
    }
}

fn told() -> impl Iterator<Item = &'static Feature> {
    let catalog = leadrank_features::catalog().iter();
    catalog.filter(|feature| feature.tell == Tell::Yes && !feature.is_temporal())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yes_is_told_as_such() {
        let flag = leadrank_features::feature("Is_New_To_Firm").unwrap();
        assert_eq!(
            (in_words(1.0, flag), in_words(0.0, flag)),
            (YES.into(), NO.into())
        );
        let years = leadrank_features::feature("DateOfHireAtCurrentFirm_NumberOfYears").unwrap();
        assert_eq!(in_words(3.2, years), "3.2 years");
    }

    #[test]
    fn salespeople_hear_of_nothing_that_they_chose_themselves() {
        assert!(told().count() > 40);
        assert!(told().all(|feature| !feature.is_temporal()));
    }
}
