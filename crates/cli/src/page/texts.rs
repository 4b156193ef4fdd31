//! Short texts for the terminal, one a verb.

use std::path::Path;

use leadrank_engine::pipeline::RunReport;
use leadrank_engine::stages::dataset::DatasetReport;
use leadrank_engine::stages::score::ScoreReport;
use leadrank_evidence::Unit;
use leadrank_report::format::{self, Written as _};
use leadrank_report::{MetricRow, RunPage};
use leadrank_sources::{Diff, FileStatus, IngestReport};

/// Width of the first column.
const LABEL: usize = 10;

/// What a run has to say, on one screen: what went in, what the figures are worth,
/// whom to call, and where the files are.
pub(crate) fn run_text(run: &RunReport, page: &RunPage, report: &Path) -> String {
    let mut lines = vec![format!(
        "{} as of {}, model {}",
        page.title, run.as_of, run.train.model_id
    )];
    let mut say = |label: &str, text: String| lines.push(format!("{label:<LABEL$} {text}"));
    say(
        "read",
        format!(
            "{} files, {} rows, {} cells rejected",
            run.ingest.files.len(),
            format::count(run.ingest.rows()),
            format::count(run.ingest.rejected_cells())
        ),
    );
    let labels = &run.dataset.labels;
    say(
        "labels",
        format!("{} contacted leads:", format::count(labels.contacted)),
    );
    say(
        "",
        format!(
            "{} positive, {} negative, {} late (count as none)",
            format::count(labels.positive),
            format::count(labels.negative),
            format::count(labels.late)
        ),
    );
    say(
        "",
        format!(
            "{} censored and {} with invalid timing (left out of training)",
            format::count(labels.censored),
            format::count(labels.invalid_timing)
        ),
    );
    let coverage = &run.dataset.coverage;
    let share = coverage.matched as f64 / coverage.leads.max(1) as f64;
    say(
        "coverage",
        format!(
            "{} with an adviser number, {} with vendor data from before contact ({})",
            format::count(coverage.with_crd),
            format::count(coverage.matched),
            format::percent(share)
        ),
    );
    if let Some(test) = run.train.model.metrics.get(super::JUDGED) {
        let n = test
            .get("auc_roc")
            .map_or((0, 0), |auc| (auc.n, auc.positives));
        say(
            "test rows",
            format!(
                "{} leads, {} scheduled calls, newer than all rows of training",
                format::count(n.0),
                format::count(n.1)
            ),
        );
        for name in MEASURES {
            let Some(estimate) = test.get(name) else {
                continue;
            };
            let row = MetricRow::standard(name, Vec::new());
            let chance = estimate.chance.map_or(String::new(), |chance| {
                format!("; by chance {}", row.unit.format(chance))
            });
            say(
                "",
                format!(
                    "{:<32} {}{chance}",
                    row.label,
                    row.unit.with_interval(estimate)
                ),
            );
        }
    }
    for tier in &run.score.tiers {
        say(
            &format!("tier {}", tier.tier),
            format!(
                "{:>7} leads, {:>5} scheduled calls to expect",
                format::count(tier.leads),
                format::expected(tier.expected_calls)
            ),
        );
    }
    say(
        "skip",
        format!(
            "{:>7} leads of these are marked do-not-call, {} scheduled calls to expect",
            format::count(run.score.do_not_call),
            format::expected(run.score.do_not_call_expected)
        ),
    );
    for (place, note) in tier_notes(&run.score).into_iter().enumerate() {
        say(if place == 0 { "plan" } else { "" }, note);
    }
    if let Some(first) = page.call_list.first() {
        say(
            "first",
            format!(
                "{}, {}",
                first.lead_id,
                Unit::Share.format(first.probability)
            ),
        );
        for reason in &first.reasons {
            say("", format!("+ {reason}"));
        }
        if let Some(caution) = &first.caution {
            say("", format!("- {caution}"));
        }
    }
    for note in &page.notes {
        say("note", note.clone());
    }
    say("call list", run.score.call_list.display().to_string());
    say("report", report.display().to_string());
    let how = run.folder.join(crate::reports::FOLDER);
    say(
        "model made",
        how.join("model_training_report.html").display().to_string(),
    );
    lines.join("\n")
}

/// Measures of the closing summary.
const MEASURES: [&str; 8] = [
    "auc_pr",
    "auc_roc",
    "precision_at_10",
    "lift_at_10",
    "recall_at_20",
    "brier_skill",
    "ece_mass",
    "predicted_over_observed",
];

