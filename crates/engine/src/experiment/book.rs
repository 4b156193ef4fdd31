//! What the ledger holds of one experiment, in memory.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use leadrank_experiment::Arm;
use leadrank_experiment::assign::Assignment;
use leadrank_experiment::balance::{self, Covariate, Difference};
use leadrank_experiment::srm::{self, Part};

use super::population::Population;

/// The ledger of one experiment, in the order of enrolment, then of ids.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Book {
    pub(super) assignments: Vec<Assignment>,
    /// Who owned each lead at enrolment.
    pub(super) owners: Vec<Option<String>>,
    /// The score of each at enrolment.
    pub(super) scores: Vec<f64>,
    /// What was known of each at enrolment.
    pub(super) covariates: Vec<Covariate>,
    /// Hash of the plan that each was drawn by.
    pub(super) plans: Vec<String>,
}

/// A column's name in the table: what is no feature has words in it.
pub(super) fn column_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    name.chars().map(plain).collect()
}

/// What a column has where an enrolment did not write it: a source that no lead of it came from is
/// no source of theirs, anything else is not known.
pub(super) fn missing(column: &str) -> f64 {
    match column.starts_with("source_") {
        true => 0.0,
        false => f64::NAN,
    }
}

impl Book {
    /// Adds an enrolment, as the table then holds it.
    pub(super) fn add(&mut self, made: Vec<Assignment>, of: &Population) {
        let places: Vec<usize> = made.iter().filter_map(|one| of.place(&one.lead)).collect();
        let before = self.assignments.len();
        for column in of.covariates() {
            let name = column_name(&column.name);
            let known = self.covariates.iter().position(|one| one.name == name);
            let at = known.unwrap_or_else(|| {
                let values = vec![missing(&name); before];
                self.covariates.push(Covariate { name, values });
                self.covariates.len() - 1
            });
            let values = places.iter().map(|&place| column.values[place]);
            self.covariates[at].values.extend(values);
        }
        for column in &mut self.covariates {
            let missing = missing(&column.name);
            column.values.resize(before + places.len(), missing);
        }
        self.owners
            .extend(places.iter().map(|&place| of.owners[place].clone()));
        self.scores
            .extend(places.iter().map(|&place| of.scores[place]));
        self.assignments.extend(made);
    }

    /// Keeps what was known on a day.
    pub(super) fn keep_until(&mut self, day: NaiveDate) {
        // Enrolments follow each other, so what is later is at the end.
        let kept = self.assignments.partition_point(|one| one.enrolled <= day);
        self.assignments.truncate(kept);
        self.owners.truncate(kept);
        self.scores.truncate(kept);
        self.plans.truncate(kept);
        for column in &mut self.covariates {
            column.values.truncate(kept);
        }
    }

    /// The arm of each unit with the place of its first lead, by the unit's name.
    pub(super) fn units(&self) -> Vec<(Arm, usize)> {
        let mut units = BTreeMap::new();
        for (at, one) in self.assignments.iter().enumerate() {
            units.entry(one.unit.as_str()).or_insert((one.arm, at));
        }
        units.into_values().collect()
    }

    /// Sizes of the arms among these units, by stratum.
    pub(super) fn by_stratum(&self, units: &[(Arm, usize)], share: f64) -> Vec<Part> {
        let named = units.iter();
        let named = named.map(|&(arm, at)| (self.assignments[at].stratum.as_str(), arm));
        srm::parts(named, share)
    }

    /// The same by salesperson.
    pub(super) fn by_seller(&self, units: &[(Arm, usize)], share: f64) -> Vec<Part> {
        let owner = |at: usize| self.owners[at].as_deref().unwrap_or("nobody");
        let named = units.iter().map(|&(arm, at)| (owner(at), arm));
        srm::parts(named, share)
    }

    /// How alike the arms were in what was known at enrolment.
    pub(super) fn balance(&self) -> Vec<Difference> {
        balance::differences(&self.covariates, &balance::places(&self.assignments))
    }
}
