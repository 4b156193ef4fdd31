//! The daily look: whether the experiment is still a fair one. It spends nothing of the test.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use leadrank_evidence::{Gate, Measured, Unit, Verdict};
use leadrank_experiment::balance::{Difference, beyond_chance, largest};
use leadrank_experiment::cells::{Cells, Sum};
use leadrank_experiment::effect::{self, Metric};
use leadrank_experiment::monitor::{self, Day};
use leadrank_experiment::srm::{self, Part};
use leadrank_experiment::{Arm, Arms, Plan, Row};
use leadrank_stats::{Estimate, normal};
use serde::Serialize;

use super::book::Book;
use super::enrol::count;
use super::exposure::Exposure;
use super::folder::Experiment;
use super::ledger;
use super::outcomes::{self, Outcomes};
use super::reach::Reach;
use super::records;
use crate::error::{Error, Result};
use crate::gates;
use crate::progress::{Progress, Sink};
use crate::project::Project;
use crate::stages::{as_of, open};

/// Share of control's dialled leads whose score could be seen, above which arms are mixed.
const LEAK_LIMIT: f64 = 0.02;
/// Share of treatment's leads with a score in view that is asked for, and below which the
/// experiment is none.
const WELL_EXPOSED: f64 = 0.9;
const LEAST_EXPOSED: f64 = 0.5;
/// Probability by chance below which a guardrail speaks.
const CHANCE: f64 = 0.05;

/// The state of an experiment on a day.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Watch {
    /// The experiment.
    pub experiment: String,
    /// The day.
    pub day: NaiveDate,
    /// Leads enrolled.
    pub enrolled: Arms<u64>,
    /// Leads whose outcome is known.
    pub mature: Arms<u64>,
    /// Enrolled leads that are gone from the lead file.
    pub lost: Arms<u64>,
    /// Where the ledger is not what the plan draws, or not what was written into it.
    pub changed: Vec<String>,
    /// Sizes of the arms, of what can be analysed: all, by stratum, by day, by salesperson.
    pub sizes: Vec<(String, Vec<Part>)>,
    /// How alike the arms were at enrolment.
    pub balance: Vec<Difference>,
    /// Every day so far. Emptied of results where a gate stops them.
    pub days: Vec<Day>,
    /// Share of dialled leads whose score could be seen; of all leads where no dials are on record.
    pub exposed: Arms<Option<Estimate>>,
    /// Share of pairs of leads that were dialled in the order of scores; 50 % by chance.
    pub in_order: Arms<Option<Estimate>>,
    /// Control leads with a score in view, when they were dialled where that is on record: the
    /// first of them with the day of enrolment and the first day of seeing.
    pub leaks: Vec<(String, NaiveDate, NaiveDate)>,
    /// How many they are.
    pub leaked: u64,
    /// Whether dials are on record; else exposure is of all leads.
    pub has_dials: bool,
    /// Whether exposure is known from syncs, or taken to be as drawn.
    pub exposure_known: bool,
    /// What must hold for results to be shown, and what is to be watched.
    pub gates: Vec<Gate>,
    /// Whether results are withheld.
    pub withheld: bool,
    /// Weeks until the planned end, as things stand.
    pub weeks_left: f64,
}

/// What both the daily look and the analysis read.
pub(super) struct Seen {
    pub(super) day: NaiveDate,
    pub(super) book: Book,
    pub(super) outcomes: Outcomes,
    pub(super) exposure: Exposure,
    /// Where the ledger is not what it was.
    pub(super) changed: Vec<String>,
    pub(super) reach: Reach,
}

