//! Whether experiments keep what they promise, tried on made-up leads:
//! `cargo run -p leadrank-experiment --example error_rates [RUNS]`.
//!
//! Without an effect, alarms may be no more frequent than alpha, and intervals must hold the truth
//! as often as they say. With one, the planned looks must see it as often as the plan's size
//! claims. Anything else beyond three standard errors is marked with `!` and ends with code 1.

use std::process::ExitCode;

use chrono::{Days, NaiveDate};
use leadrank_experiment::plan::{Assumed, Kpi, Method, PlannedLook, VERSION};
use leadrank_experiment::size::Past;
use leadrank_experiment::trial::{Trials, Truth, past, trials};
use leadrank_experiment::{Plan, Result, size};
use leadrank_stats::Estimate;
use leadrank_stats::sequential::Spending;

/// Leads of both arms.
const SIZES: [u64; 3] = [1200, 2400, 4800];
/// Too few for a plan, tried to know where what is promised begins to hold.
const FEW: [u64; 2] = [300, 600];
/// Scheduled calls per 100 dials without scores.
const RATES: [f64; 2] = [0.8, 1.5];
/// True relative changes where a score is followed.
const LIFTS: [f64; 3] = [0.2, 0.5, -0.3];
/// Leads of the past that claims of power rest on: so many that they are hardly a guess.
const PAST_LEADS: u64 = 400_000;
/// How far measured power may be from what was claimed, beside three standard errors: the claim is
/// a normal approximation.
const POWER_SLACK: f64 = 0.03;
const SEED: u64 = 20_251_103;

/// A way to plan.
struct Design {
    name: &'static str,
    spending: Spending,
    method: Method,
    times: &'static [f64],
}

const DESIGNS: [Design; 4] = [
    Design {
        name: "O'Brien-Fleming, 1 interim",
        spending: Spending::ObrienFleming,
        method: Method::Blocks,
        times: &[0.5, 1.0],
    },
    Design {
        name: "Pocock, 1 interim",
        spending: Spending::Pocock,
        method: Method::Blocks,
        times: &[0.5, 1.0],
    },
    Design {
        name: "O'Brien-Fleming, 3 interim",
        spending: Spending::ObrienFleming,
        method: Method::Blocks,
        times: &[0.25, 0.5, 0.75, 1.0],
    },
    Design {
        name: "arms by hash, 1 interim",
        spending: Spending::ObrienFleming,
        method: Method::Hash,
        times: &[0.5, 1.0],
    },
];

fn main() -> ExitCode {
    let runs = match std::env::args().nth(1).map(|text| text.parse::<u64>()) {
        None => 10_000,
        Some(Ok(runs)) if runs > 0 => runs,
        Some(_) => {
            eprintln!("error_rates: give the number of experiments of each line, as in 10000");
            return ExitCode::from(2);
        }
    };
    match table(runs) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(broken) => {
            println!("{broken} of the promises above are not kept (!).");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error_rates: {error}");
            ExitCode::from(2)
        }
    }
}

/// Prints all lines; how many promises are not kept.
fn table(runs: u64) -> Result<usize> {
    println!(
        "{runs} experiments a line; calls are those to expect of an arm. Percent of experiments with an\n\
         alarm of the planned looks, a single test at the end, and the daily interval; percent in\n\
         which their intervals hold the truth; claimed power of the planned looks.\n"
    );
    println!(
        "{:27} {:>5} {:>5} {:>6} {:>5} | {:>6} {:>6} {:>6} | {:>6} {:>6} {:>6} | {:>6}",
        "design",
        "leads",
        "rate",
        "calls",
        "lift",
        "looks",
        "single",
        "daily",
        "looks",
        "single",
        "daily",
        "claim"
    );
    let mut lines: Vec<(&Design, u64, f64)> = FEW.map(|leads| (&DESIGNS[0], leads, 0.0)).into();
    for design in &DESIGNS {
        lines.extend(SIZES.map(|leads| (design, leads, 0.0)));
    }
    for lift in LIFTS {
        lines.extend(SIZES.map(|leads| (&DESIGNS[0], leads, lift)));
    }
    let mut broken = 0;
    // Each line has luck of its own, so that one unlucky seed does not run through all.
    let mut seed = SEED;
    for rate in RATES {
        let any = plan(&DESIGNS[0], PAST_LEADS, rate, 0.0);
        let past = past(&any, &Truth::of(&any, 0.0), PAST_LEADS, SEED)?;
        for &(design, leads, lift) in &lines {
            seed += 1;
            let plan = plan(design, leads, rate, lift);
            broken += line(design.name, plan, &past, lift, runs, seed)?;
        }
    }
    Ok(broken)
}

