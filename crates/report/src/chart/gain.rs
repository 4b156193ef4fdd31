//! What calling the best part first reaches, and what the last part holds.

use leadrank_stats::Estimate;
use leadrank_stats::curves::GainPoint;
use serde::{Deserialize, Serialize};

use super::frame::{BELOW, Frame, RIGHT, TOP};
use super::{Chart, dot, label, line, polyline, rectangle, whisker};
use crate::format::{percent, share};
use crate::run_page::Words;

const TITLE: &str = "Cumulative gain";
const BOTTOM: f64 = 260.0;

/// A place on the gain curve worth naming.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GainMark {
    /// Share of the rows, 0 to 1.
    pub fraction: f64,
    /// Share of the positives in that part, 0 to 1, with its interval.
    pub captured: Estimate,
}

/// The share of positives among the best `fraction` of the rows: the curve read along a straight
/// line between its points, which is the expectation under a random order of ties.
pub fn captured_at(points: &[GainPoint], fraction: f64) -> Option<f64> {
    let after = points.iter().position(|point| point.fraction >= fraction)?;
    let to = points[after];
    let from = if after == 0 {
        GainPoint {
            fraction: 0.0,
            captured: 0.0,
        }
    } else {
        points[after - 1]
    };
    let width = to.fraction - from.fraction;
    let share = if width > 0.0 {
        (fraction - from.fraction) / width
    } else {
        1.0
    };
    let captured = from.captured + share * (to.captured - from.captured);
    captured.is_finite().then_some(captured)
}

/// The gain curve with the diagonal of chance, the places of `marks`, and in another colour the
/// part at the end that is not worth calling: `skipped` holds its size and what is lost with it.
pub fn cumulative_gain(
    points: &[GainPoint],
    marks: &[GainMark],
    skipped: Option<&GainMark>,
    words: &Words,
) -> Chart {
    let shown: Vec<(f64, f64)> = points
        .iter()
        .map(|point| (100.0 * point.fraction, 100.0 * point.captured))
        .filter(|(fraction, captured)| fraction.is_finite() && captured.is_finite())
        .collect();
    if shown.len() < 2 {
        return Chart::nothing(TITLE);
    }
    let mut description: Vec<String> = marks
        .iter()
        .map(|mark| {
            format!(
                "the best {} reach {}",
                percent(mark.fraction),
                share(&mark.captured)
            )
        })
        .collect();
    if let Some(last) = skipped {
        description.push(format!(
            "the last {} hold {}",
            percent(last.fraction),
            share(&last.captured)
        ));
    }
    let description = format!(
        "Share of {} reached when the best {} are called first; by chance both shares are equal. \
         In this curve {}.",
        words.events,
        words.rows,
        description.join(", ")
    );
    let mut chart = Chart::new(TITLE, description, BOTTOM + BELOW);
    let frame = Frame::new((0.0, 100.0), (0.0, 100.0), BOTTOM);
    frame.upright_axis(
        &mut chart,
        &format!("share of {} reached", words.events),
        "%",
    );
    if let Some(last) = skipped {
        let left = frame.x.place(100.0 * (1.0 - last.fraction));
        chart.add(rectangle("skip", (left, TOP), (RIGHT, BOTTOM)));
        let text = format!("last {}: {}", percent(last.fraction), share(&last.captured));
        chart.add(label(
            RIGHT - 6.0,
            BOTTOM - 10.0,
            "end",
            "second over",
            text,
        ));
    }
    frame.level_axis(
        &mut chart,
        &format!("share of {} called, best first", words.rows),
        "%",
        0.0,
    );
    let at = |(x, y): (f64, f64)| (frame.x.place(x), frame.y.place(y));
    chart.add(line("chance", at((0.0, 0.0)), at((100.0, 100.0))));
    let (x, y) = at((62.0, 62.0));
    chart.add(label(x + 8.0, y + 14.0, "start", "second over", "chance"));
    chart.add(polyline("line", shown.into_iter().map(at)));
    for mark in marks {
        let Estimate { value, lo, hi, .. } = mark.captured;
        let (x, y) = at((100.0 * mark.fraction, 100.0 * value));
        chart.add(whisker(
            x,
            frame.y.place(100.0 * lo),
            frame.y.place(100.0 * hi),
        ));
        chart.add(dot(x, y));
        chart.add(label(
            x - 7.0,
            y - 6.0,
            "end",
            "accent strong over",
            percent(value),
        ));
    }
    chart
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_is_read_between_its_points() {
        let points = [(0.0, 0.0), (0.2, 0.5), (1.0, 1.0)]
            .map(|(fraction, captured)| GainPoint { fraction, captured });
        let cases = [(0.0, 0.0), (0.1, 0.25), (0.2, 0.5), (0.6, 0.75), (1.0, 1.0)];
        for (fraction, captured) in cases {
            let found = captured_at(&points, fraction).unwrap();
            assert!((found - captured).abs() < 1e-12, "{fraction}: {found}");
        }
        assert_eq!(captured_at(&points, 1.1), None);
        assert_eq!(captured_at(&[], 0.5), None);
    }
}
