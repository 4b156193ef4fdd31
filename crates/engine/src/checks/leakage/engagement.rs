//! Which fields of a lead are filled only once somebody talks to it?

use std::collections::BTreeMap;

use leadrank_evidence::{Cell, Finding, Gate, Measured, Section, Severity, Table, Unit, Verdict};
use leadrank_features::is_denied;
use leadrank_sources::{FileKind, Known};
use leadrank_stats::Estimate;
use leadrank_stats::association::{TwoByTwo, mantel_haenszel, odds_ratio};

use super::trial::{named, percent, unless_few};
use crate::checks::data::Input;
use crate::checks::part::Part;
use crate::error::Result;
use crate::stages::rows::Rows;
use crate::words;

/// Keys, stages and outcomes: that these are filled as a lead moves on is their purpose.
const COURSE: [&str; 18] = [
    "Id",
    "FA_CRD__c",
    "Full_Prospect_ID__c",
    "CreatedDate",
    "Stage_Entered_New__c",
    "Stage_Entered_Contacting__c",
    "Stage_Entered_Replied__c",
    "Stage_Entered_Call_Scheduled__c",
    "Stage_Entered_Closed__c",
    "Stage_Before_Closed_or_Conversion__c",
    "Status",
    "Disposition__c",
    "Last_Prospecting_Step__c",
    "LastActivityDate",
    "LastModifiedDate",
    "IsConverted",
    "ConvertedDate",
    "ConvertedOpportunityId",
];
/// Odds of being filled, with a call against contacted without, that are surely more than
/// the way a lead came in explains.
const ODDS: f64 = 3.0;
/// A field that was filled before any contact is filled as often there as this part of its
/// fill rate with a call.
const BEFORE: f64 = 0.25;
/// Share of the leads with a call from which a field that is kept out is worth a warning.
const MOST: f64 = 0.30;
/// Fewest leads with a call.
const CALLS: u64 = 20;

/// How often one field is filled, by how far its lead came.
struct Field {
    name: &'static str,
    denied: bool,
    /// Filled and all: not contacted, contacted without a call, with a call.
    by_stage: [(u64, u64); 3],
    /// Odds of being filled with a call against contacted without, within a lead source:
    /// a field that tells how a lead came in is no leak.
    odds: Option<Estimate>,
    /// Between two deliveries: filled meanwhile and empty before, of leads that got a call
    /// in between and of those that did not.
    meanwhile: Option<[(u64, u64); 2]>,
}

impl Field {
    /// Whether it is filled because of the engagement.
    fn leaks(&self) -> bool {
        let [before, _, call] = self.by_stage;
        let share = |(filled, n): (u64, u64)| filled as f64 / n.max(1) as f64;
        let jumps = self.odds.is_some_and(|odds| odds.lo > ODDS);
        let early = share(before) >= BEFORE * share(call);
        let seen = self.meanwhile.and_then(filled_meanwhile);
        jumps && !early || seen.is_some_and(|odds| odds.lo > ODDS)
    }

    fn share_of_calls(&self) -> f64 {
        let (filled, n) = self.by_stage[2];
        filled as f64 / n.max(1) as f64
    }
}

/// Odds of being filled meanwhile, with a call in between against without.
fn filled_meanwhile(counts: [(u64, u64); 2]) -> Option<Estimate> {
    ratio(counts[0], counts[1])
}

/// Odds of being filled in the first group as a multiple of those in the other.
fn ratio(group: (u64, u64), other: (u64, u64)) -> Option<Estimate> {
    let table = TwoByTwo {
        positives: group.0,
        negatives: group.1 - group.0,
        other_positives: other.0,
        other_negatives: other.1 - other.0,
    };
    odds_ratio(&table, 0.95)
}

