//! One delivery judged by its scorecard: the gates that decide whether it comes into use,
//! and what is to be said of it.

use leadrank_evidence::{Brief, Cell, Finding, Gate, Measured, Severity, Table, Unit, Verdict};
use leadrank_features::catalog;
use leadrank_sources::header::normalise;
use leadrank_sources::{ColumnCard, FileCard, FileKind, Judge, Judgement, Renamed, Scorecard};

use crate::checks::part::severity_of;
use crate::gates::Thresholds;

/// Columns of the lead file without which there are no labels.
const LEAD_COLUMNS: [&str; 4] = [
    "Id",
    "FA_CRD__c",
    "Stage_Entered_Contacting__c",
    "Stage_Entered_Call_Scheduled__c",
];
/// Keys and filters of the rep file beside the sources of features.
const REP_COLUMNS: [&str; 2] = ["RepCRD", "RIAFirmCRD"];
/// Part of a limit from which a change is worth a word.
const WARN_PART: f64 = 0.25;

/// What a scorecard comes to.
#[derive(Debug, Clone, Default)]
pub(super) struct Opinion {
    pub(super) gates: Vec<Gate>,
    pub(super) findings: Vec<Finding>,
}

/// Judges deliveries by these limits while they are loaded; `told` gets the verdicts.
pub fn judge(thresholds: &Thresholds, told: impl Fn(&[Gate]) + Send + Sync + 'static) -> Judge {
    let thresholds = thresholds.clone();
    Judge::new(move |card| {
        let opinion = opinion(card, &thresholds);
        told(&opinion.gates);
        let reasons: Vec<String> = opinion
            .findings
            .into_iter()
            .filter(|finding| finding.severity == Severity::Fail)
            .map(|finding| finding.headline)
            .collect();
        if reasons.is_empty() {
            Judgement::Accept(None)
        } else {
            Judgement::Quarantine(reasons)
        }
    })
}

/// Gates and findings of one delivery, worst first.
pub(super) fn opinion(card: &Scorecard, thresholds: &Thresholds) -> Opinion {
    let mut opinion = Opinion::default();
    let month = month_word(card);
    // The first delivery of a kind has nothing to be compared with.
    let compared = card.files.iter().any(|file| file.before.is_some());
    complete(card, &month, compared, &mut opinion);
    let mut rows = Tally::new("quality.rows");
    let mut schema = Tally::new("quality.schema");
    let mut fill = Tally::new("quality.fill");
    let mut rejects = Tally::new("quality.rejects");
    let mut units = Tally::new("quality.units");
    for file in &card.files {
        rows.measure(rows_change(file));
        rows.take(of_rows(file, &month, thresholds));
        schema.take_all(of_header(file, &month));
        schema.take_all(never_there(file, &month));
        for column in &file.columns {
            if is_needed(file.load.kind, &column.now.column) {
                fill.measure(fill_loss(file, column));
                rejects.measure(column.now.reject_rate());
            }
            if let Some(found) = of_unit(file, column, &month) {
                units.take(Some(found));
                // One fault, one finding: the rest follows from it.
                continue;
            }
            let unreadable = of_rejects(file, column, &month, thresholds);
            if unreadable.is_none() {
                fill.take(of_fill(file, column, &month, thresholds));
            }
            rejects.take(unreadable);
        }
    }
    let change = 100.0 * thresholds.rows_change;
    let loss = 100.0 * thresholds.fill_loss;
    let reject = 100.0 * thresholds.reject_rate;
    let n = card.files.len() as u64;
    let rules: [(Tally, bool, String, Unit, &str); 5] = [
        (
            rows,
            compared,
            format!("rows of a file differ by at most {change:.0} % from the file before"),
            Unit::Share,
            "export the file again; compare the portal's filter with last month's",
        ),
        (
            schema,
            compared,
            "no column that features need is gone, unless another stands in for it".into(),
            Unit::Count,
            "map the new name with sources.map, or ask the vendor",
        ),
        (
            fill,
            compared,
            format!(
                "no column that features need loses more than {loss:.0} points of its fill rate"
            ),
            Unit::Share,
            "ask the vendor; export again",
        ),
        (
            rejects,
            true,
            format!(
                "at most {reject:.0} % of the cells of a column that features need can't be read"
            ),
            Unit::Share,
            "look at LeadScoring.rejected_cells; map or mend the column",
        ),
        (
            units,
            compared,
            "no column comes in another unit than before".into(),
            Unit::Count,
            "export the month again in the usual unit, or read its files with a factor (ingest --file … --map NAME=NAME*FACTOR)",
        ),
    ];
    for (tally, judged, rule, unit, action) in rules {
        let mut gate = tally.gate(rule, unit, n, action);
        if gate.verdict == Verdict::Pass && !judged {
            (gate.verdict, gate.value) = (Verdict::NotEnoughData, None);
        }
        opinion.gates.push(gate);
        opinion.findings.extend(together(tally.findings, card));
    }
    opinion
}

