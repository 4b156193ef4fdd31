//! The Salesforce export of opportunities.

use std::path::Path;

use crate::crm::stamp;
use crate::error::Result;
use crate::leads::Lead;
use crate::month::Day;
use crate::options::WrittenFile;
use crate::output::{Line, WholeFile};
use crate::rng::{Kind, Streams};
use crate::roster::{User, id};
use crate::story::Story;
use crate::world::World;

/// Name relative to the project folder.
pub(crate) const FILE: &str = "raw/salesforce_opportunity.csv";

/// The header with its line end.
pub(crate) const HEADER: &str = "Id,Amount,CreatedDate,StageName\n";

const STAGES: [(&str, f64); 5] = [
    ("Discovery", 30.0),
    ("Qualifying", 25.0),
    ("Negotiating", 10.0),
    ("Closed Lost", 28.0),
    ("Joined", 7.0),
];

/// Writes the opportunity file.
pub(crate) fn write(
    world: &World,
    project: &Path,
    leads: &[Lead],
    users: &[User],
) -> Result<WrittenFile> {
    let mut file = WholeFile::create(project, FILE)?;
    file.raw(HEADER.as_bytes())?;
    for lead in leads {
        let story = Story::tell(world, users, lead);
        if let Some(converted) = story.converted {
            file.row(row(&world.streams, lead.serial, converted).bytes())?;
        }
    }
    file.finish(0)
}

/// The opportunity of the lead with that serial number. Amount and stage come from the lead's
/// stream alone, whatever the day of its conversion.
pub(crate) fn row(streams: &Streams, lead: u64, converted: Day) -> Line {
    let mut draw = streams.of(Kind::Roster, lead + 1);
    let mut line = Line::default();
    line.text(id("006", lead));
    match draw.chance(0.8) {
        true => line.fixed((draw.spread(90_000.0, 0.7) / 500.0).round() * 500.0, 2),
        false => line.empty(),
    }
    stamp(&mut line, Some(converted), 16 * 3600);
    line.text(STAGES[draw.weighted_by(&STAGES)].0);
    line.end("\n");
    line
}
