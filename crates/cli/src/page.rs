//! From the engine's results to the page and texts that people read.

mod criteria;
mod decided;
mod sync_texts;
mod texts;

use leadrank_engine::call_list::ScoredLead;
use leadrank_engine::pipeline::RunReport;
use leadrank_engine::stages::dataset::Coverage;
use leadrank_engine::stages::score::ScoreReport;
use leadrank_engine::stages::train::TrainReport;
use leadrank_engine::table::TableReport;
use leadrank_engine::tiers::frontier::Budget;
use leadrank_engine::training::ModelReport;
use leadrank_features::LabelAudit;
use leadrank_learn::split::{Part, SplitAudit};
use leadrank_report as report;
use leadrank_report::format;
use leadrank_sources::IngestReport;

pub(crate) use sync_texts::{mirrored_text, runs_text, synced_text};
pub(crate) use texts::{
    dataset_text, diff_text, intake_text, rewritten_text, run_text, score_text,
};

/// Features that the beeswarm shows.
const SWARM: usize = 15;
const JUDGED: &str = "test";

/// The page of a project's run.
pub(crate) fn of_run(run: &RunReport) -> report::RunPage {
    let model = &run.train.model;
    let mut page = of_model(model, &wording);
    page.title = "Whom to call first".into();
    page.subtitle = format!(
        "Outcomes known up to {}. Model {}. Project {}.",
        run.as_of, run.train.model_id, run.project
    );
    page.words = report::Words::default();
    page.notes.extend(notes(run));
    page.intake = Some(intake(&run.ingest));
    page.label_audit = Some(label_audit(&run.dataset.labels));
    page.coverage = Some(coverage(&run.dataset.coverage));
    page.tiers = Some(tiers(&run.score));
    page.call_list = run
        .score
        .top
        .iter()
        .map(|lead| call_row(lead, &run.score))
        .collect();
    page.headline.insert(
        0,
        report::Tile {
            label: "Leads on the call list".into(),
            value: format::count(run.score.ranked),
            note: format!("{} in tier A for today", format::count(tier_a(&run.score))),
        },
    );
    let constants = &run.dataset.constants;
    page.provenance.extend([
        ("Analysis date".to_string(), run.as_of.to_string()),
        ("Model".into(), run.train.model_id.clone()),
        ("Trees".into(), run.train.model.rounds.to_string()),
        (
            "Fitted constants".into(),
            format!(
                "average account median {} and upper quartile {} $, stability median {} years, assets per client median {} $M, on {} training rows",
                number(constants.average_account_size_median),
                number(constants.average_account_size_p75),
                number(constants.firm_stability_score_median),
                number(constants.aum_per_client_median),
                format::count(constants.fitted_on_rows)
            ),
        ),
        ("Call list".into(), in_project(run, &run.score.call_list)),
        ("Model card".into(), format!("bundles/{}/MODEL_CARD.md", run.train.model_id)),
    ]);
    page
}

/// The page of training alone, on a project.
pub(crate) fn of_training(made: &TrainReport) -> report::RunPage {
    let mut page = of_model(&made.model, &wording);
    page.title = format!("Model {}", made.model_id);
    page.subtitle = format!("{} trees.", made.model.rounds);
    page
}

/// The page of a table's training.
pub(crate) fn of_table(table: &TableReport) -> report::RunPage {
    let mut page = of_model(&table.model, &|name| name.to_string());
    page.title = format!("Model of {}", table.table);
    page.subtitle = format!(
        "{} rows, ordered in time by {}.",
        format::count(table.rows),
        table.time
    );
    page.words = report::Words::generic();
    // The thresholds are those of contacted leads.
    page.criteria.clear();
    for dropped in &table.dropped {
        page.notes.push(format!(
            "Column {} was not used: {}.",
            dropped.column, dropped.reason
        ));
    }
    if table.unlabelled > 0 {
        page.notes.push(format!(
            "{} rows have no outcome and were left out.",
            format::count(table.unlabelled)
        ));
    }
    page
}

