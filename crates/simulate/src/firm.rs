//! Firms: sizes, lasting traits, and what their filings say in a given quarter.

use crate::rng::{Draw, Kind, Streams};

/// Firms at scale 1, enough that 38,543 of them have somebody on the October 2025 list.
const FIRMS: f64 = 44_800.0;
/// Rep rows at scale 1, for turning a share of reps into a headcount.
const ROWS: f64 = 477_901.0;
/// Share of all reps at the biggest firm (25,896 of 477,901).
const TOP_SHARE: f64 = 0.0542;
/// Quarter (relative to 2024 Q1) at which every firm's path starts, and its length.
const PATH_START: i32 = -32;
const PATH_LENGTH: usize = 45;
/// Largest firm assets met, $ millions.
const ASSETS_MAX: f64 = 1_934_233.0;
/// Shares of reps whose firm has no assets, no growth though assets, no client count; the
/// second is higher than its 3 % because it is drawn only where assets are known.
const GAPS: [f64; 3] = [0.0669, 0.0352, 0.0022];
/// Headcount below which a firm may lack figures.
const SMALL: f64 = 300.0;
/// Firms are territory-bound from this rank share of reps on (small firms are local).
const LOCAL_BLOCK: usize = 9;

/// What a firm is, over all time.
#[derive(Debug, Clone)]
pub(crate) struct Firm {
    /// Expected number of advisers at scale 1.
    pub(crate) reps: f64,
    /// Assets at the start of 2024, $ millions.
    pub(crate) assets: f64,
    /// True when the vendor has no assets for it.
    pub(crate) no_assets: bool,
    /// True when the vendor has no growth for it.
    pub(crate) no_growth: bool,
    /// True when the vendor has no individual-client count for it.
    pub(crate) no_clients: bool,
    /// Kind of owner, an index into [`OWNERSHIP`].
    pub(crate) ownership: Option<usize>,
}

/// Kinds of owner.
pub(crate) const OWNERSHIP: [&str; 5] = [
    "Independent",
    "Bank",
    "Insurance Company",
    "Broker-Dealer",
    "Private Equity",
];
/// Index of `Independent`.
pub(crate) const INDEPENDENT: usize = 0;

/// What a firm's filing says in one quarter. Assets in $ millions, shares 0 to 100.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filing {
    pub(crate) assets: Option<f64>,
    pub(crate) reps: f64,
    pub(crate) employees: f64,
    pub(crate) growth_1y: Option<f64>,
    pub(crate) growth_5y: Option<f64>,
    pub(crate) clients_individuals: Option<f64>,
    pub(crate) clients_hnw: Option<f64>,
    pub(crate) clients_plans: Option<f64>,
    pub(crate) clients_all: Option<f64>,
    pub(crate) share_clients_individuals: Option<f64>,
    pub(crate) share_clients_hnw: Option<f64>,
    /// Percent of assets: individuals, HNW, mutual funds, private funds, exchange-traded.
    pub(crate) share_assets: [Option<f64>; 5],
    /// Separately managed and pooled, $ millions.
    pub(crate) managed: Option<f64>,
    pub(crate) pooled: Option<f64>,
    /// Schwab, Fidelity, Pershing, TD Ameritrade: $ millions.
    pub(crate) custody: [Option<f64>; 4],
    pub(crate) share_us: Option<f64>,
    /// Dollars.
    pub(crate) account: Option<f64>,
}

/// All firms of one run, biggest first.
#[derive(Debug)]
pub(crate) struct Firms {
    streams: Streams,
    firms: Vec<Firm>,
    /// Cumulative share of reps.
    cumulative: Vec<f64>,
}

