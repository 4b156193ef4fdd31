//! Cutting rows into bins of equal width or of equal mass, and the gaps inside bins.

/// What one bin holds: number of rows, number of positives, sum of probabilities.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct BinTotals {
    pub(crate) n: u64,
    pub(crate) positives: u64,
    pub(crate) probability: f64,
}

impl BinTotals {
    /// Adds `weight` rows of which `positives` are positive, all with this probability.
    #[inline]
    pub(crate) fn add(&mut self, weight: u64, positives: u64, probability: f64) {
        self.n += weight;
        self.positives += positives;
        self.probability += weight as f64 * probability;
    }
}

/// The expected calibration error: absolute gap between mean probability and observed rate of
/// each bin, weighted by its rows. (The bin's row count cancels.)
pub(crate) fn mean_gap(bins: &[BinTotals], n: u64) -> f64 {
    let gaps: f64 = bins
        .iter()
        .map(|bin| (bin.positives as f64 - bin.probability).abs())
        .sum();
    gaps / n as f64
}

/// The equal-width bin of a probability: bin `i` is the interval from `i / bins` (left out) to
/// `(i + 1) / bins` (taken in); 0 belongs to the first bin.
pub(crate) fn equal_width(probability: f64, bins: usize) -> usize {
    let edge = |i: usize| i as f64 / bins as f64;
    let mut bin = ((probability * bins as f64).ceil() as usize).clamp(1, bins) - 1;
    // The product may be rounded across an edge.
    while bin > 0 && probability <= edge(bin) {
        bin -= 1;
    }
    while bin + 1 < bins && probability > edge(bin + 1) {
        bin += 1;
    }
    bin
}

/// Deals ranked groups of tied rows into bins of equal mass: a group goes, undivided, to the bin
/// in which its middle rank lies. Without ties and with `n` a multiple of `bins` all bins are of
/// the same size; behind a large group a bin may stay empty.
#[derive(Debug, Clone)]
pub(crate) struct EqualMass {
    bins: u64,
    n: u64,
    seen: u64,
    bin: u64,
}

impl EqualMass {
    pub(crate) fn new(n: u64, bins: usize) -> Self {
        Self {
            bins: bins as u64,
            n,
            seen: 0,
            bin: 0,
        }
    }

    /// The bin of the next group, which has `size` rows.
    #[inline]
    pub(crate) fn next_bin(&mut self, size: u64) -> usize {
        let middle = self.bins * (2 * self.seen + size);
        while self.bin + 1 < self.bins && middle >= 2 * self.n * (self.bin + 1) {
            self.bin += 1;
        }
        self.seen += size;
        self.bin as usize
    }
}

/// Ends (exclusive) of the runs of equal values in a sorted column.
pub(crate) fn run_ends(len: usize, same: impl Fn(usize, usize) -> bool) -> Vec<usize> {
    (1..=len)
        .filter(|&end| end == len || !same(end - 1, end))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_upper_edge_belongs_to_the_bin() {
        for i in 1..=10_usize {
            let edge = i as f64 / 10.0;
            assert_eq!(equal_width(edge, 10), i - 1);
            assert_eq!(equal_width(edge.next_down(), 10), i - 1);
            assert_eq!(equal_width(edge.next_up().min(1.0), 10), i.min(9));
        }
        assert_eq!(equal_width(0.0, 10), 0);
    }

    #[test]
    fn untied_rows_are_dealt_evenly() {
        let mut dealer = EqualMass::new(20, 5);
        let bins: Vec<usize> = (0..20).map(|_| dealer.next_bin(1)).collect();
        let expected: Vec<usize> = (0..20).map(|row| row / 4).collect();
        assert_eq!(bins, expected);
    }

    #[test]
    fn a_large_group_stays_whole() {
        // Ranks 1, 2..=9 and 10: the middle of the group is in the third fifth.
        let mut dealer = EqualMass::new(10, 5);
        assert_eq!([1, 8, 1].map(|size| dealer.next_bin(size)), [0, 2, 4]);
    }

    #[test]
    fn runs_end_where_values_change() {
        let values = [1, 1, 2, 3, 3];
        assert_eq!(run_ends(5, |a, b| values[a] == values[b]), [2, 3, 5]);
        assert!(run_ends(0, |_, _| true).is_empty());
    }
}
