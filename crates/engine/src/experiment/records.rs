//! Whether the ledger still holds what was written into it: each enrolment is kept beside the table,
//! with its rows and their hash.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use leadrank_experiment::Plan;
use leadrank_experiment::assign::{Assignment, mismatches};
use leadrank_experiment::balance::Covariate;

use super::book::{Book, missing};
use super::folder::{Enrolment, Experiment};
use super::ledger;
use crate::error::Result;
use crate::ledger::sha256;

/// Days between the day of an enrolment and its writing above which it is told.
const LATE: i64 = 3;

/// What a row of the ledger is hashed with: what the analysis takes from before.
pub(super) struct Known<'a> {
    pub(super) owner: Option<&'a str>,
    /// Covariates with the name of their column, in the order of names.
    pub(super) values: Vec<(&'a str, f64)>,
}

/// Hash of the rows of an enrolment, whatever their order.
pub(super) fn hash<'a>(rows: impl Iterator<Item = (&'a Assignment, Known<'a>)>) -> String {
    let mut lines: Vec<String> = rows
        .map(|(one, known)| {
            let mut line = [
                one.lead.as_str(),
                &ledger::joined(&one.keys),
                &one.unit,
                &one.stratum,
                &one.own_stratum,
                one.arm.word(),
                &one.enrolled.to_string(),
                &one.draw.to_string(),
                known.owner.unwrap_or_default(),
            ]
            .join("\u{1f}");
            // A column that an enrolment does not have is filled with what means "none" in it.
            let values = known.values.iter();
            for (name, value) in values.filter(|(name, value)| !is_missing(name, *value)) {
                line.push_str(&format!("\u{1f}{name}={:016x}", value.to_bits()));
            }
            line
        })
        .collect();
    lines.sort();
    sha256(lines.join("\n").as_bytes())
}

fn is_missing(column: &str, value: f64) -> bool {
    !value.is_finite() || value == missing(column)
}

/// Rows of the book with what was known of them.
fn rows<'a>(
    book: &'a Book,
    places: &'a [usize],
) -> impl Iterator<Item = (&'a Assignment, Known<'a>)> {
    let mut columns: Vec<&Covariate> = book.covariates.iter().collect();
    columns.sort_by(|a, b| a.name.cmp(&b.name));
    places.iter().map(move |&at| {
        let values = columns.iter();
        let known = Known {
            owner: book.owners[at].as_deref(),
            values: values
                .map(|one| (one.name.as_str(), one.values[at]))
                .collect(),
        };
        (&book.assignments[at], known)
    })
}

/// The record that counts of an enrolment: written to its end, else the last one that was begun.
fn of_batch(known: &[Enrolment], batch: u32) -> Option<&Enrolment> {
    let own = || known.iter().rev().filter(|one| one.batch == batch);
    own().find(|one| one.is_written).or_else(|| own().next())
}

/// Places of the rows of each enrolment.
fn batches(book: &Book) -> BTreeMap<u32, Vec<usize>> {
    let mut batches: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, one) in book.assignments.iter().enumerate() {
        batches.entry(one.batch).or_default().push(at);
    }
    batches
}

/// Notes that an enrolment is in the table where a crash came between the table and that note.
///
/// # Errors
/// When the record of enrolments can't be read or written.
pub(super) fn settle(experiment: &Experiment, book: &Book) -> Result<()> {
    let known = experiment.enrolments()?;
    for (batch, places) in batches(book) {
        let open = of_batch(&known, batch).filter(|one| !one.is_written);
        if let Some(record) = open.filter(|one| one.sha256 == hash(rows(book, &places))) {
            experiment.note_enrolment(&Enrolment {
                is_written: true,
                ..record.clone()
            })?;
        }
    }
    Ok(())
}

/// The model of the last enrolment.
///
/// # Errors
/// When the record of enrolments can't be read.
pub(super) fn last_model(experiment: &Experiment) -> Result<Option<String>> {
    Ok(experiment.enrolments()?.pop().map(|one| one.model))
}

