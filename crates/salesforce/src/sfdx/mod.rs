//! Metadata as the files of an SFDX project: fields, permission sets, list views, layouts.
//!
//! Plain values become the XML that `sf project deploy start` takes. Nothing here knows which
//! fields there are; that is the caller's business.

mod field;
mod layout;
mod list_view;
mod permission;
mod report_type;
mod xml;

pub use field::{Field, Kind, LONGEST_HELP, LONGEST_NAME};
pub use layout::CompactLayout;
pub use list_view::{Filter, ListView};
pub use permission::{ObjectAccess, PermissionSet};
pub use report_type::{ReportType, package};
