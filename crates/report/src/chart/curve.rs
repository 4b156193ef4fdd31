//! One line over numbers, with a place on it that is named.

use leadrank_evidence::Mark;

use super::frame::{BELOW, Frame, RIGHT, TOP};
use super::scale::nice_end;
use super::{Chart, NAME_LETTER, dot, drawable, label, letters, line, name, polyline, text_width};
use crate::format::{count, number};

/// Points that are drawn at most; of more, every so-many-eth.
const POINTS: usize = 240;

/// The points as a line, in the order given; `mark` is a dot with an upright line and a name.
/// `across` and `of` say what places and values are.
pub fn curve(
    title: &str,
    across: &str,
    of: &str,
    points: &[(f64, f64)],
    mark: Option<&Mark>,
) -> Chart {
    let known: Vec<(f64, f64)> = points
        .iter()
        .filter_map(|&(place, value)| Some((drawable(place)?, drawable(value)?)))
        .collect();
    let (Some(&first), Some(&last)) = (known.first(), known.last()) else {
        return Chart::nothing(title);
    };
    let values = known.iter().map(|point| point.1);
    let lo = values.clone().fold(f64::INFINITY, f64::min);
    let hi = values.fold(f64::NEG_INFINITY, f64::max);
    let step = nice_end((hi - lo) / 4.0).min(1e9);
    let ends = if hi > lo {
        ((lo / step).floor() * step, (hi / step).ceil() * step)
    } else {
        (lo - 0.5, lo + 0.5)
    };
    let bottom = TOP + 170.0;
    let marked = mark.and_then(|mark| {
        let at = drawable(mark.at)?;
        let nearest = known.iter().min_by(|a, b| {
            let far = |point: &(f64, f64)| (point.0 - at).abs();
            far(a).total_cmp(&far(b))
        });
        Some((mark, *nearest?))
    });
    let description = description(across, of, (first, last), marked);
    let mut chart = Chart::new(title, description, bottom + BELOW);
    let frame = Frame::new((first.0, last.0), ends, bottom);
    frame.upright_ticks(&mut chart, "");
    let room = letters(RIGHT, NAME_LETTER);
    chart.add(name((0.0, 14.0), "start", "axis", of, room));
    frame.level_axis(&mut chart, across, "", 0.0);
    let every = known.len().div_ceil(POINTS);
    let thinned = known.iter().step_by(every).chain(std::iter::once(&last));
    chart.add(polyline(
        "line",
        thinned.map(|point| (frame.x.place(point.0), frame.y.place(point.1))),
    ));
    if let Some((mark, point)) = marked {
        let (x, y) = (frame.x.place(point.0), frame.y.place(point.1));
        chart.add(line("chance", (x, TOP), (x, bottom)));
        chart.add(dot(x, y));
        // the name stands where there is room for it, away from the line's end
        let needed = text_width(&mark.text) + 8.0;
        let (at, anchor) = if x + needed > RIGHT {
            (x - 6.0, "end")
        } else {
            (x + 6.0, "start")
        };
        chart.add(label(at, bottom - 8.0, anchor, "second over", &mark.text));
    }
    chart
}

fn description(
    across: &str,
    of: &str,
    (first, last): ((f64, f64), (f64, f64)),
    marked: Option<(&Mark, (f64, f64))>,
) -> String {
    let at = |place: f64| match place {
        place if place >= 0.0 && place == place.round() => count(place as u64),
        place => number(place),
    };
    let mut text = format!(
        "{of}: {} at {}, {} at {} ({across}).",
        number(first.1),
        at(first.0),
        number(last.1),
        at(last.0)
    );
    if let Some((mark, point)) = marked {
        text.push_str(&format!(
            " Marked: {}, with {}.",
            mark.text,
            number(point.1)
        ));
    }
    text
}
