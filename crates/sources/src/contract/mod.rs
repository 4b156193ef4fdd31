//! What a file may hold: each column's name, kind, unit and plausible range, declared
//! once. Reading never looks at the data to decide a type.

mod firms;
mod reps;
mod salesforce;

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use serde::{Deserialize, Serialize};

/// Version of the declared columns; written to `load_log` with every file, so that a
/// table tells by which contract each of its rows was read.
pub const CONTRACT_VERSION: u32 = 1;

/// How many columns of a representatives' file are counted in `declared_nulls`.
pub const DECLARED_REP_COLUMNS: usize = 75;

/// What a cell of a column must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Free text, kept as written apart from outer blanks.
    Text,
    /// Free text in which yes, no and unknown have one spelling.
    Remark,
    /// `Yes`, `No` or `Unknown`.
    Flag,
    /// A regulator's number: digits, no leading zeros, no `.0`.
    Crd,
    /// A US ZIP code: five digits, or five and four.
    Zip,
    /// A whole number.
    Integer,
    /// Any finite number.
    Float,
    /// True or false.
    Boolean,
    /// A moment, kept in UTC to the microsecond.
    Timestamp,
    /// A calendar day.
    Date,
}

impl Kind {
    /// The Arrow type a column of this kind is stored as.
    pub fn data_type(self) -> DataType {
        match self {
            Kind::Text | Kind::Remark | Kind::Flag | Kind::Crd | Kind::Zip => DataType::Utf8,
            Kind::Integer => DataType::Int64,
            Kind::Float => DataType::Float64,
            Kind::Boolean => DataType::Boolean,
            Kind::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Kind::Date => DataType::Date32,
        }
    }

    /// True for numbers, which alone have units, ranges and factors.
    pub fn is_number(self) -> bool {
        matches!(self, Kind::Integer | Kind::Float)
    }
}

/// What a number counts. It decides which decoration a cell may carry: `$` only on money,
/// `%` only on percentages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Not a number, or a number without a unit.
    None,
    /// Things counted.
    Count,
    /// Millions of US dollars.
    MillionDollars,
    /// US dollars.
    Dollars,
    /// Percent points, 12.5 meaning 12.5 %.
    Percent,
    /// Years.
    Years,
    /// Miles.
    Miles,
    /// Degrees of latitude or longitude.
    Degrees,
    /// Seconds.
    Seconds,
}

impl Unit {
    /// True when a cell may carry a dollar sign.
    pub fn is_money(self) -> bool {
        matches!(self, Unit::MillionDollars | Unit::Dollars)
    }
}

/// One declared column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Name in the file (after header cleaning) and in the table.
    pub name: &'static str,
    /// What a cell must be.
    pub kind: Kind,
    /// What a number counts.
    pub unit: Unit,
    /// Lowest and highest plausible value, both included; outside it a cell is rejected.
    pub range: Option<(f64, f64)>,
    /// The text `< 5` may stand for a small count; it is read as 2 and flagged.
    pub censored: bool,
    /// Names or locates a person.
    pub personal: bool,
    /// Identifies the row; a row without it cannot be kept.
    pub key: bool,
    /// Delivered only in some exports; not counted in `declared_nulls`.
    pub optional: bool,
    /// Names other layouts use for the same column; used when `name` is absent.
    pub aliases: &'static [&'static str],
}

impl Column {
    const fn new(name: &'static str, kind: Kind) -> Column {
        Column {
            name,
            kind,
            unit: Unit::None,
            range: None,
            censored: false,
            personal: false,
            key: false,
            optional: false,
            aliases: &[],
        }
    }

    const fn number(name: &'static str, kind: Kind, unit: Unit, lo: f64, hi: f64) -> Column {
        let mut column = Column::new(name, kind);
        column.unit = unit;
        column.range = Some((lo, hi));
        column
    }

    const fn censored(mut self) -> Column {
        self.censored = true;
        self
    }

    const fn personal(mut self) -> Column {
        self.personal = true;
        self
    }

    const fn key(mut self) -> Column {
        self.key = true;
        self
    }

    const fn optional(mut self) -> Column {
        self.optional = true;
        self
    }

    const fn or(mut self, aliases: &'static [&'static str]) -> Column {
        self.aliases = aliases;
        self
    }

    /// Name of the column that tells where `< 5` was read as 2.
    pub fn censored_flag(&self) -> String {
        format!("{}_censored", self.name)
    }
}

