//! Whether other rows would have chosen the same features.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How alike the sets are that folds choose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stability {
    /// Sets compared.
    pub sets: u64,
    /// Mean over pairs of sets of shared features as a share of all features of either
    /// (P. Jaccard 1901); 1 when all sets are equal.
    pub jaccard: f64,
    /// In how many of the sets each feature is.
    pub chosen: BTreeMap<String, u64>,
}

/// Compares the sets that were chosen on different rows.
pub fn stability(sets: &[Vec<String>]) -> Stability {
    let mut chosen = BTreeMap::new();
    for feature in sets.iter().flatten() {
        *chosen.entry(feature.clone()).or_insert(0) += 1;
    }
    let mut shares = Vec::new();
    for (place, one) in sets.iter().enumerate() {
        for other in &sets[place + 1..] {
            let shared = one.iter().filter(|feature| other.contains(feature)).count();
            let either = one.len() + other.len() - shared;
            shares.push(if either == 0 {
                1.0
            } else {
                shared as f64 / either as f64
            });
        }
    }
    Stability {
        sets: sets.len() as u64,
        jaccard: if shares.is_empty() {
            1.0
        } else {
            shares.iter().sum::<f64>() / shares.len() as f64
        },
        chosen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_features_count_once() {
        let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let found = stability(&[
            set(&["a", "b", "c"]),
            set(&["b", "c", "d"]),
            set(&["b", "c"]),
        ]);
        // Pairs: 2/4, 2/3, 2/3.
        assert!((found.jaccard - (0.5 + 2.0 / 3.0 + 2.0 / 3.0) / 3.0).abs() < 1e-15);
        assert_eq!((found.chosen["b"], found.chosen["d"]), (3, 1));
        assert_eq!(stability(&[set(&["a"])]).jaccard, 1.0);
    }
}
