//! The shape of each feature, and what in it needs a look.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use leadrank_evidence::{Cell, Finding, Section, Severity, Table};
use leadrank_features::catalog::{Kind, Unit};
use leadrank_features::{Feature, catalog};
use leadrank_stats::describe::{Description, OutlierRule, describe};
use leadrank_stats::quantile;

use super::super::Input;
use super::super::part::Part;
use super::super::quality::drift::stand_ins;
use super::plausible;
use super::{first_of, percent};
use crate::error::Result;
use crate::words;

/// Features of which a finding has a sentence each.
const SAID: usize = 5;
/// Share of far outliers from which a column is named.
const OUTLIERS: f64 = 0.05;
/// Multiple by which the median of one vendor month may differ from that of the others.
const OTHER_UNIT: f64 = 50.0;
/// Fewest values of a month whose median is compared.
const FEWEST: usize = 50;

/// One feature of all contacted leads.
struct Shape {
    feature: &'static Feature,
    description: Description,
    /// Values outside the plausible range.
    outside: u64,
    /// Months whose values are of another size, each with how many times the others' median.
    months: Vec<(NaiveDate, f64)>,
    /// Months in which another column stands in for one behind the feature.
    stand_ins: Vec<(NaiveDate, String)>,
}

impl Shape {
    fn filled(&self) -> u64 {
        self.description.n - self.description.nulls
    }

    fn missing(&self) -> f64 {
        self.description.nulls as f64 / self.description.n.max(1) as f64
    }

    /// Outliers by the rule that flags the column: Tukey's fences, or the robust z-score
    /// where half of the middle is one value.
    fn outliers(&self) -> Option<(&'static str, u64)> {
        let values = self.description.values.as_ref()?;
        let count = |rule: &OutlierRule| rule.fences.map(|f| f.below + f.above);
        match (count(&values.tukey), count(&values.robust_z)) {
            (Some(count), _) => Some(("Tukey's outer fences", count)),
            (None, Some(count)) => Some(("robust z-score beyond 3.5", count)),
            (None, None) => None,
        }
    }

    fn is_constant(&self) -> bool {
        self.description.distinct == 1
    }

    /// Whether 98 % or more of its values are one.
    fn is_nearly_constant(&self) -> bool {
        let values = self.description.values.as_ref();
        !self.is_constant() && values.is_some_and(|values| values.p1 == values.p99)
    }

    /// What needs a look: kind and sentence, the gravest first.
    fn looks(&self, null_share: f64) -> Vec<(Severity, &'static str, String)> {
        let mut looks = Vec::new();
        let (some, filled) = (self.filled(), words::count(self.filled()));
        if self.outside > 0 {
            let (lo, hi) = plausible::range(self.feature).unwrap_or_default();
            // A flag that is neither 0 nor 1 is a fault of the feature's SQL.
            let severity = match self.feature.kind {
                Kind::Flag => Severity::Fail,
                _ => Severity::Warn,
            };
            looks.push((
                severity,
                "range",
                format!(
                    "{} of {filled} values lie outside {lo} to {hi}",
                    words::count(self.outside)
                ),
            ));
        }
        for &(month, times) in &self.months {
            let word = month.format("%Y-%m");
            let size =
                format!("the median of vendor month {word} is {times:.3} times that of the others");
            let swap = self.stand_ins.iter().find(|(swapped, _)| *swapped == month);
            looks.push(match swap {
                Some((_, column)) => {
                    let text = format!("{size}, for lack of {column} in its firm file");
                    (Severity::Warn, "stand in", text)
                }
                None => (Severity::Warn, "unit", size),
            });
        }
        if some == 0 {
            looks.push((Severity::Warn, "empty", "no lead has a value".into()));
        } else if self.is_constant() {
            let text = format!("all {filled} values are the same");
            looks.push((Severity::Warn, "constant", text));
        }
        if self.is_nearly_constant() {
            let text = format!("at least 98 % of {filled} values are the same");
            looks.push((Severity::Note, "nearly constant", text));
        }
        if some > 0 && self.missing() > null_share {
            let text = format!("missing on {} of leads", percent(self.missing()));
            looks.push((Severity::Note, "missing", text));
        }
        if let Some((rule, count)) = self.outliers()
            && count as f64 > OUTLIERS * some as f64
            && self.feature.kind != Kind::Flag
        {
            let share = percent(count as f64 / some as f64);
            let text = format!("{share} of {filled} values are far out by {rule}");
            looks.push((Severity::Note, "outliers", text));
        }
        looks
    }
}

