//! What happens to a lead in the CRM, told from its truth.

use crate::leads::{EXPORTED, Lead};
use crate::month::Day;
use crate::rng::{Draw, Kind};
use crate::roster::{self, User};
use crate::world::World;

/// The visible course of one lead up to the export day, or to the last day told.
#[derive(Debug)]
pub(crate) struct Story {
    pub(crate) status: &'static str,
    pub(crate) disposition: &'static str,
    pub(crate) last_step: &'static str,
    pub(crate) owner: u64,
    /// Second of the day at which the contact stage is stamped; mostly midnight.
    pub(crate) contact_second: u32,
    pub(crate) replied: Option<Day>,
    pub(crate) call: Option<Day>,
    pub(crate) closed: Option<Day>,
    pub(crate) converted: Option<Day>,
    pub(crate) modified: Day,
    pub(crate) do_not_call: bool,
}

const DISPOSITIONS: [(&str, f64); 8] = [
    ("No Response", 40.0),
    ("Not Interested in Moving", 24.0),
    ("Timing", 12.0),
    ("Bad Contact Info - Uncontacted", 9.0),
    ("Not a Fit", 6.0),
    ("No Book", 5.0),
    ("Book Not Transferable", 3.0),
    ("Wrong Phone Number", 1.0),
];

/// Share of scheduled calls that become an opportunity.
const CONVERTED: f64 = 0.46;

impl Story {
    pub(crate) fn tell(world: &World, users: &[User], lead: &Lead) -> Self {
        let mut draw = world.streams.of(Kind::Text, lead.serial);
        let owner = roster::owner(users, &mut draw, lead.as_of());
        let mut story = Self::untouched(&mut draw, owner, lead.call_day(), lead.created);
        if let Some(contact) = lead.contact {
            story.contacted(&mut draw, contact, EXPORTED);
        }
        story
    }

    /// The course after dials of which the last was on `last`, as far as `until` shows it.
    /// A scheduled call came out of that dial. Whoever owns the lead keeps it.
    pub(crate) fn after_dials(
        draw: &mut Draw,
        owner: u64,
        last: Day,
        call: Option<Day>,
        until: Day,
    ) -> Self {
        let mut story = Self::untouched(draw, owner, call, last);
        story.contacted(draw, last, until);
        story
    }

    /// Second of the day at which the call is stamped.
    pub(crate) fn call_second(&self) -> u32 {
        if self.contact_second == 0 {
            0
        } else {
            20 * 3600
        }
    }

    /// The stage before the lead was closed or converted, empty when it is neither.
    pub(crate) fn stage_before(&self) -> &'static str {
        match (self.closed.or(self.converted), self.call) {
            (None, _) => "",
            (Some(_), Some(_)) => "Call Scheduled",
            (Some(_), None) => "Contacting",
        }
    }

    fn untouched(draw: &mut Draw, owner: u64, call: Option<Day>, modified: Day) -> Self {
        let contact_second = if draw.chance(0.93) {
            0
        } else {
            draw.whole(13 * 3600, 23 * 3600) as u32
        };
        let do_not_call = draw.chance(0.01);
        Self {
            status: "New",
            disposition: "",
            last_step: "",
            owner,
            contact_second,
            replied: None,
            call,
            closed: None,
            converted: None,
            modified,
            do_not_call,
        }
    }

    fn contacted(&mut self, draw: &mut Draw, contact: Day, until: Day) {
        self.last_step =
            ["Call", "Voicemail", "Text", "LinkedIn Message"][draw.weighted(&[5.0, 3.0, 2.0, 1.0])];
        self.modified = contact;
        if let Some(call) = self.call {
            self.replied = Some(call.max(contact) - i32::from(call > contact));
            let after = call.max(contact) + draw.whole(3, 40);
            if draw.chance(CONVERTED) && after <= until {
                self.converted = Some(after);
                self.status = "Qualified";
                self.modified = after;
            } else if draw.chance(0.5) && after <= until {
                self.close(draw, after);
            } else {
                self.status = "Call Scheduled";
                self.modified = call.max(contact);
            }
            return;
        }
        if draw.chance(0.04) {
            self.replied = Some((contact + draw.whole(0, 20)).min(until));
        }
        // most are given up after a few weeks; a few stay open for ever
        let patience = 20.0 + draw.wait(45.0);
        let closing = contact + patience as Day;
        if closing <= until && draw.chance(0.94) {
            self.close(draw, closing);
        } else {
            self.status = if self.replied.is_some() {
                "Replied"
            } else {
                "Contacting"
            };
        }
    }

    fn close(&mut self, draw: &mut Draw, day: Day) {
        self.status = "Closed";
        self.closed = Some(day);
        self.disposition = DISPOSITIONS[draw.weighted_by(&DISPOSITIONS)].0;
        self.modified = day;
    }
}
