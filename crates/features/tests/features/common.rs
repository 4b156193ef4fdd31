//! Small tables in a session, and answers by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use leadrank_features::{Calculable, FeatureOptions, FittedConstants};
use leadrank_warehouse::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch,
    StringArray, TimestampMicrosecondArray,
};
use leadrank_warehouse::arrow::compute::cast;
use leadrank_warehouse::arrow::datatypes::{DataType, Date32Type, Float64Type};
use leadrank_warehouse::datafusion::dataframe::DataFrame;
use leadrank_warehouse::{Session, SessionOptions};

/// A cell; what is not named is null.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    Number(f64),
    Text(&'static str),
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Cell::Number(value)
    }
}

impl From<&'static str> for Cell {
    fn from(value: &'static str) -> Self {
        Cell::Text(value)
    }
}

/// A row by column name.
pub(crate) type Row = BTreeMap<&'static str, Cell>;

/// A row of these cells.
pub(crate) fn row<const N: usize>(cells: [(&'static str, Cell); N]) -> Row {
    cells.into_iter().collect()
}

#[derive(Clone, Copy)]
enum Type {
    Text,
    Int,
    Float,
    Bool,
    Day,
    Moment,
}

pub(crate) const FIRM_COLUMNS: [&str; 5] = [
    "Number_Employees",
    "Number_InvestmentAdvisoryClients",
    "Percent_ClientsUS",
    "AverageAccountSize",
    "OwnershipType",
];

/// Types of all columns that the tests' tables have.
fn type_of(column: &str) -> Type {
    match column {
        "source_line"
        | "declared_nulls"
        | "NumberFirmAssociations"
        | "NumberRIAFirmAssociations"
        | "Number_BranchAdvisors"
        | "Number_IAReps"
        | "NumberClients_HNWIndividuals"
        | "NumberClients_Individuals"
        | "Number_InvestmentAdvisoryClients" => Type::Int,
        "snapshot_as_of" | "ConvertedDate" => Type::Day,
        "DoNotCall" | "IsConverted" => Type::Bool,
        "RepCRD"
        | "RIAFirmCRD"
        | "RIAFirmName"
        | "territory_source"
        | "source_file"
        | "IsPrimaryRIAFirm"
        | "KnownNonAdvisor"
        | "DuallyRegisteredBDRIARep"
        | "OwnershipType"
        | "Home_MetropolitanArea"
        | "Id"
        | "FA_CRD__c"
        | "OwnerId"
        | "LeadSource" => Type::Text,
        "processed_at" | "CreatedDate" | "LastModifiedDate" => Type::Moment,
        stage if stage.starts_with("Stage_Entered") => Type::Moment,
        _ => Type::Float,
    }
}

const REP_COLUMNS: &str = "RepCRD RIAFirmCRD TotalAssetsInMillions Number_IAReps AUMGrowthRate_1Year \
    AUMGrowthRate_5Year DateBecameRep_NumberOfYears DateOfHireAtCurrentFirm_NumberOfYears \
    NumberClients_Individuals NumberClients_HNWIndividuals AssetsInMillions_Individuals \
    AssetsInMillions_HNWIndividuals AssetsInMillions_MutualFunds AssetsInMillions_PrivateFunds \
    PercentClients_Individuals Number_BranchAdvisors NumberFirmAssociations \
    NumberRIAFirmAssociations Number_YearsPriorFirm1 Number_YearsPriorFirm2 \
    Number_YearsPriorFirm3 Number_YearsPriorFirm4 MilesToWork Home_MetropolitanArea \
    KnownNonAdvisor DuallyRegisteredBDRIARep IsPrimaryRIAFirm Number_Employees \
    Number_InvestmentAdvisoryClients Percent_ClientsUS AverageAccountSize OwnershipType \
    declared_nulls territory_source snapshot_as_of processed_at source_file source_line";

const FIRM_FILE_COLUMNS: &str = "RIAFirmCRD RIAFirmName Number_Employees \
    Number_InvestmentAdvisoryClients Percent_ClientsUS AverageAccountSize OwnershipType \
    TotalAssetsInMillions snapshot_as_of processed_at source_file source_line";

const LEAD_COLUMNS: &str = "Id FA_CRD__c CreatedDate Stage_Entered_Contacting__c \
    Stage_Entered_Call_Scheduled__c Stage_Entered_Closed__c LastModifiedDate IsConverted \
    ConvertedDate OwnerId DoNotCall LeadSource";

/// A calendar day from its text.
pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day such as 2025-01-31")
}

/// The day of a cell that is written as text.
fn days(text: &str) -> i32 {
    day(&text[..10])
        .signed_duration_since(NaiveDate::default())
        .num_days() as i32
}

/// Microseconds of `2025-01-31` or `2025-01-31 23:59:59`.
fn micros(text: &str) -> i64 {
    let full = if text.len() == 10 {
        format!("{text} 00:00:00")
    } else {
        text.to_owned()
    };
    chrono::NaiveDateTime::parse_from_str(&full, "%Y-%m-%d %H:%M:%S")
        .expect("a moment such as 2025-01-31 23:59:59")
        .and_utc()
        .timestamp_micros()
}

fn batch(columns: &str, rows: &[Row]) -> RecordBatch {
    let known: Vec<&str> = columns.split_whitespace().collect();
    for row in rows {
        for name in row.keys() {
            assert!(known.contains(name), "no column {name}");
        }
    }
    let arrays = known.into_iter().map(|name| {
        let numbers = || {
            rows.iter().map(|row| match row.get(name) {
                Some(Cell::Number(value)) => Some(*value),
                Some(Cell::Text(_)) => panic!("{name} holds numbers"),
                None => None,
            })
        };
        let texts = || {
            rows.iter().map(|row| match row.get(name) {
                Some(Cell::Text(text)) => Some(*text),
                Some(Cell::Number(_)) => panic!("{name} holds text"),
                None => None,
            })
        };
        let array: ArrayRef = match type_of(name) {
            Type::Text => Arc::new(texts().collect::<StringArray>()),
            Type::Float => Arc::new(numbers().collect::<Float64Array>()),
            Type::Int => Arc::new(
                numbers()
                    .map(|n| n.map(|n| n as i64))
                    .collect::<Int64Array>(),
            ),
            Type::Bool => Arc::new(
                numbers()
                    .map(|n| n.map(|n| n != 0.0))
                    .collect::<BooleanArray>(),
            ),
            Type::Day => Arc::new(texts().map(|t| t.map(days)).collect::<Date32Array>()),
            Type::Moment => Arc::new(
                texts()
                    .map(|t| t.map(micros))
                    .collect::<TimestampMicrosecondArray>()
                    .with_timezone("UTC"),
            ),
        };
        (name, array, true)
    });
    RecordBatch::try_from_iter_with_nullable(arrays).expect("columns of one length")
}

/// The month of rows that name none.
pub(crate) const MONTH: &str = "2025-01-01";

fn with_month(rows: &[Row], month: &'static str) -> Vec<Row> {
    let complete = |(line, row): (usize, &Row)| {
        let mut row = row.clone();
        row.entry("snapshot_as_of").or_insert(Cell::Text(month));
        row.entry("source_line")
            .or_insert(Cell::Number(line as f64 + 2.0));
        row
    };
    rows.iter().enumerate().map(complete).collect()
}

/// A session with these rows; months and firm lines are filled in where left out.
pub(crate) fn session(as_of: &str, reps: &[Row], firms: &[Row], leads: &[Row]) -> Session {
    let options = SessionOptions {
        threads: Some(2),
        ..SessionOptions::at(day(as_of))
    };
    let session = Session::empty("test-project", &options).expect("an empty session");
    let tables = [
        (
            "LeadScoring.discovery_reps_current",
            batch(REP_COLUMNS, &with_month(reps, MONTH)),
        ),
        (
            "LeadScoring.discovery_firms_current",
            batch(FIRM_FILE_COLUMNS, &with_month(firms, MONTH)),
        ),
        ("SavvyGTMData.Lead", batch(LEAD_COLUMNS, leads)),
    ];
    for (name, batch) in tables {
        session
            .register_batches(name, batch.schema(), vec![batch])
            .expect(name);
    }
    session
}

/// Options at a day with these months, whose firm files have all columns.
pub(crate) fn options(as_of: &str, months: &[&str]) -> FeatureOptions {
    let mut options = FeatureOptions::new(day(as_of), 30);
    options.calculable = Calculable::AtContact;
    for month in months {
        options
            .absent_firm_columns
            .insert(day(month), Default::default());
    }
    options
}

/// Constants with round numbers: boundaries of the tests lie at them.
pub(crate) fn constants() -> FittedConstants {
    FittedConstants {
        average_account_size_p75: Some(1_000_000.0),
        average_account_size_median: Some(500_000.0),
        firm_stability_score_median: Some(2.0),
        aum_per_client_median: Some(1.0),
        fitted_on_rows: 10,
    }
}

/// An answer, row by row.
pub(crate) struct Answer {
    rows: Vec<BTreeMap<String, Option<String>>>,
}

impl Answer {
    pub(crate) async fn of(frame: DataFrame) -> Answer {
        let batches = frame.collect().await.expect("the query runs");
        let mut rows = Vec::new();
        for batch in &batches {
            let schema = batch.schema();
            for index in 0..batch.num_rows() {
                let cells = schema
                    .fields()
                    .iter()
                    .zip(batch.columns())
                    .map(|(field, column)| (field.name().clone(), text_of(column, index)));
                rows.push(cells.collect());
            }
        }
        Answer { rows }
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// A cell of the only row whose `key` is `id`.
    pub(crate) fn text(&self, key: &str, id: &str, column: &str) -> Option<String> {
        let found: Vec<_> = self
            .rows
            .iter()
            .filter(|row| row[key].as_deref() == Some(id))
            .collect();
        assert_eq!(found.len(), 1, "rows with {key} {id}");
        found[0]
            .get(column)
            .unwrap_or_else(|| panic!("no column {column}"))
            .clone()
    }

    /// The same as a number.
    pub(crate) fn number(&self, key: &str, id: &str, column: &str) -> Option<f64> {
        self.text(key, id, column)
            .map(|text| text.parse().expect("a number"))
    }
}

fn text_of(column: &ArrayRef, index: usize) -> Option<String> {
    if column.is_null(index) {
        return None;
    }
    Some(match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(index).to_owned(),
        DataType::Boolean => column.as_boolean().value(index).to_string(),
        DataType::Date32 => {
            let days = column.as_primitive::<Date32Type>().value(index);
            Date32Type::to_naive_date_opt(days)
                .expect("a day")
                .to_string()
        }
        DataType::Timestamp(_, _) => "a moment".to_owned(),
        _ => {
            let numbers = cast(column, &DataType::Float64).expect("a number");
            // shortest text that reads back as the same number
            format!("{:?}", numbers.as_primitive::<Float64Type>().value(index))
        }
    })
}

/// Whether two values are the same but for rounding.
pub(crate) fn same(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-12 * a.abs().max(b.abs()).max(1.0),
        (None, None) => true,
        _ => false,
    }
}
