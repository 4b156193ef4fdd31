//! The SFDX project that an administrator deploys: made from the fields and the catalog, with the
//! components that are written by hand.

use std::path::{Path, PathBuf};

use leadrank_salesforce::sfdx::{
    CompactLayout, Field, Filter, Kind, ListView, ObjectAccess, PermissionSet, ReportType, package,
};
use serde::{Deserialize, Serialize};

use super::{all, mapping_csv};
use crate::error::{Error, Result};
use crate::project::write_atomically;

const VERSION: &str = "62.0";
const ROOT: &str = "force-app/main/default";
/// What the integration user reads beside the score: who is contacted and may be called.
const READ_BY_SYNC: [&str; 6] = [
    "DoNotCall",
    "FA_CRD__c",
    "LeadSource",
    "Stage_Entered_Call_Scheduled__c",
    "Stage_Entered_Closed__c",
    "Stage_Entered_Contacting__c",
];
/// What salespeople read beside the score, for the list of the day.
const READ_BY_PEOPLE: [&str; 6] = [
    "DoNotCall",
    "MobilePhone",
    "Phone",
    "Stage_Entered_Call_Scheduled__c",
    "Stage_Entered_Closed__c",
    "Stage_Entered_Contacting__c",
];

/// What became of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Made {
    /// It was not there.
    New,
    /// It is as it was.
    Same,
    /// It was another and is replaced.
    Replaced,
    /// It is another one and stays: somebody may have changed it.
    Kept,
}

/// Every file of the project with its text.
///
/// # Errors
/// When the mapping can't be written.
pub fn files() -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let mut files: Vec<(PathBuf, Vec<u8>)> = Vec::new();
    let mut add = |path: String, text: String| files.push((PathBuf::from(path), text.into_bytes()));
    let fields = all();
    for field in &fields {
        let name = field.file_name();
        add(format!("{ROOT}/objects/Lead/fields/{name}"), field.xml());
    }
    for view in list_views() {
        let name = view.file_name();
        add(format!("{ROOT}/objects/Lead/listViews/{name}"), view.xml());
    }
    let layout = compact_layout();
    let name = layout.file_name();
    add(
        format!("{ROOT}/objects/Lead/compactLayouts/{name}"),
        layout.xml(),
    );
    for set in permission_sets(&fields) {
        add(
            format!("{ROOT}/permissionsets/{}", set.file_name()),
            set.xml(),
        );
    }
    let report = report_type(&fields);
    add(
        format!("{ROOT}/reportTypes/{}", report.file_name()),
        report.xml(),
    );
    add("manifest/package.xml".into(), manifest(&fields));
    files.push((
        PathBuf::from("salesforce_field_mapping.csv"),
        mapping_csv()?,
    ));
    for (path, text) in super::by_hand::FILES {
        files.push((PathBuf::from(path), text.as_bytes().to_vec()));
    }
    files.sort();
    Ok(files)
}

/// Writes the project to `folder`. A file that is there and another stays, unless `overwrite`.
///
/// # Errors
/// When a file can't be written.
pub fn scaffold(folder: &Path, overwrite: bool, dry_run: bool) -> Result<Vec<(PathBuf, Made)>> {
    let mut made = Vec::new();
    for (path, bytes) in files()? {
        let place = folder.join(&path);
        let what = match std::fs::read(&place) {
            Err(_) => Made::New,
            Ok(old) if old == bytes => Made::Same,
            Ok(_) if overwrite => Made::Replaced,
            Ok(_) => Made::Kept,
        };
        if !dry_run && matches!(what, Made::New | Made::Replaced) {
            write_atomically(&place, &bytes)?;
        }
        made.push((path, what));
    }
    if made.is_empty() {
        return Err(Error::Data("there is nothing to write".into()));
    }
    Ok(made)
}