impl Firms {
    pub(crate) fn new(streams: &Streams, scale: f64) -> Self {
        let count = ((FIRMS * scale) as usize).max(30);
        let shares = shares(count, TOP_SHARE.max(1.5 / count as f64));
        let reference = shares_offset(FIRMS as usize, TOP_SHARE);
        let mut total = 0.0;
        // only firms outside the biggest few hundred lack figures
        let small: f64 = {
            let mut below = 0.0;
            let sizes = shares.iter().map(|share| {
                below += share;
                (share, headcount(below - share / 2.0, reference))
            });
            sizes
                .filter(|(_, reps)| *reps < SMALL)
                .map(|(share, _)| share)
                .sum()
        };
        let gaps = GAPS.map(|gap| gap / small.max(0.1));
        let mut cumulative = Vec::with_capacity(count);
        let mut firms = Vec::with_capacity(count);
        let mut missing = [Spread::default(), Spread::default(), Spread::default()];
        for (rank, share) in shares.iter().enumerate() {
            let middle = total + share / 2.0;
            total += share;
            cumulative.push(total);
            let mut draw = streams.of(Kind::Firm, rank as u64);
            let reps = headcount(middle, reference);
            firms.push(Firm::draw(&mut draw, reps, *share, &gaps, &mut missing));
        }
        Self {
            streams: streams.clone(),
            firms,
            cumulative,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.firms.len()
    }

    pub(crate) fn get(&self, firm: u32) -> &Firm {
        &self.firms[firm as usize]
    }

    /// The firm at share `unit` of all reps, moved to a near neighbour of the same size in
    /// `territory` (0 to 2) where firms are small enough to be local.
    pub(crate) fn pick(&self, unit: f64, spot: f64, territory: usize) -> u32 {
        let rank = self
            .cumulative
            .partition_point(|c| *c <= unit)
            .min(self.firms.len() - 1);
        let block = rank - rank % LOCAL_BLOCK;
        if self.firms[rank].reps > 60.0 || block + LOCAL_BLOCK > self.firms.len() {
            return rank as u32;
        }
        let (from, slots) = [(0, 4.0), (4, 3.0), (7, 2.0)][territory.min(2)];
        (block + from + (spot * slots) as usize) as u32
    }

    /// What the firm's filing says in a quarter (relative to 2024 Q1).
    pub(crate) fn filing(&self, firm: u32, quarter: i32) -> Filing {
        let traits = self.get(firm);
        let mut draw = self.streams.of(Kind::FirmPath, u64::from(firm));
        let path = Path::draw(&mut draw);
        Filing::draw(traits, &path, quarter, &mut draw)
    }
}

impl Firm {
    fn draw(
        draw: &mut Draw,
        reps: f64,
        share: f64,
        gaps: &[f64; 3],
        missing: &mut [Spread; 3],
    ) -> Self {
        // Rep-weighted asset quantiles of domain.md: 500 $M at 5.8 reps, 60,256 $M at 310.
        let slope = if reps < 310.0 { 1.2 } else { 0.73 };
        let steep = if reps < 5.8 {
            (reps / 5.8).powf(0.8)
        } else {
            1.0
        };
        let noise = if reps < 310.0 { 0.9 } else { 0.35 };
        let assets =
            (60_256.0 * steep * (reps / 310.0).powf(slope) * (noise * draw.normal()).exp())
                .clamp(0.5, ASSETS_MAX * 0.85);
        let small = reps < SMALL;
        let [assets_gap, growth_gap, clients_gap] = missing;
        let no_assets = small && assets_gap.hit(draw, share, gaps[0]);
        let more_growth = small && !no_assets && growth_gap.hit(draw, share, gaps[1]);
        let no_clients = small && clients_gap.hit(draw, share, gaps[2]);
        let independent = if reps < 50.0 { 0.62 } else { 0.18 };
        let ownership = if draw.chance(0.06) {
            None
        } else if draw.chance(independent) {
            Some(INDEPENDENT)
        } else {
            Some(1 + draw.weighted(&[3.0, 2.0, 4.0, 1.5]))
        };
        Self {
            reps,
            assets,
            no_assets,
            no_growth: no_assets || more_growth,
            no_clients,
            ownership,
        }
    }
}

/// Log growth of assets per quarter.
struct Path {
    level: [f64; PATH_LENGTH],
}

impl Path {
    fn draw(draw: &mut Draw) -> Self {
        let drift = 0.018 + 0.012 * draw.normal();
        let mut level = [0.0; PATH_LENGTH];
        for quarter in 1..PATH_LENGTH {
            let jump = if draw.chance(0.004) {
                1.6 * draw.normal()
            } else {
                0.0
            };
            level[quarter] = level[quarter - 1] + drift + 0.05 * draw.normal() + jump;
        }
        Self { level }
    }

