//! Interim and final: a look at the results, by the plan or not at all.

use chrono::{DateTime, NaiveDate, Utc};
use leadrank_evidence::{Gate, Measured, Unit, Verdict};
use leadrank_experiment::analysis::{
    Analysis, Decision, Standing, Taken, analyse, decide, standing,
};
use leadrank_experiment::monitor;
use leadrank_experiment::plan::{Kpi, Plan};
use serde::Serialize;

use super::folder::{Experiment, Noted};
use super::kept::{self, Kept};
use super::records;
use super::watch::{Seen, Watch, of_seen, see};
use crate::error::{Error, Result as Outcome};
use crate::gates;
use crate::progress::Sink;
use crate::project::Project;

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
    /// The interim look whose bound was reached: it ended the test and decided.
    pub ended: Option<Taken>,
    /// The day on which this look was first taken with other data: that one decided.
    pub repeats: Option<NaiveDate>,
    /// Whether the data are made up.
    pub is_made_up: bool,
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
    let sha256 = experiment.hash().to_owned();
    let mut watch = of_seen(plan, &seen);
    let noted = experiment.looks()?;
    let taken: Vec<Taken> = noted.iter().map(|one| one.look).collect();
    let standing = standing(plan, &taken, seen.day, is_final)?;
    let (due, mut departures) = due(plan, &seen, is_final);
    if !is_final && !standing.is_planned {
        departures.push(unplanned(plan, seen.day));
    }
    let mut gates = watch.gates.clone();
    gates.push(due);
    let gates = passed(project, now, is_final, gates, &mut departures)?;
    let by_plan = gates.iter().all(|gate| gate.forced.is_none());
    watch.gates = gates;
    let outcomes = &seen.outcomes;
    let analysis = analyse(
        plan,
        &outcomes.rows,
        &standing.before,
        seen.day,
        is_final,
        &outcomes.segments,
    );
    let mut taken = TakenNow {
        own: departures.clone(),
        decision: standing
            .ended
            .map_or_else(|| decide(plan, &analysis), |ended| ended.decision),
        departures,
        repeats: None,
    };
    match is_final {
        true => taken.end(project, experiment, &standing, &noted, &analysis, by_plan)?,
        false => taken.note(experiment, &standing, &analysis)?,
    }
    Ok(Result {
        plan: plan.clone(),
        sha256,
        analysis,
        decision: taken.decision,
        watch,
        departures: taken.departures,
        has_dials: outcomes.has_dials,
        ended: standing.ended,
        repeats: taken.repeats,
        is_made_up: project.is_made_up(),
    })
}

/// A look that is being taken.
struct TakenNow {
    decision: Decision,
    /// How it departs from the plan itself.
    own: Vec<String>,
    /// The same, with what departed before it.
    departures: Vec<String>,
    repeats: Option<NaiveDate>,
}

impl TakenNow {
    /// What this very look was found to be when it was first taken counts.
    fn hold_against(&mut self, same: Option<&Taken>, analysis: &Analysis) {
        let Some((same, own)) = same.zip(of_today(analysis)) else {
            return;
        };
        if (same.z, same.information) == (own.z, own.information) {
            return;
        }
        self.departures.push(format!(
            "This look was taken before, with Z = {:.3}; the data of {} have changed since, and Z is {:.3} now; what counts is the first one.",
            same.z, same.on, own.z
        ));
        self.decision = same.decision;
        self.repeats = Some(same.on);
    }

    /// Writes the look down, once.
    fn note(
        &mut self,
        experiment: &Experiment,
        standing: &Standing,
        analysis: &Analysis,
    ) -> Outcome<()> {
        self.hold_against(standing.same.as_ref(), analysis);
        match of_today(analysis).filter(|_| standing.same.is_none()) {
            Some(&look) => experiment.note_look(&Noted {
                look,
                departures: self.own.clone(),
            }),
            None => Ok(()),
        }
    }

    /// Writes a final look down and keeps it, if it is the one that counts.
    fn end(
        &mut self,
        project: &Project,
        experiment: &Experiment,
        standing: &Standing,
        noted: &[Noted],
        analysis: &Analysis,
        by_plan: bool,
    ) -> Outcome<()> {
        self.departures.extend(of_looks_before(noted, analysis.on));
        let made_up = project.is_made_up();
        self.departures
            .extend(records::departures(experiment, made_up)?);
        let finished = standing.finished.as_ref();
        let finished = finished.map(|look| (look, noted_by_plan(noted, look)));
        let place = kept::place(kept::results_of(experiment)?, finished, analysis, by_plan)?;
        self.departures.extend(place.departure);
        if let Some(first) = place.first {
            self.decision = first.decision;
            let differs = !first.says_as(analysis)?;
            self.repeats = differs.then_some(first.analysis.on);
            return Ok(());
        }
        self.note(experiment, standing, analysis)?;
        let kept = Kept {
            analysis: analysis.clone(),
            decision: self.decision,
            departures: self.departures.clone(),
            by_plan,
            ended: standing.ended,
        };
        kept::keep(experiment, &kept, place.former.as_ref())
    }
}

/// The look of an analysis; none where there was too little to look at.
fn of_today(analysis: &Analysis) -> Option<&Taken> {
    analysis.looks.last().filter(|_| analysis.primary.is_some())
}

/// Records what is judged and stops where something failed; what was passed by force is a departure.
fn passed(
    project: &Project,
    now: DateTime<Utc>,
    is_final: bool,
    mut gates: Vec<Gate>,
    departures: &mut Vec<String>,
) -> Outcome<Vec<Gate>> {
    let stage = match is_final {
        true => "experiment final",
        false => "experiment interim",
    };
    gates::record(project, now, stage, &mut gates)?;
    let stops: Vec<Gate> = gates.iter().filter(|gate| gate.stops()).cloned().collect();
    if !stops.is_empty() {
        return Err(Error::Gates {
            stage: stage.into(),
            gates: stops,
        });
    }
    let forced = gates
        .iter()
        .filter_map(|gate| Some((gate, gate.forced.as_deref()?)));
    departures.extend(forced.map(|(gate, reason)| {
        format!(
            "The gate `{}` failed and was passed by force: {reason}.",
            gate.id
        )
    }));
    Ok(gates)
}

/// That a look is none of the plan's.
fn unplanned(plan: &Plan, on: NaiveDate) -> String {
    let planned = plan.looks.iter().filter(|look| look.time < 1.0);
    let planned: Vec<String> = planned.map(|look| look.on.to_string()).collect();
    format!(
        "This look on {on} was not planned ({}); what it spends is taken from the looks that follow.",
        match planned.is_empty() {
            true => "the plan has none before the end".to_owned(),
            false => format!("planned: {}", planned.join(", ")),
        }
    )
}

/// How the interim looks before a day departed from the plan.
fn of_looks_before(noted: &[Noted], day: NaiveDate) -> Vec<String> {
    let interim = noted
        .iter()
        .filter(|one| !one.look.is_final && one.look.on <= day);
    let told = interim.flat_map(|one| {
        let on = one.look.on;
        one.departures
            .iter()
            .map(move |text| format!("At the interim look of {on}: {text}"))
    });
    told.collect()
}

/// Whether a look departed from the plan in nothing when it was written down.
fn noted_by_plan(noted: &[Noted], look: &Taken) -> bool {
    let is_it = |one: &&Noted| one.look.on == look.on && one.look.is_final == look.is_final;
    noted
        .iter()
        .find(is_it)
        .is_none_or(|one| one.departures.is_empty())
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
