//! SHAP values of many rows, feature by feature.

use leadrank_evidence::{Dot, SwarmRow};

use super::scale::Scale;
use super::{
    Chart, Element, LETTER, NAME_LETTER, WIDTH, drawable, label, letters, line, name, shortened,
    text_width,
};
use crate::format::{count, fixed};
use crate::markup::coordinate as c;
use crate::run_page::BeeswarmFeature;

/// Height of a row: a name above, points below.
const ROW: f64 = 36.0;
/// Points lie at most this far from the middle of their row.
const SPREAD: f64 = 8.5;
/// Distance of two points that just do not hide each other.
const APART: f64 = 2.6;
/// Points that share a stretch as wide as a point and the height of a row; more could not be told
/// apart.
const PILE: usize = 34;
/// Steps of the colour from low to high.
pub(super) const COLOURS: usize = 7;
/// Letters that the legend has for what the shade is.
const SHADE: usize = 23;
/// Left and right border of the points.
const BORDER: f64 = 6.0;

/// SHAP values as a [`swarm`], in log-odds.
pub fn beeswarm(title: &str, features: &[BeeswarmFeature]) -> Chart {
    let rows: Vec<SwarmRow> = features
        .iter()
        .map(|feature| SwarmRow {
            label: feature.label.clone(),
            dots: feature
                .points
                .iter()
                .map(|point| Dot {
                    x: point.shap,
                    y: 0.0,
                    shade: point.value_rank,
                })
                .collect(),
        })
        .collect();
    swarm(title, "the score, in log-odds", &rows)
}

/// A row of points for each feature, strongest first: to the right what raises the score, to the
/// left what lowers it; blue for low values of the feature, orange for high ones, grey where it
/// is missing. Points that would hide each other are moved up and down by a fixed rule.
///
/// Lundberg et al. 2020, "From local explanations to global understanding with explainable AI
/// for trees" (its summary plot).
///
/// `of` says what is moved: `the score, in log-odds`.
pub fn swarm(title: &str, of: &str, features: &[SwarmRow]) -> Chart {
    let finite = |feature: &SwarmRow| {
        let dots = feature.dots.iter().copied();
        dots.filter(|dot| drawable(dot.x).is_some())
            .collect::<Vec<Dot>>()
    };
    let rows: Vec<(&str, Vec<Dot>)> = features
        .iter()
        .map(|feature| (feature.label.as_str(), finite(feature)))
        .filter(|(_, points)| !points.is_empty())
        .collect();
    let Some((strongest, _)) = rows.first() else {
        return Chart::nothing(title);
    };
    let most = rows.iter().map(|row| row.1.len()).max();
    let description = format!(
        "Contributions of {} to {of}, one point for each of {}. \
         Right of the line raises it, left lowers it. Strongest: {strongest}.",
        counted(rows.len(), "feature"),
        counted(most.unwrap_or_default(), "row"),
    );
    let bottom = ROW * rows.len() as f64 + 4.0;
    let mut chart = Chart::new(title, description, bottom + 58.0);
    let all = rows.iter().flat_map(|row| row.1.iter().map(|dot| dot.x));
    let (low, high) = all.fold((0.0, 0.0), |(low, high): (f64, f64), shap| {
        (low.min(shap), high.max(shap))
    });
    let x = Scale::new((low, high), (BORDER, WIDTH - BORDER));
    let zero = x.place(0.0);
    chart.add(line("base", (zero, 0.0), (zero, bottom)));
    let room = letters(WIDTH, NAME_LETTER);
    for (row, (feature, points)) in rows.iter().enumerate() {
        let top = ROW * row as f64;
        for path in paths(points, &x, top + 25.0) {
            chart.add(path);
        }
        let place = (0.0, top + 11.0);
        chart.add(name(place, "start", "over", feature, room));
    }
    axis(&mut chart, of, &x, bottom);
    legend(&mut chart, "value", bottom + 48.0);
    chart
}

fn counted(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{} {what}s", count(number as u64)),
    }
}