    /// Log assets relative to 2024 Q1.
    fn at(&self, quarter: i32) -> f64 {
        let index = |q: i32| (q - PATH_START).clamp(0, PATH_LENGTH as i32 - 1) as usize;
        self.level[index(quarter)] - self.level[index(0)]
    }

    /// Growth over the last `quarters`, percent points.
    fn growth(&self, quarter: i32, quarters: i32) -> f64 {
        let ratio = (self.at(quarter) - self.at(quarter - quarters)).exp();
        (100.0 * (ratio - 1.0)).clamp(-100.0, 26_799.0)
    }
}

impl Filing {
    fn draw(firm: &Firm, path: &Path, quarter: i32, draw: &mut Draw) -> Self {
        let assets = (firm.assets * path.at(quarter).exp()).min(ASSETS_MAX);
        let crowd = (0.35 * path.at(quarter)).exp();
        let reps = (firm.reps * crowd).round().max(1.0);
        let employees = (reps * (1.2 + draw.spread(1.0, 0.7))).round().max(1.0);
        let institutional = draw.chance(0.02) && firm.reps < 300.0;
        let household = draw.spread(550_000.0, 0.8).clamp(20_000.0, 4e7);
        let book = 0.30 + 0.65 * draw.unit();
        let people = (assets * 1e6 * book / household).clamp(0.0, reps * 900.0);
        let people = if institutional {
            0.0
        } else {
            people.round().min(3_197_890.0)
        };
        let hnw_part = 0.04 + 0.36 * draw.unit();
        let wealthy = (people * hnw_part).round();
        let plans = (people * 0.02 * draw.unit()).round();
        let other = (2.0 + people * 0.05 * draw.unit()).round();
        let all = people + wealthy + plans + other;
        let hnw_assets = (0.10 + 0.85 * draw.unit()) * book.max(0.55);
        let people_assets = (book - hnw_assets * 0.5).max(0.02);
        let hnw_known = draw.chance(0.99);
        let (mutual, private, traded) =
            (0.4 * draw.unit(), draw.unit().powi(6), 0.35 * draw.unit());
        let pooled = if private > 0.05 {
            assets * private
        } else {
            0.0
        };
        let custody = [0.30, 0.28, 0.16, 0.06].map(|p| {
            if draw.chance(p) {
                Some(assets * draw.unit() * 0.7)
            } else {
                None
            }
        });
        let share_us = if draw.chance(0.8) {
            100.0
        } else {
            100.0 - draw.wait(9.0).min(70.0)
        };
        let us_known = draw.chance(0.93);
        let account_known = draw.chance(0.97);
        let account = assets * 1e6 / (all * draw.spread(1.4, 0.3)).max(1.0);
        let money = !firm.no_assets;
        let counts = !firm.no_clients;
        let percent = |part: f64| money.then_some((100.0 * part).clamp(0.0, 100.0));
        Self {
            assets: money.then_some(assets),
            reps,
            employees,
            growth_1y: (!firm.no_growth).then(|| path.growth(quarter, 4)),
            growth_5y: (!firm.no_growth).then(|| path.growth(quarter, 20)),
            clients_individuals: counts.then_some(people),
            clients_hnw: counts.then_some(wealthy),
            clients_plans: counts.then_some(plans),
            clients_all: counts.then_some(all),
            share_clients_individuals: counts.then_some(100.0 * people / all.max(1.0)),
            share_clients_hnw: counts.then_some(100.0 * wealthy / all.max(1.0)),
            share_assets: [
                percent(people_assets),
                if hnw_known { percent(hnw_assets) } else { None },
                percent(mutual),
                percent(private),
                percent(traded),
            ],
            managed: money.then_some(assets * 0.8 * (1.0 - private)),
            pooled: money.then_some(pooled),
            custody: if money { custody } else { [None; 4] },
            share_us: us_known.then_some(share_us),
            account: (account_known && money && counts).then_some(account),
        }
    }
}

/// Chooses firms so that the chosen share of reps stays near the wanted one at any scale:
/// the debt grows with every firm's share and a hit pays the firm's whole share.
#[derive(Debug, Default)]
struct Spread {
    debt: f64,
}

impl Spread {
    fn hit(&mut self, draw: &mut Draw, share: f64, rate: f64) -> bool {
        self.debt += rate * share;
        let hit = self.debt >= share * draw.unit().max(0.05) && self.debt > 0.0;
        if hit {
            self.debt -= share;
        }
        hit
    }
}

/// Shares proportional to 1 / (rank + offset), the offset set so that the first has `top`.
fn shares(count: usize, top: f64) -> Vec<f64> {
    let offset = shares_offset(count, top);
    let raw: Vec<f64> = (0..count)
        .map(|rank| 1.0 / (rank as f64 + offset))
        .collect();
    let total: f64 = raw.iter().sum();
    raw.iter().map(|r| r / total).collect()
}

fn shares_offset(count: usize, top: f64) -> f64 {
    let (mut low, mut high) = (0.05_f64, 200.0_f64);
    for _ in 0..60 {
        let offset = (low * high).sqrt();
        let total: f64 = (0..count).map(|rank| 1.0 / (rank as f64 + offset)).sum();
        if 1.0 / offset / total > top {
            low = offset;
        } else {
            high = offset;
        }
    }
    (low * high).sqrt()
}

/// Headcount at scale 1 of the firm that sits at cumulative rep share `middle`; the same at
/// every scale, so that rep-weighted distributions don't depend on it.
fn headcount(middle: f64, offset: f64) -> f64 {
    let total = ((FIRMS + offset) / offset).ln();
    (ROWS / (total * offset) * (-middle * total).exp()).clamp(1.0, 25_896.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weighted(scale: f64, value: impl Fn(&Firm) -> f64) -> f64 {
        let firms = Firms::new(&Streams::new(3), scale);
        let mut last = 0.0;
        let mut sum = 0.0;
        for (firm, end) in firms.firms.iter().zip(&firms.cumulative) {
            sum += value(firm) * (end - last);
            last = *end;
        }
        sum
    }

    #[test]
    fn the_tail_is_heavy_and_sizes_do_not_depend_on_scale() {
        let firms = Firms::new(&Streams::new(3), 1.0);
        let biggest = firms.get(0).reps;
        assert!((20_000.0..=25_896.0).contains(&biggest), "{biggest}");
        assert!(firms.get(firms.len() as u32 - 1).reps < 1.5);
        for scale in [0.05, 1.0] {
            let small = weighted(scale, |f| f64::from(f.assets < 100.0));
            let large = weighted(scale, |f| f64::from(f.assets > 500.0));
            assert!((0.04..0.12).contains(&small), "{scale} {small}");
            assert!((0.75..0.90).contains(&large), "{scale} {large}");
        }
    }

    #[test]
    fn gaps_hold_their_share_of_reps() {
        for scale in [0.05, 0.3, 1.0] {
            let gap = weighted(scale, |f| f64::from(f.no_assets));
            let growth = weighted(scale, |f| f64::from(f.no_growth));
            assert!((gap - 0.067).abs() < 0.012, "{scale} {gap}");
            assert!((growth - 0.097).abs() < 0.015, "{scale} {growth}");
        }
    }

    #[test]
    fn filings_move_with_time_and_stay_in_range() {
        let firms = Firms::new(&Streams::new(3), 0.05);
        let mut moved = 0;
        for firm in 0..firms.len() as u32 {
            let (then, now) = (firms.filing(firm, 0), firms.filing(firm, 7));
            moved += usize::from(then.assets != now.assets);
            for share in now.share_assets.iter().flatten().chain(&now.share_us) {
                assert!((0.0..=100.0).contains(share));
            }
            assert!(
                now.growth_1y
                    .is_none_or(|g| (-100.0..=26_799.0).contains(&g))
            );
        }
        assert!(moved > firms.len() * 8 / 10);
    }

    #[test]
    fn small_firms_stay_in_their_territory() {
        let firms = Firms::new(&Streams::new(3), 0.2);
        for step in 0..1000 {
            let unit = 0.6 + 0.0004 * f64::from(step);
            let firm = firms.pick(unit, 0.9, 1);
            let slot = firm as usize % LOCAL_BLOCK;
            let local =
                firms.get(firm).reps <= 60.0 && firm as usize - slot + LOCAL_BLOCK <= firms.len();
            assert!(!local || (4..7).contains(&slot), "{firm} {slot}");
        }
    }
}
