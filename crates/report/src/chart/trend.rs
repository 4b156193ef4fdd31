//! Values over time with their intervals.

use leadrank_evidence::Series;
use leadrank_stats::Estimate;

use super::frame::{BELOW, Frame, LEFT, RIGHT, TOP};
use super::scale::nice_ends;
use super::{
    Chart, Element, NAME_LETTER, WIDTH, drawable, drawable_estimate, label, label_step, letters,
    line, name, shortened, text_width,
};
use crate::format::{number, percent, sentence};
use crate::markup::coordinate as c;

/// Lines that differ in colour and mark; further ones begin again.
const STYLES: usize = 4;
/// Room for the names of lines, right of the plot, at most.
const NAMES: f64 = 124.0;
/// Room for the mark before a name.
const MARK: f64 = 16.0;
/// Distance between names.
const NAME_HEIGHT: f64 = 14.0;
/// Least distance between whiskers; where they would be closer, bands stand for them.
const WHISKERS_APART: f64 = 7.0;

/// One or more lines over the same places (months, mostly), each value with its 95 % interval as
/// a whisker, or as a band where places are many. `base` is the level of chance or of the whole.
/// Where the values of a line all are positives over n they are rates, and all values are shown in
/// percent from 0 on, since they share an axis; others are plain numbers. An arrow ends a whisker
/// that goes on beyond the picture.
pub fn trend(
    title: &str,
    of: &str,
    places: &[String],
    series: &[Series],
    base: Option<f64>,
) -> Chart {
    let base = base.and_then(drawable);
    let values: Vec<Vec<Option<Point>>> = series
        .iter()
        .map(|series| {
            let values = series.values.iter().take(places.len());
            values
                .map(|value| value.as_ref().and_then(drawable_estimate))
                .collect()
        })
        .collect();
    let all: Vec<Point> = values.iter().flatten().flatten().copied().collect();
    if all.is_empty() {
        return Chart::nothing(title);
    }
    let (low, high) = extent(&all, base);
    let shares = series.iter().any(is_of_rates);
    let (factor, unit) = if shares { (100.0, "%") } else { (1.0, "") };
    let written = |value: f64| {
        if shares {
            percent(value)
        } else {
            number(value)
        }
    };
    // a share is read against nothing at all: its axis is not cut
    let low = if shares { low.min(0.0) } else { low };
    let (low, high) = nice_ends(factor * low, factor * high);

    let named = series.len() > 1;
    let bottom = (TOP + 190.0).max(TOP + NAME_HEIGHT * series.len() as f64);
    let description = description(of, places, series, base, &written);
    let mut chart = Chart::new(title, description, bottom + BELOW - 18.0);
    let longest = series
        .iter()
        .map(|series| series.name.chars().count())
        .max();
    let names_room = MARK + longest.unwrap_or(0) as f64 * NAME_LETTER;
    let right = if named {
        WIDTH - names_room.min(NAMES)
    } else {
        RIGHT
    };
    let frame = Frame::between((0.0, places.len() as f64), (low, high), right, bottom);
    frame.upright_ticks(&mut chart, unit);
    upright_title(&mut chart, of, base.map(&written));
    months(&mut chart, &frame, places);
    if let Some(base) = base {
        let y = frame.y.place(factor * base);
        chart.add(line("chance", (LEFT, y), (right, y)));
    }
    for (number, values) in values.iter().enumerate() {
        let at = Placing {
            frame: &frame,
            factor,
            number,
            lines: series.len(),
            places: places.len(),
        };
        chart.body.extend(at.intervals(values));
        chart.body.extend(at.lines(values));
    }
    if named {
        names(&mut chart, &frame, factor, series, &values);
    }
    chart
}

/// Value, lower and upper end.
type Point = (f64, f64, f64);

/// Whether an estimate is a rate: its value is its positives over its rows.
fn is_rate(estimate: &Estimate) -> bool {
    let rate = estimate.positives as f64 / estimate.n as f64;
    (estimate.value - rate).abs() < 1e-9
}

fn is_of_rates(line: &Series) -> bool {
    let mut known = line.values.iter().flatten().peekable();
    known.peek().is_some() && known.all(is_rate)
}

/// Least and largest number that must be on the picture. A place of three rows must not
/// squeeze all others: intervals wider than 1.2 times their value go on beyond the border,
/// unless there are no others.
fn extent(points: &[Point], base: Option<f64>) -> (f64, f64) {
    let first = points[0].0;
    let is_known = |point: &Point| point.2 - point.1 <= 1.2 * point.0.abs();
    let any_known = points.iter().any(is_known);
    let ends = |point: &Point| match any_known && !is_known(point) {
        true => [point.0; 3],
        false => [point.0, point.1, point.2],
    };
    let numbers = points.iter().flat_map(ends).chain(base);
    numbers.fold((first, first), |(low, high), number| {
        (low.min(number), high.max(number))
    })
}

