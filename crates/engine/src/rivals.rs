//! What a project had before the model: rules of thumb, and the score in the CRM.

use std::collections::BTreeMap;

use leadrank_learn::Matrix;
use leadrank_learn::baselines::{External, Kind};
use leadrank_stats::sample;
use leadrank_warehouse::{Params, Session};

use crate::error::Result;
use crate::stages::rows::Rows;

/// The rules for which the columns exist: those that need the change of a firm's staff over a
/// year, licences in words or titles can't be told from the vendor's columns.
const RULES: &str = "the tier rules that need no change of staff, licences or titles; first match \
                     wins: in the move window at a firm of up to 10 (5.5 %), in the move window \
                     (5.07 %), 1 to 3 years at a firm of up to 10 (4.76 %), three prior firms and \
                     5 years of experience (5.2 %), all others (3.3 %)";

/// What each rule was expected to convert at (domain.md, "Rules V3 and where the team ended").
const IN_WINDOW_SMALL: f64 = 0.055;
const IN_WINDOW: f64 = 0.0507;
const SMALL_AND_NEW: f64 = 0.0476;
const PROVEN_MOVER: f64 = 0.052;
const OTHERS: f64 = 0.033;

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
    let column = |name: &str| matrix.column(name).ok();
    let tenure = column("DateOfHireAtCurrentFirm_NumberOfYears")?;
    let experience = column("DateBecameRep_NumberOfYears")?;
    let staff = column("Number_IAReps")?;
    let prior = [
        column("Number_YearsPriorFirm1")?,
        column("Number_YearsPriorFirm2")?,
        column("Number_YearsPriorFirm3")?,
        column("Number_YearsPriorFirm4")?,
    ];
    let scores = (0..matrix.n_rows())
        .map(|row| {
            let past: Vec<f64> = prior
                .iter()
                .map(|years| f64::from(years[row]))
                .filter(|years| !years.is_nan())
                .collect();
            Some(tier(tenure[row], experience[row], staff[row], &past))
        })
        .collect();
    Some(External {
        kind: Kind::Rules,
        name: "tier rules".into(),
        note: RULES.into(),
        scores,
    })
}

/// The expected rate of the first rule that matches. A comparison with a missing value is
/// false, so no rule matches on what is not known.
fn tier(tenure: f32, experience: f32, staff: f32, past: &[f64]) -> f64 {
    let small = staff <= 10.0;
    let due = is_in_window(f64::from(tenure), past);
    if due && small {
        IN_WINDOW_SMALL
    } else if due {
        IN_WINDOW
    } else if (1.0..=3.0).contains(&tenure) && small {
        SMALL_AND_NEW
    } else if past.len() >= 3 && experience >= 5.0 {
        PROVEN_MOVER
    } else {
        OTHERS
    }
}

/// The career clock: past tenures that vary little tell when the next move is due, from 70 to
/// 130 % of their mean.
fn is_in_window(tenure: f64, past: &[f64]) -> bool {
    if past.len() < 2 {
        return false;
    }
    let mean = sample::mean(past.iter().copied());
    let is_regular = mean > 0.0 && sample::deviation(past) / mean < 0.5;
    is_regular && (0.7 * mean..=1.3 * mean).contains(&tenure)
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

    const NULL: f32 = f32::NAN;

    #[test]
    fn the_first_rule_that_matches_counts() {
        // Past tenures of 4, 5 and 6 years: due from 3.5 to 6.5 years.
        let regular = [4.0, 5.0, 6.0];
        assert_eq!(tier(5.0, 20.0, 8.0, &regular), IN_WINDOW_SMALL);
        assert_eq!(tier(5.0, 20.0, 80.0, &regular), IN_WINDOW);
        assert_eq!(tier(3.5, 20.0, 80.0, &regular), IN_WINDOW);
        assert_eq!(tier(6.6, 20.0, 80.0, &regular), PROVEN_MOVER);
        assert_eq!(tier(2.0, 20.0, 10.0, &[1.0]), SMALL_AND_NEW);
        assert_eq!(tier(2.0, 4.0, 11.0, &[1.0, 1.0, 9.0]), OTHERS);
        // Tenures that vary say nothing of the next one.
        assert_eq!(tier(3.0, 4.0, 50.0, &[1.0, 9.0]), OTHERS);
    }

    #[test]
    fn nothing_matches_on_what_is_not_known() {
        assert_eq!(tier(NULL, NULL, NULL, &[4.0, 5.0, 6.0]), OTHERS);
        assert_eq!(tier(2.0, 9.0, NULL, &[]), OTHERS);
    }

    #[test]
    fn without_the_columns_there_are_no_rules() {
        let matrix = Matrix::new(vec!["Number_IAReps".into()], vec![1.0]).unwrap();
        assert!(rules(&matrix).is_none());
    }
}
