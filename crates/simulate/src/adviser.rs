//! Advisers: lasting traits and a career that can be looked at on any day.

use crate::firm::Firms;
use crate::month::Day;
use crate::places::{MAIN_METRO_SHARE, MAIN_METRO_TERRITORY, METROS, STATES, TERRITORY_SHARE};
use crate::population::Population;
use crate::rng::{Draw, Kind, Streams, even};

const GOLDEN: f64 = 0.618_033_988_749_894_9;
const ROOT_TWO: f64 = std::f64::consts::SQRT_2 - 1.0;
const ROOT_THREE: f64 = 0.732_050_807_568_877_2;
/// Days per year.
pub(crate) const YEAR: f64 = 365.25;
/// Careers are anchored on 2023-10-01 and run to the end of 2027.
const ANCHOR: Day = -92;
const HORIZON: Day = 1460;
/// Mean moves per adviser and year.
const MOVE_RATE: f64 = 0.082;
/// Share of advisers tied to several adviser firms, and of those listed in two territories.
const SEVERAL_FIRMS: f64 = 0.0297;
const TWO_TERRITORIES: f64 = 0.0027;
/// Extra rows of the five advisers with the most firms (51 and 16, 13, 13, 12 rows).
const CROWDED: [u8; 5] = [50, 15, 12, 12, 11];

/// Licences and designations an adviser may list, with the share holding each. 57, 79, 24
/// and 27 contain other series numbers as text.
pub(crate) const LICENCES: [(&str, f64); 12] = [
    ("Series 7", 0.691),
    ("Series 63", 0.60),
    ("Series 65", 0.42),
    ("Series 66", 0.41),
    ("Series 24", 0.14),
    ("Series 57", 0.02),
    ("Series 79", 0.03),
    ("Series 27", 0.02),
    ("CFP", 0.174),
    ("CFA", 0.05),
    ("CIMA", 0.03),
    ("AIF", 0.04),
];

/// One employment.
#[derive(Debug, Clone, Copy)]
struct Spell {
    firm: u32,
    start: Day,
}

/// One adviser: traits that last, and a career.
#[derive(Debug, Clone)]
pub(crate) struct Adviser {
    pub(crate) index: i64,
    /// Hidden mobility, standard normal.
    pub(crate) restless: f64,
    pub(crate) territory: usize,
    pub(crate) branch_state: Option<&'static str>,
    pub(crate) home_state: Option<&'static str>,
    pub(crate) metro: Option<u16>,
    pub(crate) miles: Option<f64>,
    /// Bits over [`LICENCES`]; `None` when the vendor has no list.
    pub(crate) licences: Option<u16>,
    /// 0 no, 1 yes, 2 unknown.
    pub(crate) non_adviser: u8,
    pub(crate) dual: Option<bool>,
    pub(crate) breakaway: bool,
    pub(crate) disclosure: Option<bool>,
    pub(crate) male: Option<bool>,
    pub(crate) years_known: bool,
    pub(crate) tenure_known: bool,
    /// Adviser firms beside the main one.
    pub(crate) other_firms: u8,
    /// Rows beside the main one; at most `other_firms`, or 1 for a second territory.
    pub(crate) extra_rows: u8,
    pub(crate) two_territories: bool,
    pub(crate) broker_firms: u8,
    became_rep: Day,
    /// Years at earlier firms, newest first, as of the anchor.
    earlier: Vec<f64>,
    spells: Vec<Spell>,
}

/// An adviser's working life as seen on one day.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Position {
    pub(crate) firm: u32,
    pub(crate) years_rep: f64,
    pub(crate) years_firm: f64,
    /// Years at prior firms, newest first.
    pub(crate) prior: [Option<f64>; 4],
}

impl Position {
    /// Prior firms listed, 0 to 4.
    pub(crate) fn prior_count(&self) -> usize {
        self.prior.iter().flatten().count()
    }

    /// Mean years at prior firms.
    pub(crate) fn prior_mean(&self) -> Option<f64> {
        let count = self.prior_count();
        (count > 0).then(|| self.prior.iter().flatten().sum::<f64>() / count as f64)
    }
}