/// What every trained model shows; `label` words a feature's name.
fn of_model(model: &ModelReport, label: &dyn Fn(&str) -> String) -> report::RunPage {
    let parts: Vec<(&str, _)> = ["train", "calibration", JUDGED]
        .into_iter()
        .filter_map(|part| Some((part, model.metrics.get(part)?)))
        .collect();
    let swarm = &model.explanation.swarm;
    let beeswarm = model
        .explanation
        .features
        .iter()
        .take(SWARM)
        .map(|feature| {
            let points: Vec<(f64, Option<f64>)> = swarm
                .iter()
                .filter(|point| point.feature == feature.feature)
                .map(|point| (point.shap, point.value))
                .collect();
            report::BeeswarmFeature::from_values(label(&feature.feature), &points)
        })
        .collect();
    report::RunPage {
        notes: criteria::suspicions(model),
        headline: headline(model),
        split: split(&model.split),
        judged_part: JUDGED.into(),
        metrics: report::MetricRow::table(&parts),
        criteria: criteria::of(model),
        decisions: decided::decisions(model),
        rivals: decided::rivals(model),
        pr: model.curves.precision_recall.clone(),
        gain: model.curves.cumulative_gain.clone(),
        captured: model.curves.captured.clone(),
        reliability: model.curves.reliability.clone(),
        deciles: model.curves.deciles.clone(),
        beeswarm,
        importance: model
            .explanation
            .sources
            .iter()
            .take(20)
            .map(|row| report::ImportanceRow {
                label: label(&row.feature),
                mean_abs: row.mean_abs_shap,
                share: row.share,
            })
            .collect(),
        provenance: vec![
            ("Trained with".into(), model.trained_with.clone()),
            ("Columns in the model".into(), model.columns.to_string()),
            ("Seed".into(), model.recipe.seed.to_string()),
            ("leadrank".into(), env!("CARGO_PKG_VERSION").into()),
        ],
        ..report::RunPage::default()
    }
}

