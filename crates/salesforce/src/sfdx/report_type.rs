//! What reports can be made of, and the list of everything in a project.

use super::xml::Document;

/// A report type on one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportType {
    /// API name.
    pub name: String,
    /// What people choose it by.
    pub label: String,
    /// What it holds.
    pub description: String,
    /// The object.
    pub object: String,
    /// Title of the only section.
    pub section: String,
    /// Fields, and whether they are chosen from the start.
    pub fields: Vec<(String, bool)>,
}

impl ReportType {
    /// The file's name in `reportTypes`.
    pub fn file_name(&self) -> String {
        format!("{}.reportType-meta.xml", self.name)
    }

    /// The file.
    pub fn xml(&self) -> String {
        let mut file = Document::new("ReportType");
        file.value("baseObject", &self.object);
        file.value("category", "leads");
        file.value("deployed", true);
        file.value("description", &self.description);
        file.value("label", &self.label);
        file.group("sections", |section| {
            for (field, checked) in &self.fields {
                section.group("columns", |column| {
                    column.value("checkedByDefault", checked);
                    column.value("field", field);
                    column.value("table", &self.object);
                });
            }
            section.value("masterLabel", &self.section);
        });
        file.done()
    }
}

/// `manifest/package.xml`: each type of metadata with its members, in the order given.
pub fn package(types: &[(&str, Vec<String>)], version: &str) -> String {
    let mut file = Document::new("Package");
    for (name, members) in types {
        file.group("types", |group| {
            for member in members {
                group.value("members", member);
            }
            group.value("name", name);
        });
    }
    file.value("version", version);
    file.done()
}
