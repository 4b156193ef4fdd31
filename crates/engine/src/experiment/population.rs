//! Who may be enrolled on a day, and what is known of them then.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use leadrank_experiment::Plan;
use leadrank_experiment::assign::Candidate;
use leadrank_experiment::balance::Covariate;
use leadrank_features::catalog;
use leadrank_warehouse::{Params, Session};

use super::book::column_name;
use super::factors::{Factor, Known, place, stratum};
use crate::bundle::Bundle;
use crate::error::Result;
use crate::project::Project;
use crate::stages::dataset::feature_options;
use crate::stages::rows::Rows;
use crate::stages::{Data, train};
use crate::tiers::exclude::exclusions;
use crate::tiers::facts;

/// Leads that may be enrolled, in the order of their ids.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Population {
    /// Who they are, and what keeps them together.
    pub candidates: Vec<Candidate>,
    /// Who owns each.
    pub owners: Vec<Option<String>>,
    /// The model's score of each: what is known of its chance, shown or not.
    pub scores: Vec<f64>,
    /// Source of each.
    pub sources: Vec<Option<String>>,
    /// Whether the vendor knows each.
    pub matched: Vec<bool>,
    /// The 69 features.
    pub features: Vec<Covariate>,
    /// Open leads that may not be enrolled, by reason.
    pub left_out: BTreeMap<String, u64>,
}

impl Population {
    /// Columns that the arms are compared in: the features, the score, whether the vendor knows
    /// the lead, how complete its data are, and the sources.
    pub fn covariates(&self) -> Vec<Covariate> {
        let mut columns = self.features.clone();
        let mut add = |name: &str, values: Vec<f64>| {
            columns.push(Covariate {
                name: name.to_owned(),
                values,
            });
        };
        let flag = |is: bool| f64::from(u8::from(is));
        add("score at enrolment", self.scores.clone());
        add(
            "known to the vendor",
            self.matched.iter().map(|&one| flag(one)).collect(),
        );
        add("share of features known", complete(&self.features));
        // Sources that differ in punctuation or case only are one column of the table, so they are
        // one source.
        let own: Vec<Option<String>> = self
            .sources
            .iter()
            .map(|one| Some(column_name(&format!("source {}", one.as_deref()?)).to_lowercase()))
            .collect();
        let sources: BTreeSet<&str> = own.iter().flatten().map(String::as_str).collect();
        for source in sources {
            let is_it = own.iter().map(|one| flag(one.as_deref() == Some(source)));
            add(source, is_it.collect());
        }
        columns
    }

    /// The place of a lead.
    pub(super) fn place(&self, lead: &str) -> Option<usize> {
        let candidates = &self.candidates;
        candidates
            .binary_search_by(|other| other.lead.as_str().cmp(lead))
            .ok()
    }

    /// Keeps those that `is_kept` says, by their place.
    pub(super) fn retain(&mut self, is_kept: impl Fn(usize) -> bool) {
        fn keep<T>(values: &mut Vec<T>, is_kept: &impl Fn(usize) -> bool) {
            let mut at = 0;
            values.retain(|_| {
                at += 1;
                is_kept(at - 1)
            });
        }
        keep(&mut self.candidates, &is_kept);
        keep(&mut self.owners, &is_kept);
        keep(&mut self.scores, &is_kept);
        keep(&mut self.sources, &is_kept);
        keep(&mut self.matched, &is_kept);
        for column in &mut self.features {
            keep(&mut column.values, &is_kept);
        }
    }
}

/// What the leaders of one firm share.
pub(super) const LEADERSHIP: &str = "leadership:";

/// What the leads of one adviser share.
pub(super) fn of_adviser(id: &str) -> String {
    format!("adviser:{id}")
}

/// Share of the features that are known of each lead.
fn complete(features: &[Covariate]) -> Vec<f64> {
    let rows = features.first().map_or(0, |column| column.values.len());
    let known = |row: usize| {
        let present = features
            .iter()
            .filter(|column| column.values[row].is_finite());
        present.count() as f64 / features.len() as f64
    };
    (0..rows).map(known).collect()
}