/// The same finding of several files once, with all of their places.
fn together(findings: Vec<Finding>, card: &Scorecard) -> Vec<Finding> {
    let places: Vec<String> = card.files.iter().map(FileCard::place).collect();
    let mut joined: Vec<(String, Vec<String>, Finding)> = Vec::new();
    for finding in findings {
        let of = |place: &&String| finding.headline.contains(&format!(" {place} "));
        let place = places.iter().find(of).cloned().unwrap_or_default();
        let shape = finding.headline.replacen(&format!(" {place} "), " {} ", 1);
        match joined.iter_mut().find(|(known, ..)| *known == shape) {
            Some((_, all, first)) => {
                all.push(place);
                first.rows += finding.rows;
                first.of_rows += finding.of_rows;
                first.strength = first.strength.max(finding.strength);
            }
            None => joined.push((shape, vec![place], finding)),
        }
    }
    let named = joined.into_iter().map(|(shape, places, mut finding)| {
        if places.len() > 1 {
            finding.headline = shape.replacen("{}", &places.join(", "), 1);
        }
        finding
    });
    named.collect()
}

/// `2025-10`, or the Salesforce export.
pub(super) fn month_word(card: &Scorecard) -> String {
    card.snapshot_as_of.map_or_else(
        || "the Salesforce export".into(),
        |day| day.format("%Y-%m").to_string(),
    )
}

/// Findings under one gate, and the largest value that was measured, worth a word or not.
struct Tally {
    id: &'static str,
    findings: Vec<Finding>,
    largest: f64,
}

impl Tally {
    fn new(id: &'static str) -> Self {
        Tally {
            id,
            findings: Vec::new(),
            largest: 0.0,
        }
    }

    fn measure(&mut self, value: Option<f64>) {
        self.largest = self.largest.max(value.unwrap_or(0.0));
    }

    fn take(&mut self, finding: Option<Finding>) {
        self.findings.extend(finding);
    }

    fn take_all(&mut self, findings: Vec<Finding>) {
        self.findings.extend(findings);
    }

    fn gate(&self, rule: String, unit: Unit, files: u64, action: &str) -> Gate {
        let worst = self.findings.iter().map(|finding| finding.severity).min();
        let verdict = match worst {
            Some(Severity::Fail) => Verdict::Fail,
            Some(Severity::Warn) => Verdict::Warn,
            _ => Verdict::Pass,
        };
        let judged = |finding: &&Finding| finding.severity <= Severity::Warn;
        let value = match unit {
            Unit::Count => self.findings.iter().filter(judged).count() as f64,
            _ => self
                .findings
                .iter()
                .map(|finding| finding.strength)
                .fold(self.largest, f64::max),
        };
        Gate {
            id: self.id.into(),
            rule,
            value: Some(Measured::counted(value, files)),
            unit,
            verdict,
            action: action.into(),
            brief: None,
            forced: None,
        }
    }
}

