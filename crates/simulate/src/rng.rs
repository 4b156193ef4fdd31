//! Counter-based randomness: every entity has its own stream, so that no draw depends on
//! the order of the work.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// What a stream is for; together with the entity's number it picks the stream.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Firm = 1,
    FirmPath = 2,
    Adviser = 3,
    Extra = 5,
    Lead = 6,
    Outcome = 7,
    Text = 8,
    Dials = 9,
    Roster = 10,
    Twin = 11,
    Miles = 12,
    Withheld = 13,
    Weeks = 14,
    Cluster = 15,
}

/// The root of all streams of one run.
#[derive(Debug, Clone)]
pub(crate) struct Streams {
    root: ChaCha8Rng,
}

impl Streams {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            root: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    /// The stream of one entity. `id` is below 2^56.
    pub(crate) fn of(&self, kind: Kind, id: u64) -> Draw {
        let mut rng = self.root.clone();
        rng.set_stream(((kind as u64) << 56) | (id & ((1 << 56) - 1)));
        rng.set_word_pos(0);
        Draw(rng)
    }
}

/// One entity's stream, with the distributions used here.
#[derive(Debug)]
pub(crate) struct Draw(ChaCha8Rng);

impl Draw {
    /// Uniform in [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        self.0.random()
    }

    /// True with probability `p`.
    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Uniform whole number in `lo..=hi`.
    pub(crate) fn whole(&mut self, lo: i32, hi: i32) -> i32 {
        lo + (self.unit() * f64::from(hi - lo + 1)) as i32
    }

    /// Standard normal.
    pub(crate) fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }

    /// Log-normal with the given median and log-scale deviation.
    pub(crate) fn spread(&mut self, median: f64, sigma: f64) -> f64 {
        median * (sigma * self.normal()).exp()
    }

    /// Exponential with the given mean.
    pub(crate) fn wait(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    /// Index drawn with the given weights.
    pub(crate) fn weighted(&mut self, weights: &[f64]) -> usize {
        self.weighted_by_key(weights, |weight| *weight)
    }

    /// Index of a pair drawn with the weight in second place.
    pub(crate) fn weighted_by<T>(&mut self, items: &[(T, f64)]) -> usize {
        self.weighted_by_key(items, |item| item.1)
    }

    /// Index drawn with the weight that `key` finds.
    pub(crate) fn weighted_by_key<T>(&mut self, items: &[T], key: impl Fn(&T) -> f64) -> usize {
        let mut left = self.unit() * items.iter().map(&key).sum::<f64>();
        for (index, item) in items.iter().enumerate() {
            let weight = key(item);
            if left < weight {
                return index;
            }
            left -= weight;
        }
        items.len().saturating_sub(1)
    }

    /// One of `items`, each equally likely.
    pub(crate) fn one_of<T: Copy>(&mut self, items: &[T]) -> T {
        items[((self.unit() * items.len() as f64) as usize).min(items.len() - 1)]
    }
}

/// A cheap generator for cell-level choices, started from a stream's bits (splitmix64).
#[derive(Debug, Clone)]
pub(crate) struct Cells(pub(crate) u64);

impl Cells {
    /// The next sixty-four bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform below `n`.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }
}

/// The `index`-th point of an evenly spread sequence in [0, 1): any run of consecutive
/// indices holds each interval's share almost exactly (Weyl's equidistribution).
pub(crate) fn even(index: i64, irrational: f64) -> f64 {
    (index as f64 * irrational).rem_euclid(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_repeat_and_differ() {
        let streams = Streams::new(7);
        let take = |kind, id| {
            let mut draw = streams.of(kind, id);
            [draw.unit(), draw.unit()]
        };
        assert_eq!(take(Kind::Lead, 3), take(Kind::Lead, 3));
        assert_ne!(take(Kind::Lead, 3), take(Kind::Lead, 4));
        assert_ne!(take(Kind::Lead, 3), take(Kind::Firm, 3));
        assert_ne!(take(Kind::Lead, 3), {
            let mut other = Streams::new(8).of(Kind::Lead, 3);
            [other.unit(), other.unit()]
        });
    }

    #[test]
    fn even_sequence_holds_shares_in_any_window() {
        for start in [0_i64, 12_345, 400_000] {
            let hits = (start..start + 1000).filter(|i| even(*i, 0.618_033_988_749_894_9) < 0.414);
            assert!((411..=417).contains(&hits.count()));
        }
    }

    #[test]
    fn weighted_never_leaves_the_list() {
        let mut draw = Streams::new(1).of(Kind::Lead, 1);
        let mut counts = [0_u32; 3];
        for _ in 0..3000 {
            counts[draw.weighted(&[1.0, 0.0, 2.0])] += 1;
        }
        assert_eq!(counts[1], 0);
        assert!((850..1150).contains(&counts[0]), "{counts:?}");
    }
}
