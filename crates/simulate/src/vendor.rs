//! One month of vendor files: three rep files and the firm file.

use std::collections::BTreeSet;
use std::path::Path;

use crate::adviser::{Adviser, Position};
use crate::columns::{self, HeaderFaults, Layout};
use crate::error::Result;
use crate::firm_cells;
use crate::firm_faults::FirmFaults;
use crate::hazard::Hazard;
use crate::month::{Day, Month, day_of, quarter_of};
use crate::options::WrittenFile;
use crate::output::{Line, WholeFile};
use crate::places::{TERRITORIES, TERRITORY_SHARE};
use crate::planted::{Cell, Planted};
use crate::population::Population;
use crate::rep_cells::{self, RowView};
use crate::rng::{Cells, Kind};
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
    pub(crate) fn last(self) -> bool {
        self.position + 1 == self.count
    }

    pub(crate) fn middle(self) -> bool {
        self.position == self.count / 2
    }

    /// The second, or the only one.
    pub(crate) fn second(self) -> bool {
        self.position == 1 || self.count == 1
    }
}

/// A month under construction.
struct Delivery<'a> {
    world: &'a World,
    planted: &'a Planted<'a>,
    turn: Turn,
    day: Day,
    cells: FirmText,
    reps: Vec<f64>,
    seen: Vec<bool>,
    misplaced: BTreeSet<i64>,
    /// Columns and file of each territory; no file where none was delivered.
    layouts: Vec<Layout>,
    files: Vec<Option<WholeFile>>,
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
    planted: &Planted<'_>,
    project: &Path,
    month: Month,
    turn: Turn,
) -> Result<Vec<WrittenFile>> {
    let day = day_of(month.first_day());
    let mut rows = FirmText::default();
    let mut delivery = Delivery::open(world, planted, project, month, turn, &mut rows)?;
    let listed = world.population.first(day)..world.population.end(day);
    for index in listed.clone() {
        delivery.adviser(index, Population::crd(index))?;
    }
    for index in planted.twins(listed) {
        delivery.adviser(index, Population::second_crd(index))?;
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
        if let Some(file) = file {
            written.push(file.finish(if cut { 60 } else { 0 })?);
        }
    }
    Ok(written)
}

impl<'a> Delivery<'a> {
    fn open(
        world: &'a World,
        planted: &'a Planted<'a>,
        project: &Path,
        month: Month,
        turn: Turn,
        rows: &mut FirmText,
    ) -> Result<Self> {
        let day = day_of(month.first_day());
        let faults = FirmFaults::new(world, turn);
        let with_staff = turn.count == 1 || !turn.middle();
        let mut line = Line::default();
        let mut cells = FirmText::default();
        let mut reps = Vec::with_capacity(world.firms.len());
        for firm in 0..world.firms.len() as u32 {
            let traits = world.firms.get(firm);
            let filing = faults.filing(firm, world.firms.filing(firm, quarter_of(day)));
            line.clear();
            firm_cells::rep_cells(&mut line, firm, traits, &filing, faults);
            cells.push(line.bytes());
            line.clear();
            let crd = Population::firm_crd(firm);
            firm_cells::firm_row(&mut line, firm, crd, traits, &filing, faults, with_staff);
            line.end("\n");
            rows.push(line.bytes());
            reps.push(filing.reps);
        }
        let planted_last = |hazard| turn.last() && world.has(hazard);
        let header = HeaderFaults {
            gone: planted_last(Hazard::MissingColumn),
            renamed: planted_last(Hazard::RenamedColumn),
            reordered: planted_last(Hazard::ReorderedHeader),
        };
        let (mut layouts, mut files) = (Vec::new(), Vec::new());
        for (territory, name) in TERRITORIES.iter().enumerate() {
            let layout = Layout::new(territory, header);
            if territory == 2 && planted_last(Hazard::MissingTerritory) {
                files.push(None);
            } else {
                let mut file =
                    WholeFile::create(project, &format!("raw/discovery_{name}_{month}.csv"))?;
                let mark = if territory == 1 { "\u{feff}" } else { "" };
                let names = layout.header.join(",");
                file.raw(format!("{mark}{names}{}", ending(territory)).as_bytes())?;
                files.push(Some(file));
            }
            layouts.push(layout);
        }
        Ok(Self {
            world,
            planted,
            turn,
            day,
            cells,
            reps,
            seen: vec![false; world.firms.len()],
            misplaced: misplaced(world),
            layouts,
            files,
            line,
        })
    }

    /// Writes all rows of an adviser under a number.
    fn adviser(&mut self, index: i64, number: u64) -> Result<()> {
        let adviser = &self.world.adviser(index);
        let position = &adviser.on(self.day);
        self.row(adviser, position, number, adviser.territory, true)?;
        for extra in 0..adviser.extra_rows {
            if adviser.two_territories {
                let other = (adviser.territory + 1) % 3;
                self.row(adviser, position, number, other, true)?;
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
            self.row(adviser, &other, number, territory, false)?;
        }
        Ok(())
    }

    fn row(
        &mut self,
        adviser: &Adviser,
        position: &Position,
        number: u64,
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
            seed,
        };
        self.seen[position.firm as usize] = true;
        let firm = self.cells.of(position.firm);
        let line = &mut self.line;
        line.clear();
        rep_cells::number_cell(line, number, territory);
        rep_cells::number_cell(line, Population::firm_crd(position.firm), territory);
        if columns::firm_first(territory) {
            line.cells(firm);
        }
        rep_cells::rep_cells(line, adviser, position, &view);
        if !columns::firm_first(territory) {
            line.cells(firm);
        }
        rep_cells::beyond_cells(line, adviser, &view);
        let cells = (self.planted).cells(self.turn, self.day, adviser, position, number);
        let layout = &self.layouts[territory];
        if !cells.is_empty() || layout.order.is_some() {
            *line = laid_out(line, layout, &cells);
        }
        line.end(ending(territory));
        match &mut self.files[territory] {
            Some(file) => file.row(line.bytes()),
            None => Ok(()),
        }
    }
}

/// A composed line as its file shows it: some cells replaced, and in the file's order.
fn laid_out(line: &Line, layout: &Layout, replaced: &[(&'static str, Cell)]) -> Line {
    let mut cells = line.split();
    let texts: Vec<Line> = replaced
        .iter()
        .map(|(_, cell)| {
            let mut text = Line::default();
            cell.write(&mut text);
            text
        })
        .collect();
    for ((column, _), text) in replaced.iter().zip(&texts) {
        if let Some(place) = layout.names.iter().position(|name| name == column) {
            cells[place] = text.bytes();
        }
    }
    let mut whole = Line::default();
    match &layout.order {
        Some(order) => order.iter().for_each(|place| whole.cells(cells[*place])),
        None => cells.into_iter().for_each(|cell| whole.cells(cell)),
    }
    whole
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