fn complete(card: &Scorecard, month: &str, compared: bool, opinion: &mut Opinion) {
    let absent = card.absent.len();
    let n = (card.files.len() + absent) as u64;
    let verdict = match (absent, card.partial) {
        (0, _) if !compared => Verdict::NotEnoughData,
        (0, _) => Verdict::Pass,
        (_, true) => Verdict::Warn,
        (_, false) => Verdict::Fail,
    };
    if absent > 0 {
        let mut finding = Finding::new(
            "quality.complete",
            severity_of(verdict),
            format!("{} of {month} is missing; the month before had it", card.absent.join(", ")),
        )
        .because("Advisers of a missing territory look as if they had left, and their leads rest on older facts.")
        .rows(absent as u64, n).things("files")
        .remedy("put the missing file into raw/ and load again; --partial loads a month without it")
        // A missing file explains whatever else looks odd in the month.
        .strength(1e3);
        if card.partial {
            finding = finding.because("It was loaded with --partial.");
        }
        opinion.findings.push(finding);
    }
    opinion.gates.push(Gate {
        id: "quality.complete".into(),
        rule: "a month has every file that the month before had".into(),
        value: (verdict != Verdict::NotEnoughData).then(|| Measured::counted(absent as f64, n)),
        unit: Unit::Count,
        verdict,
        action: "export the missing files, or say --partial".into(),
        brief: None,
        forced: None,
    });
}

/// Whether a column matters to what comes after: a source of features, a key, a label.
pub(super) fn is_needed(kind: FileKind, column: &str) -> bool {
    match kind {
        FileKind::Reps => {
            REP_COLUMNS.contains(&column)
                || catalog()
                    .iter()
                    .any(|feature| feature.sources.contains(&column))
        }
        FileKind::Lead => LEAD_COLUMNS.contains(&column),
        // Stand-ins serve where the firm file lacks a column.
        FileKind::Firms | FileKind::Task | FileKind::User | FileKind::Opportunity => false,
    }
}

/// Whether a column that a file lacks is made up for by another: the features of firms know
/// such stand-ins.
fn has_stand_in(kind: FileKind, column: &str) -> bool {
    let mut features = catalog().iter();
    kind == FileKind::Firms && features.any(|feature| feature.sources.contains(&column))
}

/// By how much the rows of a file changed, where that says something: tasks and
/// opportunities come and go, and leads only ever grow in number.
fn rows_change(file: &FileCard) -> Option<f64> {
    let ratio = file.rows_ratio()?;
    let decisive = match file.load.kind {
        FileKind::Reps | FileKind::Firms => true,
        FileKind::Lead => ratio < 1.0,
        _ => false,
    };
    decisive.then(|| (ratio - 1.0).abs())
}

fn of_rows(file: &FileCard, month: &str, thresholds: &Thresholds) -> Option<Finding> {
    let (ratio, before) = (file.rows_ratio()?, file.before.as_ref()?);
    let change = rows_change(file)?;
    let severity = if change > thresholds.rows_change {
        Severity::Fail
    } else if change > thresholds.rows_change * WARN_PART {
        Severity::Warn
    } else {
        return None;
    };
    let word = if ratio < 1.0 { "fewer" } else { "more" };
    let finding = Finding::new(
        "quality.rows",
        severity,
        format!("{} of {month} has {:.0} % {word} rows than before", file.place(), 100.0 * change),
    )
    .because(format!("{} rows, {} in {}.", file.load.rows, before.rows, before.file))
    .rows(count(file.load.rows), count(before.rows))
    .remedy("export the file again and compare the portal's filter with last month's; a true change is loaded with --force REASON");
    Some(finding.strength(change))
}

