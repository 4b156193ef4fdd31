//! What a report says, as plain data: gates with their verdicts, findings with their
//! evidence, tables and pictures; and the catalogue of what leadrank promises.
//!
//! The engine fills these types, pages and terminals draw them, programs read them as JSON.
//! Nothing here computes a statistic or chooses a colour.
//!
//! ```
//! use leadrank_evidence::{Report, Finding, Severity};
//!
//! let mut report = Report::new("quality", "Can this month be used?");
//! report.find(Finding::new("quality.fill", Severity::Warn, "AUM is empty more often than before"));
//! report.find(Finding::new("quality.rows", Severity::Fail, "Territory T3 is missing"));
//! report.settle();
//! assert_eq!(report.findings[0].id, "quality.rows");
//! assert_eq!(report.severity(), Severity::Fail);
//! ```

mod finding;
mod gate;
mod picture;
mod promise;
mod report;
mod table;

pub use finding::{Finding, Severity};
pub use gate::{Brief, Gate, Measured, Unit, Verdict};
pub use picture::{
    BandLine, BandPoint, BarScale, DifferenceRow, Dot, Lane, Mark, Parameter, Picture, RateRow,
    ReliabilityBin, ReliabilityLine, Series, Setting, Shading, Span, SwarmRow,
};
pub use promise::{Broken, Promise, apart, known_before, none_lost, one_each};
pub use report::{Report, Section};
pub use table::{Align, Cell, Column, Table};
