//! Pages as lists of what stands where, filled from top to bottom, and the order in which all of
//! it is read. Nothing here knows how a PDF is written. Lengths are points, from the upper left.

use std::sync::Arc;

use usvg::Tree;

use super::font::Fonts;
use super::picture::Drawing;
use super::text::{Line, Style, Text};
use super::theme::Tone;
use super::{Paper, PdfError};

/// Where the line of a page's head stands, from above.
const HEAD: f32 = 34.0;
/// Where the last line of its foot stands, from below.
const FOOT: f32 = 28.0;

/// What a part of the text is to those who listen to it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Section,
    Heading { level: u16, title: String },
    Paragraph,
    List,
    Item,
    ItemBody,
    Figure { alt: String },
    Table,
    Row,
    HeadCell,
    Cell,
}

/// A part within another one.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) kind: Kind,
    /// Stands before its own parts.
    pub(super) parent: Option<usize>,
}

/// Something at a place of a page.
pub(super) struct Item {
    /// The part it belongs to; none for what is only there for the eye.
    pub(super) owner: Option<usize>,
    pub(super) what: What,
}

/// What can stand on a page.
pub(super) enum What {
    /// What is empty, but has its place in the order.
    Nothing,
    /// Words, from a point on their foot line.
    Line { at: (f32, f32), line: Line },
    /// A filled rectangle.
    Fill { area: Area, tone: Tone },
    /// A chart.
    Chart { area: Area, tree: Arc<Tree> },
    /// The number of the page on which a report begins, ending at a point.
    PageOf {
        end: (f32, f32),
        report: usize,
        style: Style,
    },
}

/// A place on a page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) width: f32,
    pub(super) height: f32,
}

/// One page.
#[derive(Default)]
pub(super) struct Page {
    pub(super) items: Vec<Item>,
    /// What its head says beside the title.
    running: String,
}

/// An entry of the outline.
pub(super) struct Bookmark {
    pub(super) level: u16,
    pub(super) title: String,
    /// From 0.
    pub(super) page: usize,
    pub(super) y: f32,
}

/// Pages in the making.
pub(super) struct Flow<'a> {
    pub(super) fonts: &'a Fonts,
    pub(super) paper: Paper,
    pub(super) pages: Vec<Page>,
    pub(super) parts: Vec<Part>,
    pub(super) bookmarks: Vec<Bookmark>,
    /// The page on which each report begins, from 0.
    pub(super) starts: Vec<usize>,
    /// How far the page is filled.
    pub(super) y: f32,
    /// What heads of further pages say beside the title.
    pub(super) running: String,
    margin: f32,
    top: f32,
    bottom: f32,
}

impl<'a> Flow<'a> {
    /// One empty page with margins at the sides, at the top and at the bottom.
    pub(super) fn new(fonts: &'a Fonts, paper: Paper, margins: (f32, f32, f32)) -> Self {
        let (margin, top, below) = margins;
        Flow {
            fonts,
            paper,
            pages: vec![Page::default()],
            parts: Vec::new(),
            bookmarks: Vec::new(),
            starts: Vec::new(),
            y: top,
            running: String::new(),
            margin,
            top,
            bottom: paper.size().1 - below,
        }
    }

    /// Left end of the text.
    pub(super) fn left(&self) -> f32 {
        self.margin
    }

    /// Width of the text.
    pub(super) fn width(&self) -> f32 {
        self.paper.size().0 - 2.0 * self.margin
    }

    /// Where the text of a page begins.
    pub(super) fn top(&self) -> f32 {
        self.top
    }

    /// Where it ends.
    pub(super) fn bottom(&self) -> f32 {
        self.bottom
    }

    /// What a page can hold.
    pub(super) fn page_height(&self) -> f32 {
        self.bottom - self.top
    }

    /// What this page can still hold.
    pub(super) fn room(&self) -> f32 {
        self.bottom - self.y
    }

    pub(super) fn next_page(&mut self) {
        self.pages.push(Page {
            items: Vec::new(),
            running: self.running.clone(),
        });
        self.y = self.top;
    }

