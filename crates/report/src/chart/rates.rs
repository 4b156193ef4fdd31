//! A rate for each group, with its interval, beside the rate of all.

use leadrank_evidence::RateRow;

use super::scale::{Scale, nice_end};
use super::{
    Chart, Element, LETTER, NAME_LETTER, WIDTH, drawable, drawable_estimate, label, letters, line,
    lines_of, name,
};
use crate::format::{count, fixed, percent, share};
use crate::markup::coordinate as c;

/// Height of a group: its name, and below it the dot and the numbers.
const ROW: f64 = 38.0;
/// Room above the first group, for the heads of the columns of numbers.
const HEAD: f64 = 20.0;
/// Room below the last group, for the axis.
const FOOT: f64 = 40.0;
/// Height of a line of the axis' words.
const AXIS_LINE: f64 = 14.0;
/// Ends of the plot.
const LEFT: f64 = 5.0;
const RIGHT: f64 = 188.0;
/// Where the numbers begin.
const NUMBERS: f64 = 202.0;

/// A group with value, lower and upper end of its rate, if that can be drawn.
type Row<'a> = (&'a RateRow, Option<(f64, f64, f64)>);

/// One row a group, in the order given: name, a dot with its whisker, rate with 95 % interval,
/// and n. The dot is filled where the interval does not hold the overall rate `base`, which is a
/// thin line through all rows; without a base none is. Rates are fractions of 1; `of` says of what.
pub fn rates(title: &str, of: &str, base: Option<f64>, rows: &[RateRow]) -> Chart {
    let base = base.and_then(drawable);
    let shown: Vec<Row<'_>> = rows
        .iter()
        .map(|row| (row, row.rate.as_ref().and_then(drawable_estimate)))
        .collect();
    if shown.iter().all(|row| row.1.is_none()) {
        return Chart::nothing(title);
    }
    let bottom = HEAD + ROW * shown.len() as f64;
    let axis = lines_of(&format!("share of {of}"), letters(WIDTH, NAME_LETTER));
    let more = AXIS_LINE * axis.len().saturating_sub(1) as f64;
    let mut chart = Chart::new(title, description(of, base, rows), bottom + FOOT + more);
    let scale = Scale::new((0.0, end(base, &shown)), (LEFT, RIGHT));

    chart.add(label(NUMBERS, 12.0, "start", "muted", "rate (95 %)"));
    chart.add(label(WIDTH, 12.0, "end", "muted", "n"));
    for tick in scale.ticks(4) {
        let x = scale.place(tick);
        for row in 0..shown.len() {
            chart.add(strip("grid", x, row));
        }
        let text = format!("{}%", fixed(tick, scale.tick_digits(4)));
        let anchor = if x < LEFT + 8.0 { "start" } else { "middle" };
        let x = if x < LEFT + 8.0 { 0.0 } else { x };
        chart.add(label(x, bottom + 15.0, anchor, "tick", text));
    }
    chart.add(line("base", (LEFT, bottom), (RIGHT, bottom)));
    for (place, text) in axis.iter().enumerate() {
        let at = (0.0, bottom + 33.0 + AXIS_LINE * place as f64);
        let room = letters(WIDTH, NAME_LETTER);
        chart.add(name(at, "start", "axis", text, room));
    }
    if let Some(base) = base {
        let x = scale.place(100.0 * base);
        for row in 0..shown.len() {
            chart.add(strip("chance", x, row));
        }
        let text = format!("all {}", percent(base));
        // the words stay on the picture wherever the line is
        let room = text.chars().count() as f64 * LETTER / 2.0;
        let middle = x.clamp(room, NUMBERS - 8.0 - room);
        chart.add(label(middle, 12.0, "middle", "second", text));
    }
    for (place, (row, rate)) in shown.iter().enumerate() {
        let top = HEAD + ROW * place as f64;
        let room = letters(WIDTH, NAME_LETTER);
        chart.add(name((0.0, top + 14.0), "start", "", &row.label, room));
        let below = top + 31.0;
        match (rate, &row.rate) {
            (Some(rate), Some(estimate)) => {
                chart.add(interval(&scale, *rate, below - 4.0));
                chart.body.extend(point(&scale, *rate, below - 4.0, base));
                chart.add(label(NUMBERS, below, "start", "", share(estimate)));
                chart.add(label(WIDTH, below, "end", "muted", count(estimate.n)));
            }
            _ => chart.add(label(NUMBERS, below, "start", "muted", "no rows")),
        }
    }
    chart
}

