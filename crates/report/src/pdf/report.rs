//! A report on pages: answer, findings, gates, and what is behind them.

use leadrank_evidence::{Align, Finding, Gate, Picture, Report, Section, Severity, Verdict};

use super::PdfError;
use super::layout::{Area, Flow, Kind, What, foot};
use super::picture::Drawing;
use super::table::{self, Column, Grid};
use super::text::{Style, Text};
use super::theme::{Theme, Tone};
use crate::checks::{
    concerned, gate_severity, gate_small, gate_value, gate_word, gates_note, verdict,
};
use crate::format::sentence;

/// Letters of running text.
const BODY: f32 = 9.4;
/// Most charts are 360 units wide; so many points has a unit of those beside each other.
const NARROW: f32 = 234.0;
/// Points of a unit of wide charts where there is room.
const WIDE_SCALE: f32 = 0.75;
/// A report begins on a page of which so much is left.
const REPORT_ROOM: f32 = 0.4;
/// Room for the heading and the words that lead to a chart as tall as a page.
const LEAD: f32 = 64.0;
/// A heading needs at least so much room below it.
const MIN_FOLLOWS: f32 = 56.0;

/// The colour of a verdict.
pub(super) fn tone(severity: Severity) -> Tone {
    match severity {
        Severity::Fail => Tone::Bad,
        Severity::Warn => Tone::Second,
        Severity::Note => Tone::Accent,
        Severity::Pass => Tone::Good,
    }
}

/// Title of the document, and if there are several reports what each says and where it is.
pub(super) fn front(flow: &mut Flow, title: &str, subtitle: &str, reports: &[Report]) {
    let fonts = flow.fonts;
    let title = if title.trim().is_empty() {
        "Report"
    } else {
        title
    };
    flow.heading(None, 1, title, Style::strong(21.0, Tone::Ink), 40.0);
    let muted = Style::regular(BODY + 0.6, Tone::Muted);
    flow.paragraph(None, &Text::new(fonts, subtitle, muted));
    flow.gap(8.0);
    flow.rule(flow.left(), flow.width(), Tone::Accent);
    flow.gap(4.0);
    if reports.is_empty() {
        flow.gap(8.0);
        let nothing = "There is nothing to report.";
        flow.paragraph(
            None,
            &Text::new(fonts, nothing, Style::regular(BODY, Tone::Ink)),
        );
    }
    if reports.len() > 1 {
        for (number, report) in reports.iter().enumerate() {
            contents(flow, report, number);
        }
    }
}

fn contents(flow: &mut Flow, report: &Report, number: usize) {
    let fonts = flow.fonts;
    let (severity, word) = verdict(report);
    let question = Style::strong(BODY + 0.6, Tone::Ink);
    let (left, width) = (flow.left(), flow.width());
    let name = question_of(report);
    let text = Text::new(fonts, name, question);
    let answer = Text::new(fonts, &report.answer, Style::regular(BODY, Tone::Muted));
    flow.gap(7.0);
    flow.need(3.0 * text.leading());
    let part = flow.part(None, Kind::Paragraph);
    let badge = Text::new(fonts, word, Style::strong(BODY, tone(severity)));
    for line in badge.lines(fonts, 60.0).into_iter().take(1) {
        flow.line_at(Some(part), (left, flow.y), text.leading(), line);
    }
    let style = Style::regular(BODY, Tone::Muted);
    let end = (left + width, flow.y + foot(text.leading(), style.size));
    flow.lines(Some(part), &text, left + 44.0, width - 84.0);
    let report = number;
    flow.put(Some(part), What::PageOf { end, report, style });
    flow.lines(Some(part), &answer, left + 44.0, width - 84.0);
}

fn question_of(report: &Report) -> &str {
    [&report.question, &report.name]
        .into_iter()
        .find(|text| !text.trim().is_empty())
        .map_or("Report", String::as_str)
}

/// One report.
pub(super) fn report(flow: &mut Flow, theme: &Theme, report: &Report) -> Result<(), PdfError> {
    let fonts = flow.fonts;
    let within = Some(flow.part(None, Kind::Section));
    let question = question_of(report);
    flow.running = question.to_owned();
    flow.need(REPORT_ROOM * flow.page_height());
    flow.gap(26.0);
    flow.heading(
        within,
        2,
        question,
        Style::strong(15.0, Tone::Ink),
        MIN_FOLLOWS,
    );
    flow.starts.push(flow.page());
    let scope = Text::new(fonts, &report.scope, Style::regular(8.6, Tone::Muted));
    flow.paragraph(within, &scope);
    if !report.about.is_empty() {
        flow.gap(3.0);
        let about = Text::new(fonts, &report.about, Style::regular(BODY, Tone::Ink));
        flow.paragraph(within, &about);
    }
    flow.gap(5.0);
    let (severity, word) = verdict(report);
    let word = format!("{}.", sentence(word));
    let answer = Text::new(fonts, &word, Style::strong(BODY + 1.0, tone(severity)));
    let answer = answer.then(fonts, &report.answer, Style::regular(BODY + 1.0, Tone::Ink));
    flow.paragraph(within, &answer);
    if !report.findings.is_empty() {
        heading(flow, within, "What was found", MIN_FOLLOWS);
        let mut all: Vec<&Finding> = report.findings.iter().collect();
        all.sort_by_key(|finding| finding.severity);
        for one in all {
            finding(flow, within, one);
        }
    }
    if !report.gates.is_empty() {
        heading(flow, within, "Gates", MIN_FOLLOWS);
        gates(flow, within, &report.gates);
    }
    for one in &report.sections {
        section(flow, theme, within, one)?;
    }
    Ok(())
}