/// What `ingest` read.
pub(crate) fn intake_text(report: &IngestReport, dry_run: bool) -> String {
    let mut lines = Vec::new();
    for file in &report.files {
        let state = match file.status {
            FileStatus::Loaded => "loaded",
            FileStatus::Unchanged => "unchanged",
            FileStatus::ReadOnly => "read",
            FileStatus::Quarantined => "QUARANTINED",
            FileStatus::Held => "NOT LOADED",
            FileStatus::Refused => "CAN'T BE READ",
            FileStatus::Withdrawn => "withdrawn",
        };
        lines.push(format!(
            "{:<34} {:<11} {:>9} rows {:>8} cells rejected",
            file.file,
            state,
            format::count(file.rows),
            format::count(file.rejected_cells)
        ));
        for (column, rejects) in &file.rejected {
            lines.push(format!(
                "    {column}: {} rejected, such as line {}: {:?}",
                format::count(rejects.count),
                rejects.example_line,
                rejects.example_text
            ));
        }
        if !file.missing_columns.is_empty() {
            lines.push(format!("    lacks {}", file.missing_columns.join(", ")));
        }
        if !file.unknown_columns.is_empty() {
            lines.push(format!(
                "    not declared: {}",
                file.unknown_columns.join(", ")
            ));
        }
        if !file.left_out_columns.is_empty() {
            lines.push(format!(
                "    personal, not loaded: {}",
                file.left_out_columns.join(", ")
            ));
        }
    }
    for held in &report.held_back {
        lines.push(format!(
            "{} {}:",
            held.delivery,
            if held.quarantined {
                "is kept, but not in use"
            } else {
                "was not loaded"
            }
        ));
        lines.extend(held.reasons.iter().map(|reason| format!("    {reason}")));
        lines.push(format!("    → {}", held.remedy));
    }
    for file in &report.unrecognised {
        lines.push(format!("{:<34} passed over: {}", file.file, file.why));
    }
    if report.files.is_empty() {
        lines.push("no files found: put exports into raw/".into());
    }
    lines.push(format!(
        "{} files, {} rows, {} cells rejected{}",
        report.files.len(),
        format::count(report.rows()),
        format::count(report.rejected_cells()),
        if dry_run { "; nothing was loaded" } else { "" }
    ));
    lines.join("\n")
}

/// Columns that `ingest --diff` lists.
const CHANGED: usize = 20;

/// That facts of the past were rewritten, and of how many advisers.
pub(crate) fn rewritten_text(diff: &Diff) -> Option<String> {
    let found = diff.rewritings();
    let first = found.first()?;
    let share = first.rewritten as f64 / first.of.max(1) as f64;
    Some(format!(
        "ALARM: {} says of the past something else than {}: {} of {} of {} advisers ({}){}; `leadrank check leakage` tells whether it goes with the outcome",
        diff.after,
        diff.before,
        first.what,
        format::count(first.rewritten),
        format::count(first.of),
        format::percent(share),
        match found.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        }
    ))
}

/// What changed between two deliveries.
pub(crate) fn diff_text(diff: &Diff) -> String {
    let share = |part: u64, of: u64| {
        format!(
            "{} of {} ({})",
            format::count(part),
            format::count(of),
            format::percent(part as f64 / of.max(1) as f64)
        )
    };
    let mut lines = vec![
        format!("{} → {}", diff.before, diff.after),
        format!(
            "advisers      {} → {}: {} new, {} gone, {} in both",
            format::count(diff.advisers_before),
            format::count(diff.advisers_after),
            format::count(diff.advisers_after - diff.both),
            format::count(diff.advisers_before - diff.both),
            format::count(diff.both)
        ),
        format!("moved firm    {}", share(diff.moved, diff.both)),
        String::new(),
        "Past facts that the later delivery contradicts, for the same adviser:".into(),
    ];
    for past in &diff.past {
        lines.push(format!(
            "  {:<26} {}",
            past.fact.words(),
            share(past.rewritten, past.compared)
        ));
    }
    if diff.past.is_empty() {
        lines.push("  nothing could be compared".into());
    }
    lines.push(String::new());
    let changed = diff.columns.iter().filter(|column| column.changed > 0);
    lines.push(if diff.same_month {
        "Rewritten in this month, by column (advisers in both):".into()
    } else {
        "Changed since, by column (advisers in both):".into()
    });
    for column in changed.clone().take(CHANGED) {
        lines.push(format!(
            "  {:<42} {:>10} changed, {} of them filled, {} emptied",
            column.column,
            format::count(column.changed),
            format::count(column.filled),
            format::count(column.emptied)
        ));
    }
    match changed.count() {
        0 => lines.push("  none".into()),
        more if more > CHANGED => lines.push(format!(
            "  and {} more columns (--json has all)",
            more - CHANGED
        )),
        _ => {}
    }
    lines.extend(rewritten_text(diff));
    lines.join("\n")
}

