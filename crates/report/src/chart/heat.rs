//! Coloured cells with names on both sides.

use std::collections::BTreeMap;

use leadrank_evidence::Shading;

use super::{Chart, Element, WIDE_LETTER, WIDTH, drawable, label, label_step, name};
use crate::format::{count, fixed, number};
use crate::markup::coordinate as c;

/// Width that a desk shows without moving sideways.
const ROOM: f64 = 940.0;
/// Letters of a row's name at most.
const ROW_LETTERS: usize = 32;
/// Letters of a column's name at most, where it stands upright.
const COLUMN_LETTERS: usize = 24;
/// Width that a cell needs to hold its number.
const NUMBER_ROOM: f64 = 40.0;
/// Height of a cell with a number.
const NUMBER_HEIGHT: f64 = 18.0;
/// Width that a cell needs to hold a mark.
const MARK_ROOM: f64 = 9.0;
/// Most colour of a cell below the first limit of marked cells, and least from there on.
const PALE: (f64, f64) = (0.3, 0.5);
/// Room above the map for the key.
const KEY: f64 = 36.0;
/// Opacity from which the ink on a cell is the paper's colour.
const DARK: f64 = 0.75;
/// Cells named in the description.
const NAMED: usize = 3;

/// A map of values, one row of cells a row, with the number in each cell where there is room.
///
/// [`Shading::Signed`] runs from blue (-1) over grey (0) to orange (1). [`Shading::Marked`] has the
/// same colours, pale below its first limit and in steps from there, and writes into each cell how
/// many limits its size reaches, but for those of a name with itself. [`Shading::Steps`] goes from
/// grey below the first limit to full orange from the last limit on, a limit belonging to the
/// step above it. A cell without a finite value stays blank. Where rows and columns have the
/// same long names, as in a matrix of correlations, columns are numbered like the rows.
pub fn heat(
    title: &str,
    rows: &[String],
    columns: &[String],
    values: &[Vec<Option<f64>>],
    shading: &Shading,
) -> Chart {
    let cells: Vec<Cell> = cells(rows.len(), columns.len(), values);
    if cells.is_empty() {
        return Chart::nothing(title);
    }
    let tones = Tones::new(shading);
    let plan = Plan::new(rows, columns);
    let description = description(rows, columns, &cells, &tones);
    let mut chart = Chart::wide(title, description, plan.size(rows.len(), columns.len()));
    let blanks = cells.len() < rows.len() * columns.len();
    let end = tones.key(&mut chart, blanks);
    chart.width = chart.width.max(end);
    plan.names(&mut chart, rows, columns);
    for (class, opacity, cells) in tones.layers(&cells) {
        let path: String = cells.iter().map(|cell| plan.outline(cell)).collect();
        let path = Element::new("path").class(class).attr("d", path);
        chart.add(match opacity {
            Some(opacity) => path.attr("fill-opacity", opacity),
            None => path,
        });
    }
    if !plan.numbers && plan.width >= MARK_ROOM {
        let itself = |cell: &&Cell| rows == columns && cell.row == cell.column;
        for cell in cells.iter().filter(|cell| !itself(cell)) {
            let reached = tones.marks(cell.value);
            if reached > 0 {
                let x = plan.left + plan.width * (cell.column as f64 + 0.5) - 0.5;
                let y = plan.top + plan.height * (cell.row as f64 + 0.5) + 3.3;
                let class = ink(&tones, cell.value);
                chart.add(label(x, y, "middle", class, reached.to_string()));
            }
        }
    }
    if plan.numbers {
        for cell in &cells {
            let x = plan.left + plan.width * (cell.column as f64 + 0.5);
            let y = plan.top + plan.height * cell.row as f64 + 12.8;
            let class = ink(&tones, cell.value);
            chart.add(label(x, y, "middle", class, brief(cell.value)));
        }
    }
    chart
}

/// The class of what is written on a cell.
fn ink(tones: &Tones, value: f64) -> &'static str {
    match tones.of(value).1 > DARK {
        true => "on",
        false => "",
    }
}

/// A cell that has a value.
#[derive(Debug, Clone, Copy)]
struct Cell {
    row: usize,
    column: usize,
    value: f64,
}

fn cells(rows: usize, columns: usize, values: &[Vec<Option<f64>>]) -> Vec<Cell> {
    let rows = values.iter().take(rows).enumerate();
    rows.flat_map(|(row, values)| {
        let columns = values.iter().take(columns).enumerate();
        columns.filter_map(move |(column, value)| {
            let value = value.filter(|value| value.is_finite())?;
            Some(Cell { row, column, value })
        })
    })
    .collect()
}

