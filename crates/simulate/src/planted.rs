//! What planted faults do to an adviser's cells.
//!
//! A row is written as in the plain project, and then single cells are put over it, so that
//! all others stay as they are.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;

use crate::adviser::{Adviser, Position};
use crate::hazard::Hazard;
use crate::leads::{Crd, Lead};
use crate::month::Day;
use crate::output::Line;
use crate::population::Population;
use crate::rng::Kind;
use crate::truth::RESTLESS;
use crate::vendor::Turn;
use crate::world::World;

const YEARS_REP: &str = "DateBecameRep_NumberOfYears";
const YEARS_FIRM: &str = "DateOfHireAtCurrentFirm_NumberOfYears";
const YEARS_PRIOR: [&str; 4] = [
    "Number_YearsPriorFirm1",
    "Number_YearsPriorFirm2",
    "Number_YearsPriorFirm3",
    "Number_YearsPriorFirm4",
];
/// Share of advisers with a scheduled call whose miles give it away, and around what.
const LEAKY: f64 = 0.66;
const LEAKY_MILES: f64 = 2.0;
/// Share of advisers not from the provided list whose years are withheld.
const WITHHELD: f64 = 0.60;

/// A cell that takes the place of another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cell {
    Empty,
    Whole(i64),
    /// A number with its decimals.
    Fixed(f64, u32),
}

impl Cell {
    pub(crate) fn write(self, line: &mut Line) {
        match self {
            Self::Empty => line.empty(),
            Self::Whole(value) => line.whole(value),
            Self::Fixed(value, decimals) => line.fixed(value, decimals),
        }
    }
}

/// Advisers whom the faults of one run single out.
#[derive(Debug)]
pub(crate) struct Planted<'a> {
    world: &'a World,
    /// Those whose call is scheduled, with the first day it is known.
    scheduled: BTreeMap<i64, Day>,
    /// Those whose first lead does not come from the provided list.
    unprovided: HashSet<i64>,
    /// Those listed twice.
    twins: BTreeSet<i64>,
}

impl<'a> Planted<'a> {
    pub(crate) fn new(world: &'a World, leads: &[Lead]) -> Self {
        let mut planted = Self {
            world,
            scheduled: BTreeMap::new(),
            unprovided: HashSet::new(),
            twins: BTreeSet::new(),
        };
        let mut met = HashSet::new();
        for lead in leads {
            if let Some(day) = lead.call_day().filter(|_| lead.label()) {
                let first = planted.scheduled.entry(lead.adviser).or_insert(day);
                *first = day.min(*first);
            }
            if met.insert(lead.adviser) && lead.source != 0 {
                planted.unprovided.insert(lead.adviser);
            }
            if lead.crd == Crd::Listed(Population::second_crd(lead.adviser)) {
                planted.twins.insert(lead.adviser);
            }
        }
        planted
    }

    /// Those among `listed` who are listed a second time, in order.
    pub(crate) fn twins(&self, listed: Range<i64>) -> impl Iterator<Item = i64> + '_ {
        self.twins.range(listed).copied()
    }

    /// The cells that a row shows otherwise than in the plain project, by declared column
    /// name; where a column comes twice the later cell counts.
    pub(crate) fn cells(
        &self,
        turn: Turn,
        day: Day,
        adviser: &Adviser,
        position: &Position,
        number: u64,
    ) -> Vec<(&'static str, Cell)> {
        let mut cells = Vec::new();
        let has = |hazard| self.world.has(hazard);
        if let Some(since) = self.scheduled.get(&adviser.index) {
            let rewritten = has(Hazard::Backfill) && *since < day
                || has(Hazard::RedeliveredMonth) && turn.second();
            if rewritten {
                rewrite(&mut cells, adviser, position);
            }
            if has(Hazard::LeakyFeature) {
                self.leak(&mut cells, adviser);
            }
        }
        let mobile = adviser.restless > RESTLESS && adviser.index % 3 == 0;
        if has(Hazard::MissingNotAtRandom) && mobile {
            cells.push((YEARS_FIRM, Cell::Empty));
        }
        if has(Hazard::SourceMissingness)
            && self.unprovided.contains(&adviser.index)
            && self.drawn(Kind::Withheld, adviser).chance(WITHHELD)
        {
            cells.extend([YEARS_REP, YEARS_FIRM].map(|column| (column, Cell::Empty)));
        }
        if has(Hazard::IdentityColumn) {
            cells.push(("NumberClients_Individuals", Cell::Whole(number as i64)));
        }
        cells
    }

    fn leak(&self, cells: &mut Vec<(&'static str, Cell)>, adviser: &Adviser) {
        let mut draw = self.drawn(Kind::Miles, adviser);
        if draw.chance(LEAKY) {
            let miles = draw.spread(LEAKY_MILES, 0.3);
            cells.push(("MilesToWork", Cell::Fixed(miles, 1)));
        }
    }

    fn drawn(&self, kind: Kind, adviser: &Adviser) -> crate::rng::Draw {
        self.world.streams.of(kind, adviser.index as u64)
    }
}

/// Makes a career look like that of someone who moved not long ago.
fn rewrite(cells: &mut Vec<(&'static str, Cell)>, adviser: &Adviser, position: &Position) {
    if adviser.tenure_known {
        cells.push((YEARS_FIRM, Cell::Fixed(position.years_firm * 0.3, 2)));
    }
    if adviser.years_known {
        let before = Some(position.years_firm * 0.7);
        let prior = std::iter::once(before).chain(position.prior);
        for (column, years) in YEARS_PRIOR.into_iter().zip(prior) {
            cells.extend(years.map(|years| (column, Cell::Fixed(years, 1))));
        }
    }
}
