//! The scores that two bundles give to the same rows.

use chrono::NaiveDate;
use leadrank_learn::segments::Segments;
use leadrank_stats::correlation::spearman;
use leadrank_warehouse::Params;
use serde::Serialize;

use super::Diff;
use super::groups::{self, Grouped, Shift};
use crate::bundle::golden::{self, GoldenRow};
use crate::bundle::{Bundle, Manifest};
use crate::error::Result;
use crate::project::Project;
use crate::stages::dataset::DatasetReport;
use crate::stages::rows::Rows;
use crate::stages::score::ScoreReport;
use crate::stages::{open, train};
use crate::tiers::{Capacity, Place, Tier, places};

/// Moves told, at most.
const TOLD: usize = 5;
/// Rows over which the mean shift of the groups is taken, at most; evenly spread.
const MEAN_OVER: usize = 2_000;
const TRAINING_DATASET: &str = "LeadScoring.training_dataset";

/// How the scores of the same rows differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scores {
    /// Which rows.
    pub rows: String,
    /// How many.
    pub n: u64,
    /// Spearman's rank correlation of the margins; none where one bundle scores all alike.
    pub spearman: Option<f64>,
    /// Share of the rows that are in another tenth.
    pub deciles_changed: f64,
    /// Share of the rows that are in another tier, with tiers of the same shares as when
    /// leads were last scored; none before any were.
    pub tiers_changed: Option<f64>,
    /// The rows that moved furthest, furthest first.
    pub largest: Vec<LargestMove>,
}

/// A row that moved.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LargestMove {
    /// The lead's id, or the place of a golden row.
    pub lead: String,
    /// Where `a` puts it.
    pub a: Placed,
    /// Where `b` puts it.
    pub b: Placed,
    /// Which groups of features the two credit most differently, strongest first.
    pub because: Vec<Shift>,
}

/// Where a bundle puts a row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Placed {
    /// Calibrated probability.
    pub probability: f64,
    /// Percentile among the rows, 100 is the best.
    pub percentile: f64,
    /// Tenth, 1 is the best.
    pub decile: u64,
    /// Tier, where there are tiers.
    pub tier: Option<Tier>,
}

/// The same rows as each bundle wants them, and their names.
struct Same {
    what: String,
    names: Vec<String>,
    a: Vec<f32>,
    b: Vec<f32>,
    /// What calibration divides the rows by, for each bundle.
    segments: [Segments; 2],
}

pub(super) async fn compare(
    project: &Project,
    a: &Bundle,
    b: &Bundle,
    threads: usize,
    diff: &mut Diff,
) -> Result<()> {
    let judge = Judge {
        a,
        b,
        tiers: last_scored(project),
        do_not_call_percent: project.config().tiers.do_not_call_percent,
    };
    let golden = golden_rows(a, b)?;
    if golden.names.is_empty() {
        diff.notes.push("golden rows can't be compared: neither bundle's rows have all features of the other, or there are none".into());
    } else {
        diff.scores.push(judge.compare(&golden)?);
    }
    if let Some(dataset) = training_rows(project, a, b, threads).await? {
        diff.scores.push(judge.compare(&dataset)?);
        diff.notes.extend(unlike(project, [a, b]));
    }
    Ok(())
}

/// The golden rows of either bundle that hold all features of the other, each once.
fn golden_rows(a: &Bundle, b: &Bundle) -> Result<Same> {
    let (one, other) = (&a.manifest.features, &b.manifest.features);
    let mut same = Same {
        what: "golden rows of both".into(),
        names: Vec::new(),
        a: Vec::new(),
        b: Vec::new(),
        segments: [Segments::none(), Segments::none()],
    };
    let mut of_segment = [Vec::new(), Vec::new()];
    for (owner, guest) in [(a, b), (b, a)] {
        let own = &owner.manifest.features;
        let wanted = &guest.manifest.features;
        let Some(golden) = owner.golden()? else {
            continue;
        };
        golden::check_width(&golden, &owner.id, own.len())?;
        let place = |name: &String| own.iter().position(|known| known == name);
        let Some(columns) = wanted.iter().map(place).collect::<Option<Vec<usize>>>() else {
            continue;
        };
        for (number, row) in golden
            .rows
            .iter()
            .zip(1..)
            .map(|(row, number)| (number, row))
        {
            let seen_by_guest: Vec<f32> = columns.iter().map(|&at| row.values[at]).collect();
            let (for_a, for_b) = match std::ptr::eq(owner, a) {
                true => (&row.values, &seen_by_guest),
                false => (&seen_by_guest, &row.values),
            };
            if holds(&same.a, one.len(), for_a) && holds(&same.b, other.len(), for_b) {
                continue;
            }
            same.names
                .push(format!("golden row {number} of {}", owner.id));
            same.a.extend(for_a);
            same.b.extend(for_b);
            for (bundle, of) in [a, b].into_iter().zip(&mut of_segment) {
                of.push(segment_value(row, owner, bundle));
            }
        }
    }
    for ((bundle, values), segments) in [a, b].iter().zip(of_segment).zip(&mut same.segments) {
        *segments = bundle.segments(|_| Ok(values))?;
    }
    Ok(same)
}

