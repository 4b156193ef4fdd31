//! Which values a feature can have.

use leadrank_features::Feature;
use leadrank_features::catalog::{Group, Unit};
use leadrank_sources::FileKind;

/// Lowest and highest value that is plausible, both included; none where any number is.
/// Base features have the range of their vendor column, others that of their unit.
pub(super) fn range(feature: &Feature) -> Option<(f64, f64)> {
    let from_zero = Some((0.0, f64::INFINITY));
    match feature.unit {
        Unit::YesNo | Unit::Score => Some((0.0, 1.0)),
        Unit::Weekday => Some((1.0, 7.0)),
        _ if feature.group == Group::Base => feature
            .sources
            .first()
            .and_then(|&source| column_range(source))
            .or(from_zero),
        // Differences and products of growth rates may be below 0.
        Unit::Percent | Unit::SquaredPercent => None,
        _ => from_zero,
    }
}

fn column_range(name: &str) -> Option<(f64, f64)> {
    let kinds = [FileKind::Reps, FileKind::Firms];
    let mut columns = kinds.iter().flat_map(|kind| kind.contract().columns);
    columns.find(|column| column.name == name)?.range
}

#[cfg(test)]
mod tests {
    use leadrank_features::feature;

    use super::*;

    #[test]
    fn ranges_follow_column_or_unit() {
        let range = |name: &str| range(feature(name).unwrap());
        assert_eq!(range("Has_Scale"), Some((0.0, 1.0)));
        assert_eq!(range("Day_of_Contact"), Some((1.0, 7.0)));
        assert_eq!(range("PercentClients_Individuals"), Some((0.0, 100.0)));
        assert_eq!(range("Growth_Acceleration"), None);
        assert_eq!(range("HNW_Client_Ratio"), Some((0.0, f64::INFINITY)));
        assert!(range("AUMGrowthRate_1Year").is_some_and(|(lo, _)| lo < 0.0));
    }
}
