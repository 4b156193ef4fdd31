//! Do leads and vendor data fit together: match by adviser number, duplicates by kind,
//! freshness, completeness.

use std::collections::BTreeMap;

use leadrank_evidence::{Cell, Finding, Gate, Measured, Section, Severity, Table, Unit, Verdict};
use leadrank_features::{Group, catalog};
use leadrank_sources::FileKind;
use leadrank_stats::proportion;

use super::delivery::brief;
use crate::checks::Input;
use crate::checks::part::{Part, severity_of};
use crate::error::Result;
use crate::stages::rows::Rows;
use crate::words;

/// Columns of the rep file without which nothing works (domain.md, "Validation gates and
/// thresholds": CRD, tenure, firm CRD).
const CRITICAL: [&str; 3] = [
    "RepCRD",
    "RIAFirmCRD",
    "DateOfHireAtCurrentFirm_NumberOfYears",
];
/// Share of repeated lead rows from which they are worth a look.
const REPEATED: f64 = 0.005;
/// Share of adviser numbers with several leads from which they are; two to three percent
/// are usual.
const SEVERAL: f64 = 0.05;

pub(super) async fn part(input: &Input<'_>) -> Result<Part> {
    let mut part = Part::default();
    matching(input, &mut part).await?;
    freshness(input, &mut part);
    completeness(input, &mut part).await?;
    nulls(input, &mut part)?;
    duplicates(input, &mut part).await?;
    Ok(part)
}

async fn matching(input: &Input<'_>, part: &mut Part) -> Result<()> {
    let limits = &input.project.config().gates;
    let sql = "SELECT COUNT(DISTINCT t.adviser_id) AS found FROM LeadScoring.training_dataset t \
               JOIN LeadScoring.discovery_reps_current r ON r.RepCRD = t.adviser_id";
    let found = whole(&input.rows(sql).await?, "found")?;
    let leads_found = leads_found(input).await?;
    let mut advisers: Vec<&String> = input.leads.advisers.iter().flatten().collect();
    let with_number = advisers.len() as u64;
    advisers.sort_unstable();
    advisers.dedup();
    let distinct = advisers.len() as u64;
    let contacted = input.leads.len() as u64;
    let matched = input.dataset.coverage.matched;
    let estimate = proportion::estimate(found, distinct, 0.95);
    let verdict = match estimate {
        None => Verdict::NotEnoughData,
        Some(rate) if rate.hi < limits.match_fail => Verdict::Fail,
        Some(rate) if rate.hi < limits.match_warn => Verdict::Warn,
        Some(_) => Verdict::Pass,
    };
    let share = estimate.map_or(0.0, |rate| 100.0 * rate.value);
    part.gates.push(Gate {
        id: "quality.match".into(),
        rule: format!(
            "at least {:.0} % of the distinct advisers of contacted leads are in the vendor's data (below {:.0} % it fails)",
            100.0 * limits.match_warn, 100.0 * limits.match_fail
        ),
        value: estimate.map(Measured::from),
        unit: Unit::Share,
        verdict,
        action: "check FA_CRD__c in the lead file; upload missing numbers to the vendor's portal and load the result as discovery_tx_YYYY_MM.csv".into(),
        brief: brief("CRD match > 90 % (measured 94.8 % by distinct number)", share > 90.0),
        forced: None,
    });
    let mut finding = Finding::new(
        "quality.match",
        severity_of(verdict),
        format!("{share:.1} % of the advisers of contacted leads are in the vendor's data"),
    )
    .because(format!(
        "{found} of {distinct} distinct numbers; {with_number} of {contacted} contacted leads have a number, {matched} found a month from before their contact."
    ))
    .because(match proportion::estimate(leads_found, contacted, 0.95) {
        Some(by_lead) => format!(
            "By lead: {} of the contacted leads have an adviser who is in the vendor's data in any month.",
            words::rate(&by_lead)
        ),
        None => "No lead was contacted yet.".into(),
    })
    .rows(found, distinct)
    .things("adviser numbers")
    .strength(100.0 - share);
    if verdict != Verdict::Pass {
        finding = finding.remedy(
            "check FA_CRD__c in the lead file; upload the missing numbers to the vendor's portal",
        );
    }
    part.findings.push(finding);
    Ok(())
}