fn list_views() -> Vec<ListView> {
    let columns = [
        "Lead_Rank__c",
        "FULL_NAME",
        "LEAD.COMPANY",
        "LEAD.PHONE",
        "Score_Driver_1__c",
        "Score_Trend__c",
        "Lead_Score__c",
        "LEAD.STATUS",
    ];
    let filter = |field: &str, operation: &str, value: &str| Filter {
        field: field.into(),
        operation: operation.into(),
        value: value.into(),
    };
    ["A", "B", "C"]
        .iter()
        .map(|tier| ListView {
            name: format!("Tier_{tier}"),
            label: format!("Tier {tier}: {}", tier_words(tier)),
            columns: columns.map(str::to_owned).to_vec(),
            filters: vec![
                filter("Lead_Tier__c", "equals", tier),
                // Whoever has a call scheduled is not to be called for one.
                filter("Stage_Entered_Call_Scheduled__c", "equals", ""),
                filter("Stage_Entered_Closed__c", "equals", ""),
            ],
        })
        .collect()
}

fn tier_words(tier: &str) -> &'static str {
    match tier {
        "A" => "call today",
        "B" => "call next",
        _ => "when there is time",
    }
}

fn compact_layout() -> CompactLayout {
    CompactLayout {
        name: "Lead_Score_Compact".into(),
        label: "Lead score".into(),
        fields: [
            "Name",
            "Company",
            "Lead_Tier__c",
            "Lead_Score_Percentile__c",
            "Score_Driver_1__c",
            "Score_Trend__c",
            "Phone",
        ]
        .map(str::to_owned)
        .to_vec(),
    }
}

fn permission_sets(fields: &[Field]) -> [PermissionSet; 2] {
    let named = |field: &Field| format!("Lead.{}", field.api_name);
    let read = |names: [&str; 6]| names.map(|name| (format!("Lead.{name}"), false));
    let feedback = FEEDBACK
        .iter()
        .map(|name| (format!("{FEEDBACK_OBJECT}.{name}"), true));
    [
        PermissionSet {
            name: "Lead_Scoring_Sync".into(),
            label: "Lead Scoring: sync".into(),
            description: "For the integration user of leadrank: reads leads and what decides whether they are called, writes the score's fields and nothing else. To write leads that others own it needs access by sharing.".into(),
            objects: vec![("Lead".into(), ObjectAccess::EditAll)],
            fields: fields.iter().map(|field| (named(field), true)).chain(read(READ_BY_SYNC)).collect(),
            classes: Vec::new(),
            user: vec!["ApiEnabled".into()],
        },
        PermissionSet {
            name: "Lead_Scoring_Read".into(),
            label: "Lead Scoring: read".into(),
            description: "For salespeople: sees scores and reasons, changes none, may say whether they helped.".into(),
            objects: vec![
                ("Lead".into(), ObjectAccess::Read),
                (FEEDBACK_OBJECT.into(), ObjectAccess::Create),
            ],
            fields: fields.iter().map(|field| (named(field), false)).chain(read(READ_BY_PEOPLE))
                .chain(feedback).collect(),
            classes: vec!["LeadScoreListController".into()],
            user: Vec::new(),
        },
    ]
}

/// Where salespeople say whether a score helped, or that they would have it otherwise.
const FEEDBACK_OBJECT: &str = "Lead_Score_Feedback__c";
/// Its fields.
const FEEDBACK: [&str; 8] = [
    "Lead__c",
    "Helpful__c",
    "Reason__c",
    "Comment__c",
    "Override_Tier__c",
    "Override_Reason__c",
    "Score_Key__c",
    "Score_Model_Version__c",
];

fn report_type(fields: &[Field]) -> ReportType {
    let shown = [
        "Lead_Tier__c",
        "Lead_Score__c",
        "Score_Driver_1__c",
        "Score_Status__c",
    ];
    let scores = fields
        .iter()
        // Long texts are read on the lead, not in rows of a report.
        .filter(|field| !matches!(field.kind, Kind::LongText { .. }))
        .map(|field| {
            let is_shown = shown.contains(&field.api_name.as_str());
            (field.api_name.clone(), is_shown)
        });
    let own = [
        ("Name", true),
        ("Company", true),
        ("Status", true),
        ("LeadSource", false),
        ("Owner", false),
    ];
    ReportType {
        name: "Leads_with_Scores".into(),
        label: "Leads with scores".into(),
        description: "Leads with their score, tier, reasons and the facts behind them.".into(),
        object: "Lead".into(),
        section: "Leads".into(),
        fields: own
            .iter()
            .map(|&(name, shown)| (name.to_owned(), shown))
            .chain(scores)
            .collect(),
    }
}

