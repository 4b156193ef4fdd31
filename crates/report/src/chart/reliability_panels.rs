//! Whether probabilities come true, group by group.

use leadrank_evidence::{ReliabilityBin, ReliabilityLine};

use super::frame::LEFT;
use super::scale::{Scale, nice_end};
use super::{
    Chart, LETTER, WIDTH, dot, drawable, drawable_estimate, label, letters, line, name, whisker,
};
use crate::format::{count, fixed};

/// Plots beside each other.
const COLUMNS: usize = 2;
/// Room between plots.
const GAP: f64 = 14.0;
/// Room above the first row, for what the axes are.
const HEAD: f64 = 22.0;
/// Height of a plot with its name and its ticks.
const ROW: f64 = 172.0;
/// Room above a plot, for its name.
const NAME: f64 = 24.0;
/// Room below a plot, for its ticks.
const TICKS: f64 = 26.0;

/// One small plot a group, two beside each other and all on one scale: observed share against mean
/// probability, with Wilson whiskers and the diagonal where both agree.
pub fn reliability_panels(title: &str, groups: &[ReliabilityLine]) -> Chart {
    let shown: Vec<(&ReliabilityLine, Vec<ReliabilityBin>)> = groups
        .iter()
        .map(|group| (group, group.bins.iter().copied().filter(known).collect()))
        .filter(|(_, bins): &(_, Vec<ReliabilityBin>)| !bins.is_empty())
        .collect();
    if shown.is_empty() {
        return Chart::nothing(title);
    }
    let bins = || shown.iter().flat_map(|(_, bins)| bins);
    let points = bins()
        .map(|bin| bin.predicted.max(bin.observed.value))
        .fold(0.0, f64::max);
    let whiskers = bins().map(|bin| bin.observed.hi).fold(0.0, f64::max);
    // a whisker much longer than the data is high is cut at the border
    let high = nice_end(100.0 * whiskers.min(1.2 * points).max(points)).min(100.0);
    let rows = shown.len().div_ceil(COLUMNS);
    let height = HEAD + ROW * rows as f64 + 16.0;
    let mut chart = Chart::new(title, description(&shown), height);
    chart.add(label(0.0, 14.0, "start", "axis", "share observed"));
    let width = (WIDTH - LEFT - GAP * (COLUMNS as f64 - 1.0) - 8.0) / COLUMNS as f64;
    for (place, (group, bins)) in shown.iter().enumerate() {
        let left = LEFT + (place % COLUMNS) as f64 * (width + GAP);
        let top = HEAD + ROW * (place / COLUMNS) as f64;
        let (upper, bottom) = (top + NAME, top + ROW - TICKS);
        let x = Scale::new((0.0, high), (left, left + width));
        let y = Scale::new((0.0, high), (bottom, upper));
        let n: u64 = bins.iter().map(|bin| bin.observed.n).sum();
        let text = format!("{} ({})", group.name, count(n));
        chart.add(name(
            (left, top + 14.0),
            "start",
            "strong",
            &text,
            letters(width, LETTER),
        ));
        let digits = y.tick_digits(4);
        for tick in y.ticks(4) {
            chart.add(line(
                "grid",
                (left, y.place(tick)),
                (left + width, y.place(tick)),
            ));
            let text = format!("{}%", fixed(tick, digits));
            if place % COLUMNS == 0 {
                chart.add(label(left - 5.0, y.place(tick) + 4.0, "end", "tick", &text));
            }
            // a label at the end would run into that of the plot beside it
            if x.place(tick) < left + width - 14.0 {
                chart.add(label(x.place(tick), bottom + 14.0, "middle", "tick", text));
            }
        }
        chart.add(line("base", (left, bottom), (left + width, bottom)));
        let corner = |value: f64| (x.place(value), y.place(value));
        chart.add(line("chance", corner(0.0), corner(high)));
        for bin in bins {
            let at = x.place(100.0 * bin.predicted);
            let up = |value: f64| y.place(100.0 * value);
            chart.add(whisker(at, up(bin.observed.lo), up(bin.observed.hi)));
            chart.add(dot(at, up(bin.observed.value)));
        }
    }
    chart.add(label(
        WIDTH / 2.0,
        height - 6.0,
        "middle",
        "axis",
        "probability predicted",
    ));
    chart
}

fn known(bin: &ReliabilityBin) -> bool {
    drawable(bin.predicted).is_some() && drawable_estimate(&bin.observed).is_some()
}

fn description(shown: &[(&ReliabilityLine, Vec<ReliabilityBin>)]) -> String {
    let groups = shown.iter().map(|(group, bins)| {
        let agree = |bin: &&ReliabilityBin| bin.observed.interval().contains(bin.predicted);
        let agreeing = bins.iter().filter(agree).count();
        let n: u64 = bins.iter().map(|bin| bin.observed.n).sum();
        format!(
            "{} {agreeing} of {} (n = {})",
            group.name,
            bins.len(),
            count(n)
        )
    });
    format!(
        "Observed share against predicted probability in groups of about equal size; so many lie \
         within the 95 % interval of what happened: {}.",
        groups.collect::<Vec<String>>().join("; ")
    )
}
