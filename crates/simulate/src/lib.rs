//! Vendor exports and a CRM with known truth, for demonstrations and tests.
//!
//! [`write()`] fills a project's `raw/` folder with what a vendor portal and Salesforce would
//! export, and, kept apart in `truth/`, with the probabilities and outcomes behind it. All
//! people, firms and numbers are made up; the marginals follow domain.md, "Class
//! distribution and statistics for the synthetic generator".

mod adviser;
mod columns;
mod crm;
mod dials;
mod error;
mod firm;
mod firm_cells;
mod firm_faults;
mod hazard;
mod lead_faults;
mod leads;
mod month;
mod opportunities;
mod options;
mod output;
mod places;
mod planted;
mod population;
mod record;
mod rep_cells;
mod rng;
mod roster;
mod story;
mod timing;
mod truth;
mod vendor;
pub mod weeks;
mod world;

use std::fs;
use std::path::Path;

use rayon::prelude::*;

pub use error::{Error, Result};
pub use hazard::Hazard;
pub use month::Month;
pub use options::{Event, Options, Summary, TruthTotals, WrittenFile};

use crate::leads::Lead;
use crate::planted::Planted;
use crate::vendor::Turn;
use crate::world::World;

/// Files beside the four of each month: lead, task, user, opportunity, truth.
const OTHER_FILES: usize = 5;

/// Writes a simulated project into `project_dir/raw` and `project_dir/truth`, which are made
/// when absent. Each file appears under its name only when complete. Equal options give
/// equal bytes; `progress` is called from worker threads, in no particular order.
pub fn write(
    project_dir: &Path,
    options: &Options,
    progress: &(dyn Fn(Event) + Sync),
) -> Result<Summary> {
    options.validate()?;
    for folder in ["raw", "truth"] {
        let folder = project_dir.join(folder);
        fs::create_dir_all(&folder).map_err(|e| Error::io(&folder, e))?;
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads.unwrap_or(0))
        .build()
        .map_err(|e| Error::Threads(e.to_string()))?;
    pool.install(|| write_all(project_dir, options, progress))
}

fn write_all(
    project: &Path,
    options: &Options,
    progress: &(dyn Fn(Event) + Sync),
) -> Result<Summary> {
    let months = options.vintages();
    let world = World::new(options);
    let absent = usize::from(world.has(Hazard::MissingTerritory));
    progress(Event::Planned {
        files: months.len() * 4 + OTHER_FILES - absent,
    });
    let leads = leads::generate(&world);
    let planted = Planted::new(&world, &leads);
    let told = |files: Vec<WrittenFile>| {
        files
            .iter()
            .for_each(|file| progress(Event::Written(file.clone())));
        files
    };
    let (crm, vendor) = rayon::join(
        || write_crm(&world, project, &leads).map(told),
        || {
            let turns: Vec<_> = months.iter().enumerate().collect();
            let written = turns.par_iter().map(|(position, month)| {
                let turn = Turn {
                    position: *position,
                    count: months.len(),
                };
                vendor::write(&world, &planted, project, **month, turn).map(told)
            });
            written.collect::<Result<Vec<_>>>()
        },
    );
    let mut files: Vec<WrittenFile> = vendor?.into_iter().flatten().chain(crm?).collect();
    files.sort();
    let summary = Summary {
        scale: options.scale,
        seed: options.seed,
        months,
        hazards: options.hazards.clone(),
        exported_on: month::date_of(leads::EXPORTED),
        files,
        truth: record::totals(&leads),
    };
    record::write_summary(project, &summary)?;
    Ok(summary)
}

fn write_crm(world: &World, project: &Path, leads: &[Lead]) -> Result<Vec<WrittenFile>> {
    let users = roster::users();
    Ok(vec![
        crm::write_leads(world, project, leads, &users)?,
        crm::write_users(project, &users)?,
        opportunities::write(world, project, leads, &users)?,
        dials::write(world, project, leads, &users)?,
        record::write_leads(project, leads)?,
    ])
}
