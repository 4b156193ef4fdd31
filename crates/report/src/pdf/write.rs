//! From pages to bytes. The output is checked against PDF/UA-1 as it is written: every letter can
//! be copied, every picture has its words, all of it has an order.

use std::num::NonZeroU16;

use krilla::Document;
use krilla::SerializeSettings;
use krilla::color::rgb;
use krilla::configure::{Accessibility, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::error::KrillaError;
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ContentTag, Identifier, ListNumbering, Node, TableHeaderScope, Tag, TagGroup,
    TagKind, TagTree,
};
use krilla_svg::{SurfaceExt as _, SvgSettings};

use super::PdfError;
use super::layout::{Area, Bookmark, Flow, Item, Kind, What};
use super::text::{Line, Text};
use super::theme::{Theme, Tone};

/// The document of the pages.
pub(super) fn write(flow: &Flow, title: &str) -> Result<Vec<u8>, PdfError> {
    let configuration = ConfigurationBuilder::new()
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|error| PdfError::Internal(format!("{error:?}")))?;
    let mut document = Document::new_with(SerializeSettings {
        configuration,
        ..SerializeSettings::default()
    });
    document.set_metadata(metadata(title));
    let (width, height) = flow.paper.size();
    let theme = Theme::print();
    let mut owned: Vec<Vec<Identifier>> = Vec::new();
    owned.resize_with(flow.parts.len(), Vec::new);
    for made in &flow.pages {
        let settings = PageSettings::from_wh(width, height)
            .ok_or_else(|| PdfError::Internal("a page without size".into()))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for items in made.items.chunk_by(|a, b| a.owner == b.owner) {
            let tag = match items[0].owner {
                Some(_) => ContentTag::Other,
                None => ContentTag::Artifact(Artifact::default()),
            };
            let identifier = surface.start_tagged(tag);
            for Item { what, .. } in items {
                draw(&mut surface, flow, &theme, what);
            }
            surface.end_tagged();
            if let Some(owner) = items[0].owner {
                owned[owner].push(identifier);
            }
        }
        surface.finish();
        page.finish();
    }
    document.set_tag_tree(tree(flow, owned));
    document.set_outline(outline(&flow.bookmarks));
    document.finish().map_err(|error| {
        PdfError::Internal(match error {
            KrillaError::Validation(errors) => {
                let errors = errors.iter().map(|(error, _)| format!("{error:?}"));
                errors.collect::<Vec<String>>().join("; ")
            }
            other => other.to_string(),
        })
    })
}

/// No date, and an id made from the title alone, so that equal reports are equal files.
fn metadata(title: &str) -> Metadata {
    let title = if title.trim().is_empty() {
        "Report"
    } else {
        title
    };
    Metadata::new()
        .title(title.to_owned())
        .creator("leadrank".into())
        .language("en".into())
        .document_id(format!("leadrank/{title}"))
}

fn draw(surface: &mut Surface, flow: &Flow, theme: &Theme, what: &What) {
    match what {
        What::Nothing => {}
        What::Line { at, line } => draw_line(surface, flow, theme, *at, line),
        What::Fill { area, tone } => {
            if let Some(rectangle) = rectangle(*area) {
                let mut path = PathBuilder::new();
                path.push_rect(rectangle);
                if let Some(path) = path.finish() {
                    surface.set_fill(Some(fill(theme, *tone)));
                    surface.draw_path(&path);
                }
            }
        }
        What::Chart { area, tree } => {
            if let Some(size) = Size::from_wh(area.width, area.height) {
                surface.push_transform(&Transform::from_translate(area.x, area.y));
                // it only says that the size is none, which is excluded
                let _ = surface.draw_svg(tree, size, SvgSettings::default());
                surface.pop();
            }
        }
        What::PageOf { end, report, style } => {
            let page = flow.starts.get(*report).copied().unwrap_or(0);
            let text = Text::new(flow.fonts, &(page + 1).to_string(), *style);
            for line in text.lines(flow.fonts, f32::INFINITY) {
                draw_line(surface, flow, theme, (end.0 - line.width, end.1), &line);
            }
        }
    }
}

