//! The brief's own query of step 3.2, run word for word, with what its answer means.

use leadrank_evidence::{Cell, Section, Table};

use crate::checks::Input;
use crate::checks::part::Part;
use crate::error::Result;
use crate::words;

/// The query as the brief has it.
const QUERY: &str = include_str!("../../../../../sql/audit/seed_step_3_2.sql");

/// The section, and the rows that the query counts as leaking, where it could be run.
pub(super) async fn part(input: &Input<'_>) -> Result<(Part, Option<u64>)> {
    let title = "The brief's own query, word for word";
    let mut part = Part::default();
    if !input
        .data
        .session
        .has_table("LeadScoring.discovery_reps_with_features")
    {
        part.sections.push(Section::new(title).say(
            "It was not run: LeadScoring.discovery_reps_with_features is not made yet (`leadrank features`).",
        ));
        return Ok((part, None));
    }
    let rows = input.rows(QUERY.trim_end().trim_end_matches(';')).await?;
    let whole = |name: &str| -> Result<u64> {
        let value = rows.integers(name)?.first().copied().flatten();
        Ok(value
            .and_then(|value| u64::try_from(value).ok())
            .unwrap_or(0))
    };
    let (records, leaking) = (whole("total_records")?, whole("leakage_records")?);
    let rate = rows
        .numbers("leakage_rate_percent")?
        .first()
        .copied()
        .flatten();
    let mut table = Table::new(
        "Vendor rows loaded after the contact (no leak by itself; the gates above count)",
        &[
            "validation_type",
            "#total_records",
            "#leakage_records",
            "#leakage_rate_percent",
        ],
    );
    table.row(vec![
        "Future Data Leakage Check".into(),
        records.into(),
        leaking.into(),
        Cell::number(rate),
    ]);
    part.sections.push(
        Section::new(title)
            .say(format!(
                "It asks whether the vendor's rows were LOADED after the contact: {} of {} were. That is no leak by itself. History is always loaded after the contacts it is about, so the answer is close to 100 % of the matched rows wherever a past is loaded, and it stays so forever.",
                words::count(leaking),
                words::count(records)
            ))
            .say("It also counts contacted leads without a match among its total, and counts a lead once for each vendor month and firm its adviser stands in, so that its rate means neither leads nor rows of the training set.")
            .say("What matters is when a fact was TRUE: the gate `leakage.as_of` above compares the vendor month that each lead's features are made of with the day of its contact.")
            .table(table),
    );
    Ok((part, Some(leaking)))
}