    /// Goes to the next page unless this one has so much room, or is empty.
    pub(super) fn need(&mut self, height: f32) {
        if self.room() + 0.01 < height && self.y > self.top {
            self.next_page();
        }
    }

    /// Leaves room, but not at the top of a page.
    pub(super) fn gap(&mut self, height: f32) {
        if self.y > self.top {
            self.y += height;
        }
    }

    /// A new part.
    pub(super) fn part(&mut self, parent: Option<usize>, kind: Kind) -> usize {
        self.parts.push(Part { kind, parent });
        self.parts.len() - 1
    }

    /// The number of this page, from 0.
    pub(super) fn page(&self) -> usize {
        self.pages.len() - 1
    }

    pub(super) fn put(&mut self, owner: Option<usize>, what: What) {
        let page = self.page();
        self.put_on(page, owner, what);
    }

    /// Puts something on an earlier page.
    pub(super) fn put_on(&mut self, page: usize, owner: Option<usize>, what: What) {
        self.pages[page].items.push(Item { owner, what });
    }

    pub(super) fn rule(&mut self, x: f32, width: f32, tone: Tone) {
        let area = Area {
            x,
            y: self.y,
            width,
            height: 0.6,
        };
        self.put(None, What::Fill { area, tone });
    }

    /// A line whose upper edge is at `y`.
    pub(super) fn line_at(
        &mut self,
        owner: Option<usize>,
        at: (f32, f32),
        leading: f32,
        line: Line,
    ) {
        let size = line.runs.iter().map(|run| run.style.size);
        let size = size.fold(0.0, f32::max);
        let at = (at.0, at.1 + foot(leading, size));
        self.put(owner, What::Line { at, line });
    }

    /// Lines between two ends, going on to the next page where they must.
    pub(super) fn lines(&mut self, owner: Option<usize>, text: &Text, x: f32, width: f32) {
        let lines = text.lines(self.fonts, width);
        // neither end of a paragraph stands alone
        self.need(text.leading() * lines.len().min(2) as f32);
        for (place, line) in lines.iter().enumerate() {
            let last_two = place + 2 == lines.len() && lines.len() > 2;
            self.need(text.leading() * if last_two { 2.0 } else { 1.0 });
            self.line_at(owner, (x, self.y), text.leading(), line.clone());
            self.y += text.leading();
        }
    }

    /// The height of a paragraph over the whole width.
    pub(super) fn height(&self, text: &Text) -> f32 {
        text.leading() * text.lines(self.fonts, self.width()).len() as f32
    }

    /// A paragraph over the whole width.
    pub(super) fn paragraph(&mut self, parent: Option<usize>, text: &Text) {
        if !text.is_empty() {
            let part = self.part(parent, Kind::Paragraph);
            self.lines(Some(part), text, self.left(), self.width());
        }
    }

    /// A bookmark of this place.
    pub(super) fn mark(&mut self, level: u16, name: &str) {
        self.bookmarks.push(Bookmark {
            level,
            title: name.to_owned(),
            page: self.page(),
            y: self.y,
        });
    }

    /// A list of points between two ends, their words so far from their dots.
    pub(super) fn points(
        &mut self,
        parent: Option<usize>,
        points: &[Text],
        left: f32,
        width: f32,
        indent: f32,
    ) {
        if points.iter().all(Text::is_empty) {
            return;
        }
        let list = self.part(parent, Kind::List);
        for point in points.iter().filter(|point| !point.is_empty()) {
            let item = self.part(Some(list), Kind::Item);
            let body = self.part(Some(item), Kind::ItemBody);
            let tall = point.lines(self.fonts, width - indent).len().min(2);
            self.need(tall as f32 * point.leading());
            let style = Style {
                tone: Tone::Muted,
                ..point.style()
            };
            for dot in Text::new(self.fonts, "•", style).lines(self.fonts, width) {
                self.line_at(None, (left, self.y), point.leading(), dot);
            }
            self.lines(Some(body), point, left + indent, width - indent);
        }
    }

