//! A plan from the project's own past.

use chrono::{DateTime, Days, NaiveDate, Utc};
use leadrank_experiment::plan::{Assumed, Kpi, Plan, PlannedLook, Rerandomise, VERSION};
use leadrank_experiment::size::{self, Past, Sight};
use leadrank_stats::sequential::naive_alarm;
use serde::Serialize;

use super::factors::Factor;
use super::folder::Experiment;
use super::ledger;
use super::rehearsal::{past, rehearse};
use crate::error::{Error, Result};
use crate::progress::Sink;
use crate::project::Project;
use crate::stages::{as_of, open};

/// Weeks of the past that the enrolment is rehearsed on.
const REHEARSED_WEEKS: u64 = 8;
/// Weeks of enrolment that the curve of sizes shows.
const SHOWN_WEEKS: [u32; 10] = [2, 4, 6, 8, 10, 13, 17, 26, 39, 52];
/// Sizes for which no test is worth running are not shown.
const SHORTEST_WEEK: f64 = 1.0;

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The experiment's name.
    pub name: String,
    /// First day of enrolment; none for the analysis date.
    pub start: Option<NaiveDate>,
    /// Weeks of enrolment; none for the configured ones.
    pub weeks: Option<u32>,
}

/// A plan with what it rests on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Design {
    /// The plan.
    pub plan: Plan,
    /// Hash of the plan.
    pub sha256: String,
    /// Whether and when it was frozen.
    pub frozen_at: Option<DateTime<Utc>>,
    /// The day as of which it was made.
    pub as_of: NaiveDate,
    /// What the past says of such leads.
    pub past: Past,
    /// First and last day of the enrolment that was rehearsed.
    pub rehearsed: (NaiveDate, NaiveDate),
    /// Bounds on `|Z|` of the planned looks.
    pub bounds: Vec<f64>,
    /// Probability of an alarm without effect if the planned looks were tested as if each were
    /// the only one.
    pub naive_alarm: f64,
    /// What the planned test sees.
    pub sight: Sight,
    /// What tests of other lengths see.
    pub curve: Vec<Sight>,
    /// Leads of both arms needed for the assumed lift thinned by adoption.
    pub leads_needed: u64,
    /// Weeks of enrolment for them.
    pub weeks_needed: f64,
    /// Leads an arm that two plain proportions would need, for comparison.
    pub proportion_per_arm: Option<f64>,
}

