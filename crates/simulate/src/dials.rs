//! The task export: dials and a few other activities after contact.

use std::path::Path;

use chrono::Datelike;

use crate::crm::{day, stamp};
use crate::error::Result;
use crate::leads::{EXPORTED, Lead};
use crate::month::{Day, date_of};
use crate::options::WrittenFile;
use crate::output::{Line, WholeFile};
use crate::rng::Kind;
use crate::roster::{User, id};
use crate::story::Story;
use crate::world::World;

/// Writes the task file: the first dial on the day of contact, then a mean of five more
/// activities over the following weeks, one in ten of them a mail.
pub(crate) fn write(
    world: &World,
    project: &Path,
    leads: &[Lead],
    users: &[User],
) -> Result<WrittenFile> {
    let mut file = WholeFile::create(project, "raw/salesforce_task.csv")?;
    file.raw(
        b"Id,WhoId,OwnerId,Type,TaskSubtype,Status,CreatedDate,ActivityDate,CallDurationInSeconds\n",
    )?;
    let mut line = Line::default();
    for lead in leads {
        let Some(contact) = lead.contact else {
            continue;
        };
        let story = Story::tell(world, users, lead);
        let mut draw = world.streams.of(Kind::Dials, lead.serial);
        // people stop dialling once the call is scheduled or the lead is closed
        let stop = story
            .call
            .filter(|c| *c >= contact)
            .or(story.closed)
            .unwrap_or(EXPORTED);
        let mut when = contact;
        let count = 1 + draw.wait(5.6).min(25.0) as u64;
        for step in 0..count {
            if step > 0 {
                when = workday(when + draw.whole(0, 7));
            }
            if when > stop.min(EXPORTED) {
                break;
            }
            let mail = step > 0 && draw.chance(0.1);
            let kind = if mail { "Email" } else { "Call" };
            let second = draw.whole(13 * 3600, 23 * 3600) as u32;
            let talk = if draw.chance(0.18) {
                draw.wait(240.0)
            } else {
                draw.wait(22.0)
            };
            line.clear();
            line.text(id("00T", lead.serial * 32 + step));
            line.text(id("00Q", lead.serial));
            line.text(id("005", story.owner));
            line.text(kind);
            line.text(kind);
            line.text("Completed");
            stamp(&mut line, Some(when), second);
            day(&mut line, Some(when));
            if mail {
                line.empty();
            } else {
                line.whole(talk as i64);
            }
            line.end("\n");
            file.row(line.bytes())?;
        }
    }
    file.finish(0)
}

/// The same day, or the Monday after a weekend.
pub(crate) fn workday(day: Day) -> Day {
    let weekday = date_of(day).weekday().num_days_from_monday() as i32;
    if weekday < 5 { day } else { day + 7 - weekday }
}
