//! Whether probabilities come true, group by group.

use leadrank_evidence::{ReliabilityBin, ReliabilityLine};

use super::frame::{LEFT, level_labels};
use super::reliability::{bin, diagonal};
use super::scale::{Scale, extent, interval_extent, nice_end};
use super::{Chart, NAME_LETTER, WIDTH, drawable, drawable_estimate, label, letters, line, name};
use crate::format::{count, fixed, sentence};

/// Plots beside each other.
const COLUMNS: usize = 2;
/// Room between plots.
const GAP: f64 = 28.0;
/// Room right of the plots, for half a label.
const EDGE: f64 = 14.0;
/// Room above the first row, for what the axes are.
const HEAD: f64 = 22.0;
/// Height of a plot.
const PLOT: f64 = 122.0;
/// Room above a plot, for its name in one line and n.
const NAME: f64 = 38.0;
/// Height of a line of text.
const LINE: f64 = 15.0;
/// Room below a plot, for its ticks.
const TICKS: f64 = 26.0;
/// Axes that end so far from each other, or nearer, end in one place.
const ALIKE: f64 = 1.6;
/// Groups that the description tells of.
const TOLD: usize = 8;

/// A group with the bins that can be drawn.
type Shown<'a> = (&'a ReliabilityLine, Vec<ReliabilityBin>);

