//! The negative control: from shuffled labels nothing can be learned.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use leadrank_evidence::{Cell, Finding, Gate, Measured, Section, Table, Unit, Verdict};
use leadrank_learn::split::Rows as _;
use leadrank_stats::{normal, ranking};

use super::trial::{self, NO_TRAINER, Scored, Trial, rank_sum, spot, unless_few};
use crate::checks::data::{Input, Leads};
use crate::checks::part::{Part, severity_of};
use crate::error::Result;
use crate::words;

/// Shuffles whose areas are averaged.
const SHUFFLES: u64 = 3;
/// Standard errors from 0.5 beyond which the control fails: by luck alone in 1 of 2,100
/// runs (two-sided normal tail).
const ERRORS: f64 = 3.5;
/// Fewest positives in the test part.
const POSITIVES: u64 = 10;

/// The area of one shuffle.
struct Shuffle {
    /// Area on the test rows, within months.
    area: f64,
    /// Its standard error if nothing was learned.
    error: f64,
    /// Area on the very rows the trees were grown on.
    seen: f64,
}

/// See the module's own text.
pub(super) fn part(input: &Input<'_>) -> Result<Part> {
    let leads = &input.leads;
    let test = leads.parts()?.test.indices();
    let positives = test
        .iter()
        .filter(|&&row| leads.labels[row] == Some(true))
        .count() as u64;
    let shuffles = shuffles(input)?;
    let mut part = Part::default();
    let count = shuffles.len() as f64;
    let mean = shuffles.iter().map(|shuffle| shuffle.area).sum::<f64>() / count;
    let error = shuffles
        .iter()
        .map(|shuffle| shuffle.error.powi(2))
        .sum::<f64>()
        .sqrt()
        / count;
    let seen = shuffles.iter().map(|shuffle| shuffle.seen).sum::<f64>() / count;
    let enough = !shuffles.is_empty() && positives >= POSITIVES;
    let verdict = match (mean - 0.5).abs() > ERRORS * error {
        true => Verdict::Fail,
        false => Verdict::Pass,
    };
    let verdict = unless_few(enough, verdict);
    // The interval that the verdict rests on, so that the two never disagree.
    let reach = ERRORS * error;
    let half = normal::quantile(0.975).unwrap_or_default() * error;
    let off = (mean - 0.5).abs() / error;
    part.gates.push(Gate {
        id: "leakage.control".into(),
        rule: format!(
            "with labels shuffled within their month, the AUC-ROC on test rows is 0.5 within {ERRORS} standard errors (mean of {SHUFFLES} shuffles; the interval shown is as wide)"
        ),
        value: enough.then_some(Measured {
            value: mean,
            lo: Some(mean - reach),
            hi: Some(mean + reach),
            n: test.len() as u64,
            chance: Some(0.5),
        }),
        unit: Unit::Score,
        verdict,
        action: match enough {
            true => "test rows reach the training: report this, it is a fault of the program",
            false => "more scheduled calls are needed, and libxgboost (`leadrank doctor` says whether it is found)",
        }
        .into(),
        brief: None,
        forced: None,
    });
    if enough {
        let headline = match verdict {
            Verdict::Pass => format!(
                "from shuffled labels nothing is learned (AUC-ROC {mean:.3} on test rows, where 0.5 is guessing): no test row reaches the training"
            ),
            _ => format!(
                "A model trained on shuffled labels still ranks test rows (AUC-ROC {mean:.3}): rows or outcomes cross the split"
            ),
        };
        let mut finding = Finding::new("leakage.control", severity_of(verdict), headline);
        if verdict == Verdict::Pass && off * error > half {
            finding = finding.because(format!(
                "It lies {off:.1} standard errors from 0.5: more than 19 of 20 honest runs, less than the {ERRORS} that a fault of the program would show."
            ));
        }
        part.findings.push(
            finding
                .because(format!(
                    "Mean of {} shuffles {mean:.3} (95 % interval {:.3} to {:.3}, chance 0.5, {} leads, {positives} of them with a call); on the rows they were trained on the same models reach {seen:.3}, so a test row that was trained on would show.",
                    shuffles.len(), mean - half, mean + half, words::count(test.len() as u64)
                ))
                .rows(positives, test.len() as u64).things("leads")
                .remedy(match verdict {
                    Verdict::Pass => "",
                    _ => "trust no figure of this project until the cause is found",
                })
                .strength(15.0),
        );
    }
    part.sections
        .push(section(&shuffles, test.len() as u64, positives));
    Ok(part)
}

fn shuffles(input: &Input<'_>) -> Result<Vec<Shuffle>> {
    let leads = &input.leads;
    let mut found = Vec::new();
    let Some(library) = trial::trainer()? else {
        return Ok(found);
    };
    let seed = input.project.config().seed;
    for round in 0..SHUFFLES {
        let seed = seed.wrapping_add(round);
        let labels = shuffled(leads, seed);
        let trial = Trial {
            library,
            matrix: &leads.matrix,
            labels: &labels,
            split: leads.parts()?,
            threads: input.request.threads,
        };
        let Some(fitted) = trial.fit(&trial::eager(seed))? else {
            continue;
        };
        let test = trial.score(&fitted, &leads.parts()?.test);
        let grown_on = trial.score(&fitted, &leads.parts()?.fit);
        let seen = ranking::auc_roc(&grown_on.labels, &grown_on.margins);
        if let (Some((area, error)), Some(seen)) = (within_months(&test, &leads.contacts), seen) {
            found.push(Shuffle { area, error, seen });
        }
    }
    Ok(found)
}

