//! Dots over two numbers, with the means of neighbours and their intervals.

use leadrank_evidence::{BandPoint, Dot, Measured};

use super::beeswarm::{COLOURS, colour, legend};
use super::frame::{BELOW, Frame, LEFT, RIGHT, TOP};
use super::scale::{Scale, extent, interval_extent};
use super::unit::AxisUnit;
use super::{
    Chart, Element, NAME_LETTER, dot, drawable, label, letters, line, name, polyline, whisker_on,
};
use crate::format::{count, number, sentence};
use crate::markup::coordinate as c;

/// Room at the left for rows whose place is not known.
const APART: f64 = 34.0;
/// Room for the legend of the shades.
const LEGEND: f64 = 20.0;

/// The dots, shaded by a third number where `shade_of` names it; a line through the means of
/// neighbours with whiskers; and, apart at the left, the mean of rows whose place is not known.
/// Zero is dashed. Values are written in percent where `of` says that they are shares, see
/// [`super::band()`].
pub fn scatter(
    title: &str,
    (across, of): (&str, &str),
    shade_of: Option<&str>,
    dots: &[Dot],
    means: &[BandPoint],
    unknown: Option<&Measured>,
) -> Chart {
    let finite = |values: &[f64]| values.iter().all(|&value| drawable(value).is_some());
    let dots: Vec<Dot> = dots
        .iter()
        .copied()
        .filter(|dot| finite(&[dot.x, dot.y]))
        .collect();
    let means: Vec<BandPoint> = means
        .iter()
        .copied()
        .filter(|point| finite(&[point.at, point.value.value]))
        .collect();
    let unknown = unknown.filter(|mean| finite(&[mean.value]));
    if dots.is_empty() && means.is_empty() {
        return Chart::nothing(title);
    }
    let unit = AxisUnit::of(of);
    let (x_ends, y_ends) = ends(&dots, &means, unknown, unit);
    let bottom = TOP + 180.0;
    let below = BELOW + if shade_of.is_some() { LEGEND } else { 0.0 };
    let mut chart = Chart::new(
        title,
        description((across, of), &dots, &means, unknown),
        bottom + below,
    );
    let mut frame = Frame::new(x_ends, y_ends, bottom);
    if unknown.is_some() {
        frame.x = Scale::new(x_ends, (LEFT + APART, RIGHT));
    }
    frame.upright_ticks(&mut chart, unit.sign());
    let room = letters(RIGHT, NAME_LETTER);
    chart.add(name((0.0, 14.0), "start", "axis", of, room));
    frame.level_axis(&mut chart, across, "", 0.0);
    let zero = frame.y.place(0.0);
    chart.add(line("chance", (LEFT, zero), (RIGHT, zero)));
    let up = |value: f64| frame.y.place(unit.scaled(value));
    let place = |x: f64, y: f64| (frame.x.place(x), up(y));
    chart.body.extend(paths(&dots, &place, shade_of.is_some()));
    if means.len() > 1 {
        let path = means.iter().map(|mean| place(mean.at, mean.value.value));
        chart.add(polyline("line", path));
    }
    for mean in &means {
        let x = frame.x.place(mean.at);
        chart.body.extend(mark(&frame.y, unit, x, &mean.value));
    }
    if let Some(mean) = unknown {
        let x = LEFT + 0.4 * APART;
        chart.body.extend(mark(&frame.y, unit, x, mean));
        let x = LEFT + 0.8 * APART;
        chart.add(line("separator", (x, TOP), (x, bottom)));
        let text = format!("not known, n = {}", count(mean.n));
        chart.add(label(LEFT + 3.0, TOP + 10.0, "start", "muted over", text));
    }
    if let Some(of) = shade_of {
        legend(&mut chart, of, bottom + BELOW + 8.0);
    }
    chart
}