fn heading(flow: &mut Flow, within: Option<usize>, name: &str, follows: f32) {
    flow.gap(13.0);
    flow.heading(within, 3, name, Style::strong(11.6, Tone::Accent), follows);
    flow.gap(2.0);
}

/// A finding beside a bar in the colour of its severity.
fn finding(flow: &mut Flow, within: Option<usize>, finding: &Finding) {
    let fonts = flow.fonts;
    let (left, width) = (flow.left() + 9.0, flow.width() - 9.0);
    let body = Style::regular(BODY, Tone::Ink);
    let tone = tone(finding.severity);
    flow.gap(6.0);
    flow.need(4.0 * body.leading());
    let (page, top) = (flow.page(), flow.y);
    let head = Text::new(fonts, finding.severity.word(), Style::strong(BODY, tone))
        .then(
            fonts,
            &sentence(&finding.headline),
            Style::strong(BODY, Tone::Ink),
        )
        .then(fonts, &finding.id, Style::regular(7.6, Tone::Muted));
    let part = flow.part(within, Kind::Paragraph);
    flow.lines(Some(part), &head, left, width);
    let points = finding.evidence.iter().cloned().chain(concerned(finding));
    let points: Vec<Text> = points.map(|point| Text::new(fonts, &point, body)).collect();
    flow.points(within, &points, left, width, 9.0);
    if !finding.remedy.is_empty() {
        let remedy = Text::new(fonts, "What to do:", Style::strong(BODY, Tone::Ink)).then(
            fonts,
            &finding.remedy,
            body,
        );
        let part = flow.part(within, Kind::Paragraph);
        flow.lines(Some(part), &remedy, left, width);
    }
    bar(flow, (page, top), tone);
    if let Some(examples) = &finding.examples {
        table::data_table(flow, within, examples);
        flow.gap(4.0);
    }
}

/// A bar at the left from a place to where the text is now.
fn bar(flow: &mut Flow, from: (usize, f32), tone: Tone) {
    for page in from.0..=flow.page() {
        let top = if page == from.0 { from.1 } else { flow.top() };
        let end = if page == flow.page() {
            flow.y
        } else {
            flow.bottom()
        };
        let area = Area {
            x: flow.left(),
            y: top + 1.5,
            width: 2.4,
            height: end - top - 3.0,
        };
        flow.put_on(page, None, What::Fill { area, tone });
    }
}

fn gates(flow: &mut Flow, within: Option<usize>, gates: &[Gate]) {
    let fonts = flow.fonts;
    let with_brief = gates.iter().any(|gate| gate.brief.is_some());
    let with_action = gates.iter().any(|gate| !action(gate).is_empty());
    table::draw(flow, within, |size| {
        let body = Style::regular(size, Tone::Ink);
        let muted = Style::regular(size - 1.0, Tone::Muted);
        let text = |text: &str, style: Style| Text::new(fonts, text, style);
        let mut heads = vec!["verdict", "rule", "found"];
        if with_brief {
            heads.push("asked by the brief");
        }
        if with_action {
            heads.push("what to do");
        }
        let row = |gate: &Gate| {
            let word = Style::strong(size, tone(gate_severity(gate)));
            let small = gate_small(gate).unwrap_or_default();
            let mut row = vec![
                vec![text(gate_word(gate), word)],
                vec![text(&gate.rule, body), text(&gate.id, muted)],
                vec![text(&gate_value(gate), body), text(&small, muted)],
            ];
            if with_brief {
                row.push(match &gate.brief {
                    Some(brief) => {
                        let (met, tone) = match brief.met {
                            Some(true) => ("met", Tone::Good),
                            Some(false) => ("not met", Tone::Bad),
                            None => ("can't be judged", Tone::Muted),
                        };
                        vec![
                            text(&brief.rule, body),
                            text(met, Style::strong(size, tone)),
                        ]
                    }
                    None => Vec::new(),
                });
            }
            if with_action {
                row.push(vec![text(&action(gate), body)]);
            }
            row
        };
        Grid {
            columns: heads
                .iter()
                .map(|head| Column::new(fonts, head, Align::Left, size))
                .collect(),
            rows: gates.iter().map(row).collect(),
        }
    });
    let note = gates_note(gates);
    if !note.is_empty() {
        flow.gap(3.0);
        flow.paragraph(
            within,
            &Text::new(fonts, &note, Style::regular(8.0, Tone::Muted)),
        );
    }
}

