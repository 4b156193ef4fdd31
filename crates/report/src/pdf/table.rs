//! Tables that break over pages, with their heads on each; wide ones in parts under each other.

use leadrank_evidence::{Align, Cell, Table};

use super::font::Fonts;
use super::layout::{Flow, Kind, What};
use super::text::{Line, Style, Text};
use super::theme::Tone;
use crate::cells;
use crate::format::count;

/// Sizes of letters that are tried until the columns fit.
const SIZES: [f32; 3] = [8.6, 7.8, 7.0];
/// How many of them are tried to keep each cell on one line.
const UNBROKEN: usize = 2;
/// Room between columns.
const GAP: f32 = 14.0;
/// A word that is longer may be cut.
const LONG_WORD: f32 = 84.0;
/// Numbers stay on one line up to this width.
const LONG_NUMBER: f32 = 140.0;
/// Room above and below a row's lines.
const PADDING: f32 = 2.6;

/// A table of words, for one size of letters.
pub(super) struct Grid {
    pub(super) columns: Vec<Column>,
    /// Each row has a cell a column, each cell some paragraphs.
    pub(super) rows: Vec<Vec<Vec<Text>>>,
}

/// A column's head and side.
pub(super) struct Column {
    pub(super) head: Text,
    pub(super) align: Align,
}

impl Column {
    pub(super) fn new(fonts: &Fonts, name: &str, align: Align, size: f32) -> Self {
        let style = Style::strong(size - 0.4, Tone::Muted);
        Column {
            head: Text::new(fonts, name, style),
            align,
        }
    }
}

/// What a column needs and would like, in points.
#[derive(Clone, Copy)]
struct Wish {
    least: f32,
    natural: f32,
}

/// Draws what `make` gives for the largest size of letters at which no cell is broken, or else at
/// which the columns fit.
pub(super) fn draw(flow: &mut Flow, parent: Option<usize>, make: impl Fn(f32) -> Grid) {
    let width = flow.width();
    let tried = SIZES.map(|size| {
        let grid = make(size);
        let wishes = wishes(flow.fonts, &grid);
        (grid, wishes)
    });
    let unbroken = tried[..UNBROKEN]
        .iter()
        .position(|one| natural_width(&one.1) <= width);
    let fitting = || tried.iter().position(|one| least_width(&one.1) <= width);
    let chosen = unbroken.or_else(fitting).unwrap_or(SIZES.len() - 1);
    let (grid, wishes) = &tried[chosen];
    for columns in parts(wishes, width) {
        let chosen: Vec<Wish> = columns.iter().map(|&column| wishes[column]).collect();
        let widths = widths(&chosen, width);
        flow.gap(3.0);
        draw_part(flow, parent, grid, &columns, &widths);
    }
}

/// A table of a report, below its title.
pub(super) fn data_table(flow: &mut Flow, parent: Option<usize>, table: &Table) {
    if table.columns.is_empty() {
        return;
    }
    let fonts = flow.fonts;
    flow.gap(7.0);
    let title = Text::new(fonts, &table.title, Style::strong(9.0, Tone::Ink));
    flow.need(title.leading() + 4.0 * SIZES[0] * 2.0);
    flow.paragraph(parent, &title);
    let digits = cells::digits(table);
    draw(flow, parent, |size| {
        let style = Style::regular(size, Tone::Ink);
        let columns = table.columns.iter();
        let row = |row: &Vec<Cell>| {
            let cells = digits.iter().enumerate().map(|(place, &digits)| {
                let cell = row.get(place);
                let text = cell.map_or(String::new(), |cell| written(cell, row, digits));
                vec![Text::new(fonts, &text, style)]
            });
            cells.collect()
        };
        Grid {
            columns: columns
                .map(|column| Column::new(fonts, &column.name, column.align, size))
                .collect(),
            rows: table.rows.iter().map(row).collect(),
        }
    });
    let note = Text::new(fonts, &table.note, Style::regular(8.2, Tone::Muted));
    flow.gap(2.0);
    flow.paragraph(parent, &note);
}

/// A cell as people read it, a rate with the rows it rests on unless the table says them.
fn written(cell: &Cell, row: &[Cell], digits: usize) -> String {
    let text = cells::text(cell, digits);
    match cell {
        Cell::Rate(rate) if !row.contains(&Cell::Count(rate.n)) => {
            format!("{text}, n\u{a0}=\u{a0}{}", count(rate.n))
        }
        _ => text,
    }
}

