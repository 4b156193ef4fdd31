//! Reports as PDF: pages to print and to send, with an outline, text that can be copied and
//! searched, and words for pictures. They follow PDF/UA-1; the same reports give the same bytes.

mod font;
mod layout;
mod picture;
mod report;
mod sheet;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod theme;
mod write;

use leadrank_evidence::Report;

pub use sheet::{Card, Sheet, cheat_sheet};

use font::Fonts;
use layout::Flow;
use theme::Theme;

/// The size of pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Paper {
    /// 210 mm by 297 mm.
    #[default]
    A4,
    /// US Letter, 8.5 in by 11 in.
    Letter,
}

impl Paper {
    /// Width and height in points.
    fn size(self) -> (f32, f32) {
        match self {
            Paper::A4 => (595.28, 841.89),
            Paper::Letter => (612.0, 792.0),
        }
    }
}

/// Why there is no PDF.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PdfError {
    /// More on a cheat sheet than two pages hold in letters that can be read.
    #[error(
        "the cheat sheet is about {lines} lines too long for two pages: leave out or shorten cards; the longest are {longest}"
    )]
    TooLong {
        /// Lines of one column that have to go.
        lines: usize,
        /// The longest cards with their lines.
        longest: String,
    },
    /// A fault of the program, never of the report.
    #[error("internal: the PDF can't be written: {0}; please report this")]
    Internal(String),
}

/// Room at the sides of a page.
const MARGIN: f32 = 54.0;
/// Room above and below the text.
const ABOVE: f32 = 58.0;
const BELOW: f32 = 52.0;

/// The reports as one PDF. Letters that the fonts do
/// not have (they have Latin, Greek and Cyrillic ones) are shown as `�`.
///
/// # Errors
/// [`PdfError::Internal`] if the result would not be what it promises to be.
///
/// ```
/// use leadrank_evidence::Report;
/// use leadrank_report::{Paper, pdf};
/// let report = Report::new("quality", "Can this month be used?");
/// let bytes = pdf(&[report], "Data checks", "Sample project", Paper::A4)?;
/// assert!(bytes.starts_with(b"%PDF-1.7"));
/// # Ok::<(), leadrank_report::PdfError>(())
/// ```
pub fn pdf(
    reports: &[Report],
    title: &str,
    subtitle: &str,
    paper: Paper,
) -> Result<Vec<u8>, PdfError> {
    let fonts = Fonts::new()?;
    laid(&fonts, reports, title, subtitle, paper)?.write(title)
}

fn laid<'a>(
    fonts: &'a Fonts,
    reports: &[Report],
    title: &str,
    subtitle: &str,
    paper: Paper,
) -> Result<Flow<'a>, PdfError> {
    let theme = Theme::print();
    let mut flow = Flow::new(fonts, paper, (MARGIN, ABOVE, BELOW));
    report::front(&mut flow, title, subtitle, reports);
    for one in reports {
        report::report(&mut flow, &theme, one)?;
    }
    flow.number_pages(title, "");
    Ok(flow)
}