pub(super) fn part(input: &Input<'_>) -> Result<Part> {
    let leads = &input.leads;
    let mut shapes = Vec::new();
    for feature in catalog() {
        let values = leads.feature(feature.name)?;
        let range = plausible::range(feature);
        let is_outside = |value: &&f64| range.is_some_and(|(lo, hi)| **value < lo || **value > hi);
        shapes.push(Shape {
            feature,
            description: describe(&values),
            outside: values.iter().filter(is_outside).count() as u64,
            months: match feature.unit {
                Unit::YesNo | Unit::Weekday | Unit::Score => Vec::new(),
                _ => other_unit(&values, &leads.months),
            },
            stand_ins: stand_ins(feature, &input.options.absent_firm_columns),
        });
    }
    let null_share = input.project.config().gates.null_share;
    let section = Section::new("Distributions and outliers")
        .say(format!(
            "All {} contacted leads, as of their contact. Far out is what lies more than 3 times the width of the middle half of all values beyond that half (Tukey's outer fences); where the quartiles coincide, a robust z-score beyond 3.5. Long right tails are the nature of money and counts: trees do not mind them, a linear model needs their logarithm.",
            words::count(leads.len() as u64)
        ))
        .table(short_table(&shapes, null_share))
        .table(full_table(&shapes));
    Ok(Part {
        findings: findings(&shapes, null_share),
        sections: vec![section],
        ..Part::default()
    })
}

/// Vendor months whose typical size is many times that of the others: the size is the
/// median of what is not 0, without its sign.
fn other_unit(values: &[f64], months: &[Option<NaiveDate>]) -> Vec<(NaiveDate, f64)> {
    let mut by_month: BTreeMap<NaiveDate, Vec<f64>> = BTreeMap::new();
    for (&value, month) in values.iter().zip(months) {
        if let Some(month) = month
            && value.is_finite()
            && value != 0.0
        {
            by_month.entry(*month).or_default().push(value.abs());
        }
    }
    by_month.retain(|_, values| values.len() >= FEWEST);
    let medians: Vec<(NaiveDate, f64)> = by_month
        .iter()
        .filter_map(|(month, values)| Some((*month, quantile::linear(values, 0.5)?)))
        .collect();
    let times = |&(month, median): &(NaiveDate, f64)| {
        let others = medians.iter().filter(|(other, _)| *other != month);
        let ratios: Vec<f64> = others.map(|(_, other)| median / other).collect();
        let is_far = |ratio: &&f64| **ratio >= OTHER_UNIT || **ratio <= 1.0 / OTHER_UNIT;
        let far = ratios.iter().filter(is_far).count();
        // Far from most of the others: one odd month does not make the rest look odd.
        let times = quantile::linear(&ratios, 0.5)?;
        (2 * far > ratios.len()).then_some((month, times))
    };
    medians.iter().filter_map(times).collect()
}

/// The worst severity of one kind, and what was found of which feature.
type Looks<'a> = (Severity, Vec<(&'a Shape, String)>);

fn findings(shapes: &[Shape], null_share: f64) -> Vec<Finding> {
    let mut by_kind: BTreeMap<&str, Looks<'_>> = BTreeMap::new();
    for shape in shapes {
        for (severity, kind, text) in shape.looks(null_share) {
            let (worst, found) = by_kind.entry(kind).or_insert((severity, Vec::new()));
            *worst = severity.min(*worst);
            found.push((shape, text));
        }
    }
    let mut findings = Vec::new();
    for (kind, (severity, found)) in &by_kind {
        let mut names: Vec<&str> = found.iter().map(|(shape, _)| shape.feature.name).collect();
        names.dedup();
        let n = names.len();
        let (headline, remedy, strength) = match *kind {
            "range" => (
                "Values that can't be".into(),
                "look at the SQL model or the vendor column behind them",
                3.0,
            ),
            "unit" => (
                "Another unit seems to be used in some vendor months".into(),
                "compare the months in the vendor's files; a column in another unit is read with its factor: sources.map = [\"NAME=NAME*FACTOR\"]",
                2.0,
            ),
            "stand in" => (
                "Some vendor months lack a column, and what stands in for it is of another size"
                    .into(),
                "export the firm file of these months with the column and load it again, or leave the features out",
                0.6,
            ),
            "empty" => (
                "No lead has a value".into(),
                "see whether the vendor's files still have the column behind them",
                1.5,
            ),
            "constant" => (
                "The same on all leads, so of no use".into(),
                "nothing; they cost no more than a place in the list",
                1.0,
            ),
            "nearly constant" => ("The same on at least 98 % of leads".into(), "", 0.3),
            "missing" => (
                format!("Missing on more than {} of leads", percent(null_share)),
                "",
                0.2,
            ),
            _ => (
                format!(
                    "Long tails (more than {} of values are far out)",
                    percent(OUTLIERS)
                ),
                "nothing for trees; take logarithms for a linear model",
                0.1,
            ),
        };
        let headline = format!("{headline}: {}", first_of(&names));
        let mut finding = Finding::new(
            format!("statistics.{}", kind.replace(' ', "_")),
            *severity,
            headline,
        )
        .rows(n as u64, shapes.len() as u64)
        .things("features")
        .remedy(remedy)
        .strength(strength);
        if n > SAID {
            finding = finding.because(format!("All of them: {}.", names.join(", ")));
        }
        for (shape, text) in found.iter().take(SAID) {
            finding = finding.because(format!("{}: {text}.", shape.feature.name));
        }
        findings.push(finding);
    }
    if !by_kind.contains_key("range") {
        findings.push(
            Finding::new(
                "statistics.range",
                Severity::Pass,
                format!(
                    "All values of {} features lie in their plausible range",
                    shapes.len()
                ),
            )
            .rows(0, shapes.iter().map(Shape::filled).sum())
            .things("values"),
        );
    }
    findings
}

