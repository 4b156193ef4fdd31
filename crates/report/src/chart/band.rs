//! Lines over numbers with their intervals as shaded bands.

use leadrank_evidence::{BandLine, BandPoint, Mark};

use super::frame::{BELOW, Frame, LEFT, RIGHT, TOP};
use super::scale::{extent, interval_extent, nice_ends};
use super::trend::mark;
use super::unit::AxisUnit;
use super::{
    Chart, Element, NAME_LETTER, WIDTH, drawable, letters, line, name, polyline, shortened,
    text_width,
};
use crate::format::{count, sentence};
use crate::markup::coordinate as c;

/// Lines that have a colour and a mark of their own; further ones are not drawn.
const STYLES: usize = 4;
/// Lines of at most so many points have a mark at each.
const MARKED: usize = 16;
/// Height of a line of the legend.
const ROW: f64 = 18.0;
/// Height of a row of names of upright lines.
const NAME_ROW: f64 = 14.0;
/// Height of the plot.
const PLOT: f64 = 190.0;

/// A line with the points that can be drawn.
type Shown<'a> = (&'a BandLine, Vec<BandPoint>);

/// The lines, each with the band of its intervals; `base`, dashed, is what chance gives, and
/// `marks` are upright lines with names. `across` and `of` say what places and values are: shares
/// are written in percent where the text ends in `%` or begins with `share`.
pub fn band(
    title: &str,
    (across, of): (&str, &str),
    lines: &[BandLine],
    base: &[(f64, f64)],
    marks: &[Mark],
) -> Chart {
    let mut shown: Vec<Shown> = lines
        .iter()
        .map(|one| (one, one.points.iter().copied().filter(known).collect()))
        .filter(|(_, points): &Shown| !points.is_empty())
        .collect();
    let left_out = shown.len().saturating_sub(STYLES);
    shown.truncate(STYLES);
    if shown.is_empty() {
        return Chart::nothing(title);
    }
    let base: Vec<(f64, f64)> = base
        .iter()
        .copied()
        .filter(|&(at, value)| drawable(at).is_some() && drawable(value).is_some())
        .collect();
    // one point is no line
    let base = if base.len() > 1 { base } else { Vec::new() };
    let mut marks: Vec<&Mark> = marks
        .iter()
        .filter(|mark| drawable(mark.at).is_some())
        .collect();
    marks.sort_by(|a, b| a.at.total_cmp(&b.at));

    let units = (AxisUnit::of(across), AxisUnit::of(of));
    let legend = legend(&shown, !base.is_empty(), left_out);
    let bottom = TOP + PLOT;
    let height = bottom + BELOW + ROW * legend.len() as f64;
    let mut chart = Chart::new(
        title,
        description((across, of), &shown, &base, &marks, left_out),
        height,
    );
    let (x_ends, y_ends) = ends(&shown, &base, &marks, units);
    let frame = Frame::new(x_ends, y_ends, bottom);
    frame.upright_ticks(&mut chart, units.1.sign());
    let room = letters(RIGHT, NAME_LETTER);
    chart.add(name((0.0, 14.0), "start", "axis", of, room));
    frame.level_axis(&mut chart, across, units.0.sign(), 0.0);
    let place = |at: f64, value: f64| {
        let (at, value) = (units.0.scaled(at), units.1.scaled(value));
        (frame.x.place(at), frame.y.place(value))
    };
    for (number, (_, points)) in shown.iter().enumerate() {
        chart.body.extend(area(number, points, &place));
    }
    let names: Vec<(f64, &str)> = marks
        .iter()
        .map(|mark| (place(mark.at, 0.0).0, mark.text.as_str()))
        .collect();
    for (x, _) in &names {
        chart.add(line("base", (*x, TOP), (*x, bottom)));
    }
    if !base.is_empty() {
        let path = base.iter().map(|&(at, value)| place(at, value));
        chart.add(polyline("chance", path));
    }
    for (number, (_, points)) in shown.iter().enumerate() {
        let path: Vec<(f64, f64)> = points
            .iter()
            .map(|point| place(point.at, point.value.value))
            .collect();
        // of many points the last is marked, so that lines differ without their colour
        let from = if path.len() > MARKED {
            path.len() - 1
        } else {
            0
        };
        let dots: Vec<Element> = path[from..]
            .iter()
            .map(|&(x, y)| mark(number, x, y))
            .collect();
        chart.add(polyline(&format!("line s{number}"), path));
        chart.body.extend(dots);
    }
    chart.body.extend(upright_names(&names));
    for (row, (style, text)) in legend.iter().enumerate() {
        let y = bottom + BELOW + 6.0 + ROW * row as f64;
        match style {
            Style::Line(number) => {
                chart.add(line(&format!("line s{number}"), (4.0, y), (26.0, y)));
                chart.add(mark(*number, 15.0, y));
            }
            Style::Chance => chart.add(line("chance", (4.0, y), (26.0, y))),
            Style::Nothing => {}
        }
        let room = letters(WIDTH - 34.0, NAME_LETTER);
        chart.add(name((32.0, y + 4.0), "start", "", text, room));
    }
    chart
}

/// What stands before a name of the legend.
enum Style {
    Line(usize),
    Chance,
    Nothing,
}

/// The lines of the legend; one line alone needs none.
fn legend(shown: &[Shown], is_base: bool, left_out: usize) -> Vec<(Style, String)> {
    if shown.len() == 1 && !is_base {
        return Vec::new();
    }
    let lines = shown.iter().enumerate();
    let lines = lines.map(|(number, (one, _))| (Style::Line(number), one.name.clone()));
    let chance = is_base.then(|| (Style::Chance, "by chance".to_string()));
    let more = (left_out > 0).then(|| (Style::Nothing, format!("{left_out} more not drawn")));
    lines.chain(chance).chain(more).collect()
}

