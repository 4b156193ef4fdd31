//! From leads or reps to rows of features, by running the SQL models in order.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Date32Type, Field, Int64Type, Schema};
use datafusion::dataframe::DataFrame;
use leadrank_warehouse::{Params, Session};

use crate::catalog;
use crate::constants::FittedConstants;
use crate::error::{Error, Result};
use crate::history;
use crate::options::{Calculable, FeatureOptions, History};

/// The training dataset: one row a contacted lead with `lead_id`, `adviser_id`,
/// `contact_date`, `snapshot_as_of`, `facts_as_of`, `label`, `label_status`, then the 69
/// features as of contact, ordered by `lead_id`. `snapshot_as_of` is the vendor month not
/// after the contact, `facts_as_of` the month that facts were taken of: the same, or a later
/// one under [`History::Hybrid`]. `prepare_leads` must have run.
///
/// # Errors
/// When a query fails.
pub async fn training_dataset(
    session: &Session,
    options: &FeatureOptions,
    constants: &FittedConstants,
) -> Result<DataFrame> {
    let keys =
        "lead_id, adviser_id, contact_date, snapshot_as_of, facts_as_of, label, label_status";
    finish(
        session,
        options,
        constants,
        "lead_base",
        "contact_date",
        keys,
        "the training dataset",
    )
    .await
}

/// Open leads as of `day`: `lead_id`, `adviser_id`, `owner_id`, `lead_source`,
/// `do_not_call`, `known_non_advisor`, `firm_id`, `scoring_date`,
/// `snapshot_as_of`, then the 69 features, tenures moved to `day`.
///
/// # Errors
/// When no vendor month is loaded or a query fails.
pub async fn scoring_dataset(
    session: &Session,
    options: &FeatureOptions,
    constants: &FittedConstants,
    day: NaiveDate,
) -> Result<DataFrame> {
    let what = "the scoring dataset";
    let params = Params::new().with("as_of", day);
    let frame = session
        .query_with(&options.models.text("02", &[]), &params)
        .await
        .map_err(Error::query(what))?;
    keep(session, "open_leads", frame, what).await?;
    let targets =
        format!("SELECT lead_id, adviser_id, DATE '{day}' AS target_date FROM open_leads");
    base_features(session, options, &targets, "open_base").await?;
    let joined = "SELECT o.lead_id, o.adviser_id, o.owner_id, o.lead_source, o.do_not_call, \
                  b.KnownNonAdvisor = 1 AS known_non_advisor, b.RIAFirmCRD AS firm_id, \
                  b.target_date AS scoring_date, b.snapshot_as_of, \
                  b.* EXCEPT (lead_id, target_date, snapshot_as_of, RIAFirmCRD) \
                  FROM open_leads o JOIN open_base b ON b.lead_id = o.lead_id";
    let frame = session.query(joined).await.map_err(Error::query(what))?;
    keep(session, "open_lead_base", frame, what).await?;
    let keys = "lead_id, adviser_id, owner_id, lead_source, do_not_call, known_non_advisor, firm_id, \
                scoring_date, snapshot_as_of";
    finish(
        session,
        options,
        constants,
        "open_lead_base",
        "scoring_date",
        keys,
        what,
    )
    .await
}

/// The 67 features of every rep of one vendor month, as delivered: `RepCRD`,
/// `RIAFirmCRD`, `territory_source`, `snapshot_as_of`, `processed_at`, then the
/// features.
///
/// # Errors
/// When a query fails.
pub async fn rep_features(
    session: &Session,
    options: &FeatureOptions,
    constants: &FittedConstants,
    month: NaiveDate,
) -> Result<DataFrame> {
    let what = format!("the features of all reps, {month}");
    let wanted = format!(
        "SELECT DISTINCT RepCRD FROM LeadScoring.discovery_reps_current \
         WHERE snapshot_as_of = DATE '{month}' AND RepCRD IS NOT NULL"
    );
    let frame = session.query(&wanted).await.map_err(Error::query(&what))?;
    keep(session, "rep_filter", frame, &what).await?;
    register_metros(session, options)?;
    let facts = format!(
        "(SELECT f.*, 0.0 AS elapsed_years FROM ({}) f)",
        options.models.text("04", &[])
    );
    let keys = "RepCRD, RIAFirmCRD, territory_source, snapshot_as_of, processed_at";
    let base = options
        .models
        .text("06", &[("facts", &facts), ("keys", keys)]);
    // One query, not a view over views: a month is streamed, never held.
    let sql = format!(
        "SELECT {keys}, {} FROM ({}) e",
        names(67),
        engineered_sql(options, &format!("({base})"))
    );
    let params = constants.add_to(month_params(session, options, month).await?);
    session
        .query_with(&sql, &params)
        .await
        .map_err(Error::query(&what))
}

/// The engineered features over a registered relation.
pub(crate) fn engineered_sql(options: &FeatureOptions, base: &str) -> String {
    options.models.text("07", &[("base", base)])
}

