//! Sums over units, by arm and stratum: all that estimates and their errors need.
//!
//! Sums are mergeable and a look costs no more than the number of strata, so that a day's look or
//! a simulated experiment costs next to nothing.

use crate::{Arm, Arms, Row};

/// What is summed over a unit's leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sum {
    /// Scheduled calls.
    Calls,
    /// Dials.
    Dials,
    /// Leads.
    Leads,
    /// Dials made while a score could be seen.
    ExposedDials,
    /// Score at enrolment.
    Before,
    /// Dials that were answered.
    Answered,
    /// Days until the first dial, of the leads dialled.
    TouchDays,
    /// Leads dialled.
    Touched,
    /// Value of opportunities.
    Pipeline,
    /// Leads at large firms.
    Large,
    /// Leads at large firms that were dialled.
    LargeTouched,
}

/// Number of sums.
pub const SUMS: usize = 11;

/// What rounding may leave of numbers that cancel, as a share of them.
pub(crate) const ROUNDING: f64 = 1e-12;

/// The sums of one unit, or of many.
pub type Sums = [f64; SUMS];

/// The sums of one lead.
pub fn of_row(row: &Row) -> Sums {
    let mut sums = [0.0; SUMS];
    let flag = |is: bool| f64::from(u8::from(is));
    let touched = flag(row.first_touch.is_some());
    for (sum, value) in [
        (Sum::Calls, flag(row.called)),
        (Sum::Dials, row.dials),
        (Sum::Leads, 1.0),
        (Sum::ExposedDials, row.exposed_dials),
        (Sum::Before, row.before),
        (Sum::Answered, row.answered),
        (Sum::TouchDays, row.first_touch.unwrap_or(0.0)),
        (Sum::Touched, touched),
        (Sum::Pipeline, row.pipeline),
        (Sum::Large, flag(row.is_large)),
        (Sum::LargeTouched, flag(row.is_large) * touched),
    ] {
        sums[sum as usize] = value;
    }
    sums
}

/// Units of one arm and stratum: how many, their sums, and the sums of products.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Units.
    pub units: f64,
    /// Sums over the units.
    pub sums: Sums,
    products: [[f64; SUMS]; SUMS],
}

impl Default for Cell {
    fn default() -> Self {
        Cell {
            units: 0.0,
            sums: [0.0; SUMS],
            products: [[0.0; SUMS]; SUMS],
        }
    }
}

impl Cell {
    /// Adds a unit.
    pub fn add(&mut self, unit: &Sums) {
        self.units += 1.0;
        for (row, &one) in unit.iter().enumerate() {
            if one == 0.0 {
                continue;
            }
            self.sums[row] += one;
            for (column, &other) in unit.iter().enumerate() {
                self.products[row][column] += one * other;
            }
        }
    }

    /// Adds the units of another cell.
    pub fn merge(&mut self, other: &Cell) {
        self.units += other.units;
        for row in 0..SUMS {
            self.sums[row] += other.sums[row];
            for column in 0..SUMS {
                self.products[row][column] += other.products[row][column];
            }
        }
    }

    /// The product of the sums of `u` and of `v`.
    fn product(&self, u: &Sums, v: &Sums) -> f64 {
        let dot =
            |slopes: &Sums| -> f64 { slopes.iter().zip(&self.sums).map(|(a, b)| a * b).sum() };
        dot(u) * dot(v)
    }

    /// `u'Sv` with `S` the scatter around the units' mean, times `n / (n - 1)`: the covariance of
    /// the sums of `u` and `v` over the units. 0 with fewer than two units, and where nothing is
    /// left but what rounding leaves of numbers that cancel.
    fn covariance(&self, u: &Sums, v: &Sums) -> f64 {
        if self.units < 2.0 {
            return 0.0;
        }
        let (mut total, mut size) = (0.0, 0.0);
        for (slope, row) in u.iter().zip(&self.products) {
            if *slope == 0.0 {
                continue;
            }
            for (product, other) in row.iter().zip(v) {
                let term = slope * product * other;
                total += term;
                size += term.abs();
            }
        }
        let scatter = total - self.product(u, v) / self.units;
        if scatter.abs() <= ROUNDING * size {
            return 0.0;
        }
        scatter * self.units / (self.units - 1.0)
    }
}

/// All cells of an experiment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cells {
    /// By stratum.
    pub strata: Vec<Arms<Cell>>,
}

impl Cells {
    /// Adds a unit.
    pub fn add(&mut self, stratum: usize, arm: Arm, unit: &Sums) {
        if stratum >= self.strata.len() {
            self.strata.resize(stratum + 1, Arms::default());
        }
        self.strata[stratum][arm].add(unit);
    }

    /// The cells of these rows, whose leads are put together to units.
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Self {
        let mut units: std::collections::BTreeMap<(u32, u32, Arm), Sums> = Default::default();
        for row in rows {
            let unit = units
                .entry((row.stratum, row.unit, row.arm))
                .or_insert([0.0; SUMS]);
            for (sum, value) in unit.iter_mut().zip(of_row(row)) {
                *sum += value;
            }
        }
        let mut cells = Cells::default();
        for ((stratum, _, arm), sums) in &units {
            cells.add(*stratum as usize, *arm, sums);
        }
        cells
    }

