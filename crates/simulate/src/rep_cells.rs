//! An adviser as cells of one vendor row.

use std::io::Write;

use crate::adviser::{Adviser, LICENCES, Position};
use crate::output::Line;
use crate::places::metro_name;
use crate::rng::Cells;

/// What a row shows beyond the adviser and the position.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowView {
    /// Territory of the file, 0 to 2: spelling of numbers and text differs.
    pub(crate) territory: usize,
    /// True on the row of the main firm.
    pub(crate) primary: bool,
    /// Reps of the firm, for the branch.
    pub(crate) firm_reps: f64,
    /// A town's name stands where a latitude should.
    pub(crate) misplaced: bool,
    /// Counts in words.
    pub(crate) words: bool,
    /// Notes in an old one-byte encoding.
    pub(crate) old_bytes: bool,
    /// Picks among equivalent spellings.
    pub(crate) seed: u64,
}

const STATES_CENTRE: f64 = 39.0;

/// The adviser's number as this territory writes it.
pub(crate) fn number_cell(line: &mut Line, number: u64, territory: usize) {
    line.whole(number as i64);
    if territory == 1 {
        line.suffix(".0");
    }
}

/// The adviser's columns in the order of [`crate::columns::REP`].
pub(crate) fn rep_cells(line: &mut Line, adviser: &Adviser, at: &Position, view: &RowView) {
    let cells = &mut Cells(view.seed);
    let mut scratch = Vec::with_capacity(96);
    decimal(line, cells, adviser.years_known.then_some(at.years_rep), 2);
    decimal(
        line,
        cells,
        adviser.tenure_known.then_some(at.years_firm),
        2,
    );
    branch(line, at, view);
    let others = i64::from(adviser.other_firms);
    line.whole(1 + others + i64::from(adviser.broker_firms));
    line.whole(1 + others);
    for years in at.prior {
        decimal(line, cells, years.filter(|_| adviser.years_known), 1);
    }
    decimal(line, cells, adviser.miles, 1);
    match adviser.metro {
        Some(metro) => {
            scratch.clear();
            metro_name(metro, &mut scratch);
            line.text(&scratch);
        }
        None => line.null(cells),
    }
    places(line, cells, adviser, view);
    licences(line, cells, adviser, &mut scratch);
    match adviser.disclosure {
        Some(false) => line.text("No"),
        Some(true) => line.text("Yes - Regulatory Event"),
        None => line.null(cells),
    }
    line.text(["MBA", "BS Finance", "", "BA"][cells.below(4) as usize]);
    match adviser.male {
        Some(male) => line.text(if male { "Male" } else { "Female" }),
        None => line.null(cells),
    }
    line.text(["No", "Yes", "Unknown"][usize::from(adviser.non_adviser.min(2))]);
    match adviser.dual {
        Some(dual) => yes_no(line, dual),
        None => line.null(cells),
    }
    yes_no(line, view.primary);
    yes_no(line, adviser.breakaway);
    person(line, cells, adviser, view, &mut scratch);
}

/// The columns of [`crate::columns::BEYOND`].
pub(crate) fn beyond_cells(line: &mut Line, adviser: &Adviser, view: &RowView) {
    let cells = &mut Cells(adviser.index as u64);
    let pick = cells.below(20);
    line.text(match pick {
        0 => "Advisor Assistant",
        1 => "Branch Admin/Ops; Advisor Assistant",
        2 => "Compliance/Legal",
        3..=5 => "Owner; Financial Advisor",
        _ => "Financial Advisor",
    });
    line.whole(1 + cells.below(20) as i64);
    yes_no(line, cells.below(3) > 0);
    if view.territory == 1 && cells.below(1400) == 0 {
        line.text("https://maps.example.invalid/?q=Osseo,+MN");
    } else {
        line.empty();
    }
}

fn branch(line: &mut Line, at: &Position, view: &RowView) {
    let mut spot = Cells(u64::from(at.firm) * 64 + view.territory as u64);
    let part = 1 + spot.below(40);
    let count = ((view.firm_reps / part as f64).round() as i64).clamp(1, 900);
    line.whole(count);
    if view.words && view.seed.is_multiple_of(2) {
        line.suffix(" advisers");
    }
}

