//! Contributions of related features together: columns that are computed from one another
//! share what they say, so that a single one of them explains little.

use leadrank_features::catalog::Group;
use leadrank_features::feature;
use leadrank_trees::Model;
use serde::Serialize;

/// Groups told of one lead, at most.
const TOLD: usize = 3;

/// How much more one bundle credits a group of features than the other, compared with what
/// it does on average: an average difference moves nobody.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shift {
    /// The group: a vendor fact with all that is computed from it first.
    pub group: String,
    /// Contribution in `b` less that in `a` less the mean of this over the rows, in
    /// calibrated log-odds.
    pub shift: f64,
}

/// A bundle's columns with the group of each.
pub(super) struct Grouped<'a> {
    model: &'a Model,
    /// Calibration's slope: it makes contributions of two models comparable.
    slope: f64,
    /// Place of each column's group.
    places: Vec<usize>,
    groups: usize,
}

/// Names of the groups of some features, in order of first use.
pub(super) fn names<'a>(features: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in features.map(|feature| group(feature)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The group of a feature: an engineered one goes with the first fact of its formula, the
/// metros go together, all others stand for themselves.
fn group(name: &str) -> String {
    let Some(known) = feature(name) else {
        return name.to_owned();
    };
    let base = match (known.group, known.sources) {
        (Group::Metro, _) => return "Metro area".into(),
        (Group::Temporal, _) => return "Day of contact".into(),
        (Group::Engineered, [first, ..]) => feature(first).unwrap_or(known),
        _ => known,
    };
    base.wording.label.to_owned()
}

impl<'a> Grouped<'a> {
    pub(super) fn new(model: &'a Model, slope: f64, features: &[String], names: &[String]) -> Self {
        let place = |feature: &String| {
            let group = group(feature);
            names.iter().position(|name| *name == group)
        };
        Grouped {
            model,
            slope,
            places: features.iter().filter_map(place).collect(),
            groups: names.len(),
        }
    }

    /// Contributions of the groups to the calibrated log-odds of a row.
    pub(super) fn contributions(&self, row: &[f32]) -> Vec<f64> {
        let mut shap = Vec::new();
        self.model.shap(row, &mut shap);
        let mut sums = vec![0.0; self.groups];
        for (&place, value) in self.places.iter().zip(shap) {
            sums[place] += self.slope * value;
        }
        sums
    }
}

/// The strongest shifts of a lead; those that point where it moved come first by size alone.
pub(super) fn strongest(names: &[String], shifts: &[f64]) -> Vec<Shift> {
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by(|&a, &b| shifts[b].abs().total_cmp(&shifts[a].abs()).then(a.cmp(&b)));
    let told = order.into_iter().filter(|&place| shifts[place] != 0.0);
    told.take(TOLD)
        .map(|place| Shift {
            group: names[place].clone(),
            shift: shifts[place],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::samples;

    #[test]
    fn a_fact_and_what_is_made_of_it_are_one_group() {
        let names = names(samples::names().iter());
        assert_eq!(names.len(), 1, "{names:?}");
        let model = samples::model();
        let grouped = Grouped::new(&model, 0.5, &samples::names(), &names);
        // + .6 · 1.2 + .4 · .8, see the tests of the reasons.
        let found = grouped.contributions(&[1.0, 1.0]);
        assert!((found[0] - 0.5 * (0.72 + 0.32)).abs() < 1e-6, "{found:?}");
        assert_eq!(group("Unknown"), "Unknown");
    }

    #[test]
    fn the_strongest_shifts_are_told() {
        let names: Vec<String> = ["a", "b", "c", "d", "e"].map(String::from).to_vec();
        let found = strongest(&names, &[0.1, -0.3, 0.0, 0.2, 0.05]);
        let told: Vec<&str> = found.iter().map(|shift| shift.group.as_str()).collect();
        assert_eq!(told, ["b", "d", "a"]);
        assert!(strongest(&names, &[0.0; 5]).is_empty());
    }
}