/// See the module's own text.
pub(super) async fn part(input: &Input<'_>) -> Result<Part> {
    let fields = fields(input).await?;
    let calls = fields.first().map_or(0, |field| field.by_stage[2].1);
    let leaking: Vec<&Field> = fields.iter().filter(|field| field.leaks()).collect();
    let (kept_out, open): (Vec<&Field>, Vec<&Field>) =
        leaking.iter().copied().partition(|field| field.denied);
    let (often, seldom): (Vec<&Field>, Vec<&Field>) = kept_out
        .into_iter()
        .partition(|field| field.share_of_calls() >= MOST);
    let mut part = Part::default();
    for (fields, severity) in [
        (&open, Severity::Fail),
        (&often, Severity::Warn),
        (&seldom, Severity::Note),
    ] {
        part.findings.extend(finding(fields, severity));
    }
    if leaking.is_empty() && calls >= CALLS {
        part.findings.push(
            Finding::new(
                "leakage.engagement",
                Severity::Pass,
                format!(
                    "none of {} lead fields is filled because of a call",
                    fields.len()
                ),
            )
            .rows(calls, fields.first().map_or(0, total))
            .things("leads"),
        );
    }
    part.gates.push(Gate {
        id: "leakage.engagement".into(),
        rule: "every lead field that is filled because of a call is on the deny-list".into(),
        value: Some(Measured::counted(open.len() as f64, fields.len() as u64)),
        unit: Unit::Count,
        verdict: unless_few(
            calls >= CALLS,
            match (open.is_empty(), often.is_empty()) {
                (false, _) => Verdict::Fail,
                (true, false) => Verdict::Warn,
                (true, true) => Verdict::Pass,
            },
        ),
        action:
            "never make a feature of such a field; report it, so that it comes onto the deny-list"
                .into(),
        brief: None,
        forced: None,
    });
    part.sections.push(section(input, &fields));
    Ok(part)
}

fn total(field: &Field) -> u64 {
    field.by_stage.iter().map(|(_, n)| n).sum()
}

fn finding(fields: &[&Field], severity: Severity) -> Option<Finding> {
    let strongest = fields
        .iter()
        .max_by(|a, b| a.share_of_calls().total_cmp(&b.share_of_calls()))?;
    let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
    let [_, contacted, call] = strongest.by_stage;
    let (verb, field) = match fields.len() {
        1 => ("is", "lead field"),
        _ => ("are", "lead fields"),
    };
    let standing = match severity {
        Severity::Fail => "and nothing keeps it from the model",
        _ => "kept out of the model",
    };
    let mut finding = Finding::new(
        "leakage.engagement",
        severity,
        format!(
            "{field} {} {verb} filled once a call is scheduled, {standing}",
            named(&names, 3)
        )
        .replacen("lead field", "Lead field", 1),
    )
    .rows(call.0, call.1)
    .things("leads with a call")
    .strength(6.0 + strongest.share_of_calls())
    .remedy(match severity {
        Severity::Fail => "never make a feature of it; it belongs on the deny-list",
        Severity::Warn => "nothing for the model: these fields never reach it. Mind them in any analysis of your own, and as evidence that the sales team fills fields after the fact",
        _ => "",
    });
    for (names, figures) in joined(fields).iter().take(6) {
        finding = finding.because(format!("{}: {figures}", named(names, 8)));
    }
    if severity == Severity::Warn {
        finding.headline = format!(
            "{}: {} of the leads with a call have it, {} of the other contacted ones",
            finding.headline,
            percent(call.0, call.1),
            percent(contacted.0, contacted.1)
        );
    }
    Some(finding)
}

/// What was found of each field, once for all that it is true of, in the order of the fields.
fn joined<'a>(fields: &[&Field]) -> Vec<(Vec<&'a str>, String)> {
    let mut said: Vec<(Vec<&str>, String)> = Vec::new();
    for field in fields {
        let figures = figures(field);
        match said.iter_mut().find(|(_, known)| *known == figures) {
            Some((names, _)) => names.push(field.name),
            None => said.push((vec![field.name], figures)),
        }
    }
    said
}

fn figures(field: &Field) -> String {
    let [before, contacted, call] = field.by_stage;
    let of = |(filled, n): (u64, u64)| format!("{} of {}", percent(filled, n), words::count(n));
    let mut text = format!(
        "filled on {} leads with a call, {} contacted without one, {} not contacted",
        of(call),
        of(contacted),
        of(before)
    );
    if let Some(odds) = field.odds {
        text.push_str(&format!(
            "; odds within a lead source {:.0} times as high (95 % interval {:.0} to {:.0}, by chance 1)",
            odds.value, odds.lo, odds.hi
        ));
    }
    text.push('.');
    if let Some([with, without]) = field.meanwhile {
        text.push_str(&format!(
            " Empty before and filled in the next delivery: {} of {} leads that got a call in between, {} of {} others.",
            words::count(with.0), words::count(with.1), words::count(without.0), words::count(without.1)
        ));
    }
    text
}

/// The fields of the lead file that are no key, stage or outcome.
fn candidates() -> Vec<&'static str> {
    let columns = FileKind::Lead.contract().columns.iter();
    let names = columns.map(|column| column.name);
    names.filter(|name| !COURSE.contains(name)).collect()
}

