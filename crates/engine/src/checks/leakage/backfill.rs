//! Back-fill: past facts that a later delivery says otherwise, and whether that goes with
//! the outcome.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use leadrank_evidence::{Cell, Finding, Gate, Measured, Section, Severity, Table, Unit, Verdict};
use leadrank_sources::{Career, ORDINARY_REWRITING, PastFact, Revision, careers, revisions};
use leadrank_stats::association::{TwoByTwo, odds_ratio};
use leadrank_stats::{Estimate, proportion};

use crate::checks::Input;
use crate::checks::part::Part;
use crate::error::Result;
use crate::words;

/// Odds ratio of the outcome, at the lower end of its interval, from which rewriting goes
/// with the outcome.
const ASSOCIATED: f64 = 1.5;
/// Confidence of the interval of an odds ratio: many columns are looked at.
const CONFIDENCE: f64 = 0.99;
/// Fewest rewritten advisers to judge by.
const FEWEST: u64 = 5;

/// One thing that can be rewritten, counted by outcome of the adviser's leads.
#[derive(Debug, Clone, Default)]
struct Counts {
    /// Rewritten and not, of advisers with a positive lead.
    positive: (u64, u64),
    /// The same of advisers with negative leads only.
    negative: (u64, u64),
}

impl Counts {
    fn add(&mut self, positive: bool, rewritten: bool) {
        let side = if positive {
            &mut self.positive
        } else {
            &mut self.negative
        };
        if rewritten {
            side.0 += 1;
        } else {
            side.1 += 1;
        }
    }

    fn rewritten(&self) -> u64 {
        self.positive.0 + self.negative.0
    }

    fn compared(&self) -> u64 {
        self.rewritten() + self.positive.1 + self.negative.1
    }

    /// Odds of a positive outcome among rewritten advisers over those among the others;
    /// none where too few were rewritten, or only those with a positive outcome.
    fn odds(&self) -> Option<Estimate> {
        if self.rewritten() < FEWEST || self.only_positive() {
            return None;
        }
        odds_ratio(
            &TwoByTwo {
                positives: self.positive.0,
                negatives: self.negative.0,
                other_positives: self.positive.1,
                other_negatives: self.negative.1,
            },
            CONFIDENCE,
        )
    }

    /// Whether all that was rewritten converted, where no ratio can be formed.
    fn only_positive(&self) -> bool {
        self.positive.0 >= FEWEST && self.negative.0 == 0
    }

    fn severity(&self) -> Severity {
        let share = self.rewritten() as f64 / self.compared().max(1) as f64;
        let associated =
            self.odds().is_some_and(|odds| odds.lo > ASSOCIATED) || self.only_positive();
        match (self.rewritten(), share > ORDINARY_REWRITING, associated) {
            (0, ..) => Severity::Pass,
            (.., true) => Severity::Fail,
            (_, true, _) => Severity::Warn,
            _ => Severity::Note,
        }
    }
}

pub(super) async fn part(input: &Input<'_>) -> Result<Part> {
    let outcomes = outcomes(input);
    let between = between_months(input, &outcomes).await?;
    let again = redelivered(input, &outcomes).await?;
    let mut part = Part::default();
    let all: Vec<(String, &Counts)> = between
        .iter()
        .map(|(fact, counts)| (format!("{} between months", fact.words()), counts))
        .chain(again.iter().map(|(what, counts)| (what.clone(), counts)))
        .collect();
    for (what, counts) in &all {
        if counts.severity() <= Severity::Note {
            part.findings.push(finding(what, counts));
        }
    }
    let worst = all
        .iter()
        .map(|(_, counts)| counts.severity())
        .min()
        .unwrap_or(Severity::Pass);
    let rewritten: u64 = all.iter().map(|(_, counts)| counts.rewritten()).sum();
    let compared: u64 = all.iter().map(|(_, counts)| counts.compared()).sum();
    if part.findings.is_empty() {
        let headline = match compared {
            0 => "past facts could not be compared: no adviser of a lead stands in two deliveries"
                .to_owned(),
            _ => format!(
                "no past fact was rewritten: {} statements of two deliveries compared",
                words::count(compared)
            ),
        };
        let severity = if compared == 0 {
            Severity::Note
        } else {
            Severity::Pass
        };
        part.findings.push(
            Finding::new("leakage.backfill", severity, headline)
                .rows(0, compared)
                .things("statements"),
        );
    }
    part.gates.push(Gate {
        id: "leakage.backfill".into(),
        rule: "past facts are not rewritten for advisers whose leads converted".into(),
        value: Some(Measured::counted(rewritten as f64, compared)),
        unit: Unit::Count,
        verdict: match worst {
            _ if compared == 0 => Verdict::NotEnoughData,
            Severity::Fail => Verdict::Fail,
            Severity::Warn => Verdict::Warn,
            _ => Verdict::Pass,
        },
        action: "ask the vendor which columns are filled in afterwards; keep features made of them out with features.exclude".into(),
        brief: None,
        forced: None,
    });
    part.sections.push(section(&all));
    Ok(part)
}