    /// The same with leads in place of units, as if each had been drawn alone.
    pub fn of_leads<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Self {
        let mut cells = Cells::default();
        for row in rows {
            cells.add(row.stratum as usize, row.arm, &of_row(row));
        }
        cells
    }

    /// An arm's sums over all strata.
    pub fn arm(&self, arm: Arm) -> Sums {
        let mut sums = [0.0; SUMS];
        for stratum in &self.strata {
            for (sum, value) in sums.iter_mut().zip(stratum[arm].sums) {
                *sum += value;
            }
        }
        sums
    }

    /// An arm's units.
    pub fn units(&self, arm: Arm) -> f64 {
        self.strata.iter().map(|stratum| stratum[arm].units).sum()
    }

    /// The same units as if they were of one stratum.
    #[must_use]
    pub fn unstratified(&self) -> Cells {
        let merged = Arms::of(|arm| {
            let mut merged = Cell::default();
            self.strata.iter().for_each(|one| merged.merge(&one[arm]));
            merged
        });
        Cells {
            strata: vec![merged],
        }
    }

    /// The covariance of two linear functions of the arms' sums, `u` and `v` their slopes, the
    /// units of each stratum and arm being drawn on their own. Units that are alone in their cell
    /// have no spread of their own: those of an arm count as one cell, and a single one of them
    /// counts as far as it is from 0, about which the slopes of ratios centre an arm. NaN where an
    /// arm that has slopes has fewer than two units: nothing is known of their spread.
    pub fn covariance(&self, u: &Arms<Sums>, v: &Arms<Sums>) -> f64 {
        self.scaled_covariance(u, v, |_, _| 1.0)
    }

    /// The same with each cell's sums multiplied by a factor.
    pub(crate) fn scaled_covariance(
        &self,
        u: &Arms<Sums>,
        v: &Arms<Sums>,
        factor: impl Fn(&Arms<Cell>, Arm) -> f64,
    ) -> f64 {
        let mut total = 0.0;
        for arm in Arm::ALL {
            if u[arm].iter().any(|&slope| slope != 0.0) && self.units(arm) < 2.0 {
                return f64::NAN;
            }
            let mut alone = Cell::default();
            for stratum in &self.strata {
                let cell = &stratum[arm];
                let factor = factor(stratum, arm);
                if cell.units == 1.0 {
                    alone.add(&cell.sums.map(|sum| factor * sum));
                } else {
                    total += factor * factor * cell.covariance(&u[arm], &v[arm]);
                }
            }
            total += match alone.units == 1.0 {
                true => alone.product(&u[arm], &v[arm]),
                false => alone.covariance(&u[arm], &v[arm]),
            };
        }
        total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_cell_has_the_variance_of_a_sum() {
        let mut cells = Cells::default();
        let values = [3.0, 5.0, 10.0];
        for value in values {
            let mut unit = [0.0; SUMS];
            unit[Sum::Dials as usize] = value;
            cells.add(0, Arm::Treatment, &unit);
        }
        let mut slope = Arms::of(|_| [0.0; SUMS]);
        slope.treatment[Sum::Dials as usize] = 2.0;
        // 4 · n · sample variance; mean 6, squares 9 + 1 + 16.
        let expected = 4.0 * 3.0 * 26.0 / 2.0;
        assert!((cells.covariance(&slope, &slope) - expected).abs() < 1e-9);
        assert_eq!(cells.units(Arm::Control), 0.0);
    }

    #[test]
    fn of_one_unit_there_is_no_spread_and_a_lone_one_among_others_counts() {
        let mut cells = Cells::default();
        let mut slope = Arms::of(|_| [0.0; SUMS]);
        slope.control[Sum::Dials as usize] = 2.0;
        for (stratum, value) in [(1, 3.0), (0, -2.0), (0, -1.0)] {
            let mut unit = [0.0; SUMS];
            unit[Sum::Dials as usize] = value;
            cells.add(stratum, Arm::Control, &unit);
            let found = cells.covariance(&slope, &slope);
            assert_eq!(found.is_nan(), cells.units(Arm::Control) < 2.0);
        }
        // 4 · 3², and 4 · 2 · the variance of −2 and −1.
        assert!((cells.covariance(&slope, &slope) - 40.0).abs() < 1e-9);
    }

    #[test]
    fn lone_units_of_an_arm_are_taken_together() {
        let mut cells = Cells::default();
        for (stratum, value) in [(0, 3.0), (2, 5.0), (1, 10.0)] {
            let mut unit = [0.0; SUMS];
            unit[Sum::Dials as usize] = value;
            cells.add(stratum, Arm::Control, &unit);
        }
        let mut slope = Arms::of(|_| [0.0; SUMS]);
        slope.control[Sum::Dials as usize] = 1.0;
        assert!((cells.covariance(&slope, &slope) - 39.0).abs() < 1e-9);
        assert_eq!(cells.unstratified().covariance(&slope, &slope), 39.0);
    }
}
