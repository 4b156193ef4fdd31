//! The card as SQL.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use leadrank_stats::binning::BinRange;

use super::{CardColumn, Scorecard};

impl Scorecard {
    /// One GoogleSQL query that scores each row of `table`, for BigQuery and for leadrank's own
    /// engine: the `keys` and then `scorecard_margin` (log-odds), `scorecard_points` and
    /// `scorecard_probability` (that of the regression, not calibrated any further).
    ///
    /// `table` stands after `FROM` as it is, quoted by the caller where need be. `expressions` has
    /// the SQL of a card's column where it is not a numeric column of the same name in the table:
    /// `CASE WHEN `Home_Metro` = 'Boston' THEN 1 ELSE 0 END` for an encoded category, say. What
    /// is null in SQL is null on the card; NaN must not occur.
    ///
    /// Sums are written in the order of [`Scorecard::margins`] and all numbers with all their
    /// digits. Values that a matrix would round to 32 bits fall into the same bins without
    /// rounding, see [`super::CardColumn::binning`].
    pub fn to_sql(
        &self,
        table: &str,
        keys: &[&str],
        expressions: &BTreeMap<String, String>,
    ) -> String {
        let keys: String = keys
            .iter()
            .map(|key| format!("  {},\n", quoted(key)))
            .collect();
        let mut sum = format!("{:?}", self.intercept);
        for column in &self.columns {
            let expression = expressions
                .get(&column.name)
                .map_or_else(|| quoted(&column.name), |sql| format!("({sql})"));
            sum.push_str("\n    + ");
            sum.push_str(&case(column, &expression));
        }
        let factor = self.scale.factor();
        let base = self.scale.base_points;
        let odds = self.scale.base_odds.ln();
        format!(
            "WITH scorecard_margins AS (\n\
             SELECT\n{keys}  {sum}\n    AS `scorecard_margin`\n\
             FROM {table}\n)\n\
             SELECT\n{keys}  `scorecard_margin`,\n  \
             {base:?} + {factor:?} * (`scorecard_margin` - ({odds:?})) AS `scorecard_points`,\n  \
             1.0 / (1.0 + EXP(-`scorecard_margin`)) AS `scorecard_probability`\n\
             FROM scorecard_margins\n"
        )
    }
}

/// What the column adds to the margin.
fn case(column: &CardColumn, expression: &str) -> String {
    let null = column.contribution(f64::NAN);
    let mut text = format!("CASE WHEN {expression} IS NULL THEN {null:?}");
    let mut rest = 0.0;
    for bin in &column.binning.bins {
        let adds = column.weight * bin.woe;
        match bin.range {
            BinRange::Null => {}
            BinRange::Values { up_to: None, .. } => rest = adds,
            BinRange::Values {
                up_to: Some(edge), ..
            } => {
                // Writing into a string can not fail.
                let _ = write!(text, " WHEN {expression} <= {edge:?} THEN {adds:?}");
            }
        }
    }
    let _ = write!(text, " ELSE {rest:?} END");
    text
}

/// A name in backticks.
fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('\\', "\\\\").replace('`', "\\`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_can_not_break_out() {
        assert_eq!(quoted("a`b\\"), "`a\\`b\\\\`");
    }
}
