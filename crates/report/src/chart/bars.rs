//! Level bars with their names above them, so that long names stay whole on a phone.

use super::{Chart, NAME_LETTER, WIDTH, label, letters, name, rectangle};

/// Height of a row: a name, a bar, a gap.
const ROW: f64 = 36.0;

/// One bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Its name.
    pub label: String,
    /// Its length, in any unit; below zero counts as zero.
    pub value: f64,
    /// The number that is written at its end.
    pub text: String,
}

/// Bars in the order given, the longest as wide as the picture.
pub fn bars(title: &str, bars: &[Bar]) -> Chart {
    let longest = bars
        .iter()
        .map(|bar| bar.value)
        .filter(|value| value.is_finite())
        .fold(0.0, f64::max);
    if bars.is_empty() || longest <= 0.0 {
        return Chart::nothing(title);
    }
    let words: Vec<String> = bars
        .iter()
        .map(|bar| format!("{}: {}", bar.label, bar.text))
        .collect();
    let mut chart = Chart::new(title, words.join("; "), ROW * bars.len() as f64);
    for (row, bar) in bars.iter().enumerate() {
        let top = ROW * row as f64;
        let share = if bar.value.is_finite() {
            (bar.value / longest).max(0.0)
        } else {
            0.0
        };
        let room = WIDTH - NAME_LETTER * (bar.text.chars().count() + 1) as f64;
        let letters = letters(room, NAME_LETTER).max(12);
        chart.add(name((0.0, top + 13.0), "start", "", &bar.label, letters));
        chart.add(label(WIDTH, top + 13.0, "end", "muted over", &bar.text));
        chart.add(rectangle("track", (0.0, top + 19.0), (WIDTH, top + 27.0)));
        // a value that is not zero must be seen
        let width = if share > 0.0 {
            (share * WIDTH).max(1.5)
        } else {
            0.0
        };
        chart.add(rectangle("bar", (0.0, top + 19.0), (width, top + 27.0)));
    }
    chart
}
