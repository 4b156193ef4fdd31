//! A run, or the checks of its data, as one HTML page: no scripts, nothing from elsewhere, the
//! same on a phone, a desk and paper, in light and dark.

mod calls;
mod checks;
mod data;
mod decided;
mod drivers;
mod findings;
mod gates;
mod parts;
mod quality;
mod sections;
mod tables;

pub use checks::render_checks;

use parts::{document, el, header, prose, section, tied};

use crate::markup::Element;
use crate::run_page::RunPage;

/// Style of the page; the charts bring their own.
const STYLE: &str = include_str!("page.css");

/// The page. Sections without data are left out.
///
/// The page is well-formed XML too, so that any tool can read it.
pub fn render_run(page: &RunPage) -> String {
    let sections: Vec<(&str, &str, Element)> = [
        ("calls", "Whom to call", calls::section(page)),
        ("works", "Does it work?", quality::section(page)),
        ("decided", "How it was decided", decided::section(page)),
        ("drivers", "What moves the score", drivers::section(page)),
        ("data", "What went in", data::section(page)),
        ("made", "How it was made", provenance(page)),
    ]
    .into_iter()
    .filter_map(|(id, title, body)| Some((id, title, body?)))
    .collect();

    let links = sections
        .iter()
        .map(|(id, title, _)| el("a").attr("href", format!("#{id}")).text(title));
    let main = el("main")
        .child(header(&page.title, &page.subtitle))
        .children(notes(page))
        .children(tiles(page))
        .child(el("nav").attr("aria-label", "Sections").children(links))
        .children(
            sections
                .iter()
                .map(|(id, title, body)| section(id, title).child(body.clone())),
        );
    document(&page.title, STYLE, main)
}

fn notes(page: &RunPage) -> Option<Element> {
    (!page.notes.is_empty()).then(|| {
        el("aside")
            .class("notes")
            .attr("aria-label", "Read this first")
            .child(el("h2").text("Read this first"))
            .child(el("ul").children(page.notes.iter().map(|note| prose("li", note))))
    })
}

fn tiles(page: &RunPage) -> Option<Element> {
    (!page.headline.is_empty()).then(|| {
        let tile = |tile: &crate::Tile| {
            el("div")
                .class("tile")
                .child(el("dt").text(tied(&tile.label)))
                .child(el("dd").class("value").text(&tile.value))
                .child(el("dd").class("note").text(tied(&tile.note)))
        };
        el("dl")
            .class("tiles")
            .children(page.headline.iter().map(tile))
    })
}

fn provenance(page: &RunPage) -> Option<Element> {
    (!page.provenance.is_empty()).then(|| {
        let line = |(name, value): &(String, String)| {
            el("div")
                .child(el("dt").text(name))
                .child(el("dd").text(value))
        };
        el("dl")
            .class("facts")
            .children(page.provenance.iter().map(line))
    })
}
