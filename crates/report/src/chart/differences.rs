//! Differences with their intervals beside the line of no difference.

use leadrank_evidence::{DifferenceRow, Measured, Unit};

use super::scale::{Scale, nice_end};
use super::{Chart, Element, NAME_LETTER, WIDTH, drawable, label, letters, line, name};
use crate::format::{Written as _, signed};
use crate::markup::coordinate as c;

/// Height of a row: its name, and below it the dot and the numbers.
const ROW: f64 = 38.0;
/// Room above the first row, for the heads.
const HEAD: f64 = 20.0;
/// Room below the last row, for the axis.
const FOOT: f64 = 40.0;
/// Ends of the plot.
const LEFT: f64 = 6.0;
const RIGHT: f64 = 178.0;
/// A row so many times farther off than the middle one must not squeeze all others: it lies
/// beyond the border, and an arrow says so.
const FAR: f64 = 6.0;

/// One row a difference, in the order given: name, a dot with its 95 % whisker, and the numbers.
/// The dot is filled where the interval does not hold zero. `of` says what the difference is in.
pub fn differences(title: &str, of: &str, rows: &[DifferenceRow]) -> Chart {
    let shown: Vec<(&DifferenceRow, Option<Drawn>)> =
        rows.iter().map(|row| (row, Drawn::of(row))).collect();
    let all: Vec<Drawn> = shown.iter().filter_map(|row| row.1).collect();
    if all.is_empty() {
        return Chart::nothing(title);
    }
    let bottom = HEAD + ROW * shown.len() as f64;
    let mut chart = Chart::new(title, description(of, &shown), bottom + FOOT);
    let scale = Scale::new(ends(&all), (LEFT, RIGHT));
    chart.add(label(WIDTH, 12.0, "end", "muted", "difference (95 %)"));
    axis(&mut chart, &scale, shown.len());
    let room = letters(WIDTH, NAME_LETTER);
    let title = (0.0, bottom + 33.0);
    chart.add(name(title, "start", "axis", of, room));
    for (place, (row, drawn)) in shown.iter().enumerate() {
        let top = HEAD + ROW * place as f64;
        chart.add(name((0.0, top + 14.0), "start", "", &row.label, room));
        let below = top + 31.0;
        match (drawn, &row.difference) {
            (Some(drawn), Some(measured)) => {
                chart.add(drawn.interval(&scale, below - 4.0));
                chart.body.extend(drawn.dot(&scale, below - 4.0));
                let numbers = Unit::Difference.measured(measured);
                chart.add(label(WIDTH, below, "end", "", numbers));
            }
            _ => chart.add(label(WIDTH, below, "end", "muted", "nothing to compare")),
        }
    }
    chart
}

/// A difference that can be drawn.
#[derive(Clone, Copy)]
struct Drawn {
    value: f64,
    lo: f64,
    hi: f64,
}

impl Drawn {
    fn of(row: &DifferenceRow) -> Option<Self> {
        let Measured { value, lo, hi, .. } = row.difference?;
        Some(Drawn {
            value: drawable(value)?,
            lo: drawable(lo.unwrap_or(value))?,
            hi: drawable(hi.unwrap_or(value))?,
        })
    }

    fn is_apart(&self) -> bool {
        self.lo > 0.0 || self.hi < 0.0
    }

    fn far_end(&self) -> f64 {
        self.lo.abs().max(self.hi.abs())
    }

    /// The whisker, with a foot at each end, or an arrow where it goes on beyond the border.
    fn interval(&self, scale: &Scale, y: f64) -> Element {
        let (from, to) = scale.ends();
        let foot = |x: f64| format!("M{} {}v6", c(x), c(y - 3.0));
        let left = if self.lo < from {
            format!("M{} {}l-5 4l5 4", c(LEFT), c(y - 4.0))
        } else {
            foot(scale.place(self.lo))
        };
        let right = if self.hi > to {
            format!("M{} {}l5 4l-5 4", c(RIGHT), c(y - 4.0))
        } else {
            foot(scale.place(self.hi))
        };
        // what lies beyond a border as a whole has only its arrow, and a stem to see it by
        let (start, end) = if self.hi < from {
            (LEFT - 5.0, LEFT + 12.0)
        } else if self.lo > to {
            (RIGHT - 12.0, RIGHT + 5.0)
        } else {
            (scale.place(self.lo), scale.place(self.hi))
        };
        let mut path = format!("M{} {}H{}", c(start), c(y), c(end));
        if self.lo <= to {
            path = format!("{left}{path}");
        }
        if self.hi >= from {
            path.push_str(&right);
        }
        Element::new("path").class("whisker").attr("d", path)
    }

