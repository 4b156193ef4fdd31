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