/// An upright line beside the dot of a row, leaving its name alone.
fn strip(class: &str, x: f64, row: usize) -> Element {
    let top = HEAD + ROW * row as f64;
    line(class, (x, top + 19.0), (x, top + ROW))
}

/// End of the axis in percent: where the intervals of groups end that are known well enough, no
/// wider than 1.2 times their rate. A group of eleven must not squeeze all others into a corner;
/// what lies beyond the border is an arrow there, and the number beside it tells it.
fn end(base: Option<f64>, rows: &[Row<'_>]) -> f64 {
    let rates = || rows.iter().filter_map(|row| row.1);
    let known = rates().filter(|(value, lo, hi)| hi - lo <= 1.2 * value);
    let end = known.map(|rate| rate.2).fold(0.0, f64::max);
    let points = rates().map(|rate| rate.0).fold(0.0, f64::max);
    let end = if end > 0.0 { end } else { 1.5 * points };
    nice_end(100.0 * end.max(1.2 * base.unwrap_or(0.0)))
}

/// The whisker, with a foot at each end, or an arrow where it goes on beyond the border.
fn interval(scale: &Scale, (_, lo, hi): (f64, f64, f64), y: f64) -> Element {
    let (from, to) = (scale.place(100.0 * lo), scale.place(100.0 * hi));
    let beyond = 100.0 * hi > scale.end();
    let foot = if 100.0 * lo <= scale.end() {
        format!("M{} {}v6", c(from), c(y - 3.0))
    } else {
        String::new()
    };
    let tip = if beyond {
        format!("M{} {}l5 4l-5 4", c(to), c(y - 4.0))
    } else {
        format!("M{} {}v6", c(to), c(y - 3.0))
    };
    let to = if beyond { to + 5.0 } else { to };
    let path = format!("{foot}M{} {}H{}{tip}", c(from), c(y), c(to));
    Element::new("path").class("whisker").attr("d", path)
}

/// The dot, unless it lies beyond the border.
fn point(
    scale: &Scale,
    (value, lo, hi): (f64, f64, f64),
    y: f64,
    base: Option<f64>,
) -> Option<Element> {
    let apart = base.is_some_and(|base| base < lo || hi < base);
    let dot = Element::new("circle")
        .class(if apart { "dot" } else { "open" })
        .at("cx", scale.place(100.0 * value))
        .at("cy", y)
        .at("r", if apart { 4.6 } else { 3.8 });
    (100.0 * value <= scale.end()).then_some(dot)
}

fn description(of: &str, base: Option<f64>, rows: &[RateRow]) -> String {
    let known: Vec<(&RateRow, (f64, f64, f64))> = rows
        .iter()
        .filter_map(|row| Some((row, row.rate.as_ref().and_then(drawable_estimate)?)))
        .collect();
    let groups = if known.len() == 1 { "group" } else { "groups" };
    let mut text = format!("Share of {of} in {} {groups}", known.len());
    let value = |row: &(&RateRow, (f64, f64, f64))| row.1.0;
    let highest = known.iter().max_by(|a, b| value(a).total_cmp(&value(b)));
    let lowest = known.iter().min_by(|a, b| value(a).total_cmp(&value(b)));
    if let (Some(highest), Some(lowest), 2..) = (highest, lowest, known.len()) {
        text.push_str(&format!(
            ", from {} ({}) to {} ({})",
            percent(value(lowest)),
            lowest.0.label,
            percent(value(highest)),
            highest.0.label
        ));
    }
    text.push_str(", each with its 95 % interval.");
    if let Some(base) = base {
        let apart = known
            .iter()
            .filter(|(_, (_, lo, hi))| base < *lo || *hi < base);
        text.push_str(&format!(
            " Over all it is {}, the dashed line; a filled dot marks a group whose interval \
             does not reach it: {} of {}.",
            percent(base),
            apart.count(),
            known.len()
        ));
    }
    text
}