/// One small plot a group, two beside each other and all on one scale: observed share against mean
/// probability, with Wilson whiskers and the diagonal where both agree.
pub fn reliability_panels(title: &str, groups: &[ReliabilityLine]) -> Chart {
    let shown: Vec<Shown> = groups
        .iter()
        .map(|group| (group, group.bins.iter().copied().filter(known).collect()))
        .filter(|(_, bins): &Shown| !bins.is_empty())
        .collect();
    if shown.is_empty() {
        return Chart::nothing(title);
    }
    let (across, up) = highs(&shown);
    let columns = COLUMNS.min(shown.len());
    let rows = shown.len().div_ceil(columns);
    let width = (WIDTH - LEFT - EDGE - GAP * (columns as f64 - 1.0)) / columns as f64;
    let is_long = |(group, _): &Shown| !in_two(&group.name, name_room(width)).1.is_empty();
    let above = NAME + if shown.iter().any(is_long) { LINE } else { 0.0 };
    let row = above + PLOT + TICKS;
    let height = HEAD + row * rows as f64 + 16.0;
    let mut chart = Chart::new(title, description(&shown), height);
    chart.add(label(0.0, 14.0, "start", "axis", "share observed"));
    chart.add(label(WIDTH, 14.0, "end", "second", "– – as predicted"));
    for (place, group) in shown.iter().enumerate() {
        let left = LEFT + (place % columns) as f64 * (width + GAP);
        let top = HEAD + row * (place / columns) as f64;
        let (upper, bottom) = (top + above, top + above + PLOT);
        let plot = Plot {
            above,
            x: Scale::new((0.0, across), (left, left + width)),
            y: Scale::new((0.0, up), (bottom, upper)),
            left,
            right: left + width,
            top,
            bottom,
        };
        plot.draw(&mut chart, group, place % columns == 0);
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

/// Ends of both axes in percent: of rare events the whiskers reach far beyond the probabilities,
/// which would else stand in a corner.
fn highs(shown: &[Shown]) -> (f64, f64) {
    let bins = || shown.iter().flat_map(|(_, bins)| bins);
    let observed: Vec<(f64, f64, f64)> = bins()
        .map(|bin| (bin.observed.value, bin.observed.lo, bin.observed.hi))
        .collect();
    let predicted = extent(bins().map(|bin| bin.predicted)).1;
    let end = |share: f64| nice_end(100.0 * share).min(100.0);
    let (across, up) = (end(predicted), end(interval_extent(&observed).1));
    match across.max(up) <= ALIKE * across.min(up) {
        true => (across.max(up), across.max(up)),
        false => (across, up),
    }
}

/// Letters of a name above a plot; it may go on into the room between plots.
fn name_room(width: f64) -> usize {
    letters(width + 0.5 * GAP, NAME_LETTER)
}

/// A text in two lines, the second without its middle where it still is too long.
fn in_two(text: &str, room: usize) -> (String, String) {
    if text.chars().count() <= room {
        return (text.into(), String::new());
    }
    let mut first = String::new();
    let mut words = text.split_inclusive(' ');
    for word in words.by_ref() {
        if (first.chars().count() + word.trim_end().chars().count()) > room {
            let rest: String = std::iter::once(word).chain(words).collect();
            return match first.is_empty() {
                true => (rest, String::new()),
                false => (first.trim_end().into(), rest),
            };
        }
        first.push_str(word);
    }
    (first, String::new())
}

struct Plot {
    above: f64,
    x: Scale,
    y: Scale,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Plot {
    fn draw(&self, chart: &mut Chart, (group, bins): &Shown, first: bool) {
        let (first_line, second_line) = in_two(&group.name, name_room(self.right - self.left));
        let n = format!("n = {}", count(rows(bins)));
        // what is written stands on the plot, however many lines it has
        let lines = [
            (first_line, "strong"),
            (second_line, "strong"),
            (n, "muted"),
        ];
        let lines = lines.iter().filter(|(text, _)| !text.is_empty());
        for (number, (text, class)) in lines.rev().enumerate() {
            let y = self.top + self.above - 9.0 - LINE * number as f64;
            let place = (self.left, y);
            let room = name_room(self.right - self.left);
            chart.add(name(place, "start", class, text, room));
        }
        let digits = self.y.tick_digits(4);
        for tick in self.y.ticks(4) {
            let y = self.y.place(tick);
            chart.add(line("grid", (self.left, y), (self.right, y)));
            if first {
                let text = format!("{}%", fixed(tick, digits));
                chart.add(label(self.left - 5.0, y + 4.0, "end", "tick", text));
            }
        }
        chart.add(line(
            "base",
            (self.left, self.bottom),
            (self.right, self.bottom),
        ));
        for (x, anchor, text) in level_labels(&self.x, 4, "%") {
            chart.add(label(x, self.bottom + 14.0, anchor, "tick", text));
        }
        chart.add(diagonal(&self.x, &self.y));
        for one in bins {
            chart
                .body
                .extend(bin(&self.x, &self.y, one.predicted, &one.observed));
        }
    }
}

fn rows(bins: &[ReliabilityBin]) -> u64 {
    let rows = bins.iter().map(|bin| bin.observed.n);
    rows.fold(0, u64::saturating_add)
}

fn known(bin: &ReliabilityBin) -> bool {
    drawable(bin.predicted).is_some() && drawable_estimate(&bin.observed).is_some()
}

fn description(shown: &[Shown]) -> String {
    let groups = shown.iter().take(TOLD).map(|(group, bins)| {
        let agree = |bin: &&ReliabilityBin| bin.observed.interval().contains(bin.predicted);
        let agreeing = bins.iter().filter(agree).count();
        format!(
            "{} {agreeing} of {} (n = {})",
            sentence(&group.name),
            bins.len(),
            count(rows(bins))
        )
    });
    let groups: Vec<String> = groups.collect();
    let more = match shown.len().saturating_sub(TOLD) {
        0 => String::new(),
        more => format!("; {more} more groups"),
    };
    format!(
        "Share that was observed against the probability that was predicted, with 95 % intervals; \
         on the dashed line both agree. Points whose interval holds the prediction: {}{more}.",
        groups.join("; ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_break_between_words() {
        let two = |text: &str| in_two(text, 12);
        let own = |first: &str, second: &str| (first.to_string(), second.to_string());
        assert_eq!(two("All leads"), own("All leads", ""));
        assert_eq!(
            two("Firms over $500 million"),
            own("Firms over", "$500 million")
        );
        assert_eq!(two("AUMGrowthRate_1Year"), own("AUMGrowthRate_1Year", ""));
        assert_eq!(two("").0, "");
    }
}