fn freshness(input: &Input<'_>, part: &mut Part) {
    let limit = input.project.config().freshness.max_age_days;
    let newest = input.data.in_use.months(FileKind::Reps).into_iter().max();
    let age = newest.map(|newest| (input.day - newest).num_days());
    let verdict = match age {
        None => Verdict::NotEnoughData,
        Some(age) if age > limit => Verdict::Fail,
        Some(_) => Verdict::Pass,
    };
    part.gates.push(Gate {
        id: "quality.freshness".into(),
        rule: format!(
            "the newest vendor month is at most {limit} days older than the analysis date"
        ),
        value: age.map(|age| Measured::counted(age as f64, 1)),
        unit: Unit::Days,
        verdict,
        action: "export and load this month's files".into(),
        brief: brief(
            "newest month at most 30 days old",
            age.is_some_and(|age| age <= 30),
        ),
        forced: None,
    });
    if let (Some(newest), Some(age)) = (newest, age) {
        let mut finding = Finding::new(
            "quality.freshness",
            severity_of(verdict),
            format!(
                "the newest vendor month in use, {}, is {age} days old",
                newest.format("%Y-%m")
            ),
        )
        // An old month is often the consequence of a held back one, which comes first.
        .strength(1e-3);
        if verdict == Verdict::Fail {
            finding = finding
                .remedy("export and load this month's files; until then scores are marked stale");
        }
        part.findings.push(finding);
    }
}

async fn completeness(input: &Input<'_>, part: &mut Part) -> Result<()> {
    let limit = input.project.config().gates.critical_fill;
    let counts: Vec<String> = CRITICAL
        .iter()
        .map(|column| format!("COUNT({column}) AS {column}"))
        .collect();
    let sql = format!(
        "SELECT COUNT(*) AS n, {} FROM LeadScoring.discovery_reps_current \
         WHERE snapshot_as_of = (SELECT MAX(snapshot_as_of) FROM LeadScoring.discovery_reps_current)",
        counts.join(", ")
    );
    let rows = input.rows(&sql).await?;
    let n = whole(&rows, "n")?;
    let mut worst: Option<(&str, f64, u64)> = None;
    for column in CRITICAL {
        let filled = whole(&rows, column)?;
        let share = filled as f64 / n.max(1) as f64;
        if worst.is_none_or(|(_, least, _)| share < least) {
            worst = Some((column, share, filled));
        }
    }
    let Some((column, share, filled)) = worst else {
        return Ok(());
    };
    let verdict = match share {
        _ if n == 0 => Verdict::NotEnoughData,
        share if share < limit - 0.15 => Verdict::Fail,
        share if share < limit => Verdict::Warn,
        _ => Verdict::Pass,
    };
    part.gates.push(Gate {
        id: "quality.critical".into(),
        rule: format!("adviser number, firm number and years at firm are filled in {:.0} % of the newest month's rows", 100.0 * limit),
        value: Some(Measured::counted(share, n)),
        unit: Unit::Share,
        verdict,
        action: format!("{column} is the emptiest; ask the vendor"),
        brief: brief("completeness of critical features > 95 %", share > 0.95),
        forced: None,
    });
    let mut finding = Finding::new(
        "quality.critical",
        severity_of(verdict),
        format!("of the columns without which nothing works, {column} is the emptiest: filled in {:.1} %", 100.0 * share),
    )
    .rows(filled, n);
    if verdict != Verdict::Pass {
        finding = finding.remedy("ask the vendor why the column is empty; export the month again");
    }
    part.findings.push(finding);
    Ok(())
}

/// Years at an earlier firm are missing where there was none: that is their meaning.
fn means_none(name: &str) -> bool {
    name.starts_with("Number_YearsPriorFirm") || name == "AverageTenureAtPriorFirms"
}