pub(super) async fn see(
    project: &Project,
    experiment: &Experiment,
    threads: usize,
    progress: &Sink<'_>,
) -> Result<Seen> {
    progress(Progress::Stage("reading what happened".into()));
    let warehouse = project.warehouse().await?;
    let day = as_of(project, &warehouse).await?;
    let data = open(project, &warehouse, day, threads).await?;
    let mut book = ledger::read(&data.session, &experiment.plan.name).await?;
    book.keep_until(day);
    if book.assignments.is_empty() {
        return Err(Error::Data(format!(
            "nobody is enrolled in `{}` as of {day}: run `leadrank experiment assign`",
            experiment.plan.name
        )));
    }
    records::settle(experiment, &book)?;
    let changed = records::changes(experiment, &book, day)?;
    let leads = book.assignments.iter().map(|one| one.lead.as_str());
    let exposure = Exposure::of(project, experiment, &leads.collect(), day)?;
    let plan = &experiment.plan;
    let outcomes = outcomes::read(&data.session, plan, &book, &exposure, day).await?;
    Ok(Seen {
        day,
        book,
        outcomes,
        exposure,
        changed,
        reach: Reach::of(&data, day).await?,
    })
}

/// Looks at the experiment as of the analysis date and records its gates.
///
/// # Errors
/// When nobody is enrolled, or a table can't be read.
pub async fn watch(
    project: &Project,
    experiment: &Experiment,
    now: DateTime<Utc>,
    threads: usize,
    progress: &Sink<'_>,
) -> Result<Watch> {
    let seen = see(project, experiment, threads, progress).await?;
    let mut watch = of_seen(&experiment.plan, &seen);
    gates::record(project, now, "experiment monitor", &mut watch.gates)?;
    watch.withheld = watch.gates.iter().any(Gate::stops);
    if watch.withheld {
        for day in &mut watch.days {
            day.calls = Arms::default();
            day.kpi = Arms::default();
            day.lift = None;
        }
    }
    Ok(watch)
}

pub(super) fn of_seen(plan: &Plan, seen: &Seen) -> Watch {
    let rows = &seen.outcomes.rows;
    let arms = |of: &dyn Fn(&&Row) -> bool| count(rows.iter().filter(of).map(|row| row.arm));
    let mut dialled: Arms<Vec<Vec<(f64, f64)>>> = Arms::default();
    for ((arm, _, _), leads) in &seen.outcomes.dialled {
        dialled[*arm].push(leads.clone());
    }
    let sizes = sizes(plan, seen);
    let mut watch = Watch {
        experiment: plan.name.clone(),
        day: seen.day,
        enrolled: arms(&|_| true),
        mature: arms(&|row| row.counts()),
        lost: arms(&|row| !row.is_found),
        changed: seen.changed.clone(),
        sizes,
        balance: seen.book.balance(),
        days: monitor::days(plan, rows, seen.day),
        exposed: Arms::of(|arm| monitor::exposed(rows, arm, seen.outcomes.has_dials)),
        in_order: Arms::of(|arm| monitor::in_order(&dialled[arm])),
        leaked: seen.outcomes.leaks.len() as u64,
        leaks: seen.outcomes.leaks.iter().take(20).cloned().collect(),
        has_dials: seen.outcomes.has_dials,
        exposure_known: seen.exposure.from_syncs,
        gates: Vec::new(),
        withheld: false,
        weeks_left: (plan.final_on() - seen.day).num_days().max(0) as f64 / 7.0,
    };
    watch.gates = vec![seen.reach.gate(plan, seen.day)];
    watch.gates.extend(judged(plan, &watch, rows));
    watch
}

/// Sizes of the arms among units that are still found.
fn sizes(plan: &Plan, seen: &Seen) -> Vec<(String, Vec<Part>)> {
    let (rows, book, share) = (&seen.outcomes.rows, &seen.book, plan.treatment_share);
    let mut kept = book.units();
    let found = found_units(rows);
    kept.retain(|(_, at)| found.contains(&rows[*at].unit));
    let all = kept.iter().map(|&(arm, _)| ("all", arm));
    let day = |at: usize| book.assignments[at].enrolled.to_string();
    let days: Vec<(String, Arm)> = kept.iter().map(|&(arm, at)| (day(at), arm)).collect();
    let by_day = days.iter().map(|(day, arm)| (day.as_str(), *arm));
    vec![
        ("all".into(), srm::parts(all, share)),
        ("stratum".into(), book.by_stratum(&kept, share)),
        ("day".into(), srm::parts(by_day, share)),
        ("salesperson".into(), book.by_seller(&kept, share)),
    ]
}

