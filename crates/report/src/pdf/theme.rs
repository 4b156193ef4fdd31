//! The colours of print as fixed values: a PDF knows no style sheets.

use std::collections::BTreeMap;

use crate::THEME;

/// A colour by its place on the page; the style sheet says which it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Ink,
    Muted,
    Rule,
    Accent,
    Second,
    Good,
    Bad,
    /// What stands on a filled ground.
    Card,
}

impl Tone {
    fn name(self) -> &'static str {
        match self {
            Tone::Ink => "ink",
            Tone::Muted => "muted",
            Tone::Rule => "rule",
            Tone::Accent => "accent",
            Tone::Second => "second",
            Tone::Good => "good",
            Tone::Bad => "bad",
            Tone::Card => "card",
        }
    }
}

/// The variables of the style sheet with their values in print.
#[derive(Debug)]
pub(super) struct Theme(BTreeMap<&'static str, &'static str>);

impl Theme {
    /// The values that the style sheet has for print.
    pub(super) fn print() -> Self {
        let block = THEME.split("@media print").nth(1).unwrap_or(THEME);
        let declarations = block.split([';', '{', '}']);
        let variable = |declaration: &'static str| {
            let (name, value) = declaration.trim().strip_prefix("--")?.split_once(':')?;
            Some((name.trim(), value.trim()))
        };
        Theme(declarations.filter_map(variable).collect())
    }

    /// A picture's markup with values in place of variables; one that is not known is black.
    pub(super) fn resolved(&self, markup: &str) -> String {
        let mut parts = markup.split("var(--");
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part.split_once(')').unwrap_or((part, ""));
            out.push_str(self.0.get(name.trim()).unwrap_or(&"#000000"));
            out.push_str(rest);
        }
        out
    }

    /// Red, green and blue.
    pub(super) fn colour(&self, tone: Tone) -> [u8; 3] {
        let hex = self.0.get(tone.name()).copied().unwrap_or_default();
        let part = |from: usize| {
            let digits = hex.get(from..from + 2).unwrap_or_default();
            u8::from_str_radix(digits, 16).unwrap_or(0)
        };
        [part(1), part(3), part(5)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::STYLE;

    #[test]
    fn every_colour_of_charts_has_a_value_in_print() {
        let theme = Theme::print();
        for part in STYLE.split("var(--").skip(1) {
            let name = part.split(')').next().unwrap_or_default();
            assert!(theme.0.contains_key(name), "{name}");
        }
        let style = theme.resolved(STYLE);
        assert!(
            !style.contains("var(") && style.contains("fill: #111417"),
            "{style}"
        );
    }

    #[test]
    fn tones_are_those_of_the_style_sheet() {
        let theme = Theme::print();
        assert_eq!(theme.colour(Tone::Accent), [0x1f, 0x5f, 0x9e]);
        assert_eq!(theme.colour(Tone::Card), [255, 255, 255]);
        let all = [
            Tone::Ink,
            Tone::Muted,
            Tone::Rule,
            Tone::Second,
            Tone::Good,
            Tone::Bad,
        ];
        for tone in all {
            assert_ne!(theme.colour(tone), [0, 0, 0], "{tone:?}");
        }
    }
}