fn nulls(input: &Input<'_>, part: &mut Part) -> Result<()> {
    let limit = input.project.config().gates.null_share;
    let warn_limit = input.project.config().gates.null_warn;
    let matched: Vec<usize> = (0..input.leads.len())
        .filter(|&row| input.leads.months[row].is_some())
        .collect();
    let n = matched.len() as u64;
    let mut missing: Vec<(&str, u64, bool)> = Vec::new();
    for feature in catalog().iter().filter(|feature| !means_none(feature.name)) {
        let values = input.leads.feature(feature.name)?;
        let count = matched.iter().filter(|&&row| values[row].is_nan()).count() as u64;
        if count as f64 > limit * n as f64 {
            missing.push((feature.name, count, feature.group == Group::Base));
        }
    }
    missing.sort_by(|a, b| b.1.cmp(&a.1).then(b.2.cmp(&a.2)));
    // A column that the whole file lacks is counted once, where it comes from.
    let (base, derived): (Vec<_>, Vec<_>) = missing.into_iter().partition(|(_, _, base)| *base);
    let most = base
        .iter()
        .chain(&derived)
        .map(|(_, count, _)| *count)
        .max()
        .unwrap_or(0);
    let worst = most as f64 / n.max(1) as f64;
    let hardly = |count: u64| count as f64 > warn_limit * n as f64;
    let verdict = match n {
        0 => Verdict::NotEnoughData,
        _ if hardly(most) => Verdict::Warn,
        _ => Verdict::Pass,
    };
    part.gates.push(Gate {
        id: "quality.nulls".into(),
        rule: format!(
            "no feature is missing for more than {:.0} % of the matched leads (from {:.0} % it is noted)",
            100.0 * warn_limit,
            100.0 * limit
        ),
        value: Some(Measured::counted(worst, n)),
        unit: Unit::Share,
        verdict,
        action:
            "a model can hardly use them; ask the vendor, or keep them out with features.exclude"
                .into(),
        // Such features are named among the findings.
        brief: brief("null share > 50 % flags a feature", true),
        forced: None,
    });
    let derived_names: Vec<&str> = derived.iter().map(|(name, _, _)| *name).collect();
    for (name, count, _) in base
        .iter()
        .chain(derived.iter().filter(|_| base.is_empty()))
    {
        let share = *count as f64 / n.max(1) as f64;
        let is_aum = *name == "TotalAssetsInMillions";
        let headline = if is_aum {
            format!(
                "the firm's assets are unknown for {:.0} % of the matched leads",
                100.0 * share
            )
        } else {
            format!(
                "{name} is missing for {:.0} % of the matched leads",
                100.0 * share
            )
        };
        let severity = if hardly(*count) {
            Severity::Warn
        } else {
            Severity::Note
        };
        let mut finding = Finding::new("quality.nulls", severity, headline)
            .rows(*count, n)
            .things("leads")
            .strength(share + if is_aum { 1.0 } else { 0.0 });
        if is_aum {
            finding = finding.because(
                "Segments, calibrators and experiment blocks by assets would rest on \"unknown\".",
            );
        }
        if !derived_names.is_empty() && base.first().is_some_and(|first| first.0 == *name) {
            finding = finding.because(format!("Missing with it: {}.", derived_names.join(", ")));
        }
        if severity == Severity::Warn {
            finding = finding
                .remedy("ask the vendor for the column; until then segments by it say little");
        }
        part.findings.push(finding);
    }
    Ok(())
}