/// Units of which a lead is still in the lead file.
fn found_units(rows: &[Row]) -> BTreeSet<u32> {
    let found = rows.iter().filter(|row| row.is_found);
    found.map(|row| row.unit).collect()
}

/// Units, and those of which no lead is left.
fn lost_units(rows: &[Row]) -> (Arms<u64>, Arms<u64>) {
    let found = found_units(rows);
    let units: BTreeMap<u32, Arm> = rows.iter().map(|row| (row.unit, row.arm)).collect();
    let gone = units.iter().filter(|(unit, _)| !found.contains(unit));
    (
        count(units.values().copied()),
        count(gone.map(|(_, arm)| *arm)),
    )
}

fn gate(
    id: &str,
    rule: String,
    value: Option<Measured>,
    unit: Unit,
    verdict: Verdict,
    action: &str,
) -> Gate {
    let action = match verdict {
        Verdict::NotEnoughData => "nothing to compare yet",
        _ => action,
    };
    Gate {
        id: format!("experiment.{id}"),
        rule,
        value,
        unit,
        verdict,
        action: action.to_owned(),
        brief: None,
        forced: None,
    }
}

fn judged(plan: &Plan, watch: &Watch, rows: &[Row]) -> Vec<Gate> {
    let n = watch.enrolled.treatment + watch.enrolled.control;
    let worst = watch
        .sizes
        .iter()
        .flat_map(|(_, parts)| parts)
        .min_by(|a, b| a.adjusted.total_cmp(&b.adjusted));
    let (units, gone) = lost_units(rows);
    let losses = srm::lost(units, gone);
    let least = worst
        .map_or(1.0, |part| part.adjusted)
        .min(losses.unwrap_or(1.0));
    let pass = |is: bool, otherwise: Verdict| if is { Verdict::Pass } else { otherwise };
    let mut made = vec![
        gate(
            "ledger",
            "the ledger of arms is what the frozen plan draws and what was written into it".into(),
            Some(Measured::counted(watch.changed.len() as f64, n)),
            Unit::Count,
            pass(watch.changed.is_empty(), Verdict::Fail),
            &format!(
                "{}; find out who changed experiment_assignments and restore it from its history; nothing can be concluded from arms that were chosen",
                watch.changed.first().map_or("", String::as_str)
            ),
        ),
        gate(
            "mismatch",
            format!(
                "the arms have the sizes that were drawn: overall, by stratum, day and salesperson, and of the leads lost, p of at least {}",
                srm::ALARM
            ),
            Some(Measured {
                chance: Some(srm::ALARM),
                ..Measured::counted(least, n)
            }),
            Unit::Score,
            pass(least >= srm::ALARM, Verdict::Fail),
            &worst.filter(|part| part.alarms()).map_or_else(
                || "find out why more leads of one arm are gone from the lead file (merged, deleted, left out of the export): until then no result can be trusted".to_owned(),
                |part| format!(
                    "in `{}` {} units with and {} without scores are left: find out why leads of one arm are missing; until then no result can be trusted",
                    part.name, part.units.treatment, part.units.control
                ),
            ),
        ),
    ];
    made.push(balance_gate(plan, &watch.balance, n));
    made.push(leak_gate(watch));
    made.push(exposed_gate(watch));
    made.extend(guardrails(plan, watch, rows));
    made
}

fn balance_gate(plan: &Plan, balance: &[Difference], n: u64) -> Gate {
    // By chance some of many columns differ: the bound is for all of them together.
    let columns = balance.len().max(1) as f64;
    let strongest = balance
        .iter()
        .max_by(|a, b| a.standardised.abs().total_cmp(&b.standardised.abs()));
    let is_beyond = beyond_chance(balance, plan.balance_limit).next().is_some();
    let apart = largest(balance);
    let verdict = match (apart > plan.balance_limit, is_beyond) {
        (_, true) => Verdict::Fail,
        (true, false) => Verdict::Warn,
        _ => Verdict::Pass,
    };
    gate(
        "balance",
        format!(
            "what was known at enrolment differs between the arms by at most {} standard deviations",
            plan.balance_limit
        ),
        strongest.map(|one| Measured {
            // What the largest of so many columns reaches by chance, one time in a thousand.
            chance: normal::quantile(1.0 - srm::ALARM / (2.0 * columns)).map(|z| z * one.chance),
            ..Measured::counted(apart, n)
        }),
        Unit::Score,
        verdict,
        &strongest.map_or_else(String::new, |one| format!(
            "the largest is `{}` ({:.3} with, {:.3} without scores): {}",
            one.name,
            one.mean.treatment,
            one.mean.control,
            match verdict {
                Verdict::Fail => "more than chance explains, so something chose; look at how leads came in",
                _ => "within what chance makes of so many columns; the adjusted effect allows for it",
            }
        )),
    )
}

