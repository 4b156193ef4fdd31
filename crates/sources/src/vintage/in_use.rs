//! Which loads are in use, as known on a day, and the views that show them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate, Utc};
use leadrank_warehouse::{Params, Session, TableName};

use super::log::Place;
use super::{
    LOG, LoadEntry, PROFILES, REJECTS, Status, log_schema, read_log, scoring, store_of,
    table_of_kind,
};
use crate::contract::FileKind;
use crate::error::Result;

/// Up to when loads count: by the clock of loading, and by that of the facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Loads before this moment; none: all of them.
    loaded: Option<DateTime<Utc>>,
    /// Vendor months up to this day; none: all of them.
    months: Option<NaiveDate>,
}

impl Known {
    /// Everything that is loaded.
    pub const NOW: Known = Known {
        loaded: None,
        months: None,
    };

    /// What was known at the end of a day, in UTC.
    pub fn on(day: NaiveDate) -> Known {
        let next = day.checked_add_days(Days::new(1));
        let end = next.and_then(|day| day.and_hms_opt(0, 0, 0));
        Known {
            loaded: end.map(|end| end.and_utc()),
            ..Known::NOW
        }
    }

    /// What was known at a moment, loads of that very moment included.
    pub fn at(moment: DateTime<Utc>) -> Known {
        Known {
            loaded: Some(moment + chrono::TimeDelta::microseconds(1)),
            ..Known::NOW
        }
    }

    /// The same without the vendor months after a day, where one is given.
    #[must_use]
    pub fn until(self, day: Option<NaiveDate>) -> Known {
        Known {
            months: day.or(self.months),
            ..self
        }
    }

    /// Whether something that was written down at a moment was known then.
    pub fn holds(self, moment: DateTime<Utc>) -> bool {
        self.loaded.is_none_or(|end| moment < end)
    }

    /// Whether a load counts by both clocks.
    pub(crate) fn counts(self, load: &LoadEntry) -> bool {
        self.holds(load.loaded_at)
            && load
                .snapshot_as_of
                .zip(self.months)
                .is_none_or(|(month, last)| month <= last)
    }
}

/// The loads in use, in the order of kind, month and territory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InUse {
    /// One load a place.
    pub loads: Vec<LoadEntry>,
    /// Deliveries that are kept in quarantine, with nothing newer in their place.
    pub quarantined: BTreeSet<String>,
    /// The files of these, in the order of kind, month and territory.
    pub held: Vec<LoadEntry>,
}

impl InUse {
    /// Of each place the newest accepted load that was not withdrawn since.
    pub(crate) fn of(log: &[LoadEntry], known: Known) -> InUse {
        let mut accepted: BTreeMap<Place, Vec<&LoadEntry>> = BTreeMap::new();
        for entry in log.iter().filter(|entry| known.counts(entry)) {
            let place = accepted.entry(entry.place()).or_default();
            // A load stands at its newest line only.
            place.retain(|older| older.load_id != entry.load_id);
            if entry.status == Status::Accepted {
                place.push(entry);
            }
        }
        let mut last: BTreeMap<Place, &LoadEntry> = BTreeMap::new();
        for entry in log.iter().filter(|entry| known.counts(entry)) {
            last.insert(entry.place(), entry);
        }
        let held: Vec<LoadEntry> = last
            .into_values()
            .filter(|entry| entry.status == Status::Quarantined)
            .cloned()
            .collect();
        let newest = accepted.into_values().filter_map(|mut loads| loads.pop());
        InUse {
            loads: newest.cloned().collect(),
            quarantined: held.iter().map(|entry| entry.delivery.clone()).collect(),
            held,
        }
    }

    /// The loads of one kind.
    pub fn kind(&self, kind: FileKind) -> impl Iterator<Item = &LoadEntry> {
        self.loads.iter().filter(move |load| load.kind == kind)
    }

    /// Months of the vendor's files of a kind, oldest first.
    pub fn months(&self, kind: FileKind) -> BTreeSet<NaiveDate> {
        self.kind(kind)
            .filter_map(|load| load.snapshot_as_of)
            .collect()
    }

