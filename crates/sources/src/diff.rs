//! What changed between two deliveries of the vendor.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use leadrank_warehouse::{Params, Session};
use serde::Serialize;

use crate::career::{PastFact, careers};
use crate::contract::FileKind;
use crate::error::{Error, Result};
use crate::vintage::{InUse, Known, LoadEntry, Status, read_log, store_of, table_of_kind};

/// One column over the advisers that both deliveries have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ColumnDiff {
    /// The column.
    pub column: String,
    /// Advisers of whom it says something else.
    pub changed: u64,
    /// Of these, those of whom it said nothing before.
    pub filled: u64,
    /// Of these, those of whom it says nothing any more.
    pub emptied: u64,
}

/// One kind of past fact over the advisers that both deliveries have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PastDiff {
    /// The fact.
    pub fact: PastFact,
    /// Advisers of whom both say it.
    pub compared: u64,
    /// Of these, those of whom the later one contradicts the earlier one.
    pub rewritten: u64,
}

/// Two deliveries of representatives side by side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// The earlier one.
    pub before: String,
    /// The later one.
    pub after: String,
    /// Whether both are of the same month: then every change is a rewriting.
    pub same_month: bool,
    /// Advisers in the earlier one.
    pub advisers_before: u64,
    /// Advisers in the later one.
    pub advisers_after: u64,
    /// Advisers in both.
    pub both: u64,
    /// Of these, those at another firm.
    pub moved: u64,
    /// The columns, the most changed first.
    pub columns: Vec<ColumnDiff>,
    /// Facts about the past.
    pub past: Vec<PastDiff>,
}

/// Share of comparisons that may be contradictions before it is worth a word: mistyped and
/// corrected cells occur everywhere.
pub const ORDINARY_REWRITING: f64 = 0.005;

/// Something about the past that a later delivery tells otherwise than an earlier one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rewriting {
    /// The column or the fact.
    pub what: String,
    /// Advisers of whom it was rewritten.
    pub rewritten: u64,
    /// Advisers of whom both deliveries say it.
    pub of: u64,
}

impl Diff {
    /// What was rewritten of more advisers than is ordinary, the most first: in a month that was
    /// delivered again every column, between months the facts about the past.
    pub fn rewritings(&self) -> Vec<Rewriting> {
        let mut found: Vec<Rewriting> = match self.same_month {
            true => self
                .columns
                .iter()
                .map(|one| Rewriting {
                    what: one.column.clone(),
                    rewritten: one.changed,
                    of: self.both,
                })
                .collect(),
            false => self
                .past
                .iter()
                .map(|one| Rewriting {
                    what: one.fact.words().to_owned(),
                    rewritten: one.rewritten,
                    of: one.compared,
                })
                .collect(),
        };
        found.retain(|one| one.rewritten as f64 > ORDINARY_REWRITING * one.of as f64);
        found.sort_by(|a, b| {
            b.rewritten
                .cmp(&a.rewritten)
                .then_with(|| a.what.cmp(&b.what))
        });
        found
    }
}

/// One side of a comparison.
struct Side {
    name: String,
    month: NaiveDate,
    loads: Vec<i64>,
}

/// Compares the newest deliveries in use of two months, or, of one month, its newest
/// revision with the one that was in use before it.
///
/// # Errors
/// When a month has no delivery, or only one where two are needed, or a table can't be
/// read.
pub async fn diff(
    session: &Session,
    months: (NaiveDate, Option<NaiveDate>),
    known: Known,
) -> Result<Diff> {
    let log: Vec<LoadEntry> = match session.has_table(crate::vintage::LOG) {
        true => read_log(session).await?,
        false => Vec::new(),
    };
    let log: Vec<LoadEntry> = log.into_iter().filter(|line| known.counts(line)).collect();
    let (before, after) = match months {
        (first, Some(second)) => {
            let (old, new) = (first.min(second), first.max(second));
            (newest(&log, old)?, newest(&log, new)?)
        }
        (month, None) => {
            let after = newest(&log, month)?;
            (revision_before(&log, month)?, after)
        }
    };
    if before.loads == after.loads {
        return Err(Error::NoRevision { month: after.month });
    }
    compare(session, &before, &after).await
}