impl Adviser {
    pub(crate) fn territory_of(index: i64) -> usize {
        let spot = even(index, GOLDEN);
        usize::from(spot >= TERRITORY_SHARE[0])
            + usize::from(spot >= TERRITORY_SHARE[0] + TERRITORY_SHARE[1])
    }

    pub(crate) fn draw(
        streams: &Streams,
        population: &Population,
        firms: &Firms,
        index: i64,
    ) -> Self {
        let mut draw = streams.of(Kind::Adviser, index as u64);
        let territory = Self::territory_of(index);
        let restless = draw.normal();
        let state = STATES[territory][draw.weighted_by(STATES[territory])].0;
        let metro = metro(&mut draw, territory);
        let home_known = metro.is_some() || draw.chance(0.25);
        let miles_known = home_known && draw.chance(0.731);
        let miles = if draw.chance(0.06) {
            50.0 + draw.wait(300.0)
        } else {
            draw.wait(13.0)
        };
        let mut licences = 0_u16;
        for (bit, (_, share)) in LICENCES.iter().enumerate() {
            licences |= u16::from(draw.chance(*share / 0.977)) << bit;
        }
        let licences = draw.chance(0.977).then_some(licences);
        let non_adviser = draw.weighted(&[0.554, 0.196, 0.250]) as u8;
        let dual = draw.chance(0.99).then(|| draw.chance(0.697));
        let breakaway = draw.chance(0.76);
        let disclosure = draw.chance(0.977).then(|| draw.chance(0.107));
        let male = draw.chance(0.93).then(|| draw.chance(0.74));
        let years_known = draw.chance(0.977);
        let tenure_known = years_known && draw.chance(0.981);
        let broker_firms = u8::from(draw.chance(0.07));
        let several = even(index, ROOT_TWO) < SEVERAL_FIRMS;
        let two_territories = !several && even(index, ROOT_THREE) < TWO_TERRITORIES;
        let (mut other_firms, mut extra_rows) = (0, u8::from(two_territories));
        if several {
            let spot = draw.unit();
            extra_rows = u8::from(spot > 0.11) + u8::from(spot > 0.91) + u8::from(spot > 0.98);
            other_firms = extra_rows.max(1);
        }
        // the five crowded ones stay listed over all vintages of the default run
        if let Some(rank) = usize::try_from(index - population.first(900) - 7).ok()
            && rank < CROWDED.len()
        {
            other_firms = CROWDED[rank];
            extra_rows = other_firms;
        }
        let mut adviser = Self {
            index,
            restless,
            territory,
            branch_state: draw.chance(0.976).then_some(state),
            home_state: home_known.then_some(state),
            metro,
            miles: miles_known.then_some(miles.min(2600.0)),
            licences,
            non_adviser,
            dual,
            breakaway,
            disclosure,
            male,
            years_known,
            tenure_known,
            other_firms,
            extra_rows,
            two_territories: two_territories && other_firms == 0,
            broker_firms,
            became_rep: 0,
            earlier: Vec::new(),
            spells: Vec::new(),
        };
        adviser.career(&mut draw, population, firms);
        adviser
    }

    fn career(&mut self, draw: &mut Draw, population: &Population, firms: &Firms) {
        let joined = population.joined_after(ANCHOR, self.index);
        let anchor = joined.unwrap_or(ANCHOR);
        let rate = MOVE_RATE * (0.5 * self.restless - 0.125).exp();
        let rookie = joined.is_some() && draw.chance(0.40);
        let seen = (draw.wait(8.0) + draw.wait(8.0)).clamp(0.05, 52.0);
        let years = if rookie { 0.3 * draw.unit() } else { seen };
        let tenure = if rookie {
            0.25 * draw.unit()
        } else {
            draw.wait(1.0 / rate)
        };
        let mut left = years - tenure;
        let tenure = tenure.min(years);
        let spell = |draw: &mut Draw| draw.wait(1.0 / (2.2 * MOVE_RATE)).max(0.1);
        if left <= 0.0 && draw.chance(0.35) {
            self.earlier.push(spell(draw));
        }
        while left > 0.05 && self.earlier.len() < 6 {
            let stay = spell(draw).min(left);
            self.earlier.push(stay);
            left -= stay;
        }
        let back = |years: f64| anchor - (years * YEAR) as Day;
        self.became_rep = back(years);
        let mut firm = firms.pick(draw.unit(), draw.unit(), self.territory);
        let mut start = back(tenure);
        self.spells.push(Spell { firm, start });
        let mut day = f64::from(anchor);
        loop {
            day += YEAR * draw.wait(1.0 / rate);
            if day >= f64::from(HORIZON) {
                break;
            }
            let next = firms.pick(draw.unit(), draw.unit(), self.territory);
            if next != firm && day as Day > start {
                firm = next;
                start = day as Day;
                self.spells.push(Spell { firm, start });
            }
        }
    }

