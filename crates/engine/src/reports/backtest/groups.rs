//! Is it as good for everybody? Groups over all periods, and period by period.

use leadrank_evidence::{Cell, Picture, RateRow, Section, Table, Unit};
use leadrank_stats::Estimate;

use super::super::Context;
use crate::backtest::{Backtest, GroupMetrics, Sorted};

/// A section for each way to divide the rows.
pub(super) fn sections(found: &Backtest, context: &Context<'_>) -> Vec<Section> {
    let divisions = found.divisions.iter();
    divisions
        .map(|(by, groups)| {
            let of = |one: &&GroupMetrics| one.division == *by;
            let metrics: Vec<&GroupMetrics> = found.groups.iter().filter(of).collect();
            section(by, groups, &metrics, context)
        })
        .collect()
}

fn section(
    by: &str,
    groups: &[Sorted],
    metrics: &[&GroupMetrics],
    context: &Context<'_>,
) -> Section {
    let rows = groups.iter().map(|group| RateRow {
        label: group.name.clone(),
        rate: group.precision,
    });
    let called: (u64, u64) = groups
        .iter()
        .filter_map(|group| group.precision)
        .fold((0, 0), |sum, rate| (sum.0 + rate.positives, sum.1 + rate.n));
    Section::new(format!("Is it as good for everybody? By {by}"))
        .draw(Picture::Rates {
            title: format!("Rate of the called by {by}"),
            of: context.events.to_owned(),
            base: (called.1 > 0).then(|| called.0 as f64 / called.1 as f64),
            rows: rows.collect(),
        })
        .table(among_the_called(by, groups))
        .table(by_period(by, metrics, context))
}

fn among_the_called(by: &str, groups: &[Sorted]) -> Table {
    let mut table = Table::new(
        format!("By {by}"),
        &[
            "group",
            "#observed",
            "#among the called",
            "#rate of the called",
            "#less that of the others",
        ],
    )
    .note(
        "Among the called: share of the group's rows that are in the best tenth of their period. \
         Rate of the called: how many of those were positive. One group in twenty differs by \
         chance alone.",
    );
    let cell = |rate: Option<Estimate>| rate.map_or(Cell::Nothing, Cell::Rate);
    for group in groups {
        table.row(vec![
            group.name.as_str().into(),
            cell(group.rate),
            cell(group.called),
            cell(group.precision),
            group.difference.map_or(Cell::Nothing, |found| {
                Cell::measured(found, Unit::Difference)
            }),
        ]);
    }
    table
}

/// How each group's own rows are ranked, and how true their probabilities are.
fn by_period(by: &str, metrics: &[&GroupMetrics], context: &Context<'_>) -> Table {
    let mut table = Table::new(
        format!("Within each group by {by}, period by period"),
        &[
            "group",
            "period",
            &format!("#{}", context.rows),
            &format!("#{}", context.events),
            "#AUC-ROC",
            "#AUC-PR",
            "#lift of its best tenth",
            "#predicted over observed",
            "#calibration error",
        ],
    )
    .note(
        "The group's own rows alone, ranked among themselves; nothing is told of fewer than ten of a \
         class. backtest_periods.csv has all metrics of each.",
    );
    for one in metrics {
        let cell = |name: &str, unit| {
            let found = one.metrics.get(name);
            found.map_or(Cell::Nothing, |found| Cell::measured(*found, unit))
        };
        let period = match one.period.as_str() {
            "pooled" => "all together",
            name => name,
        };
        table.row(vec![
            one.group.as_str().into(),
            period.into(),
            Cell::Count(one.n),
            Cell::Count(one.positives),
            cell("auc_roc", Unit::Score),
            cell("auc_pr", Unit::Score),
            cell("lift_at_10", Unit::Times),
            cell("predicted_over_observed", Unit::Times),
            cell("ece_mass", Unit::Share),
        ]);
    }
    table
}