/// Where the ledger is not what the frozen plan draws, or not what was written into it, in words.
/// Enrolments after `until` are not in the book.
///
/// # Errors
/// When the record of enrolments can't be read.
pub(super) fn changes(
    experiment: &Experiment,
    book: &Book,
    until: NaiveDate,
) -> Result<Vec<String>> {
    let (plan, hash) = (&experiment.plan, experiment.hash());
    let mut found = of_plan(plan, hash, book);
    let mut known = experiment.enrolments()?;
    known.retain(|one| one.day <= until);
    found.extend(of_records(book, &known));
    Ok(found)
}

fn of_plan(plan: &Plan, hash: &str, book: &Book) -> Vec<String> {
    let drawn = mismatches(plan, &book.assignments).into_iter();
    let mut found: Vec<String> = drawn
        .map(|one| {
            format!(
                "lead {}: its {} is {}, drawn was {}",
                one.lead, one.what, one.found, one.drawn
            )
        })
        .collect();
    let foreign = book.plans.iter().zip(&book.assignments);
    let foreign = foreign.filter(|(plan, _)| *plan != hash);
    found.extend(foreign.map(|(_, one)| format!("lead {}: another plan drew it", one.lead)));
    found
}

fn of_records(book: &Book, known: &[Enrolment]) -> Vec<String> {
    let places = batches(book);
    let all: BTreeSet<u32> = places
        .keys()
        .copied()
        .chain(known.iter().map(|one| one.batch))
        .collect();
    let mut found = Vec::new();
    for batch in all {
        let own = places.get(&batch).map_or(&[][..], Vec::as_slice);
        let Some(record) = of_batch(known, batch) else {
            found.push(format!(
                "enrolment {batch} with {} rows is on record nowhere",
                own.len()
            ));
            continue;
        };
        if own.is_empty() && !record.is_written {
            continue;
        }
        if own.len() as u64 != record.rows {
            found.push(format!(
                "enrolment {batch} of {} has {} rows, {} were written",
                record.day,
                own.len(),
                record.rows
            ));
        } else if hash(rows(book, own)) != record.sha256 {
            found.push(format!(
                "enrolment {batch} of {}: its rows are not those that were written",
                record.day
            ));
        }
    }
    found
}

/// How enrolments departed from the plan: made by force, long after their day, or by another model
/// than those before.
///
/// # Errors
/// When the record of enrolments can't be read.
pub(super) fn departures(
    experiment: &Experiment,
    book: &Book,
    is_made_up: bool,
) -> Result<Vec<String>> {
    let known = experiment.enrolments()?;
    let made = batches(book);
    let made: Vec<&Enrolment> = made
        .keys()
        .filter_map(|&batch| of_batch(&known, batch))
        .collect();
    let mut told: Vec<String> = Vec::new();
    for one in &made {
        if let Some(reason) = &one.forced {
            told.push(format!(
                "{} leads were enrolled on {} although later data were known, by force: {reason}.",
                one.rows, one.day
            ));
        } else if !is_made_up && is_late(one.day, one.at) {
            told.push(format!(
                "{} leads were enrolled on {} and drawn on {} only: what was dialled in between was dialled without an arm.",
                one.rows,
                one.day,
                one.at.date_naive()
            ));
        }
    }
    for pair in made
        .windows(2)
        .filter(|pair| pair[0].model != pair[1].model)
    {
        told.push(format!(
            "From {} on another model made the scores ({} instead of {}): the effect is that of both.",
            pair[1].day, pair[1].model, pair[0].model
        ));
    }
    Ok(told)
}

fn is_late(day: NaiveDate, at: DateTime<Utc>) -> bool {
    (at.date_naive() - day).num_days() > LATE
}

