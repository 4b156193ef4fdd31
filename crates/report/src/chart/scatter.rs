//! Dots over two numbers, with the means of neighbours and their intervals.

use leadrank_evidence::{BandPoint, Dot, Measured};

use super::beeswarm::{COLOURS, colour, legend};
use super::frame::{BELOW, Frame, LEFT, RIGHT, TOP};
use super::{
    Chart, Element, NAME_LETTER, dot, drawable, label, letters, line, name, polyline, whisker,
};
use crate::format::{count, number};
use crate::markup::coordinate as c;

/// Room at the left for rows whose place is not known.
const APART: f64 = 34.0;
/// Room for the legend of the shades.
const LEGEND: f64 = 20.0;

/// The dots, shaded by a third number where `shade_of` names it; a line through the means of
/// neighbours with whiskers; and, apart at the left, the mean of rows whose place is not known.
/// Zero is dashed.
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
    let across_all = dots
        .iter()
        .map(|dot| dot.x)
        .chain(means.iter().map(|mean| mean.at));
    let (from, to) = ends(across_all);
    let up = dots
        .iter()
        .map(|dot| dot.y)
        .chain(means.iter().map(|mean| mean.value.value))
        .chain(unknown.map(|mean| mean.value))
        .chain([0.0]);
    let (low, high) = ends(up);
    let margin = 0.05 * (high - low).max(1e-9);
    let bottom = TOP + 180.0;
    let below = BELOW + if shade_of.is_some() { LEGEND } else { 0.0 };
    let mut chart = Chart::new(
        title,
        description((across, of), &dots, &means, unknown),
        bottom + below,
    );
    let mut frame = Frame::new((from, to), (low - margin, high + margin), bottom);
    if unknown.is_some() {
        frame.x = super::scale::Scale::new((from, to), (LEFT + APART, RIGHT));
    }
    frame.upright_ticks(&mut chart, "");
    let room = letters(RIGHT, NAME_LETTER);
    chart.add(name((0.0, 14.0), "start", "axis", of, room));
    frame.level_axis(&mut chart, across, "", 0.0);
    let zero = frame.y.place(0.0);
    chart.add(line("chance", (LEFT, zero), (RIGHT, zero)));
    for path in paths(&dots, &frame, shade_of.is_some()) {
        chart.add(path);
    }
    let place = |point: &BandPoint| (frame.x.place(point.at), frame.y.place(point.value.value));
    chart.add(polyline(means.iter().map(&place)));
    for mean in &means {
        let (x, y) = place(mean);
        mark(&mut chart, &frame, (x, y), &mean.value);
    }
    if let Some(mean) = unknown {
        let at = (LEFT + 0.4 * APART, frame.y.place(mean.value));
        mark(&mut chart, &frame, at, mean);
        let x = LEFT + 0.8 * APART;
        chart.add(line("separator", (x, TOP), (x, bottom)));
        chart.add(label(LEFT + 2.0, TOP - 2.0, "start", "muted", "not known"));
    }
    if let Some(of) = shade_of {
        legend(&mut chart, of, bottom + BELOW + 8.0);
    }
    chart
}

/// A mean with its whisker.
fn mark(chart: &mut Chart, frame: &Frame, (x, y): (f64, f64), mean: &Measured) {
    if let (Some(lo), Some(hi)) = (mean.lo.and_then(drawable), mean.hi.and_then(drawable)) {
        chart.add(whisker(x, frame.y.place(lo), frame.y.place(hi)));
    }
    chart.add(dot(x, y));
}

/// One path for each colour; dots in the same place are drawn once.
fn paths(dots: &[Dot], frame: &Frame, shaded: bool) -> Vec<Element> {
    let mut places: Vec<(usize, String)> = dots
        .iter()
        .map(|dot| {
            let colour = if shaded { colour(dot.shade) } else { COLOURS };
            let place = (frame.x.place(dot.x), frame.y.place(dot.y));
            (colour, format!("M{} {}h0", c(place.0), c(place.1)))
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

fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    })
}

fn description(
    (across, of): (&str, &str),
    dots: &[Dot],
    means: &[BandPoint],
    unknown: Option<&Measured>,
) -> String {
    let n: u64 = means.iter().map(|mean| mean.value.n).sum();
    let mut text = format!(
        "{} by {across}, {} of {} rows as dots.",
        crate::format::sentence(of),
        count(dots.len() as u64),
        count(n.max(dots.len() as u64))
    );
    if let (Some(first), Some(last)) = (means.first(), means.last()) {
        text.push_str(&format!(
            " On average {} at {} and {} at {}.",
            number(first.value.value),
            number(first.at),
            number(last.value.value),
            number(last.at)
        ));
    }
    if let Some(mean) = unknown {
        text.push_str(&format!(
            " Where it is not known: {} (n = {}).",
            number(mean.value),
            count(mean.n)
        ));
    }
    text
}
