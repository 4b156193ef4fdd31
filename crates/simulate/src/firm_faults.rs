//! What planted faults do to the firms of one month.

use crate::firm::Filing;
use crate::hazard::Hazard;
use crate::rng::even;
use crate::vendor::Turn;
use crate::world::World;

const GOLDEN: f64 = 0.618_033_988_749_894_9;
const ROOT_TWO: f64 = std::f64::consts::SQRT_2 - 1.0;
/// Share of firms whose total assets are withheld.
const WITHHELD: f64 = 0.95;
/// What the growth rates gain, percent points; the share of firms that multiply, and by what.
const GROWN: f64 = 15.0;
const MULTIPLIED: f64 = 1.0 / 3.0;
const MULTIPLE: f64 = 3.0;

/// Faults that touch a firm's cells.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FirmFaults {
    /// Write growth and client percentages as fractions.
    pub(crate) fractions: bool,
    /// Write millions of dollars as dollars in the rep files.
    pub(crate) dollars: bool,
    /// Withhold the total assets of most firms.
    withheld: bool,
    /// Shift growth rates, and multiply some firms.
    drifted: bool,
}

impl FirmFaults {
    pub(crate) fn new(world: &World, turn: Turn) -> Self {
        Self {
            fractions: turn.middle() && world.has(Hazard::UnitFlip),
            dollars: turn.last() && world.has(Hazard::DollarsForMillions),
            withheld: world.has(Hazard::UnknownAum),
            drifted: turn.last() && world.has(Hazard::LateDrift),
        }
    }

    /// True when a firm's total assets stay empty.
    pub(crate) fn withholds(self, firm: u32) -> bool {
        self.withheld && even(i64::from(firm), GOLDEN) < WITHHELD
    }

    /// What the vendor makes of a firm's filing.
    pub(crate) fn filing(self, firm: u32, mut filing: Filing) -> Filing {
        if !self.drifted {
            return filing;
        }
        for growth in [&mut filing.growth_1y, &mut filing.growth_5y] {
            *growth = growth.map(|points| points + GROWN);
        }
        if even(i64::from(firm), ROOT_TWO) < MULTIPLIED {
            let figures = [
                &mut filing.assets,
                &mut filing.managed,
                &mut filing.pooled,
                &mut filing.clients_individuals,
                &mut filing.clients_hnw,
                &mut filing.clients_plans,
                &mut filing.clients_all,
            ];
            for figure in figures.into_iter().chain(&mut filing.custody) {
                *figure = figure.map(|figure| figure * MULTIPLE);
            }
        }
        filing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_firms_hold_at_any_size() {
        let faults = FirmFaults {
            withheld: true,
            drifted: true,
            ..FirmFaults::default()
        };
        let filing = Filing {
            assets: Some(10.0),
            ..Filing::default()
        };
        for firms in [60, 3000] {
            let share = |test: &dyn Fn(u32) -> bool| {
                (0..firms).filter(|firm| test(*firm)).count() as f64 / f64::from(firms)
            };
            let withheld = share(&|firm| faults.withholds(firm));
            assert!((withheld - WITHHELD).abs() < 0.03, "{withheld}");
            let grown = share(&|firm| faults.filing(firm, filing.clone()).assets == Some(30.0));
            assert!((grown - MULTIPLIED).abs() < 0.03, "{grown}");
        }
    }

    #[test]
    fn without_a_fault_the_filing_stays() {
        let filing = Filing {
            growth_1y: Some(5.0),
            ..Filing::default()
        };
        let faults = FirmFaults::default();
        assert_eq!(faults.filing(0, filing).growth_1y, Some(5.0));
        assert!(!(0..100).any(|firm| faults.withholds(firm)));
    }
}