    /// The dot, unless it lies beyond a border.
    fn dot(&self, scale: &Scale, y: f64) -> Option<Element> {
        let (from, to) = scale.ends();
        let apart = self.is_apart();
        let dot = Element::new("circle")
            .class(if apart { "dot" } else { "open" })
            .at("cx", scale.place(self.value))
            .at("cy", y)
            .at("r", if apart { 4.6 } else { 3.8 });
        (from <= self.value && self.value <= to).then_some(dot)
    }
}

/// Ends of the axis: zero and all intervals but those far off.
fn ends(all: &[Drawn]) -> (f64, f64) {
    let mut far: Vec<f64> = all.iter().map(Drawn::far_end).collect();
    far.sort_by(f64::total_cmp);
    let middle = far[(far.len() - 1) / 2];
    let near = all.iter().filter(|one| one.far_end() <= FAR * middle);
    let (lo, hi) = near.fold((0.0, 0.0), |(lo, hi): (f64, f64), one| {
        (lo.min(one.lo), hi.max(one.hi))
    });
    let end = |size: f64| if size > 0.0 { nice_end(size) } else { 0.0 };
    match (-end(-lo), end(hi)) {
        (0.0, 0.0) => (-1.0, 1.0),
        (lo, hi) => (lo, hi),
    }
}

fn axis(chart: &mut Chart, scale: &Scale, rows: usize) {
    let bottom = HEAD + ROW * rows as f64;
    let strip = |chart: &mut Chart, class: &str, x: f64| {
        for row in 0..rows {
            let top = HEAD + ROW * row as f64;
            chart.add(line(class, (x, top + 19.0), (x, top + ROW)));
        }
    };
    let digits = scale.tick_digits(3);
    for tick in scale.ticks(3) {
        let x = scale.place(tick);
        strip(chart, "grid", x);
        let text = if tick.abs() < 1e-12 {
            "0".into()
        } else {
            signed(tick, digits)
        };
        let (x, anchor) = match x {
            x if x < LEFT + 16.0 => (0.0, "start"),
            x => (x, "middle"),
        };
        chart.add(label(x, bottom + 15.0, anchor, "tick", text));
    }
    strip(chart, "chance", scale.place(0.0));
    chart.add(line("base", (LEFT, bottom), (RIGHT, bottom)));
}

fn description(of: &str, rows: &[(&DifferenceRow, Option<Drawn>)]) -> String {
    let known = || {
        rows.iter()
            .filter_map(|(row, drawn)| Some((row, (*drawn)?)))
    };
    let apart = known().filter(|row| row.1.is_apart()).count();
    let far = |row: &(&&DifferenceRow, Drawn)| row.1.value;
    let mut text = format!("{of}, with 95 % intervals");
    let least = known().min_by(|a, b| far(a).total_cmp(&far(b)));
    let most = known().max_by(|a, b| far(a).total_cmp(&far(b)));
    if let (Some(least), Some(most), 2..) = (least, most, known().count()) {
        text.push_str(&format!(
            ", from {} ({}) to {} ({})",
            Unit::Difference.format(far(&least)),
            least.0.label,
            Unit::Difference.format(far(&most)),
            most.0.label
        ));
    }
    text.push_str(&format!(
        ". A filled dot marks an interval that does not hold zero, the dashed line: {apart} of {}.",
        known().count()
    ));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(lo: f64, hi: f64) -> Drawn {
        Drawn {
            value: (lo + hi) / 2.0,
            lo,
            hi,
        }
    }

    #[test]
    fn one_far_off_does_not_squeeze_the_others() {
        let (from, to) = ends(&[drawn(-0.5, -0.4), drawn(-0.004, 0.002), drawn(-0.01, 0.003)]);
        assert!(from > -0.02 && to > 0.0, "{from} {to}");
        assert_eq!(ends(&[drawn(0.0, 0.0)]), (-1.0, 1.0));
    }
}
