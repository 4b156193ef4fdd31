//! What stands behind a check: text, pictures, tables.

use leadrank_evidence::{Picture, Section};

use super::parts::{el, flowing, prose, tied};
use super::tables::data_table;
use crate::chart;
use crate::markup::Element;

/// A section; `id` makes the ids of its pictures its own.
pub(super) fn section(id: &str, section: &Section) -> Element {
    let mut element = el("div").class("part").attr("id", id);
    if !section.title.is_empty() {
        element.add(flowing(el("h3"), &section.title));
    }
    element.add_all(section.text.iter().map(|text| prose("p", text)));
    if !section.pictures.is_empty() {
        let pictures = section.pictures.iter().enumerate();
        let pictures = pictures
            .map(|(place, picture)| figure(&format!("{id}-picture-{}", place + 1), picture));
        element.add(el("div").class("figures").children(pictures));
    }
    element.add_all(section.tables.iter().map(data_table));
    element
}

/// A picture under its title, with what it shows in words.
fn figure(id: &str, picture: &Picture) -> Element {
    let chart = chart::picture(picture);
    let (figure, holder) = if chart.is_wide() {
        (
            "wide",
            el("div").class("picture scroll").attr("tabindex", "0"),
        )
    } else {
        ("narrow", el("div").class("picture"))
    };
    let caption =
        chart::is_told(picture).then(|| flowing(el("figcaption"), &tied(chart.description())));
    el("figure")
        .class(figure)
        .child(flowing(el("h4"), chart.title()))
        .child(holder.markup(&chart.inline_as(id)))
        .children(caption)
}
