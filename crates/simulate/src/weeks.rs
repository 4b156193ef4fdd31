//! The weeks after a launch, with known truth: what a randomized experiment would find.
//!
//! Salespeople see a score for the leads of the treatment and none for the control.
//! [`write()`] takes a simulated project and tells anew what happens to the enrolled leads
//! after their enrolment, so that a reader of the raw files can be held against the truth.

mod course;
mod lead;
mod opportunities;
mod table;
mod told;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use chrono::NaiveDate;
use serde::Serialize;

use crate::crm::{day, stamp};
use crate::error::{Error, Result};
use crate::month::{Day, day_of};
use crate::output::{Line, WholeFile};
use crate::record;
use crate::rng::Streams;
use crate::roster::id;
use crate::weeks::course::{Dial, Person};
use crate::weeks::lead::Retold;
use crate::weeks::table::Table;

pub use told::{Arm, Told};

const LEADS: &str = "raw/salesforce_lead.csv";
const TASKS: &str = "raw/salesforce_task.csv";
const OPPORTUNITIES: &str = crate::opportunities::FILE;

/// Days after enrolment within which a scheduled call counts.
const COUNTED: Day = 30;

/// A lead of the experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct Enrolled {
    /// Salesforce id of the lead.
    pub lead_id: String,
    /// True in the treatment, false in the control.
    pub treated: bool,
    /// Day of enrolment: what comes after this day is told anew.
    pub on: NaiveDate,
    /// Place by score, from 0 to 1 for the best.
    pub place: f64,
    /// Name of the cluster, shared by all leads of one person.
    pub adviser: String,
}

/// What is true of the weeks after launch.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Weeks {
    /// Last day told: the day of the new export.
    pub until: NaiveDate,
    /// Mean chance of a scheduled call within 30 days of enrolment without any effect, over
    /// all enrolled leads; from 0.0005 to 0.5. A lead's own chance leans on its place (the
    /// best tenth has about 1.8 times the mean while the mean is small) and on a hidden
    /// effect of its adviser.
    pub rate: f64,
    /// True relative change of calls per dial where a salesperson works by the score: 0.5 is
    /// half as many more, a negative number is harm. From -1 to 10; the changed chance of
    /// one lead ends at 0.9.
    pub lift: f64,
    /// Share of treated leads whose salesperson works by the score, from 0 to 1.
    pub adoption: f64,
    /// Share of control leads whose salesperson sees the score all the same and works by it,
    /// from 0 to 1.
    pub contamination: f64,
    /// Share of control leads that vanish from the lead file (a fault: the arms no longer
    /// have the sizes they were drawn with), from 0 to 1.
    pub lost: f64,
    /// Seed of every random stream. The same lead has the same luck under another lift.
    pub seed: u64,
}

/// Tells anew what happens to the enrolled leads of the project after their enrolment, in
/// `raw/salesforce_lead.csv`, `raw/salesforce_task.csv`, `raw/salesforce_opportunity.csv` where
/// there is one, and `truth/experiment.json`. All other rows keep their bytes. New dials stand
/// at the end of the task file, by lead and day. An opportunity goes with the conversion it
/// came from; new ones stand at the end of their file, by lead. Equal inputs give equal bytes,
/// whatever the order of `enrolled`.
///
/// # Errors
/// A number of `weeks` out of range, a lead that can't be enrolled as given, a raw file that
/// is not as this crate writes it, or a file that can't be read or written. No file is
/// replaced before all raw files have been read to their ends.
pub fn write(project_dir: &Path, enrolled: &[Enrolled], weeks: &Weeks) -> Result<Told> {
    weeks.validate()?;
    let until = day_of(weeks.until);
    let streams = Streams::new(weeks.seed);
    let people = course::tell(&streams, enrolled, weeks)?;
    let lead_table = Table::read(project_dir, LEADS)?;
    let task_table = Table::read(project_dir, TASKS)?;
    let opportunity_table = Table::read_if_there(project_dir, OPPORTUNITIES)?;
    let mut leads = WholeFile::create(project_dir, LEADS)?;
    let retold = retell_leads(&mut leads, &lead_table, &streams, &people, until)?;
    let mut tasks = WholeFile::create(project_dir, TASKS)?;
    retell_tasks(&mut tasks, &task_table, &people, &retold, until)?;
    let mut files = vec![leads, tasks];
    if let Some(table) = &opportunity_table {
        let mut file = WholeFile::create(project_dir, OPPORTUNITIES)?;
        opportunities::retell(&mut file, table, &streams, &people, &retold)?;
        files.push(file);
    }
    for file in files {
        file.finish(0)?;
    }
    let told = told::count(&people, &retold, weeks);
    let folder = project_dir.join("truth");
    fs::create_dir_all(&folder).map_err(|e| Error::io(&folder, e))?;
    record::write_json(project_dir, "truth/experiment.json", &told)?;
    Ok(told)
}