/// Open leads as of `day` that may be enrolled by a plan: contacted as recently as it asks, and not
/// left out of the call list altogether. Everything about them is as known then.
///
/// # Errors
/// When a query fails.
pub async fn eligible(
    project: &Project,
    data: &Data,
    bundle: &Bundle,
    day: NaiveDate,
    plan: &Plan,
) -> Result<Population> {
    let within = plan.contacted_within_days;
    let factors = Factor::of_plan(plan);
    let session = &data.session;
    let config = project.config();
    let mut options = feature_options(project, data, day)?;
    options.calculable = bundle.manifest.calculable.parse()?;
    let frame =
        leadrank_features::scoring_dataset(session, &options, &bundle.manifest.constants, day)
            .await?;
    let rows = Rows::new(frame.collect().await?);
    if rows.is_empty() {
        return Ok(Population::default());
    }
    let facts = facts::read(session, &rows, day).await?;
    let excluded = exclusions(&facts, &config.tiers);
    let contacts = contacts(session).await?;
    let contacts: BTreeMap<&str, NaiveDate> = contacts
        .iter()
        .map(|one| (one.lead.as_str(), one.day))
        .collect();
    let ids: Vec<String> = rows.texts("lead_id")?.into_iter().flatten().collect();
    let advisers = rows.texts("adviser_id")?;
    let firms = rows.texts("firm_id")?;
    let reps = rows.values("Number_IAReps")?;
    let features = features(&rows)?;
    let strata = Strata::of(&rows, &features, &factors, &plan.completeness_bands)?;
    let matrix = train::matrix(&rows, &bundle.manifest.features)?;
    let scores = bundle.model.margins(matrix.data());
    let candidates = ids.iter().enumerate().map(|(row, lead)| {
        let adviser = advisers[row].as_deref().map(of_adviser);
        // Those who lead a small firm talk to each other; other colleagues need not be kept together.
        let leads_small = facts[row].leads_firm && reps[row] <= f64::from(plan.together_up_to_reps);
        let leadership = firms[row].as_deref().filter(|_| leads_small);
        let leadership = leadership.map(|id| format!("{LEADERSHIP}{id}"));
        Candidate {
            lead: lead.clone(),
            keys: adviser.into_iter().chain(leadership).collect(),
            stratum: strata.name(row),
        }
    });
    let mut population = Population {
        candidates: candidates.collect(),
        owners: rows.texts("owner_id")?,
        scores: scores.into_iter().map(f64::from).collect(),
        sources: rows.texts("lead_source")?,
        matched: rows
            .dates("snapshot_as_of")?
            .iter()
            .map(Option::is_some)
            .collect(),
        features,
        left_out: BTreeMap::new(),
    };
    let reason = |row: usize| -> Option<String> {
        if let Some(reason) = &excluded[row] {
            return Some(reason.clone());
        }
        let age = contacts
            .get(ids[row].as_str())
            .map(|contact| (day - *contact).num_days());
        let is_recent = within == 0 || age.is_some_and(|age| age <= i64::from(within));
        (!is_recent).then(|| format!("contacted more than {within} days before"))
    };
    let reasons: Vec<Option<String>> = (0..ids.len()).map(reason).collect();
    for reason in reasons.iter().flatten() {
        *population.left_out.entry(reason.clone()).or_insert(0) += 1;
    }
    population.retain(|row| reasons[row].is_none());
    Ok(population)
}

/// When a lead was contacted.
pub(super) struct Contact {
    pub(super) lead: String,
    /// The vendor's number of the adviser.
    pub(super) adviser: Option<String>,
    pub(super) day: NaiveDate,
    /// Whether it was still open at the end of that day.
    pub(super) is_open: bool,
}

/// All contacts, each lead once.
pub(super) async fn contacts(session: &Session) -> Result<Vec<Contact>> {
    let query = include_str!("contacts.sql");
    let rows = Rows::new(session.collect(query, &Params::default()).await?);
    let leads = rows.texts("lead_id")?.into_iter();
    let advisers = rows.texts("adviser_id")?.into_iter();
    let days = rows.dates("contact_date")?.into_iter();
    let open = rows.flags("is_open")?.into_iter();
    let all = leads.zip(advisers).zip(days).zip(open);
    Ok(all
        .filter_map(|(((lead, adviser), day), open)| {
            Some(Contact {
                lead: lead?,
                adviser,
                day: day?,
                is_open: open == Some(true),
            })
        })
        .collect())
}

/// What decides on strata, column by column.
pub(super) struct Strata<'a> {
    factors: &'a [Factor],
    bands: &'a [f64],
    assets: Vec<f64>,
    metros: Vec<Vec<f64>>,
    complete: Vec<f64>,
}

impl<'a> Strata<'a> {
    /// From rows with the 69 features, of which `features` are the columns.
    pub(super) fn of(
        rows: &Rows,
        features: &[Covariate],
        factors: &'a [Factor],
        bands: &'a [f64],
    ) -> Result<Self> {
        let of_metro = catalog().iter().zip(features);
        Ok(Strata {
            factors,
            bands,
            assets: rows.values("TotalAssetsInMillions")?,
            metros: of_metro
                .filter(|(feature, _)| feature.group == leadrank_features::Group::Metro)
                .map(|(_, column)| column.values.clone())
                .collect(),
            complete: complete(features),
        })
    }

    /// The stratum of a row.
    pub(super) fn name(&self, row: usize) -> String {
        let known = Known {
            assets: self.assets[row],
            in_metro: self.metros.iter().any(|metro| metro[row] == 1.0),
            complete: self.complete[row],
        };
        let bands = self.bands;
        let groups: Vec<String> = self
            .factors
            .iter()
            .map(|&factor| factor.groups(bands)[place(factor, &known, bands)].clone())
            .collect();
        stratum(&groups)
    }
}

/// The 69 features of rows, as columns.
pub(super) fn features(rows: &Rows) -> Result<Vec<Covariate>> {
    let columns = catalog().iter().map(|feature| {
        Ok(Covariate {
            name: feature.name.to_owned(),
            values: rows.values(feature.name)?,
        })
    });
    columns.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_that_share_a_column_are_one_source() {
        let source = |text: &str| Some(text.to_owned());
        let population = Population {
            sources: vec![
                source("Linked-In"),
                source("linked in"),
                source("Web"),
                None,
            ],
            scores: vec![0.0; 4],
            matched: vec![true; 4],
            ..Population::default()
        };
        let columns = population.covariates();
        let own: Vec<(&str, &[f64])> = columns
            .iter()
            .filter(|one| one.name.starts_with("source"))
            .map(|one| (one.name.as_str(), one.values.as_slice()))
            .collect();
        assert_eq!(
            own,
            [
                ("source_linked_in", &[1.0, 1.0, 0.0, 0.0][..]),
                ("source_web", &[0.0, 0.0, 1.0, 0.0][..]),
            ]
        );
    }
}