/// What the values are, and in the colour of its line what the base is.
fn upright_title(chart: &mut Chart, of: &str, base: Option<String>) {
    let base = base.map(|base| format!("– – base {base}"));
    let taken = base.as_ref().map_or(0.0, |base| text_width(base) + 8.0);
    let room = letters(WIDTH - taken, NAME_LETTER);
    chart.add(name((0.0, 14.0), "start", "axis", of, room));
    if let Some(base) = base {
        chart.add(label(WIDTH, 14.0, "end", "second", base));
    }
}

fn months(chart: &mut Chart, frame: &Frame, places: &[String]) {
    let right = frame.x.place(places.len() as f64);
    chart.add(line("base", (LEFT, frame.bottom), (right, frame.bottom)));
    let widest = places
        .iter()
        .map(|place| text_width(place))
        .fold(0.0, f64::max);
    let step = label_step(widest + 8.0, (right - LEFT) / places.len() as f64);
    for (place, text) in places.iter().enumerate().step_by(step) {
        let x = frame.x.place(place as f64 + 0.5);
        chart.add(label(x, frame.bottom + 15.0, "middle", "tick", text));
    }
}

/// Where the values of one line go.
struct Placing<'a> {
    frame: &'a Frame,
    factor: f64,
    number: usize,
    lines: usize,
    places: usize,
}

impl Placing<'_> {
    fn style(&self) -> String {
        format!("s{}", self.number % STYLES)
    }

    /// Lines stand a little beside each other, so that their whiskers do.
    fn x(&self, place: usize) -> f64 {
        let shift = (self.number as f64 + 0.5) / self.lines as f64 - 0.5;
        self.frame.x.place(place as f64 + 0.5 + 0.5 * shift)
    }

    fn y(&self, value: f64) -> f64 {
        self.frame.y.place(self.factor * value)
    }

    fn apart(&self) -> f64 {
        (self.frame.x.place(1.0) - self.frame.x.place(0.0)) / self.lines as f64
    }

    fn intervals(&self, values: &[Option<Point>]) -> Vec<Element> {
        if self.apart() < WHISKERS_APART {
            return stretches(values)
                .iter()
                .map(|stretch| self.band(stretch))
                .collect();
        }
        let known = values.iter().enumerate();
        let whisker = |(place, value): (usize, &Option<Point>)| {
            let (_, lo, hi) = (*value)?;
            let x = self.x(place);
            let (least, most) = self.frame.y.ends();
            let tip = |end: f64, down: f64| {
                let (y, side) = (self.y(end), c(x - 3.5));
                format!("M{side} {}L{} {}l3.5 {}", c(y), c(x), c(y + down), c(-down))
            };
            let mut path = format!("M{} {}V{}", c(x), c(self.y(lo)), c(self.y(hi)));
            if self.factor * hi > most {
                path.push_str(&tip(hi, -5.0));
            }
            if self.factor * lo < least {
                path.push_str(&tip(lo, 5.0));
            }
            let class = format!("whisker {}", self.style());
            Some(Element::new("path").class(&class).attr("d", path))
        };
        known.filter_map(whisker).collect()
    }

    fn band(&self, stretch: &[(usize, Point)]) -> Element {
        let corner =
            |place: usize, value: f64| format!("{} {}", c(self.x(place)), c(self.y(value)));
        let upper = stretch.iter().map(|(place, point)| corner(*place, point.2));
        let lower = stretch.iter().map(|(place, point)| corner(*place, point.1));
        let corners: Vec<String> = upper.chain(lower.rev()).collect();
        let class = format!("band fill {}", self.style());
        Element::new("path")
            .class(&class)
            .attr("d", format!("M{}Z", corners.join("L")))
    }

    /// The line, broken where there is nothing, and a mark at each value; without marks where
    /// they would touch.
    fn lines(&self, values: &[Option<Point>]) -> Vec<Element> {
        let stretches = stretches(values);
        let long = stretches.iter().filter(|stretch| stretch.len() > 1);
        let mut drawn: Vec<Element> = long.map(|stretch| self.line(stretch)).collect();
        let marked = self.places as f64 * 9.0 <= self.frame.x.place(self.places as f64) - LEFT;
        for stretch in stretches
            .iter()
            .filter(|stretch| marked || stretch.len() == 1)
        {
            for (place, point) in stretch {
                drawn.push(mark(self.number, self.x(*place), self.y(point.0)));
            }
        }
        drawn
    }

    fn line(&self, stretch: &[(usize, Point)]) -> Element {
        let at = |(place, point): &(usize, Point)| {
            format!("{},{}", c(self.x(*place)), c(self.y(point.0)))
        };
        let points: Vec<String> = stretch.iter().map(at).collect();
        let line = Element::new("polyline")
            .class(&format!("line {}", self.style()))
            .attr("points", points.join(" "));
        match self.number / STYLES {
            0 => line,
            again => line.attr("stroke-dasharray", format!("{} 3", 2 + 4 * (again % 3))),
        }
    }
}