    /// For each month of representatives, the columns of the firm file that were not
    /// there: all of them if the month has no firm file. The features' proxies step in for
    /// exactly these.
    pub fn absent_firm_columns(&self) -> BTreeMap<NaiveDate, BTreeSet<String>> {
        let firms: BTreeMap<Option<NaiveDate>, &Vec<String>> = self
            .kind(FileKind::Firms)
            .map(|load| (load.snapshot_as_of, &load.missing_columns))
            .collect();
        let all = || -> BTreeSet<String> {
            let columns = FileKind::Firms.contract().columns.iter();
            let facts = columns.filter(|column| !column.key);
            facts.map(|column| column.name.to_owned()).collect()
        };
        let absent = |day: NaiveDate| match firms.get(&Some(day)) {
            Some(missing) => missing.iter().cloned().collect(),
            None => all(),
        };
        let months = self.months(FileKind::Reps);
        months.into_iter().map(|day| (day, absent(day))).collect()
    }
}

/// Tables that are made of deliveries, and so know what their newest deliveries know.
const MADE_OF_DELIVERIES: [&str; 4] = [
    "LeadScoring.training_dataset",
    "LeadScoring.discovery_reps_with_features",
    "LeadScoring.lead_scores",
    "LeadScoring.lead_scores_current",
];

/// Makes views of what is in use, as known then: one for each kind of file under its own
/// name, `LeadScoring.rejected_cells` of all counted loads, `LeadScoring.loads_in_use`.
/// A kind of which nothing was loaded gets no view; a project without any load gets none.
/// For a past state `load_log` ends there, and tables made of later deliveries are hidden.
///
/// # Errors
/// When the ledger can't be read.
pub async fn register_in_use(session: &Session, known: Known) -> Result<InUse> {
    if !session.has_table(LOG) {
        return Ok(InUse::default());
    }
    let log = read_log(session).await?;
    let in_use = InUse::of(&log, known);
    for kind in FileKind::ALL {
        let view = table_of_kind(kind);
        let ids: BTreeSet<i64> = in_use.kind(kind).map(|load| load.load_id).collect();
        show(session, &view, "* EXCEPT (load_id)", &ids).await?;
    }
    if let Some(end) = known.loaded {
        // What was made of later knowledge did not exist then.
        for made in MADE_OF_DELIVERIES {
            session.forget(made);
        }
        let sql = format!(
            "SELECT * FROM {LOG} WHERE loaded_at < TIMESTAMP '{}'",
            end.format("%Y-%m-%d %H:%M:%S%.6f+00")
        );
        session.create_view(LOG, &sql, &Params::default()).await?;
    }
    let counted: BTreeSet<i64> = log
        .iter()
        .filter(|entry| known.counts(entry))
        .map(|entry| entry.load_id)
        .collect();
    show(session, &scoring(REJECTS), "*", &counted).await?;
    show(session, &scoring(PROFILES), "*", &counted).await?;
    let batch = super::log_batch(&in_use.loads)?;
    session.register_batches("LeadScoring.loads_in_use", log_schema(), vec![batch])?;
    Ok(in_use)
}