fn of_header(file: &FileCard, month: &str) -> Vec<Finding> {
    let changes = &file.header;
    let mut findings = Vec::new();
    for name in &changes.gone {
        let renamed = changes.renamed.iter().find(|renamed| renamed.gone == *name);
        let needed = is_needed(file.load.kind, name);
        let severity = match (needed, renamed.is_some()) {
            (true, _) => Severity::Fail,
            (false, true) => Severity::Warn,
            (false, false) => Severity::Note,
        };
        let place = file.place();
        let mut finding = Finding::new(
            "quality.schema",
            severity,
            match renamed {
                Some(renamed) => format!(
                    "column {name} of {place} is gone in {month}; {}, new, {}: renamed?",
                    renamed.new,
                    likeness(renamed)
                ),
                None if has_stand_in(file.load.kind, name) => {
                    format!("column {name} of {place} is gone in {month}; a stand-in serves")
                }
                None => format!("column {name} of {place} is gone in {month}"),
            },
        )
        .strength(if renamed.is_some() { 2.0 } else { 1.0 });
        if let Some(renamed) = renamed {
            finding = finding
                .because(format!(
                    "{} of {} values that both have are the same for the same adviser.",
                    renamed.same, renamed.compared
                ))
                .rows(renamed.same, renamed.compared)
                .remedy(format!(
                    "read it under its old name, in leadrank.toml: sources.map = [\"{}={name}\"] (one spelling serves all files)",
                    normalise(&renamed.new)
                ));
        } else {
            if !changes.new.is_empty() {
                finding = finding.because(format!("New in this file: {}.", changes.new.join(", ")));
            }
            finding = finding.remedy(
                "if a new column is the old one, map it with sources.map; else ask the vendor",
            );
        }
        findings.push(finding);
    }
    if !changes.respelled.is_empty() || changes.reordered {
        let mut said = Vec::new();
        if changes.reordered {
            said.push("stand in another order".to_owned());
        }
        if !changes.respelled.is_empty() {
            said.push(format!(
                "are spelled otherwise ({} of them)",
                changes.respelled.len()
            ));
        }
        findings.push(
            Finding::new(
                "quality.header",
                Severity::Note,
                format!("columns of {} in {month} {}", file.place(), said.join(" and ")),
            )
            .because("Columns are matched by name, not by place, and without regard to case and separators: nothing is lost by this.")
            .rows(changes.respelled.len() as u64, file.load.header.len() as u64).things("columns")
            .strength(changes.respelled.len() as f64),
        );
    }
    let unmatched: Vec<&String> = changes
        .new
        .iter()
        .filter(|name| !changes.renamed.iter().any(|renamed| renamed.new == **name))
        .collect();
    if !unmatched.is_empty() && changes.gone.is_empty() {
        let names: Vec<&str> = unmatched.iter().map(|name| name.as_str()).collect();
        findings.push(Finding::new(
            "quality.new_columns",
            Severity::Note,
            format!(
                "{} of {month} has new columns: {}",
                file.place(),
                names.join(", ")
            ),
        ));
    }
    findings
}

/// Columns that features need and that a first delivery lacks: there is no header before it
/// that they could be gone from.
fn never_there(file: &FileCard, month: &str) -> Vec<Finding> {
    if file.before.is_some() {
        return Vec::new();
    }
    let declared = file.load.kind.contract().columns;
    let missing = file.load.missing_columns.iter().filter(|name| {
        let column = declared.iter().find(|column| column.name == name.as_str());
        is_needed(file.load.kind, name) && column.is_some_and(|column| !column.optional)
    });
    missing
        .map(|name| {
            let headline = format!("column {name} of {} is not in {month}", file.place());
            let mut finding = Finding::new("quality.schema", Severity::Fail, headline)
                .because("It is the first delivery, so this was judged by the columns that features need.")
                .remedy("if another column is meant, read it under this name with sources.map in leadrank.toml; else ask the vendor, or load without it: --force REASON")
                .strength(1.0);
            if !file.load.unknown_columns.is_empty() {
                finding = finding.because(format!(
                    "Columns of the file that nothing reads: {}.",
                    file.load.unknown_columns.join(", ")
                ));
            }
            finding
        })
        .collect()
}