/// Ends of both axes, as they count.
fn ends(
    dots: &[Dot],
    means: &[BandPoint],
    unknown: Option<&Measured>,
    unit: AxisUnit,
) -> ((f64, f64), (f64, f64)) {
    let x = dots.iter().map(|dot| dot.x);
    let (from, to) = extent(x.chain(means.iter().map(|mean| mean.at)));
    let (from, to) = match from < to {
        // zero is a better beginning than a number a little above
        true if from > 0.0 && from < 0.1 * to => (0.0, to),
        true => (from, to),
        // a place alone stands in the middle
        false => (from - 0.5, to + 0.5),
    };
    let intervals = means
        .iter()
        .map(|mean| &mean.value)
        .chain(unknown)
        .map(|mean| {
            let end = |end: Option<f64>| end.and_then(drawable).unwrap_or(mean.value);
            (mean.value, end(mean.lo), end(mean.hi))
        });
    let level = dots.iter().map(|dot| dot.y).chain([0.0]);
    let all = intervals.chain(level.map(|value| (value, value, value)));
    let (low, high) = interval_extent(&all.collect::<Vec<_>>());
    // the uppermost row of the plot is for the name of what is not known
    let margin = 0.05 * (high - low).max(1e-9);
    let above = if unknown.is_some() { 3.0 } else { 1.0 };
    let y = (low - margin, high + above * margin);
    ((from, to), (unit.scaled(y.0), unit.scaled(y.1)))
}

/// A mean with its whisker.
fn mark(scale: &Scale, unit: AxisUnit, x: f64, mean: &Measured) -> Vec<Element> {
    let mut drawn = Vec::new();
    if let (Some(lo), Some(hi)) = (mean.lo.and_then(drawable), mean.hi.and_then(drawable)) {
        drawn.push(whisker_on(scale, x, (unit.scaled(lo), unit.scaled(hi))));
    }
    drawn.push(dot(x, scale.place(unit.scaled(mean.value))));
    drawn
}

/// One path for each colour; dots in the same place are drawn once.
fn paths(dots: &[Dot], place: &dyn Fn(f64, f64) -> (f64, f64), shaded: bool) -> Vec<Element> {
    let mut places: Vec<(usize, String)> = dots
        .iter()
        .map(|dot| {
            let colour = if shaded { colour(dot.shade) } else { COLOURS };
            let (x, y) = place(dot.x, dot.y);
            (colour, format!("M{} {}h0", c(x), c(y)))
        })
        .collect();
    places.sort();
    places.dedup();
    // not known first, so that known ones lie above them
    let drawn = std::iter::once(COLOURS).chain(0..COLOURS);
    drawn
        .filter_map(|wanted| {
            let own: Vec<&str> = places
                .iter()
                .filter(|(colour, _)| *colour == wanted)
                .map(|(_, path)| path.as_str())
                .collect();
            let class = match wanted {
                COLOURS => "none".to_string(),
                step => format!("v{step}"),
            };
            let path = Element::new("path").class(&class);
            (!own.is_empty()).then(|| path.attr("d", own.concat()))
        })
        .collect()
}

fn description(
    (across, of): (&str, &str),
    dots: &[Dot],
    means: &[BandPoint],
    unknown: Option<&Measured>,
) -> String {
    let words = |value: f64| AxisUnit::of(of).words(value);
    let behind = means.iter().map(|mean| mean.value.n);
    let n = behind.fold(0, u64::saturating_add);
    let shown = dots.len() as u64;
    let rows = match n > shown {
        true => format!("{} of {} rows as dots", count(shown), count(n)),
        false => format!("{} rows as dots", count(shown)),
    };
    let mut text = format!("{} by {across}, {rows}.", sentence(of));
    let intervals = match means.iter().any(|mean| mean.value.lo.is_some()) {
        true => ", with 95 % intervals",
        false => "",
    };
    if let (Some(first), Some(last)) = (means.first(), means.last()) {
        text.push_str(&format!(
            " On average {} at {} and {} at {}{intervals}.",
            words(first.value.value),
            number(first.at),
            words(last.value.value),
            number(last.at)
        ));
    }
    if let Some(mean) = unknown {
        text.push_str(&format!(
            " Where it is not known: {} (n = {}).",
            words(mean.value),
            count(mean.n)
        ));
    }
    text
}
