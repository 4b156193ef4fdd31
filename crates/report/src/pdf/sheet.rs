//! A sheet of cards on two pages, to be taken in at a glance: two columns on each, letters as
//! large as fit.

use leadrank_evidence::Picture;

use super::font::Fonts;
use super::layout::{Area, Flow, Kind, What};
use super::picture::Drawing;
use super::text::{Style, Text};
use super::theme::{Theme, Tone};
use super::{Paper, PdfError};

/// What a cheat sheet says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sheet {
    /// Stands over the first page, and small over the second.
    pub title: String,
    /// Stands below the title.
    pub subtitle: String,
    /// Read down the first column, then the second, then those of the second page.
    pub cards: Vec<Card>,
    /// Stands at the foot of both pages: what all numbers rest on.
    pub footer: String,
}

/// One matter on a cheat sheet.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Card {
    /// What it is about.
    pub heading: String,
    /// What to know, in a sentence or two.
    pub lead: String,
    /// More, each a point of a list.
    pub lines: Vec<String>,
    /// A chart below.
    pub picture: Option<Picture>,
    /// How sure it is, as a word beside the heading.
    pub grade: Option<String>,
}

/// Sizes that are tried, as factors, until all cards fit.
const SCALES: [f32; 7] = [1.15, 1.08, 1.0, 0.94, 0.88, 0.84, 0.8];
/// Room at the sides of a page.
const MARGIN: f32 = 40.0;
/// Where the second page begins, below its head.
const ABOVE: f32 = 52.0;
/// Room below the cards for one line.
const BELOW: f32 = 46.0;
/// Room that title and footer must leave for cards.
const LEAST_ROOM: f32 = 300.0;
/// Room between columns.
const GUTTER: f32 = 13.0;
/// Least and greatest room between cards.
const GAPS: (f32, f32) = (9.0, 18.0);
/// Room between a card's edge and its words.
const PADDING: f32 = 9.0;
/// A chart is at most so many times as high as wide.
const TALLEST: f32 = 1.1;
/// A grade is cut at this width.
const GRADE: f32 = 84.0;
/// Cards of a column are in one of four.
const COLUMNS: usize = 4;

/// The sheet as a PDF of exactly two A4 pages.
///
/// # Errors
/// [`PdfError::TooLong`] if the cards don't fit, which says what to cut; [`PdfError::Internal`]
/// if the result would not be what it promises to be.
///
/// ```
/// use leadrank_report::{Card, Sheet, cheat_sheet};
/// let card = Card {
///     heading: "Call the new ones first".into(),
///     lead: "Leads in their first year at a firm answer twice as often.".into(),
///     lines: vec!["8.1 % (6.9–9.4; n = 1,920); all leads 4.0 %".into()],
///     grade: Some("sure".into()),
///     picture: None,
/// };
/// let sheet = Sheet { title: "Whom to call".into(), cards: vec![card], ..Sheet::default() };
/// assert!(cheat_sheet(&sheet)?.starts_with(b"%PDF-1.7"));
/// # Ok::<(), leadrank_report::PdfError>(())
/// ```
pub fn cheat_sheet(sheet: &Sheet) -> Result<Vec<u8>, PdfError> {
    let fonts = Fonts::new()?;
    laid(&fonts, sheet)?.write(&sheet.title)
}