/// What `features` made.
pub(crate) fn dataset_text(report: &DatasetReport) -> String {
    let labels = &report.labels;
    let coverage = &report.coverage;
    format!(
        "Training dataset as of {}: {} contacted leads\n\
         labels     {} positive, {} negative, {} late, {} censored, {} invalid timing\n\
         coverage   {} with an adviser number, {} with vendor data from before the contact\n\
         constants  fitted on {} training rows\n\
         Look at it: leadrank sql \"SELECT * FROM LeadScoring.training_dataset LIMIT 5\"",
        report.as_of,
        format::count(labels.contacted),
        format::count(labels.positive),
        format::count(labels.negative),
        format::count(labels.late),
        format::count(labels.censored),
        format::count(labels.invalid_timing),
        format::count(coverage.with_crd),
        format::count(coverage.matched),
        format::count(report.constants.fitted_on_rows),
    )
}

/// What `score` made.
pub(crate) fn score_text(report: &ScoreReport) -> String {
    let mut lines = vec![format!(
        "{} open leads scored as of {} by model {}, {} on the call list",
        format::count(report.leads),
        report.as_of,
        report.model_id,
        format::count(report.ranked)
    )];
    if report.withheld > 0 {
        lines.push(format!(
            "  {} of all these are not in the file: an experiment does not show their score",
            format::count(report.withheld)
        ));
    }
    for tier in &report.tiers {
        lines.push(format!(
            "  tier {}  {:>8} leads, {:>6} scheduled calls to expect",
            tier.tier,
            format::count(tier.leads),
            format::expected(tier.expected_calls)
        ));
    }
    lines.push(format!(
        "  do not call: the lowest {} leads, {} scheduled calls to expect among them",
        format::count(report.do_not_call),
        format::expected(report.do_not_call_expected)
    ));
    for (reason, count) in &report.excluded {
        lines.push(format!("  left out: {} ({reason})", format::count(*count)));
    }
    if let Some(today) = &report.frontier.today {
        lines.push(format!(
            "  one day's dials: the best {} leads bring {} scheduled calls ({}–{}), as many at random {}",
            format::count(today.rows),
            format::expected(today.expected),
            format::count(today.lo as u64),
            format::count(today.hi as u64),
            format::expected(today.chance)
        ));
    }
    lines.extend(
        tier_notes(report)
            .into_iter()
            .map(|note| format!("  {note}")),
    );
    lines.push(format!("Call list: {}", report.call_list.display()));
    lines.join("\n")
}

/// What was done on the way to the tiers and what skipping costs, a sentence each.
pub(crate) fn tier_notes(report: &ScoreReport) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(shared) = &report.assignment {
        let dialling = || {
            let people = shared.salespeople.iter();
            people.filter(|share| share.dials_per_day > 0.0)
        };
        let per_hundred =
            || dialling().map(|share| 100.0 * share.expected_calls / share.dials_per_day);
        if dialling().count() > 0 {
            notes.push(format!(
                "Tiers A and B give each salesperson {:.2} to {:.2} scheduled calls to expect for every 100 dials they make a day; {} of {} leads stay with their owner.",
                per_hundred().fold(f64::INFINITY, f64::min),
                per_hundred().fold(0.0, f64::max),
                format::count(shared.kept),
                format::count(shared.owned)
            ));
        }
        if shared.groups > 0 {
            let split = match shared.groups_split {
                0 => String::new(),
                split => format!(
                    ", but for {} that nobody had room for",
                    format::count(split)
                ),
            };
            notes.push(format!(
                "The leaders of {} {} go to one salesperson each{split}.",
                format::count(shared.groups),
                if shared.groups == 1 { "firm" } else { "firms" }
            ));
        }
    }
    let moved = [
        (
            report.over_firm_limit,
            "moved down to tier C: their firm has enough in tiers A and B",
        ),
        (
            report.demoted,
            "of the rules' first tier moved down by the model",
        ),
        (
            report.boosted,
            "ranked with the boost; probabilities are without it",
        ),
    ];
    for (count, what) in moved {
        if count > 0 {
            notes.push(format!("{} leads {what}.", format::count(count)));
        }
    }
    notes.extend(
        report
            .frontier
            .skipping
            .as_ref()
            .map(|skipping| skipping.sentence.clone()),
    );
    notes
}
