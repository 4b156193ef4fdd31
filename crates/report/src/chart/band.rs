//! Lines over numbers with their intervals as shaded bands.

use leadrank_evidence::{BandLine, BandPoint, Mark};

use super::frame::{BELOW, Frame, RIGHT, TOP};
use super::scale::nice_end;
use super::{
    Chart, Element, NAME_LETTER, WIDTH, drawable, label, letters, line, name, polyline, text_width,
};
use crate::format::{count, number, percent};
use crate::markup::coordinate as c;

/// Lines that have a colour of their own.
const COLOURS: usize = 4;
/// Height of a line of the legend.
const ROW: f64 = 18.0;

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
    let shown: Vec<(&BandLine, Vec<BandPoint>)> = lines
        .iter()
        .take(COLOURS)
        .map(|one| (one, one.points.iter().copied().filter(known).collect()))
        .filter(|(_, points): &(_, Vec<BandPoint>)| !points.is_empty())
        .collect();
    let all = || shown.iter().flat_map(|(_, points)| points);
    if all().next().is_none() {
        return Chart::nothing(title);
    }
    let base: Vec<(f64, f64)> = base
        .iter()
        .copied()
        .filter(|&(at, value)| drawable(at).is_some() && drawable(value).is_some())
        .collect();
    let places = all()
        .map(|point| point.at)
        .chain(base.iter().map(|at| at.0));
    let values = all()
        .flat_map(|point| {
            let value = point.value;
            [
                value.value,
                value.lo.unwrap_or(value.value),
                value.hi.unwrap_or(value.value),
            ]
        })
        .chain(base.iter().map(|at| at.1));
    let (from, to) = ends(places);
    let (low, high) = ends(values);
    let (x_unit, y_unit) = (Unit::of(across), Unit::of(of));
    let low = if low >= 0.0 && low < 0.6 * high {
        0.0
    } else {
        low
    };
    let legend = if shown.len() > 1 || !base.is_empty() {
        ROW * (shown.len() + usize::from(!base.is_empty())) as f64
    } else {
        0.0
    };
    let bottom = TOP + 190.0;
    let mut chart = Chart::new(
        title,
        description(across, of, &shown, &base),
        bottom + BELOW + legend,
    );
    let y_end = match low {
        0.0 => nice_end(y_unit.scaled(high)),
        _ => y_unit.scaled(high),
    };
    let frame = Frame::new(
        (x_unit.scaled(from), x_unit.scaled(to)),
        (y_unit.scaled(low), y_end),
        bottom,
    );
    frame.upright_ticks(&mut chart, y_unit.sign());
    chart.add(name(
        (0.0, 14.0),
        "start",
        "axis",
        of,
        letters(RIGHT, NAME_LETTER),
    ));
    frame.level_axis(&mut chart, across, x_unit.sign(), 0.0);
    let place = |at: f64, value: f64| {
        (
            frame.x.place(x_unit.scaled(at)),
            frame.y.place(y_unit.scaled(value)),
        )
    };
    for (number, (_, points)) in shown.iter().enumerate() {
        chart.add(area(number, points, &place));
    }
    if base.len() > 1 {
        let path = base.iter().map(|&(at, value)| place(at, value));
        chart.add(polyline(path).class("chance"));
    }
    for (number, (_, points)) in shown.iter().enumerate() {
        let path = points
            .iter()
            .map(|point| place(point.at, point.value.value));
        chart.add(polyline(path).class(&format!("line s{number}")));
    }
    for mark in marks.iter().filter(|mark| drawable(mark.at).is_some()) {
        let (x, _) = place(mark.at, 0.0);
        chart.add(line("separator", (x, TOP), (x, bottom)));
        let fits = x + text_width(&mark.text) + 6.0 < RIGHT;
        let (at, anchor) = if fits {
            (x + 4.0, "start")
        } else {
            (x - 4.0, "end")
        };
        chart.add(label(at, TOP + 10.0, anchor, "muted over", &mark.text));
    }
    if legend > 0.0 {
        let names = shown.iter().map(|(one, _)| one.name.as_str());
        let classes = (0..shown.len()).map(|number| format!("line s{number}"));
        let chance = (!base.is_empty()).then(|| ("chance".to_string(), "by chance"));
        for (row, (class, text)) in classes.zip(names).chain(chance).enumerate() {
            let y = bottom + BELOW + 4.0 + ROW * row as f64;
            chart.add(line(&class, (4.0, y), (26.0, y)));
            let room = letters(WIDTH - 34.0, NAME_LETTER);
            chart.add(name((32.0, y + 4.0), "start", "", text, room));
        }
    }
    chart
}

/// How an axis writes its numbers.
#[derive(Clone, Copy, PartialEq)]
enum Unit {
    Share,
    Number,
}

impl Unit {
    fn of(words: &str) -> Self {
        match words.starts_with("share") || words.ends_with('%') {
            true => Unit::Share,
            false => Unit::Number,
        }
    }

    fn scaled(self, value: f64) -> f64 {
        match self {
            Unit::Share => 100.0 * value,
            Unit::Number => value,
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Unit::Share => "%",
            Unit::Number => "",
        }
    }

    fn words(self, value: f64) -> String {
        match self {
            Unit::Share => percent(value),
            Unit::Number if (10.0..1e9).contains(&value) => count(value.round() as u64),
            Unit::Number => number(value),
        }
    }
}

fn known(point: &BandPoint) -> bool {
    let value = point.value;
    let numbers = [Some(point.at), Some(value.value), value.lo, value.hi];
    numbers
        .iter()
        .flatten()
        .all(|&number| drawable(number).is_some())
}

fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    })
}

/// The band between the lower and the upper ends.
fn area(number: usize, points: &[BandPoint], place: &dyn Fn(f64, f64) -> (f64, f64)) -> Element {
    let upper = points.iter().map(|point| (point.at, point.value.hi));
    let lower = points.iter().rev().map(|point| (point.at, point.value.lo));
    let corners: Vec<String> = upper
        .chain(lower)
        .filter_map(|(at, value)| {
            let (x, y) = place(at, value?);
            Some(format!("{},{}", c(x), c(y)))
        })
        .collect();
    Element::new("polygon")
        .class(&format!("band fill s{number}"))
        .attr("points", corners.join(" "))
}

fn description(
    across: &str,
    of: &str,
    shown: &[(&BandLine, Vec<BandPoint>)],
    base: &[(f64, f64)],
) -> String {
    let (x, y) = (Unit::of(across), Unit::of(of));
    let mut text = format!(
        "{} by {across}, with 95 % intervals.",
        crate::format::sentence(of)
    );
    for (one, points) in shown {
        if let (Some(first), Some(last)) = (points.first(), points.last()) {
            text.push_str(&format!(
                " {}: {} at {}, {} at {} (n = {}).",
                crate::format::sentence(&one.name),
                y.words(first.value.value),
                x.words(first.at),
                y.words(last.value.value),
                x.words(last.at),
                count(last.value.n)
            ));
        }
    }
    if let Some(&(at, value)) = base.last() {
        text.push_str(&format!(
            " By chance {} at {}.",
            y.words(value),
            x.words(at)
        ));
    }
    text
}
