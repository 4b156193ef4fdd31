//! The difference between two models in words.

use leadrank_engine::registry::diff::{Change, Diff, FileChange, LargestMove, Placed, Scores};
use leadrank_evidence::Unit;
use leadrank_learn::split::PartAudit;
use leadrank_report::format::{Written as _, count, fixed, percent, score};

use super::show::plain;

/// Figures shown; all of them stand in the JSON.
const FIGURES: [(&str, &str, Unit); 6] = [
    ("auc_roc", "AUC", Unit::Score),
    ("auc_pr", "AUC-PR", Unit::Score),
    ("precision_at_10", "precision, best 10 %", Unit::Share),
    ("lift_at_10", "lift, best 10 %", Unit::Times),
    ("brier_skill", "Brier skill", Unit::Score),
    ("ece_mass", "calibration error", Unit::Score),
];

/// Its lines.
pub(super) fn of(diff: &Diff) -> Vec<String> {
    let (a, b) = (&diff.a, &diff.b);
    let mut text = vec![format!(
        "{} (as of {}) against {} (as of {})",
        a.id, a.as_of, b.id, b.as_of
    )];
    part(&mut text, "Data", data(diff));
    part(&mut text, "Features", features(diff));
    part(&mut text, "Settings", changes(&diff.settings));
    part(&mut text, "Figures on test rows", figures(diff));
    for scores in &diff.scores {
        part(
            &mut text,
            &format!("Scores of {} {}", count(scores.n), scores.rows),
            moved(scores),
        );
    }
    if !diff.notes.is_empty() {
        let notes = diff.notes.iter().map(|note| format!("  {note}")).collect();
        part(&mut text, "To be borne in mind", notes);
    }
    text
}

fn part(text: &mut Vec<String>, title: &str, lines: Vec<String>) {
    text.push(format!("\n{title}"));
    if lines.is_empty() {
        text.push("  the same".into());
    }
    text.extend(lines);
}

fn data(diff: &Diff) -> Vec<String> {
    let mut text = vec![if diff.same_training_rows {
        "  trained on the very same rows, values and labels".to_owned()
    } else {
        "  trained on other rows, values, labels or features".to_owned()
    }];
    let FileLines { lines, same } = files(&diff.files, diff.same_files);
    text.push(same);
    text.extend(lines);
    for a in &diff.a.parts {
        let Some(b) = diff.b.parts.iter().find(|b| b.part == a.part) else {
            continue;
        };
        if a != b {
            text.push(format!("  {:<12} {}", a.part.name(), rows(a, b)));
        }
    }
    text.extend(changes(&diff.labels));
    text
}

struct FileLines {
    same: String,
    lines: Vec<String>,
}

fn files(changed: &[FileChange], same: u64) -> FileLines {
    let lines = changed
        .iter()
        .map(|file| format!("  {:<8} {}", file.change, file.file));
    FileLines {
        same: format!("  raw files: {same} the same, {} not", changed.len()),
        lines: lines.collect(),
    }
}

fn rows(a: &PartAudit, b: &PartAudit) -> String {
    let side = |part: &PartAudit| {
        let day = |day: &Option<String>| day.clone().unwrap_or_else(|| "?".into());
        format!(
            "{} rows, {} positive, {} to {}",
            count(part.rows),
            count(part.positives),
            day(&part.first),
            day(&part.last)
        )
    };
    format!("{} -> {}", side(a), side(b))
}

fn features(diff: &Diff) -> Vec<String> {
    let groups = [
        ("added", &diff.features_added),
        ("removed", &diff.features_removed),
        ("moved", &diff.features_moved),
    ];
    let lines = groups
        .into_iter()
        .flat_map(|(word, names)| names.iter().map(move |name| format!("  {word:<8} {name}")));
    lines.collect()
}

fn changes(changes: &[Change]) -> Vec<String> {
    let line = |change: &Change| {
        let (a, b) = (plain(&change.a), plain(&change.b));
        format!("  {:<40} {a} -> {b}", change.name)
    };
    changes.iter().map(line).collect()
}

fn figures(diff: &Diff) -> Vec<String> {
    let mut text = Vec::new();
    for (name, words, unit) in FIGURES {
        let Some(pair) = diff.metrics.iter().find(|pair| pair.name == name) else {
            continue;
        };
        let [a, b] = [pair.a, pair.b].map(|estimate| {
            estimate.map_or("none".to_owned(), |estimate| unit.with_interval(&estimate))
        });
        text.push(format!("  {words:<21} {a:<24} {b}"));
    }
    if !text.is_empty() && !diff.same_test_period {
        text.push("  measured on other test rows: a difference may be one between the rows".into());
    }
    text
}

fn moved(scores: &Scores) -> Vec<String> {
    let mut text = vec![format!(
        "  rank correlation (Spearman) {}; {} in another tenth{}",
        scores.spearman.map_or("not defined".to_owned(), score),
        percent(scores.deciles_changed),
        scores
            .tiers_changed
            .map_or_else(String::new, |share| format!(
                ", {} in another tier",
                percent(share)
            ))
    )];
    if !scores.largest.is_empty() {
        text.push("  furthest moved:".into());
    }
    for one in &scores.largest {
        text.extend(largest(one));
    }
    text
}

fn largest(one: &LargestMove) -> Vec<String> {
    let place = |placed: &Placed| {
        let tier = placed
            .tier
            .map_or_else(String::new, |tier| format!(", tier {}", tier.letter()));
        format!(
            "percentile {} ({}{tier})",
            fixed(placed.percentile, 0),
            percent(placed.probability)
        )
    };
    let because: Vec<String> = one
        .because
        .iter()
        .map(|shift| {
            let sign = if shift.shift > 0.0 { "+" } else { "" };
            format!("{} {sign}{}", shift.group, fixed(shift.shift, 2))
        })
        .collect();
    vec![
        format!("    {}: {} -> {}", one.lead, place(&one.a), place(&one.b)),
        format!("      for: {}", because.join("; ")),
    ]
}
