//! Stretches of days under each other: what a model learns from and is judged on, and when.
//! Rows without dates stand in their order, numbered.

use leadrank_evidence::{Lane, Span};

use super::day::{first_of, month_name, month_of, parse};
use super::scale::Scale;
use super::{Chart, Element, WIDE_LETTER, label, label_step, line, name, rectangle, shortened};
use crate::format::count;
use crate::markup::coordinate as c;

const WIDTH: f64 = 860.0;
/// Width up to which words may stand right of the axis; a desk shows it without moving sideways.
const ROOM: f64 = 1000.0;
/// Room above the first lane, for the key.
const HEAD: f64 = 30.0;
/// Room below the last lane, for the months.
const FOOT: f64 = 22.0;
/// Height of a row of stretches.
const BAR: f64 = 20.0;
/// Room between rows of one lane.
const GAP: f64 = 3.0;
/// Room above and below the rows of a lane.
const MARGIN: f64 = 5.0;
/// Distance of words from the stretch that they stand beside.
const ASIDE: f64 = 5.0;
/// Letters of a lane's name at most.
const LETTERS: usize = 26;
/// Lanes that the description tells of.
const TOLD: usize = 6;

/// Kinds with the words of the key, in its order.
const KINDS: [(&str, &str); 8] = [
    ("train", "train"),
    ("stop", "early stopping"),
    ("calibration", "calibration"),
    ("judged", "judged"),
    ("test", "test"),
    ("purged", "purged"),
    ("window", "label window"),
    ("vintage", "vendor month"),
];

/// Lanes top to bottom over one time axis. Stretches of a lane that overlap stand under each
/// other; a text is written on its stretch or else beside it where it fits, and shows when a
/// pointer rests on it.
/// What is no stretch of days is left out; ends in the wrong order are turned. Where nothing is
/// a day, whole numbers are places of rows in their order.
pub fn calendar(title: &str, lanes: &[Lane]) -> Chart {
    let is_days = of_days(lanes);
    let place = if is_days { parse } else { number };
    let lanes: Vec<(&Lane, Vec<Vec<Stretch>>)> = lanes
        .iter()
        .map(|lane| (lane, stacked(lane, place)))
        .collect();
    let all = || lanes.iter().flat_map(|lane| lane.1.iter().flatten());
    let days = (
        all().map(|stretch| stretch.from).min(),
        all().map(|stretch| stretch.to).max(),
    );
    let (Some(first), Some(last)) = days else {
        return Chart::nothing(title);
    };
    let height = |rows: usize| 2.0 * MARGIN + rows.max(1) as f64 * (BAR + GAP) - GAP;
    let bottom = HEAD + lanes.iter().map(|lane| height(lane.1.len())).sum::<f64>();
    let mut chart = Chart::wide(title, description(&lanes), (WIDTH, bottom + FOOT));
    key(&mut chart, &lanes);
    let longest = lanes.iter().map(|lane| lane.0.label.chars().count()).max();
    let named = longest.unwrap_or(0).min(LETTERS) as f64 * WIDE_LETTER;
    let left = if named > 0.0 { named + 12.0 } else { 0.0 };
    let axis = |from: i64, to: i64| Scale::new((from as f64, to as f64), (left, WIDTH - 4.0));
    let axis = if is_days {
        let months = (month_of(first), month_of(last) + 1);
        let axis = axis(first_of(months.0), first_of(months.1));
        time_axis(&mut chart, &axis, months, bottom);
        axis
    } else {
        let axis = axis(first, last);
        order_axis(&mut chart, &axis, bottom);
        axis
    };

    let mut top = HEAD;
    for (lane, rows) in &lanes {
        let text_at = (0.0, top + MARGIN + BAR / 2.0 + 4.0);
        chart.add(name(text_at, "start", "", &lane.label, LETTERS));
        for (row, stretches) in rows.iter().enumerate() {
            let y = top + MARGIN + row as f64 * (BAR + GAP);
            // where the last stretch and its words end
            let mut taken = left;
            for (place, stretch) in stretches.iter().enumerate() {
                let next = stretches.get(place + 1);
                let room = (
                    taken,
                    next.map_or(ROOM, |next| axis.place(next.from as f64)),
                );
                let (elements, end) = drawn(stretch, &axis, y, room);
                chart.body.extend(elements);
                taken = end;
                chart.width = chart.width.max(end + 4.0);
            }
        }
        top += height(rows.len());
        chart.add(line("separator", (0.0, top), (WIDTH - 4.0, top)));
    }
    chart
}

/// A stretch from its first day up to the day after its last.
struct Stretch<'a> {
    from: i64,
    to: i64,
    span: &'a Span,
}

