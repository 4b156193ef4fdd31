//! `leadrank experiment play`

use anyhow::{Context as _, bail};
use leadrank_engine::experiment;
use leadrank_engine::progress::Progress;
use leadrank_engine::project::write_atomically;
use leadrank_simulate::weeks::{self, Enrolled, Weeks};

use super::Play;
use crate::context::Context;

pub(super) fn run(context: &Context, options: &Play) -> anyhow::Result<u8> {
    let project = context.project()?.locked()?;
    if !project.is_made_up() {
        bail!(
            "`{}` holds no simulated data (there is no truth/ in it): made-up outcomes would be written over real ones",
            project.root.display()
        );
    }
    let of = experiment::Experiment::frozen(&project, options.of.name.as_deref())?;
    let book = context.wait(experiment::enrolled(&project, &of, context.threads()))?;
    context
        .printer
        .progress(Progress::Stage("writing made-up weeks".into()));
    let mut order: Vec<usize> = (0..book.len()).collect();
    order.sort_by(|&a, &b| book[a].score.total_cmp(&book[b].score));
    let mut places = vec![0.0; book.len()];
    for (place, &at) in order.iter().enumerate() {
        places[at] = (place as f64 + 0.5) / book.len() as f64;
    }
    let leads: Vec<Enrolled> = book
        .iter()
        .zip(places)
        .map(|(one, place)| Enrolled {
            lead_id: one.lead.clone(),
            treated: one.arm == leadrank_experiment::Arm::Treatment,
            on: one.enrolled,
            place,
            adviser: one.unit.clone(),
        })
        .collect();
    let told = weeks::write(
        &project.root,
        &leads,
        &Weeks {
            until: of.plan.final_on(),
            rate: options.rate,
            lift: options.lift,
            adoption: options.adoption,
            contamination: options.contamination,
            lost: options.lost,
            seed: project.config().seed,
        },
    )?;
    let mut notes = String::from("lead_id,date\n");
    for one in book
        .iter()
        .filter(|one| told.exposed.binary_search(&one.lead).is_ok())
    {
        notes.push_str(&format!("{},{}\n", one.lead, one.enrolled));
    }
    let path = of.folder.join("exposures.csv");
    match told.exposed.is_empty() {
        false => write_atomically(&path, notes.as_bytes())?,
        true if path.is_file() => std::fs::remove_file(&path)
            .with_context(|| format!("`{}` could not be removed", path.display()))?,
        true => {}
    }
    let arm = |name: &str, arm: &weeks::Arm| {
        format!(
            "{name}: {} leads, {} dials and {} scheduled calls within 30 days of enrolment",
            arm.leads, arm.dials_30d, arm.calls_30d
        )
    };
    let text = format!(
        "Made-up weeks up to {} with a true lift of {:+.0} % where scores are followed, for {:.0} % of the leads with scores\n{}\n{}\n{} control leads saw a score, {} are lost. The truth stands in truth/experiment.json\nNext: leadrank ingest, then leadrank experiment monitor",
        of.plan.final_on(),
        100.0 * options.lift,
        100.0 * options.adoption,
        arm("With scores", &told.treatment),
        arm("Without", &told.control),
        told.exposed.len(),
        told.lost.len()
    );
    context.printer.result(&told, &text)?;
    Ok(0)
}