/// Whether an adviser has a positive lead, of advisers with a labelled lead.
fn outcomes<'a>(input: &'a Input<'_>) -> BTreeMap<&'a str, bool> {
    let mut outcomes: BTreeMap<&str, bool> = BTreeMap::new();
    for (row, positive) in input.leads.labelled() {
        if let Some(adviser) = &input.leads.advisers[row] {
            *outcomes.entry(adviser).or_default() |= positive;
        }
    }
    outcomes
}

/// Contradictions between neighbouring months, for advisers of labelled leads.
async fn between_months(
    input: &Input<'_>,
    outcomes: &BTreeMap<&str, bool>,
) -> Result<BTreeMap<PastFact, Counts>> {
    let relation = "(SELECT r.* FROM LeadScoring.discovery_reps_current r JOIN \
        (SELECT DISTINCT adviser_id FROM LeadScoring.training_dataset WHERE label IS NOT NULL) t \
        ON t.adviser_id = r.RepCRD)";
    let careers = careers(&input.data.session, relation).await?;
    let months: Vec<NaiveDate> = careers
        .keys()
        .map(|(_, month)| *month)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let mut counts: BTreeMap<PastFact, Counts> = BTreeMap::new();
    for (adviser, positive) in outcomes {
        let of_month = |month: &NaiveDate| careers.get(&((*adviser).to_owned(), *month));
        let story: Vec<&Career> = months.iter().filter_map(of_month).collect();
        for fact in PastFact::ALL {
            let said: Vec<bool> = story
                .windows(2)
                .filter_map(|pair| fact.contradicted(pair[0], pair[1]))
                .collect();
            if !said.is_empty() {
                // An adviser counts once, however often the past was changed.
                let rewritten = said.contains(&true);
                counts.entry(fact).or_default().add(*positive, rewritten);
            }
        }
    }
    Ok(counts)
}

/// Cells that a second delivery of the same month says otherwise.
async fn redelivered(
    input: &Input<'_>,
    outcomes: &BTreeMap<&str, bool>,
) -> Result<Vec<(String, Counts)>> {
    let session = &input.data.session;
    let mut found = Vec::new();
    for revision in revisions(session, input.project.knowledge()).await? {
        for (column, counts) in of_revision(input, &revision, outcomes).await? {
            let month = revision.month.format("%Y-%m");
            found.push((
                format!(
                    "{column} of {month} in {} against {}",
                    revision.after, revision.before
                ),
                counts,
            ));
        }
    }
    Ok(found)
}

async fn of_revision(
    input: &Input<'_>,
    revision: &Revision,
    outcomes: &BTreeMap<&str, bool>,
) -> Result<Vec<(String, Counts)>> {
    let columns = revision.columns();
    let flags: Vec<String> = columns
        .iter()
        .enumerate()
        .map(|(place, column)| format!("a.`{column}` IS DISTINCT FROM b.`{column}` AS c{place}"))
        .collect();
    let sql = format!(
        "SELECT a.RepCRD AS adviser, {} FROM {} a JOIN {} b ON b.RepCRD = a.RepCRD \
         JOIN (SELECT DISTINCT adviser_id FROM LeadScoring.training_dataset WHERE label IS NOT NULL) t \
         ON t.adviser_id = a.RepCRD",
        flags.join(", "),
        revision.relation_before(),
        revision.relation_after()
    );
    let rows = input.rows(&sql).await?;
    let advisers = rows.texts("adviser")?;
    let mut all = Vec::with_capacity(columns.len());
    for (place, column) in columns.iter().enumerate() {
        let changed = rows.flags(&format!("c{place}"))?;
        let mut counts = Counts::default();
        for (adviser, changed) in advisers.iter().zip(changed) {
            let outcome = adviser.as_deref().and_then(|adviser| outcomes.get(adviser));
            if let Some(positive) = outcome {
                counts.add(*positive, changed == Some(true));
            }
        }
        if counts.rewritten() > 0 {
            all.push(((*column).to_owned(), counts));
        }
    }
    Ok(all)
}