/// Whether anything on the lanes is a day.
fn of_days(lanes: &[Lane]) -> bool {
    let mut spans = lanes.iter().flat_map(|lane| &lane.spans);
    spans.any(|span| parse(&span.from).is_some())
}

/// A place in an order of rows.
fn number(text: &str) -> Option<i64> {
    let place: i64 = text.parse().ok()?;
    (place.unsigned_abs() < 1 << 50).then_some(place)
}

/// The stretches of a lane in as few rows as hold them without overlap.
fn stacked(lane: &Lane, place: fn(&str) -> Option<i64>) -> Vec<Vec<Stretch<'_>>> {
    let mut stretches: Vec<Stretch<'_>> = lane
        .spans
        .iter()
        .filter_map(|span| {
            let (from, to) = (place(&span.from)?, place(&span.to)?);
            Some(Stretch {
                from: from.min(to),
                to: from.max(to) + 1,
                span,
            })
        })
        .collect();
    stretches.sort_by_key(|stretch| (stretch.from, stretch.to));
    let mut rows: Vec<Vec<Stretch<'_>>> = Vec::new();
    for stretch in stretches {
        let free = |row: &Vec<Stretch<'_>>| row.last().is_none_or(|last| last.to <= stretch.from);
        match rows.iter().position(free) {
            Some(row) => rows[row].push(stretch),
            None => rows.push(vec![stretch]),
        }
    }
    rows
}

/// The style of a kind; one that is not known is grey.
fn class(kind: &str) -> &'static str {
    let known = KINDS.iter().find(|known| known.0 == kind);
    known.map_or("other", |known| known.0)
}

/// A stretch with its words, and where both end; beside it, words may stand within `room`.
fn drawn(stretch: &Stretch<'_>, axis: &Scale, top: f64, room: (f64, f64)) -> (Vec<Element>, f64) {
    let Span {
        from,
        to,
        kind,
        text,
    } = stretch.span;
    let (left, right) = (
        axis.place(stretch.from as f64),
        axis.place(stretch.to as f64),
    );
    // a day must be seen, and neighbours told apart
    let right = (right - 0.8).max(left + 1.5);
    let class = class(kind);
    let colon = if text.is_empty() { "" } else { ": " };
    let told = format!("{kind}, {from} to {to}{colon}{text}");
    let boxed =
        rectangle(class, (left, top), (right, top + BAR)).child(Element::new("title").text(told));
    let mut elements = vec![boxed];
    if class == "purged" {
        elements.push(hatch((left, top), (right, top + BAR)));
    }
    let y = top + BAR / 2.0 + 4.0;
    let width = text.chars().count() as f64 * WIDE_LETTER;
    let mut end = right;
    if text.is_empty() {
        return (elements, end);
    }
    if width + 6.0 <= right - left {
        let ink = match class {
            "train" | "judged" | "test" => "on",
            "purged" => "over",
            _ => "",
        };
        elements.push(label((left + right) / 2.0, y, "middle", ink, text));
    } else if width + 2.0 * ASIDE <= room.1 - right {
        elements.push(label(right + ASIDE, y, "start", "over", text));
        end = right + ASIDE + width;
    } else if width + 2.0 * ASIDE <= left - room.0 {
        elements.push(label(left - ASIDE, y, "end", "over", text));
    }
    (elements, end)
}

/// Slanting lines inside a box.
fn hatch((left, top): (f64, f64), (right, bottom): (f64, f64)) -> Element {
    let height = bottom - top;
    let mut path = String::new();
    let mut foot = left + 5.0 - height;
    while foot < right {
        // the line from (foot, bottom) up to (foot + height, top), cut at the sides of the box
        let (from, to) = (foot.max(left), (foot + height).min(right));
        if to > from {
            let y = |x: f64| bottom - (x - foot);
            path.push_str(&format!(
                "M{} {}L{} {}",
                c(from),
                c(y(from)),
                c(to),
                c(y(to))
            ));
        }
        foot += 5.0;
    }
    Element::new("path").class("hatch").attr("d", path)
}

fn time_axis(chart: &mut Chart, axis: &Scale, (from, to): (i64, i64), bottom: f64) {
    let month_width =
        (axis.place(first_of(to) as f64) - axis.place(first_of(from) as f64)) / (to - from) as f64;
    let wanted = label_step(7.0 * WIDE_LETTER + 10.0, month_width) as i64;
    // steps that begin anew each year; beyond a year in whole years
    let step = [1, 2, 3, 4, 6, 12]
        .into_iter()
        .find(|step| *step >= wanted)
        .unwrap_or(wanted.div_euclid(12).saturating_add(1).saturating_mul(12));
    let lined = if month_width >= 8.0 { 1 } else { step };
    for month in (from..=to).filter(|month| month.rem_euclid(lined) == 0) {
        let x = axis.place(first_of(month) as f64);
        chart.add(line("grid", (x, HEAD), (x, bottom)));
        if month.rem_euclid(step) == 0 && month < to {
            // the name of a month stands where it begins
            let room = 7.0 * WIDE_LETTER;
            let x = x.min(WIDTH - room);
            chart.add(label(x, bottom + 15.0, "start", "tick", month_name(month)));
        }
    }
}

