//! Words in lines: text becomes words, words become lines that fit a width.

use krilla::text::KrillaGlyph;

use super::font::{Fonts, Weight, width};
use super::theme::Tone;

/// How letters look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Style {
    /// Height of the letters in points.
    pub(super) size: f32,
    pub(super) weight: Weight,
    pub(super) tone: Tone,
}

impl Style {
    pub(super) fn regular(size: f32, tone: Tone) -> Self {
        Style {
            size,
            weight: Weight::Regular,
            tone,
        }
    }

    pub(super) fn strong(size: f32, tone: Tone) -> Self {
        Style {
            size,
            weight: Weight::Strong,
            tone,
        }
    }

    /// From one line's foot to the next.
    pub(super) fn leading(self) -> f32 {
        (self.size * 1.36).ceil()
    }
}

/// Letters of one look on a line.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) text: String,
    pub(super) glyphs: Vec<KrillaGlyph>,
    pub(super) style: Style,
}

impl Run {
    fn new(fonts: &Fonts, text: &str, style: Style) -> Self {
        Run {
            glyphs: fonts.shape(text, style.weight),
            text: text.to_owned(),
            style,
        }
    }

    /// In points.
    pub(super) fn width(&self) -> f32 {
        width(&self.glyphs) * self.style.size
    }

    /// Puts what follows to its end.
    fn join(&mut self, other: Run) {
        let shift = self.text.len();
        self.text.push_str(&other.text);
        let moved = other.glyphs.into_iter().map(|mut glyph| {
            glyph.text_range = glyph.text_range.start + shift..glyph.text_range.end + shift;
            glyph
        });
        self.glyphs.extend(moved);
    }

    /// Cuts after the letters that fit; at least one letter comes first. A cut after a sign that
    /// joins the parts of a name is taken before one between letters.
    fn cut(self, fonts: &Fonts, room: f32) -> (Run, Option<Run>) {
        let ends: Vec<usize> = self
            .glyphs
            .iter()
            .map(|glyph| glyph.text_range.end)
            .collect();
        let part = |end: usize| Run::new(fonts, &self.text[..end], self.style);
        // measured anew for each end, since letters stand closer to some than to others
        let fitting = ends.iter().take_while(|&&end| part(end).width() <= room);
        let fitting: Vec<usize> = fitting.copied().collect();
        let joins = ['_', '-', '/', '.', ',', ':', '=', '@', '–'];
        let after_sign = |end: &&usize| self.text[..**end].ends_with(joins);
        let end = match (fitting.last(), ends.first()) {
            (Some(&last), _) if last == self.text.len() => last,
            (Some(&last), _) => *fitting.iter().rev().find(after_sign).unwrap_or(&last),
            (None, first) => first.copied().unwrap_or(self.text.len()),
        };
        let rest = &self.text[end..];
        let rest = (!rest.is_empty()).then(|| Run::new(fonts, rest, self.style));
        (part(end), rest)
    }
}

/// What stands on one line.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    pub(super) runs: Vec<Run>,
    /// Without the space that ends it, in points.
    pub(super) width: f32,
}

impl Line {
    /// The text of all runs.
    pub(super) fn text(&self) -> String {
        self.runs.iter().map(|run| run.text.as_str()).collect()
    }
}

/// Words with their looks, to be put into lines.
#[derive(Debug, Clone, Default)]
pub(super) struct Text {
    words: Vec<Run>,
    /// The greatest size among them.
    leading: f32,
}

impl Text {
    /// Nothing yet, or one look throughout.
    pub(super) fn new(fonts: &Fonts, text: &str, style: Style) -> Self {
        Text::default().then(fonts, text, style)
    }

