//! The frame around a plot: its place on the picture, grid, ticks and axis titles.

use super::scale::Scale;
use super::{Chart, WIDTH, label, line};
use crate::format::{fixed, separated};

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
        let digits = self.x.tick_digits(5);
        for tick in self.x.ticks(5) {
            let x = self.x.place(tick);
            let text = format!("{}{unit}", fixed(tick, digits));
            // a label at the end would be cut off by the edge of the picture
            let (x, anchor) = if x > RIGHT - 12.0 {
                (WIDTH, "end")
            } else {
                (x, "middle")
            };
            chart.add(label(x, self.bottom + gap + 15.0, anchor, "tick", text));
        }
        self.level_title(chart, title, gap);
    }

    /// Only the title of the level axis.
    pub(crate) fn level_title(&self, chart: &mut Chart, title: &str, gap: f64) {
        let (x, y) = ((LEFT + RIGHT) / 2.0, self.bottom + gap + 33.0);
        chart.add(label(x, y, "middle", "axis", title));
    }
}
