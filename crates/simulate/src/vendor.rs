//! One month of vendor files: three rep files and the firm file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::adviser::{Adviser, Position};
use crate::columns;
use crate::error::Result;
use crate::firm_cells::{self, FirmFaults};
use crate::hazard::Hazard;
use crate::month::{Day, Month, day_of, quarter_of};
use crate::options::WrittenFile;
use crate::output::{Line, WholeFile};
use crate::places::{TERRITORIES, TERRITORY_SHARE};
use crate::population::Population;
use crate::rep_cells::{self, RowView};
use crate::rng::{Cells, Kind};
use crate::truth::RESTLESS;
use crate::world::World;

/// Rows at scale 1 in which a town's name stands where a number should: T1, T2.
const MISPLACED: [f64; 2] = [2.0, 122.0];
/// Where a month stands among those written, for the faults that single one out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turn {
    pub(crate) position: usize,
    pub(crate) count: usize,
}

impl Turn {
    fn last(self) -> bool {
        self.position + 1 == self.count
    }

    fn middle(self) -> bool {
        self.position == self.count / 2
    }
}

/// Advisers shown with rewritten facts after a day ([`Hazard::Backfill`]).
pub(crate) type Rewritten = BTreeMap<i64, Day>;

/// A month under construction.
struct Delivery<'a> {
    world: &'a World,
    turn: Turn,
    day: Day,
    cells: FirmText,
    reps: Vec<f64>,
    seen: Vec<bool>,
    misplaced: BTreeSet<i64>,
    files: Vec<WholeFile>,
    line: Line,
}

/// Ready-made cells of every firm in one buffer.
#[derive(Default)]
struct FirmText {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl FirmText {
    fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.ends.push(self.bytes.len());
    }

    fn of(&self, firm: u32) -> &[u8] {
        let firm = firm as usize;
        let start = if firm == 0 { 0 } else { self.ends[firm - 1] };
        &self.bytes[start..self.ends[firm]]
    }
}

/// Writes the month's files and returns them.
pub(crate) fn write(
    world: &World,
    project: &Path,
    month: Month,
    turn: Turn,
    rewritten: &Rewritten,
) -> Result<Vec<WrittenFile>> {
    let day = day_of(month.first_day());
    let mut rows = FirmText::default();
    let mut delivery = Delivery::open(world, project, month, turn, day, &mut rows)?;
    for index in world.population.first(day)..world.population.end(day) {
        let adviser = world.adviser(index);
        let mut position = adviser.on(day);
        if rewritten.get(&index).is_some_and(|since| *since < day) {
            rewrite(&mut position);
        }
        delivery.adviser(&adviser, &position)?;
    }
    let with_staff = turn.count == 1 || !turn.middle();
    let mut firms = WholeFile::create(project, &format!("raw/discovery_firms_{month}.csv"))?;
    firms.raw((firm_cells::firm_header(with_staff).join(",") + "\n").as_bytes())?;
    for firm in (0..world.firms.len() as u32).filter(|f| delivery.seen[*f as usize]) {
        firms.row(rows.of(firm))?;
    }
    let mut written = vec![firms.finish(0)?];
    for (territory, file) in delivery.files.into_iter().enumerate() {
        let cut = turn.last() && territory == 1 && world.has(Hazard::TruncatedFile);
        written.push(file.finish(if cut { 60 } else { 0 })?);
    }
    Ok(written)
}

/// Makes a career look like that of someone who moved not long ago.
fn rewrite(position: &mut Position) {
    let before = position.years_firm * 0.7;
    position.years_firm *= 0.3;
    position.prior.rotate_right(1);
    position.prior[0] = Some(before);
}