/// Stretches of places that have a value.
fn stretches(values: &[Option<Point>]) -> Vec<Vec<(usize, Point)>> {
    let mut stretches: Vec<Vec<(usize, Point)>> = Vec::new();
    let mut open = false;
    for (place, value) in values.iter().enumerate() {
        match (value, stretches.last_mut()) {
            (Some(point), Some(stretch)) if open => stretch.push((place, *point)),
            (Some(point), _) => stretches.push(vec![(place, *point)]),
            (None, _) => {}
        }
        open = value.is_some();
    }
    stretches
}

/// A mark whose shape tells lines apart where colours do not.
pub(super) fn mark(number: usize, x: f64, y: f64) -> Element {
    let path = match number % STYLES {
        0 => {
            return Element::new("circle")
                .class("mark fill s0")
                .at("cx", x)
                .at("cy", y)
                .at("r", 3.6);
        }
        1 => format!("M{} {}l4.4 4.4-4.4 4.4-4.4-4.4z", c(x), c(y - 4.4)),
        2 => format!("M{} {}h6.6v6.6h-6.6z", c(x - 3.3), c(y - 3.3)),
        _ => format!("M{} {}l4.4 7.6h-8.8z", c(x), c(y - 4.6)),
    };
    let class = format!("mark fill s{}", number % STYLES);
    Element::new("path").class(&class).attr("d", path)
}

/// Each line's name beside its last value, with its mark; moved apart where values are close.
fn names(
    chart: &mut Chart,
    frame: &Frame,
    factor: f64,
    series: &[Series],
    values: &[Vec<Option<Point>>],
) {
    let last = |values: &Vec<Option<Point>>| values.iter().rev().flatten().next().copied();
    let mut wanted: Vec<(f64, usize)> = values
        .iter()
        .enumerate()
        .filter_map(|(number, values)| Some((frame.y.place(factor * last(values)?.0), number)))
        .collect();
    wanted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut places: Vec<f64> = wanted.iter().map(|place| place.0).collect();
    for place in 1..places.len() {
        places[place] = places[place].max(places[place - 1] + NAME_HEIGHT);
    }
    let mut lowest = frame.bottom;
    for place in places.iter_mut().rev() {
        *place = place.min(lowest);
        lowest = *place - NAME_HEIGHT;
    }
    let x = frame.x.place(f64::INFINITY) + 8.0;
    for (y, (_, number)) in places.into_iter().zip(wanted) {
        chart.add(mark(number, x, y));
        let room = letters(WIDTH - x - 7.0, NAME_LETTER);
        let place = (x + 8.0, y + 4.0);
        chart.add(name(place, "start", "", &series[number].name, room));
    }
}

fn description(
    of: &str,
    places: &[String],
    series: &[Series],
    base: Option<f64>,
    written: &dyn Fn(f64) -> String,
) -> String {
    let span = match (places.first(), places.last()) {
        (Some(first), Some(last)) if places.len() > 1 => format!(" from {first} to {last}"),
        (Some(only), _) => format!(" at {only}"),
        _ => String::new(),
    };
    let mut text = sentence(&format!("{of}{span}, with 95 % intervals."));
    for line in series.iter().take(2 * STYLES) {
        let mut known = (places.iter().zip(&line.values)).filter_map(|(place, value)| {
            let (value, _, _) = drawable_estimate(value.as_ref()?)?;
            Some((place, value))
        });
        let name = sentence(&shortened(&line.name, 60));
        let separator = if name.is_empty() { "" } else { ": " };
        match (known.next(), known.next_back()) {
            (Some((_, first)), Some((_, last))) => text.push_str(&format!(
                " {name}{separator}{} at first, {} at last.",
                written(first),
                written(last)
            )),
            (Some((place, only)), None) => {
                text.push_str(&format!(" {name}{separator}{} at {place}.", written(only)));
            }
            (None, _) => text.push_str(&format!(" {name}{separator}nothing.")),
        }
    }
    if series.len() > 2 * STYLES {
        text.push_str(&format!(" {} more lines.", series.len() - 2 * STYLES));
    }
    if let Some(base) = base {
        text.push_str(&format!(" The base is {}, the dashed line.", written(base)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_begin_at_zero_and_wide_intervals_end_in_arrows() {
        let rate =
            |positives: u64, n: u64| leadrank_stats::proportion::estimate(positives, n, 0.95);
        let values = vec![rate(40, 1000), rate(35, 1000), rate(2, 30)];
        let places: Vec<String> = ["1", "2", "3"].map(String::from).into();
        let line = |values| Series {
            name: String::new(),
            values,
        };
        let drawn = |values| trend("t", "of", &places, &[line(values)], None).inline();
        let svg = drawn(values.clone());
        assert!(svg.contains(">0%<"), "{svg}");
        assert_eq!(svg.matches("l3.5 5").count(), 1, "{svg}");
        assert!(!drawn(values[..2].to_vec()).contains("l3.5"));
    }

    #[test]
    fn gaps_cut_the_line() {
        let point = Some((0.1, 0.0, 0.2));
        let lengths: Vec<usize> = stretches(&[None, point, point, None, point])
            .iter()
            .map(Vec::len)
            .collect();
        assert_eq!(lengths, [2, 1]);
    }
}
