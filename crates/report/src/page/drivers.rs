//! What moves the score: importance and beeswarm.

use super::parts::{el, figure, says};
use crate::chart::{self, Bar};
use crate::format::percent;
use crate::markup::Element;
use crate::run_page::{BeeswarmFeature, ImportanceRow, RunPage};
use crate::sentences;

/// Features shown at once; the others unfold.
const AT_ONCE: usize = 12;

pub(super) fn section(page: &RunPage) -> Option<Element> {
    let (swarm, more_swarm) = page.beeswarm.split_at(page.beeswarm.len().min(AT_ONCE));
    let (bars, more_bars) = page.importance.split_at(page.importance.len().min(AT_ONCE));
    let first = pair(
        page,
        ("Contributions row by row", swarm),
        ("Mean contribution", bars),
        false,
    )?;
    let body = el("div")
        .children(says(sentences::drivers(page)))
        .child(first);
    let more = pair(
        page,
        ("Contributions of further features", more_swarm),
        ("Mean contribution of further features", more_bars),
        true,
    );
    Some(body.children(more.map(|more| {
        let count = more_swarm.len().max(more_bars.len());
        let title = if count == 1 {
            "One more feature".into()
        } else {
            format!("{count} more features")
        };
        el("details").child(el("summary").text(title)).child(more)
    })))
}

/// Beeswarm and bars side by side.
fn pair(
    page: &RunPage,
    (swarm_title, swarm): (&str, &[BeeswarmFeature]),
    (bars_title, importance): (&str, &[ImportanceRow]),
    further: bool,
) -> Option<Element> {
    let mut figures = Vec::new();
    if !swarm.is_empty() {
        let points = swarm
            .iter()
            .map(|feature| feature.points.len())
            .max()
            .unwrap_or(0);
        let chart = chart::beeswarm(swarm_title, swarm);
        let small = format!(
            "A sample of {points} {}; contributions are SHAP values.",
            page.words.rows
        );
        let sentence = if further {
            None
        } else {
            sentences::beeswarm(page)
        };
        figures.push(figure(swarm_title, sentence, &chart, &small));
    }
    if !importance.is_empty() {
        let bar = |row: &ImportanceRow| Bar {
            label: row.label.clone(),
            value: row.mean_abs,
            text: format!(
                "{} · {}",
                crate::format::score(row.mean_abs),
                percent(row.share)
            ),
        };
        let bars: Vec<Bar> = importance.iter().map(bar).collect();
        let sentence = (!further).then(|| {
            "How far each feature moves a score on average, up or down alike.".to_string()
        });
        let small = "Mean of |SHAP| in log-odds, and its share of the sum over all features.";
        figures.push(figure(
            bars_title,
            sentence,
            &chart::bars(bars_title, &bars),
            small,
        ));
    }
    (!figures.is_empty()).then(|| el("div").class("figures").children(figures))
}
