//! The four fitted numbers (domain.md, "Engineered 31"): quantiles over the
//! training rows, and nothing else.

use std::collections::BTreeSet;

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::Float64Type;
use leadrank_stats::quantile;
use leadrank_warehouse::{Params, Session};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::options::FeatureOptions;
use crate::rows::engineered_sql;

/// Quantiles by linear interpolation over matched, labelled training rows. None
/// where no row has the value: the comparison with it is then false.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FittedConstants {
    /// Upper quartile of `AverageAccountSize`, dollars.
    pub average_account_size_p75: Option<f64>,
    /// Median of `AverageAccountSize`, dollars.
    pub average_account_size_median: Option<f64>,
    /// Median of `Firm_Stability_Score`, years.
    pub firm_stability_score_median: Option<f64>,
    /// Median of `AUM_per_Client`, millions of dollars.
    pub aum_per_client_median: Option<f64>,
    /// Rows that fitted them.
    pub fitted_on_rows: u64,
}

impl FittedConstants {
    /// As parameters of the engineered features. An unknown constant is a number
    /// that no value passes.
    pub(crate) fn params(&self) -> Params {
        self.add_to(Params::new())
    }

    /// The same beside other parameters.
    pub(crate) fn add_to(&self, params: Params) -> Params {
        params
            .with(
                "account_size_p75",
                self.average_account_size_p75.unwrap_or(f64::MAX),
            )
            .with(
                "account_size_median",
                self.average_account_size_median.unwrap_or(f64::MIN),
            )
            .with(
                "stability_median",
                self.firm_stability_score_median.unwrap_or(f64::MAX),
            )
            .with(
                "aum_per_client_median",
                self.aum_per_client_median.unwrap_or(f64::MAX),
            )
    }
}

/// Fits the constants on the rows of `lead_base` whose ids are given; of these, on
/// the ones with a label and vendor data.
///
/// # Errors
/// When a query fails; `prepare_leads` must have run in this session.
pub async fn fit_constants(
    session: &Session,
    options: &FeatureOptions,
    training_lead_ids: &[String],
) -> Result<FittedConstants> {
    let what = "the fitted constants";
    let wanted: BTreeSet<&str> = training_lead_ids.iter().map(String::as_str).collect();
    let sql = format!(
        "SELECT lead_id, AverageAccountSize, Firm_Stability_Score, AUM_per_Client FROM ({}) e \
         WHERE label IS NOT NULL AND snapshot_as_of IS NOT NULL",
        engineered_sql(options, "lead_base")
    );
    let unfitted = FittedConstants::default().params();
    let batches = session
        .collect(&sql, &unfitted)
        .await
        .map_err(Error::query(what))?;
    let mut columns = [Vec::new(), Vec::new(), Vec::new()];
    let mut rows = 0;
    for batch in &batches {
        let ids = batch.column(0).as_string::<i32>();
        let chosen: Vec<usize> = (0..batch.num_rows())
            .filter(|&row| wanted.contains(ids.value(row)))
            .collect();
        rows += chosen.len() as u64;
        for (place, column) in columns.iter_mut().enumerate() {
            let values = batch.column(place + 1).as_primitive::<Float64Type>();
            let known = chosen.iter().filter(|&&row| values.is_valid(row));
            column.extend(known.map(|&row| values.value(row)));
        }
    }
    let [account, stability, per_client] = columns;
    Ok(FittedConstants {
        average_account_size_p75: quantile::linear(&account, 0.75),
        average_account_size_median: quantile::linear(&account, 0.5),
        firm_stability_score_median: quantile::linear(&stability, 0.5),
        aum_per_client_median: quantile::linear(&per_client, 0.5),
        fitted_on_rows: rows,
    })
}
