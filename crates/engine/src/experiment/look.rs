//! Interim and final: a look at the results, by the plan or not at all.

use chrono::{DateTime, NaiveDate, Utc};
use leadrank_evidence::{Gate, Measured, Unit, Verdict};
use leadrank_experiment::analysis::{Analysis, Decision, Taken, analyse, decide};
use leadrank_experiment::monitor;
use leadrank_experiment::plan::{Kpi, Plan};
use serde::{Deserialize, Serialize};

use super::folder::Experiment;
use super::watch::{Seen, Watch, experiment_hash, of_seen, see};
use crate::bundle::to_json;
use crate::error::{Error, Result as Outcome};
use crate::gates;
use crate::progress::Sink;
use crate::project::{Project, write_atomically};

const FINAL: &str = "final.json";

/// A look with what it rests on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Result {
    /// The plan.
    pub plan: Plan,
    /// Hash of the frozen plan.
    pub sha256: String,
    /// What was found.
    pub analysis: Analysis,
    /// What it supports by the plan's rules.
    pub decision: Decision,
    /// Whether the experiment is a fair one.
    pub watch: Watch,
    /// Where it departs from what was registered, in words; empty for a look by the plan.
    pub departures: Vec<String>,
    /// Whether dials are on record.
    pub has_dials: bool,
    /// The look at which the test ended before its planned end, by its bound.
    pub ended_on: Option<NaiveDate>,
}

/// What is kept of the final analysis for validation and roll-out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// The analysis.
    pub analysis: Analysis,
    /// The decision.
    pub decision: Decision,
    /// Departures from the plan.
    pub departures: Vec<String>,
}

/// Takes an interim or the final look as of the analysis date. A failed gate of the experiment
/// stops it; a look is written down before it is shown.
///
/// # Errors
/// [`Error::Gates`] where results can't be trusted or the look is not due, unless forced; when a
/// table can't be read.
pub async fn look(
    project: &Project,
    experiment: &Experiment,
    now: DateTime<Utc>,
    is_final: bool,
    threads: usize,
    progress: &Sink<'_>,
) -> Outcome<Result> {
    let plan = &experiment.plan;
    let seen = see(project, experiment, threads, progress).await?;
    let sha256 = experiment_hash(experiment);
    let mut watch = of_seen(plan, &sha256, &seen);
    let taken = experiment.looks()?;
    // A look taken again on the same day is the same look.
    let earlier = taken.iter().filter(|look| look.on < seen.day);
    let ended_on = earlier
        .clone()
        .find(|look| look.crosses() && !look.is_final)
        .map(|look| look.on);
    // What comes in after a bound was reached is analysed as if that look had not been taken: the
    // deletion method for overrunning (J. Whitehead, Controlled Clinical Trials 13 (1992)).
    let before: Vec<Taken> = earlier
        .clone()
        .filter(|look| !look.crosses() && !look.is_final)
        .copied()
        .collect();
    let finished = earlier
        .clone()
        .find(|look| look.is_final)
        .map(|look| look.on);
    if let Some(later) = taken.iter().find(|look| look.on > seen.day) {
        return Err(Error::Data(format!(
            "a look was taken on {} already; one can't be put in before it (as of {})",
            later.on, seen.day
        )));
    }
    let (due, mut departures) = due(plan, &seen, is_final);
    if let Some(day) = finished {
        departures.push(format!(
            "The final analysis was made on {day} and decided; this one repeats it with what came in since; what counts is the first one."
        ));
    }
    let stage = if is_final {
        "experiment final"
    } else {
        "experiment interim"
    };
    let mut gates = watch.gates.clone();
    gates.push(due);
    gates::record(project, now, stage, &mut gates)?;
    let stops: Vec<Gate> = gates.iter().filter(|gate| gate.stops()).cloned().collect();
    if !stops.is_empty() {
        return Err(Error::Gates {
            stage: stage.into(),
            gates: stops,
        });
    }
    for gate in gates.iter().filter(|gate| gate.forced.is_some()) {
        departures.push(format!(
            "The gate `{}` failed and was passed by force: {}.",
            gate.id,
            gate.forced.as_deref().unwrap_or_default()
        ));
    }
    watch.gates = gates;
    let outcomes = &seen.outcomes;
    let analysis = analyse(
        plan,
        &outcomes.rows,
        &before,
        seen.day,
        is_final,
        &outcomes.segments,
    );
    if let Some(look) = analysis.looks.last().filter(|look| look.on == seen.day)
        && !taken.iter().any(|known| known.on == look.on)
    {
        experiment.note_look(look)?;
    }
    let decision = decide(plan, &analysis);
    if is_final && finished.is_none() {
        let kept = Kept {
            analysis: analysis.clone(),
            decision,
            departures: departures.clone(),
        };
        write_atomically(&experiment.folder.join(FINAL), &to_json(FINAL, &kept)?)?;
    }
    Ok(Result {
        plan: plan.clone(),
        sha256,
        analysis,
        decision,
        watch,
        departures,
        has_dials: outcomes.has_dials,
        ended_on,
    })
}

