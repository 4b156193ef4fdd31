//! Does it work: gain, deciles, precision and recall, reliability, measures, criteria.

use super::parts::{Align, cell, el, figure, measured, named, says, table, tied};
use crate::chart;
use crate::format::{NOTHING, Written as _};
use crate::markup::Element;
use crate::run_page::{CriterionRow, MetricRow, RunPage};
use crate::sentences;

pub(super) fn section(page: &RunPage) -> Option<Element> {
    let mut body = el("div");
    let figures = figures(page);
    if !figures.is_empty() {
        body.add(el("div").class("figures").children(figures));
    }
    if !page.metrics.is_empty() {
        body.add(el("h3").text("Measures"));
        body.add_all(says(sentences::metrics(page)));
        body.add(measures(page));
        body.add_all(all_parts(page));
    }
    if !page.criteria.is_empty() {
        body.add(el("h3").text("Success criteria"));
        body.add_all(says(sentences::criteria(page)));
        body.add(criteria(&page.criteria));
    }
    (!body.is_empty()).then_some(body)
}

fn figures(page: &RunPage) -> Vec<Element> {
    let size = page.size_words().unwrap_or_default();
    let small = |text: &str| {
        if size.is_empty() {
            text.to_string()
        } else {
            format!("{text} {size}.")
        }
    };
    let mut figures = Vec::new();
    if !page.gain.is_empty() {
        let skipped = page.gain_skipped();
        let chart = chart::cumulative_gain(
            &page.gain,
            &page.gain_marks(),
            skipped.as_ref(),
            &page.words,
        );
        let small = small("Whiskers are 95 % intervals; the shaded end is the do-not-call side.");
        figures.push(figure(
            "Calling the best first",
            sentences::gain(page),
            &chart,
            &small,
        ));
    }
    if !page.deciles.is_empty() {
        let chart = chart::deciles(&page.deciles, &page.words);
        let small = small("Whiskers are 95 % intervals; diamonds are what the model predicted.");
        figures.push(figure(
            "Rate by tenth",
            sentences::deciles(page),
            &chart,
            &small,
        ));
    }
    if let (false, Some(area)) = (page.pr.is_empty(), page.judged("auc_pr")) {
        let chart = chart::precision_recall(&page.pr, area, &page.words);
        let begins = if area.positives >= 20 {
            "The curve begins at the tenth hit; before that it is noise."
        } else {
            "With so few hits the curve is mostly noise."
        };
        let sentence = sentences::precision_recall(page);
        figures.push(figure(
            "Precision and recall",
            sentence,
            &chart,
            &small(begins),
        ));
    }
    if !page.reliability.is_empty() {
        let chart = chart::reliability(&page.reliability, &page.words);
        let small =
            small("Groups of equal size with 95 % intervals; axes end where the data does.");
        let sentence = sentences::reliability(page);
        figures.push(figure(
            "Do the probabilities come true?",
            sentence,
            &chart,
            &small,
        ));
    }
    figures
}

/// The measures that do not need unfolding.
fn at_once(page: &RunPage) -> Vec<&MetricRow> {
    let key: Vec<&MetricRow> = page.metrics.iter().filter(|row| row.is_key()).collect();
    if key.is_empty() {
        page.metrics.iter().collect()
    } else {
        key
    }
}

/// Measures of the judged part with interval and chance level.
fn measures(page: &RunPage) -> Element {
    let row = |row: &MetricRow| {
        let estimate = page.judged(&row.name);
        let value = estimate.map_or(NOTHING.into(), |estimate| row.unit.with_interval(estimate));
        let chance = estimate.and_then(|estimate| estimate.chance);
        let chance = chance.map_or(NOTHING.into(), |chance| row.unit.format(chance));
        vec![
            named(&row.label, &row.meaning),
            measured(&value),
            cell(chance),
        ]
    };
    let head = [
        ("measure", Align::Words),
        ("value (95 % interval)", Align::Numbers),
        ("chance", Align::Numbers),
    ];
    let part = if page.judged_part.is_empty() {
        "last"
    } else {
        page.judged_part.as_str()
    };
    let caption = match page.size_words() {
        Some(size) => format!("On the {part} part: {size}"),
        None => format!("On the {part} part"),
    };
    table(
        &caption,
        &head,
        at_once(page).into_iter().map(row).collect(),
    )
}

/// All measures on every part, where that is more than what is shown already.
fn all_parts(page: &RunPage) -> Option<Element> {
    let mut parts: Vec<&str> = Vec::new();
    for (part, _) in page.metrics.iter().flat_map(|row| &row.by_part) {
        if !parts.contains(&part.as_str()) {
            parts.push(part);
        }
    }
    if parts.len() < 2 && at_once(page).len() == page.metrics.len() {
        return None;
    }
    let row = |row: &MetricRow| {
        let value = |part: &&str| {
            let found = row.by_part.iter().find(|by_part| by_part.0 == *part);
            measured(&found.map_or(NOTHING.into(), |found| row.unit.with_interval(&found.1)))
        };
        let mut cells = vec![cell(&row.label)];
        cells.extend(parts.iter().map(value));
        cells
    };
    let mut head = vec![("measure", Align::Words)];
    head.extend(parts.iter().map(|part| (*part, Align::Numbers)));
    let table = table(
        "A model far better on the rows it was trained on than on others has learned them by heart",
        &head,
        page.metrics.iter().map(row).collect(),
    );
    Some(
        el("details")
            .child(el("summary").text("All measures on all parts"))
            .child(table),
    )
}

fn criteria(criteria: &[CriterionRow]) -> Element {
    let row = |row: &CriterionRow| {
        let (class, verdict) = match row.met {
            Some(true) => ("verdict met", "met"),
            Some(false) => ("verdict missed", "not met"),
            None => ("verdict", "open"),
        };
        vec![
            el("td").child(el("span").class(class).text(verdict)),
            named(&row.name, &row.comment),
            measured(&row.value)
                .child(el("small").text(tied(&format!("asked: {}", row.threshold)))),
        ]
    };
    let head = [
        ("verdict", Align::Words),
        ("criterion", Align::Words),
        ("found", Align::Numbers),
    ];
    table(
        "Criteria, met or not",
        &head,
        criteria.iter().map(row).collect(),
    )
}