pub(super) fn laid<'a>(fonts: &'a Fonts, sheet: &Sheet) -> Result<Flow<'a>, PdfError> {
    let theme = Theme::print();
    let drawing = |card: &Card| {
        let picture = card.picture.as_ref();
        let drawn = picture.map(|picture| Drawing::new(fonts, &theme, picture));
        drawn.transpose()
    };
    let drawings: Vec<Option<Drawing>> =
        sheet.cards.iter().map(drawing).collect::<Result<_, _>>()?;
    let below = BELOW + Flow::foot_height(fonts, Paper::A4, MARGIN, &sheet.footer);
    let mut flow = Flow::new(fonts, Paper::A4, (MARGIN, MARGIN, below));
    head(&mut flow, sheet);
    if flow.page() > 0 || flow.room() < LEAST_ROOM {
        return Err(PdfError::TooLong {
            lines: ((LEAST_ROOM - flow.room()).max(12.0) / 12.0) as usize,
            longest: "not cards, but title, subtitle and footer".into(),
        });
    }
    let first = flow.y;
    let rooms = [first, first, ABOVE, ABOVE].map(|top| flow.bottom() - top);
    let width = (flow.width() - GUTTER) / 2.0;
    let mut shortage = 0.0;
    for scale in SCALES {
        let cards = sheet.cards.iter().zip(&drawings);
        let laid: Vec<Laid> = cards
            .map(|(card, drawing)| Laid::new(fonts, card, drawing.as_ref(), width, scale))
            .collect();
        let heights: Vec<f32> = laid.iter().map(|card| card.height).collect();
        let (fullness, breaks) = columns(&heights, rooms);
        if fullness <= 1.0 {
            for column in 0..COLUMNS {
                if column == COLUMNS / 2 {
                    flow.next_page();
                }
                let cards = &laid[breaks[column]..breaks[column + 1]];
                let place = (column % 2) as f32;
                let x = flow.left() + place * (width + GUTTER);
                flow.y = if column < COLUMNS / 2 { first } else { ABOVE };
                column_of(&mut flow, cards, (x, width), rooms[column]);
            }
            flow.number_pages(&sheet.title, &sheet.footer);
            return Ok(flow);
        }
        shortage = (fullness - 1.0) * rooms[2];
    }
    Err(too_long(fonts, sheet, &drawings, width, shortage))
}

/// Title and subtitle, with the flow below them.
fn head(flow: &mut Flow, sheet: &Sheet) {
    let fonts = flow.fonts;
    let title = if sheet.title.trim().is_empty() {
        "Cheat sheet"
    } else {
        &sheet.title
    };
    flow.heading(None, 1, title, Style::strong(19.0, Tone::Ink), 0.0);
    let subtitle = Style::regular(9.6, Tone::Muted);
    flow.paragraph(None, &Text::new(fonts, &sheet.subtitle, subtitle));
    flow.y += 6.0;
    flow.rule(flow.left(), flow.width(), Tone::Accent);
    flow.y += 9.0;
}

/// What has to go before the cards fit.
fn too_long(
    fonts: &Fonts,
    sheet: &Sheet,
    drawings: &[Option<Drawing>],
    width: f32,
    shortage: f32,
) -> PdfError {
    let scale = SCALES[SCALES.len() - 1];
    let leading = Style::regular(SMALL * scale, Tone::Ink).leading();
    let lines = |height: f32| (height / leading).ceil() as usize;
    let cards = sheet.cards.iter().zip(drawings);
    let mut longest: Vec<(usize, &str)> = cards
        .map(|(card, drawing)| {
            let laid = Laid::new(fonts, card, drawing.as_ref(), width, scale);
            (lines(laid.height), card.heading.as_str())
        })
        .collect();
    longest.sort_by_key(|card| std::cmp::Reverse(card.0));
    let named = longest.iter().take(3);
    let named: Vec<String> = named
        .map(|(lines, heading)| format!("{heading:?} ({lines} lines)"))
        .collect();
    PdfError::TooLong {
        lines: lines(shortage).max(1),
        longest: named.join(", "),
    }
}

/// Letters of headings, of leads and of points.
const LARGE: f32 = 11.4;
const MIDDLE: f32 = 9.6;
const SMALL: f32 = 9.0;

/// A card for one size of letters.
struct Laid {
    heading: Text,
    name: String,
    grade: Text,
    lead: Text,
    points: Vec<Text>,
    picture: Option<(Text, Drawing, f32)>,
    height: f32,
    scale: f32,
}

impl Laid {
    fn new(fonts: &Fonts, card: &Card, drawing: Option<&Drawing>, width: f32, scale: f32) -> Self {
        let text = |text: &str, style: Style| Text::new(fonts, text, style);
        let inner = width - 2.0 * PADDING;
        let picture = drawing.map(|drawing| {
            let title = text(&drawing.title, Style::strong(8.4 * scale, Tone::Muted));
            let tallest = inner * TALLEST * scale.min(1.0) / drawing.height();
            let widest = inner.min(drawing.width() * 0.75);
            let wide = (drawing.width() * tallest).min(widest);
            (title, drawing.clone(), wide)
        });
        let point = |line: &String| text(line, Style::regular(SMALL * scale, Tone::Ink));
        let mut laid = Laid {
            heading: text(&card.heading, Style::strong(LARGE * scale, Tone::Ink)),
            name: card.heading.clone(),
            grade: text(
                card.grade.as_deref().unwrap_or_default(),
                Style::strong(8.2 * scale, Tone::Card),
            ),
            lead: text(&card.lead, Style::regular(MIDDLE * scale, Tone::Ink)),
            points: card.lines.iter().map(point).collect(),
            picture,
            height: 0.0,
            scale,
        };
        laid.height = laid.measured(fonts, inner);
        laid
    }