async fn fields(input: &Input<'_>) -> Result<Vec<Field>> {
    let names = candidates();
    let counts: Vec<String> = names
        .iter()
        .enumerate()
        .map(|(at, name)| format!("COUNT(`{name}`) AS filled_{at}"))
        .collect();
    let sql = format!(
        "SELECT stage, LeadSource AS source, COUNT(*) AS n, {} \
         FROM (SELECT *, {} AS stage FROM SavvyGTMData.Lead \
         QUALIFY ROW_NUMBER() OVER (PARTITION BY Id ORDER BY LastModifiedDate DESC, \
         Stage_Entered_Contacting__c, Stage_Entered_Call_Scheduled__c, FA_CRD__c) = 1) \
         GROUP BY stage, source ORDER BY stage, source",
        counts.join(", "),
        stage(input, "")
    );
    let rows = input.rows(&sql).await?;
    let meanwhile = meanwhile(input, &names).await?;
    let (stages, all) = (rows.integers("stage")?, rows.integers("n")?);
    let sources = rows.texts("source")?;
    let mut fields = Vec::new();
    for (at, name) in names.into_iter().enumerate() {
        let filled = rows.integers(&format!("filled_{at}"))?;
        let mut by_stage = [(0, 0); 3];
        let mut by_source: BTreeMap<Option<&str>, TwoByTwo> = BTreeMap::new();
        for row in 0..rows.len() {
            let stage = stages[row].and_then(|stage| usize::try_from(stage).ok());
            let Some(stage) = stage.filter(|stage| *stage < by_stage.len()) else {
                continue;
            };
            let (filled, n) = (count(filled[row]), count(all[row]));
            by_stage[stage].0 += filled;
            by_stage[stage].1 += n;
            let table = by_source.entry(sources[row].as_deref()).or_default();
            match stage {
                2 => (table.positives, table.negatives) = (filled, n - filled),
                1 => (table.other_positives, table.other_negatives) = (filled, n - filled),
                _ => {}
            }
        }
        let strata: Vec<TwoByTwo> = by_source.into_values().collect();
        let common = mantel_haenszel(&strata, 0.95).and_then(|found| found.odds_ratio);
        fields.push(Field {
            name,
            denied: is_denied(name),
            by_stage,
            odds: common.or_else(|| ratio(by_stage[2], by_stage[1])),
            meanwhile: meanwhile.get(name).copied(),
        });
    }
    Ok(fields)
}

/// How far a lead came by the analysis date: 0 not contacted, 1 contacted, 2 with a call.
fn stage(input: &Input<'_>, of: &str) -> String {
    let known = |column: &str| format!("IFNULL(DATE({of}{column}) <= DATE '{}', FALSE)", input.day);
    format!(
        "CASE WHEN NOT {} THEN 0 WHEN {} THEN 2 ELSE 1 END",
        known("Stage_Entered_Contacting__c"),
        known("Stage_Entered_Call_Scheduled__c")
    )
}

fn count(value: Option<i64>) -> u64 {
    value
        .and_then(|value| u64::try_from(value).ok())
        .unwrap_or(0)
}

/// For each field, over each two consecutive deliveries of the lead file: of leads without a
/// call and with the field empty in the earlier one, how many have it in the later one, for
/// those that got a call in between and for the others. Empty with fewer than two deliveries.
async fn meanwhile(
    input: &Input<'_>,
    names: &[&'static str],
) -> Result<BTreeMap<&'static str, [(u64, u64); 2]>> {
    let mut sums: BTreeMap<&'static str, [(u64, u64); 2]> = BTreeMap::new();
    let loads = deliveries(input).await?;
    for pair in loads.windows(2) {
        let counts: Vec<String> = names
            .iter()
            .enumerate()
            .map(|(at, name)| {
                format!(
                    "COUNTIF(o.`{name}` IS NULL) AS empty_{at}, \
                     COUNTIF(o.`{name}` IS NULL AND n.`{name}` IS NOT NULL) AS filled_{at}"
                )
            })
            .collect();
        let one = |load: i64| {
            format!(
                "(SELECT * FROM SavvyGTMData.Lead_deliveries WHERE load_id = {load} \
                 QUALIFY ROW_NUMBER() OVER (PARTITION BY Id ORDER BY LastModifiedDate DESC, \
                 Stage_Entered_Contacting__c, Stage_Entered_Call_Scheduled__c, FA_CRD__c) = 1)"
            )
        };
        let sql = format!(
            "SELECT {} = 2 AS called, {} FROM {} o JOIN {} n ON n.Id = o.Id WHERE {} < 2 \
             GROUP BY called ORDER BY called",
            stage(input, "n."),
            counts.join(", "),
            one(pair[0]),
            one(pair[1]),
            stage(input, "o.")
        );
        let rows = input.rows(&sql).await?;
        let called = rows.flags("called")?;
        for (at, name) in names.iter().enumerate() {
            let empty = rows.integers(&format!("empty_{at}"))?;
            let filled = rows.integers(&format!("filled_{at}"))?;
            let sum = sums.entry(name).or_default();
            for row in 0..rows.len() {
                let place = &mut sum[usize::from(called[row] != Some(true))];
                place.0 += count(filled[row]);
                place.1 += count(empty[row]);
            }
        }
    }
    Ok(sums)
}