fn short_table(shapes: &[Shape], null_share: f64) -> Table {
    let mut table = Table::new("What needs a look", &["feature", "weight", "kind", "what"]);
    let mut looks: Vec<_> = shapes
        .iter()
        .flat_map(|shape| {
            let looks = shape.looks(null_share).into_iter();
            looks.map(move |(severity, kind, text)| (severity, kind, shape, text))
        })
        .collect();
    looks.sort_by_key(|(severity, kind, shape, _)| (*severity, *kind, shape.feature.ordinal));
    for (severity, kind, shape, text) in looks {
        let cells = [shape.feature.name, severity.word(), kind];
        let mut cells: Vec<Cell> = cells.into_iter().map(Cell::from).collect();
        cells.push(text.into());
        table.row(cells);
    }
    table
}

fn full_table(shapes: &[Shape]) -> Table {
    let mut table = Table::new(
        "All features",
        &[
            "feature",
            "unit",
            "#values",
            "#missing",
            "#distinct",
            "#zeros",
            "#mean",
            "#deviation",
            "#min",
            "#1 %",
            "#25 %",
            "#median",
            "#75 %",
            "#99 %",
            "#max",
            "#skewness",
            "#far out",
            "rule",
        ],
    );
    for shape in shapes {
        let description = &shape.description;
        let mut cells: Vec<Cell> = vec![
            shape.feature.name.into(),
            shape.feature.unit.name().into(),
            shape.filled().into(),
            Cell::share(description.nulls, description.n),
            description.distinct.into(),
            Cell::share(description.zeros, shape.filled()),
        ];
        let numbers = description.values.as_ref().map(|values| {
            [
                Some(values.mean),
                values.standard_deviation,
                Some(values.min),
                Some(values.p1),
                Some(values.p25),
                Some(values.p50),
                Some(values.p75),
                Some(values.p99),
                Some(values.max),
                values.skewness,
            ]
        });
        cells.extend(numbers.unwrap_or_default().map(Cell::number));
        match shape
            .outliers()
            .filter(|_| shape.feature.kind != Kind::Flag)
        {
            Some((rule, count)) => cells.extend([count.into(), rule.into()]),
            None => cells.extend([Cell::Nothing, Cell::Nothing]),
        }
        table.row(cells);
    }
    table
}

#[cfg(test)]
mod tests {
    use leadrank_features::feature;

    use super::*;

    fn month(month: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2025, month, 1).unwrap()
    }

    #[test]
    fn a_month_in_dollars_is_named_and_others_are_not() {
        let months: Vec<Option<NaiveDate>> =
            (0..300).map(|row| Some(month(1 + row / 100))).collect();
        let mut values: Vec<f64> = (0..300).map(|row| 10.0 + f64::from(row % 37)).collect();
        assert!(other_unit(&values, &months).is_empty());
        values[100..200].iter_mut().for_each(|value| *value *= 1e6);
        let found = other_unit(&values, &months);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, month(2));
        assert!((9e5..1.1e6).contains(&found[0].1), "{}", found[0].1);
    }

    fn shape(name: &str, values: &[f64]) -> Shape {
        let feature = feature(name).unwrap();
        let (lo, hi) = plausible::range(feature).unwrap();
        Shape {
            feature,
            description: describe(values),
            outside: values.iter().filter(|v| **v < lo || **v > hi).count() as u64,
            months: Vec::new(),
            stand_ins: Vec::new(),
        }
    }

    #[test]
    fn what_needs_a_look_is_told_by_kind() {
        let kinds = |shape: &Shape| -> Vec<&str> {
            shape.looks(0.5).into_iter().map(|look| look.1).collect()
        };
        let flag = shape("Has_Scale", &[0.0, 1.0, 2.0]);
        assert_eq!(flag.looks(0.5)[0].0, Severity::Fail);
        assert_eq!(kinds(&shape("Has_Scale", &[1.0; 5])), ["constant"]);
        let mut rare = vec![0.0; 500];
        rare[7] = 1.0;
        assert_eq!(kinds(&shape("Has_Scale", &rare)), ["nearly constant"]);
        let miles = [f64::NAN, f64::NAN, f64::NAN, 3.0, 9.0];
        assert_eq!(kinds(&shape("MilesToWork", &miles)), ["missing"]);
        assert_eq!(kinds(&shape("MilesToWork", &[f64::NAN; 3])), ["empty"]);
        let tail: Vec<f64> = (0..100)
            .map(|v| if v < 90 { f64::from(v % 9) } else { 900.0 })
            .collect();
        assert_eq!(kinds(&shape("MilesToWork", &tail)), ["outliers"]);
    }
}