#[cfg(test)]
mod tests {
    use leadrank_experiment::Arm;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn book() -> Book {
        let row = |lead: &str, batch: u32| Assignment {
            lead: lead.into(),
            keys: vec![format!("adviser:{lead}")],
            unit: format!("adviser:{lead}"),
            stratum: "all".into(),
            own_stratum: "all".into(),
            arm: Arm::Control,
            enrolled: day("2025-11-02") + chrono::Days::new(u64::from(batch)),
            batch,
            draw: 0,
        };
        Book {
            assignments: vec![row("a", 1), row("b", 1), row("c", 2)],
            owners: vec![None, Some("u".into()), None],
            scores: vec![-3.0, f64::NAN, -2.0],
            covariates: vec![
                Covariate {
                    name: "score_at_enrolment".into(),
                    values: vec![-3.0, f64::NAN, -2.0],
                },
                Covariate {
                    name: "source_web".into(),
                    values: vec![0.0, 1.0, 0.0],
                },
            ],
            ..Book::default()
        }
    }

    fn record(of: &Book, batch: u32, is_written: bool) -> Enrolment {
        let own: Vec<usize> = (0..of.assignments.len())
            .filter(|&at| of.assignments[at].batch == batch)
            .collect();
        Enrolment {
            at: DateTime::UNIX_EPOCH,
            batch,
            day: of.assignments[own[0]].enrolled,
            rows: own.len() as u64,
            sha256: hash(rows(of, &own)),
            model: "m".into(),
            forced: None,
            is_written,
        }
    }

    fn all(of: &Book) -> Vec<Enrolment> {
        let both = |batch| [record(of, batch, false), record(of, batch, true)];
        [both(1), both(2)].concat()
    }

    #[test]
    fn what_was_written_is_found_again() {
        let of = book();
        assert_eq!(of_records(&of, &all(&of)), Vec::<String>::new());
        // Killed between the table and the second line, or before the table.
        assert_eq!(of_records(&of, &all(&of)[..3]), Vec::<String>::new());
        let mut begun = of.clone();
        begun.keep_until(day("2025-11-03"));
        assert_eq!(of_records(&begun, &all(&of)[..3]), Vec::<String>::new());
        // Begun anew with other leads.
        let mut tries = all(&of);
        tries.insert(
            2,
            Enrolment {
                rows: 9,
                ..record(&of, 2, false)
            },
        );
        assert_eq!(of_records(&of, &tries), Vec::<String>::new());
    }

    #[test]
    fn a_column_that_an_enrolment_does_not_have_is_none_of_its_own() {
        let mut of = book();
        let known = all(&of);
        of.covariates.push(Covariate {
            name: "source_event".into(),
            values: vec![0.0; 3],
        });
        of.covariates.push(Covariate {
            name: "later".into(),
            values: vec![f64::NAN; 3],
        });
        assert_eq!(of_records(&of, &known), Vec::<String>::new());
    }

    #[test]
    fn rows_that_went_came_or_changed_are_told() {
        let of = book();
        let known = all(&of);
        let told = |change: fn(&mut Book)| {
            let mut other = of.clone();
            change(&mut other);
            of_records(&other, &known).join("; ")
        };
        let last_row = told(|book| book.keep_until(day("2025-11-03")));
        assert!(last_row.contains("enrolment 2 of 2025-11-04 has 0 rows, 1 were written"));
        assert!(told(|book| book.assignments[1].unit = "x".into()).contains("enrolment 1"));
        assert!(
            told(|book| book.assignments[2].enrolled = day("2025-11-05")).contains("enrolment 2")
        );
        assert!(
            told(|book| book.covariates[0].values[0] = 1.0).contains("not those that were written")
        );
        assert!(told(|book| book.owners[1] = None).contains("enrolment 1"));
        assert!(
            of_records(&of, &known[..2])
                .join("")
                .contains("on record nowhere")
        );
    }

    #[test]
    fn an_enrolment_long_after_its_day_is_late() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert!(
            !is_late(day("2025-11-07"), at("2025-11-10T06:00:00Z")),
            "Friday, on Monday"
        );
        assert!(is_late(day("2025-11-03"), at("2025-11-10T06:00:00Z")));
    }
}