fn finding(what: &str, counts: &Counts) -> Finding {
    let (rewritten, compared) = (counts.rewritten(), counts.compared());
    let severity = counts.severity();
    let headline = match severity {
        Severity::Fail => {
            format!("past facts were rewritten for advisers whose leads converted: {what}")
        }
        _ => format!("past facts were rewritten: {what}, {rewritten} of {compared} advisers"),
    };
    let rate = |side: (u64, u64)| {
        proportion::estimate(side.0, side.0 + side.1, 0.95).map_or_else(
            || "none to compare".to_owned(),
            |rate| {
                format!(
                    "{:.2} % ({:.2}–{:.2}, n = {})",
                    100.0 * rate.value,
                    100.0 * rate.lo,
                    100.0 * rate.hi,
                    rate.n
                )
            },
        )
    };
    let mut finding = Finding::new("leakage.backfill", severity, headline)
        .because(format!(
            "Rewritten for {} of the advisers with a scheduled call and {} of the others.",
            rate(counts.positive),
            rate(counts.negative)
        ))
        .rows(rewritten, compared)
        .things("statements");
    if let Some(odds) = counts.odds() {
        finding = finding
            .because(format!(
                "Odds ratio {:.1} (99 % interval {:.1}–{:.1}; by chance 1).",
                odds.value, odds.lo, odds.hi
            ))
            .strength(odds.lo);
    } else if counts.only_positive() {
        finding = finding
            .because("Not one adviser without a scheduled call was rewritten.")
            .strength(1e3);
    }
    match severity {
        Severity::Fail | Severity::Warn => finding.remedy(
            "ask the vendor which facts are filled in afterwards; keep features made of these columns out (features.exclude), and read `leadrank ingest --diff MONTH,MONTH`",
        ),
        _ => finding,
    }
}

fn section(all: &[(String, &Counts)]) -> Section {
    let mut table = Table::new(
        "Past facts said again by a later delivery",
        &["what", "#advisers compared", "#rewritten", "#with a scheduled call", "#without", "#odds ratio", "#from", "#to"],
    )
    .note("An adviser counts once. Odds ratio of a scheduled call, rewritten against not; by chance 1.");
    for (what, counts) in all {
        let odds = counts.odds();
        table.row(vec![
            what.as_str().into(),
            counts.compared().into(),
            counts.rewritten().into(),
            Cell::rate(counts.positive.0, counts.positive.0 + counts.positive.1),
            Cell::rate(counts.negative.0, counts.negative.0 + counts.negative.1),
            Cell::number(odds.map(|odds| odds.value)),
            Cell::number(odds.map(|odds| odds.lo)),
            Cell::number(odds.map(|odds| odds.hi)),
        ]);
    }
    Section::new("Is history rewritten?")
        .say("Whoever was hired on a day stays hired on that day. Each delivery is compared with the one before for the same adviser: the day of hire at the same firm, the day of the first registration, the years at earlier firms. Months that were delivered twice are compared cell by cell.")
        .table(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(positive: (u64, u64), negative: (u64, u64)) -> Counts {
        Counts { positive, negative }
    }

    #[test]
    fn rewriting_that_goes_with_the_outcome_fails_and_a_few_corrections_do_not() {
        assert_eq!(counts((0, 100), (0, 2_000)).severity(), Severity::Pass);
        assert_eq!(counts((1, 99), (3, 1_997)).severity(), Severity::Note);
        assert_eq!(counts((30, 70), (30, 1_970)).severity(), Severity::Fail);
        assert_eq!(counts((30, 70), (0, 2_000)).severity(), Severity::Fail);
        assert_eq!(counts((5, 95), (100, 1_900)).severity(), Severity::Warn);
    }
}
