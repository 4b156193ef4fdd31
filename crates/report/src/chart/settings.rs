//! Small plots of what each value of a parameter came to, all on one upright scale.

use leadrank_evidence::{Parameter, Setting};

use super::frame::LEFT;
use super::scale::Scale;
use super::{
    Chart, Element, LETTER, NAME_LETTER, WIDTH, drawable, label, label_step, letters, line, name,
    text_width,
};
use crate::format::{number, signed};

/// Plots beside each other.
const COLUMNS: usize = 2;
/// Room between plots.
const GAP: f64 = 14.0;
/// Room above the first row, for what the values are.
const HEAD: f64 = 22.0;
/// Height of a plot with its name and its ticks.
const ROW: f64 = 124.0;
/// Room above a plot, for its name.
const NAME: f64 = 24.0;
/// Room below a plot, for its values.
const TICKS: f64 = 26.0;
/// Parameters that the description tells of.
const TOLD: usize = 8;

/// One plot a parameter, two beside each other: at each value a dot for the mean and a short line
/// for the best; the chosen value's dot is filled. `of` says what the values are; zero is dashed.
pub fn settings(title: &str, of: &str, parameters: &[Parameter]) -> Chart {
    let shown: Vec<(&Parameter, Vec<Setting>)> = parameters
        .iter()
        .map(|parameter| (parameter, drawn(parameter)))
        .filter(|(_, settings)| !settings.is_empty())
        .collect();
    if shown.is_empty() {
        return Chart::nothing(title);
    }
    let ends = shown
        .iter()
        .flat_map(|(_, settings)| settings)
        .flat_map(|setting| [setting.mean, setting.best])
        .fold((0.0, 0.0), |(lo, hi): (f64, f64), value| {
            (lo.min(value), hi.max(value))
        });
    // marks must not lie on names and axes
    let margin = 0.06 * (ends.1 - ends.0);
    let ends = (ends.0 - margin, ends.1 + margin);
    let rows = shown.len().div_ceil(COLUMNS);
    let height = HEAD + ROW * rows as f64;
    let mut chart = Chart::new(title, description(of, &shown), height);
    let room = letters(WIDTH, NAME_LETTER);
    chart.add(name((0.0, 14.0), "start", "axis", of, room));
    let width = (WIDTH - LEFT - GAP * (COLUMNS as f64 - 1.0) - 4.0) / COLUMNS as f64;
    for (place, (parameter, settings)) in shown.iter().enumerate() {
        let (row, column) = (place / COLUMNS, place % COLUMNS);
        let left = LEFT + column as f64 * (width + GAP);
        let top = HEAD + ROW * row as f64;
        let plot = Plot {
            x: Scale::new((0.0, settings.len() as f64), (left, left + width)),
            y: Scale::new(ends, (top + ROW - TICKS, top + NAME)),
            left,
            right: left + width,
            top,
            bottom: top + ROW - TICKS,
        };
        plot.draw(&mut chart, parameter, settings, column == 0);
    }
    chart
}

/// The values that can be drawn.
fn drawn(parameter: &Parameter) -> Vec<Setting> {
    let settings = parameter.settings.iter().copied();
    settings
        .filter(|setting| {
            let values = [setting.value, setting.mean, setting.best];
            values.iter().all(|&value| drawable(value).is_some())
        })
        .collect()
}

struct Plot {
    x: Scale,
    y: Scale,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Plot {
    fn draw(&self, chart: &mut Chart, parameter: &Parameter, settings: &[Setting], first: bool) {
        let room = letters(self.right - self.left, LETTER);
        let at = (self.left, self.top + 14.0);
        chart.add(name(at, "start", "strong", &parameter.name, room));
        let digits = self.y.tick_digits(3);
        for tick in self.y.ticks(3) {
            let y = self.y.place(tick);
            let is_zero = tick.abs() < 1e-12;
            let class = if is_zero { "chance" } else { "grid" };
            chart.add(line(class, (self.left, y), (self.right, y)));
            if first {
                let text = if is_zero {
                    "0".into()
                } else {
                    signed(tick, digits)
                };
                chart.add(label(self.left - 5.0, y + 4.0, "end", "tick", text));
            }
        }
        chart.add(line(
            "base",
            (self.left, self.bottom),
            (self.right, self.bottom),
        ));
        let widest = settings
            .iter()
            .map(|setting| text_width(&number(setting.value)));
        let widest = widest.fold(0.0, f64::max);
        let apart = (self.right - self.left) / settings.len() as f64;
        let step = label_step(widest + 5.0, apart);
        for (place, setting) in settings.iter().enumerate() {
            let x = self.x.place(place as f64 + 0.5);
            if place % step == 0 {
                let text = number(setting.value);
                chart.add(label(x, self.bottom + 15.0, "middle", "tick", text));
            }
            let best = self.y.place(setting.best);
            chart.add(line("interval-bar", (x - 6.0, best), (x + 6.0, best)));
            let is_chosen = setting.value == parameter.chosen;
            let told = format!(
                "{} {}: mean {}, best {}, n = {}",
                parameter.name,
                number(setting.value),
                signed(setting.mean, 4),
                signed(setting.best, 4),
                setting.n
            );
            let dot = Element::new("circle")
                .class(if is_chosen { "dot" } else { "open" })
                .at("cx", x)
                .at("cy", self.y.place(setting.mean))
                .at("r", if is_chosen { 5.0 } else { 3.6 });
            chart.add(dot.child(Element::new("title").text(told)));
        }
    }
}

fn description(of: &str, shown: &[(&Parameter, Vec<Setting>)]) -> String {
    let told = shown.iter().take(TOLD).filter_map(|(parameter, settings)| {
        let mean = |setting: &&Setting| setting.mean;
        let best = settings.iter().max_by(|a, b| mean(a).total_cmp(&mean(b)))?;
        let worst = settings.iter().min_by(|a, b| mean(a).total_cmp(&mean(b)))?;
        Some(format!(
            "{} from {} ({}) to {} ({})",
            parameter.name,
            signed(worst.mean, 4),
            number(worst.value),
            signed(best.mean, 4),
            number(best.value)
        ))
    });
    let told: Vec<String> = told.collect();
    format!("{of}. Means: {}.", told.join("; "))
}