fn manifest(fields: &[Field]) -> String {
    let of = |names: &[&str]| {
        names
            .iter()
            .map(|&name| name.to_owned())
            .collect::<Vec<_>>()
    };
    let own = fields
        .iter()
        .map(|field| format!("Lead.{}", field.api_name));
    let types = [
        (
            "ApexClass",
            of(&["LeadScoreListController", "LeadScoreListControllerTest"]),
        ),
        ("CompactLayout", of(&["Lead.Lead_Score_Compact"])),
        ("CustomField", own.collect()),
        ("CustomObject", of(&["Lead", FEEDBACK_OBJECT])),
        ("FlexiPage", of(&["Lead_Scoring_Home"])),
        (
            "LightningComponentBundle",
            of(&[
                "leadScoreCard",
                "leadScoreFeedback",
                "leadScoreFormat",
                "todaysCallList",
            ]),
        ),
        (
            "ListView",
            of(&["Lead.Tier_A", "Lead.Tier_B", "Lead.Tier_C"]),
        ),
        (
            "PermissionSet",
            of(&["Lead_Scoring_Read", "Lead_Scoring_Sync"]),
        ),
        (
            "ReportType",
            of(&["Leads_with_Score_Feedback", "Leads_with_Scores"]),
        ),
    ];
    package(&types, VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stays in the repository: how components are tested, and what is made here.
    fn stays(path: &str) -> bool {
        let own = ["package.json", "package-lock.json", ".gitignore"];
        own.contains(&path)
            || path.contains("__tests__")
            || ["eslint", "jest", "preview", "node_modules"]
                .iter()
                .any(|part| path.starts_with(part))
    }

    fn walk(folder: &Path, root: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/");
            if stays(&name) {
                continue;
            }
            match path.is_dir() {
                true => walk(&path, root, found),
                false => found.push(name),
            }
        }
    }

    #[test]
    fn the_project_in_the_repository_is_what_scaffold_writes() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../salesforce");
        let made = files().unwrap();
        for (path, bytes) in &made {
            let there = std::fs::read(root.join(path));
            assert!(
                there.is_ok_and(|there| there == *bytes),
                "{} differs: cargo run -- salesforce scaffold --to salesforce --overwrite",
                path.display()
            );
        }
        let mut there = Vec::new();
        walk(&root, &root, &mut there);
        for path in there {
            let is_made = made.iter().any(|(known, _)| known == Path::new(&path));
            assert!(is_made, "{path} is missing in by_hand.rs");
        }
    }

    #[test]
    fn each_part_of_the_manifest_has_a_file() {
        let made = files().unwrap();
        let manifest = made.iter().find(|(path, _)| path.ends_with("package.xml"));
        let text = String::from_utf8(manifest.unwrap().1.clone()).unwrap();
        for line in text.lines().filter(|line| line.contains("<members>")) {
            let member = line
                .trim()
                .trim_start_matches("<members>")
                .trim_end_matches("</members>");
            let name = member.rsplit('.').next().unwrap_or(member);
            let is_there = made.iter().any(|(path, _)| {
                let path = path.to_string_lossy();
                path.contains(&format!("/{name}.")) || path.contains(&format!("/{name}/"))
            });
            assert!(is_there, "{member}");
        }
    }

    #[test]
    fn the_integration_user_changes_nothing_but_the_score() {
        let sets = permission_sets(&all());
        let names: Vec<String> = all()
            .iter()
            .map(|field| format!("Lead.{}", field.api_name))
            .collect();
        for (field, editable) in &sets[0].fields {
            assert_eq!(*editable, names.contains(field), "{field}");
        }
        let edited = sets[1].fields.iter().filter(|(_, editable)| *editable);
        for (field, _) in edited {
            assert!(field.starts_with(FEEDBACK_OBJECT), "{field}");
        }
    }
}