/// A number for a cell: two digits, fewer where it is large.
fn brief(value: f64) -> String {
    match value.abs() {
        size if size >= 999.5 && value > 0.0 => ">999".into(),
        size if size >= 999.5 => "<−999".into(),
        size if size >= 99.95 => fixed(value, 0),
        size if size >= 9.995 => fixed(value, 1),
        _ => fixed(value, 2),
    }
}

/// How the columns are named.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Heads {
    Flat,
    Upright,
    Numbered,
}

/// Places and sizes.
#[derive(Debug)]
struct Plan {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
    numbers: bool,
    heads: Heads,
    row_letters: usize,
}

impl Plan {
    fn new(rows: &[String], columns: &[String]) -> Self {
        let longest = |names: &[String]| names.iter().map(|name| name.chars().count()).max();
        let row_letters = longest(rows).unwrap_or(0).min(ROW_LETTERS);
        let widest = longest(columns).unwrap_or(0) as f64 * WIDE_LETTER + 8.0;
        let number_room = (rows.len().to_string().len() + 1) as f64 * WIDE_LETTER;
        let named = row_letters as f64 * WIDE_LETTER + 8.0;
        let room = (ROOM - named) / columns.len() as f64;
        if room >= widest && room >= NUMBER_ROOM {
            return Plan {
                left: named,
                top: KEY + 18.0,
                width: widest.max(NUMBER_ROOM),
                height: NUMBER_HEIGHT,
                numbers: true,
                heads: Heads::Flat,
                row_letters,
            };
        }
        let heads = if rows == columns {
            Heads::Numbered
        } else {
            Heads::Upright
        };
        let left = match heads {
            Heads::Numbered => named + number_room,
            _ => named,
        };
        let width = ((ROOM - left) / columns.len() as f64)
            .clamp(7.0, NUMBER_ROOM)
            .floor();
        let numbers = width >= NUMBER_ROOM;
        let width = if numbers { width } else { width.min(17.0) };
        let upright = longest(columns).unwrap_or(0).min(COLUMN_LETTERS) as f64;
        Plan {
            left,
            top: KEY
                + match heads {
                    Heads::Numbered => 18.0,
                    _ => upright * WIDE_LETTER + 10.0,
                },
            width,
            height: if numbers {
                NUMBER_HEIGHT
            } else {
                width.max(13.0)
            },
            numbers,
            heads,
            row_letters,
        }
    }

    fn size(&self, rows: usize, columns: usize) -> (f64, f64) {
        let width = self.left + self.width * columns as f64 + 8.0;
        (width.max(WIDTH), self.top + self.height * rows as f64 + 4.0)
    }

    /// The cell as a piece of a path. Cells that are large enough keep a gap.
    fn outline(&self, cell: &Cell) -> String {
        let gap = if self.width < 10.0 { 0.0 } else { 1.0 };
        let x = self.left + self.width * cell.column as f64;
        let y = self.top + self.height * cell.row as f64;
        let (width, height) = (c(self.width - gap), c(self.height - gap));
        format!("M{} {}h{width}v{height}h-{width}z", c(x), c(y))
    }

    fn names(&self, chart: &mut Chart, rows: &[String], columns: &[String]) {
        let middle = self.height / 2.0 + 3.8;
        for (row, text) in rows.iter().enumerate() {
            let y = self.top + self.height * row as f64 + middle;
            let x = self.left - 6.0;
            if self.heads == Heads::Numbered {
                let number = (row + 1).to_string();
                chart.add(label(x, y, "end", "muted", number));
            }
            chart.add(name((0.0, y), "start", "", text, self.row_letters));
        }
        let letter_height = match self.heads {
            Heads::Numbered => (columns.len().to_string().len() + 1) as f64 * WIDE_LETTER,
            _ => 11.0,
        };
        let step = label_step(letter_height, self.width);
        for (column, text) in columns.iter().enumerate() {
            let x = self.left + self.width * (column as f64 + 0.5) - 0.5;
            let y = self.top - 5.0;
            match self.heads {
                Heads::Flat => chart.add(label(x, y, "middle", "tick", text)),
                Heads::Numbered if (column + 1) % step == 0 => {
                    chart.add(label(x, y, "middle", "tick", (column + 1).to_string()));
                }
                Heads::Upright if column % step == 0 => {
                    let turn = format!("rotate(-90 {} {})", c(x + 4.0), c(y));
                    let head = name((x + 4.0, y), "start", "tick", text, COLUMN_LETTERS);
                    chart.add(head.attr("transform", turn));
                }
                _ => {}
            }
        }
    }
}

/// How values become colours.
#[derive(Debug)]
enum Tones {
    Signed,
    /// Ascending finite limits above 0 of the size.
    Marked(Vec<f64>),
    /// Ascending finite limits.
    Steps(Vec<f64>),
}

