//! Pieces that all sections are made of.

use crate::THEME;
use crate::chart::{self, Chart};
pub(super) use crate::format::tied;
use crate::markup::Element;

pub(super) fn el(name: &'static str) -> Element {
    Element::new(name)
}

/// A whole page around its content; `style` is what it needs beside theme and charts.
///
/// It is well-formed XML too, so that any tool can read it.
pub(super) fn document(title: &str, style: &str, main: Element) -> String {
    let meta = |name: &str, content: &str| el("meta").attr("name", name).attr("content", content);
    let head = el("head")
        .child(el("meta").attr("charset", "utf-8"))
        .child(meta("viewport", "width=device-width, initial-scale=1"))
        .child(meta("color-scheme", "light dark"))
        .child(el("title").text(title))
        .child(el("style").markup(&[THEME, chart::STYLE, style].concat()));
    let html = el("html")
        .attr("lang", "en")
        .child(head)
        .child(el("body").child(main));
    format!("<!DOCTYPE html>\n{}\n", html.into_string())
}

/// Title and subtitle of a page.
pub(super) fn header(title: &str, subtitle: &str) -> Element {
    let header = el("header").child(el("h1").text(title));
    if subtitle.is_empty() {
        header
    } else {
        header.child(el("p").class("subtitle").text(subtitle))
    }
}

/// A section with its heading.
pub(super) fn section(id: &str, title: &str) -> Element {
    el("section").attr("id", id).child(el("h2").text(title))
}

/// The plain sentence that opens a part.
pub(super) fn says(sentence: Option<String>) -> Option<Element> {
    sentence.map(|sentence| el("p").class("says").text(sentence))
}

/// A picture with heading, sentence and small print.
pub(super) fn figure(title: &str, sentence: Option<String>, chart: &Chart, small: &str) -> Element {
    let figure = el("figure")
        .child(el("h3").text(title))
        .children(says(sentence));
    let figure = figure.child(el("div").class("picture").markup(&chart.inline()));
    if small.is_empty() {
        figure
    } else {
        figure.child(el("figcaption").text(small))
    }
}

/// Adds text whose dates and ranges stay whole: a line may break after a hyphen or dash, but
/// `2025-` or `3.9–` alone says nothing.
pub(super) fn worded(mut element: Element, text: &str) -> Element {
    let is_dash = |letter: char| letter == '-' || letter == '–';
    let tie = |word: &str| {
        let pieces: Vec<&str> = word.split(is_dash).collect();
        let joined = |pair: &[&str]| {
            pair[0].ends_with(|letter: char| letter.is_ascii_digit())
                && pair[1].starts_with(|letter: char| letter.is_ascii_digit())
        };
        word.len() <= 40 && pieces.windows(2).any(joined)
    };
    let mut plain = String::new();
    for word in text.split_inclusive([' ', '\n']) {
        if tie(word) {
            element = element.text(std::mem::take(&mut plain));
            let (word, space) = word.split_at(word.trim_end().len());
            element = element.child(el("span").class("whole").text(word));
            plain.push_str(space);
        } else {
            plain.push_str(word);
        }
    }
    element.text(plain)
}

/// Text in which `code` may stand between backticks.
pub(super) fn prose(name: &'static str, text: &str) -> Element {
    let text = &tied(text);
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        // a backtick without its partner is just a letter
        return worded(el(name), text);
    }
    let mut element = el(name);
    for (place, part) in parts.into_iter().enumerate() {
        let code = place % 2 == 1;
        element = if code {
            element.child(el("code").text(part))
        } else {
            worded(element, part)
        };
    }
    element
}

/// How a column of a table is set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    /// Words.
    Words,
    /// Numbers, to the right.
    Numbers,
}

/// A table that scrolls sideways where it must.
pub(super) fn table(caption: &str, head: &[(&str, Align)], rows: Vec<Vec<Element>>) -> Element {
    let class = |align: Align| {
        if align == Align::Numbers {
            "number"
        } else {
            "words"
        }
    };
    let header = |(title, align): &(&str, Align)| {
        el("th")
            .attr("scope", "col")
            .class(class(*align))
            .text(title)
    };
    let cell = |(place, cell): (usize, Element)| {
        cell.class(head.get(place).map_or("words", |column| class(column.1)))
    };
    let row = |cells: Vec<Element>| el("tr").children(cells.into_iter().enumerate().map(cell));
    let table = el("table")
        .child(el("caption").text(caption))
        .child(el("thead").child(el("tr").children(head.iter().map(header))))
        .child(el("tbody").children(rows.into_iter().map(row)));
    el("div").class("scroll").attr("tabindex", "0").child(table)
}

/// A cell of text.
pub(super) fn cell(text: impl AsRef<str>) -> Element {
    el("td").text(text)
}

/// A cell with a number and its interval, which goes below on a phone.
pub(super) fn measured(text: &str) -> Element {
    match text.split_once(" (") {
        Some((value, interval)) => el("td")
            .text(value)
            .child(el("span").class("interval").text(format!(" ({interval}"))),
        None => cell(text),
    }
}

/// A cell with a name and small print under it.
pub(super) fn named(name: &str, small: &str) -> Element {
    let name = el("td").child(el("strong").text(tied(name)));
    if small.is_empty() {
        name
    } else {
        name.child(prose("small", small))
    }
}
