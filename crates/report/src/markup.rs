//! One tree of elements for HTML and SVG. Text and attributes are escaped when they are put in,
//! and every element that is opened is closed, so that a page is well-formed by construction.

use std::fmt::{Display, Write as _};

/// Elements written as `<name …/>`: HTML's void elements and SVG's shapes.
const WITHOUT_CONTENT: [&str; 9] = [
    "meta", "br", "wbr", "path", "line", "rect", "circle", "polyline", "polygon",
];

/// An element with attributes and content.
#[derive(Debug, Clone)]
pub(crate) struct Element {
    name: &'static str,
    attributes: String,
    content: String,
    /// Whether a line break before a child would be visible.
    holds_text: bool,
}

impl Element {
    pub(crate) fn new(name: &'static str) -> Self {
        Element {
            name,
            attributes: String::new(),
            content: String::new(),
            holds_text: false,
        }
    }

    pub(crate) fn attr(mut self, name: &str, value: impl Display) -> Self {
        let _ = write!(
            self.attributes,
            " {name}=\"{}\"",
            escape(&value.to_string())
        );
        self
    }

    pub(crate) fn class(self, names: &str) -> Self {
        self.attr("class", names)
    }

    /// An attribute that is a coordinate or a length.
    pub(crate) fn at(self, name: &str, value: f64) -> Self {
        let text = coordinate(value);
        self.attr(name, text)
    }

    pub(crate) fn text(mut self, text: impl AsRef<str>) -> Self {
        self.holds_text = true;
        self.content.push_str(&escape(text.as_ref()));
        self
    }

    pub(crate) fn child(mut self, child: Element) -> Self {
        self.add(child);
        self
    }

    pub(crate) fn children(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.add_all(children);
        self
    }

    pub(crate) fn add_all(&mut self, children: impl IntoIterator<Item = Element>) {
        for child in children {
            self.add(child);
        }
    }

    pub(crate) fn add(&mut self, child: Element) {
        if !self.holds_text {
            self.content.push('\n');
        }
        child.write(&mut self.content);
    }

    /// Puts in text that is markup already: our own style sheets and pictures.
    pub(crate) fn markup(mut self, markup: &str) -> Self {
        self.holds_text = true;
        self.content.push_str(markup);
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.content.is_empty()
    }

    /// The element as text.
    pub(crate) fn into_string(self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(self, out: &mut String) {
        let Element {
            name,
            attributes,
            content,
            holds_text,
        } = self;
        if content.is_empty() && WITHOUT_CONTENT.contains(&name) {
            let _ = write!(out, "<{name}{attributes}/>");
            return;
        }
        let end = if holds_text || content.is_empty() {
            ""
        } else {
            "\n"
        };
        let _ = write!(out, "<{name}{attributes}>{content}{end}</{name}>");
    }
}

/// Text that is safe between tags and inside quoted attributes. Characters that XML forbids
/// become the replacement character.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' => out.push(character),
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => {
                out.push('\u{fffd}');
            }
            _ => out.push(character),
        }
    }
    out
}

/// A coordinate with one digit at most; what is not finite becomes 0, though no chart lets it
/// come so far.
pub(crate) fn coordinate(value: f64) -> String {
    let tenths = if value.is_finite() {
        (value * 10.0).round() as i64
    } else {
        0
    };
    let sign = if tenths < 0 { "-" } else { "" };
    match (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10) {
        (whole, 0) => format!("{sign}{whole}"),
        (whole, tenth) => format!("{sign}{whole}.{tenth}"),
    }
}

/// A name that can be an id: letters and digits of `text`, joined by hyphens.
pub(crate) fn slug(text: &str) -> String {
    let parts: Vec<String> = text
        .split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    if parts.is_empty() {
        "chart".into()
    } else {
        parts.join("-")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn elements_nest_and_close() {
        let list = Element::new("ul").class("a\"b").child(
            Element::new("li")
                .text("1 < 2")
                .child(Element::new("b").text("!")),
        );
        assert_eq!(
            list.into_string(),
            "<ul class=\"a&quot;b\">\n<li>1 &lt; 2<b>!</b></li>\n</ul>"
        );
        assert_eq!(
            Element::new("path").attr("d", "M0 0").into_string(),
            "<path d=\"M0 0\"/>"
        );
        assert_eq!(Element::new("p").into_string(), "<p></p>");
    }

    #[test]
    fn coordinates_are_short() {
        let cases = [
            (1.0, "1"),
            (1.25, "1.3"),
            (-0.04, "0"),
            (-2.55, "-2.6"),
            (f64::NAN, "0"),
            (f64::NEG_INFINITY, "0"),
        ];
        for (value, text) in cases {
            assert_eq!(coordinate(value), text, "{value}");
        }
    }

    #[test]
    fn slugs_are_ids() {
        assert_eq!(
            slug("Where the leads' data is from"),
            "where-the-leads-data-is-from"
        );
        assert_eq!(slug("…"), "chart");
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in "\\PC*") {
            let xml = Element::new("p").attr("title", &text).text(&text).into_string();
            let document = roxmltree::Document::parse(&xml).unwrap();
            let root = document.root_element();
            prop_assert_eq!(root.text().unwrap_or_default(), text.as_str());
            prop_assert_eq!(root.attribute("title"), Some(text.as_str()));
        }

        #[test]
        fn control_characters_never_break_a_page(text in any::<String>()) {
            let xml = Element::new("p").text(&text).into_string();
            prop_assert!(roxmltree::Document::parse(&xml).is_ok());
        }
    }
}