fn places(line: &mut Line, cells: &mut Cells, adviser: &Adviser, view: &RowView) {
    let known = [adviser.branch_state.is_some(), adviser.home_state.is_some()];
    for state in [adviser.branch_state, adviser.home_state] {
        match state {
            Some(state) => line.text(state),
            None => line.null(cells),
        }
    }
    let town = adviser.index.rem_euclid(997);
    let mut name = Vec::with_capacity(24);
    for known in known {
        for kind in ["town", "County"] {
            name.clear();
            if known && kind == "town" && town == 13 {
                name.extend_from_slice(b"Osseo");
            } else if known {
                let _ = write!(name, "{kind}{town:03}");
            }
            line.text(&name);
        }
    }
    for known in known {
        let zip = 1000 + (adviser.index.unsigned_abs() * 37) % 98_000;
        match (known, view.territory) {
            (false, _) => line.null(cells),
            // one territory has text with its zeros, the others went through a float
            (true, 0) => {
                name.clear();
                let _ = write!(name, "{zip:05}");
                line.text(&name);
            }
            (true, _) => {
                line.whole(zip as i64);
                line.suffix(".0");
            }
        }
    }
    let shift = town as f64 / 100.0;
    for (place, known) in known.into_iter().enumerate() {
        let misplaced = view.misplaced && (place == 0) == (view.territory == 1);
        if misplaced {
            line.text("Osseo");
        } else {
            decimal(line, cells, known.then_some(STATES_CENTRE + shift - 5.0), 3);
        }
        decimal(
            line,
            cells,
            known.then_some(-75.0 - shift - 15.0 * view.territory as f64),
            3,
        );
    }
}

fn licences(line: &mut Line, cells: &mut Cells, adviser: &Adviser, scratch: &mut Vec<u8>) {
    let Some(held) = adviser.licences else {
        return line.null(cells);
    };
    scratch.clear();
    for (bit, (name, _)) in LICENCES.iter().enumerate() {
        if held >> bit & 1 == 1 {
            if !scratch.is_empty() {
                scratch.extend_from_slice(b", ");
            }
            scratch.extend_from_slice(name.as_bytes());
        }
    }
    if scratch.is_empty() {
        scratch.extend_from_slice(b"Series 6");
    }
    line.text(scratch);
}

fn person(
    line: &mut Line,
    cells: &mut Cells,
    adviser: &Adviser,
    view: &RowView,
    scratch: &mut Vec<u8>,
) {
    let serial = adviser.index;
    for kind in ["First", "Last"] {
        scratch.clear();
        let _ = write!(scratch, "{kind}{serial:07}");
        line.text(&scratch);
    }
    line.text(["Financial Advisor", "Vice President", "Founder", ""][cells.below(4) as usize]);
    scratch.clear();
    let _ = write!(scratch, "a{serial:07}@example.invalid");
    if adviser.index % 5 < 3 {
        line.text(&scratch);
    } else {
        line.null(cells);
    }
    line.empty();
    if adviser.index % 4 == 0 {
        line.null(cells);
    } else {
        scratch.clear();
        let _ = write!(scratch, "in/a{serial:07}");
        line.text(&scratch);
    }
    line.empty();
    match cells.below(1000) {
        _ if view.old_bytes => line.text(b"pr\xe9f\xe9r\xe9"),
        0 if view.territory == 0 => line.text("called twice\nno \"answer\", try later"),
        1..=40 => line.text("met at event"),
        _ => line.empty(),
    }
    line.empty();
}

fn yes_no(line: &mut Line, yes: bool) {
    line.text(if yes { "Yes" } else { "No" });
}

fn decimal(line: &mut Line, cells: &mut Cells, value: Option<f64>, decimals: u32) {
    match value {
        Some(value) => line.fixed(value, decimals),
        None => line.null(cells),
    }
}
