//! Interim and final: a look at the results, by the plan or not at all.

use chrono::{DateTime, NaiveDate, Utc};
use leadrank_evidence::{Gate, Measured, Unit, Verdict};
use leadrank_experiment::Arm;
use leadrank_experiment::analysis::{
    Analysis, Decision, Standing, Taken, analyse, decide, standing,
};
use leadrank_experiment::monitor;
use leadrank_experiment::plan::Plan;
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
    /// Whether it was due and no gate was passed by force.
    pub by_plan: bool,
    /// Whether the data are made up.
    pub is_made_up: bool,
}

/// Takes an interim or the final look as of the analysis date. A failed gate of the experiment
/// stops it; a look is written down before it is shown.
///
/// # Errors
/// [`Error::Gates`] where results can't be trusted or the look is not due, unless forced; when the look
/// may not be taken, or a table can't be read.
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
    let mut watch = of_seen(plan, &seen);
    let mut departures = records::departures(experiment, &seen.book, project.is_made_up())?;
    let mut gates = watch.gates.clone();
    gates.push(match is_final {
        true => final_is_due(plan, &seen),
        false => interim_is_due(&seen),
    });
    watch.gates = passed(project, now, is_final, gates, &mut departures)?;
    let by_plan = watch.gates.iter().all(|gate| gate.forced.is_none());
    let noted = experiment.looks()?;
    let taken: Vec<Taken> = noted.iter().map(|one| one.look).collect();
    let standing = standing(plan, &taken, seen.day, is_final, by_plan)?;
    if !is_final && !standing.is_planned {
        departures.push(unplanned(plan, seen.day));
    }
    let analysis = analyse(
        plan,
        &seen.outcomes.rows,
        &standing.before,
        seen.day,
        is_final,
        &seen.outcomes.segments,
    );
    let mut result = Result {
        plan: plan.clone(),
        sha256: experiment.hash().to_owned(),
        decision: standing
            .ended
            .map_or_else(|| decide(plan, &analysis), |ended| ended.decision),
        analysis,
        watch,
        departures,
        has_dials: seen.outcomes.has_dials,
        ended: standing.ended,
        repeats: None,
        by_plan,
        is_made_up: project.is_made_up(),
    };
    match is_final {
        true => result.end(experiment, &standing, &noted)?,
        false => result.note(experiment, &standing)?,
    }
    Ok(result)
}

impl Result {
    /// The look as it is written down; none where there was too little to look at.
    fn taken(&self) -> Option<Taken> {
        let look = self.analysis.looks.last();
        look.filter(|_| self.analysis.primary.is_some())
            .map(|look| Taken {
                decision: self.decision,
                by_plan: self.by_plan,
                ..*look
            })
    }

    /// Writes the look down, once. What it was found to be when it was first taken counts.
    fn note(&mut self, experiment: &Experiment, standing: &Standing) -> Outcome<()> {
        match (standing.same, self.taken()) {
            (None, Some(look)) => experiment.note_look(&Noted {
                look,
                departures: self.departures.clone(),
            }),
            (Some(same), own) => {
                let says_same =
                    own.is_some_and(|own| (own.z, own.information) == (same.z, same.information));
                if !says_same {
                    self.decision = same.decision;
                    self.repeats = Some(same.on);
                }
                Ok(())
            }
            (None, None) => Ok(()),
        }
    }

    /// Writes a final look down and keeps it, if it is the one that counts or none counts yet.
    fn end(
        &mut self,
        experiment: &Experiment,
        standing: &Standing,
        noted: &[Noted],
    ) -> Outcome<()> {
        let on = self.analysis.on;
        let before = of_looks_before(noted, on, &self.departures);
        self.departures.extend(before);
        let kept = kept::results_of(experiment)?;
        if let Some(first) = standing.decisive {
            let is_it = |kept: &Kept| kept.by_plan && kept.analysis.on == first.on;
            if let Some(first) = kept.filter(is_it) {
                let says_same = first.analysis.on == on && first.says_as(&self.analysis)?;
                self.repeats = (!says_same).then_some(first.analysis.on);
                self.decision = first.decision;
                self.departures = first.departures;
                return Ok(());
            }
            // Killed after the look was written down and before it was kept.
            if first.on != on {
                return Err(Error::Data(format!(
                    "the final analysis of {} was broken off before it was kept, and it is the one that counts: finish it with `leadrank experiment final --as-of {}`",
                    first.on, first.on
                )));
            }
            if !self.by_plan {
                return Err(Error::Data(format!(
                    "the final analysis of {on} was broken off before it was kept: finish it with `leadrank experiment final --as-of {on}`, without force"
                )));
            }
        }
        for day in &standing.discarded {
            self.departures.push(format!(
                "A final analysis was made on {day}, early or by force; it counts for nothing."
            ));
        }
        self.note(experiment, standing)?;
        if self.repeats.take().is_some() {
            self.departures.push(format!(
                "The data of {on} have changed since this analysis was written down; the decision is that of before."
            ));
        }
        if self.taken().is_none() {
            return Ok(());
        }
        kept::keep(
            experiment,
            &Kept {
                analysis: self.analysis.clone(),
                decision: self.decision,
                departures: self.departures.clone(),
                by_plan: self.by_plan,
                ended: self.ended,
            },
        )
    }
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

/// How the interim looks before a day departed from the plan, beside what is told already.
fn of_looks_before(noted: &[Noted], day: NaiveDate, told: &[String]) -> Vec<String> {
    let interim = noted
        .iter()
        .filter(|one| !one.look.is_final && one.look.on <= day);
    let of_each = interim.flat_map(|one| {
        let own = one.departures.iter().filter(|text| !told.contains(text));
        own.map(|text| format!("At the interim look of {}: {text}", one.look.on))
    });
    of_each.collect()
}

/// Whether the last outcome is known.
fn final_is_due(plan: &Plan, seen: &Seen) -> Gate {
    let missing = seen.outcomes.rows.iter().filter(|row| !row.is_mature);
    let missing = missing.count();
    due(
        seen,
        format!(
            "the final analysis waits for the last outcome, on {}",
            plan.final_on()
        ),
        seen.day >= plan.final_on() && missing == 0,
        format!(
            "the outcome of {missing} enrolled leads is not known yet; wait until then: stopping when a result pleases makes results that please, an interim look is what the plan has for looking earlier"
        ),
    )
}

/// Whether enough is known for a look before the end.
fn interim_is_due(seen: &Seen) -> Gate {
    let calls = |arm| {
        let rows = seen.outcomes.rows.iter();
        let own = rows.filter(|row| row.counts() && row.called && row.arm == arm);
        own.count() as f64
    };
    let enough = Arm::ALL
        .into_iter()
        .all(|arm| calls(arm) >= monitor::FEWEST_CALLS);
    due(
        seen,
        format!(
            "both arms have {} scheduled calls with a known outcome at least",
            monitor::FEWEST_CALLS
        ),
        enough,
        "too few outcomes are known for an interim look: `leadrank experiment monitor` shows whether the experiment is a safe and fair one meanwhile".into(),
    )
}

fn due(seen: &Seen, rule: String, is_due: bool, action: String) -> Gate {
    let rows = &seen.outcomes.rows;
    let mature = rows.iter().filter(|row| row.counts()).count();
    Gate {
        id: "experiment.due".into(),
        rule,
        value: Some(Measured::counted(mature as f64, rows.len() as u64)),
        unit: Unit::Count,
        verdict: match is_due {
            true => Verdict::Pass,
            false => Verdict::Fail,
        },
        action,
        brief: None,
        forced: None,
    }
}