/// Numbers of rows below the lanes.
fn order_axis(chart: &mut Chart, axis: &Scale, bottom: f64) {
    for tick in axis.ticks(8) {
        let x = axis.place(tick);
        chart.add(line("grid", (x, HEAD), (x, bottom)));
        let text = if tick < 0.0 {
            format!("−{}", count(tick.abs() as u64))
        } else {
            count(tick as u64)
        };
        // a name that stands at the right end is as wide as the tick is from it
        let room = text.chars().count() as f64 * WIDE_LETTER;
        chart.add(label(
            x.min(WIDTH - room),
            bottom + 15.0,
            "start",
            "tick",
            text,
        ));
    }
}

fn key(chart: &mut Chart, lanes: &[(&Lane, Vec<Vec<Stretch<'_>>>)]) {
    let stretches = || lanes.iter().flat_map(|lane| lane.1.iter().flatten());
    let mut x = 0.0;
    for (kind, words) in KINDS {
        if !stretches().any(|stretch| stretch.span.kind == kind) {
            continue;
        }
        let (corner, other) = ((x + 0.5, 3.0), (x + 18.5, 15.0));
        chart.add(rectangle(kind, corner, other));
        if kind == "purged" {
            chart.add(hatch(corner, other));
        }
        chart.add(label(x + 24.0, 13.0, "start", "muted", words));
        x += 24.0 + words.chars().count() as f64 * WIDE_LETTER + 16.0;
    }
}

fn description(lanes: &[(&Lane, Vec<Vec<Stretch<'_>>>)]) -> String {
    let told: Vec<String> = lanes
        .iter()
        .take(TOLD)
        .map(|(lane, rows)| {
            let mut stretches: Vec<&Stretch<'_>> = rows.iter().flatten().collect();
            stretches.sort_by_key(|stretch| stretch.from);
            let more = stretches.len().saturating_sub(TOLD);
            let mut words: Vec<String> = stretches
                .iter()
                .take(TOLD)
                .map(|stretch| {
                    let Span {
                        from,
                        to,
                        kind,
                        text,
                    } = stretch.span;
                    match text.is_empty() {
                        true => format!("{kind} {from} to {to}"),
                        false => format!("{kind} {from} to {to} ({})", shortened(text, 60)),
                    }
                })
                .collect();
            if more > 0 {
                words.push(format!("{more} more"));
            }
            let name = shortened(&lane.label, 60);
            format!("{name}: {}.", words.join(", "))
        })
        .collect();
    let more = lanes.len().saturating_sub(TOLD);
    let more = if more > 0 {
        format!(" {more} more lanes.")
    } else {
        String::new()
    };
    format!("{}{more}", told.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: &str, to: &str) -> Span {
        Span {
            from: from.into(),
            to: to.into(),
            kind: "train".into(),
            text: String::new(),
        }
    }

    #[test]
    fn words_stand_on_their_stretch_or_beside_it_or_not_at_all() {
        let with = |from: &str, to: &str, text: &str| Span {
            text: text.into(),
            ..span(from, to)
        };
        let lane = Lane {
            label: "part".into(),
            spans: vec![
                with("2024-01-01", "2024-12-31", "on it"),
                with("2025-01-01", "2025-01-05", "no room for this"),
                with("2025-01-06", "2025-01-10", "beside it"),
            ],
        };
        let svg = calendar(
            "t",
            &[
                lane,
                Lane {
                    label: "z".into(),
                    spans: vec![span("2025-06-01", "2025-12-31")],
                },
            ],
        )
        .inline();
        let shown = |text: &str| svg.contains(&format!("class=\"over\">{text}</text>"));
        assert!(
            svg.contains("class=\"on\">on it<") && shown("beside it"),
            "{svg}"
        );
        assert!(!svg.contains(">no room for this<") && svg.contains(": no room for this<"));
    }

    #[test]
    fn what_overlaps_stands_under_each_other() {
        let lane = Lane {
            label: "fold".into(),
            spans: vec![
                span("2024-03-01", "2024-02-01"),
                span("2024-01-01", "2024-01-31"),
                span("2024-01-15", "2024-02-15"),
                span("no day", "2024-02-15"),
            ],
        };
        let rows: Vec<usize> = stacked(&lane, parse).iter().map(Vec::len).collect();
        assert_eq!(rows, [2, 1]);
    }
}