/// What is in use of a month, newest revision of each territory.
fn newest(log: &[LoadEntry], month: NaiveDate) -> Result<Side> {
    let in_use = InUse::of(log, Known::NOW);
    let loads: Vec<&LoadEntry> = in_use
        .kind(FileKind::Reps)
        .filter(|load| load.snapshot_as_of == Some(month))
        .collect();
    side(&loads, month)
}

/// What was in use of a month before its newest delivery.
fn revision_before(log: &[LoadEntry], month: NaiveDate) -> Result<Side> {
    let of_month = |line: &&LoadEntry| {
        line.snapshot_as_of == Some(month)
            && line.kind == FileKind::Reps
            && line.status == Status::Accepted
    };
    let newest = log.iter().filter(of_month).map(|line| line.entry).max();
    let delivery = log.iter().find(|line| Some(line.entry) == newest);
    let first = log
        .iter()
        .filter(|line| delivery.is_some_and(|newest| newest.delivery == line.delivery))
        .map(|line| line.entry)
        .min()
        .unwrap_or(0);
    let earlier: Vec<LoadEntry> = log
        .iter()
        .filter(|line| line.entry < first)
        .cloned()
        .collect();
    self::newest(&earlier, month).map_err(|_| Error::NoRevision { month })
}

fn side(loads: &[&LoadEntry], month: NaiveDate) -> Result<Side> {
    let newest = loads.iter().max_by_key(|load| load.entry);
    let Some(newest) = newest else {
        return Err(Error::NothingInUse { month });
    };
    Ok(Side {
        name: newest.delivery.clone(),
        month,
        loads: loads.iter().map(|load| load.load_id).collect(),
    })
}

impl Side {
    /// All rows of the side.
    fn relation(&self) -> String {
        let ids: Vec<String> = self.loads.iter().map(ToString::to_string).collect();
        let store = store_of(&table_of_kind(FileKind::Reps));
        format!(
            "(SELECT * FROM {store} WHERE load_id IN ({}))",
            ids.join(", ")
        )
    }

    /// One row an adviser, chosen as features choose it: first one for each adviser and
    /// firm, then one for each adviser. Lines are chosen first, since sorting whole rows
    /// costs many times as much.
    fn one_each(&self) -> String {
        let rows = self.relation();
        let territory =
            "CASE territory_source WHEN 'T1' THEN 1 WHEN 'T2' THEN 2 WHEN 'T3' THEN 3 ELSE 4 END";
        let of_firm = format!(
            "(SELECT RepCRD, RIAFirmCRD, IsPrimaryRIAFirm, declared_nulls, territory_source, source_line \
             FROM {rows} f QUALIFY ROW_NUMBER() OVER (PARTITION BY RepCRD, RIAFirmCRD \
             ORDER BY {territory}, declared_nulls, source_line) = 1)"
        );
        let chosen = format!(
            "(SELECT RepCRD, territory_source, source_line FROM {of_firm} o \
             QUALIFY ROW_NUMBER() OVER (PARTITION BY RepCRD ORDER BY \
             IF(IsPrimaryRIAFirm = 'Yes', 0, 1), declared_nulls, \
             IFNULL(SAFE_CAST(RIAFirmCRD AS INT64), 9223372036854775807), {territory}, source_line) = 1)"
        );
        format!(
            "(SELECT r.* FROM {chosen} c JOIN {rows} r ON r.RepCRD = c.RepCRD \
             AND r.territory_source = c.territory_source AND r.source_line = c.source_line)"
        )
    }
}

/// A month that was delivered more than once: its newest delivery beside the one that was
/// in use before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// The month.
    pub month: NaiveDate,
    /// The earlier delivery.
    pub before: String,
    /// The later delivery.
    pub after: String,
    relations: (String, String),
}

impl Revision {
    /// The declared columns beside the key.
    pub fn columns(&self) -> Vec<&'static str> {
        let declared = FileKind::Reps.contract().columns.iter();
        let others = declared.filter(|column| !column.key);
        others.map(|column| column.name).collect()
    }

    /// One row an adviser of the earlier delivery, as a relation in SQL.
    pub fn relation_before(&self) -> &str {
        &self.relations.0
    }

    /// One row an adviser of the later delivery, as a relation in SQL.
    pub fn relation_after(&self) -> &str {
        &self.relations.1
    }
}

