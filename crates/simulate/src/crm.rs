//! The Salesforce exports: leads and users.

use std::path::Path;

use chrono::Timelike;

use crate::error::Result;
use crate::hazard::Hazard;
use crate::leads::{Crd, Lead};
use crate::month::{Day, date_of};
use crate::options::WrittenFile;
use crate::output::{Line, WholeFile};
use crate::places::STATES;
use crate::rng::{Draw, Kind};
use crate::roster::{User, id};
use crate::story::Story;
use crate::truth::SOURCES;
use crate::world::World;

const LEAD_HEADER: &str = "Id,FirstName,LastName,Name,Company,Title,Email,MobilePhone,\
Mobile_Phone_2__c,LinkedIn_Profile_Apollo__c,Address,City,State,FA_CRD__c,Full_Prospect_ID__c,\
OwnerId,LeadSource,Lead_List_Name__c,External_Agency__c,Conversion_Channel__c,\
Experimentation_Tag__c,utm_source__c,utm_medium__c,utm_campaign__c,Marketing_Cohort_Name__c,\
CampaignId,Status,Disposition__c,Last_Prospecting_Step__c,CreatedDate,LastModifiedDate,\
LastActivityDate,Stage_Entered_New__c,Stage_Entered_Contacting__c,Stage_Entered_Replied__c,\
Stage_Entered_Call_Scheduled__c,Stage_Entered_Closed__c,Stage_Before_Closed_or_Conversion__c,\
IsConverted,ConvertedDate,ConvertedOpportunityId,DoNotCall,Total_Firm_AUM__c,\
Years_as_a_Rep__c,Years_at_Firm__c,Personal_AUM__c,Estimated_Transferable_AUM__c,\
Transferability_Probability__c,Savvy_Lead_Score__c\n";

/// Chance that people have typed figures into a lead: with a scheduled call, without one,
/// not contacted.
const TYPED: [f64; 3] = [0.085, 0.0026, 0.0];
/// The same under [`Hazard::EngagementField`], for the fields beside the firm's assets.
const TYPED_MORE: [f64; 3] = [0.80, 0.01, 0.0];

/// Writes the lead file.
pub(crate) fn write_leads(
    world: &World,
    project: &Path,
    leads: &[Lead],
    users: &[User],
) -> Result<WrittenFile> {
    let mut file = WholeFile::create(project, "raw/salesforce_lead.csv")?;
    file.raw(LEAD_HEADER.as_bytes())?;
    let mut line = Line::default();
    for lead in leads {
        let story = Story::tell(world, users, lead);
        line.clear();
        lead_row(&mut line, world, lead, &story);
        file.row(line.bytes())?;
        if world.has(Hazard::DuplicateLeads) && lead.serial % 50 == 7 {
            file.row(line.bytes())?;
        }
    }
    file.finish(0)
}

fn lead_row(line: &mut Line, world: &World, lead: &Lead, story: &Story) {
    // offset, so that the words differ from the story's own draws
    let mut draw = world.streams.of(Kind::Text, lead.serial + (1 << 40));
    line.text(id("00Q", lead.serial));
    person(line, &mut draw, lead);
    crd(line, &mut draw, lead.crd);
    line.text(format!("P{:08}", lead.serial));
    line.text(id("005", story.owner));
    channel(line, lead);
    for text in [story.status, story.disposition, story.last_step] {
        line.text(text);
    }
    let created = lead.created.min(lead.contact.unwrap_or(lead.created));
    stamp(line, Some(created), 15 * 3600 + (lead.serial % 3600) as u32);
    stamp(line, Some(story.modified.max(created)), 18 * 3600);
    day(line, lead.contact.map(|_| story.modified));
    stamp(line, Some(created), 0);
    stamp(line, lead.shown_contact, story.contact_second);
    stamp(line, story.replied, 0);
    stamp(line, story.call, story.call_second());
    stamp(line, story.closed, 0);
    line.text(story.stage_before());
    line.text(if story.converted.is_some() {
        "true"
    } else {
        "false"
    });
    day(line, story.converted);
    match story.converted {
        Some(_) => line.text(id("006", lead.serial)),
        None => line.empty(),
    }
    line.text(if story.do_not_call { "true" } else { "false" });
    typed(line, &mut draw, world, lead, story);
    // the incumbent's score knows a little of the truth
    let score = 50.0 + 18.0 * (0.45 * lead.visible / 0.5 + draw.normal());
    match draw.chance(0.85) {
        true => line.fixed(score.clamp(0.0, 100.0), 1),
        false => line.empty(),
    }
    line.end("\n");
}