/// Engineered and temporal features on top of a registered base relation.
async fn finish(
    session: &Session,
    options: &FeatureOptions,
    constants: &FittedConstants,
    base: &str,
    date: &str,
    keys: &str,
    what: &str,
) -> Result<DataFrame> {
    let engineered = format!("({})", engineered_sql(options, base));
    let temporal = options
        .models
        .text("08", &[("features", &engineered), ("date", date)]);
    let sql = format!(
        "SELECT {keys}, {} FROM ({temporal}) t ORDER BY lead_id",
        names(69)
    );
    session
        .query_with(&sql, &constants.params())
        .await
        .map_err(Error::query(what))
}

/// The first `count` feature names, as a select list.
fn names(count: usize) -> String {
    let names: Vec<&str> = catalog()[..count]
        .iter()
        .map(|feature| feature.name)
        .collect();
    names.join(", ")
}

/// Registers `into`: for each target (lead and day) the 36 base features from the
/// newest vendor month that holds its adviser and is not after that day, and as
/// `facts_as_of` the month they were taken of.
///
/// Only the advisers asked for are read from each month, so memory holds leads,
/// never a whole month.
pub(crate) async fn base_features(
    session: &Session,
    options: &FeatureOptions,
    targets: &str,
    into: &str,
) -> Result<()> {
    let what = "base features of leads";
    if options.absent_firm_columns.is_empty() {
        return Err(Error::NoMonths);
    }
    let frame = session.query(targets).await.map_err(Error::query(what))?;
    keep(session, "targets", frame, what).await?;
    let hybrid = options.history == History::Hybrid;
    if hybrid {
        history::check(&options.models)?;
    }
    let months = options.models.text("03", &[]);
    let params = Params::new().with("hybrid", hybrid);
    let frame = session
        .query_with(&months, &params)
        .await
        .map_err(Error::query(what))?;
    keep(session, "lead_months", frame, what).await?;
    register_metros(session, options)?;
    register_facts(session, options).await?;
    let move_forward = options.calculable == Calculable::AtContact;
    let params = Params::new().with("move_forward", move_forward);
    let facts = options.models.text("05", &[]);
    let frame = session
        .query_with(&facts, &params)
        .await
        .map_err(Error::query(what))?;
    if hybrid {
        keep_masked(session, "lead_facts", frame, what).await?;
    } else {
        keep(session, "lead_facts", frame, what).await?;
        refuse_later(session).await?;
    }
    let keys = "lead_id, target_date, matched_month AS snapshot_as_of, RIAFirmCRD";
    let base = options
        .models
        .text("06", &[("facts", "lead_facts"), ("keys", keys)]);
    // The month is told by the join itself, not by what a project's own model says of it.
    let dated = format!(
        "SELECT b.*, m.snapshot_as_of AS facts_as_of FROM ({base}) b \
         LEFT JOIN lead_months m ON m.lead_id = b.lead_id"
    );
    let frame = session.query(&dated).await.map_err(Error::query(what))?;
    keep(session, into, frame, what).await
}

/// Registers `found_facts`: the facts of the matched advisers, each of its month.
async fn register_facts(session: &Session, options: &FeatureOptions) -> Result<()> {
    let what = "facts of matched advisers";
    let used = dates(
        session,
        what,
        "SELECT DISTINCT snapshot_as_of FROM lead_months ORDER BY snapshot_as_of",
    )
    .await?;
    // A month that nobody matches still gives the columns their types.
    let any = options.absent_firm_columns.keys().next().copied();
    let months: BTreeSet<NaiveDate> = if used.is_empty() {
        any.into_iter().collect()
    } else {
        used
    };
    let mut all: Vec<RecordBatch> = Vec::new();
    let mut planned = None;
    for month in months {
        let wanted = format!(
            "SELECT DISTINCT adviser_id AS RepCRD FROM lead_months WHERE snapshot_as_of = DATE '{month}'"
        );
        let frame = session.query(&wanted).await.map_err(Error::query(what))?;
        keep(session, "rep_filter", frame, what).await?;
        let params = month_params(session, options, month).await?;
        let frame = session
            .query_with(&options.models.text("04", &[]), &params)
            .await
            .map_err(Error::query(what))?;
        planned.get_or_insert_with(|| frame.schema().inner().clone());
        all.extend(frame.collect().await.map_err(Error::run(what))?);
    }
    let schema = all
        .first()
        .map(RecordBatch::schema)
        .or(planned)
        .ok_or(Error::NoMonths)?;
    register(session, "found_facts", &schema, &all, what)
}