fn month(day: NaiveDate) -> (i32, u32) {
    (day.year(), day.month())
}

/// Labels dealt anew among the labelled rows of each month of contact: what the months'
/// rates say stays, what rows say is gone.
fn shuffled(leads: &Leads, seed: u64) -> Vec<Option<bool>> {
    let mut months: BTreeMap<(i32, u32), Vec<usize>> = BTreeMap::new();
    for (row, _) in leads.labelled() {
        months
            .entry(month(leads.contacts[row]))
            .or_default()
            .push(row);
    }
    let mut labels = leads.labels.clone();
    for rows in months.values() {
        let mut order: Vec<(u64, usize)> = rows
            .iter()
            .map(|&row| (spot(seed, &leads.ids[row]), row))
            .collect();
        order.sort_unstable();
        for (&row, &(_, from)) in rows.iter().zip(&order) {
            labels[row] = leads.labels[from];
        }
    }
    labels
}

/// The area under the ROC curve over pairs of the same month, with its standard error where
/// labels are dealt at random within months: the stratified rank sum test (P. van Elteren,
/// "On the Combination of Independent Two Sample Tests of Wilcoxon", Bulletin of the
/// International Statistical Institute 37 (1960)) with equal weight for each pair. A model that
/// only knows a month's rate does not score by it. None without a month with both outcomes.
fn within_months(scored: &Scored, contacts: &[NaiveDate]) -> Option<(f64, f64)> {
    let mut months: BTreeMap<(i32, u32), Vec<(f64, bool)>> = BTreeMap::new();
    for ((row, label), margin) in scored.rows.iter().zip(&scored.labels).zip(&scored.margins) {
        months
            .entry(month(contacts[*row]))
            .or_default()
            .push((*margin, *label));
    }
    let (mut pairs, mut wins, mut variance) = (0.0, 0.0, 0.0);
    for rows in months.values_mut() {
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        let hits = |rows: &[(f64, bool)]| rows.iter().filter(|(_, label)| *label).count() as u64;
        let groups: Vec<(u64, u64)> = rows
            .chunk_by(|a, b| a.0 == b.0)
            .map(|tied| (hits(tied), tied.len() as u64 - hits(tied)))
            .collect();
        if let Some((area, error)) = rank_sum(&groups) {
            let positives = hits(rows) as f64;
            let weight = positives * (rows.len() as f64 - positives);
            pairs += weight;
            wins += weight * area;
            variance += (weight * error).powi(2);
        }
    }
    (pairs > 0.0 && variance > 0.0).then(|| (wins / pairs, variance.sqrt() / pairs))
}

fn section(shuffles: &[Shuffle], n: u64, positives: u64) -> Section {
    let section = Section::new("Negative control: shuffled labels")
        .say(format!(
            "Labels are shuffled within each month of contact and a model of deeper trees is trained and tested on the project's own split. There is nothing to learn, so the area on test rows must be 0.5. Were test rows, or rows that share their outcome, among the training rows, the model would know them by heart and the area would lie above. {SHUFFLES} shuffles are averaged, areas are taken within months, and the limit of {ERRORS} standard errors gives a false alarm in fewer than 1 of 1,000 runs."
        ));
    if shuffles.is_empty() {
        return section.say(NO_TRAINER);
    }
    let mut table = Table::new(
        "Areas with shuffled labels",
        &[
            "shuffle",
            "#AUC-ROC on test rows",
            "#standard error",
            "#AUC-ROC on its own training rows",
        ],
    )
    .note(format!(
        "{n} test rows, {positives} positive. The last column shows what leaked rows look like."
    ));
    for (round, shuffle) in shuffles.iter().enumerate() {
        table.row(vec![
            format!("{}", round + 1).into(),
            Cell::number(shuffle.area),
            Cell::number(shuffle.error),
            Cell::number(shuffle.seen),
        ]);
    }
    section.table(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(rows: &[(u32, f64, bool)]) -> (Scored, Vec<NaiveDate>) {
        let contacts = rows
            .iter()
            .map(|(month, _, _)| NaiveDate::from_ymd_opt(2025, *month, 3).unwrap())
            .collect();
        let scored = Scored {
            rows: (0..rows.len()).collect(),
            labels: rows.iter().map(|row| row.2).collect(),
            margins: rows.iter().map(|row| row.1).collect(),
        };
        (scored, contacts)
    }

    /// January: the positive wins one of two pairs; February: it ties with one of one. By
    /// hand the variances are 2 / 12 * 4 and, all tied, 1 / 12 * (3 - 6 / 2) = 0.
    #[test]
    fn the_area_counts_pairs_of_one_month_only() {
        let (rows, contacts) = scored(&[
            (1, 0.5, true),
            (1, 0.4, false),
            (1, 0.6, false),
            (2, 9.0, true),
            (2, 9.0, false),
        ]);
        let (area, error) = within_months(&rows, &contacts).unwrap();
        assert_eq!(area, 1.5 / 3.0);
        assert!((error - (8.0_f64 / 12.0).sqrt() / 3.0).abs() < 1e-15);
        let (one, contacts) = scored(&[(1, 0.5, true), (2, 0.4, false)]);
        assert_eq!(within_months(&one, &contacts), None);
    }
}
