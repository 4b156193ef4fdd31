//! What a sync did, for people.

use leadrank_engine::crm::Mirrored;
use leadrank_salesforce::sync::{Change, RunKind, RunState};

use crate::commands::sync::Synced;

/// Fields that are named; more are counted.
const NAMED: usize = 6;

/// What was written, or would be.
pub(crate) fn synced_text(synced: &Synced) -> String {
    let mut lines = Vec::new();
    let planned: u64 = synced.planned.values().sum();
    let of = |change| synced.planned.get(&change).copied().unwrap_or_default();
    let begin = if synced.dry_run {
        "Would write to"
    } else {
        "Planned for"
    };
    if synced.counts.is_none() || planned > 0 {
        lines.push(format!(
            "{begin} {}: {planned} leads ({} new, {} changed, {} to be shown as up to date)",
            synced.org,
            of(Change::New),
            of(Change::Changed),
            of(Change::Restamped)
        ));
        if planned > 0 && synced.requests_needed > 0 {
            lines.push(format!(
                "  takes about {} API requests",
                synced.requests_needed
            ));
        }
        let there = synced.unchanged + synced.already_there;
        lines.push(format!("  {there} leads have their scores already"));
        for (reason, count) in &synced.left_out {
            lines.push(format!("  {count} left alone: {reason}"));
        }
        if synced.hidden > 0 {
            let count = synced.hidden;
            lines.push(format!(
                "  {count} leads show no score: an experiment holds them out"
            ));
        }
        if synced.made_to_fit > 0 {
            let count = synced.made_to_fit;
            lines.push(format!("  {count} values were made to fit their fields"));
        }
        let mut fields: Vec<(&String, &u64)> = synced.fields.iter().collect();
        fields.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        let named: Vec<String> = fields
            .iter()
            .take(NAMED)
            .map(|(field, count)| format!("{field} {count}"))
            .collect();
        if !named.is_empty() {
            let more = fields.len().saturating_sub(NAMED);
            let more = if more > 0 {
                format!(", and {more} more fields")
            } else {
                String::new()
            };
            lines.push(format!("  new values: {}{more}", named.join(", ")));
        }
    }
    if let Some(counts) = &synced.counts {
        let run = synced.run.as_deref().unwrap_or_default();
        lines.push(format!(
            "Run {run}: {} of {} leads written, {} refused, {} not looked at, {} not known",
            counts.written, counts.planned, counts.failed, counts.unprocessed, counts.unknown
        ));
    }
    if let Some(path) = &synced.made_to_fit_rows {
        lines.push(format!("Made to fit: {}", path.display()));
    }
    if let Some(path) = &synced.failed_rows {
        lines.push(format!("Refused, with what to do: {}", path.display()));
    }
    for file in &synced.files {
        lines.push(format!("Load with operation update: {}", file.display()));
    }
    if let (false, Some(run)) = (synced.files.is_empty(), &synced.run) {
        lines.push(format!(
            "Then: leadrank sync --org {} --reconcile {run} RESULT_FILE …",
            synced.org
        ));
    }
    if synced.dry_run && planned > 0 {
        lines.push("Nothing was written. To write: leadrank sync --apply, or set dry_run = false under [salesforce] in leadrank.toml".into());
    }
    lines.join("\n")
}

/// The runs of an org.
pub(crate) fn runs_text(org: &str, runs: &[RunState]) -> String {
    if runs.is_empty() {
        return format!("Nothing was ever written to {org}");
    }
    let mut lines = Vec::new();
    for run in runs {
        let kind = match &run.meta.kind {
            RunKind::Sync => "scores".to_owned(),
            RunKind::Undo { of } => format!("undo of {of}"),
            RunKind::Files => "files".to_owned(),
        };
        let end = match (run.is_finished, &run.stopped) {
            (true, _) => String::new(),
            (false, None) => " · not at its end".to_owned(),
            (false, Some(why)) => format!(" · stopped: {why}"),
        };
        lines.push(format!(
            "{}  {kind}, as of {}: {} of {} written, {} refused{end}",
            run.meta.run, run.meta.day, run.counts.written, run.counts.planned, run.counts.failed
        ));
    }
    lines.join("\n")
}

/// What was read of an org.
pub(crate) fn mirrored_text(org: &str, mirrored: &[Mirrored]) -> String {
    let mut lines = vec![format!("Read from {org}:")];
    for one in mirrored {
        let how = if one.is_whole {
            "everything"
        } else {
            "what changed"
        };
        let deleted = if one.deleted > 0 {
            format!(", {} deleted", one.deleted)
        } else {
            String::new()
        };
        lines.push(format!(
            "  {:<28} {} records ({how}{deleted}), {} in the file",
            one.file, one.read, one.rows
        ));
        if !one.missing.is_empty() {
            let missing = one.missing.join(", ");
            lines.push(format!(
                "    not in the org, or hidden from its integration user: {missing}"
            ));
        }
    }
    lines.join("\n")
}