/// Prints one line; how many of its promises are not kept.
fn line(name: &str, mut plan: Plan, past: &Past, lift: f64, runs: u64, seed: u64) -> Result<usize> {
    let leads = plan.assumed.leads as f64;
    plan.assumed.information = size::information(&plan, past, leads);
    let found = trials(&plan, &Truth::of(&plan, lift), runs, seed, &|| ())?;
    let claim = match lift {
        0.0 => None,
        _ => Some(size::of_leads(&plan, past, leads, 4.0)?.power),
    };
    let marks = marks(&plan, &found, claim);
    let cell = |at: usize, share: f64| {
        let mark = if marks[at] { "!" } else { " " };
        format!("{:5.2}{mark}", 100.0 * share)
    };
    println!(
        "{:27} {:>5} {:>5.1} {:>6.0} {:>5} | {} {} {} | {} {} {} | {:>6}",
        name,
        leads,
        100.0 * plan.assumed.rate,
        0.5 * past.calls / past.leads as f64 * leads,
        if lift == 0.0 {
            "none".to_owned()
        } else {
            format!("{lift:+.1}")
        },
        cell(0, found.sequential.value),
        cell(1, found.fixed.value),
        cell(2, found.always_valid.value),
        cell(3, found.sequential_coverage.value),
        cell(4, found.fixed_coverage.value),
        cell(5, found.always_valid_coverage.value),
        claim.map_or(String::new(), |claim| format!("{:.2}", 100.0 * claim)),
    );
    Ok(marks.iter().filter(|&&mark| mark).count())
}

/// Which of the six shares of a line break a promise.
fn marks(plan: &Plan, found: &Trials, claim: Option<f64>) -> [bool; 6] {
    let slack = |share: f64| 3.0 * (share * (1.0 - share) / found.runs as f64).sqrt();
    let alpha = plan.alpha;
    let often = |alarms: Estimate| claim.is_none() && alarms.value > alpha + slack(alpha);
    let seldom = |holds: Estimate| holds.value < 1.0 - alpha - slack(alpha);
    let apart = claim
        .is_some_and(|claim| (found.sequential.value - claim).abs() > POWER_SLACK + slack(claim));
    [
        often(found.sequential) || apart,
        often(found.fixed),
        often(found.always_valid),
        seldom(found.sequential_coverage),
        seldom(found.fixed_coverage),
        seldom(found.always_valid_coverage),
    ]
}

fn plan(design: &Design, leads: u64, rate: f64, lift: f64) -> Plan {
    let start = NaiveDate::default();
    let enrol_until = start + Days::new(27);
    let last = enrol_until + Days::new(31);
    let n = design.times.len() as u64;
    let looks = (1..).zip(design.times).map(|(at, &time)| PlannedLook {
        on: last - Days::new(7 * (n - at)),
        time,
    });
    Plan {
        version: VERSION,
        name: "error-rates".into(),
        hypothesis: "scores raise scheduled calls per dial".into(),
        kpi: Kpi::CallsPer100Dials,
        horizon_days: 30,
        contacted_within_days: 7,
        start,
        enrol_until,
        looks: looks.collect(),
        spending: design.spending,
        alpha: 0.05,
        power: 0.8,
        minimum_lift: 0.5,
        assumed: Assumed {
            rate: rate / 100.0,
            lift: if lift == 0.0 { 0.5 } else { lift },
            adoption: 0.75,
            dials: 5.0,
            leads,
            information: 1.0,
        },
        treatment_share: 0.5,
        method: design.method,
        block_size: 4,
        salt: "error rates".into(),
        rerandomise: None,
        together_up_to_reps: 50,
        strata: vec!["made up".into()],
        completeness_bands: Vec::new(),
        segments: Vec::new(),
        hold_out: 0.0,
        balance_limit: 0.1,
        first_touch_limit: 0.1,
    }
}
