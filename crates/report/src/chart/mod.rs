//! Charts as SVG: no scripts, the same bytes for the same data, a title and a description for
//! those who listen, colours that follow the reader's light or dark setting and stay apart for
//! colour-blind eyes (blue and orange, differing in brightness too).
//!
//! A small writer of our own instead of a plotting crate: those bake colours into the picture,
//! so that one file can't serve light, dark and print, carry fonts or measure text with what the
//! machine has, and offer neither Wilson whiskers nor beeswarms. What is needed here is a scale,
//! an axis and seven pictures.
//!
//! All pictures are 360 units wide and scale with the page. Text is 12 units, so that it is 11
//! pixels on the narrowest phone; pages may make it smaller where the picture is wide.
//!
//! ```
//! use leadrank_report::chart;
//!
//! let bars = [chart::Bar { label: "years at the firm".into(), value: 0.2, text: "20 %".into() }];
//! let svg = chart::bars("What moves the score", &bars).standalone();
//! assert!(svg.starts_with("<svg"));
//! ```

mod bars;
mod beeswarm;
mod columns;
mod deciles;
mod frame;
mod gain;
mod precision_recall;
mod reliability;
mod scale;

pub use bars::{Bar, bars};
pub use beeswarm::beeswarm;
pub use columns::columns;
pub use deciles::deciles;
pub use gain::{GainMark, captured_at, cumulative_gain};
pub use precision_recall::precision_recall;
pub(crate) use reliability::agrees;
pub use reliability::reliability;

use crate::THEME;
use crate::markup::{Element, slug};

/// Style of all charts; a page with charts in it needs it once.
pub(crate) const STYLE: &str = include_str!("chart.css");
/// Width of every chart in its own units.
const WIDTH: f64 = 360.0;

/// A picture with its words.
#[derive(Debug, Clone)]
pub struct Chart {
    title: String,
    description: String,
    height: f64,
    body: Vec<Element>,
}

impl Chart {
    fn new(title: impl Into<String>, description: impl Into<String>, height: f64) -> Self {
        Chart {
            title: title.into(),
            description: description.into(),
            height,
            body: Vec::new(),
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

    /// The picture for a page that holds the chart style already.
    pub(crate) fn inline(&self) -> String {
        self.svg(Element::new("svg").class("chart"), None)
    }

    /// The picture as a file of its own.
    pub fn standalone(&self) -> String {
        let svg = Element::new("svg")
            .attr("xmlns", "http://www.w3.org/2000/svg")
            .attr("width", WIDTH)
            .attr("height", self.height)
            .class("chart");
        self.svg(svg, Some(Element::new("style").markup(THEME).markup(STYLE)))
    }

    fn svg(&self, svg: Element, style: Option<Element>) -> String {
        let id = slug(&self.title);
        let (title_id, description_id) = (format!("{id}-title"), format!("{id}-desc"));
        let paper = style.is_some().then(|| {
            let paper = Element::new("rect")
                .at("width", WIDTH)
                .at("height", self.height);
            paper.attr("fill", "var(--card)")
        });
        svg.attr("viewBox", format!("0 0 {WIDTH} {}", self.height))
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
    use crate::markup::coordinate as c;
    let (left, right) = (c(x - 3.0), c(x + 3.0));
    let (x, from, to) = (c(x), c(from), c(to));
    let path = format!("M{left} {from}H{right}M{x} {from}V{to}M{left} {to}H{right}");
    Element::new("path").class("whisker").attr("d", path)
}

/// A line through points.
fn curve(points: impl IntoIterator<Item = (f64, f64)>) -> Element {
    use crate::markup::coordinate as c;
    let places: Vec<String> = points
        .into_iter()
        .map(|(x, y)| format!("{},{}", c(x), c(y)))
        .collect();
    Element::new("polyline")
        .class("line")
        .attr("points", places.join(" "))
}

/// Room the text takes, from its letters; rough, but the same on every machine.
fn text_width(text: &str) -> f64 {
    text.chars().count() as f64 * 6.4
}