    /// The career as of a day.
    pub(crate) fn on(&self, day: Day) -> Position {
        let now = self
            .spells
            .iter()
            .rposition(|s| s.start <= day)
            .unwrap_or(0);
        let mut prior = [None; 4];
        let recent = (0..now)
            .rev()
            .map(|k| f64::from(self.spells[k + 1].start - self.spells[k].start) / YEAR);
        for (slot, years) in prior
            .iter_mut()
            .zip(recent.chain(self.earlier.iter().copied()))
        {
            *slot = Some(years);
        }
        let since = |start: Day| (f64::from(day - start) / YEAR).max(0.0);
        Position {
            firm: self.spells[now].firm,
            years_rep: since(self.became_rep),
            years_firm: since(self.spells[now].start),
            prior,
        }
    }
}

fn metro(draw: &mut Draw, territory: usize) -> Option<u16> {
    let spot = draw.unit();
    let mut below = 0.0;
    for (index, share) in MAIN_METRO_SHARE.iter().enumerate() {
        if MAIN_METRO_TERRITORY[index] == territory {
            below += share / TERRITORY_SHARE[territory];
            if spot < below {
                return Some(index as u16);
            }
        }
    }
    // any metro is known for 0.37 of reps; with the states of home alone that makes 0.529
    let rest = draw.unit();
    (spot < 0.372).then(|| 5 + (rest * rest * f64::from(METROS - 5)) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advisers(count: usize) -> Vec<Adviser> {
        let streams = Streams::new(5);
        let population = Population::new(0.1);
        let firms = Firms::new(&streams, 0.1);
        let first = population.first(0);
        let index = |k| first + (k as i64 * 44_000 / count as i64);
        (0..count)
            .map(|k| Adviser::draw(&streams, &population, &firms, index(k)))
            .collect()
    }

    #[test]
    fn time_passes_and_moves_rotate_the_list() {
        let mut moves = 0.0;
        let advisers = advisers(4000);
        for adviser in &advisers {
            let (then, now) = (adviser.on(0), adviser.on(366));
            assert!(now.years_rep - then.years_rep < 1.003);
            if now.firm == then.firm && now.years_firm > 1.01 {
                assert!((now.years_firm - then.years_firm - 366.0 / YEAR).abs() < 0.01);
            } else if now.years_firm < 1.0 && then.years_firm > 0.0 {
                moves += 1.0;
                assert!(now.prior_count() >= then.prior_count());
                assert!(now.prior[0].is_some());
            }
        }
        let rate = moves / advisers.len() as f64;
        assert!((0.05..0.12).contains(&rate), "{rate}");
    }

    #[test]
    fn tenure_never_exceeds_the_time_as_a_rep() {
        for adviser in advisers(2000) {
            let position = adviser.on(300);
            assert!(position.years_firm <= position.years_rep + 0.01);
        }
    }

    #[test]
    fn priors_are_filled_as_often_as_in_the_real_feed() {
        let advisers = advisers(4000);
        let with = advisers
            .iter()
            .filter(|a| a.on(600).prior_count() > 0)
            .count();
        let share = with as f64 / advisers.len() as f64;
        assert!((0.72..0.86).contains(&share), "{share}");
    }
}