fn wishes(fonts: &Fonts, grid: &Grid) -> Vec<Wish> {
    let wish = |(place, column): (usize, &Column)| {
        let cells = grid.rows.iter().filter_map(|row| row.get(place)).flatten();
        let texts = std::iter::once(&column.head).chain(cells);
        let mut wish = Wish {
            least: 12.0,
            natural: 12.0,
        };
        for text in texts {
            let natural = text.natural_width(fonts);
            wish.natural = wish.natural.max(natural);
            wish.least = wish.least.max(text.longest_word().min(LONG_WORD));
            if column.align == Align::Right && !std::ptr::eq(text, &raw const column.head) {
                wish.least = wish.least.max(natural.min(LONG_NUMBER));
            }
        }
        wish
    };
    grid.columns.iter().enumerate().map(wish).collect()
}

/// The least room for all columns with what is between them.
fn least_width(wishes: &[Wish]) -> f32 {
    wishes.iter().map(|wish| wish.least).sum::<f32>() + gaps(wishes)
}

/// The room in which no cell is broken.
fn natural_width(wishes: &[Wish]) -> f32 {
    wishes.iter().map(|wish| wish.natural).sum::<f32>() + gaps(wishes)
}

fn gaps(wishes: &[Wish]) -> f32 {
    GAP * wishes.len().saturating_sub(1) as f32
}

/// Columns that stand beside each other; each further part begins with the first column.
fn parts(wishes: &[Wish], width: f32) -> Vec<Vec<usize>> {
    let mut parts: Vec<Vec<usize>> = Vec::new();
    let mut part: Vec<usize> = Vec::new();
    let mut used = 0.0;
    for (column, wish) in wishes.iter().enumerate() {
        let needed = used + GAP + wish.least;
        if part.len() > 1 && needed > width {
            parts.push(std::mem::replace(&mut part, vec![0]));
            used = wishes[0].least;
        }
        used += if part.is_empty() { 0.0 } else { GAP } + wish.least;
        part.push(column);
    }
    parts.push(part);
    parts
}

/// Each column gets what it needs, and of the rest a share by the root of what it would like
/// beyond, so that long texts get more room but not all of it; what one does not use goes to
/// those that would like more.
fn widths(wishes: &[Wish], width: f32) -> Vec<f32> {
    let mut widths: Vec<f32> = wishes.iter().map(|wish| wish.least).collect();
    let mut rest = (width - least_width(wishes)).max(0.0);
    let wanted = |column: usize| (wishes[column].natural - wishes[column].least).max(0.0);
    let mut modest_first: Vec<usize> = (0..wishes.len()).collect();
    modest_first.sort_by(|&a, &b| wanted(a).total_cmp(&wanted(b)).then(a.cmp(&b)));
    for (place, &column) in modest_first.iter().enumerate() {
        let open = modest_first[place..].iter();
        let roots: f32 = open.map(|&column| wanted(column).sqrt()).sum();
        if roots > 0.0 {
            let share = wanted(column).min(rest * wanted(column).sqrt() / roots);
            widths[column] += share;
            rest -= share;
        }
    }
    widths
}

/// Lines of a cell, each with its leading.
type CellLines = Vec<(Line, f32)>;

fn cell_lines(fonts: &Fonts, cell: &[Text], width: f32) -> CellLines {
    let lines = cell.iter().flat_map(|text| {
        let lines = text.lines(fonts, width).into_iter();
        lines.map(|line| (line, text.leading()))
    });
    lines.collect()
}

fn height(cells: &[CellLines]) -> f32 {
    let heights = cells
        .iter()
        .map(|lines| lines.iter().map(|line| line.1).sum());
    heights.fold(0.0, f32::max) + 2.0 * PADDING
}