/// Text without unit or range.
const fn text(name: &'static str) -> Column {
    Column::new(name, Kind::Text)
}

/// A count of people, firms or clients.
const fn count(name: &'static str, hi: f64) -> Column {
    Column::number(name, Kind::Integer, Unit::Count, 0.0, hi)
}

/// Assets in millions of dollars; the largest firm known manages about 1.2e7.
const fn millions(name: &'static str) -> Column {
    Column::number(name, Kind::Float, Unit::MillionDollars, 0.0, 50_000_000.0)
}

/// A share of a whole, 0 to 100.
const fn percent(name: &'static str) -> Column {
    Column::number(name, Kind::Float, Unit::Percent, 0.0, 100.0)
}

/// A span of a working life.
const fn years(name: &'static str) -> Column {
    Column::number(name, Kind::Float, Unit::Years, 0.0, 100.0)
}

/// Most clients a firm can plausibly have.
const MOST_CLIENTS: f64 = 100_000_000.0;
/// Most people a firm can plausibly employ.
const MOST_PEOPLE: f64 = 2_000_000.0;
/// Most dollars of one firm or account: a hundred trillion.
const MOST_DOLLARS: f64 = 1e14;

/// Which file a contract describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileKind {
    /// A territory's monthly export of representatives.
    Reps,
    /// The monthly export of firms.
    Firms,
    /// Salesforce leads.
    Lead,
    /// Salesforce tasks: the dials.
    Task,
    /// Salesforce users: who dials.
    User,
    /// Salesforce opportunities.
    Opportunity,
}

impl FileKind {
    /// All kinds, in the order they are loaded.
    pub const ALL: [FileKind; 6] = [
        FileKind::Reps,
        FileKind::Firms,
        FileKind::Lead,
        FileKind::Task,
        FileKind::User,
        FileKind::Opportunity,
    ];

    /// The word used in `load_log`, in options and in messages.
    pub fn word(self) -> &'static str {
        match self {
            FileKind::Reps => "reps",
            FileKind::Firms => "firms",
            FileKind::Lead => "lead",
            FileKind::Task => "task",
            FileKind::User => "user",
            FileKind::Opportunity => "opportunity",
        }
    }

    /// True for the vendor's monthly files, which are kept month by month.
    pub fn is_monthly(self) -> bool {
        matches!(self, FileKind::Reps | FileKind::Firms)
    }

    /// The contract of this kind of file.
    pub fn contract(self) -> &'static Contract {
        match self {
            FileKind::Reps => &reps::CONTRACT,
            FileKind::Firms => &firms::CONTRACT,
            FileKind::Lead => &salesforce::LEAD,
            FileKind::Task => &salesforce::TASK,
            FileKind::User => &salesforce::USER,
            FileKind::Opportunity => &salesforce::OPPORTUNITY,
        }
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl std::str::FromStr for FileKind {
    type Err = crate::Error;

    fn from_str(text: &str) -> crate::Result<FileKind> {
        FileKind::ALL
            .into_iter()
            .find(|kind| kind.word().eq_ignore_ascii_case(text.trim()))
            .ok_or_else(|| crate::Error::UnknownKind { given: text.into() })
    }
}

/// The declared columns of one kind of file.
#[derive(Debug)]
pub struct Contract {
    /// The file it describes.
    pub kind: FileKind,
    /// The columns, in table order.
    pub columns: &'static [Column],
    /// Columns known to hold personal data that nothing needs: read past, never stored.
    pub left_out: &'static [&'static str],
    /// Whether two rows may share a key (a representative has a row for each
    /// firm, a lead one for each state it was exported in).
    pub repeats: bool,
    /// Whether a file without a single usable row is an error.
    pub needs_rows: bool,
}