/// Writes the lead file and says what became of each enrolled lead.
fn retell_leads<'a>(
    file: &mut WholeFile,
    table: &Table,
    streams: &Streams,
    people: &BTreeMap<&'a str, Person>,
    until: Day,
) -> Result<BTreeMap<&'a str, Retold>> {
    file.raw(table.header())?;
    let mut retold = BTreeMap::new();
    for record in table.records() {
        let record = record?;
        let Some((lead_id, person)) = people.get_key_value(record.text("Id")?) else {
            file.row(record.bytes)?;
            continue;
        };
        let outcome = lead::retell(streams, &record, person, until)?;
        if let Some(row) = outcome.row(&record) {
            file.row(row)?;
        }
        retold.insert(*lead_id, outcome);
    }
    match people.keys().find(|id| !retold.contains_key(*id)) {
        None => Ok(retold),
        Some(absent) => {
            let why = format!("it is not in {LEADS}; enrol leads of that file");
            Err(Error::enrolment(absent, why))
        }
    }
}

/// Writes the task file: what stays in its order, then the new dials.
fn retell_tasks(
    file: &mut WholeFile,
    table: &Table,
    people: &BTreeMap<&str, Person>,
    retold: &BTreeMap<&str, Retold>,
    until: Day,
) -> Result<()> {
    file.raw(table.header())?;
    for record in table.records() {
        let record = record?;
        let who = record.text("WhoId")?;
        let replaced = match (people.get(who), retold.get(who)) {
            (None, _) | (_, None | Some(Retold::Over)) => false,
            (Some(person), _) => record.day("ActivityDate")?.is_some_and(|d| d > person.on),
        };
        if !replaced {
            file.row(record.bytes)?;
        }
    }
    for (lead_id, outcome) in retold {
        if let (Some(person), Retold::Open { owner, .. }) = (people.get(lead_id), outcome) {
            for dial in person.course.dials_until(until) {
                file.row(task_row(person, *owner, dial).bytes())?;
            }
        }
    }
    Ok(())
}

impl Weeks {
    fn validate(&self) -> Result<()> {
        for (name, given, least, most) in [
            ("rate", self.rate, 0.0005, 0.5),
            ("lift", self.lift, -1.0, 10.0),
            ("adoption", self.adoption, 0.0, 1.0),
            ("contamination", self.contamination, 0.0, 1.0),
            ("lost", self.lost, 0.0, 1.0),
        ] {
            if !(least..=most).contains(&given) {
                return Err(Error::WeeksRange {
                    name,
                    given,
                    least,
                    most,
                });
            }
        }
        // the numbers of new dials have room for so many days
        if (1..course::DAYS).contains(&i64::from(day_of(self.until))) {
            Ok(())
        } else {
            Err(Error::WeeksUntil(self.until))
        }
    }
}

fn task_row(person: &Person, owner: u64, dial: &Dial) -> Line {
    let mut line = Line::default();
    line.text(id("00T", course::task_serial(person.serial, dial.day)));
    line.text(&person.enrolled.lead_id);
    line.text(id("005", owner));
    line.text("Call");
    line.text("Call");
    line.text("Completed");
    stamp(&mut line, Some(dial.day), dial.second);
    day(&mut line, Some(dial.day));
    line.whole(dial.talk);
    line.end("\n");
    line
}
