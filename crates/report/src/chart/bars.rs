//! Level bars with their names above them, so that long names stay whole on a phone.

use leadrank_evidence::{BarScale, Mark};

use super::scale::Scale;
use super::{
    Chart, NAME_LETTER, WIDTH, drawable, label, letters, line, name, rectangle, text_width,
};
use crate::format::number;

/// Height of a row: a name, a bar, a gap.
const ROW: f64 = 36.0;
/// Room above the bars for the names of marks.
const HEAD: f64 = 18.0;
/// Room below the bars for the ends of their scale.
const FOOT: f64 = 18.0;

/// One bar.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// Its name.
    pub label: String,
    /// Its value, in any unit; below the beginning of the scale counts as there.
    pub value: f64,
    /// The number that is written at its end.
    pub text: String,
}

/// Bars in the order given, the longest as wide as the picture.
pub fn bars(title: &str, bars: &[Bar]) -> Chart {
    bars_on(title, bars, None)
}

/// Bars in the order given, on a scale with its marks; without one, from zero and the longest as
/// wide as the picture.
pub fn bars_on(title: &str, bars: &[Bar], scale: Option<&BarScale>) -> Chart {
    let Some(axis) = axis(bars, scale) else {
        return Chart::nothing(title);
    };
    let marks: Vec<&Mark> = scale
        .iter()
        .flat_map(|scale| &scale.marks)
        .filter(|mark| mark.at.is_finite())
        .collect();
    let mut words: Vec<String> = bars
        .iter()
        .map(|bar| format!("{}: {}", bar.label, bar.text))
        .collect();
    words.extend(
        marks
            .iter()
            .map(|mark| format!("line at {}: {}", number(mark.at), mark.text)),
    );
    let head = if marks.is_empty() { 0.0 } else { HEAD };
    let bottom = head + ROW * bars.len() as f64;
    let foot = if scale.is_some() { FOOT } else { 0.0 };
    let mut chart = Chart::new(title, words.join("; "), bottom + foot);
    for (row, bar) in bars.iter().enumerate() {
        let top = head + ROW * row as f64;
        let room = WIDTH - NAME_LETTER * (bar.text.chars().count() + 1) as f64;
        let letters = letters(room, NAME_LETTER).max(12);
        chart.add(name((0.0, top + 13.0), "start", "", &bar.label, letters));
        chart.add(label(WIDTH, top + 13.0, "end", "muted over", &bar.text));
        chart.add(rectangle("track", (0.0, top + 19.0), (WIDTH, top + 27.0)));
        let place = match bar.value.is_finite() {
            true => axis.place(bar.value),
            false => 0.0,
        };
        // a value above the beginning must be seen
        let width = if place > 0.0 { place.max(1.5) } else { 0.0 };
        chart.add(rectangle("bar", (0.0, top + 19.0), (width, top + 27.0)));
        for mark in &marks {
            let x = axis.place(mark.at);
            chart.add(line("chance", (x, top + 16.0), (x, top + 30.0)));
        }
    }
    for mark in marks {
        let room = text_width(&mark.text) / 2.0;
        let x = axis.place(mark.at).clamp(room, (WIDTH - room).max(room));
        let letters = letters(WIDTH, NAME_LETTER);
        chart.add(name((x, 12.0), "middle", "second", &mark.text, letters));
    }
    if scale.is_some() {
        let (from, to) = axis.ends();
        chart.add(label(0.0, bottom + 13.0, "start", "tick", number(from)));
        chart.add(label(WIDTH, bottom + 13.0, "end", "tick", number(to)));
    }
    chart
}

/// Where bars begin and end; none where there is nothing to draw.
fn axis(bars: &[Bar], scale: Option<&BarScale>) -> Option<Scale> {
    let finite = bars
        .iter()
        .map(|bar| bar.value)
        .filter(|one| one.is_finite());
    let longest = finite.fold(f64::NEG_INFINITY, f64::max);
    let ends = match scale {
        Some(scale) => (drawable(scale.from)?, drawable(scale.to)?.max(longest)),
        None => (0.0, longest),
    };
    (longest.is_finite() && ends.1 > ends.0).then(|| Scale::new(ends, (0.0, WIDTH)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_says_how_much_a_bar_is_worth() {
        let auc = Bar {
            label: "MilesToWork".into(),
            value: 0.575,
            text: "0.575".into(),
        };
        let scale = BarScale {
            from: 0.5,
            to: 0.75,
            marks: vec![Mark {
                at: 0.7,
                text: "suspicious from 0.70".into(),
            }],
        };
        let svg = bars_on("AUC", std::slice::from_ref(&auc), Some(&scale)).inline();
        // (0.575 - 0.5) / (0.75 - 0.5) and (0.7 - 0.5) / (0.75 - 0.5) of the width
        assert!(
            svg.contains("class=\"bar\" x=\"0\" y=\"37\" width=\"108\""),
            "{svg}"
        );
        assert!(
            svg.contains("x1=\"288\"") && svg.contains("suspicious from 0.70"),
            "{svg}"
        );
        assert!(
            bars("AUC", &[auc])
                .inline()
                .contains("width=\"360\" height=\"8\"")
        );
    }
}