fn person(line: &mut Line, draw: &mut Draw, lead: &Lead) {
    let serial = lead.adviser;
    line.text(format!("First{serial:07}"));
    line.text(format!("Last{serial:07}"));
    line.text(format!("First{serial:07} Last{serial:07}"));
    line.text(format!("Sample Company {:05}", serial % 40_000));
    line.text(draw.one_of(&[
        "Financial Advisor",
        "Vice President",
        "Founder, Partner",
        "",
    ]));
    let reachable = if lead.source == 0 { 0.625 } else { 0.783 };
    match draw.chance(reachable) {
        true => line.text(format!("lead{serial:07}@example.invalid")),
        false => line.empty(),
    }
    match draw.chance(0.97) {
        true => line.text(format!("+1 555 01{:05}", serial % 100_000)),
        false => line.empty(),
    }
    line.empty();
    line.text(format!("in/lead{serial:07}"));
    line.text(format!("{} Sample Street", serial % 900));
    line.text(format!("Town{:03}", serial % 997));
    let states = STATES[crate::adviser::Adviser::territory_of(serial)];
    line.text(states[draw.weighted_by(states)].0);
}

fn crd(line: &mut Line, draw: &mut Draw, crd: Crd) {
    let (Crd::Listed(number) | Crd::Stranger(number)) = crd else {
        return line.empty();
    };
    match draw.whole(0, 99) {
        0 => line.text(format!("{number}.0")),
        1 => line.text(format!(" {number}")),
        2 => line.text(format!("CRD# {number}")),
        _ => line.whole(number as i64),
    }
}

fn channel(line: &mut Line, lead: &Lead) {
    let source = &SOURCES[lead.source];
    let listed = lead.source == 0;
    line.text(source.name);
    line.text(if listed {
        format!("List {}", date_of(lead.created).format("%Y-%m"))
    } else {
        String::new()
    });
    line.empty();
    line.text(if listed { "Outbound" } else { "Other" });
    line.empty();
    line.text(if source.name == "Direct Traffic" {
        "direct"
    } else {
        ""
    });
    line.empty();
    line.empty();
    line.empty();
    line.empty();
}

/// Figures that people type in once they talk to somebody: they leak the outcome.
fn typed(line: &mut Line, draw: &mut Draw, world: &World, lead: &Lead, story: &Story) {
    let engaged = match (lead.contact, story.call) {
        (Some(_), Some(_)) => 0,
        (Some(_), None) => 1,
        _ => 2,
    };
    let spot = draw.unit();
    let millions = if engaged == 0 {
        draw.spread(180.0, 1.2)
    } else {
        draw.spread(40.0, 0.6)
    };
    let (years, stay) = (draw.whole(1, 40), draw.whole(0, 15));
    match spot < TYPED[engaged] {
        true => line.fixed(millions * 1e6, 0),
        false => line.empty(),
    }
    let rates = if world.has(Hazard::EngagementField) {
        TYPED_MORE
    } else {
        TYPED
    };
    if spot < rates[engaged] {
        line.whole(i64::from(years));
        line.whole(i64::from(stay.min(years)));
        line.fixed(millions * 2e5, 0);
        line.fixed(millions * 1e5, 0);
        line.text(draw.one_of(&["High", "Medium", "Low"]));
    } else {
        for _ in 0..5 {
            line.empty();
        }
    }
}

/// Writes the user file.
pub(crate) fn write_users(project: &Path, users: &[User]) -> Result<WrittenFile> {
    let mut file = WholeFile::create(project, "raw/salesforce_user.csv")?;
    file.raw(b"Id,Name,IsActive,IsSGA__c\n")?;
    let mut line = Line::default();
    for user in users {
        line.clear();
        line.text(id("005", user.number));
        line.text(format!("Sample User {:02}", user.number));
        line.text(if user.active { "true" } else { "false" });
        line.text(if user.dials { "true" } else { "false" });
        line.end("\n");
        file.row(line.bytes())?;
    }
    file.finish(0)
}

/// A timestamp as a Salesforce export writes it, or nothing.
pub(crate) fn stamp(line: &mut Line, day: Option<Day>, second: u32) {
    line.text(moment(day, second));
}

/// The text of such a timestamp, empty for nothing.
pub(crate) fn moment(day: Option<Day>, second: u32) -> String {
    let time = chrono::NaiveTime::from_num_seconds_from_midnight_opt(second % 86_400, 0);
    match (day, time) {
        (Some(day), Some(time)) => {
            let date = date_of(day);
            let (hour, minute) = (time.hour(), time.minute());
            format!("{date}T{hour:02}:{minute:02}:{:02}.000Z", time.second())
        }
        _ => String::new(),
    }
}

/// A calendar day, or nothing.
pub(crate) fn day(line: &mut Line, day: Option<Day>) {
    match day {
        Some(day) => line.text(date_of(day).to_string()),
        None => line.empty(),
    }
}
