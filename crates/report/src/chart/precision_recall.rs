//! Precision against recall, with the chance line.

use leadrank_evidence::Unit;
use leadrank_stats::Estimate;
use leadrank_stats::curves::PrPoint;

use super::frame::{BELOW, Frame, LEFT, RIGHT};
use super::scale::nice_end;
use super::{Chart, label, line, polyline};
use crate::format::{Written as _, count, percent};
use crate::run_page::Words;

const TITLE: &str = "Precision and recall";
const BOTTOM: f64 = 260.0;
/// Positives from which on precision says something: before, one row moves it by a tenth.
const STEADY: f64 = 10.0;

/// The precision-recall curve with its area (AUC-PR) and the chance line, which is the base rate.
///
/// With at least 20 positives the curve begins at the tenth: the first few rows jump between
/// 0 and 100 % by chance, and would squeeze all the rest.
pub fn precision_recall(points: &[PrPoint], auc_pr: &Estimate, words: &Words) -> Chart {
    let positives = auc_pr.positives as f64;
    let from = if positives >= 2.0 * STEADY {
        STEADY / positives
    } else {
        0.0
    };
    let shown: Vec<(f64, f64)> = points
        .iter()
        .map(|point| (100.0 * point.recall, 100.0 * point.precision))
        .filter(|(recall, precision)| recall.is_finite() && precision.is_finite())
        .filter(|(recall, _)| *recall >= 100.0 * from - 1e-9)
        .collect();
    if shown.is_empty() {
        return Chart::nothing(TITLE);
    }
    let chance = auc_pr
        .chance
        .or_else(|| points.last().map(|point| point.precision));
    let chance = chance.filter(|chance| chance.is_finite());
    let highest = shown
        .iter()
        .map(|point| point.1)
        .fold(100.0 * chance.unwrap_or(0.0), f64::max);

    let area = Unit::Score.with_interval(auc_pr);
    let at_chance = chance.map_or(String::new(), |chance| {
        format!(" Chance is {}.", percent(chance))
    });
    let description = format!(
        "Share of {} among the {} called, against the share of all {} reached. AUC-PR {area}, \
         n = {}, {} {}.{at_chance}",
        words.events,
        words.rows,
        words.events,
        count(auc_pr.n),
        count(auc_pr.positives),
        words.events,
    );
    let mut chart = Chart::new(TITLE, description, BOTTOM + BELOW);
    let frame = Frame::new((0.0, 100.0), (0.0, nice_end(highest).min(100.0)), BOTTOM);
    let upright = format!("precision: share of {} among those called", words.events);
    frame.upright_axis(&mut chart, &upright, "%");
    frame.level_axis(
        &mut chart,
        &format!("recall: share of all {} reached", words.events),
        "%",
        0.0,
    );
    chart.add(polyline(
        "line",
        shown
            .iter()
            .map(|point| (frame.x.place(point.0), frame.y.place(point.1))),
    ));
    if let Some(chance) = chance {
        let y = frame.y.place(100.0 * chance);
        chart.add(line("chance", (LEFT, y), (RIGHT, y)));
        // below the line, or above where there is no room
        let y = if y + 16.0 < BOTTOM { y + 15.0 } else { y - 6.0 };
        let text = format!("chance {}", percent(chance));
        chart.add(label(LEFT + 6.0, y, "start", "second over", text));
    }
    let text = format!("AUC-PR {area}");
    chart.add(label(RIGHT - 4.0, 48.0, "end", "accent strong over", text));
    chart
}