impl Contract {
    /// The column that identifies a row.
    pub fn key(&self) -> &'static Column {
        self.columns
            .iter()
            .find(|c| c.key)
            .unwrap_or(&self.columns[0])
    }

    /// The columns in which `< 5` may occur, in table order.
    pub fn censored(&self) -> impl Iterator<Item = &'static Column> {
        self.columns.iter().filter(|c| c.censored)
    }

    /// Columns of the table, the added ones included.
    ///
    /// Monthly files get, after the declared columns: one `_censored` flag for each column
    /// that may hold `< 5`, `declared_nulls` and `territory_source` (representatives only),
    /// `unknown_columns`, `snapshot_as_of`, `processed_at`, `source_file`, `source_line`.
    pub fn schema(&self) -> SchemaRef {
        let mut fields: Vec<Field> = self
            .columns
            .iter()
            .map(|c| Field::new(c.name, c.kind.data_type(), true))
            .collect();
        if self.kind.is_monthly() {
            for column in self.censored() {
                fields.push(Field::new(column.censored_flag(), DataType::Boolean, true));
            }
            if self.kind == FileKind::Reps {
                fields.push(Field::new("declared_nulls", DataType::Int64, true));
            }
            fields.push(Field::new("unknown_columns", DataType::Utf8, true));
            if self.kind == FileKind::Reps {
                fields.push(Field::new("territory_source", DataType::Utf8, true));
            }
            fields.push(Field::new("snapshot_as_of", DataType::Date32, true));
            fields.push(Field::new(
                "processed_at",
                Kind::Timestamp.data_type(),
                true,
            ));
            fields.push(Field::new("source_file", DataType::Utf8, true));
            fields.push(Field::new("source_line", DataType::Int64, true));
        }
        Arc::new(Schema::new(fields))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::header::matching_key;

    #[test]
    fn seventy_five_rep_columns_are_declared() {
        let declared = FileKind::Reps
            .contract()
            .columns
            .iter()
            .filter(|c| !c.optional)
            .count();
        assert_eq!(declared, DECLARED_REP_COLUMNS);
        assert_eq!(declared, 75);
    }

    #[test]
    fn names_and_aliases_are_distinct_and_each_contract_has_one_key() {
        for kind in FileKind::ALL {
            let contract = kind.contract();
            assert_eq!(contract.kind, kind);
            assert_eq!(
                contract.columns.iter().filter(|c| c.key).count(),
                1,
                "{kind}"
            );
            let mut seen = BTreeSet::new();
            let names = contract
                .columns
                .iter()
                .flat_map(|c| std::iter::once(c.name).chain(c.aliases.iter().copied()));
            for name in names.chain(contract.left_out.iter().copied()) {
                assert!(
                    seen.insert(matching_key(name)),
                    "{kind}: {name} occurs twice"
                );
            }
        }
    }

    #[test]
    fn every_number_has_a_unit_and_every_range_is_in_order() {
        for column in FileKind::ALL.iter().flat_map(|k| k.contract().columns) {
            if let Some((lo, hi)) = column.range {
                assert!(column.kind.is_number() && lo < hi, "{}", column.name);
                assert_ne!(column.unit, Unit::None, "{}", column.name);
            }
            assert!(
                !column.censored || column.unit == Unit::Count,
                "{}",
                column.name
            );
        }
    }

    #[test]
    fn real_extremes_are_inside_the_ranges() {
        let reps = FileKind::Reps.contract();
        for (name, value) in [
            ("AUMGrowthRate_1Year", 26_799.0),
            ("AUMGrowthRate_1Year", -100.0),
            ("NumberClients_Individuals", 3_197_890.0),
            ("TotalAssetsInMillions", 1_934_233.0),
            ("Number_IAReps", 25_896.0),
            ("NumberFirmAssociations", 51.0),
        ] {
            let column = reps.columns.iter().find(|c| c.name == name).expect(name);
            let (lo, hi) = column.range.expect(name);
            assert!(lo <= value && value <= hi, "{name} {value}");
        }
    }

    #[test]
    fn the_rep_table_has_the_agreed_columns() {
        let schema = FileKind::Reps.contract().schema();
        for name in [
            "NumberClients_Individuals_censored",
            "NumberClients_HNWIndividuals_censored",
            "NumberClients_RetirementPlans_censored",
            "declared_nulls",
            "unknown_columns",
            "territory_source",
            "snapshot_as_of",
            "processed_at",
            "source_file",
            "source_line",
            "TitleCategories",
        ] {
            assert!(schema.field_with_name(name).is_ok(), "{name}");
        }
        let zip = schema.field_with_name("Branch_ZipCode").expect("declared");
        assert_eq!(zip.data_type(), &DataType::Utf8);
    }
}
