//! A list view: some records of an object, in some columns.

use super::xml::Document;

/// One condition; all of a view's hold at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The field, by its name in list views.
    pub field: String,
    /// `equals`, `notEqual`, ….
    pub operation: String,
    /// What it is compared with; empty for "nothing".
    pub value: String,
}

/// A list view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListView {
    /// API name.
    pub name: String,
    /// What people choose it by.
    pub label: String,
    /// Columns, by their names in list views.
    pub columns: Vec<String>,
    /// Conditions.
    pub filters: Vec<Filter>,
}

impl ListView {
    /// The file's name in `objects/<Object>/listViews`.
    pub fn file_name(&self) -> String {
        format!("{}.listView-meta.xml", self.name)
    }

    /// The file.
    pub fn xml(&self) -> String {
        let mut file = Document::new("ListView");
        file.value("fullName", &self.name);
        for column in &self.columns {
            file.value("columns", column);
        }
        file.value("filterScope", "Everything");
        for filter in &self.filters {
            file.group("filters", |one| {
                one.value("field", &filter.field);
                one.value("operation", &filter.operation);
                if !filter.value.is_empty() {
                    one.value("value", &filter.value);
                }
            });
        }
        file.value("label", &self.label);
        file.done()
    }
}