/// Plans an experiment, and writes the plan into the project unless one of that name is frozen.
///
/// # Errors
/// When there is no model, the past holds too few scheduled calls, or nothing can be written.
pub async fn design(
    project: &Project,
    request: &Request,
    threads: usize,
    progress: &Sink<'_>,
) -> Result<Design> {
    let config = &project.config().experiment;
    let warehouse = project.warehouse().await?;
    let day = as_of(project, &warehouse).await?;
    let start = request.start.unwrap_or(day);
    if start < day {
        return Err(Error::Data(format!(
            "an experiment can't begin on {start}, before the analysis date {day}: what happened since is known already"
        )));
    }
    let data = open(project, &warehouse, day, threads).await?;
    let enrolled = ledger::read(&data.session, &request.name)
        .await?
        .assignments
        .len();
    if enrolled > 0 {
        return Err(Error::Data(format!(
            "{enrolled} leads are enrolled in `{}` already, so its plan is frozen and can't be changed; plan a new experiment with another --name",
            request.name
        )));
    }
    let kpi = match data.session.has_table("SavvyGTMData.Task") {
        true => Kpi::CallsPer100Dials,
        false => Kpi::CallsPer100Leads,
    };
    drop(data);
    let weeks = request.weeks.unwrap_or(config.weeks);
    let horizon = u32::try_from(project.config().label.window_days).unwrap_or(30);
    let mut plan = plan(project, request, start, weeks, horizon, kpi);
    // With all open leads the first day weighs as much as it will.
    let rehearsed_weeks = match plan.contacted_within_days {
        0 => u64::from(weeks),
        _ => REHEARSED_WEEKS.max(u64::from(weeks)),
    };
    let rehearsal = rehearse(project, &plan, rehearsed_weeks, day, threads, progress).await?;
    let past = past(&rehearsal, kpi)?;
    plan.assumed.rate = past.rate;
    plan.assumed.dials = past.dials / past.leads as f64;
    let expected = past.leads_in(f64::from(weeks));
    plan.assumed.leads = expected as u64;
    plan.assumed.information = size::information(&plan, &past, expected.max(2.0));
    let bounds = plan.bounds()?;
    let (leads_needed, _) = size::leads_needed(&plan, &past)?;
    let longer = SHOWN_WEEKS
        .iter()
        .map(|&weeks| f64::from(weeks))
        .chain([f64::from(weeks)]);
    let mut lengths: Vec<f64> = longer.filter(|&weeks| weeks >= SHORTEST_WEEK).collect();
    lengths.sort_by(f64::total_cmp);
    lengths.dedup();
    let curve = lengths
        .into_iter()
        .map(|weeks| size::sight(&plan, &past, weeks))
        .collect::<std::result::Result<Vec<_>, _>>()?;
    let times: Vec<f64> = plan.looks.iter().map(|look| look.time).collect();
    let per_lead = past.calls / past.leads as f64;
    let lifted = per_lead * (1.0 + plan.assumed.lift * plan.assumed.adoption);
    let experiment = Experiment::write(project, &plan)?;
    Ok(Design {
        sha256: plan.hash()?,
        frozen_at: experiment.frozen.map(|frozen| frozen.at),
        as_of: day,
        past,
        rehearsed: (rehearsal.from, rehearsal.until),
        naive_alarm: naive_alarm(
            &times,
            -leadrank_stats::normal::quantile(plan.alpha / 2.0).unwrap_or(-1.96),
        )
        .unwrap_or(plan.alpha),
        bounds,
        sight: size::sight(&plan, &past, f64::from(weeks))?,
        curve,
        leads_needed,
        weeks_needed: past.weeks_for(leads_needed as f64),
        proportion_per_arm: leadrank_stats::power::rows_per_arm(
            per_lead, lifted, plan.alpha, plan.power,
        ),
        plan,
    })
}

fn plan(
    project: &Project,
    request: &Request,
    start: NaiveDate,
    weeks: u32,
    horizon_days: u32,
    kpi: Kpi,
) -> Plan {
    let config = &project.config().experiment;
    let after = |day: NaiveDate, days: u64| day.checked_add_days(Days::new(days)).unwrap_or(day);
    let enrolment = u64::from(weeks) * 7 - 1;
    let enrol_until = after(start, enrolment);
    let horizon = u64::from(horizon_days) + 1;
    // Enrolment is about even over its days, so a share of the outcomes is known after that share
    // of the enrolment and the horizon.
    let interim = config.interim.iter().map(|&time| PlannedLook {
        on: after(start, (time * enrolment as f64).round() as u64 + horizon),
        time,
    });
    let mut looks: Vec<PlannedLook> = interim.collect();
    looks.push(PlannedLook {
        on: after(enrol_until, horizon),
        time: 1.0,
    });
    let words = |factors: &[Factor]| factors.iter().map(|one| one.word().to_owned()).collect();
    let percent = 100.0 * config.minimum_lift;
    Plan {
        version: VERSION,
        name: request.name.clone(),
        hypothesis: format!(
            "Showing salespeople score, tier and reasons raises {} within {horizon_days} days; the lift that is worth having is {percent:.0} % or more.",
            kpi.words()
        ),
        kpi,
        horizon_days,
        contacted_within_days: config.contacted_within_days,
        start,
        enrol_until,
        looks,
        spending: config.spending,
        alpha: config.alpha,
        power: config.power,
        minimum_lift: config.minimum_lift,
        assumed: Assumed {
            lift: config.assumed_lift,
            adoption: config.adoption,
            ..Assumed::default()
        },
        treatment_share: config.treatment_share,
        method: config.method,
        block_size: config.block_size,
        salt: format!("{}-{}", project.config().project, project.config().seed),
        rerandomise: (config.rerandomise_draws > 1).then_some(Rerandomise {
            draws: config.rerandomise_draws,
            limit: config.rerandomise_limit,
        }),
        together_up_to_reps: config.together_up_to_reps,
        strata: words(&config.strata),
        completeness_bands: config.completeness_bands.clone(),
        segments: words(&config.segments),
        hold_out: config.hold_out,
        balance_limit: config.balance_limit,
        first_touch_limit: config.first_touch_limit,
    }
}
