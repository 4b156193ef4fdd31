//! What checks look at: the contacted leads with their features, and the deliveries.

use chrono::{DateTime, NaiveDate, Utc};
use leadrank_evidence::Report;
use leadrank_features::{FeatureOptions, FittedConstants, catalog};
use leadrank_learn::split::Split;
use leadrank_learn::{LearnError, Matrix};
use leadrank_sources::Known;
use leadrank_warehouse::{Params, Warehouse};

use crate::error::{Error, Result};
use crate::progress::Sink;
use crate::project::Project;
use crate::stages::dataset::{self, DatasetReport, feature_options, split_rows};
use crate::stages::rows::Rows;
use crate::stages::{Data, as_of, open_cut_off, warn_of_future};
use crate::words;

const DATASET: &str = "LeadScoring.training_dataset";
const ALL_ADVISERS: &str = "LeadScoring.discovery_reps_with_features";

/// How checks are to be made.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    /// Stamped on records.
    pub now: DateTime<Utc>,
    /// Threads to use.
    pub threads: usize,
    /// The vendor month that drift is judged of; none: the newest.
    pub month: Option<NaiveDate>,
    /// The vendor month that drift is judged against; none: the one before.
    pub against: Option<NaiveDate>,
}

/// The project's data as a check sees it.
pub struct Input<'a> {
    /// The project.
    pub project: &'a Project,
    /// Its tables.
    pub warehouse: Warehouse,
    /// A session over what is in use, with `LeadScoring.training_dataset` in it.
    pub data: Data,
    /// The analysis date.
    pub day: NaiveDate,
    /// Labels, coverage, split and constants of the training dataset.
    pub dataset: DatasetReport,
    /// How its features were made.
    pub options: FeatureOptions,
    /// The contacted leads.
    pub leads: Leads,
    /// How checks are to be made.
    pub request: Request,
    /// Where progress goes.
    pub progress: &'a Sink<'a>,
}

/// The contacted leads: one entry each in every list, in the order of lead ids.
pub struct Leads {
    /// Salesforce ids.
    pub ids: Vec<String>,
    /// Adviser numbers.
    pub advisers: Vec<Option<String>>,
    /// Days of contact.
    pub contacts: Vec<NaiveDate>,
    /// Vendor month that the features are of; none where no record matched.
    pub months: Vec<Option<NaiveDate>>,
    /// Vendor month that facts were taken of: the same, or under the hybrid policy of history
    /// a later one where none of its time matched.
    pub facts: Vec<Option<NaiveDate>>,
    /// Outcomes; none where not known or not valid.
    pub labels: Vec<Option<bool>>,
    /// `positive`, `negative`, `late`, `censored`, `invalid_timing`.
    pub statuses: Vec<String>,
    /// Day of the scheduled call as the lead file has it, known by the analysis date or not.
    pub calls: Vec<Option<NaiveDate>>,
    /// Lead source.
    pub sources: Vec<Option<String>>,
    /// Territory in whose file the adviser stands in that month.
    pub territories: Vec<Option<String>>,
    /// The 69 features, catalog order; NaN is missing.
    pub matrix: Matrix,
    /// How the labelled rows are divided, or why they can't be.
    pub split: std::result::Result<Split, String>,
}

impl Leads {
    /// Number of contacted leads.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Rows with a label, in order.
    pub fn labelled(&self) -> impl Iterator<Item = (usize, bool)> + '_ {
        let labels = self.labels.iter().enumerate();
        labels.filter_map(|(row, label)| label.map(|label| (row, label)))
    }

    /// The parts of the split.
    ///
    /// # Errors
    /// When the rows can't be divided; checks that need the parts ask [`Leads::split`] first.
    pub fn parts(&self) -> Result<&Split> {
        let split = self.split.as_ref();
        split.map_err(|reason| Error::Data(reason.clone()))
    }

    /// One feature of every lead; NaN is missing.
    ///
    /// # Errors
    /// When there is no such feature.
    pub fn feature(&self, name: &str) -> Result<Vec<f64>> {
        let column = self.matrix.column(name)?;
        Ok(column.into_iter().map(f64::from).collect())
    }
}