/// How a new column is like one that is gone.
fn likeness(renamed: &Renamed) -> String {
    let same = 100.0 * renamed.same as f64 / renamed.compared.max(1) as f64;
    if same >= 90.0 {
        format!("holds the same values in {same:.0} %")
    } else {
        format!(
            "has values of the same shape (distance {:.3}, 0 is equal and 1 apart)",
            renamed.distance
        )
    }
}

fn of_unit(file: &FileCard, column: &ColumnCard, month: &str) -> Option<Finding> {
    let factor = column.unit_factor?;
    let name = &column.now.column;
    let needed = is_needed(file.load.kind, name);
    let what = if factor >= 1e6 {
        "in dollars instead of millions of dollars".to_owned()
    } else if factor <= 0.011 && factor > 0.009 {
        "as fractions instead of percent".to_owned()
    } else if factor > 1.0 {
        format!("about {factor:.0} times as large as before")
    } else {
        format!("about {:.0} times as small as before", 1.0 / factor)
    };
    let mut finding = Finding::new(
        "quality.units",
        if needed { Severity::Fail } else { Severity::Warn },
        format!("{name} of {} comes {what} in {month}", file.place()),
    )
    .remedy(format!(
        "export the month again in the usual unit; if the vendor has changed it for good, read this month's files with the factor, one by one: leadrank ingest --file FILE --kind t1 --month YYYY_MM --partial --map {name}={name}*{}",
        number(1.0 / factor)
    ))
    .strength(2.0 + column.now.filled as f64 / column.now.rows.max(1) as f64);
    if let (Some(now), Some(before)) = (
        column.now.quantiles,
        column.before.as_ref().and_then(|before| before.quantiles),
    ) {
        finding = finding.because(format!(
            "Quartiles {} / {} / {}, before {} / {} / {} (n = {}).",
            number(now[1]),
            number(now[2]),
            number(now[3]),
            number(before[1]),
            number(before[2]),
            number(before[3]),
            column.now.filled
        ));
    }
    if column.now.out_of_range > 0 {
        finding = finding.because(format!(
            "{} of {} numbers lie outside the plausible range.",
            column.now.out_of_range,
            column.now.filled + column.now.rejected
        ));
    }
    Some(finding.rows(column.now.filled, column.now.rows))
}

fn of_rejects(
    file: &FileCard,
    column: &ColumnCard,
    month: &str,
    thresholds: &Thresholds,
) -> Option<Finding> {
    let rate = column.now.reject_rate()?;
    let needed = is_needed(file.load.kind, &column.now.column);
    let severity = if rate > thresholds.reject_rate && needed {
        Severity::Fail
    } else if rate > thresholds.reject_rate * WARN_PART {
        Severity::Warn
    } else {
        return None;
    };
    let held = column.now.filled + column.now.rejected;
    let name = &column.now.column;
    let finding = Finding::new(
        "quality.rejects",
        severity,
        format!("{:.0} % of the cells of {name} in {} of {month} can't be read", 100.0 * rate, file.place()),
    )
    .because("Unreadable cells are empty in the tables; no row was dropped for them.")
    .rows(column.now.rejected, held)
    .remedy(format!("look at them: leadrank sql \"SELECT `text`, reason, COUNT(*) AS cells FROM LeadScoring.rejected_cells WHERE `column` = '{name}' GROUP BY 1, 2 ORDER BY cells DESC LIMIT 10\""));
    Some(finding.strength(rate))
}

/// By how much a column is emptier than before; a column that is not there has its own
/// finding.
fn fill_loss(file: &FileCard, column: &ColumnCard) -> Option<f64> {
    let before = column.before.as_ref()?.fill_rate()?;
    let there = !file.load.missing_columns.contains(&column.now.column);
    there.then_some(before - column.now.fill_rate()?)
}