async fn duplicates(input: &Input<'_>, part: &mut Part) -> Result<()> {
    // Grouped step by step: a set of distinct values for each of half a million groups
    // would fill the memory.
    let files = "(SELECT RepCRD, RIAFirmCRD, territory_source, COUNT(*) AS n \
         FROM LeadScoring.discovery_reps_current WHERE snapshot_as_of = \
         (SELECT MAX(snapshot_as_of) FROM LeadScoring.discovery_reps_current) \
         GROUP BY RepCRD, RIAFirmCRD, territory_source)";
    let pairs = format!(
        "(SELECT RepCRD, RIAFirmCRD, SUM(n) AS n, MAX(n) AS most, COUNT(*) AS territories \
         FROM {files} f GROUP BY RepCRD, RIAFirmCRD)"
    );
    let sql = format!(
        "SELECT SUM(n) AS n, COUNT(*) AS pairs, COUNTIF(most > 1) AS within, \
         COUNTIF(territories > 1) AS across FROM {pairs} p"
    );
    let rows = input.rows(&sql).await?;
    let sql = format!(
        "SELECT COUNT(*) AS reps, COUNTIF(firms > 1) AS several FROM \
         (SELECT RepCRD, COUNT(*) AS firms FROM {pairs} p GROUP BY RepCRD) r"
    );
    let reps = input.rows(&sql).await?;
    let sql = "SELECT COUNT(*) AS n, COUNT(DISTINCT Id) AS ids FROM SavvyGTMData.Lead";
    let leads = input.rows(sql).await?;
    let mut of_adviser: BTreeMap<&str, u64> = BTreeMap::new();
    for adviser in input.leads.advisers.iter().flatten() {
        *of_adviser.entry(adviser).or_default() += 1;
    }
    let shared = of_adviser.values().filter(|count| **count > 1).count() as u64;
    let advisers = of_adviser.len() as u64;
    let (lead_rows, ids) = (whole(&leads, "n")?, whole(&leads, "ids")?);
    let repeated = lead_rows - ids;

    let mut table = Table::new(
        "Repeats by kind",
        &["what", "#repeats", "#of", "what is done with them"],
    );
    let mut line = |what: &str, count: u64, of: u64, done: &str| {
        table.row(vec![what.into(), count.into(), of.into(), done.into()]);
    };
    let n = whole(&rows, "n")?;
    let pairs = whole(&rows, "pairs")?;
    line(
        "rows of one adviser and firm in one territory's file",
        whole(&rows, "within")?,
        pairs,
        "the row with the fewest empty cells counts",
    );
    line(
        "adviser and firm in two territories",
        whole(&rows, "across")?,
        pairs,
        "the lowest territory counts",
    );
    line(
        "advisers with several firms",
        whole(&reps, "several")?,
        whole(&reps, "reps")?,
        "the primary firm counts",
    );
    line(
        "rows more than distinct advisers",
        n - whole(&reps, "reps")?,
        n,
        "one row an adviser enters the features",
    );
    line(
        "rows of one Salesforce id",
        repeated,
        lead_rows,
        "the one changed last counts",
    );
    line(
        "adviser numbers with several contacted leads",
        shared,
        advisers,
        "all on one side of the split",
    );
    part.sections.push(
        Section::new("Repeats")
            .say("Vendor rows are those of the newest month in use.")
            .table(table),
    );

    if repeated as f64 > REPEATED * lead_rows as f64 {
        part.findings.push(
            Finding::new(
                "quality.repeated_leads",
                Severity::Warn,
                format!("{repeated} rows of the lead file repeat a Salesforce id"),
            )
            .because(format!("{lead_rows} rows, {ids} leads. Each lead counts once, in the state it was changed to last."))
            .because(format!("{shared} of {advisers} adviser numbers have several contacted leads; they stay on one side of the split."))
            .rows(repeated, lead_rows)
            .remedy("export each lead once; look for merged or copied leads in Salesforce")
            .strength(repeated as f64 / lead_rows.max(1) as f64),
        );
    } else if shared as f64 > SEVERAL * advisers as f64 {
        part.findings.push(
            Finding::new(
                "quality.repeated_advisers",
                Severity::Warn,
                format!("{shared} adviser numbers have several contacted leads"),
            )
            .because("Two to three percent are usual; all leads of one adviser stay on one side of the split.")
            .rows(shared, advisers).things("adviser numbers")
            .remedy("look for copied leads in Salesforce")
            .strength(shared as f64 / advisers.max(1) as f64),
        );
    }
    Ok(())
}

/// A count in a one-row answer.
fn whole(rows: &Rows, name: &str) -> Result<u64> {
    let value = rows.integers(name)?.first().copied().flatten();
    Ok(value
        .and_then(|value| u64::try_from(value).ok())
        .unwrap_or(0))
}

/// Contacted leads whose adviser stands in any vendor month in use.
async fn leads_found(input: &Input<'_>) -> Result<u64> {
    let sql = "SELECT COUNT(*) AS found FROM LeadScoring.training_dataset t JOIN \
               (SELECT DISTINCT RepCRD FROM LeadScoring.discovery_reps_current) r \
               ON r.RepCRD = t.adviser_id";
    whole(&input.rows(sql).await?, "found")
}

/// The share of contacted leads with each status of the as-of match, as a table.
pub(super) async fn match_table(input: &Input<'_>) -> Result<Table> {
    let coverage = &input.dataset.coverage;
    let mut table = Table::new(
        "Match of contacted leads",
        &["contacted leads", "#leads", "#share"],
    );
    let mut line = |what: &str, count: u64| {
        table.row(vec![
            what.into(),
            count.into(),
            Cell::share(count, coverage.leads),
        ]);
    };
    line("all", coverage.leads);
    line("with an adviser number", coverage.with_crd);
    line(
        "with an adviser in the vendor's data, in any month",
        leads_found(input).await?,
    );
    line(
        "with a vendor month from before their contact",
        coverage.matched,
    );
    line("of these with a known outcome", coverage.clean.labelled);
    Ok(table)
}