/// Paths of dots, one for each colour that occurs.
fn paths(points: &[Dot], x: &Scale, middle: f64) -> Vec<Element> {
    let mut places: Vec<(f64, usize)> = points
        .iter()
        .map(|dot| (x.place(dot.x), colour(dot.shade)))
        .collect();
    places.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    // points in one stretch as wide as a point share the height of the row
    let mut paths = vec![String::new(); COLOURS + 1];
    let stretch = |place: f64| (place / APART).floor();
    for pile in places.chunk_by(|a, b| stretch(a.0) == stretch(b.0)) {
        let drawn = pile.len().min(PILE);
        let step = APART.min(2.0 * SPREAD / (drawn as f64 - 1.0).max(1.0));
        for place in 0..drawn {
            // of a higher pile points at even distances, so that its colours keep their shares
            let (at, colour) = pile[place * pile.len() / drawn];
            // 0, +1, -1, +2, -2, …
            let half = place.div_ceil(2) as f64 * step;
            let y = if place % 2 == 1 {
                middle - half
            } else {
                middle + half
            };
            paths[colour].push_str(&format!("M{} {}h0", c(at), c(y)));
        }
    }
    let class = |colour: usize| match colour {
        COLOURS => "none".to_string(),
        step => format!("v{step}"),
    };
    // missing values first, so that known ones lie above them
    let drawn = std::iter::once(COLOURS).chain(0..COLOURS);
    drawn
        .filter(|&colour| !paths[colour].is_empty())
        .map(|colour| {
            Element::new("path")
                .class(&class(colour))
                .attr("d", &paths[colour])
        })
        .collect()
}

/// The step of a shade's colour; the last is for what is not known.
pub(super) fn colour(shade: Option<f64>) -> usize {
    match shade {
        Some(rank) if rank.is_finite() => {
            ((rank.clamp(0.0, 1.0) * COLOURS as f64) as usize).min(COLOURS - 1)
        }
        _ => COLOURS,
    }
}

fn axis(chart: &mut Chart, of: &str, x: &Scale, bottom: f64) {
    chart.add(line("base", (0.0, bottom), (WIDTH, bottom)));
    let digits = x.tick_digits(6);
    for tick in x.ticks(6) {
        let at = x.place(tick);
        let anchor = if at < 14.0 {
            "start"
        } else if at > WIDTH - 14.0 {
            "end"
        } else {
            "middle"
        };
        chart.add(line("base", (at, bottom), (at, bottom + 4.0)));
        chart.add(label(
            at,
            bottom + 16.0,
            anchor,
            "tick",
            fixed(tick, digits),
        ));
    }
    chart.add(label(0.0, bottom + 31.0, "start", "axis", "← lowers"));
    // what is moved stands between the two directions
    let room = letters(WIDTH - 2.0 * text_width("raises →  "), LETTER);
    let place = (WIDTH / 2.0, bottom + 31.0);
    chart.add(name(place, "middle", "axis", of, room));
    chart.add(label(WIDTH, bottom + 31.0, "end", "axis", "raises →"));
}

/// Colours from low to high; `of` says what of.
pub(super) fn legend(chart: &mut Chart, of: &str, y: f64) {
    let of = format!("{}: low", shortened(of, SHADE));
    let left = text_width(&of);
    chart.add(label(0.0, y + 4.0, "start", "axis", of));
    for step in 0..COLOURS {
        let at = left + 6.0 + 9.0 * step as f64;
        chart.add(
            Element::new("path")
                .class(&format!("v{step}"))
                .attr("d", format!("M{} {}h5", c(at), c(y))),
        );
    }
    chart.add(label(left + 72.0, y + 4.0, "start", "axis", "high"));
    chart.add(
        Element::new("path")
            .class("none")
            .attr("d", format!("M{} {}h0", c(left + 112.0), c(y))),
    );
    chart.add(label(left + 119.0, y + 4.0, "start", "axis", "not known"));
}
