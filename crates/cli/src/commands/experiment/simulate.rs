//! `leadrank experiment simulate`

use std::sync::atomic::{AtomicU64, Ordering};

use leadrank_engine::experiment;
use leadrank_engine::progress::Progress;
use leadrank_engine::reports;
use leadrank_experiment::trial::{Truth, trials};

use super::{Simulate, tell};
use crate::context::Context;

pub(super) fn run(context: &Context, options: &Simulate) -> anyhow::Result<u8> {
    let project = context.project()?;
    let of = experiment::Experiment::open(&project, options.of.name.as_deref())?;
    let plan = &of.plan;
    let mut lifts = options.lift.clone();
    if lifts.is_empty() {
        lifts = vec![0.0, plan.assumed.lift];
    }
    let total = options.runs * lifts.len() as u64;
    let done = AtomicU64::new(0);
    let tick = || {
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        if done.is_multiple_of(50) || done == total {
            let what = "experiments".to_owned();
            context
                .printer
                .progress(Progress::Step { what, done, total });
        }
    };
    context
        .printer
        .progress(Progress::Stage("trying the plan".into()));
    let mut found = Vec::new();
    for lift in lifts {
        let truth = Truth {
            adoption: options.adoption.unwrap_or(plan.assumed.adoption),
            contamination: options.contamination,
            lost: options.lost,
            ..Truth::of(plan, lift)
        };
        let seed = project.config().seed;
        found.push(trials(plan, &truth, options.runs, seed, &tick)?);
    }
    let report = reports::experiment_trials(plan, &found);
    tell(context, &of, &found, &[("trials", report)])?;
    Ok(0)
}
