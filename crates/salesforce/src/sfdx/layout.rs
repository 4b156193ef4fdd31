//! The few fields at the head of a record.

use super::xml::Document;

/// A compact layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompactLayout {
    /// API name.
    pub name: String,
    /// What administrators choose it by.
    pub label: String,
    /// Fields, ten at most.
    pub fields: Vec<String>,
}

impl CompactLayout {
    /// The file's name in `objects/<Object>/compactLayouts`.
    pub fn file_name(&self) -> String {
        format!("{}.compactLayout-meta.xml", self.name)
    }

    /// The file.
    pub fn xml(&self) -> String {
        let mut file = Document::new("CompactLayout");
        file.value("fullName", &self.name);
        for field in &self.fields {
            file.value("fields", field);
        }
        file.value("label", &self.label);
        file.done()
    }
}