fn draw_part(
    flow: &mut Flow,
    parent: Option<usize>,
    grid: &Grid,
    columns: &[usize],
    widths: &[f32],
) {
    let fonts = flow.fonts;
    let table = flow.part(parent, Kind::Table);
    let laid = |texts: &dyn Fn(usize) -> CellLines| columns.iter().map(|&at| texts(at)).collect();
    let width_of = |column: usize| {
        let place = columns.iter().position(|&one| one == column);
        place.map_or(0.0, |place| widths[place])
    };
    let head: Vec<CellLines> = laid(&|column| {
        let head = std::slice::from_ref(&grid.columns[column].head);
        cell_lines(fonts, head, width_of(column))
    });
    let aligns: Vec<Align> = columns.iter().map(|&at| grid.columns[at].align).collect();
    let head_height = height(&head);
    // heads of an unheard-of height stand there once, like a row
    let repeats = head_height <= flow.page_height() / 3.0;
    let above = if repeats { head_height } else { 0.0 };
    let rows = grid.rows.iter().map(|row| -> Vec<CellLines> {
        laid(&|column| {
            let cell = row.get(column).map_or(&[][..], Vec::as_slice);
            cell_lines(fonts, cell, width_of(column))
        })
    });
    let mut rows = rows.peekable();
    let first = rows.peek().map_or(0.0, |row| height(row));
    flow.need(above + first.min(flow.page_height() / 2.0));
    let kind = |is_head| if is_head { Kind::HeadCell } else { Kind::Cell };
    let draw_row = |flow: &mut Flow, cells: Vec<CellLines>, is_head: bool, read: bool| {
        let row = read.then(|| flow.part(Some(table), Kind::Row));
        let (top, tall) = (flow.y, height(&cells));
        let mut x = flow.left();
        for (place, lines) in cells.into_iter().enumerate() {
            let part = row.map(|row| flow.part(Some(row), kind(is_head)));
            let mut y = top + PADDING;
            if lines.is_empty() {
                // so that who listens knows of the cell
                flow.put(part, What::Nothing);
            }
            for (line, leading) in lines {
                let shift = match aligns[place] {
                    Align::Left => 0.0,
                    Align::Right => widths[place] - line.width,
                };
                flow.line_at(part, (x + shift, y), leading, line);
                y += leading;
            }
            x += widths[place] + GAP;
        }
        flow.y = top + tall;
        let tone = if is_head { Tone::Muted } else { Tone::Rule };
        flow.rule(flow.left(), x - GAP - flow.left(), tone);
    };
    let rows = rows.map(|row| (row, false));
    for (mut row, is_head) in std::iter::once((head.clone(), true)).chain(rows) {
        loop {
            let tall = height(&row);
            if tall <= flow.room() {
                draw_row(flow, row, is_head, true);
                break;
            }
            if tall > flow.page_height() - above {
                let (fits, rest) = cut(row, flow.room());
                if fits.iter().any(|lines| !lines.is_empty()) {
                    draw_row(flow, fits, is_head, true);
                }
                row = rest;
            }
            flow.next_page();
            if repeats {
                draw_row(flow, head.clone(), true, false);
            }
        }
    }
}

/// The lines of a row that fit a height, and those that do not.
fn cut(row: Vec<CellLines>, room: f32) -> (Vec<CellLines>, Vec<CellLines>) {
    let split = |mut lines: CellLines| {
        let mut used = 2.0 * PADDING;
        let fits = lines.iter().take_while(|line| {
            used += line.1;
            used <= room
        });
        let rest = lines.split_off(fits.count());
        (lines, rest)
    };
    row.into_iter().map(split).unzip()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(least: f32, natural: f32) -> Wish {
        Wish { least, natural }
    }

    #[test]
    fn columns_share_what_is_left() {
        let roomy = widths(&[wish(20.0, 30.0), wish(20.0, 50.0)], 500.0);
        assert_eq!(roomy, [30.0, 50.0]);
        let tight = widths(&[wish(20.0, 40.0), wish(20.0, 80.0)], 94.0);
        let sum: f32 = tight.iter().sum();
        assert!((sum + GAP - 94.0).abs() < 0.01, "{tight:?}");
        let modest = widths(&[wish(20.0, 24.0), wish(20.0, 80.0)], 84.0);
        assert_eq!(modest, [24.0, 46.0]);
    }

    #[test]
    fn what_does_not_fit_beside_stands_below_with_the_first_column() {
        let wishes = vec![wish(40.0, 40.0); 5];
        assert_eq!(parts(&wishes, 160.0), [vec![0, 1, 2], vec![0, 3, 4]]);
        assert_eq!(parts(&wishes, 10.0).len(), 4);
        assert_eq!(parts(&wishes, 1000.0), [vec![0, 1, 2, 3, 4]]);
    }
}
