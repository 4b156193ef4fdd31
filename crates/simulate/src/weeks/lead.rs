//! A lead's row told anew.

use std::collections::BTreeMap;

use crate::crm::moment;
use crate::error::{Error, Result};
use crate::month::{Day, date_of};
use crate::output::Line;
use crate::rng::{Kind, Streams};
use crate::roster::{self, id};
use crate::story::Story;
use crate::weeks::course::Person;
use crate::weeks::table::Record;

/// Figures that people type in once they talk to somebody.
const TYPED: [&str; 6] = [
    "Total_Firm_AUM__c",
    "Years_as_a_Rep__c",
    "Years_at_Firm__c",
    "Personal_AUM__c",
    "Estimated_Transferable_AUM__c",
    "Transferability_Probability__c",
];

/// What became of an enrolled lead's row.
#[derive(Debug)]
pub(super) enum Retold {
    /// It vanished from the file.
    Lost,
    /// It stays: the lead was over by the day of enrolment.
    Over,
    /// It is told anew.
    Open {
        /// Number of the user who owns the lead.
        owner: u64,
        /// Day on which it became an opportunity.
        converted: Option<Day>,
        /// The new row.
        line: Line,
    },
}

impl Retold {
    /// The bytes to write in place of the record.
    pub(super) fn row<'a>(&'a self, record: &'a Record) -> Option<&'a [u8]> {
        match self {
            Self::Lost => None,
            Self::Over => Some(record.bytes),
            Self::Open { line, .. } => Some(line.bytes()),
        }
    }
}

/// Tells a lead's row anew, as far as `until` shows it.
pub(super) fn retell(
    streams: &Streams,
    record: &Record,
    person: &Person,
    until: Day,
) -> Result<Retold> {
    let created = record.day("CreatedDate")?;
    let created = created.ok_or_else(|| record.malformed("CreatedDate", "is empty"))?;
    if created > person.on {
        let why = "it was created after its day; give a day on which it was there";
        return Err(Error::enrolment(&person.enrolled.lead_id, why));
    }
    if person.course.lost {
        return Ok(Retold::Lost);
    }
    let known = |name| Ok::<_, Error>(record.day(name)?.filter(|day| *day <= person.on));
    for over in [
        "Stage_Entered_Call_Scheduled__c",
        "Stage_Entered_Closed__c",
        "ConvertedDate",
    ] {
        if known(over)?.is_some() {
            return Ok(Retold::Over);
        }
    }
    let owner = roster::serial("005", record.text("OwnerId")?)
        .ok_or_else(|| record.malformed("OwnerId", "is not the id of a user"))?;
    let story = story(streams, person, owner, until);
    let first = person.course.dials_until(until).first().map(|d| d.day);
    let past = Past {
        created,
        contact: known("Stage_Entered_Contacting__c")?,
        replied: known("Stage_Entered_Replied__c")?,
    };
    Ok(Retold::Open {
        owner,
        converted: story.as_ref().and_then(|s| s.converted),
        line: row(record, person.serial, &past, first, story.as_ref())?,
    })
}

/// What had happened by the day of enrolment, and stays.
struct Past {
    created: Day,
    contact: Option<Day>,
    replied: Option<Day>,
}

/// The record with what comes of the dials, the first of them on `first`.
fn row(
    record: &Record,
    serial: u64,
    past: &Past,
    first: Option<Day>,
    story: Option<&Story>,
) -> Result<Line> {
    let mut changes = Changes::default();
    let mut put = |name: &'static str, text: String| {
        changes.0.insert(record.column(name)?, text);
        Ok::<_, Error>(())
    };
    let day = |day: Option<Day>| day.map_or(String::new(), |day| date_of(day).to_string());
    let told = |of: fn(&Story) -> Option<Day>| story.and_then(of);
    let word = |of: fn(&Story) -> &'static str| story.map_or("", of).to_owned();
    let (call, closed, converted) = (told(|s| s.call), told(|s| s.closed), told(|s| s.converted));
    put("Status", status(story, past).to_owned())?;
    put("Disposition__c", word(|s| s.disposition))?;
    if past.contact.is_none() {
        let second = story.map_or(0, |s| s.contact_second);
        put("Last_Prospecting_Step__c", word(|s| s.last_step))?;
        put("Stage_Entered_Contacting__c", moment(first, second))?;
    }
    let active = told(|s| Some(s.modified)).or(past.contact);
    let modified = active.or(Some(past.created));
    put("LastModifiedDate", moment(modified, 18 * 3600))?;
    put("LastActivityDate", day(active))?;
    if past.replied.is_none() {
        put("Stage_Entered_Replied__c", moment(told(|s| s.replied), 0))?;
    }
    let second = story.map_or(0, Story::call_second);
    put("Stage_Entered_Call_Scheduled__c", moment(call, second))?;
    put("Stage_Entered_Closed__c", moment(closed, 0))?;
    let before = word(Story::stage_before);
    put("Stage_Before_Closed_or_Conversion__c", before)?;
    put("IsConverted", converted.is_some().to_string())?;
    put("ConvertedDate", day(converted))?;
    let opportunity = converted.map_or(String::new(), |_| id("006", serial));
    put("ConvertedOpportunityId", opportunity)?;
    if record.day("Stage_Entered_Call_Scheduled__c")?.is_some() && call.is_none() {
        // nobody talked to them after all
        for name in TYPED {
            put(name, String::new())?;
        }
    }
    Ok(changes.applied(record))
}

/// What comes of the dials that can be seen; `None` before the first.
fn story(streams: &Streams, person: &Person, owner: u64, until: Day) -> Option<Story> {
    let dials = person.course.dials_until(until);
    let last = dials.last()?.day;
    // who will be dialled again is not given up yet
    let waiting = dials.len() < person.course.dials.len();
    let until = if waiting { last } else { until };
    let call = person.course.call.filter(|call| *call <= until);
    // offset, so that the words differ from the course's own draws
    let mut draw = streams.of(Kind::Weeks, person.serial + (1 << 40));
    Some(Story::after_dials(&mut draw, owner, last, call, until))
}

fn status(story: Option<&Story>, past: &Past) -> &'static str {
    match story.map(|s| s.status) {
        None if past.contact.is_none() => "New",
        None | Some("Contacting") if past.replied.is_some() => "Replied",
        None => "Contacting",
        Some(status) => status,
    }
}

/// New texts of cells by position.
#[derive(Debug, Default)]
struct Changes(BTreeMap<usize, String>);

impl Changes {
    fn applied(&self, record: &Record) -> Line {
        let mut line = Line::default();
        for (position, cell) in record.cells.iter().enumerate() {
            match self.0.get(&position) {
                Some(text) => line.text(text),
                None => line.cells(cell),
            }
        }
        line.end("\n");
        line
    }
}