fn headline(model: &ModelReport) -> Vec<report::Tile> {
    let Some(test) = model.metrics.get(JUDGED) else {
        return Vec::new();
    };
    let tile = |name: &str, label: &str| -> Option<report::Tile> {
        let unit = report::MetricRow::standard(name, Vec::new()).unit;
        Some(report::Tile::measured(label, unit, test.get(name)?))
    };
    [
        tile("recall_at_20", "Reached by calling the best 20 %"),
        tile("lift_at_10", "Lift of the best 10 %"),
        tile("auc_pr", "AUC-PR"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn wording(name: &str) -> String {
    leadrank_features::feature(name)
        .map_or(name, |feature| feature.wording.label)
        .to_string()
}

fn notes(run: &RunReport) -> Vec<String> {
    let mut notes = Vec::new();
    let coverage = &run.dataset.coverage;
    if coverage.matched * 10 < coverage.leads * 7 {
        notes.push(format!(
            "Only {} of {} contacted leads found vendor data from before their contact: figures rest on these.",
            format::count(coverage.matched),
            format::count(coverage.leads)
        ));
    }
    for held in &run.ingest.held_back {
        notes.push(format!(
            "Delivery {} is not in use: {}. What was in use before stays in use.",
            held.delivery,
            held.reasons.join("; ")
        ));
    }
    let stale = run.score.status.get("stale").copied().unwrap_or(0);
    if stale > 0 {
        notes.push(format!(
            "{} scores rest on vendor data older than the limit and are marked stale.",
            format::count(stale)
        ));
    }
    notes
}

fn intake(ingest: &IngestReport) -> report::Intake {
    let mut by_column = std::collections::BTreeMap::new();
    let mut warnings = Vec::new();
    for file in &ingest.files {
        for (column, rejects) in &file.rejected {
            *by_column.entry(column.clone()).or_insert(0) += rejects.count;
        }
        if file.rows_left_out > 0 {
            warnings.push(format!(
                "{}: {} rows left out for want of a usable key",
                file.file, file.rows_left_out
            ));
        }
        if !file.missing_columns.is_empty() {
            warnings.push(format!(
                "{}: lacks {}",
                file.file,
                file.missing_columns.join(", ")
            ));
        }
    }
    for file in &ingest.unrecognised {
        warnings.push(format!("{} was passed over: {}", file.file, file.why));
    }
    let mut rejected_by_column: Vec<(String, u64)> = by_column.into_iter().collect();
    rejected_by_column.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    report::Intake {
        files: ingest.files.len() as u64,
        rows: ingest.rows(),
        rejected_cells: ingest.rejected_cells(),
        rejected_by_column,
        warnings,
    }
}

fn label_audit(labels: &LabelAudit) -> Vec<report::AuditRow> {
    let row = |name: &str, count: u64, meaning: &str| report::AuditRow {
        name: name.into(),
        count,
        share: count as f64 / labels.contacted.max(1) as f64,
        meaning: meaning.into(),
    };
    vec![
        row(
            "positive",
            labels.positive,
            "A call was scheduled within the window: counts as success.",
        ),
        row(
            "negative",
            labels.negative,
            "No call was scheduled: counts as no success.",
        ),
        row(
            "late",
            labels.late,
            "A call was scheduled after the window: counts as no success.",
        ),
        row(
            "censored",
            labels.censored,
            "The window was not over: unknown, kept out of training.",
        ),
        row(
            "invalid timing",
            labels.invalid_timing,
            "The call was scheduled before the contact: rejected.",
        ),
    ]
}

fn coverage(coverage: &Coverage) -> report::Coverage {
    report::Coverage {
        leads: coverage.leads,
        with_crd: coverage.with_crd,
        matched: coverage.matched,
        vintages: coverage.by_month.iter().map(|(month, n)| (month.to_string(), *n)).collect(),
        age: coverage.median_age_days.map_or("no lead matched".into(), |days| {
            format!("half of the matched leads had vendor data at most {days:.0} days old at contact")
        }),
    }
}

fn split(audit: &SplitAudit) -> Vec<report::SplitRow> {
    let purpose = |part: Part| match part {
        Part::Train => "trees are grown on these",
        Part::Stop => "decides how many trees",
        Part::Calibration => "turns scores into probabilities",
        Part::Test => "judged on these, used for nothing else",
    };
    audit
        .parts
        .iter()
        .map(|part| {
            let mut note = purpose(part.part).to_string();
            if part.purged > 0 {
                note.push_str(&format!(
                    "; {} left out, outcome not known in time",
                    part.purged
                ));
            }
            if part.isolated > 0 {
                note.push_str(&format!(
                    "; {} left out, same adviser in a later part",
                    part.isolated
                ));
            }
            report::SplitRow {
                part: part.part.name().into(),
                rows: part.rows,
                positives: part.positives,
                from: part.first.clone().unwrap_or_default(),
                to: part.last.clone().unwrap_or_default(),
                note,
            }
        })
        .collect()
}

fn tiers(score: &ScoreReport) -> report::TierSummary {
    let meaning = |tier: &str| match tier {
        "A" => "call today",
        "B" => "call next",
        _ => "call when A and B are done",
    };
    let mut rows: Vec<report::TierRow> = score
        .tiers
        .iter()
        .map(|tier| report::TierRow {
            tier: tier.tier.clone(),
            leads: tier.leads,
            expected_calls: tier.expected_calls,
            meaning: meaning(&tier.tier).into(),
        })
        .collect();
    rows.push(report::TierRow {
        tier: "do not call".into(),
        leads: score.do_not_call,
        expected_calls: score.do_not_call_expected,
        meaning: "the lowest-ranked share, counted in tier C".into(),
    });
    let capacity = &score.capacity;
    let people = score
        .assignment
        .iter()
        .flat_map(|shared| &shared.salespeople);
    report::TierSummary {
        rows,
        explanation: format!(
            "{} salespeople ({}), {} dials a day together; tier A holds some more, since not every dial is answered.",
            capacity.salespeople,
            capacity.salespeople_from,
            format::count(capacity.daily)
        ),
        notes: texts::tier_notes(score),
        budgets: budgets(score),
        budgets_note: score.frontier.note.clone(),
        people: people
            .map(|share| report::PersonRow {
                id: share.id.clone(),
                dials_per_day: share.dials_per_day,
                tier_a: share.tier_a,
                tier_b: share.tier_b,
                expected_calls: share.expected_calls,
            })
            .collect(),
    }
}

/// Every tenth of the list, and one day's dials where they fall between.
fn budgets(score: &ScoreReport) -> Vec<report::BudgetRow> {
    let row = |label: String, budget: &Budget| report::BudgetRow {
        label,
        leads: budget.rows,
        expected: budget.expected,
        lo: budget.lo,
        hi: budget.hi,
        chance: budget.chance,
    };
    let tenths = score.frontier.open.iter();
    let tenths = tenths.filter(|ahead| ahead.percent.is_multiple_of(10));
    let mut rows: Vec<report::BudgetRow> = tenths
        .map(|ahead| row(format!("best {} %", ahead.percent), &ahead.budget))
        .collect();
    if let Some(today) = &score.frontier.today {
        let place = rows.partition_point(|row| row.leads < today.rows);
        if place < rows.len() {
            rows.insert(place, row("one day's dials".into(), today));
        }
    }
    rows
}

fn tier_a(score: &ScoreReport) -> u64 {
    score
        .tiers
        .iter()
        .find(|tier| tier.tier == "A")
        .map_or(0, |tier| tier.leads)
}

fn call_row(lead: &ScoredLead, score: &ScoreReport) -> report::CallRow {
    report::CallRow {
        rank: lead.rank.unwrap_or(0),
        lead_id: lead.lead_id.clone(),
        tier: lead.tier.map_or(String::new(), |tier| tier.letter().into()),
        probability: lead.probability,
        // Leads below this one; the best is not above itself.
        percentile: lead.rank.map_or(0.0, |rank| {
            100.0 * score.ranked.saturating_sub(rank) as f64 / score.ranked.max(1) as f64
        }),
        reasons: lead.drivers.clone(),
        caution: lead.caution.clone(),
        data_age: lead
            .snapshot_as_of
            .map_or("no vendor data".into(), |month| {
                format!("{} days", (score.as_of - month).num_days())
            }),
    }
}

fn number(value: Option<f64>) -> String {
    value.map_or("unknown".into(), |value| {
        if value.abs() >= 1000.0 {
            format!("{value:.0}")
        } else {
            format!("{value:.3}")
        }
    })
}

/// A path below the project, as it reads from there.
fn in_project(run: &RunReport, path: &std::path::Path) -> String {
    path.strip_prefix(&run.folder)
        .unwrap_or(path)
        .display()
        .to_string()
}