/// What to do about a gate, or why nothing was done.
fn action(gate: &Gate) -> String {
    match (gate.verdict, &gate.forced) {
        (_, Some(reason)) => format!("Passed by force: {reason}"),
        (Verdict::Pass, None) => String::new(),
        _ => gate.action.clone(),
    }
}

fn section(
    flow: &mut Flow,
    theme: &Theme,
    within: Option<usize>,
    section: &Section,
) -> Result<(), PdfError> {
    let fonts = flow.fonts;
    let body = Style::regular(BODY, Tone::Ink);
    let texts = section.text.iter();
    let texts: Vec<Text> = texts.map(|text| Text::new(fonts, text, body)).collect();
    let rows = figure_rows(flow, theme, &section.pictures)?;
    // what leads to a picture stands above it, not on the page before
    let before: f32 = texts.iter().map(|text| flow.height(text) + 3.0).sum();
    let first = before + rows.first().map_or(0.0, |row| row_height(row)) + 12.0;
    let follows = if first < flow.page_height() - 20.0 && !rows.is_empty() {
        first
    } else {
        MIN_FOLLOWS
    };
    if section.title.trim().is_empty() {
        flow.gap(10.0);
    } else {
        heading(flow, within, &section.title, follows);
    }
    for text in &texts {
        flow.paragraph(within, text);
        flow.gap(3.0);
    }
    for row in &rows {
        figures(flow, within, row);
    }
    for table in &section.tables {
        table::data_table(flow, within, table);
    }
    Ok(())
}

/// A chart between its title and what it shows, measured.
struct Figure {
    drawing: Drawing,
    title: Text,
    told: Text,
    /// Of the place it stands in.
    column: f32,
    /// Of the chart itself.
    width: f32,
    /// With its words.
    height: f32,
}

impl Figure {
    fn new(flow: &Flow, drawing: Drawing) -> Self {
        let fonts = flow.fonts;
        let title = Text::new(fonts, &drawing.title, Style::strong(9.0, Tone::Ink));
        let told = drawing.told.as_deref().unwrap_or_default();
        let told = Text::new(fonts, told, Style::regular(8.2, Tone::Muted));
        let (column, scale) = if drawing.wide {
            (flow.width(), WIDE_SCALE)
        } else {
            (NARROW, 1.0)
        };
        let height = |text: &Text| text.leading() * text.lines(fonts, column).len() as f32;
        let words = height(&title) + height(&told) + 10.0;
        let most = flow.page_height() - words - LEAD;
        let tallest = (most / drawing.height()).max(0.1);
        let width = (drawing.width() * scale.min(tallest)).min(column);
        Figure {
            height: words + drawing.height() * width / drawing.width(),
            drawing,
            title,
            told,
            column,
            width,
        }
    }
}

/// The pictures in rows: narrow ones in pairs, wide ones alone.
fn figure_rows(
    flow: &Flow,
    theme: &Theme,
    pictures: &[Picture],
) -> Result<Vec<Vec<Figure>>, PdfError> {
    let mut rows: Vec<Vec<Figure>> = Vec::new();
    for picture in pictures {
        let figure = Figure::new(flow, Drawing::new(flow.fonts, theme, picture)?);
        match rows.last_mut() {
            Some(row) if row.len() == 1 && !row[0].drawing.wide && !figure.drawing.wide => {
                row.push(figure);
            }
            _ => rows.push(vec![figure]),
        }
    }
    Ok(rows)
}

fn row_height(row: &[Figure]) -> f32 {
    row.iter().map(|figure| figure.height).fold(0.0, f32::max)
}

/// Charts beside each other, never cut.
fn figures(flow: &mut Flow, within: Option<usize>, row: &[Figure]) {
    let tallest = row_height(row);
    flow.gap(6.0);
    flow.need(tallest);
    let top = flow.y;
    let mut x = flow.left();
    for figure in row {
        flow.y = top;
        let part = flow.part(within, Kind::Paragraph);
        flow.lines(Some(part), &figure.title, x, figure.column);
        flow.y += 3.0;
        flow.chart(within, &figure.drawing, x, figure.width);
        flow.y += 3.0;
        if !figure.told.is_empty() {
            let part = flow.part(within, Kind::Paragraph);
            flow.lines(Some(part), &figure.told, x, figure.column);
        }
        x = flow.left() + flow.width() - NARROW;
    }
    flow.y = top + tallest;
}