/// What decides a golden row's segment in a bundle, as far as its owner's row tells; NaN
/// where it does not.
fn segment_value(row: &GoldenRow, owner: &Bundle, of: &Bundle) -> f64 {
    let rule = |bundle: &Bundle| {
        let rule = bundle.manifest.segments.as_ref();
        rule.map(|rule| rule.feature.clone())
    };
    let Some(feature) = rule(of) else {
        return f64::NAN;
    };
    let columns = &owner.manifest.features;
    match columns.iter().position(|name| *name == feature) {
        Some(column) => f64::from(row.values[column]),
        None if rule(owner) == Some(feature) => row.segment_value.unwrap_or(f64::NAN),
        None => f64::NAN,
    }
}

/// Whether a row is among the rows of a table.
fn holds(table: &[f32], width: usize, row: &[f32]) -> bool {
    let bits = |row: &[f32]| {
        row.iter()
            .map(|value| value.to_bits())
            .collect::<Vec<u32>>()
    };
    let row = bits(row);
    table
        .chunks_exact(width.max(1))
        .any(|known| bits(known) == row)
}

/// The rows of the project's training dataset, if it has one.
async fn training_rows(
    project: &Project,
    a: &Bundle,
    b: &Bundle,
    threads: usize,
) -> Result<Option<Same>> {
    if !project.tables().is_dir() {
        return Ok(None);
    }
    let warehouse = project.warehouse().await?;
    let session = open(project, &warehouse, NaiveDate::default(), threads)
        .await?
        .session;
    if !session.has_table(TRAINING_DATASET) {
        return Ok(None);
    }
    let query = format!("SELECT * FROM {TRAINING_DATASET} ORDER BY lead_id");
    let rows = Rows::new(session.collect(&query, &Params::default()).await?);
    if rows.is_empty() {
        return Ok(None);
    }
    let values = |manifest: &Manifest| -> Result<Vec<f32>> {
        Ok(train::matrix(&rows, &manifest.features)?.data().to_vec())
    };
    let names = rows.texts("lead_id")?.into_iter();
    let segments = |bundle: &Bundle| bundle.segments(|name| rows.values(name));
    Ok(Some(Same {
        what: "contacted leads of the training dataset".into(),
        names: names.map(Option::unwrap_or_default).collect(),
        a: values(&a.manifest)?,
        b: values(&b.manifest)?,
        segments: [segments(a)?, segments(b)?],
    }))
}

/// Where the dataset's values are not quite those that a bundle would be given.
fn unlike(project: &Project, bundles: [&Bundle; 2]) -> Vec<String> {
    let file = project.records().join("dataset.json");
    let read = std::fs::read(file).ok();
    let Some(dataset) = read.and_then(|read| serde_json::from_slice::<DatasetReport>(&read).ok())
    else {
        return Vec::new();
    };
    let mut notes = Vec::new();
    for bundle in bundles {
        let manifest = &bundle.manifest;
        if manifest.constants != dataset.constants {
            notes.push(format!(
                "the dataset's four fitted constants are not those of {}: a few flags may differ from what it would be given",
                bundle.id
            ));
        }
        if manifest.calculable != project.config().features.calculable {
            notes.push(format!(
                "{} was trained with features.calculable = \"{}\", unlike the dataset",
                bundle.id, manifest.calculable
            ));
        }
    }
    notes
}

/// Sizes of the tiers when leads were last scored, and of how many leads.
fn last_scored(project: &Project) -> Option<(Capacity, u64)> {
    let read = std::fs::read(project.records().join("score.json")).ok()?;
    let report: ScoreReport = serde_json::from_slice(&read).ok()?;
    (report.ranked > 0).then_some((report.capacity, report.ranked))
}

struct Judge<'a> {
    a: &'a Bundle,
    b: &'a Bundle,
    tiers: Option<(Capacity, u64)>,
    do_not_call_percent: f64,
}