    fn measured(&self, fonts: &Fonts, inner: f32) -> f32 {
        let height = |text: &Text, width| text.leading() * text.lines(fonts, width).len() as f32;
        let heading = height(&self.heading, inner - self.grade_room(fonts));
        let lead = height(&self.lead, inner);
        let points = self
            .points
            .iter()
            .map(|point| height(point, inner - self.indent()));
        let picture = self.picture.as_ref().map_or(0.0, |(title, drawing, wide)| {
            height(title, inner) + 8.0 + drawing.height() * wide / drawing.width()
        });
        heading + lead + 6.0 + points.sum::<f32>() + picture + 2.0 * PADDING
    }

    fn indent(&self) -> f32 {
        8.0 * self.scale
    }

    /// Room right of the heading.
    fn grade_room(&self, fonts: &Fonts) -> f32 {
        let line = self.grade.lines(fonts, GRADE).into_iter().next();
        line.map_or(0.0, |line| line.width + 18.0)
    }

    fn draw(&self, flow: &mut Flow, x: f32, width: f32) {
        let (top, inner, left) = (flow.y, width - 2.0 * PADDING, x + PADDING);
        frame(flow, x, width, self.height);
        flow.y = top + PADDING;
        let card = Some(flow.part(None, Kind::Section));
        let room = self.grade_room(flow.fonts);
        if !self.heading.is_empty() {
            flow.mark(2, &self.name);
            let title = self.name.clone();
            let heading = flow.part(card, Kind::Heading { level: 2, title });
            let grade_top = flow.y;
            flow.lines(Some(heading), &self.heading, left, inner - room);
            let below = std::mem::replace(&mut flow.y, grade_top);
            self.draw_grade(flow, card, left + inner);
            flow.y = below + 2.0;
        }
        let lead = flow.part(card, Kind::Paragraph);
        flow.lines(Some(lead), &self.lead, left, inner);
        flow.y += 4.0;
        flow.points(card, &self.points, left, inner, self.indent());
        if let Some((title, drawing, wide)) = &self.picture {
            flow.y += 4.0;
            let part = flow.part(card, Kind::Paragraph);
            flow.lines(Some(part), title, left, inner);
            flow.y += 2.0;
            flow.chart(card, drawing, left, *wide);
        }
        flow.y = top + self.height;
    }

    /// The grade on a filled ground that ends at `right`.
    fn draw_grade(&self, flow: &mut Flow, card: Option<usize>, right: f32) {
        let line = self.grade.lines(flow.fonts, GRADE).into_iter().next();
        let Some(line) = line else { return };
        let (leading, x) = (self.grade.leading(), right - line.width - 6.0);
        let area = Area {
            x: x - 6.0,
            y: flow.y + 0.6,
            width: line.width + 12.0,
            height: leading + 1.6,
        };
        let tone = Tone::Accent;
        flow.put(None, What::Fill { area, tone });
        let part = flow.part(card, Kind::Paragraph);
        flow.line_at(Some(part), (x, flow.y + 1.4), leading, line);
    }
}

/// The edge of a card from here down, strong at its top.
fn frame(flow: &mut Flow, x: f32, width: f32, height: f32) {
    let thin = 0.6;
    let y = flow.y;
    let edges = [
        ((x, y), (width, 1.8), Tone::Accent),
        ((x, y + height - thin), (width, thin), Tone::Rule),
        ((x, y), (thin, height), Tone::Rule),
        ((x + width - thin, y), (thin, height), Tone::Rule),
    ];
    for ((x, y), (width, height), tone) in edges {
        let area = Area {
            x,
            y,
            width,
            height,
        };
        flow.put(None, What::Fill { area, tone });
    }
}

/// Cards under each other, with what is left between them.
fn column_of(flow: &mut Flow, cards: &[Laid], (x, width): (f32, f32), room: f32) {
    let used: f32 = cards.iter().map(|card| card.height).sum();
    let between = cards.len().saturating_sub(1).max(1) as f32;
    let gap = ((room - used) / between).clamp(GAPS.0, GAPS.1);
    for card in cards {
        card.draw(flow, x, width);
        flow.y += gap;
    }
}