impl Tones {
    fn new(shading: &Shading) -> Self {
        match shading {
            Shading::Signed => Tones::Signed,
            Shading::Marked(limits) => {
                let mut limits = ascending(limits);
                limits.retain(|limit| *limit > 0.0);
                Tones::Marked(limits)
            }
            Shading::Steps(limits) => Tones::Steps(ascending(limits)),
        }
    }

    /// How many limits a value reaches, where cells are marked.
    fn marks(&self, value: f64) -> usize {
        match self {
            Tones::Marked(limits) => limits.iter().filter(|limit| value.abs() >= **limit).count(),
            Tones::Signed | Tones::Steps(_) => 0,
        }
    }

    /// Colour over the grey of a cell, and how much of it; in tenths, so that cells of one tone
    /// share one path.
    fn of(&self, value: f64) -> (&'static str, f64) {
        match self {
            Tones::Signed => {
                let tenths = (10.0 * value.clamp(-1.0, 1.0)).round() / 10.0;
                let class = if tenths < 0.0 { "below" } else { "above" };
                (class, tenths.abs())
            }
            Tones::Marked(limits) => {
                let class = if value < 0.0 { "below" } else { "above" };
                let first = limits.first().copied().unwrap_or(1.0);
                let opacity = match self.marks(value) {
                    0 => PALE.0 * (5.0 * (value.abs() / first).min(1.0)).round() / 5.0,
                    reached => {
                        let step = (reached - 1) as f64 / (limits.len() - 1).max(1) as f64;
                        PALE.1 + (1.0 - PALE.1) * step
                    }
                };
                (class, opacity)
            }
            Tones::Steps(limits) => {
                let step = limits.iter().filter(|limit| value >= **limit).count();
                ("above", step as f64 / limits.len().max(1) as f64)
            }
        }
    }

