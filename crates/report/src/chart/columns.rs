//! Upright bars along a line of days, months or ages.

use super::frame::{BELOW, Frame, LEFT, RIGHT};
use super::scale::nice_end;
use super::{Chart, label, label_step, line, rectangle, text_width};
use crate::format::count;

const BOTTOM: f64 = 190.0;

/// Counts in the order given, each with its name below as far as there is room.
pub fn columns(title: &str, level: &str, upright: &str, values: &[(String, u64)]) -> Chart {
    let most = values.iter().map(|value| value.1).max().unwrap_or(0);
    let (Some((first, _)), Some((last, _))) = (values.first(), values.last()) else {
        return Chart::nothing(title);
    };
    if most == 0 {
        return Chart::nothing(title);
    }
    let total: u64 = values
        .iter()
        .map(|value| value.1)
        .fold(0, u64::saturating_add);
    let description = format!(
        "{upright} by {level}, {} columns from {first} to {last}: {} in all, at most {}.",
        values.len(),
        count(total),
        count(most)
    );
    let mut chart = Chart::new(title, description, BOTTOM + BELOW);
    let frame = Frame::new(
        (0.0, values.len() as f64),
        (0.0, nice_end(most as f64)),
        BOTTOM,
    );
    chart.add(label(0.0, 14.0, "start", "axis", upright));
    for tick in frame.y.ticks(4) {
        let y = frame.y.place(tick);
        chart.add(line("grid", (LEFT, y), (RIGHT, y)));
        chart.add(label(LEFT - 6.0, y + 4.0, "end", "tick", short(tick)));
    }
    chart.add(line("base", (LEFT, BOTTOM), (RIGHT, BOTTOM)));
    let widest = values
        .iter()
        .map(|value| text_width(&value.0))
        .fold(0.0, f64::max);
    let step = label_step(widest + 10.0, (RIGHT - LEFT) / values.len() as f64);
    for (place, (name, value)) in values.iter().enumerate() {
        let (left, right) = (
            frame.x.place(place as f64 + 0.1),
            frame.x.place(place as f64 + 0.9),
        );
        chart.add(rectangle(
            "bar",
            (left, BOTTOM),
            (right, frame.y.place(*value as f64)),
        ));
        if place % step == 0 {
            let middle = (left + right) / 2.0;
            chart.add(label(middle, BOTTOM + 15.0, "middle", "tick", name));
        }
    }
    frame.level_title(&mut chart, level, 0.0);
    chart
}

/// A tick that fits beside the axis: `250`, `1.5k`, `20k`, `3M`.
fn short(value: f64) -> String {
    let (size, letter) = match value {
        value if value >= 1e6 => (value / 1e6, "M"),
        value if value >= 1e3 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    let digits = usize::from((size - size.round()).abs() > 1e-6);
    format!("{}{letter}", crate::format::fixed(size, digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_short() {
        let cases = [
            (0.0, "0"),
            (250.0, "250"),
            (1500.0, "1.5k"),
            (20_000.0, "20k"),
            (3e6, "3M"),
        ];
        for (value, text) in cases {
            assert_eq!(short(value), text);
        }
    }

    #[test]
    fn names_keep_apart() {
        let months: Vec<(String, u64)> = (0..24)
            .map(|month| (format!("2024-{month:02}"), 1))
            .collect();
        let named = |svg: String| svg.matches(">2024-").count();
        let inline = |months: &[(String, u64)]| columns("t", "month", "leads", months).inline();
        assert_eq!(named(inline(&months)), 5);
        assert_eq!(named(inline(&months[..3])), 3);
    }
}