/// Where each column begins and the last ends, so that all are about as full, and how full the
/// fullest is, as a share of its room: more than 1 where there is no way to fit all cards.
fn columns(heights: &[f32], rooms: [f32; COLUMNS]) -> (f32, [usize; COLUMNS + 1]) {
    let cards = heights.len();
    let fill = |from: usize, to: usize, room: f32| {
        let gaps = GAPS.0 * (to - from).saturating_sub(1) as f32;
        (heights[from..to].iter().sum::<f32>() + gaps) / room
    };
    // the best way to put the first so many cards into the columns so far
    let nowhere = Way {
        fullest: f32::INFINITY,
        unevenness: 0.0,
        breaks: [0; COLUMNS + 1],
    };
    let mut best = vec![nowhere; cards + 1];
    best[0].fullest = 0.0;
    for (column, room) in rooms.into_iter().enumerate() {
        let reached = (0..=cards).map(|end| {
            let ways = (0..=end).map(|from| {
                let mut way = best[from];
                let full = fill(from, end, room);
                way.fullest = way.fullest.max(full);
                way.unevenness += full * full;
                way.breaks[column + 1] = end;
                way
            });
            ways.reduce(|one, other| if other.beats(&one) { other } else { one })
                .unwrap_or(nowhere)
        });
        best = reached.collect();
    }
    (best[cards].fullest, best[cards].breaks)
}

/// A way to put cards into columns.
#[derive(Clone, Copy)]
struct Way {
    fullest: f32,
    /// Sum of the squares of how full each is.
    unevenness: f32,
    breaks: [usize; COLUMNS + 1],
}

impl Way {
    /// What fits comes first, then what is even.
    fn beats(&self, other: &Way) -> bool {
        let (one, two) = (self.fullest.max(1.0), other.fullest.max(1.0));
        one < two || (one == two && self.unevenness < other.unevenness)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sheet(cards: usize, lines: usize) -> Sheet {
        let card = |number: usize| Card {
            heading: format!("Card {number}"),
            lead: "Half of the leads answer within the first three calls.".into(),
            lines: vec!["4.0 % (3.8–4.2; n = 46,271); by chance 4.0 %".into(); lines],
            picture: None,
            grade: Some("sure".into()),
        };
        Sheet {
            title: "Whom to call".into(),
            subtitle: "Sample".into(),
            cards: (0..cards).map(card).collect(),
            footer: "n = 46,271 leads".into(),
        }
    }

    #[test]
    fn a_sheet_has_two_pages_whatever_it_holds() {
        let fonts = Fonts::new().unwrap();
        for (cards, lines) in [(0, 0), (1, 3), (12, 3), (16, 5)] {
            let flow = laid(&fonts, &sheet(cards, lines)).unwrap();
            assert_eq!(flow.pages.len(), 2);
            assert_eq!(flow.bookmarks.len(), cards + 1);
            let made = flow.write("Whom to call").unwrap();
            assert_eq!(made, cheat_sheet(&sheet(cards, lines)).unwrap());
        }
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let mut long = sheet(14, 6);
        long.cards[3].lines = vec!["a point".into(); 90];
        let error = cheat_sheet(&long).unwrap_err().to_string();
        assert!(
            error.contains("two pages") && error.contains("\"Card 3\" (9"),
            "{error}"
        );
    }

    #[test]
    fn columns_are_filled_evenly_and_in_order() {
        let (fullness, breaks) = columns(&[50.0; 8], [400.0; 4]);
        assert_eq!(breaks, [0, 2, 4, 6, 8]);
        assert!((fullness - 109.0 / 400.0).abs() < 1e-6);
        assert_eq!(columns(&[], [400.0; 4]).0, 0.0);
    }

    proptest! {
        #[test]
        fn no_card_is_lost(heights in proptest::collection::vec(1.0f32..300.0, 0..20)) {
            let (fullness, breaks) = columns(&heights, [500.0, 500.0, 600.0, 600.0]);
            prop_assert_eq!((breaks[0], breaks[COLUMNS]), (0, heights.len()));
            prop_assert!(breaks.windows(2).all(|pair| pair[0] <= pair[1]));
            let tallest = heights.iter().fold(0.0f32, |a, b| a.max(*b));
            prop_assert!(fullness >= tallest / 600.0 - 1e-6);
        }
    }
}
