//! The model's columns, and which of a row's values are known.

use leadrank_features::catalog::{FEW, Group, Kind, Tell, Unit};
use leadrank_features::{Feature, feature};

use crate::error::{Error, Result};

/// The model's columns.
#[derive(Debug, Clone)]
pub(super) struct Columns(Vec<Column>);

/// One of them, with what it takes to tell it.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) feature: &'static Feature,
    /// Columns that must be known before this one's value is a fact.
    needs: Vec<usize>,
    /// Whether there is no column to see by that its value is made of nothing.
    blind: bool,
}

impl Columns {
    /// # Errors
    /// A feature that the catalog does not hold.
    pub(super) fn new(names: &[String]) -> Result<Self> {
        let place = |name: &str| names.iter().position(|known| known == name);
        let column = |name: &String| {
            let feature = feature(name).ok_or_else(|| {
                Error::Data(format!(
                    "the model uses `{name}`, which this version does not know; score with the version that trained it, or train again"
                ))
            })?;
            // The sources of a base feature are the vendor's columns.
            let sources = match feature.group {
                Group::Engineered => feature.sources,
                _ => &[],
            };
            let needs: Vec<usize> = sources.iter().filter_map(|name| place(name)).collect();
            let blind = feature.fills_gaps && needs.len() < sources.len();
            Ok(Column {
                feature,
                needs,
                blind,
            })
        };
        Ok(Columns(names.iter().map(column).collect::<Result<_>>()?))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Column)> {
        self.0.iter().enumerate()
    }

    /// The value as far as it is a fact: known, and made of known values alone. A flag
    /// that is not set may only mean that nobody knows.
    pub(super) fn fact(&self, column: usize, row: &[f32]) -> Option<f64> {
        let Column {
            feature,
            needs,
            blind,
        } = &self.0[column];
        let value = f64::from(row[column]);
        let stands_in = |&need: &usize| {
            let needed = &self.0[need].feature;
            row[need].is_nan() || (needed.censored && f64::from(row[need]) == FEW)
        };
        let unset = feature.kind == Kind::Flag && value != 1.0;
        // Numerator and denominator of another filing: no share of anything.
        let no_share = feature.unit == Unit::Share && !(0.0..=1.0).contains(&value);
        let doubtful = *blind || unset || no_share || needs.iter().any(stands_in);
        (!value.is_nan() && !doubtful).then_some(value)
    }

    /// The fact, if it may be told.
    pub(super) fn told(&self, column: usize, row: &[f32]) -> Option<f64> {
        match self.0[column].feature.tell {
            Tell::Yes => self.fact(column, row),
            Tell::No => None,
        }
    }

    /// Whether the column is a number whose value is missing in the row.
    pub(super) fn is_gap(&self, column: usize, row: &[f32]) -> bool {
        self.is_number(column) && self.fact(column, row).is_none()
    }

    /// Whether its feature is a number that may be told.
    pub(super) fn is_number(&self, column: usize) -> bool {
        let feature = self.0[column].feature;
        feature.tell == Tell::Yes && feature.kind != Kind::Flag
    }

    pub(super) fn feature(&self, column: usize) -> &'static Feature {
        self.0[column].feature
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &[&str]) -> Columns {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Columns::new(&names).unwrap()
    }

    #[test]
    fn a_value_made_of_what_is_not_known_is_no_fact() {
        let tenure = columns(&["DateOfHireAtCurrentFirm_NumberOfYears", "Is_New_To_Firm"]);
        assert_eq!(tenure.fact(0, &[1.25, 1.0]), Some(1.25));
        assert_eq!(tenure.fact(1, &[1.25, 1.0]), Some(1.0));
        assert_eq!(tenure.fact(1, &[f32::NAN, 1.0]), None);
        assert_eq!(tenure.fact(1, &[12.0, 0.0]), None);
        assert!(tenure.is_gap(0, &[f32::NAN, 0.0]) && !tenure.is_gap(1, &[1.0, 0.0]));
    }

    #[test]
    fn unknown_funds_do_not_count_as_none() {
        let share = "Alternative_Investment_Focus";
        assert_eq!(columns(&[share]).fact(0, &[0.0]), None);
        let funds = [
            "AssetsInMillions_MutualFunds",
            "AssetsInMillions_PrivateFunds",
            "TotalAssetsInMillions",
            share,
        ];
        let funds = columns(&funds);
        assert_eq!(funds.fact(3, &[0.0, f32::NAN, 10.0, 0.0]), None);
        assert_eq!(funds.fact(3, &[1.0, 4.0, 10.0, 0.5]), Some(0.5));
    }

    #[test]
    fn a_share_needs_counts_and_ends_at_one() {
        let clients = columns(&[
            "NumberClients_HNWIndividuals",
            "NumberClients_Individuals",
            "HNW_Client_Ratio",
        ]);
        assert_eq!(clients.fact(2, &[10.0, 40.0, 0.25]), Some(0.25));
        assert_eq!(clients.fact(2, &[2.0, 40.0, 0.05]), None);
        assert_eq!(clients.fact(2, &[80.0, 40.0, 2.0]), None);
        assert_eq!(clients.fact(0, &[2.0, 40.0, 0.05]), Some(2.0));
    }

    #[test]
    fn what_is_never_told_is_not_told() {
        let score = columns(&["Quality_Score"]);
        assert_eq!(
            (score.fact(0, &[0.5]), score.told(0, &[0.5])),
            (Some(0.5), None)
        );
        let unknown = Columns::new(&["Unknown_Feature".to_owned()]);
        assert!(unknown.unwrap_err().to_string().contains("Unknown_Feature"));
    }
}
