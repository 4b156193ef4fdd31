//! The frame around a plot: its place on the picture, grid, ticks and axis titles.

use super::scale::Scale;
use super::{Chart, LETTER, WIDTH, label, letters, line, name, text_width};
use crate::format::separated;

/// Room left of the plot, for the tick labels.
pub(crate) const LEFT: f64 = 42.0;
/// Right end of the plot.
pub(crate) const RIGHT: f64 = WIDTH - 10.0;
/// Upper end of the plot, below the title of the upright axis.
pub(crate) const TOP: f64 = 30.0;
/// Room below the plot, for tick labels and axis title.
pub(crate) const BELOW: f64 = 40.0;

/// A plot with two straight axes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) x: Scale,
    pub(crate) y: Scale,
    pub(crate) bottom: f64,
    right: f64,
}

impl Frame {
    /// A frame whose plot ends at `bottom`.
    pub(crate) fn new(x: (f64, f64), y: (f64, f64), bottom: f64) -> Self {
        Frame::between(x, y, RIGHT, bottom)
    }

    /// A frame whose plot ends at `right` and `bottom`.
    pub(crate) fn between(x: (f64, f64), y: (f64, f64), right: f64, bottom: f64) -> Self {
        Frame {
            x: Scale::new(x, (LEFT, right)),
            y: Scale::new(y, (bottom, TOP)),
            bottom,
            right,
        }
    }

    /// Grid, ticks with labels and title of the upright axis.
    pub(crate) fn upright_axis(&self, chart: &mut Chart, title: &str, unit: &str) {
        chart.add(label(0.0, 14.0, "start", "axis", title));
        self.upright_ticks(chart, unit);
    }

    /// Grid and ticks with labels of the upright axis.
    pub(crate) fn upright_ticks(&self, chart: &mut Chart, unit: &str) {
        let digits = self.y.tick_digits(5);
        for tick in self.y.ticks(5) {
            let y = self.y.place(tick);
            chart.add(line("grid", (LEFT, y), (self.right, y)));
            let text = format!("{}{unit}", separated(tick, digits));
            chart.add(label(LEFT - 6.0, y + 4.0, "end", "tick", text));
        }
    }

    /// The line at the bottom, ticks with labels and title of the level axis. Labels stand
    /// `gap` below the plot.
    pub(crate) fn level_axis(&self, chart: &mut Chart, title: &str, unit: &str, gap: f64) {
        chart.add(line("base", (LEFT, self.bottom), (RIGHT, self.bottom)));
        for (x, anchor, text) in level_labels(&self.x, 5, unit) {
            chart.add(label(x, self.bottom + gap + 15.0, anchor, "tick", text));
        }
        self.level_title(chart, title, gap);
    }

    /// Only the title of the level axis.
    pub(crate) fn level_title(&self, chart: &mut Chart, title: &str, gap: f64) {
        // a title wider than the plot stands in the middle of the picture
        let x = match text_width(title) > RIGHT - LEFT {
            true => WIDTH / 2.0,
            false => (LEFT + RIGHT) / 2.0,
        };
        let at = (x, self.bottom + gap + 33.0);
        chart.add(name(at, "middle", "axis", title, letters(WIDTH, LETTER)));
    }
}

/// Place, anchor and text of each tick of a level scale, about `wanted` or fewer, so that they
/// keep apart.
pub(crate) fn level_labels(
    scale: &Scale,
    wanted: usize,
    unit: &str,
) -> Vec<(f64, &'static str, String)> {
    let labels = |wanted: usize| -> Vec<(f64, &'static str, String)> {
        let digits = scale.tick_digits(wanted);
        let ticks = scale.ticks(wanted).into_iter();
        ticks
            .map(|tick| {
                let (x, text) = (
                    scale.place(tick),
                    format!("{}{unit}", separated(tick, digits)),
                );
                // a label at the end would be cut off by the edge of the picture
                match x > RIGHT - 12.0 || x + text_width(&text) / 2.0 > WIDTH {
                    true => (WIDTH, "end", text),
                    false => (x, "middle", text),
                }
            })
            .collect()
    };
    let ends = |(x, anchor, text): &(f64, &str, String)| match *anchor {
        "end" => (x - text_width(text), *x),
        _ => (x - text_width(text) / 2.0, x + text_width(text) / 2.0),
    };
    let keep_apart = |labels: &Vec<(f64, &str, String)>| {
        labels
            .windows(2)
            .all(|two| ends(&two[1]).0 - ends(&two[0]).1 > 6.0)
    };
    (1..=wanted)
        .rev()
        .map(labels)
        .find(keep_apart)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_a_level_axis_keep_apart() {
        let texts = |end: f64, room: f64| -> Vec<String> {
            let scale = Scale::new((0.0, end), (0.0, room));
            let labels = level_labels(&scale, 5, "%");
            labels.into_iter().map(|label| label.2).collect()
        };
        assert_eq!(texts(5.0, 300.0).len(), 6);
        assert_eq!(texts(10_000_000.0, 140.0), ["0%", "10,000,000%"]);
        assert_eq!(texts(10_000_000.0, 340.0).len(), 3);
        assert_eq!(texts(5.0, 1.0), Vec::<String>::new());
    }
}
