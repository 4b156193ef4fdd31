//! Upright bars along a line of days, months or ages.

use super::frame::{BELOW, Frame, LEFT, RIGHT};
use super::scale::nice_end;
use super::{Chart, Element, LETTER, label, label_step, letters, line, name, rectangle};
use crate::format::count;
use crate::markup::coordinate as c;

const BOTTOM: f64 = 190.0;
/// More bars than this need a wide picture.
const MANY: usize = 12;
/// Width of a wide picture.
const WIDE: f64 = 760.0;
/// Least distance of bars whose names and counts can stand upright beside each other.
const UPRIGHT: f64 = 12.0;
/// Rise of a slanted name for each unit of its length.
const SLANT: f64 = 0.72;

/// Counts in the order given, each with its name below and its number on top. Names and numbers
/// that are too wide for their bar are turned; where bars stand too close for that, some names
/// and all numbers are left out, and a pointer that rests on a bar shows them.
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
    let right = match values.len() > MANY {
        true => WIDE - 10.0,
        false => RIGHT,
    };
    let apart = (right - LEFT) / values.len() as f64;
    let names = Names::new(values, apart);
    let numbers = Numbers::new(values, apart);
    let below = BELOW + names.extra();
    let mut chart = match values.len() > MANY {
        true => Chart::wide(title, description, (WIDE, BOTTOM + below)),
        false => Chart::new(title, description, BOTTOM + below),
    };
    let frame = Frame::between(
        (0.0, values.len() as f64),
        (0.0, nice_end(most as f64 * numbers.room())),
        right,
        BOTTOM,
    );
    chart.add(label(0.0, 14.0, "start", "axis", upright));
    for tick in frame.y.ticks(4) {
        let y = frame.y.place(tick);
        chart.add(line("grid", (LEFT, y), (right, y)));
        chart.add(label(LEFT - 6.0, y + 4.0, "end", "tick", short(tick)));
    }
    chart.add(line("base", (LEFT, BOTTOM), (right, BOTTOM)));
    for (place, (text, value)) in values.iter().enumerate() {
        let (from, to) = (
            frame.x.place(place as f64 + 0.1),
            frame.x.place(place as f64 + 0.9),
        );
        let top = frame.y.place(*value as f64);
        let told = Element::new("title").text(format!("{text}: {}", count(*value)));
        chart.add(rectangle("bar", (from, BOTTOM), (to, top)).child(told));
        let middle = (from + to) / 2.0;
        chart.body.extend(numbers.drawn(*value, (middle, top)));
        chart.body.extend(names.drawn(place, text, middle));
    }
    let middle = (LEFT + right) / 2.0;
    let at = (middle, BOTTOM + below - 7.0);
    let room = letters(right - LEFT, LETTER);
    chart.add(name(at, "middle", "axis", level, room));
    chart
}

fn width(text: &str) -> f64 {
    text.chars().count() as f64 * LETTER
}

/// How the names below the bars are set.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Names {
    Flat,
    /// With the letters that the longest has, or that there is room for.
    Slanted(usize),
    /// Every how-many-eth.
    Some(usize),
}

impl Names {
    fn new(values: &[(String, u64)], apart: f64) -> Self {
        let longest = values.iter().map(|value| value.0.chars().count()).max();
        let longest = longest.unwrap_or(0);
        let widest = longest as f64 * LETTER;
        // the first name must not begin left of the picture
        let room = letters((LEFT + apart / 2.0) / SLANT, LETTER);
        if widest + 6.0 <= apart {
            Names::Flat
        } else if apart >= UPRIGHT {
            Names::Slanted(longest.min(room))
        } else {
            Names::Some(label_step(widest + 10.0, apart))
        }
    }

    /// Room below the bars beyond that of a line.
    fn extra(self) -> f64 {
        match self {
            Names::Slanted(letters) => (letters as f64 * LETTER * SLANT - 4.0).max(0.0),
            _ => 0.0,
        }
    }

    fn drawn(self, place: usize, text: &str, middle: f64) -> Option<Element> {
        match self {
            Names::Slanted(letters) => {
                let (x, y) = (middle + 4.0, BOTTOM + 11.0);
                let turn = format!("rotate(-45 {} {})", c(x), c(y));
                Some(name((x, y), "end", "tick", text, letters).attr("transform", turn))
            }
            Names::Some(step) if !place.is_multiple_of(step) => None,
            _ => Some(label(middle, BOTTOM + 15.0, "middle", "tick", text)),
        }
    }
}

/// How the numbers on the bars are written.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Numbers {
    Whole,
    Short,
    Upright,
    None,
}

impl Numbers {
    fn new(values: &[(String, u64)], apart: f64) -> Self {
        let fit = |written: &dyn Fn(u64) -> String| {
            let widths = values.iter().map(|value| width(&written(value.1)));
            widths.fold(0.0, f64::max) + 3.0 <= apart
        };
        if fit(&count) {
            Numbers::Whole
        } else if fit(&|value| short(value as f64)) {
            Numbers::Short
        } else if apart >= UPRIGHT {
            Numbers::Upright
        } else {
            Numbers::None
        }
    }

    /// How far the axis goes on above the tallest bar.
    fn room(self) -> f64 {
        match self {
            Numbers::Whole | Numbers::Short => 1.08,
            Numbers::Upright => 1.25,
            Numbers::None => 1.0,
        }
    }

    fn drawn(self, value: u64, (middle, top): (f64, f64)) -> Option<Element> {
        match self {
            Numbers::Whole => Some(label(middle, top - 4.0, "middle", "", count(value))),
            Numbers::Short => Some(label(middle, top - 4.0, "middle", "", short(value as f64))),
            Numbers::Upright => {
                let (x, y) = (middle + 4.0, top - 4.0);
                let turn = format!("rotate(-90 {} {})", c(x), c(y));
                let text = short(value as f64);
                Some(label(x, y, "start", "", text).attr("transform", turn))
            }
            Numbers::None => None,
        }
    }
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
    fn every_bar_has_its_name_and_number_where_there_is_room() {
        let months = |many: u32| -> Vec<(String, u64)> {
            (0..many)
                .map(|month| (format!("2024-{month:02}"), 12_345))
                .collect()
        };
        let drawn = |many: u32| columns("t", "month", "leads", &months(many));
        let named = |many: u32| drawn(many).inline().matches(">2024-").count();
        for many in [3, 8, 12, 24, 50] {
            // a bar tells its name and number to a pointer, too
            assert_eq!(named(many), 2 * many as usize, "{many}");
            let numbers = drawn(many).inline().matches(">12.3k<").count()
                + drawn(many).inline().matches(">12,345<").count();
            assert_eq!(numbers, many as usize, "{many}");
        }
        assert!(named(200) < 240);
        assert!(!drawn(200).inline().contains(">12.3k<"));
        assert!(drawn(13).is_wide() && !drawn(12).is_wide());
    }
}
