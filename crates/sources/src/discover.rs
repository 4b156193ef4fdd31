//! Which files are there, and what each is by its name.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::contract::FileKind;
use crate::error::{Error, Result};
use crate::reader::Source;

/// Territories a representatives' file may be of; TX holds advisers looked up by number.
pub const TERRITORIES: [&str; 4] = ["T1", "T2", "T3", "TX"];

/// A file whose name says nothing known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unrecognised {
    /// The file's name.
    pub file: String,
    /// Why it is passed over.
    pub why: String,
}

/// What a folder holds.
#[derive(Clone, Debug, Default)]
pub struct Discovered {
    /// Files to load, in the order they are loaded.
    pub sources: Vec<Source>,
    /// Files passed over, by name.
    pub unrecognised: Vec<Unrecognised>,
}

/// Looks through a folder for `discovery_tN_YYYY_MM.csv` (N is 1, 2, 3 or x),
/// `discovery_firms_YYYY_MM.csv` and `salesforce_{lead,task,user,opportunity}.csv`.
/// Folders and hidden files are passed over silently, other files with a word.
pub fn discover(raw: &Path) -> Result<Discovered> {
    let unreadable = |source| Error::Unreadable {
        path: raw.into(),
        source,
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(raw).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    let mut found = Discovered::default();
    for path in paths {
        let Some(name) = path.file_name().map(|n| n.to_string_lossy().into_owned()) else {
            continue;
        };
        if name.starts_with('.') {
            continue;
        }
        match recognise(&path, &name) {
            Ok(source) => found.sources.push(source),
            Err(why) => found.unrecognised.push(Unrecognised { file: name, why }),
        }
    }
    put_in_order(&mut found.sources)?;
    Ok(found)
}

/// A file the user names, with what its name need not say. The month is `YYYY-MM`, or a
/// day `YYYY-MM-DD`; without one it is taken from the name.
pub fn explicit(
    path: impl Into<PathBuf>,
    kind: FileKind,
    territory: Option<&str>,
    month: Option<&str>,
) -> Result<Source> {
    let path = path.into();
    let mut source = Source {
        path,
        kind,
        territory: None,
        snapshot_as_of: None,
    };
    let name = source.name();
    let by_name = recognise(&source.path, &name)
        .ok()
        .filter(|found| found.kind == kind);
    if kind.is_monthly() {
        source.snapshot_as_of = match month {
            Some(month) => Some(parse_month(month).ok_or_else(|| Error::BadMonth {
                file: name.clone(),
                why: format!("`{month}` is not a month"),
            })?),
            None => by_name.as_ref().and_then(|found| found.snapshot_as_of),
        };
        if source.snapshot_as_of.is_none() {
            return Err(Error::BadMonth {
                file: name,
                why: format!("a {kind} file belongs to a month, and its name does not tell it"),
            });
        }
    }
    if kind == FileKind::Reps {
        let given = territory.map(str::to_uppercase);
        let territory = given.or_else(|| by_name.and_then(|found| found.territory));
        source.territory = match territory {
            Some(territory) if TERRITORIES.contains(&territory.as_str()) => Some(territory),
            Some(other) => {
                return Err(Error::BadTerritory {
                    file: name,
                    given: other,
                });
            }
            None => {
                return Err(Error::BadTerritory {
                    file: name,
                    given: String::new(),
                });
            }
        };
    }
    Ok(source)
}

/// Sorts by month, kind and territory, Salesforce last; two files for one place are an
/// error, since only one can be right.
pub(crate) fn put_in_order(sources: &mut [Source]) -> Result<()> {
    type Place<'a> = (bool, Option<NaiveDate>, FileKind, &'a Option<String>);
    fn place(source: &Source) -> Place<'_> {
        (
            !source.kind.is_monthly(),
            source.snapshot_as_of,
            source.kind,
            &source.territory,
        )
    }
    sources.sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| a.path.cmp(&b.path)));
    for pair in sources.windows(2) {
        if place(&pair[0]) == place(&pair[1]) {
            let what = match (&pair[0].territory, pair[0].snapshot_as_of) {
                (Some(territory), Some(day)) => format!("{territory} of {day}"),
                (None, Some(day)) => format!("the {} of {day}", pair[0].kind),
                _ => format!("the {} file", pair[0].kind),
            };
            return Err(Error::TwoFiles {
                first: pair[0].name(),
                second: pair[1].name(),
                what,
            });
        }
    }
    Ok(())
}

/// `2025-10` or `2025_10` (its first day), or `2025-10-05`.
fn parse_month(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .or_else(|| {
            let (year, month) = text.split_once(['-', '_'])?;
            month_of(year, month)
        })
}

fn month_of(year: &str, month: &str) -> Option<NaiveDate> {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if year.len() != 4 || month.len() != 2 || !digits(year) || !digits(month) {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1)
}