/// The months of representatives that were delivered more than once, as known then.
///
/// # Errors
/// When the ledger can't be read.
pub async fn revisions(session: &Session, known: Known) -> Result<Vec<Revision>> {
    let log: Vec<LoadEntry> = match session.has_table(crate::vintage::LOG) {
        true => read_log(session).await?,
        false => Vec::new(),
    };
    let log: Vec<LoadEntry> = log.into_iter().filter(|line| known.counts(line)).collect();
    let mut found = Vec::new();
    for month in InUse::of(&log, Known::NOW).months(FileKind::Reps) {
        let (Ok(before), Ok(after)) = (revision_before(&log, month), newest(&log, month)) else {
            continue;
        };
        if before.loads != after.loads {
            found.push(Revision {
                month,
                before: before.name.clone(),
                after: after.name.clone(),
                relations: (before.one_each(), after.one_each()),
            });
        }
    }
    Ok(found)
}

async fn compare(session: &Session, before: &Side, after: &Side) -> Result<Diff> {
    let declared = FileKind::Reps.contract().columns;
    let columns: Vec<&str> = declared
        .iter()
        .filter(|column| !column.key)
        .map(|column| column.name)
        .collect();
    let mut counts = vec![
        "COUNT(a.RepCRD)".to_owned(),
        "COUNT(b.RepCRD)".to_owned(),
        "COUNTIF(a.RepCRD IS NOT NULL AND b.RepCRD IS NOT NULL)".to_owned(),
    ];
    let both = "a.RepCRD IS NOT NULL AND b.RepCRD IS NOT NULL";
    for column in &columns {
        counts.push(format!(
            "COUNTIF({both} AND a.`{column}` IS DISTINCT FROM b.`{column}`)"
        ));
        counts.push(format!(
            "COUNTIF({both} AND a.`{column}` IS NULL AND b.`{column}` IS NOT NULL)"
        ));
        counts.push(format!(
            "COUNTIF({both} AND a.`{column}` IS NOT NULL AND b.`{column}` IS NULL)"
        ));
    }
    let list: Vec<String> = counts
        .iter()
        .enumerate()
        .map(|(place, count)| format!("{count} AS c{place}"))
        .collect();
    let sql = format!(
        "SELECT {} FROM {} a FULL OUTER JOIN {} b ON b.RepCRD = a.RepCRD",
        list.join(", "),
        before.one_each(),
        after.one_each()
    );
    let batches = session.collect(&sql, &Params::default()).await?;
    let mut numbers = Vec::with_capacity(counts.len());
    for column in batches[0].columns() {
        let whole = cast(column, &DataType::Int64)?;
        let whole = whole.as_primitive::<Int64Type>();
        let value = if whole.is_empty() || whole.is_null(0) {
            0
        } else {
            whole.value(0)
        };
        numbers.push(u64::try_from(value).unwrap_or(0));
    }
    let mut changes: Vec<ColumnDiff> = columns
        .iter()
        .zip(numbers[3..].chunks(3))
        .map(|(column, counts)| ColumnDiff {
            column: (*column).to_owned(),
            changed: counts[0],
            filled: counts[1],
            emptied: counts[2],
        })
        .collect();
    let moved = changes.iter().find(|change| change.column == "RIAFirmCRD");
    let moved = moved.map_or(0, |change| change.changed);
    changes.sort_by(|a, b| {
        b.changed
            .cmp(&a.changed)
            .then_with(|| a.column.cmp(&b.column))
    });
    Ok(Diff {
        before: before.name.clone(),
        after: after.name.clone(),
        same_month: before.month == after.month,
        advisers_before: numbers[0],
        advisers_after: numbers[1],
        both: numbers[2],
        moved,
        columns: changes,
        past: past(session, before, after).await?,
    })
}

async fn past(session: &Session, before: &Side, after: &Side) -> Result<Vec<PastDiff>> {
    let earlier = careers(session, &before.relation()).await?;
    let later = careers(session, &after.relation()).await?;
    let mut counts: BTreeMap<PastFact, (u64, u64)> = BTreeMap::new();
    for ((adviser, _), career) in &later {
        let Some(old) = earlier.get(&(adviser.clone(), before.month)) else {
            continue;
        };
        for fact in PastFact::ALL {
            if let Some(rewritten) = fact.contradicted(old, career) {
                let count = counts.entry(fact).or_default();
                count.0 += 1;
                count.1 += u64::from(rewritten);
            }
        }
    }
    let facts = counts.into_iter();
    Ok(facts
        .map(|(fact, (compared, rewritten))| PastDiff {
            fact,
            compared,
            rewritten,
        })
        .collect())
}