fn leak_gate(watch: &Watch) -> Gate {
    let share = watch.exposed.control;
    let verdict = match share {
        None => Verdict::NotEnoughData,
        Some(share) if share.lo > LEAK_LIMIT => Verdict::Fail,
        Some(share) if share.positives > 0 => Verdict::Warn,
        Some(_) => Verdict::Pass,
    };
    gate(
        "leak",
        format!(
            "at most {:.0} % of control's {} had a score in view, as far as chance lets tell",
            100.0 * LEAK_LIMIT,
            counted(watch)
        ),
        share.map(Measured::from),
        Unit::Share,
        verdict,
        &watch.leaks.first().map_or_else(
            || "nothing is known of a control lead whose score was seen".to_owned(),
            |(lead, _, day)| format!(
                "{} control leads had a score in view{}, the first {lead} on {day}: run `leadrank sync`, which takes scores of control away, and find out where they were shown; the effect is diluted by it",
                watch.leaked,
                if watch.has_dials { " when they were dialled" } else { "" }
            ),
        ),
    )
}

/// What exposure is a share of.
fn counted(watch: &Watch) -> &'static str {
    match watch.has_dials {
        true => "dialled leads",
        false => "leads",
    }
}

/// Whether treatment was treated: an effect of scores that nobody saw is none of theirs.
fn exposed_gate(watch: &Watch) -> Gate {
    let share = watch.exposed.treatment.filter(|_| watch.exposure_known);
    let verdict = match share {
        None => Verdict::NotEnoughData,
        Some(share) if share.hi < LEAST_EXPOSED => Verdict::Fail,
        Some(share) if share.hi < WELL_EXPOSED => Verdict::Warn,
        Some(_) => Verdict::Pass,
    };
    let mut made = gate(
        "exposed",
        format!(
            "{:.0} % of treatment's {} had their score in view, and not fewer than {:.0} %",
            100.0 * WELL_EXPOSED,
            counted(watch),
            100.0 * LEAST_EXPOSED
        ),
        share.map(Measured::from),
        Unit::Share,
        verdict,
        "run `leadrank score` and `leadrank sync` after each enrolment, before the first dial: where scores are not seen, the experiment tells nothing of them",
    );
    if !watch.exposure_known {
        made.action = "no sync is on record, so scores are taken to be seen as drawn: is that so? The ledgers of `leadrank sync` would tell".into();
    }
    made
}

