//! The rate in each tenth of the rows.

use leadrank_stats::curves::Decile;

use super::frame::{BELOW, Frame, LEFT, RIGHT};
use super::scale::nice_end;
use super::{Chart, label, line, rectangle, whisker};
use crate::format::{fixed, percent, share};
use crate::run_page::Words;

const TITLE: &str = "Rate by tenth";
const BOTTOM: f64 = 260.0;

/// A bar for each tenth by score, best first, with its Wilson interval; a diamond where
/// the model's mean probability lies, and the base rate as the line of chance.
pub fn deciles(deciles: &[Decile], words: &Words) -> Chart {
    let finite = |decile: &&Decile| {
        let rate = &decile.rate;
        rate.value.is_finite() && rate.lo.is_finite() && rate.hi.is_finite()
    };
    let shown: Vec<&Decile> = deciles.iter().filter(finite).collect();
    let (Some(best), Some(worst)) = (shown.first(), shown.last()) else {
        return Chart::nothing(TITLE);
    };
    let base = best.rate.chance.filter(|chance| chance.is_finite());
    let highest = shown
        .iter()
        .map(|decile| decile.rate.hi.max(decile.mean_probability));
    let highest = 100.0 * highest.fold(0.0, f64::max);

    let at_base = base.map_or(String::new(), |base| {
        format!(" The base rate is {}.", percent(base))
    });
    let description = format!(
        "Share of {} in each tenth of the {}, best tenth first, with 95 % intervals: {} in the \
         first, {} in the last.{at_base}",
        words.events,
        words.rows,
        share(&best.rate),
        share(&worst.rate),
    );
    let mut chart = Chart::new(TITLE, description, BOTTOM + BELOW);
    let frame = Frame::new((0.0, 10.0), (0.0, nice_end(highest).min(100.0)), BOTTOM);
    frame.upright_axis(&mut chart, &format!("share of {}", words.events), "%");
    chart.add(line("base", (LEFT, BOTTOM), (RIGHT, BOTTOM)));
    for decile in &shown {
        let place = f64::from(decile.decile.clamp(1, 10));
        let (left, right) = (frame.x.place(place - 0.86), frame.x.place(place - 0.14));
        let middle = (left + right) / 2.0;
        let top = frame.y.place(100.0 * decile.rate.value);
        let high = frame.y.place(100.0 * decile.rate.hi);
        chart.add(rectangle("bar", (left, BOTTOM), (right, top)));
        chart.add(light_whisker(
            middle,
            high,
            frame.y.place(100.0 * decile.rate.lo),
        ));
        chart.add(diamond(
            right - 1.0,
            frame.y.place(100.0 * decile.mean_probability),
        ));
        let number = decile.decile.to_string();
        chart.add(label(middle, BOTTOM + 15.0, "middle", "tick", number));
    }
    frame.level_title(
        &mut chart,
        &format!("tenth of the {}, 1 = called first", words.rows),
        0.0,
    );
    if let Some(base) = base {
        let y = frame.y.place(100.0 * base);
        chart.add(line("chance", (LEFT, y), (RIGHT, y)));
        let text = format!("base rate {}", percent(base));
        chart.add(label(RIGHT, y - 26.0, "end", "second over", text));
    }
    // After the line of chance, which would else cross them.
    for decile in &shown {
        let place = f64::from(decile.decile.clamp(1, 10));
        let high = frame.y.place(100.0 * decile.rate.hi);
        let digits = usize::from(decile.rate.value < 0.0995);
        let text = fixed(100.0 * decile.rate.value, digits);
        let middle = frame.x.place(place - 0.5);
        chart.add(label(middle, high - 5.0, "middle", "over", text));
    }
    chart
}

/// What the model predicted; a shape of its own, for eyes that do not tell colours apart.
fn diamond(x: f64, y: f64) -> super::Element {
    use crate::markup::coordinate as c;
    let path = format!("M{} {}l4 4l-4 4l-4-4z", c(x), c(y - 4.0));
    super::Element::new("path")
        .class("predicted")
        .attr("d", path)
}

/// A whisker that is seen on a bar and on paper.
fn light_whisker(x: f64, from: f64, to: f64) -> super::Element {
    whisker(x, from, to).attr("style", "stroke:var(--ink)")
}
