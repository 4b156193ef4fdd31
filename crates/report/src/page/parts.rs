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
    let (figure, picture) = match chart.is_wide() {
        true => (
            figure.class("wide"),
            el("div").class("picture scroll").attr("tabindex", "0"),
        ),
        false => (figure, el("div").class("picture")),
    };
    let figure = figure.child(picture.markup(&chart.inline()));
    if small.is_empty() {
        figure
    } else {
        figure.child(el("figcaption").text(small))
    }
}

/// Longest word that is never broken.
const WHOLE: usize = 40;
/// Words longer than this, such as names of features, may go on in the next line after an
/// underscore.
const LONG: usize = 20;

/// Adds text that breaks into lines where a reader would: dates, ranges and options stay whole
/// (`2025-`, `3.9–` or `--` alone says nothing), long names go on after an underscore.
pub(super) fn flowing(mut element: Element, text: &str) -> Element {
    let mut plain = String::new();
    for word in text.split_inclusive([' ', '\n']) {
        let (word, space) = word.split_at(word.trim_end().len());
        if stays_whole(word) {
            let whole = el("span").class("whole").text(word);
            element = element.text(std::mem::take(&mut plain)).child(whole);
        } else if word.len() > LONG && word.contains('_') {
            for piece in word.split_inclusive('_') {
                plain.push_str(piece);
                if piece.ends_with('_') {
                    element = element.text(std::mem::take(&mut plain)).child(el("wbr"));
                }
            }
        } else {
            plain.push_str(word);
        }
        plain.push_str(space);
    }
    element.text(plain)
}

/// Whether a word is an option or has digits on both sides of a hyphen or dash.
fn stays_whole(word: &str) -> bool {
    let is_digit = |letter: char| letter.is_ascii_digit();
    let pieces: Vec<&str> = word.split(['-', '–']).collect();
    let between_digits =
        |pair: &[&str]| pair[0].ends_with(is_digit) && pair[1].starts_with(is_digit);
    word.len() <= WHOLE && (word.starts_with("--") || pieces.windows(2).any(between_digits))
}

/// Text in which `code` may stand between backticks.
pub(super) fn prose(name: &'static str, text: &str) -> Element {
    let text = &tied(text);
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        // a backtick without its partner is just a letter
        return flowing(el(name), text);
    }
    let mut element = el(name);
    for (place, part) in parts.into_iter().enumerate() {
        let code = place % 2 == 1;
        element = if code {
            element.child(flowing(el("code"), part))
        } else {
            flowing(element, part)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_where_a_reader_would() {
        let text = "on 2025-04-01 (3.9–4.5); try --exclude A_Long_Name_Of_A_Feature or a-b";
        assert_eq!(
            flowing(el("p"), text).into_string(),
            "<p>on <span class=\"whole\">2025-04-01</span> <span class=\"whole\">(3.9–4.5);\
             </span> try <span class=\"whole\">--exclude</span> \
             A_<wbr/>Long_<wbr/>Name_<wbr/>Of_<wbr/>A_<wbr/>Feature or a-b</p>"
        );
    }
}