/// A view of the rows of some loads.
async fn show(
    session: &Session,
    view: &TableName,
    columns: &str,
    ids: &BTreeSet<i64>,
) -> Result<()> {
    let store = store_of(view).to_string();
    if !session.has_table(&store) {
        return Ok(());
    }
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let condition = if ids.is_empty() {
        "FALSE".to_owned()
    } else {
        format!("load_id IN ({})", ids.join(", "))
    };
    let sql = format!("SELECT {columns} FROM {store} WHERE {condition}");
    session
        .create_view(&view.to_string(), &sql, &Params::default())
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(entry: i64, load_id: i64, month: &str, status: Status, hour: u32) -> LoadEntry {
        let day = |text: &str| text.parse::<NaiveDate>().ok();
        LoadEntry {
            entry,
            delivery: format!("d{entry}"),
            load_id,
            status,
            reason: None,
            file: "discovery_t1.csv".into(),
            kind: FileKind::Reps,
            territory: Some("T1".into()),
            snapshot_as_of: day(month),
            loaded_at: day("2025-11-05")
                .and_then(|day| day.and_hms_opt(hour, 0, 0))
                .unwrap_or_default()
                .and_utc(),
            sha256: String::new(),
            bytes: 0,
            rows: 0,
            rows_left_out: 0,
            rejected_cells: 0,
            missing_columns: Vec::new(),
            unknown_columns: Vec::new(),
            header: Vec::new(),
            contract_version: "1".into(),
        }
    }

    fn used(log: &[LoadEntry], known: Known) -> Vec<i64> {
        let in_use = InUse::of(log, known);
        in_use.loads.iter().map(|load| load.load_id).collect()
    }

    #[test]
    fn the_newest_accepted_load_of_a_place_is_in_use() {
        use Status::{Accepted, Quarantined, Withdrawn};
        let mut log = vec![
            line(1, 11, "2025-09-01", Accepted, 1),
            line(2, 12, "2025-10-01", Accepted, 2),
            line(3, 13, "2025-10-01", Accepted, 3),
        ];
        assert_eq!(used(&log, Known::NOW), [11, 13]);
        // A bad one never replaces a good one …
        log.push(line(4, 14, "2025-10-01", Quarantined, 4));
        assert_eq!(used(&log, Known::NOW), [11, 13]);
        // … until a person says so; a withdrawn one gives way to the one before.
        log.push(line(5, 14, "2025-10-01", Accepted, 5));
        assert_eq!(used(&log, Known::NOW), [11, 14]);
        log.push(line(6, 14, "2025-10-01", Withdrawn, 6));
        assert_eq!(used(&log, Known::NOW), [11, 13]);
        log.push(line(7, 13, "2025-10-01", Withdrawn, 7));
        log.push(line(8, 12, "2025-10-01", Withdrawn, 8));
        assert_eq!(used(&log, Known::NOW), [11]);
    }

    #[test]
    fn what_was_known_then_is_the_ledger_cut_off() {
        let log = [
            line(1, 11, "2025-10-01", Status::Accepted, 1),
            line(2, 12, "2025-10-01", Status::Accepted, 9),
        ];
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(used(&log, Known::on(day("2025-11-04"))), [] as [i64; 0]);
        assert_eq!(used(&log, Known::on(day("2025-11-05"))), [12]);
        assert_eq!(used(&log, Known::at(log[0].loaded_at)), [11]);
    }

    #[test]
    fn months_after_a_day_are_not_known_on_it() {
        let log = [
            line(1, 11, "2025-07-01", Status::Accepted, 1),
            line(2, 12, "2025-10-01", Status::Accepted, 2),
            line(3, 13, "2026-01-01", Status::Quarantined, 3),
        ];
        let day = |text: &str| text.parse::<NaiveDate>().ok();
        assert_eq!(used(&log, Known::NOW.until(None)), [11, 12]);
        assert_eq!(used(&log, Known::NOW.until(day("2025-10-01"))), [11, 12]);
        assert_eq!(used(&log, Known::NOW.until(day("2025-09-30"))), [11]);
        // Both clocks at once.
        let first = Known::at(log[0].loaded_at);
        assert_eq!(used(&log, first.until(day("2025-06-30"))), [] as [i64; 0]);
        let held = |known: Known| InUse::of(&log, known).held.len();
        assert_eq!(
            (held(Known::NOW), held(Known::NOW.until(day("2025-12-31")))),
            (1, 0)
        );
    }

    #[test]
    fn firm_columns_are_absent_where_a_month_has_no_firm_file() {
        let mut firms = line(2, 12, "2025-10-01", Status::Accepted, 1);
        firms.kind = FileKind::Firms;
        firms.territory = None;
        firms.missing_columns = vec!["Number_Employees".into()];
        let log = [
            line(1, 11, "2025-09-01", Status::Accepted, 1),
            line(3, 13, "2025-10-01", Status::Accepted, 1),
            firms,
        ];
        let absent = InUse::of(&log, Known::NOW).absent_firm_columns();
        let counts: Vec<usize> = absent.values().map(BTreeSet::len).collect();
        assert_eq!(counts, [7, 1]);
    }
}
