//! Which rows were used for what, and when.

use chrono::{Days, NaiveDate};
use leadrank_evidence::{Cell, Finding, Lane, Picture, Section, Severity, Span, Table};
use leadrank_learn::split::{FoldAudit, FoldsAudit, Part, SideAudit, SplitAudit, Window};

use super::Context;
use super::numbers::counted;
use crate::training::ModelReport;
use crate::words;

pub(super) fn section(model: &ModelReport, context: &Context<'_>) -> Section {
    let folds = model.development.as_ref().map(|made| &made.folds);
    let mut section = Section::new("Which rows, and when").say(match folds {
        Some(folds) => format!(
            "Everything is decided in {}: a model learns from the past of a block and is judged \
             on the block{}. The test part is newer than all of them and decides nothing.",
            counted(folds.folds.len(), "fold"),
            match folds.gap_days {
                0 => String::new(),
                days => format!(
                    "; the {days} days before it are kept free (hatched), since their outcomes \
                     were not known when it began"
                ),
            }
        ),
        None => "No folds could be cut, so nothing was decided in them.".into(),
    });
    if folds.is_some_and(|folds| folds.window == Window::Rolling) {
        section = section.say("The past of a block is a window that moves along with it.");
    }
    let mut lanes: Vec<Lane> = folds
        .map(|folds| {
            folds
                .folds
                .iter()
                .map(|fold| lane(fold, folds, said(fold)))
                .collect()
        })
        .unwrap_or_default();
    lanes.push(Lane {
        label: "the model".into(),
        spans: parts_spans(&model.split),
    });
    section = section
        .draw(Picture::Calendar {
            title: "What is learnt from and what is judged".into(),
            lanes,
        })
        .table(parts(&model.split, context));
    match folds {
        Some(folds) => section.table(blocks(folds, context)),
        None => section,
    }
}

fn span(from: &str, to: &str, kind: &str, text: &str) -> Span {
    Span {
        from: from.into(),
        to: to.into(),
        kind: kind.into(),
        text: text.into(),
    }
}

/// What stands on the sides of a fold.
fn said(fold: &FoldAudit) -> [String; 2] {
    let counted = |verb: &str, side: &SideAudit| {
        let (rows, positives) = (words::count(side.rows), words::count(side.positives));
        format!("{verb}: {rows}, {positives} positive")
    };
    [
        counted("learnt from", &fold.past),
        counted("judged", &fold.judge),
    ]
}

/// The lane of a fold, with words for what it learns from and what it is judged on.
pub(crate) fn lane(
    fold: &FoldAudit,
    folds: &FoldsAudit,
    [past_words, judge_words]: [String; 2],
) -> Lane {
    let (past, judge) = (&fold.past, &fold.judge);
    let mut spans = vec![
        span(&past.first, &past.last, "train", &past_words),
        span(&judge.first, &judge.last, "judged", &judge_words),
    ];
    if let Some((from, to)) = gap(&judge.first, folds.gap_days) {
        spans.push(span(&from, &to, "purged", ""));
    }
    Lane {
        label: format!("fold {}", fold.fold),
        spans,
    }
}

/// The days kept free before a block; none for order numbers.
fn gap(first: &str, days: u32) -> Option<(String, String)> {
    let first: NaiveDate = first.parse().ok()?;
    if days == 0 {
        return None;
    }
    let from = first.checked_sub_days(Days::new(days.into()))?;
    Some((from.to_string(), first.pred_opt()?.to_string()))
}

fn parts_spans(split: &SplitAudit) -> Vec<Span> {
    let parts = split.parts.iter().filter_map(|part| {
        let (first, last) = (part.first.as_deref()?, part.last.as_deref()?);
        let name = part.part.name();
        Some(span(first, last, name, name))
    });
    parts.collect()
}

fn purpose(part: Part) -> &'static str {
    match part {
        Part::Train => "train: trees are grown on it",
        Part::Stop => "stop: learnt from too; sets the number of trees only without folds",
        Part::Calibration => "calibration: turns scores into probabilities",
        Part::Test => "test: measured, and used for nothing else",
    }
}

fn parts(split: &SplitAudit, context: &Context<'_>) -> Table {
    let rows = format!("#{}", context.rows);
    let events = format!("#{}", context.events);
    let mut table = Table::new(
        "Parts of the split",
        &[
            "part",
            "from",
            "to",
            &rows,
            &events,
            "#rate (95 %)",
            "#purged",
            "#in a later part too",
        ],
    )
    .note(
        "Purged: left out because the outcome was not known when the next part began. In a later \
         part too: left out because the same person or group occurs in a newer part.",
    );
    for part in &split.parts {
        table.row(vec![
            purpose(part.part).into(),
            day(part.first.as_deref()),
            day(part.last.as_deref()),
            part.rows.into(),
            part.positives.into(),
            Cell::rate(part.positives, part.rows),
            part.purged.into(),
            part.isolated.into(),
        ]);
    }
    table
}

fn day(day: Option<&str>) -> Cell {
    day.map_or(Cell::Nothing, Cell::from)
}

fn blocks(folds: &FoldsAudit, context: &Context<'_>) -> Table {
    let (rows, events) = (context.rows, context.events);
    let mut table = Table::new(
        "Folds",
        &[
            "fold",
            "learnt from",
            &format!("#{rows}"),
            &format!("#{events}"),
            "judged on",
            &format!("#{rows}"),
            "#rate (95 %)",
            "#purged",
            "#in both",
        ],
    )
    .note(
        "Rate: share of positives among what is judged, with its 95 % interval; where a block's rate \
         is far from the others, its scores are no fair comparison. In both: not learnt from, since \
         the same person or group is judged.",
    );
    for fold in &folds.folds {
        let days = |first: &str, last: &str| format!("{first} to {last}");
        table.row(vec![
            u64::from(fold.fold).into(),
            days(&fold.past.first, &fold.past.last).into(),
            fold.past.rows.into(),
            fold.past.positives.into(),
            days(&fold.judge.first, &fold.judge.last).into(),
            fold.judge.rows.into(),
            Cell::rate(fold.judge.positives, fold.judge.rows),
            fold.purged.into(),
            fold.isolated.into(),
        ]);
    }
    table
}

/// What a reader should know of the folds before trusting what was decided in them.
pub(super) fn findings(model: &ModelReport) -> Vec<Finding> {
    let mut found = Vec::new();
    let Some(made) = &model.development else {
        let reason = model.undeveloped.as_deref();
        found.push(
            Finding::new(
                "training.undeveloped",
                Severity::Warn,
                "Features and parameters were taken as they are",
            )
            .because(super::selection::sentence(
                reason.unwrap_or("the model has no record of its development"),
            ))
            .remedy("Load older months, so that there are rows enough for folds."),
        );
        return found;
    };
    let folds = &made.folds;
    if folds.folds.len() < folds.asked as usize {
        found.push(
            Finding::new(
                "training.folds",
                Severity::Note,
                format!(
                    "Only {} of {} folds could be cut",
                    folds.folds.len(),
                    folds.asked
                ),
            )
            .because("Earlier blocks had too few rows of one class to learn from or judge by."),
        );
    }
    if !folds.minimum_span_kept {
        found.push(Finding::new(
            "training.span",
            Severity::Note,
            "The first fold learns from a shorter past than was asked for",
        ));
    }
    if !model.split.test_is_newest {
        found.push(
            Finding::new(
                "training.test",
                Severity::Warn,
                "The test rows are not the newest",
            )
            .because("How the model does on them says little of how it does on new rows.")
            .remedy("Split by time."),
        );
    }
    found
}
