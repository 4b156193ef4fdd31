//! The parts of the SFDX project that are written by hand: they lie in `salesforce/` of this
//! repository and travel in the binary.

/// Path within the project, and text.
pub(super) const FILES: &[(&str, &str)] = &[(
    "sfdx-project.json",
    include_str!("../../../../salesforce/sfdx-project.json"),
)];
