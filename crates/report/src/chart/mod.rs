//! Charts as SVG: no scripts, the same bytes for the same data, a title and a description for
//! those who listen, colours that follow the reader's light or dark setting and stay apart for
//! colour-blind eyes (blue and orange, differing in brightness too).
//!
//! A small writer of our own instead of a plotting crate: those bake colours into the picture,
//! so that one file can't serve light, dark and print, carry fonts or measure text with what the
//! machine has, and offer neither Wilson whiskers nor beeswarms. What is needed here is a scale,
//! an axis and a dozen pictures.
//!
//! Most pictures are 360 units wide and scale with the page. Text is 12 units, so that it is 11
//! pixels on the narrowest phone; pages may make it smaller where the picture is large. Heat maps
//! and calendars are as wide as they must be, keep their size and are moved sideways on a phone.
//!
//! ```
//! use leadrank_report::chart;
//!
//! let bars = [chart::Bar { label: "years at the firm".into(), value: 0.2, text: "20 %".into() }];
//! let svg = chart::bars("What moves the score", &bars).standalone();
//! assert!(svg.starts_with("<svg"));
//! ```

mod band;
mod bars;
mod beeswarm;
mod calendar;
mod columns;
mod curve;
mod day;
mod deciles;
mod differences;
mod frame;
mod gain;
mod heat;
mod precision_recall;
mod rates;
mod reliability;
mod reliability_panels;
mod scale;
mod scatter;
mod settings;
mod trend;
mod unit;

pub use band::band;
pub use bars::{Bar, bars, bars_on};
pub use beeswarm::{beeswarm, swarm};
pub use calendar::calendar;
pub use columns::columns;
pub use curve::curve;
pub use deciles::deciles;
pub use differences::differences;
pub use gain::{GainMark, captured_at, cumulative_gain};
pub use heat::heat;
pub use precision_recall::precision_recall;
pub use rates::rates;
pub(crate) use reliability::agrees;
pub use reliability::reliability;
pub use reliability_panels::reliability_panels;
pub use scatter::scatter;
pub use settings::settings;
pub use trend::trend;

use leadrank_evidence::Picture;
use scale::Scale;

use crate::THEME;
use crate::markup::{Element, coordinate, slug};

/// Style of all charts; a page with charts in it needs it once.
pub(crate) const STYLE: &str = include_str!("chart.css");
/// Width of most charts in their own units.
const WIDTH: f64 = 360.0;
/// Room a letter takes in most charts; rough, but the same on every machine.
const LETTER: f64 = 6.4;
/// The same for names that must not run into what stands beside them, in wide fonts too.
const NAME_LETTER: f64 = 7.0;
/// The same in wide charts, whose text is smaller.
const WIDE_LETTER: f64 = 6.5;

/// The chart for a picture that a check asks for.
///
/// ```
/// use leadrank_evidence::Picture;
/// let bars = vec![("years at the firm".to_string(), 0.2, "20 %".to_string())];
/// let chart = leadrank_report::chart::picture(&Picture::Bars {
///     title: "Weight".into(),
///     bars,
///     scale: None,
/// });
/// assert_eq!(chart.title(), "Weight");
/// ```
pub fn picture(picture: &Picture) -> Chart {
    match picture {
        Picture::Rates {
            title,
            of,
            base,
            rows,
        } => rates(title, of, *base, rows),
        Picture::Trend {
            title,
            of,
            places,
            series,
            base,
        } => trend(title, of, places, series, *base),
        Picture::Columns {
            title,
            across,
            of,
            bars,
        } => columns(title, across, of, bars),
        Picture::Bars { title, bars, scale } => {
            let bar = |(label, value, text): &(String, f64, String)| Bar {
                label: label.clone(),
                value: *value,
                text: text.clone(),
            };
            let bars: Vec<Bar> = bars.iter().map(bar).collect();
            bars_on(title, &bars, scale.as_ref())
        }
        Picture::Heat {
            title,
            rows,
            columns,
            values,
            shading,
        } => heat(title, rows, columns, values, shading),
        Picture::Differences { title, of, rows } => differences(title, of, rows),
        Picture::Settings {
            title,
            of,
            parameters,
        } => settings(title, of, parameters),
        Picture::Curve {
            title,
            across,
            of,
            points,
            mark,
        } => curve(title, across, of, points, mark.as_ref()),
        Picture::Swarm { title, of, rows } => swarm(title, of, rows),
        Picture::Scatter {
            title,
            across,
            of,
            shade_of,
            dots,
            means,
            unknown,
        } => scatter(
            title,
            (across, of),
            shade_of.as_deref(),
            dots,
            means,
            unknown.as_ref(),
        ),
        Picture::Reliability { title, lines } => reliability_panels(title, lines),
        Picture::Band {
            title,
            across,
            of,
            lines,
            base,
            marks,
        } => band(title, (across, of), lines, base, marks),
        Picture::Calendar { title, lanes } => calendar(title, lanes),
    }
}