/// Ends of both axes, as they count.
fn ends(
    shown: &[Shown],
    base: &[(f64, f64)],
    marks: &[&Mark],
    units: (AxisUnit, AxisUnit),
) -> ((f64, f64), (f64, f64)) {
    let points = || shown.iter().flat_map(|(_, points)| points);
    let places = points()
        .map(|point| point.at)
        .chain(base.iter().map(|point| point.0))
        .chain(marks.iter().map(|mark| mark.at));
    let intervals = points().map(|point| {
        let value = point.value;
        let end = |end: Option<f64>| end.unwrap_or(value.value);
        (value.value, end(value.lo), end(value.hi))
    });
    let level = base.iter().map(|&(_, value)| (value, value, value));
    let (from, to) = extent(places.map(|at| units.0.scaled(at)));
    let (low, high) = interval_extent(&intervals.chain(level).collect::<Vec<_>>());
    let x = if from < to {
        (from, to)
    } else {
        // a place alone stands in the middle
        (from - 0.5, to + 0.5)
    };
    (x, nice_ends(units.1.scaled(low), units.1.scaled(high)))
}

fn known(point: &BandPoint) -> bool {
    let value = point.value;
    let numbers = [Some(point.at), Some(value.value), value.lo, value.hi];
    numbers
        .iter()
        .flatten()
        .all(|&number| drawable(number).is_some())
}

/// The band between the lower and the upper ends; of one point alone, its whisker.
fn area(
    number: usize,
    points: &[BandPoint],
    place: &dyn Fn(f64, f64) -> (f64, f64),
) -> Option<Element> {
    let intervals: Vec<((f64, f64), (f64, f64))> = points
        .iter()
        .filter_map(|point| {
            let (lo, hi) = (point.value.lo?, point.value.hi?);
            Some((place(point.at, lo), place(point.at, hi)))
        })
        .collect();
    let (&(low, high), rest) = intervals.split_first()?;
    if rest.is_empty() {
        return Some(line(&format!("whisker s{number}"), low, high));
    }
    let upper = intervals.iter().map(|ends| ends.1);
    let lower = intervals.iter().rev().map(|ends| ends.0);
    let corners = upper.chain(lower);
    let corners: Vec<String> = corners.map(|(x, y)| format!("{},{}", c(x), c(y))).collect();
    let area = Element::new("polygon").class(&format!("band fill s{number}"));
    Some(area.attr("points", corners.join(" ")))
}

/// Names of upright lines, places rising: right of their lines, or left where the next line or
/// the border is near; a row lower where they would still run into another.
fn upright_names(names: &[(f64, &str)]) -> Vec<Element> {
    let most = letters(0.6 * (RIGHT - LEFT), NAME_LETTER);
    // where each row is free from
    let mut rows: Vec<f64> = Vec::new();
    let mut drawn = Vec::new();
    for (place, &(x, text)) in names.iter().enumerate() {
        let width = text_width(&shortened(text, most)) + 8.0;
        let before = place.checked_sub(1).map_or(LEFT, |place| names[place].0);
        let after = names.get(place + 1).map_or(RIGHT, |next| next.0);
        let is_left = x + width > RIGHT || (x + width > after && x - width > before);
        let (left, anchor) = match is_left {
            true => (x - width, "end"),
            false => (x, "start"),
        };
        let free = rows.iter().position(|&from| from <= left);
        let row = free.unwrap_or(rows.len());
        if free.is_none() {
            rows.push(0.0);
        }
        rows[row] = left + width;
        let at = if is_left { x - 4.0 } else { x + 4.0 };
        let at = (at, TOP + 10.0 + NAME_ROW * row as f64);
        drawn.push(name(at, anchor, "muted over", text, most));
    }
    drawn
}

fn description(
    (across, of): (&str, &str),
    shown: &[Shown],
    base: &[(f64, f64)],
    marks: &[&Mark],
    left_out: usize,
) -> String {
    let (x, y) = (AxisUnit::of(across), AxisUnit::of(of));
    let mut points = shown.iter().flat_map(|(_, points)| points);
    let intervals = match points.any(|point| point.value.lo.is_some()) {
        true => ", with 95 % intervals",
        false => "",
    };
    let mut text = format!("{} by {across}{intervals}.", sentence(of));
    for (one, points) in shown {
        let (Some(first), Some(last)) = (points.first(), points.last()) else {
            continue;
        };
        let at = |point: &BandPoint| {
            let value = y.words(point.value.value);
            format!("{value} at {}", x.words(point.at))
        };
        let values = match points.len() {
            1 => at(first),
            _ => format!("{}, {}", at(first), at(last)),
        };
        let fewest = points.iter().map(|point| point.value.n).min().unwrap_or(0);
        let most = points.iter().map(|point| point.value.n).max().unwrap_or(0);
        let n = match fewest == most {
            true => count(most),
            false => format!("{} to {}", count(fewest), count(most)),
        };
        let name = sentence(&one.name);
        text.push_str(&format!(" {name}: {values} (n = {n})."));
    }
    if left_out > 0 {
        text.push_str(&format!(" {left_out} more lines are not drawn."));
    }
    match (base.first(), base.last()) {
        (Some(first), Some(last)) if first.1 == last.1 => {
            text.push_str(&format!(" By chance {}.", y.words(last.1)));
        }
        (_, Some(last)) => {
            let (value, at) = (y.words(last.1), x.words(last.0));
            text.push_str(&format!(" By chance {value} at {at}."));
        }
        _ => {}
    }
    for mark in marks {
        text.push_str(&format!(" Marked: {} ({}).", mark.text, x.words(mark.at)));
    }
    text
}
