//! Short texts for the terminal, one a verb.

use leadrank_engine::stages::dataset::DatasetReport;
use leadrank_engine::stages::score::ScoreReport;
use leadrank_report::format;
use leadrank_sources::{FileStatus, IngestReport};

/// What `ingest` read.
pub(crate) fn intake_text(report: &IngestReport, dry_run: bool) -> String {
    let mut lines = Vec::new();
    for file in &report.files {
        let state = match file.status {
            FileStatus::Loaded => "loaded",
            FileStatus::Unchanged => "unchanged",
            FileStatus::ReadOnly => "read",
        };
        lines.push(format!(
            "{:<34} {:<9} {:>11} rows {:>8} cells rejected",
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
    lines.push(format!("Call list: {}", report.call_list.display()));
    lines.join("\n")
}
