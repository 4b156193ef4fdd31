//! What a project had before the model: rules of thumb, and the score in the CRM.

use std::collections::BTreeMap;

use leadrank_learn::Matrix;
use leadrank_learn::baselines::{External, Kind};
use leadrank_warehouse::{Params, Session};

use crate::error::Result;
use crate::stages::rows::Rows;
use crate::tiers::rules::Rule;

/// The rules for which the columns exist: those that need the change of a firm's staff over a
/// year, licences in words or titles can't be told from the vendor's columns.
const RULES: &str = "the tier rules that need no change of staff, licences or titles; first match \
                     wins: in the move window at a firm of up to 10 (5.5 %), in the move window \
                     (5.07 %), 1 to 3 years at a firm of up to 10 (4.76 %), three prior firms and \
                     5 years of experience (5.2 %), all others (3.3 %)";

/// The scores there were, for each row of the training matrix.
///
/// # Errors
/// When a table can't be read.
pub async fn externals(
    session: &Session,
    ids: &[String],
    matrix: &Matrix,
) -> Result<Vec<External>> {
    let mut found: Vec<External> = rules(matrix).into_iter().collect();
    found.extend(incumbent(session, ids).await?);
    Ok(found)
}

/// The rule tiers by their expected rate, where their features are in the matrix.
fn rules(matrix: &Matrix) -> Option<External> {
    let column = |name: &str| -> Option<Vec<f64>> {
        let values = matrix.column(name).ok()?.into_iter();
        Some(values.map(f64::from).collect())
    };
    let rules = Rule::of_columns(matrix.n_rows(), &column)?;
    Some(External {
        kind: Kind::Rules,
        name: "tier rules".into(),
        note: RULES.into(),
        scores: rules
            .into_iter()
            .map(|rule| Some(rule.expected_rate()))
            .collect(),
    })
}

/// The score that the CRM holds, where any lead has one.
async fn incumbent(session: &Session, ids: &[String]) -> Result<Option<External>> {
    let query = "SELECT Id, Savvy_Lead_Score__c AS score FROM SavvyGTMData.Lead \
                 WHERE Savvy_Lead_Score__c IS NOT NULL";
    let rows = Rows::new(session.collect(query, &Params::default()).await?);
    let of: BTreeMap<String, f64> = rows
        .texts("Id")?
        .into_iter()
        .zip(rows.numbers("score")?)
        .filter_map(|(id, score)| Some((id?, score?)))
        .collect();
    if of.is_empty() {
        return Ok(None);
    }
    Ok(Some(External {
        kind: Kind::Incumbent,
        name: "score in the CRM".into(),
        note: "Savvy_Lead_Score__c as the lead file holds it, which may be newer than the contact"
            .into(),
        scores: ids.iter().map(|id| of.get(id).copied()).collect(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_the_columns_there_are_no_rules() {
        let matrix = Matrix::new(vec!["Number_IAReps".into()], vec![1.0]).unwrap();
        assert!(rules(&matrix).is_none());
    }
}