fn recognise(path: &Path, name: &str) -> Result<Source, String> {
    let lower = name.to_lowercase();
    let source = |kind, territory, snapshot_as_of| {
        Ok(Source {
            path: path.into(),
            kind,
            territory,
            snapshot_as_of,
        })
    };
    let Some(stem) = lower.strip_suffix(".csv") else {
        return Err("not a .csv file".into());
    };
    if let Some(object) = stem.strip_prefix("salesforce_") {
        let kinds = [
            FileKind::Lead,
            FileKind::Task,
            FileKind::User,
            FileKind::Opportunity,
        ];
        return match kinds.into_iter().find(|kind| kind.word() == object) {
            Some(kind) => source(kind, None, None),
            None => Err("not one of salesforce_lead, _task, _user, _opportunity".into()),
        };
    }
    let Some(rest) = stem.strip_prefix("discovery_") else {
        return Err("its name begins with neither discovery_ nor salesforce_".into());
    };
    let mut parts = rest.split('_');
    let (Some(what), Some(year), Some(month), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err("not named like discovery_t1_2025_10.csv".into());
    };
    let Some(day) = month_of(year, month) else {
        return Err(format!("{year}_{month} is not a month"));
    };
    if what == "firms" {
        return source(FileKind::Firms, None, Some(day));
    }
    let territory = what.to_uppercase();
    if TERRITORIES.contains(&territory.as_str()) {
        source(FileKind::Reps, Some(territory), Some(day))
    } else {
        Err(format!("{what} is not one of t1, t2, t3, tx, firms"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_kind_territory_and_month() {
        let folder = tempfile::tempdir().expect("writable");
        for name in [
            "salesforce_lead.csv",
            "discovery_t2_2025_09.csv",
            "Discovery_TX_2025_09.CSV",
            "discovery_firms_2025_09.csv",
            "discovery_t1_2025_08.csv",
            "discovery_t4_2025_09.csv",
            "discovery_t1_2025_13.csv",
            "salesforce_case.csv",
            "notes.txt",
            ".hidden.csv",
        ] {
            std::fs::write(folder.path().join(name), "x").expect("writable");
        }
        let found = discover(folder.path()).expect("readable");
        let names: Vec<String> = found.sources.iter().map(Source::name).collect();
        assert_eq!(
            names,
            [
                "discovery_t1_2025_08.csv",
                "discovery_t2_2025_09.csv",
                "Discovery_TX_2025_09.CSV",
                "discovery_firms_2025_09.csv",
                "salesforce_lead.csv",
            ]
        );
        assert_eq!(found.sources[2].territory.as_deref(), Some("TX"));
        assert_eq!(
            found.sources[1].snapshot_as_of,
            NaiveDate::from_ymd_opt(2025, 9, 1)
        );
        let why: Vec<&str> = found.unrecognised.iter().map(|u| u.why.as_str()).collect();
        assert_eq!(
            why,
            [
                "2025_13 is not a month",
                "t4 is not one of t1, t2, t3, tx, firms",
                "not a .csv file",
                "not one of salesforce_lead, _task, _user, _opportunity",
            ]
        );
    }

    #[test]
    fn a_named_file_needs_a_month_and_a_territory_from_somewhere() {
        let firms = explicit("/x/roster.csv", FileKind::Firms, None, Some("2025-10"));
        let firms = firms.expect("complete");
        assert_eq!(firms.snapshot_as_of, NaiveDate::from_ymd_opt(2025, 10, 1));
        let day =
            explicit("/x/r.csv", FileKind::Firms, None, Some("2025-10-05")).expect("complete");
        assert_eq!(day.snapshot_as_of, NaiveDate::from_ymd_opt(2025, 10, 5));
        let reps = explicit("/x/discovery_t3_2025_07.csv", FileKind::Reps, None, None);
        assert_eq!(reps.expect("by name").territory.as_deref(), Some("T3"));
        for (file, kind, territory, month, part) in [
            (
                "r.csv",
                FileKind::Firms,
                None,
                None,
                "its name does not tell it",
            ),
            (
                "r.csv",
                FileKind::Firms,
                None,
                Some("October"),
                "`October` is not a month",
            ),
            (
                "r.csv",
                FileKind::Reps,
                None,
                Some("2025-10"),
                "T1, T2, T3 or TX",
            ),
            ("r.csv", FileKind::Reps, Some("T9"), Some("2025-10"), "`T9`"),
        ] {
            let error = explicit(file, kind, territory, month).expect_err(part);
            assert!(error.to_string().contains(part), "{error}");
        }
    }

    #[test]
    fn two_files_for_one_place_are_an_error() {
        let one = explicit("a.csv", FileKind::Lead, None, None).expect("complete");
        let two = explicit("b.csv", FileKind::Lead, None, None).expect("complete");
        let error = put_in_order(&mut [two, one]).expect_err("two leads");
        assert_eq!(
            error.to_string(),
            "a.csv and b.csv are both the lead file; keep one of them"
        );
    }
}