/// The final analysis of an experiment, where it was made.
pub fn results_of(experiment: &Experiment) -> Option<Kept> {
    let bytes = std::fs::read(experiment.folder.join(FINAL)).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// The final analysis of the experiment of a project that ended last.
///
/// # Errors
/// When a plan can't be read, or was changed after it was frozen.
pub fn newest_result(project: &Project) -> Outcome<Option<Kept>> {
    let mut newest: Option<Kept> = None;
    for name in Experiment::names(project) {
        let experiment = Experiment::open(project, Some(&name))?;
        let kept = results_of(&experiment);
        let is_newer = |kept: &Kept| {
            let last = newest.as_ref().map(|newest| newest.analysis.on);
            last.is_none_or(|last| last < kept.analysis.on)
        };
        if let Some(kept) = kept.filter(is_newer) {
            newest = Some(kept);
        }
    }
    Ok(newest)
}

/// Whether the look is due, and how it departs from the plan.
fn due(plan: &Plan, seen: &Seen, is_final: bool) -> (Gate, Vec<String>) {
    let rows = &seen.outcomes.rows;
    let mature = rows.iter().filter(|row| row.counts()).count() as u64;
    let missing = rows.iter().filter(|row| !row.is_mature).count() as u64;
    let mut departures = Vec::new();
    if plan.kpi == Kpi::CallsPer100Dials && !seen.outcomes.has_dials {
        departures.push("No dials are on record, though the plan counts by them.".into());
    }
    let (rule, verdict, action) = if is_final {
        let is_due = seen.day >= plan.final_on() && missing == 0;
        if !is_due {
            departures.push(format!(
                "The final analysis was made on {}, planned was {}; the outcome of {missing} enrolled leads is not known yet.",
                seen.day,
                plan.final_on()
            ));
        }
        (
            format!(
                "the final analysis waits for the last outcome, on {}",
                plan.final_on()
            ),
            is_due,
            "wait until then: stopping when a result pleases makes results that please; an interim look is what the plan has for looking earlier",
        )
    } else {
        let calls = |arm| {
            let own = rows.iter().filter(|row| row.counts() && row.called);
            own.filter(|row| row.arm == arm).count() as f64
        };
        let enough = leadrank_experiment::Arm::ALL
            .into_iter()
            .all(|arm| calls(arm) >= monitor::FEWEST_CALLS);
        let first = plan.looks.iter().find(|look| look.time < 1.0);
        if first.is_none_or(|look| seen.day < look.on) {
            departures.push(format!(
                "This look on {} was not planned; what it spends is taken from the looks that follow.",
                seen.day
            ));
        }
        (
            format!(
                "both arms have {} scheduled calls with a known outcome at least",
                monitor::FEWEST_CALLS
            ),
            enough,
            "too few outcomes are known for an interim look: `leadrank experiment monitor` shows whether the experiment is a safe and fair one meanwhile",
        )
    };
    let gate = Gate {
        id: "experiment.due".into(),
        rule,
        value: Some(Measured::counted(mature as f64, rows.len() as u64)),
        unit: Unit::Count,
        verdict: if verdict {
            Verdict::Pass
        } else {
            Verdict::Fail
        },
        action: action.into(),
        brief: None,
        forced: None,
    };
    (gate, departures)
}
