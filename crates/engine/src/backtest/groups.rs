//! Is it as good for everybody, and in every period? Groups of rows, over all periods together
//! and period by period.

use std::collections::BTreeMap;

use leadrank_stats::evaluation::{EvaluationOptions, evaluate};
use leadrank_stats::{Estimate, proportion};
use serde::{Deserialize, Serialize};

use super::measure::{CONFIDENCE, Pooled, rate};
use super::{Material, Scores};
use crate::error::{Error, Result};

/// Least rows of each class for metrics of a group: fewer say nothing, whatever the interval.
const FEWEST: u64 = 10;

/// A group, and how it fared in the ranking.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sorted {
    /// Its name.
    pub name: String,
    /// Share of positives among all of its rows.
    pub rate: Option<Estimate>,
    /// Share of its rows that are among the best tenth of their period.
    pub called: Option<Estimate>,
    /// Share of positives among those: the precision for this group.
    pub precision: Option<Estimate>,
    /// That less the precision of all other groups, with Newcombe's interval.
    pub difference: Option<Estimate>,
}

/// All metrics of one group in one period: how its own rows are ranked and how true their
/// probabilities are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupMetrics {
    /// The period, or `pooled` for all together, by places within their period.
    pub period: String,
    /// What the rows are divided by.
    pub division: String,
    /// The group.
    pub group: String,
    /// Its rows.
    pub n: u64,
    /// Positives among them.
    pub positives: u64,
    /// Its metrics; empty with fewer than ten rows of a class.
    pub metrics: BTreeMap<String, Estimate>,
}

/// Each division's groups over all periods.
pub(super) fn divisions(material: &Material, all: &Pooled) -> Vec<(String, Vec<Sorted>)> {
    let divisions = material.divisions.iter().enumerate();
    divisions
        .map(|(at, (by, names))| {
            let group_of = group_of(material, at);
            let groups = names.iter().enumerate();
            let groups = groups.map(|(group, name)| sorted(name, group, &group_of, all));
            (by.clone(), groups.collect())
        })
        .collect()
}

/// The group of each row of all periods.
fn group_of(material: &Material, division: usize) -> Vec<usize> {
    let periods = material.periods.iter();
    periods
        .flat_map(|(_, scores)| scores.groups[division].iter().copied())
        .collect()
}

fn sorted(name: &str, group: usize, group_of: &[usize], all: &Pooled) -> Sorted {
    let (mut own, mut others) = ((0, 0), (0, 0));
    let (mut n, mut positives) = (0, 0);
    for (row, &of) in group_of.iter().enumerate() {
        let label = all.labels[row];
        if of == group {
            n += 1;
            positives += u64::from(label);
        }
        if all.called[row] {
            let side = if of == group { &mut own } else { &mut others };
            side.0 += u64::from(label);
            side.1 += 1;
        }
    }
    Sorted {
        name: name.to_owned(),
        rate: rate(positives, n),
        called: rate(own.1, n),
        precision: rate(own.0, own.1),
        difference: proportion::difference(own, others, CONFIDENCE),
    }
}

/// The metrics of each group, period by period and of all periods together.
///
/// # Errors
/// When scores can't be measured.
pub(super) fn metrics(
    material: &Material,
    all: &Pooled,
    options: &EvaluationOptions,
) -> Result<Vec<GroupMetrics>> {
    let mut found = Vec::new();
    for (at, (division, names)) in material.divisions.iter().enumerate() {
        let pooled = group_of(material, at);
        for (group, name) in names.iter().enumerate() {
            for (period, scores) in &material.periods {
                let of = |Scores { groups, .. }: &Scores| members(&groups[at], group);
                let rows = of(scores);
                found.push(GroupMetrics {
                    period: period.name.clone(),
                    division: division.clone(),
                    group: name.clone(),
                    ..measured(
                        &rows,
                        &scores.labels,
                        &scores.margins,
                        &scores.probabilities,
                        options,
                    )?
                });
            }
            let rows = members(&pooled, group);
            found.push(GroupMetrics {
                period: "pooled".into(),
                division: division.clone(),
                group: name.clone(),
                ..measured(
                    &rows,
                    &all.labels,
                    &all.percentiles,
                    &all.probabilities,
                    options,
                )?
            });
        }
    }
    Ok(found)
}

fn members(groups: &[usize], group: usize) -> Vec<usize> {
    let rows = groups.iter().enumerate();
    rows.filter(|&(_, &of)| of == group)
        .map(|(row, _)| row)
        .collect()
}

fn measured(
    rows: &[usize],
    labels: &[bool],
    scores: &[f64],
    probabilities: &[f64],
    options: &EvaluationOptions,
) -> Result<GroupMetrics> {
    let own = |values: &[f64]| -> Vec<f64> { rows.iter().map(|&row| values[row]).collect() };
    let labels: Vec<bool> = rows.iter().map(|&row| labels[row]).collect();
    let n = labels.len() as u64;
    let positives = labels.iter().filter(|&&label| label).count() as u64;
    let metrics = match positives.min(n - positives) < FEWEST {
        true => BTreeMap::new(),
        false => {
            evaluate(&labels, &own(scores), &own(probabilities), options)
                .map_err(|error| Error::Data(format!("a group of the backtest: {error}")))?
                .metrics
        }
    };
    Ok(GroupMetrics {
        period: String::new(),
        division: String::new(),
        group: String::new(),
        n,
        positives,
        metrics,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backtest::Period;

    fn material() -> Material {
        let rows = 400;
        let groups: Vec<usize> = (0..rows).map(|row| usize::from(row >= 380)).collect();
        let labels: Vec<bool> = (0..rows).map(|row| row % 10 == 0).collect();
        let margins: Vec<f64> = (0..rows)
            .map(|row| f64::from((row * 7) % 101) + if row % 10 == 0 { 30.0 } else { 0.0 })
            .collect();
        let probabilities = margins.iter().map(|margin| margin / 200.0).collect();
        let scores = Scores {
            ids: (0..rows).map(|row| row.to_string()).collect(),
            labels,
            margins,
            probabilities,
            groups: vec![groups],
            ..Scores::default()
        };
        let period = Period {
            name: "2025 Q1".into(),
            ..Period::default()
        };
        Material {
            periods: vec![(period, scores)],
            divisions: vec![("size".into(), vec!["large".into(), "small".into()])],
            ..Material::default()
        }
    }

    #[test]
    fn a_group_has_the_metrics_of_its_own_rows_and_none_with_too_few_positives() {
        let material = material();
        let scores = &material.periods[0].1;
        let all = Pooled::of(&[scores]);
        let options = EvaluationOptions {
            replicates: 50,
            ..EvaluationOptions::default()
        };
        let found = metrics(&material, &all, &options).unwrap();
        assert_eq!(found.len(), 4);
        let large = &found[0];
        assert_eq!(
            (large.group.as_str(), large.n, large.positives),
            ("large", 380, 38)
        );
        let own = leadrank_stats::ranking::auc_roc(&scores.labels[..380], &scores.margins[..380]);
        assert_eq!(Some(large.metrics["auc_roc"].value), own);
        assert!(large.metrics.contains_key("brier_skill"));
        // One period: its percentiles keep the order.
        assert_eq!(found[1].period, "pooled");
        assert_eq!(
            found[1].metrics["auc_roc"].value,
            large.metrics["auc_roc"].value
        );
        let small = &found[2];
        assert_eq!((small.n, small.positives), (20, 2));
        assert!(small.metrics.is_empty());
    }
}