fn of_fill(
    file: &FileCard,
    column: &ColumnCard,
    month: &str,
    thresholds: &Thresholds,
) -> Option<Finding> {
    let (now, before) = (
        column.now.fill_rate()?,
        column.before.as_ref()?.fill_rate()?,
    );
    let name = &column.now.column;
    let loss = fill_loss(file, column)?;
    let needed = is_needed(file.load.kind, name);
    let severity = if loss > thresholds.fill_loss && needed {
        Severity::Fail
    } else if loss > thresholds.fill_loss * WARN_PART {
        if needed {
            Severity::Warn
        } else {
            Severity::Note
        }
    } else {
        return None;
    };
    let finding = Finding::new(
        "quality.fill",
        severity,
        format!(
            "{name} of {} is filled in {:.0} % of the rows of {month}, {:.0} % before",
            file.place(),
            100.0 * now,
            100.0 * before
        ),
    )
    .rows(column.now.filled, column.now.rows)
    .remedy("ask the vendor what happened to the column; export the file again");
    Some(finding.strength(loss))
}

fn count(rows: i64) -> u64 {
    u64::try_from(rows).unwrap_or(0)
}

/// A number in as many digits as it needs.
fn number(value: f64) -> String {
    let size = value.abs();
    if size >= 100.0 || value == value.round() && size < 1e15 {
        format!("{value:.0}")
    } else if size >= 0.01 {
        format!("{value:.2}")
    } else {
        format!("{value}")
    }
}

/// The columns of a delivery: filled and rejected, beside the one before.
pub(super) fn columns_table(card: &Scorecard) -> Table {
    let mut table = Table::new(
        format!("Columns of {}", month_word(card)),
        &[
            "file",
            "column",
            "#rows",
            "#filled",
            "#before",
            "#unreadable",
            "#median",
            "#median before",
        ],
    )
    .note("Only columns that features need, and others where something changed.");
    for file in &card.files {
        for column in &file.columns {
            let (now, before) = (&column.now, column.before.as_ref());
            let changed = before.is_some_and(|before| {
                let (a, b) = (before.fill_rate(), now.fill_rate());
                a.zip(b).is_some_and(|(a, b)| (a - b).abs() > 0.02)
            });
            if !is_needed(file.load.kind, &now.column) && !changed && now.rejected == 0 {
                continue;
            }
            table.row(vec![
                file.place().into(),
                now.column.as_str().into(),
                now.rows.into(),
                Cell::share(now.filled, now.rows),
                before.map_or(Cell::Nothing, |before| {
                    Cell::share(before.filled, before.rows)
                }),
                now.rejected.into(),
                Cell::number(now.quantiles.map(|quantiles| quantiles[2])),
                Cell::number(
                    before
                        .and_then(|before| before.quantiles)
                        .map(|quantiles| quantiles[2]),
                ),
            ]);
        }
    }
    table
}

/// The files of a delivery beside the ones before.
pub(super) fn files_table(cards: &[Scorecard]) -> Table {
    let mut table = Table::new(
        "Deliveries",
        &[
            "delivery",
            "file",
            "state",
            "loaded",
            "#rows",
            "#rows before",
            "#change",
            "#unreadable cells",
            "#rows left out",
        ],
    )
    .note("A file is compared with the one it replaces, else with that of the month before.");
    for card in cards {
        for file in &card.files {
            table.row(vec![
                card.delivery.as_str().into(),
                file.place().into(),
                file.load.status.word().into(),
                file.load
                    .loaded_at
                    .format("%Y-%m-%d %H:%M")
                    .to_string()
                    .into(),
                count(file.load.rows).into(),
                file.before
                    .as_ref()
                    .map_or(Cell::Nothing, |before| count(before.rows).into()),
                file.rows_ratio()
                    .map_or(Cell::Nothing, |ratio| Cell::Share { share: ratio - 1.0 }),
                count(file.load.rejected_cells).into(),
                count(file.load.rows_left_out).into(),
            ]);
        }
    }
    table
}

/// The brief's own words for a limit.
pub(in crate::checks) fn brief(rule: &str, met: bool) -> Option<Brief> {
    Some(Brief {
        rule: rule.into(),
        met: Some(met),
    })
}