/// Loads of the lead file that were ever accepted, oldest first, up to the one in use.
async fn deliveries(input: &Input<'_>) -> Result<Vec<i64>> {
    let session = &input.data.session;
    let Some(newest) = input.data.in_use.kind(FileKind::Lead).next() else {
        return Ok(Vec::new());
    };
    if !session.has_table("SavvyGTMData.Lead_deliveries")
        || !session.has_table("LeadScoring.load_log")
    {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT load_id, MIN(entry) AS first FROM LeadScoring.load_log \
         WHERE kind = 'lead' AND status = 'accepted' AND entry <= {} \
         GROUP BY load_id ORDER BY first",
        newest.entry
    );
    let rows: Rows = input.rows(&sql).await?;
    Ok(rows.integers("load_id")?.into_iter().flatten().collect())
}

fn section(input: &Input<'_>, fields: &[Field]) -> Section {
    let mut table = Table::new(
        "Lead fields by how far their lead came",
        &[
            "field", "deny-list", "#filled, not contacted", "#contacted without call", "#with a call", "#odds with a call",
            "#from", "#to", "verdict",
        ],
    )
    .note("Odds of being filled with a call as a multiple of those of contacted leads without one, within a lead source (Mantel-Haenszel). A field that is as well filled before any contact says how a lead came in, not what became of it.");
    for field in fields {
        let [before, contacted, call] = field.by_stage;
        table.row(vec![
            field.name.into(),
            if field.denied { "kept out" } else { "no" }.into(),
            Cell::rate(before.0, before.1),
            Cell::rate(contacted.0, contacted.1),
            Cell::rate(call.0, call.1),
            Cell::number(field.odds.map(|odds| odds.value)),
            Cell::number(field.odds.map(|odds| odds.lo)),
            Cell::number(field.odds.map(|odds| odds.hi)),
            if field.leaks() {
                "filled after engagement"
            } else {
                ""
            }
            .into(),
        ]);
    }
    let mut section = Section::new("Fields that people fill once they talk")
        .say("What a salesperson types in after a talk knows the outcome. The model's features come from the vendor's files alone; this table shows which lead fields must stay out.")
        .table(table);
    let compared = fields.iter().any(|field| field.meanwhile.is_some());
    if compared {
        let mut table = Table::new(
            "Filled between two deliveries of the lead file",
            &[
                "field",
                "#empty before, call in between",
                "#filled after",
                "#empty before, no call",
                "#filled after",
            ],
        );
        for field in fields {
            if let Some([with, without]) = field.meanwhile {
                table.row(vec![
                    field.name.into(),
                    with.1.into(),
                    Cell::rate(with.0, with.1),
                    without.1.into(),
                    Cell::rate(without.0, without.1),
                ]);
            }
        }
        section = section.table(table);
    } else {
        section = section.say("There is one delivery of the lead file only; with a second one, fields can be watched as they are filled.");
    }
    let unknown: Vec<&str> = input
        .data
        .in_use
        .kind(FileKind::Lead)
        .flat_map(|load| load.unknown_columns.iter().map(String::as_str))
        .collect();
    if !unknown.is_empty() {
        section = section.say(format!(
            "Columns of the lead file that no contract declares are not stored and can't become features: {}.",
            named(&unknown, 12)
        ));
    }
    if input.project.known != Known::NOW {
        section = section.say("As known on a past day.");
    }
    section
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &'static str, call: u64) -> Field {
        Field {
            name,
            denied: true,
            by_stage: [(0, 29_602), (140, 47_377), (call, 2_023)],
            odds: None,
            meanwhile: None,
        }
    }

    #[test]
    fn fields_with_equal_figures_share_a_sentence() {
        let fields = [field("A__c", 161), field("B__c", 90), field("C__c", 161)];
        let fields: Vec<&Field> = fields.iter().collect();
        let found = finding(&fields, Severity::Note).unwrap();
        assert_eq!(found.evidence.len(), 2, "{:?}", found.evidence);
        assert!(
            found.evidence[0].starts_with("A__c and C__c: filled on 8.0 % of 2,023 leads"),
            "{:?}",
            found.evidence
        );
        assert_eq!(found.things, "leads with a call");
    }
}