/// What must not get worse (domain.md, "A/B test").
fn guardrails(plan: &Plan, watch: &Watch, rows: &[Row]) -> Vec<Gate> {
    let counted: Vec<&Row> = rows.iter().filter(|row| row.counts()).collect();
    let cells = Cells::of(counted);
    let n = watch.mature.treatment + watch.mature.control;
    let compare = |above: Sum, below: Sum| effect::log_ratio(&cells, Metric { above, below });
    let measured = |found: effect::Effect| {
        let interval = found.interval(1.0 - CHANCE);
        Measured {
            value: effect::lift(found.estimate),
            lo: Some(effect::lift(interval.lo)),
            hi: Some(effect::lift(interval.hi)),
            n,
            chance: Some(0.0),
        }
    };
    let verdict = |found: Option<effect::Effect>, worse: &dyn Fn(Measured) -> Verdict| {
        found.map_or(Verdict::NotEnoughData, |found| worse(measured(found)))
    };
    let touch = compare(Sum::TouchDays, Sum::Touched);
    let large = compare(Sum::LargeTouched, Sum::Large);
    let work = compare(Sum::Dials, Sum::Leads);
    let limit = plan.first_touch_limit;
    // Where every one of them was dialled there is no spread, and nothing to fear.
    let share = Metric {
        above: Sum::LargeTouched,
        below: Sum::Large,
    };
    let all = |arm: Arm| share.value(&cells.arm(arm)) == Some(1.0);
    let alike = all(Arm::Treatment) && all(Arm::Control);
    let in_order = watch.in_order.treatment;
    vec![
        gate(
            "first_touch",
            format!(
                "with scores the first dial takes at most {:.0} % longer",
                100.0 * limit
            ),
            touch.map(measured),
            Unit::Share,
            verdict(touch, &|found| match found.value > limit {
                true => Verdict::Warn,
                false => Verdict::Pass,
            }),
            "leads with scores wait longer: look whether the bottom of the list is never reached",
        ),
        gate(
            "large_firms",
            "leads at firms with more than $500M are dialled as often with scores as without"
                .into(),
            large.map(measured),
            Unit::Share,
            match alike {
                true => Verdict::Pass,
                false => verdict(large, &|found| match found.hi < Some(0.0) {
                    true => Verdict::Warn,
                    false => Verdict::Pass,
                }),
            },
            "fewer of the large firms' leads are dialled with scores: decide whether that is wanted",
        ),
        gate(
            "workload",
            "leads of both arms get as many dials".into(),
            work.map(measured),
            Unit::Share,
            verdict(
                work,
                &|found| match found.lo > Some(0.0) || found.hi < Some(0.0) {
                    true => Verdict::Warn,
                    false => Verdict::Pass,
                },
            ),
            "attention moved from one arm to the other: scheduled calls per lead then differ for that reason alone; read the KPI per dial, and compare all calls with the weeks before",
        ),
        gate(
            "order",
            "with scores, better leads are dialled first in more than half of all pairs".into(),
            in_order.map(Measured::from),
            Unit::Share,
            match in_order {
                None => Verdict::NotEnoughData,
                Some(found) if found.lo > 0.5 => Verdict::Pass,
                Some(_) => Verdict::Warn,
            },
            "salespeople do not work in the order of the scores: an effect can't be expected where nothing is followed",
        ),
    ]
}

/// Days as lines of a CSV, one a day: each number by arm, then the lift.
///
/// # Errors
/// When a line can't be written.
pub fn days_csv(days: &[Day]) -> Result<Vec<u8>> {
    let broken = |error: csv::Error| Error::Data(format!("the daily table: {error}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut header = vec!["day".to_owned()];
    for what in [
        "enrolled",
        "mature",
        "dials",
        "answered",
        "calls",
        "kpi_per_100",
    ] {
        header.extend(Arm::ALL.iter().map(|arm| format!("{what}_{}", arm.word())));
    }
    header.extend(["lift", "lift_lo", "lift_hi", "p_always_valid"].map(str::to_owned));
    writer.write_record(&header).map_err(broken)?;
    for day in days {
        let mut cells = vec![day.day.to_string()];
        let mut put = |of: &dyn Fn(Arm) -> String| cells.extend(Arm::ALL.map(of));
        put(&|arm| day.enrolled[arm].to_string());
        put(&|arm| day.mature[arm].to_string());
        put(&|arm| day.dials[arm].to_string());
        put(&|arm| day.answered[arm].to_string());
        put(&|arm| day.calls[arm].to_string());
        put(&|arm| day.kpi[arm].map_or(String::new(), |kpi| format!("{kpi:.6}")));
        match day.lift {
            Some(lift) => {
                let numbers = [lift.value, lift.interval.lo, lift.interval.hi, lift.p_value];
                cells.extend(numbers.map(|one| format!("{one:.6}")));
            }
            None => cells.extend(vec![String::new(); 4]),
        }
        writer.write_record(&cells).map_err(broken)?;
    }
    writer
        .into_inner()
        .map_err(|error| Error::Data(format!("the daily table: {error}")))
}