/// Where the firm facts of a month come from: the firm file, the rep file where
/// only that has the column, or the stand-in where neither has.
async fn month_params(
    session: &Session,
    options: &FeatureOptions,
    month: NaiveDate,
) -> Result<Params> {
    let absent = options.absent_firm_columns.get(&month);
    let is_absent = |column: &str| absent.is_none_or(|columns| columns.contains(column));
    let sql = format!(
        "SELECT COUNT(Number_Employees) AS employees, COUNT(Number_InvestmentAdvisoryClients) AS clients, \
         COUNT(AverageAccountSize) AS account_size, COUNT(Percent_ClientsUS) AS us_share, \
         COUNT(OwnershipType) AS ownership FROM LeadScoring.discovery_reps_current \
         WHERE snapshot_as_of = DATE '{month}'"
    );
    let in_rep_file = integers(session, "the columns of a month", &sql).await?;
    let from = |column: &str, filled: u64| match (is_absent(column), filled > 0) {
        (false, _) => "firm",
        (true, true) => "rep",
        (true, false) => "proxy",
    };
    Ok(Params::new()
        .with("snapshot_as_of", month)
        .with("employees_from", from("Number_Employees", in_rep_file[0]))
        .with(
            "clients_from",
            from("Number_InvestmentAdvisoryClients", in_rep_file[1]),
        )
        .with(
            "account_size_from",
            from("AverageAccountSize", in_rep_file[2]),
        )
        .with("us_share_from", from("Percent_ClientsUS", in_rep_file[3]))
        .with("ownership_from", from("OwnershipType", in_rep_file[4])))
}

fn register_metros(session: &Session, options: &FeatureOptions) -> Result<()> {
    let pairs = options.metros.iter().flat_map(|metro| {
        metro
            .names
            .iter()
            .map(|name| (metro.feature.clone(), name.clone()))
    });
    let (features, names): (Vec<String>, Vec<String>) = pairs.unzip();
    let columns: [(&str, ArrayRef); 2] = [
        ("feature", Arc::new(StringArray::from(features))),
        ("name", Arc::new(StringArray::from(names))),
    ];
    let batch = RecordBatch::try_from_iter(columns)
        .map_err(|error| Error::run("the metros")(error.into()))?;
    session
        .register_batches("metro_names", batch.schema(), vec![batch])
        .map_err(Error::query("the metros"))
}

/// Runs a query now and registers its answer, so that later steps don't run it again.
pub(crate) async fn keep(
    session: &Session,
    name: &str,
    frame: DataFrame,
    what: &str,
) -> Result<()> {
    let schema = frame.schema().inner().clone();
    let batches = frame.collect().await.map_err(Error::run(what))?;
    register(session, name, &schema, &batches, what)
}

/// Refuses facts of a month after the day at which a lead is looked at: a project's own SQL
/// model may have let them in.
async fn refuse_later(session: &Session) -> Result<()> {
    if !session.has_column("lead_facts", "later") {
        return Ok(());
    }
    let sql = "SELECT COUNTIF(later) AS later FROM lead_facts";
    match integers(session, "the as-of join", sql).await?.first() {
        None | Some(0) => Ok(()),
        Some(leads) => Err(Error::LaterFacts { leads: *leads }),
    }
}

/// As [`keep`], with what a later month can't tell made missing.
async fn keep_masked(session: &Session, name: &str, frame: DataFrame, what: &str) -> Result<()> {
    let schema = frame.schema().inner().clone();
    let batches = frame.collect().await.map_err(Error::run(what))?;
    let masked = batches
        .iter()
        .map(history::mask_later)
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(|error| Error::run(what)(error.into()))?;
    register(session, name, &schema, &masked, what)
}

/// Registers batches under one schema: the engine knows of some batches that a column
/// has no nulls and of others that it may have, which a table must not mix.
fn register(
    session: &Session,
    name: &str,
    schema: &Schema,
    batches: &[RecordBatch],
    what: &str,
) -> Result<()> {
    let fields: Vec<Field> = schema
        .fields()
        .iter()
        .map(|field| field.as_ref().clone().with_nullable(true))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let batches = batches
        .iter()
        .map(|batch| RecordBatch::try_new(Arc::clone(&schema), batch.columns().to_vec()))
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(|error| Error::run(what)(error.into()))?;
    session
        .register_batches(name, schema, batches)
        .map_err(Error::query(what))
}

/// The single row of a query of whole numbers; null is 0.
pub(crate) async fn integers(session: &Session, what: &str, sql: &str) -> Result<Vec<u64>> {
    let batches = session
        .collect(sql, &Params::new())
        .await
        .map_err(Error::query(what))?;
    let Some(batch) = batches.iter().find(|batch| batch.num_rows() > 0) else {
        return Ok(Vec::new());
    };
    let mut row = Vec::new();
    for column in batch.columns() {
        let typed =
            cast(column, &DataType::Int64).map_err(|error| Error::run(what)(error.into()))?;
        let values = typed.as_primitive::<Int64Type>();
        let value = if values.is_null(0) {
            0
        } else {
            values.value(0)
        };
        row.push(u64::try_from(value).unwrap_or(0));
    }
    Ok(row)
}

async fn dates(session: &Session, what: &str, sql: &str) -> Result<BTreeSet<NaiveDate>> {
    let batches = session
        .collect(sql, &Params::new())
        .await
        .map_err(Error::query(what))?;
    let mut found = BTreeSet::new();
    for batch in &batches {
        let days = batch.column(0).as_primitive::<Date32Type>();
        found.extend(
            days.iter()
                .flatten()
                .filter_map(Date32Type::to_naive_date_opt),
        );
    }
    Ok(found)
}