/// Whether a picture needs its description beside it; what the others show stands in them.
pub(crate) fn is_told(picture: &Picture) -> bool {
    matches!(
        picture,
        Picture::Rates { .. }
            | Picture::Trend { .. }
            | Picture::Heat { .. }
            | Picture::Differences { .. }
            | Picture::Curve { .. }
            | Picture::Swarm { .. }
            | Picture::Scatter { .. }
            | Picture::Reliability { .. }
            | Picture::Band { .. }
    )
}

/// A picture with its words.
#[derive(Debug, Clone)]
pub struct Chart {
    title: String,
    description: String,
    width: f64,
    height: f64,
    wide: bool,
    body: Vec<Element>,
}

impl Chart {
    fn new(title: impl Into<String>, description: impl Into<String>, height: f64) -> Self {
        Chart {
            title: title.into(),
            description: description.into(),
            width: WIDTH,
            height,
            wide: false,
            body: Vec::new(),
        }
    }

    /// A picture that keeps its size.
    fn wide(
        title: impl Into<String>,
        description: impl Into<String>,
        (width, height): (f64, f64),
    ) -> Self {
        Chart {
            width,
            wide: true,
            ..Chart::new(title, description, height)
        }
    }

    /// What stands in place of a picture that has nothing to show.
    fn nothing(title: impl Into<String>) -> Self {
        let words = "Not enough data to draw.";
        let mut chart = Chart::new(title, words, 60.0);
        chart.add(label(WIDTH / 2.0, 34.0, "middle", "muted", words));
        chart
    }

    fn add(&mut self, element: Element) {
        self.body.push(element);
    }

    /// The title.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What the picture shows, in a sentence or two.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Whether it keeps its size instead of taking that of its place on a page.
    pub(crate) fn is_wide(&self) -> bool {
        self.wide
    }

    /// The picture for a page that holds the chart style already.
    pub(crate) fn inline(&self) -> String {
        self.inline_as(&slug(&self.title))
    }

    /// The same under a name of its own, for pages where titles may repeat.
    pub(crate) fn inline_as(&self, id: &str) -> String {
        let svg = Element::new("svg");
        let svg = if self.wide {
            svg.class("chart wide")
                .attr("style", format!("width:{}px", coordinate(self.width)))
        } else {
            svg.class("chart")
        };
        self.svg(svg, id, None)
    }

    /// The picture as a file of its own.
    pub fn standalone(&self) -> String {
        let svg = Element::new("svg")
            .attr("xmlns", "http://www.w3.org/2000/svg")
            .at("width", self.width)
            .at("height", self.height)
            .class(if self.wide { "chart wide" } else { "chart" });
        let style = Element::new("style").markup(THEME).markup(STYLE);
        self.svg(svg, &slug(&self.title), Some(style))
    }

    fn svg(&self, svg: Element, id: &str, style: Option<Element>) -> String {
        let (title_id, description_id) = (format!("{id}-title"), format!("{id}-desc"));
        let (width, height) = (coordinate(self.width), coordinate(self.height));
        let paper = style.is_some().then(|| {
            let paper = Element::new("rect")
                .attr("width", &width)
                .attr("height", &height);
            paper.attr("fill", "var(--card)")
        });
        svg.attr("viewBox", format!("0 0 {width} {height}"))
            .attr("role", "img")
            .attr("aria-labelledby", format!("{title_id} {description_id}"))
            .child(Element::new("title").attr("id", title_id).text(&self.title))
            .child(
                Element::new("desc")
                    .attr("id", description_id)
                    .text(&self.description),
            )
            .children(style)
            .children(paper)
            .children(self.body.iter().cloned())
            .into_string()
    }
}

/// Text at a place; `anchor` is `start`, `middle` or `end`.
fn label(x: f64, y: f64, anchor: &str, class: &str, text: impl AsRef<str>) -> Element {
    let label = Element::new("text").at("x", x).at("y", y);
    let label = if anchor == "start" {
        label
    } else {
        label.attr("text-anchor", anchor)
    };
    let label = if class.is_empty() {
        label
    } else {
        label.class(class)
    };
    label.text(text)
}

/// A straight line.
fn line(class: &str, from: (f64, f64), to: (f64, f64)) -> Element {
    Element::new("line")
        .class(class)
        .at("x1", from.0)
        .at("y1", from.1)
        .at("x2", to.0)
        .at("y2", to.1)
}

/// A rectangle between two corners.
fn rectangle(class: &str, corner: (f64, f64), other: (f64, f64)) -> Element {
    Element::new("rect")
        .class(class)
        .at("x", corner.0.min(other.0))
        .at("y", corner.1.min(other.1))
        .at("width", (corner.0 - other.0).abs())
        .at("height", (corner.1 - other.1).abs())
}