fn draw_line(surface: &mut Surface, flow: &Flow, theme: &Theme, at: (f32, f32), line: &Line) {
    let mut x = at.0;
    for run in &line.runs {
        surface.set_fill(Some(fill(theme, run.style.tone)));
        surface.draw_glyphs(
            Point::from_xy(x, at.1),
            &run.glyphs,
            flow.fonts.font(run.style.weight),
            &run.text,
            run.style.size,
            false,
        );
        x += run.width();
    }
}

fn fill(theme: &Theme, tone: Tone) -> Fill {
    let [red, green, blue] = theme.colour(tone);
    Fill {
        paint: rgb::Color::new(red, green, blue).into(),
        ..Fill::default()
    }
}

fn rectangle(area: Area) -> Option<Rect> {
    Rect::from_xywh(area.x, area.y, area.width, area.height)
}

/// The parts in reading order, each with what it owns on the pages.
fn tree(flow: &Flow, mut owned: Vec<Vec<Identifier>>) -> TagTree {
    let mut children: Vec<Vec<Node>> = Vec::new();
    children.resize_with(flow.parts.len(), Vec::new);
    let mut top: Vec<Node> = Vec::new();
    // a part comes after the one it is in, so that the last is complete first
    for (place, part) in flow.parts.iter().enumerate().rev() {
        let mut within: Vec<Node> = owned[place].drain(..).map(Node::from).collect();
        within.extend(children[place].drain(..).rev());
        if within.is_empty() {
            continue;
        }
        let group = TagGroup::with_children(tag(&part.kind), within);
        match part.parent {
            Some(parent) => children[parent].push(group.into()),
            None => top.push(group.into()),
        }
    }
    top.reverse();
    TagTree::from(top)
}

fn tag(kind: &Kind) -> TagKind {
    match kind {
        Kind::Section => Tag::Section.into(),
        Kind::Heading { level, title } => {
            let level = NonZeroU16::new(*level).unwrap_or(NonZeroU16::MIN);
            Tag::Hn(level, Some(title.clone())).into()
        }
        Kind::Paragraph => Tag::P.into(),
        Kind::List => Tag::L(ListNumbering::Disc).into(),
        Kind::Item => Tag::LI.into(),
        Kind::ItemBody => Tag::LBody.into(),
        Kind::Figure { alt } => Tag::Figure(Some(alt.clone())).into(),
        Kind::Table => Tag::Table.into(),
        Kind::Row => Tag::TR.into(),
        Kind::HeadCell => Tag::TH(TableHeaderScope::Column).into(),
        Kind::Cell => Tag::TD.into(),
    }
}

/// The bookmarks, each under the nearest one of a higher level before it.
fn outline(bookmarks: &[Bookmark]) -> Outline {
    let mut outline = Outline::new();
    let mut open: Vec<(u16, OutlineNode)> = Vec::new();
    let close = |open: &mut Vec<(u16, OutlineNode)>, outline: &mut Outline| {
        if let Some((_, node)) = open.pop() {
            match open.last_mut() {
                Some((_, parent)) => parent.push_child(node),
                None => outline.push_child(node),
            }
        }
    };
    for mark in bookmarks {
        while open.last().is_some_and(|(level, _)| *level >= mark.level) {
            close(&mut open, &mut outline);
        }
        let place = XyzDestination::new(mark.page, Point::from_xy(0.0, (mark.y - 8.0).max(0.0)));
        let node = OutlineNode::new(mark.title.clone(), place).with_open(mark.level < 2);
        open.push((mark.level, node));
    }
    while !open.is_empty() {
        close(&mut open, &mut outline);
    }
    outline
}