    /// A heading that stays with so much of what follows it; level 1 is the document's title.
    /// Without a name it is left out.
    pub(super) fn heading(
        &mut self,
        parent: Option<usize>,
        level: u16,
        name: &str,
        style: Style,
        follows: f32,
    ) {
        let text = Text::new(self.fonts, name, style);
        if text.is_empty() {
            return;
        }
        self.need(self.height(&text) + follows);
        self.mark(level, name);
        let title = name.to_owned();
        let part = self.part(parent, Kind::Heading { level, title });
        self.lines(Some(part), &text, self.left(), self.width());
    }

    /// A chart scaled into a width, from this height on; the caller has made sure of the room.
    pub(super) fn chart(&mut self, parent: Option<usize>, drawing: &Drawing, x: f32, width: f32) {
        let alt = drawing.alt.clone();
        let part = self.part(parent, Kind::Figure { alt });
        let area = Area {
            x,
            y: self.y,
            width,
            height: drawing.height() * width / drawing.width(),
        };
        let tree = Arc::clone(&drawing.tree);
        self.put(Some(part), What::Chart { area, tree });
        self.y += area.height;
    }

    /// Room that the foot takes beyond its first line.
    pub(super) fn foot_height(fonts: &Fonts, paper: Paper, margin: f32, foot: &str) -> f32 {
        let lines = foot_lines(fonts, foot, paper.size().0 - 2.0 * margin);
        lines.len().saturating_sub(1) as f32 * small().leading()
    }

    /// Puts heads, foot and page numbers on the finished pages; the first page has its title
    /// already.
    pub(super) fn number_pages(&mut self, title: &str, foot: &str) {
        let (fonts, width) = (self.fonts, self.width());
        let (of, half) = (self.pages.len(), width / 2.0 - 8.0);
        let last_line = self.paper.size().1 - FOOT;
        let foot = foot_lines(fonts, foot, width);
        for page in 0..of {
            let mut ends: Vec<(Option<Line>, f32, bool)> = Vec::new();
            for (place, line) in foot.iter().rev().enumerate() {
                let y = last_line - place as f32 * small().leading();
                ends.push((Some(line.clone()), y, false));
            }
            let number = format!("{} of {of}", page + 1);
            ends.push((one_line(fonts, &number, width), last_line, true));
            if page > 0 {
                let running = one_line(fonts, &self.pages[page].running, half);
                ends.push((one_line(fonts, title, half), HEAD, false));
                ends.push((running, HEAD, true));
                let area = Area {
                    x: self.left(),
                    y: HEAD + 6.0,
                    width,
                    height: 0.6,
                };
                let tone = Tone::Rule;
                self.put_on(page, None, What::Fill { area, tone });
            }
            for (line, y, to_the_right) in ends {
                let Some(line) = line else { continue };
                let shift = if to_the_right {
                    width - line.width
                } else {
                    0.0
                };
                let at = (self.left() + shift, y);
                self.put_on(page, None, What::Line { at, line });
            }
        }
    }

    /// The document.
    pub(super) fn write(&self, title: &str) -> Result<Vec<u8>, PdfError> {
        super::write::write(self, title)
    }
}

/// How heads and feet of pages look.
fn small() -> Style {
    Style::regular(8.0, Tone::Muted)
}

/// The foot beside the page's number.
fn foot_lines(fonts: &Fonts, text: &str, width: f32) -> Vec<Line> {
    Text::new(fonts, text, small()).lines(fonts, width - 60.0)
}

/// A text on one line, cut where it is too long.
fn one_line(fonts: &Fonts, text: &str, room: f32) -> Option<Line> {
    let lines = Text::new(fonts, text, small()).lines(fonts, room);
    let cut = match lines.as_slice() {
        [first, _, ..] => Text::new(fonts, &format!("{}…", first.text().trim_end()), small()),
        _ => return lines.into_iter().next(),
    };
    cut.lines(fonts, f32::INFINITY).into_iter().next()
}

/// How far below the upper edge of a line its letters stand.
pub(super) fn foot(leading: f32, size: f32) -> f32 {
    leading / 2.0 + 0.35 * size
}