impl<'a> Delivery<'a> {
    fn open(
        world: &'a World,
        project: &Path,
        month: Month,
        turn: Turn,
        day: Day,
        rows: &mut FirmText,
    ) -> Result<Self> {
        let faults = FirmFaults {
            without_growth: turn.last() && world.has(Hazard::MissingColumn),
            fractions: turn.middle() && world.has(Hazard::UnitFlip),
        };
        let with_staff = turn.count == 1 || !turn.middle();
        let mut line = Line::default();
        let mut cells = FirmText::default();
        let mut reps = Vec::with_capacity(world.firms.len());
        for firm in 0..world.firms.len() as u32 {
            let (traits, filing) = (
                world.firms.get(firm),
                world.firms.filing(firm, quarter_of(day)),
            );
            line.clear();
            firm_cells::rep_cells(&mut line, firm, traits, &filing, faults);
            cells.push(line.bytes());
            line.clear();
            let crd = Population::firm_crd(firm);
            firm_cells::firm_row(&mut line, firm, crd, traits, &filing, with_staff);
            line.end("\n");
            rows.push(line.bytes());
            reps.push(filing.reps);
        }
        let mut files = Vec::new();
        for (territory, name) in TERRITORIES.iter().enumerate() {
            let mut file =
                WholeFile::create(project, &format!("raw/discovery_{name}_{month}.csv"))?;
            let mark = if territory == 1 { "\u{feff}" } else { "" };
            let names = columns::header(territory, faults.without_growth).join(",");
            file.raw(format!("{mark}{names}{}", ending(territory)).as_bytes())?;
            files.push(file);
        }
        Ok(Self {
            world,
            turn,
            day,
            cells,
            reps,
            seen: vec![false; world.firms.len()],
            misplaced: misplaced(world),
            files,
            line,
        })
    }

    fn adviser(&mut self, adviser: &Adviser, position: &Position) -> Result<()> {
        self.row(adviser, position, adviser.territory, true)?;
        for extra in 0..adviser.extra_rows {
            if adviser.two_territories {
                self.row(adviser, position, (adviser.territory + 1) % 3, true)?;
                continue;
            }
            let id = (adviser.index as u64) << 8 | u64::from(extra);
            let mut draw = self.world.streams.of(Kind::Extra, id);
            let elsewhere = draw.chance(0.3);
            let spot = draw.weighted(&TERRITORY_SHARE);
            let territory = if elsewhere { spot } else { adviser.territory };
            let mut firm = self.world.firms.pick(draw.unit(), draw.unit(), territory);
            if firm == position.firm {
                firm = (firm + 1) % self.world.firms.len() as u32;
            }
            let years_firm = position.years_firm * draw.unit();
            let other = Position {
                firm,
                years_firm,
                ..*position
            };
            self.row(adviser, &other, territory, false)?;
        }
        Ok(())
    }

    fn row(
        &mut self,
        adviser: &Adviser,
        position: &Position,
        territory: usize,
        primary: bool,
    ) -> Result<()> {
        let seed = Cells(adviser.index as u64 * 4096 + (self.day as u64 & 4095)).next();
        let old = self.turn.last() && territory == 0 && self.world.has(Hazard::Latin1);
        let late = self.turn.position >= self.turn.count / 2;
        let view = RowView {
            territory,
            primary,
            firm_reps: self.reps[position.firm as usize],
            misplaced: primary && self.misplaced.contains(&adviser.index),
            words: late && territory == 2 && self.world.has(Hazard::TypeDrift),
            old_bytes: old && seed.is_multiple_of(50),
            hide_tenure: self.world.has(Hazard::MissingNotAtRandom)
                && adviser.restless > RESTLESS
                && adviser.index % 3 == 0,
            seed,
        };
        self.seen[position.firm as usize] = true;
        let firm = self.cells.of(position.firm);
        let line = &mut self.line;
        line.clear();
        rep_cells::number_cell(line, Population::crd(adviser.index), territory);
        rep_cells::number_cell(line, Population::firm_crd(position.firm), territory);
        if columns::firm_first(territory) {
            line.cells(firm);
        }
        rep_cells::rep_cells(line, adviser, position, &view);
        if !columns::firm_first(territory) {
            line.cells(firm);
        }
        rep_cells::beyond_cells(line, adviser, &view);
        line.end(ending(territory));
        self.files[territory].row(line.bytes())
    }
}

fn ending(territory: usize) -> &'static str {
    if territory == 2 { "\r\n" } else { "\n" }
}

/// The advisers whose latitude holds a town's name; always the same ones.
fn misplaced(world: &World) -> BTreeSet<i64> {
    let mut found = BTreeSet::new();
    for (territory, rows) in MISPLACED.iter().enumerate() {
        let wanted = ((rows * world.scale).ceil() as usize).max(2);
        let start = world.population.first(900) + 20;
        let listed = (start..).filter(|i| Adviser::territory_of(*i) == territory);
        found.extend(listed.take(wanted));
    }
    found
}
