//! What people read: charts as SVG, pages of runs and checks as HTML, reports as Markdown and
//! PDF, text for the terminal.
//!
//! Numbers come in computed; this crate chooses words, digits and places. Everything is a
//! function of its arguments, without clock, files or scripts, so that equal runs give equal
//! bytes.

mod cells;
pub mod chart;
mod checks;
mod checks_text;
pub mod format;
mod markdown;
mod markup;
mod page;
mod pdf;
mod run_page;
mod sentences;
mod standard;
mod terminal;
mod text;

pub use checks_text::{checks_text, gates_text};
pub use markdown::{Image, Markdown, markdown};
pub use page::{render_checks, render_run};
pub use pdf::{Card, Paper, PdfError, Sheet, cheat_sheet, pdf};
pub use run_page::{
    AuditRow, BeeswarmFeature, BudgetRow, CallRow, Coverage, CriterionRow, DecisionRow,
    ImportanceRow, Intake, MetricRow, PersonRow, RivalRow, RunPage, SplitRow, SwarmPoint, TierRow,
    TierSummary, Tile, Words,
};
pub use text::summary_text;

/// Colours of pages and pictures, for light, dark and print.
pub(crate) const THEME: &str = include_str!("theme.css");
