//! Whether the probabilities come true.

use leadrank_stats::Estimate;
use leadrank_stats::curves::ReliabilityBin;

use super::frame::{BELOW, Frame, RIGHT};
use super::scale::{Scale, nice_end};
use super::{Chart, Element, dot, label, line, rectangle, whisker_on};
use crate::format::{count, percent, share};
use crate::run_page::Words;

const TITLE: &str = "Reliability";
const BOTTOM: f64 = 234.0;
/// Height of the strip that shows where the rows lie.
const STRIP: f64 = 26.0;

/// Observed rate against mean probability in bins of equal mass, with Wilson whiskers, the
/// diagonal where both agree, and a strip of how densely the rows lie. Both axes end where the
/// data does.
pub fn reliability(bins: &[ReliabilityBin], words: &Words) -> Chart {
    let finite = |bin: &&ReliabilityBin| {
        [
            bin.mean_probability,
            bin.observed.value,
            bin.observed.lo,
            bin.observed.hi,
        ]
        .iter()
        .all(|value| value.is_finite())
    };
    let shown: Vec<&ReliabilityBin> = bins.iter().filter(finite).collect();
    if shown.is_empty() {
        return Chart::nothing(TITLE);
    }
    let agreeing = shown.iter().filter(|bin| agrees(bin)).count();
    let n: u64 = shown.iter().map(|bin| bin.n).sum();
    let description = format!(
        "Share of {} that happened against the probability that was predicted, in {} groups of \
         equal size, n = {}. In {agreeing} of them the prediction lies within the 95 % interval \
         of what happened.",
        words.events,
        shown.len(),
        count(n),
    );
    let mut chart = Chart::new(TITLE, description, BOTTOM + STRIP + BELOW);
    let (from, to) = zoom(&shown);
    let frame = Frame::new((from, to), (from, to), BOTTOM);
    frame.upright_axis(
        &mut chart,
        &format!("share of {} observed", words.events),
        "%",
    );
    density(&mut chart, &frame, &shown);
    frame.level_axis(&mut chart, "probability predicted", "%", STRIP);
    chart.add(diagonal(&frame.x, &frame.y));
    let named = from + 0.86 * (to - from);
    let (x, y) = (frame.x.place(named), frame.y.place(named));
    chart.add(label(
        x - 8.0,
        y - 6.0,
        "end",
        "second over",
        "as predicted",
    ));
    for one in &shown {
        chart
            .body
            .extend(bin(&frame.x, &frame.y, one.mean_probability, &one.observed));
    }
    chart
}

/// The line where observed share and predicted probability are the same, on axes in percent, as
/// far as both reach.
pub(super) fn diagonal(x: &Scale, y: &Scale) -> Element {
    let from = x.ends().0.max(y.ends().0);
    let to = x.end().min(y.end());
    let at = |value: f64| (x.place(value), y.place(value));
    line("chance", at(from), at(to))
}

/// A group of rows of like probability: its whisker, and its dot, which tells the numbers to a
/// pointer. Axes are in percent.
pub(super) fn bin(x: &Scale, y: &Scale, predicted: f64, observed: &Estimate) -> [Element; 2] {
    let at = x.place(100.0 * predicted);
    let told = format!(
        "predicted {}, observed {}, n = {}",
        percent(predicted),
        share(observed),
        count(observed.n)
    );
    let dot = dot(at, y.place(100.0 * observed.value)).child(Element::new("title").text(told));
    [
        whisker_on(y, at, (100.0 * observed.lo, 100.0 * observed.hi)),
        dot,
    ]
}

/// Whether the mean probability lies within the interval of the observed rate.
pub(crate) fn agrees(bin: &ReliabilityBin) -> bool {
    bin.observed.interval().contains(bin.mean_probability)
}

/// Ends of both axes in percent. A whisker much longer than the data is high is cut at the
/// border instead of squeezing all points into a corner.
fn zoom(bins: &[&ReliabilityBin]) -> (f64, f64) {
    let most = |value: fn(&ReliabilityBin) -> f64| {
        bins.iter()
            .map(|bin| 100.0 * value(bin))
            .fold(0.0, f64::max)
    };
    let least = |value: fn(&ReliabilityBin) -> f64| {
        bins.iter()
            .map(|bin| 100.0 * value(bin))
            .fold(100.0, f64::min)
    };
    let points = most(|bin| bin.mean_probability).max(most(|bin| bin.observed.value));
    let high = nice_end(most(|bin| bin.observed.hi).min(1.5 * points).max(points)).min(100.0);
    let low = least(|bin| bin.mean_probability).min(least(|bin| bin.observed.lo));
    // starting above zero only where that wins a third of the room
    let from = if low > high / 3.0 {
        (low / 10.0).floor() * 10.0
    } else {
        0.0
    };
    (if from < high { from } else { 0.0 }, high)
}

/// Rectangles as high as the rows are dense: bins of equal mass are narrow where many rows lie.
fn density(chart: &mut Chart, frame: &Frame, bins: &[&ReliabilityBin]) {
    let places: Vec<f64> = bins
        .iter()
        .map(|bin| frame.x.place(100.0 * bin.mean_probability))
        .collect();
    let edge = |place: usize| match (
        place.checked_sub(1).map(|before| places[before]),
        places.get(place),
    ) {
        (Some(before), Some(after)) => (before + after) / 2.0,
        // the outer bins are taken as symmetric around their mean
        (None, Some(first)) => first - places.get(1).map_or(4.0, |next| (next - first) / 2.0),
        (Some(last), None) => {
            last + place
                .checked_sub(2)
                .map_or(4.0, |before| (last - places[before]) / 2.0)
        }
        (None, None) => 0.0,
    };
    let pieces: Vec<(f64, f64, f64)> = bins
        .iter()
        .enumerate()
        .map(|(place, bin)| {
            let (left, right) = (edge(place), edge(place + 1).min(RIGHT));
            (left, right, bin.n as f64 / (right - left).max(0.5))
        })
        .collect();
    let densest = pieces.iter().map(|piece| piece.2).fold(0.0, f64::max);
    if densest <= 0.0 {
        return;
    }
    let floor = frame.bottom + STRIP;
    for (left, right, dense) in pieces {
        let height = (STRIP - 4.0) * dense / densest;
        chart.add(rectangle(
            "soft",
            (left, floor),
            (right.max(left + 0.5), floor - height),
        ));
    }
    chart.add(label(
        RIGHT,
        floor - 6.0,
        "end",
        "muted over",
        "where the rows lie",
    ));
}
