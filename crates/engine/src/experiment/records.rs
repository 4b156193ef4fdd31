//! Whether the ledger still holds what was written into it: each enrolment is kept beside the table,
//! with its rows and their hash.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use leadrank_experiment::Plan;
use leadrank_experiment::assign::{Assignment, mismatches};

use super::book::Book;
use super::folder::{Enrolment, Experiment};
use crate::error::Result;
use crate::ledger::sha256;

/// Days between the day of an enrolment and its writing above which it is told.
const LATE: i64 = 3;

/// Hash of the rows of an enrolment, whatever their order: who, where, and what the analysis takes
/// from before.
pub(super) fn hash<'a>(
    rows: impl Iterator<Item = (&'a Assignment, Option<&'a str>, f64)>,
) -> String {
    let mut lines: Vec<String> = rows
        .map(|(one, owner, score)| {
            let score = score.is_finite().then(|| score.to_bits());
            format!(
                "{:?}",
                (
                    &one.lead,
                    one.keys.join("|"),
                    &one.unit,
                    &one.stratum,
                    &one.own_stratum,
                    one.arm.word(),
                    one.enrolled,
                    one.draw,
                    owner,
                    score,
                )
            )
        })
        .collect();
    lines.sort();
    sha256(lines.join("\n").as_bytes())
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
    let mut rows: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, one) in book.assignments.iter().enumerate() {
        rows.entry(one.batch).or_default().push(at);
    }
    let batches: BTreeSet<u32> = rows
        .keys()
        .copied()
        .chain(known.iter().map(|one| one.batch))
        .collect();
    let mut found = Vec::new();
    for batch in batches {
        let own = rows.get(&batch).map_or(&[][..], Vec::as_slice);
        let mut noted = known.iter().rev().filter(|one| one.batch == batch);
        // One that was broken off before its end counts only where nothing better is known.
        let written = noted.clone().find(|one| one.is_written);
        let Some(record) = written.or_else(|| noted.next()) else {
            found.push(format!(
                "enrolment {batch} with {} rows is on record nowhere",
                own.len()
            ));
            continue;
        };
        if own.is_empty() && !record.is_written {
            continue;
        }
        let hashed = hash(own.iter().map(|&at| {
            let owner = book.owners[at].as_deref();
            (&book.assignments[at], owner, book.scores[at])
        }));
        if own.len() as u64 != record.rows {
            found.push(format!(
                "enrolment {batch} of {} has {} rows, {} were written",
                record.day,
                own.len(),
                record.rows
            ));
        } else if hashed != record.sha256 {
            found.push(format!(
                "enrolment {batch} of {}: its rows are not those that were written",
                record.day
            ));
        }
    }
    found
}

/// How enrolments departed from the plan: made by force, or long after their day.
///
/// # Errors
/// When the record of enrolments can't be read.
pub(super) fn departures(experiment: &Experiment, is_made_up: bool) -> Result<Vec<String>> {
    let all = experiment.enrolments()?;
    let written = all.iter().filter(|one| one.is_written);
    let forced = written.clone().filter_map(|one| {
        let reason = one.forced.as_deref()?;
        Some(format!(
            "{} leads were enrolled on {} although later data were known, by force: {reason}.",
            one.rows, one.day
        ))
    });
    let late =
        written.filter(|one| !is_made_up && one.forced.is_none() && is_late(one.day, one.at));
    let late = late.map(|one| {
        format!(
            "{} leads were enrolled on {} and drawn on {} only: what was dialled in between was dialled without an arm.",
            one.rows,
            one.day,
            one.at.date_naive()
        )
    });
    Ok(forced.chain(late).collect())
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
            sha256: hash(
                own.iter()
                    .map(|&at| (&of.assignments[at], of.owners[at].as_deref(), of.scores[at])),
            ),
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
        assert!(told(|book| book.scores[0] = 1.0).contains("not those that were written"));
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