/// A round mark.
fn dot(x: f64, y: f64) -> Element {
    Element::new("circle")
        .class("dot")
        .at("cx", x)
        .at("cy", y)
        .at("r", 4.0)
}

/// An interval as an upright line with feet.
fn whisker(x: f64, from: f64, to: f64) -> Element {
    use coordinate as c;
    let (left, right) = (c(x - 3.0), c(x + 3.0));
    let (x, from, to) = (c(x), c(from), c(to));
    let path = format!("M{left} {from}H{right}M{x} {from}V{to}M{left} {to}H{right}");
    Element::new("path").class("whisker").attr("d", path)
}

/// An interval as an upright line on a scale, with a foot where it ends and none where it goes on
/// beyond the border.
fn whisker_on(scale: &Scale, x: f64, (lo, hi): (f64, f64)) -> Element {
    use coordinate as c;
    let (low, high) = scale.ends();
    let foot = |end: f64, is_shown: bool| match is_shown {
        true => format!("M{} {}h6", c(x - 3.0), c(scale.place(end))),
        false => String::new(),
    };
    let stem = format!("M{} {}V{}", c(x), c(scale.place(lo)), c(scale.place(hi)));
    let feet = foot(lo, lo >= low) + &foot(hi, hi <= high);
    Element::new("path")
        .class("whisker")
        .attr("d", stem + &feet)
}

/// A line through points.
fn polyline(class: &str, points: impl IntoIterator<Item = (f64, f64)>) -> Element {
    use coordinate as c;
    let places: Vec<String> = points
        .into_iter()
        .map(|(x, y)| format!("{},{}", c(x), c(y)))
        .collect();
    Element::new("polyline")
        .class(class)
        .attr("points", places.join(" "))
}

/// A text in lines of at most so many letters; a longer word stands alone.
fn lines_of(text: &str, letters: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let length = word.chars().count();
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + length <= letters => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Room the text takes, from its letters.
fn text_width(text: &str) -> f64 {
    text.chars().count() as f64 * LETTER
}

/// A name at a place, with its middle left out where it is longer than `letters`: names that
/// differ often do so at their ends. The whole name shows when a pointer rests on it.
fn name(place: (f64, f64), anchor: &str, class: &str, text: &str, letters: usize) -> Element {
    let short = shortened(text, letters);
    let cut = short != text;
    let element = label(place.0, place.1, anchor, class, short);
    if cut {
        element.child(Element::new("title").text(text))
    } else {
        element
    }
}

/// At most so many letters of a text, from both its ends.
pub(crate) fn shortened(text: &str, letters: usize) -> String {
    let count = text.chars().count();
    if count <= letters {
        return text.into();
    }
    let kept = letters.saturating_sub(1);
    let tail = kept / 2;
    let head: String = text.chars().take(kept - tail).collect();
    let end: String = text.chars().skip(count - tail).collect();
    format!("{}…{}", head.trim_end(), end.trim_start())
}

/// How many letters fit into a room.
fn letters(room: f64, letter: f64) -> usize {
    (room / letter).floor().max(1.0) as usize
}

/// Every how-many-eth of places so far apart is named, so that names of this width keep apart.
fn label_step(widest: f64, apart: f64) -> usize {
    (widest / apart.max(1e-9)).ceil().clamp(1.0, 1e9) as usize
}

/// A number that a picture can place: neither endless nor of a size that only an error has.
fn drawable(value: f64) -> Option<f64> {
    (value.abs() < 1e12).then_some(value)
}

/// Value and interval of an estimate, if all of it can be drawn.
fn drawable_estimate(estimate: &leadrank_stats::Estimate) -> Option<(f64, f64, f64)> {
    Some((
        drawable(estimate.value)?,
        drawable(estimate.lo)?,
        drawable(estimate.hi)?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_keep_both_ends() {
        let metro = "Home_MetropolitanArea_Miami_Fort_Lauderdale_West_Palm_Beach_FL";
        assert_eq!(shortened(metro, 21), "Home_Metro…m_Beach_FL");
        assert_eq!(shortened("short", 5), "short");
        assert_eq!(shortened("short", 1), "…");
        assert_eq!(shortened("", 0), "");
        let label = name((0.0, 0.0), "start", "", metro, 21).into_string();
        assert!(
            label.contains("<title>Home_MetropolitanArea_Miami"),
            "{label}"
        );
    }

    #[test]
    fn a_text_is_broken_between_words() {
        assert_eq!(
            lines_of("share of leads called", 14),
            ["share of leads", "called"]
        );
        assert_eq!(lines_of("a verylongword b", 5), ["a", "verylongword", "b"]);
        assert!(lines_of(" ", 5).is_empty());
    }

    #[test]
    fn only_numbers_of_a_size_are_drawn() {
        assert_eq!(drawable(-0.5), Some(-0.5));
        for value in [f64::NAN, f64::INFINITY, 1e300] {
            assert_eq!(drawable(value), None);
        }
    }
}