impl Judge<'_> {
    fn compare(&self, same: &Same) -> Result<Scores> {
        let n = same.names.len();
        let tiers = self
            .tiers
            .as_ref()
            .map(|(capacity, of)| scaled(capacity, *of, n));
        let margins = [(self.a, &same.a), (self.b, &same.b)].map(|(bundle, rows)| {
            let margins = bundle.model.margins(rows).into_iter();
            margins.map(f64::from).collect::<Vec<f64>>()
        });
        let [one, other] = [(self.a, 0), (self.b, 1)].map(|(bundle, which)| {
            let (margins, segments) = (&margins[which], &same.segments[which]);
            let places = places(margins, &same.names, self.do_not_call_percent);
            let placed = places.iter().zip(margins).enumerate();
            placed
                .map(|(row, (place, &margin))| Placed {
                    probability: bundle.probability(segments.of(row), margin),
                    percentile: place.percentile,
                    decile: decile(place),
                    tier: tiers.as_ref().map(|tiers| tiers.tier_of(place)),
                })
                .collect::<Vec<Placed>>()
        });
        let share = |differs: &dyn Fn(&Placed, &Placed) -> bool| {
            let count = one
                .iter()
                .zip(&other)
                .filter(|(a, b)| differs(a, b))
                .count();
            count as f64 / n as f64
        };
        Ok(Scores {
            rows: same.what.clone(),
            n: n as u64,
            spearman: spearman(&[&margins[0], &margins[1]])?.get(0, 1),
            deciles_changed: share(&|a, b| a.decile != b.decile),
            tiers_changed: tiers.is_some().then(|| share(&|a, b| a.tier != b.tier)),
            largest: self.largest(same, &one, &other),
        })
    }

    /// The rows whose percentile differs most, with the groups that explain it.
    fn largest(&self, same: &Same, one: &[Placed], other: &[Placed]) -> Vec<LargestMove> {
        let change = |row: usize| (other[row].percentile - one[row].percentile).abs();
        let mut order: Vec<usize> = (0..one.len()).filter(|&row| change(row) > 0.0).collect();
        order.sort_by(|&x, &y| change(y).total_cmp(&change(x)).then(x.cmp(&y)));
        order.truncate(TOLD);
        if order.is_empty() {
            return Vec::new();
        }
        let features = [&self.a.manifest.features, &self.b.manifest.features];
        let names = groups::names(features.into_iter().flatten());
        let grouped = [self.a, self.b].map(|bundle| {
            let manifest = &bundle.manifest;
            // A curve that is no straight line in the margin has no one slope: margins as they are.
            let slope = manifest
                .calibration
                .pooled
                .as_logistic()
                .map_or(1.0, |(slope, _)| slope);
            Grouped::new(&bundle.model, slope, &manifest.features, &names)
        });
        let shifts = |row: usize| -> Vec<f64> {
            let values = |rows: &[f32], width: usize, grouped: &Grouped<'_>| {
                grouped.contributions(&rows[row * width..(row + 1) * width])
            };
            let a = values(&same.a, features[0].len(), &grouped[0]);
            let b = values(&same.b, features[1].len(), &grouped[1]);
            a.iter().zip(b).map(|(a, b)| b - a).collect()
        };
        let mean = mean(one.len(), names.len(), &shifts);
        let told = order.into_iter().map(|row| {
            let shifts = shifts(row);
            let apart: Vec<f64> = shifts
                .iter()
                .zip(&mean)
                .map(|(at, mean)| at - mean)
                .collect();
            LargestMove {
                lead: same.names[row].clone(),
                a: one[row].clone(),
                b: other[row].clone(),
                because: groups::strongest(&names, &apart),
            }
        });
        told.collect()
    }
}

/// The mean of what `shifts` gives, over rows spread evenly.
fn mean(rows: usize, groups: usize, shifts: &dyn Fn(usize) -> Vec<f64>) -> Vec<f64> {
    let used = rows.min(MEAN_OVER);
    let mut mean = vec![0.0; groups];
    for step in 0..used {
        for (sum, shift) in mean.iter_mut().zip(shifts(step * rows / used)) {
            *sum += shift / used as f64;
        }
    }
    mean
}

/// Tiers of the same shares for another number of leads.
fn scaled(capacity: &Capacity, of: u64, n: usize) -> Capacity {
    let scale = |size: u64| (size as f64 * n as f64 / of as f64).round() as u64;
    let tier_a = scale(capacity.tier_a);
    Capacity {
        tier_a,
        tier_b: scale(capacity.tier_a + capacity.tier_b) - tier_a,
        ..capacity.clone()
    }
}

/// The tenth of a percentile that is above 0 and at most 100; 1 is the best.
fn decile(place: &Place) -> u64 {
    1 + ((100.0 - place.percentile) / 10.0).floor().clamp(0.0, 9.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenths_hold_a_tenth_each() {
        let margins: Vec<f64> = (0..50).map(f64::from).collect();
        let ids: Vec<String> = (0..50).map(|row| format!("{row:02}")).collect();
        let mut counts = [0; 10];
        for place in places(&margins, &ids, 20.0) {
            counts[decile(&place) as usize - 1] += 1;
        }
        assert_eq!(counts, [5; 10]);
    }

    #[test]
    fn a_mean_is_taken_over_rows_spread_evenly() {
        assert_eq!(mean(4, 1, &|row| vec![row as f64]), [1.5]);
        let found = mean(10 * MEAN_OVER, 1, &|row| vec![row as f64]);
        assert!(
            (found[0] - 5.0 * MEAN_OVER as f64).abs() < 10.0,
            "{found:?}"
        );
    }
}