impl<'a> Input<'a> {
    /// Loads the data; the training dataset is made first where it is not up to date, and
    /// only in memory where an earlier state of knowledge is asked for, or where its rows are
    /// too few to be divided.
    ///
    /// # Errors
    /// When there are no leads or vendor months, or a table can't be read.
    pub async fn load(
        project: &'a Project,
        request: Request,
        progress: &'a Sink<'a>,
    ) -> Result<Input<'a>> {
        let warehouse = project.warehouse().await?;
        let day = as_of(project, &warehouse).await?;
        let written = match project.known == Known::NOW {
            true => match dataset::run(project, request.now, request.threads, progress).await {
                Ok(report) => Some(report),
                // Too few rows to learn from can still be looked at.
                Err(Error::Learn(LearnError::Split { .. })) => None,
                Err(error) => return Err(error),
            },
            false => {
                warn_of_future(day, request.now, progress);
                None
            }
        };
        let data = open_cut_off(project, &warehouse, day, request.threads).await?;
        let report = match written {
            Some(report) => report,
            None => {
                let made = dataset::make_to_look_at(project, &data, day, progress).await?;
                data.session
                    .register_batches(DATASET, made.schema, made.batches)?;
                // What is kept of all advisers was made of another state of the data.
                data.session.forget(ALL_ADVISERS);
                made.report
            }
        };
        let options = feature_options(project, &data, day)?;
        let leads = leads(project, &data).await?;
        Ok(Input {
            project,
            warehouse,
            data,
            day,
            dataset: report,
            options,
            leads,
            request,
            progress,
        })
    }

    /// The four fitted numbers of the features.
    pub fn constants(&self) -> &FittedConstants {
        &self.dataset.constants
    }

    /// Answers a query over the session.
    ///
    /// # Errors
    /// When the query fails.
    pub async fn rows(&self, sql: &str) -> Result<Rows> {
        let batches = self.data.session.collect(sql, &Params::default()).await?;
        Ok(Rows::new(batches))
    }

    /// A report of this check, with its scope filled in.
    pub fn report(&self, check: &str, question: &str) -> Report {
        let mut report = Report::new(check, question);
        let months = self.options.absent_firm_columns.keys();
        let known = match self.project.known == Known::NOW {
            true => String::new(),
            false => " as known on a past day".into(),
        };
        report.scope = format!(
            "{} contacted leads, outcomes known up to {}, {}{known}",
            words::count(self.leads.len() as u64),
            self.day,
            words::several(months.count() as u64, "vendor month")
        );
        report
    }
}

async fn leads(project: &Project, data: &Data) -> Result<Leads> {
    let all = "SELECT t.*, l.call_date, l.lead_source FROM LeadScoring.training_dataset t \
        JOIN (SELECT Id, DATE(Stage_Entered_Call_Scheduled__c) AS call_date, LeadSource AS lead_source \
            FROM SavvyGTMData.Lead WHERE Stage_Entered_Contacting__c IS NOT NULL \
            QUALIFY ROW_NUMBER() OVER (PARTITION BY Id ORDER BY LastModifiedDate DESC, \
                Stage_Entered_Contacting__c, Stage_Entered_Call_Scheduled__c, FA_CRD__c) = 1) l \
        ON l.Id = t.lead_id ORDER BY t.lead_id";
    let collect = async |sql: &str| -> Result<Rows> {
        Ok(Rows::new(
            data.session.collect(sql, &Params::default()).await?,
        ))
    };
    let rows = collect(all).await?;
    let places = collect(
        "SELECT t.lead_id, MIN(r.territory_source) AS territory FROM LeadScoring.training_dataset t \
         JOIN LeadScoring.discovery_reps_current r \
         ON r.RepCRD = t.adviser_id AND r.snapshot_as_of = t.snapshot_as_of \
         GROUP BY t.lead_id ORDER BY t.lead_id",
    )
    .await?;
    let ids: Vec<String> = rows.texts("lead_id")?.into_iter().flatten().collect();
    let mut territories = vec![None; ids.len()];
    let (of_lead, territory) = (places.texts("lead_id")?, places.texts("territory")?);
    for (lead, territory) in of_lead.into_iter().flatten().zip(territory) {
        if let Ok(row) = ids.binary_search(&lead) {
            territories[row] = territory;
        }
    }
    let names: Vec<String> = catalog()
        .iter()
        .map(|feature| feature.name.to_owned())
        .collect();
    let split = match split_rows(project, &rows) {
        Ok(divided) => Ok(divided.split),
        Err(Error::Learn(error @ LearnError::Split { .. })) => Err(error.to_string()),
        Err(error) => return Err(error),
    };
    Ok(Leads {
        advisers: rows.texts("adviser_id")?,
        contacts: rows.dates("contact_date")?.into_iter().flatten().collect(),
        months: rows.dates("snapshot_as_of")?,
        facts: rows.dates("facts_as_of")?,
        labels: rows.flags("label")?,
        statuses: rows
            .texts("label_status")?
            .into_iter()
            .map(Option::unwrap_or_default)
            .collect(),
        calls: rows.dates("call_date")?,
        sources: rows.texts("lead_source")?,
        territories,
        matrix: crate::stages::train::matrix(&rows, &names)?,
        split,
        ids,
    })
}