    /// More words. Backticks become quotes or nothing, a number keeps its per cent sign.
    #[must_use]
    pub(super) fn then(mut self, fonts: &Fonts, text: &str, style: Style) -> Self {
        let shown = fonts.shown(&unquoted(text).replace(" %", "\u{a0}%"));
        let words = shown.split(' ').filter(|word| !word.is_empty());
        self.words
            .extend(words.map(|word| Run::new(fonts, word, style)));
        self.leading = self.leading.max(style.leading());
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// From one line's foot to the next, in points.
    pub(super) fn leading(&self) -> f32 {
        self.leading
    }

    /// How its first word looks.
    pub(super) fn style(&self) -> Style {
        let first = self.words.first();
        first.map_or(Style::regular(self.leading, Tone::Ink), |word| word.style)
    }

    /// Room for all words on one line.
    pub(super) fn natural_width(&self, fonts: &Fonts) -> f32 {
        self.lines(fonts, f32::INFINITY)
            .first()
            .map_or(0.0, |line| line.width)
    }

    /// Room for the longest word.
    pub(super) fn longest_word(&self) -> f32 {
        self.words.iter().map(Run::width).fold(0.0, f32::max)
    }

    /// The words in lines of a width in points. A word that is longer is cut.
    pub(super) fn lines(&self, fonts: &Fonts, room: f32) -> Vec<Line> {
        let mut lines: Vec<Line> = Vec::new();
        let mut line = Line::default();
        for word in &self.words {
            let mut word = word.clone();
            if let Some(last) = line.runs.last_mut() {
                let space = Run::new(fonts, " ", last.style);
                let fits = line.width + space.width() + word.width() <= room + 0.01;
                let gap = space.width();
                // the space stays at the line's end, so that who copies the text gets it
                last.join(space);
                if fits {
                    line.width += gap;
                } else {
                    lines.push(std::mem::take(&mut line));
                }
            }
            while line.runs.is_empty() && word.width() > room + 0.01 {
                let (head, rest) = word.clone().cut(fonts, room);
                let Some(rest) = rest else { break };
                lines.push(Line {
                    width: head.width(),
                    runs: vec![head],
                });
                word = rest;
            }
            line.width += word.width();
            match line.runs.last_mut() {
                Some(last) if last.style == word.style => last.join(word),
                _ => line.runs.push(word),
            }
        }
        if !line.runs.is_empty() {
            lines.push(line);
        }
        lines
    }
}

/// Without the backticks that stand in pairs: a name is seen to be one, words to be typed are
/// quoted.
fn unquoted(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return text.to_owned();
    }
    let parts = parts.iter().enumerate();
    let parts = parts.map(|(place, part)| match place % 2 {
        1 if part.contains(' ') => format!("“{part}”"),
        _ => (*part).to_owned(),
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn style() -> Style {
        Style::regular(10.0, Tone::Ink)
    }

    fn lines(text: &str, room: f32) -> Vec<Line> {
        let fonts = Fonts::new().unwrap();
        Text::new(&fonts, text, style()).lines(&fonts, room)
    }

    #[test]
    fn words_go_to_the_next_line_and_long_ones_are_cut_at_their_signs() {
        let made = lines("of `Home_Metro_Area_Miami` and 4.0\u{a0}% of leads", 70.0);
        let texts: Vec<String> = made.iter().map(Line::text).collect();
        assert_eq!(
            texts,
            [
                "of ",
                "Home_Metro_",
                "Area_Miami ",
                "and 4.0\u{a0}% of ",
                "leads"
            ]
        );
        assert!(lines("  ", 70.0).is_empty());
    }

    #[test]
    fn words_to_be_typed_are_quoted() {
        assert_eq!(
            unquoted("run `leadrank features` on `AUM`"),
            "run “leadrank features” on AUM"
        );
        assert_eq!(unquoted("one ` alone"), "one ` alone");
    }

    #[test]
    fn looks_keep_apart_on_a_line() {
        let fonts = Fonts::new().unwrap();
        let strong = Style::strong(10.0, Tone::Bad);
        let text = Text::new(&fonts, "fail", strong).then(&fonts, "for 3 leads", style());
        let line = &text.lines(&fonts, 500.0)[0];
        assert_eq!(line.text(), "fail for 3 leads");
        assert_eq!(line.runs.len(), 2);
        let sum: f32 = line.runs.iter().map(Run::width).sum();
        assert!((line.width - sum).abs() < 0.01);
    }

    proptest! {
        #[test]
        fn no_letter_is_lost_and_no_line_too_long(text in "[a-z_ é株]{0,80}", room in 20.0f32..200.0) {
            let made = lines(&text, room);
            let all: String = made.iter().map(Line::text).collect();
            let bare = |text: &str| text.replace(' ', "").replace('株', "\u{fffd}");
            prop_assert_eq!(bare(&all), bare(&text));
            for line in made {
                prop_assert!(line.width <= room + 0.02, "{} in {room}", line.width);
            }
        }
    }
}