    /// Grey under all cells, then those of each tone.
    fn layers(&self, cells: &[Cell]) -> Vec<(&'static str, Option<String>, Vec<Cell>)> {
        let mut toned: BTreeMap<(&'static str, u64), Vec<Cell>> = BTreeMap::new();
        for cell in cells {
            let (class, opacity) = self.of(cell.value);
            let hundredths = (100.0 * opacity).round() as u64;
            if hundredths > 0 {
                toned.entry((class, hundredths)).or_default().push(*cell);
            }
        }
        let mut layers = vec![("cell", None, cells.to_vec())];
        layers.extend(toned.into_iter().map(|((class, hundredths), cells)| {
            let opacity = number(hundredths as f64 / 100.0);
            (class, Some(opacity), cells)
        }));
        layers
    }

    /// Samples of the tones with their meaning; gives the place where they end.
    fn key(&self, chart: &mut Chart, blanks: bool) -> f64 {
        let samples: Vec<(f64, String)> = match self {
            Tones::Signed => [-1.0, -0.5, 0.0, 0.5, 1.0]
                .map(|value| (value, number(value)))
                .into(),
            Tones::Marked(limits) => {
                let first = limits.first().copied().unwrap_or(1.0);
                let weak = (first / 2.0, format!("below {}", exact(first)));
                let marked = limits.iter().enumerate();
                let marked = marked.map(|(place, limit)| {
                    (*limit, format!("{}: {} or more", place + 1, exact(*limit)))
                });
                let mut samples: Vec<(f64, String)> = std::iter::once(weak).chain(marked).collect();
                samples.push((-1.0, "blue: the other way round".into()));
                samples
            }
            Tones::Steps(limits) => {
                let first = limits.first().map(|limit| limit - limit.abs().max(1.0));
                let below = limits
                    .first()
                    .map(|limit| format!("below {}", number(*limit)));
                let mut samples: Vec<(f64, String)> = first.into_iter().zip(below).collect();
                samples.extend(limits.iter().enumerate().map(|(place, limit)| {
                    let text = match limits.get(place + 1) {
                        Some(next) => format!("{} to {}", number(*limit), number(*next)),
                        None => format!("{} and more", number(*limit)),
                    };
                    (*limit, text)
                }));
                samples
            }
        };
        let mut x = 0.0;
        for (value, text) in samples {
            let (class, opacity) = self.of(value);
            chart.add(sample("cell", x));
            if opacity > 0.0 {
                chart.add(sample(class, x).attr("fill-opacity", number(opacity)));
            }
            x = explained(chart, x, &text);
        }
        if blanks {
            chart.add(sample("absent", x + 0.5));
            x = explained(chart, x, "no value");
        }
        x
    }
}

/// A limit with the digits that tell it from its neighbours: `0.8`, `0.9999`.
fn exact(limit: f64) -> String {
    let text = format!("{limit:.4}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// Limits that can be drawn, in order.
fn ascending(limits: &[f64]) -> Vec<f64> {
    let mut limits: Vec<f64> = limits.iter().copied().filter_map(drawable).collect();
    limits.sort_by(f64::total_cmp);
    limits.dedup();
    limits
}

fn sample(class: &str, x: f64) -> Element {
    super::rectangle(class, (x, 3.0), (x + 14.0, 15.0))
}

/// The words beside a sample; gives the place of the next one.
fn explained(chart: &mut Chart, x: f64, text: &str) -> f64 {
    chart.add(label(x + 19.0, 13.0, "start", "muted", text));
    x + 19.0 + text.chars().count() as f64 * WIDE_LETTER + 14.0
}

fn description(rows: &[String], columns: &[String], cells: &[Cell], tones: &Tones) -> String {
    let mut text = format!(
        "{} rows by {} columns.",
        count(rows.len() as u64),
        count(columns.len() as u64)
    );
    let square = rows == columns;
    let last = match tones {
        Tones::Steps(limits) => limits.last(),
        Tones::Signed | Tones::Marked(_) => None,
    };
    if let Some(last) = last {
        let above = cells.iter().filter(|cell| cell.value >= *last).count();
        text.push_str(&format!(
            " {} of {} values are {} or more.",
            count(above as u64),
            count(cells.len() as u64),
            number(*last)
        ));
    }
    // of a matrix each pair counts once, and nothing with itself
    let counted = |cell: &&Cell| !square || cell.row > cell.column;
    if let Tones::Marked(limits) = tones {
        let what = if square { "pairs" } else { "values" };
        let sizes: Vec<f64> = cells
            .iter()
            .filter(counted)
            .map(|cell| cell.value.abs())
            .collect();
        let reached: Vec<String> = limits
            .iter()
            .map(|limit| {
                let number_of = sizes.iter().filter(|size| **size >= *limit).count();
                format!("{} reach {}", count(number_of as u64), exact(*limit))
            })
            .collect();
        text.push_str(&format!(
            " Of {} {what}, {}.",
            count(sizes.len() as u64),
            reached.join(", ")
        ));
    }
    let size = |cell: &Cell| match tones {
        Tones::Signed | Tones::Marked(_) => cell.value.abs(),
        Tones::Steps(_) => cell.value,
    };
    let mut largest: Vec<&Cell> = cells.iter().filter(counted).collect();
    largest.sort_by(|a, b| size(b).total_cmp(&size(a)));
    let named: Vec<String> = largest
        .iter()
        .take(NAMED)
        .map(|cell| {
            let (row, column) = (&rows[cell.row], &columns[cell.column]);
            format!("{row} × {column} {}", number(cell.value))
        })
        .collect();
    if !named.is_empty() {
        text.push_str(&format!(" Largest: {}.", named.join("; ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(count: usize, name: &str) -> Vec<String> {
        (0..count).map(|number| format!("{name}{number}")).collect()
    }

    #[test]
    fn room_decides_what_is_written() {
        let features = names(69, "a_feature_with_a_long_name_as_they_are_");
        let months = names(8, "2025-0");
        let plan = Plan::new(&features, &months);
        assert!(plan.numbers && plan.heads == Heads::Flat);
        let square = Plan::new(&features[..44], &features[..44]);
        assert!(!square.numbers && square.heads == Heads::Numbered);
        assert!(square.size(44, 44).0 <= ROOM + 8.0);
        assert_eq!(Plan::new(&features, &features[..44]).heads, Heads::Upright);
    }

    #[test]
    fn a_limit_belongs_to_the_step_above() {
        let tones = Tones::new(&Shading::Steps(vec![0.25, f64::NAN, 0.1]));
        let tone = |value| tones.of(value).1;
        assert_eq!((tone(0.099), tone(0.1), tone(0.25)), (0.0, 0.5, 1.0));
        let marked = Tones::new(&Shading::Marked(vec![0.95, 0.8, -1.0]));
        assert_eq!(
            [0.79, 0.8, -0.95].map(|value| marked.marks(value)),
            [0, 1, 2]
        );
        assert_eq!(
            (marked.of(-0.95), marked.of(0.8)),
            (("below", 1.0), ("above", 0.5))
        );
        assert!(marked.of(0.79).1 <= 0.3);
        assert_eq!(Tones::Signed.of(-3.0), ("below", 1.0));
        assert_eq!(Tones::Signed.of(0.04), ("above", 0.0));
    }

    #[test]
    fn limits_are_told_apart() {
        let texts = [0.8, 0.95, 0.9999, 1.0, 20.0].map(exact);
        assert_eq!(texts, ["0.8", "0.95", "0.9999", "1", "20"]);
    }

    #[test]
    fn numbers_fit_their_cells() {
        let cases = [
            (0.123, "0.12"),
            (-0.5, "−0.50"),
            (12.34, "12.3"),
            (123.4, "123"),
            (1e300, ">999"),
            (-1e300, "<−999"),
        ];
        for (value, text) in cases {
            assert_eq!(brief(value), text);
        }
    }
}
