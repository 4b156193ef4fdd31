//! Does a single feature, or the whole model, predict better than is plausible?

use std::collections::BTreeSet;

use leadrank_evidence::{
    BarScale, Cell, Finding, Gate, Mark, Picture, Section, Severity, Table, Unit, Verdict,
};
use leadrank_features::catalog;
use leadrank_learn::split::Rows as _;
use leadrank_learn::xgboost::Library;
use leadrank_stats::binning::Binning;
use leadrank_stats::{Estimate, auc, chi_square, quantile, ranking};

use super::trial::{self, NO_TRAINER, Scored, Trial, named, spot, unless_few, with_interval};
use crate::checks::data::Input;
use crate::checks::part::Part;
use crate::error::Result;
use crate::stages::train::model_features;
use crate::words;

/// Quantile bins of a feature; nulls get one more.
const BINS: usize = 10;
/// Fewest positives for which a feature is judged.
const POSITIVES: u64 = 20;
/// What luck may make of an information value, all features together.
const LUCK: f64 = 0.001;
/// A feature is only suspected if its area is surely above this.
const SURE: f64 = 0.55;
/// Distance from 0.5 as a multiple of the median distance of all features, and at least,
/// from which a feature stands out.
const STANDS_OUT: (f64, f64) = (6.0, 0.08);
/// Suspects that a model is trained without.
const TRIED: usize = 3;
/// AUC-ROC above this on contacted leads was never reached without leakage (domain.md,
/// "Validation gates and thresholds": honest work .58-.67).
const PLAUSIBLE_AUC: f64 = 0.75;
/// Base rates above this are not those of contacted leads, so the bound says nothing.
const LEADS_BASE_RATE: f64 = 0.08;
/// Bars in the picture.
const DRAWN: usize = 15;

/// What one feature says about the outcome, on rows before the test.
struct Screen {
    name: &'static str,
    iv: f64,
    iv_chance: f64,
    /// Probability of such an information value by luck.
    iv_luck: f64,
    area: Estimate,
    auc_pr: f64,
    nulls: u64,
}

/// Why a feature is suspected.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Suspicion {
    StandsOut,
    TooGood,
}

/// What a model loses without some features.
struct Loss {
    without: Vec<&'static str>,
    auc: Estimate,
    auc_pr: Estimate,
    auc_lost: Estimate,
    auc_pr_lost: Estimate,
}

/// See the module's own text.
pub(super) fn part(input: &Input<'_>) -> Result<Part> {
    let limits = &input.project.config().gates;
    let rows: Vec<usize> = input
        .leads
        .parts()?
        .development
        .indices()
        .iter()
        .copied()
        .filter(|&row| input.leads.months[row].is_some() && input.leads.labels[row].is_some())
        .collect();
    let labels: Vec<bool> = rows
        .iter()
        .map(|&row| input.leads.labels[row] == Some(true))
        .collect();
    let positives = trial::positives(&labels);
    let mut screens = screens(input, &rows, &labels)?;
    screens
        .sort_by(|a, b| (b.area.value.total_cmp(&a.area.value)).then_with(|| a.name.cmp(b.name)));
    let distances: Vec<f64> = screens
        .iter()
        .map(|screen| (screen.area.value - 0.5).abs())
        .collect();
    let usual = quantile::linear(&distances, 0.5).unwrap_or(0.0);
    let tests = screens.len() as f64;
    let suspicion = |screen: &Screen| {
        let by_value = screen.iv - screen.iv_chance > limits.too_good_iv
            && screen.iv_luck * tests < LUCK
            && screen.area.lo > SURE;
        if by_value || screen.area.lo > limits.too_good_auc {
            return Some(Suspicion::TooGood);
        }
        let far = screen.area.value - 0.5 > STANDS_OUT.0 * usual;
        (far && surely(&screen.area) - 0.5 > STANDS_OUT.1).then_some(Suspicion::StandsOut)
    };
    let suspects: Vec<(&Screen, Suspicion)> = screens
        .iter()
        .filter_map(|screen| Some((screen, suspicion(screen)?)))
        .collect();

    let mut part = Part::default();
    let named = apart(&suspects);
    let tried: Vec<&Screen> = match named.is_empty() {
        true => screens.first().into_iter().collect(),
        false => named
            .iter()
            .map(|(screen, _)| *screen)
            .take(TRIED)
            .collect(),
    };
    let trials = Trials::run(input, &tried)?;
    for (screen, reason) in named {
        let loss = trials.as_ref().and_then(|trials| trials.loss(screen.name));
        let limits = (limits.too_good_iv, limits.too_good_auc);
        part.findings.push(of_suspect(screen, reason, loss, limits));
    }
    if let Some(whole) = trials.as_ref().and_then(Trials::whole_model) {
        part.findings.push(whole);
    }
    let best = screens.first();
    if suspects.is_empty()
        && let Some(best) = best
    {
        part.findings.push(
            Finding::new(
                "leakage.too_good",
                Severity::Pass,
                format!(
                    "no single feature predicts suspiciously well: the best, {}, puts {:.0} of 100 pairs of a lead with and one without a call in the right order, where 50 is guessing",
                    best.name, 100.0 * best.area.value
                ),
            )
            .because(format!(
                "AUC {}, the share of such pairs; information value {:.3} (by chance {:.3}); {} leads, {} of them with a call.",
                with_interval(&best.area), best.iv, best.iv_chance, words::count(rows.len() as u64), words::count(positives)
            ))
            .rows(positives, rows.len() as u64).things("leads"),
        );
    }
    let verdict = match suspects.iter().map(|(_, reason)| *reason).max() {
        Some(Suspicion::TooGood) => Verdict::Fail,
        Some(Suspicion::StandsOut) => Verdict::Warn,
        None if trials.as_ref().and_then(Trials::whole_model).is_some() => Verdict::Warn,
        None => Verdict::Pass,
    };
    let named: Vec<&str> = suspects.iter().map(|(screen, _)| screen.name).collect();
    part.gates.push(Gate {
        id: "leakage.too_good".into(),
        rule: format!(
            "no single feature has an information value more than {} above chance or an AUC surely above {}",
            limits.too_good_iv, limits.too_good_auc
        ),
        value: best.map(|best| best.area.into()),
        unit: Unit::Score,
        verdict: unless_few(positives >= POSITIVES && best.is_some(), verdict),
        action: format!(
            "find out when the vendor or the CRM fills {}; keep out with features.exclude what is not known to be filled before the contact",
            match named.is_empty() {
                true => "the feature".to_owned(),
                false => words::list(&named),
            }
        ),
        brief: None,
        forced: None,
    });
    part.sections.push(section(
        &screens,
        trials.as_ref(),
        (rows.len() as u64, positives),
        limits.too_good_auc,
    ));
    Ok(part)
}

/// A lower end of twice the distance: of 69 features that say nothing, luck brings one in
/// 300 projects past 0.5.
fn surely(area: &Estimate) -> f64 {
    area.value - 2.0 * (area.value - area.lo)
}

/// All features on these rows.
fn screens(input: &Input<'_>, rows: &[usize], labels: &[bool]) -> Result<Vec<Screen>> {
    let leads = &input.leads;
    let first_half: Vec<bool> = rows
        .iter()
        .map(|&row| {
            let adviser = leads.advisers[row].as_deref();
            spot(0, adviser.unwrap_or(&leads.ids[row])).is_multiple_of(2)
        })
        .collect();
    let mut screens = Vec::new();
    for feature in catalog() {
        let column = leads.feature(feature.name)?;
        let values: Vec<f64> = rows.iter().map(|&row| column[row]).collect();
        let Ok(binning) = Binning::fit(&values, labels, BINS) else {
            continue;
        };
        let Some((area, auc_pr)) = of_halves(&values, labels, &first_half) else {
            continue;
        };
        let positives = trial::positives(labels) as f64;
        let negatives = labels.len() as f64 - positives;
        // The information value is about chi-square over this; see its chance level.
        let scale = 1.0 / positives + 1.0 / negatives;
        let freedom = binning.bins.len().saturating_sub(1) as u64;
        screens.push(Screen {
            name: feature.name,
            iv: binning.iv,
            iv_chance: binning.chance,
            iv_luck: chi_square::survival(binning.iv / scale, freedom).unwrap_or(1.0),
            area,
            auc_pr,
            nulls: values.iter().filter(|value| value.is_nan()).count() as u64,
        });
    }
    Ok(screens)
}

/// Area and average precision of a feature, each half of the advisers scored by the weight
/// of evidence of bins that were fitted on the other half: so nulls and bends in the middle
/// count, and nothing is flattered. The figures are means over the halves.
fn of_halves(values: &[f64], labels: &[bool], first_half: &[bool]) -> Option<(Estimate, f64)> {
    let pick = |wanted: bool| -> (Vec<f64>, Vec<bool>) {
        let chosen = (0..labels.len()).filter(|&row| first_half[row] == wanted);
        chosen.map(|row| (values[row], labels[row])).unzip()
    };
    let halves = [pick(true), pick(false)];
    let mut found = Vec::new();
    for (fitted, scored) in [(0, 1), (1, 0)] {
        let binning = Binning::fit(&halves[fitted].0, &halves[fitted].1, BINS).ok()?;
        let (values, labels) = &halves[scored];
        let scores: Vec<f64> = values
            .iter()
            .map(|&value| binning.woe(value).unwrap_or(0.0))
            .collect();
        found.push((
            auc::delong(labels, &scores, 0.95)?,
            ranking::auc_pr(labels, &scores)?,
        ));
    }
    let [(one, one_pr), (two, two_pr)] = found[..] else {
        return None;
    };
    let value = (one.value + two.value) / 2.0;
    let half = (one.value - one.lo).hypot(two.value - two.lo) / 2.0;
    let estimate = Estimate {
        value,
        lo: (value - half).max(0.0),
        hi: (value + half).min(1.0),
        n: one.n + two.n,
        positives: one.positives + two.positives,
        chance: Some(0.5),
    };
    Some((estimate, (one_pr + two_pr) / 2.0))
}

/// A feature and all that is computed from it.
fn with_followers(name: &'static str) -> Vec<&'static str> {
    let mut found: BTreeSet<&str> = BTreeSet::from([name]);
    loop {
        let more: Vec<&str> = catalog()
            .iter()
            .filter(|feature| !found.contains(feature.name))
            .filter(|feature| feature.sources.iter().any(|source| found.contains(source)))
            .map(|feature| feature.name)
            .collect();
        if more.is_empty() {
            break;
        }
        found.extend(more);
    }
    catalog()
        .iter()
        .map(|feature| feature.name)
        .filter(|known| found.contains(known))
        .collect()
}

/// Suspects, worst first, without those that are computed from another one.
fn apart<'a>(suspects: &[(&'a Screen, Suspicion)]) -> Vec<(&'a Screen, Suspicion)> {
    let follows = |screen: &Screen| {
        suspects.iter().any(|(other, _)| {
            other.name != screen.name && with_followers(other.name).contains(&screen.name)
        })
    };
    let mut apart = suspects.to_vec();
    apart.retain(|(screen, _)| !follows(screen));
    apart.sort_by_key(|(_, reason)| std::cmp::Reverse(*reason));
    apart
}

/// The model with all features, and without each of those tried.
struct Trials {
    auc: Estimate,
    auc_pr: Estimate,
    base_rate: f64,
    losses: Vec<(&'static str, Loss)>,
}

impl Trials {
    fn run(input: &Input<'_>, tried: &[&Screen]) -> Result<Option<Trials>> {
        let Some(library) = trial::trainer()? else {
            return Ok(None);
        };
        let names = model_features(input.project)?;
        let all: Vec<&str> = names.iter().map(String::as_str).collect();
        let Some(full) = scored(input, library, &all)? else {
            return Ok(None);
        };
        let units: Vec<&str> = full
            .rows
            .iter()
            .map(|&row| {
                let adviser = input.leads.advisers[row].as_deref();
                adviser.unwrap_or(&input.leads.ids[row])
            })
            .collect();
        let judge = |metric: fn(&[bool], &[f64]) -> Option<f64>, scored: &Scored| {
            trial::jackknife(&full.labels, &units, |kept| at(metric, scored, kept))
        };
        let lost = |metric: fn(&[bool], &[f64]) -> Option<f64>, scored: &Scored| {
            trial::jackknife(&full.labels, &units, |kept| {
                Some(at(metric, &full, kept)? - at(metric, scored, kept)?)
            })
        };
        let (Some(auc), Some(auc_pr)) = (
            judge(ranking::auc_roc, &full),
            judge(ranking::auc_pr, &full),
        ) else {
            return Ok(None);
        };
        let mut losses = Vec::new();
        for screen in tried {
            let without = with_followers(screen.name);
            let kept: Vec<&str> = all
                .iter()
                .copied()
                .filter(|name| !without.contains(name))
                .collect();
            // A feature that the model does not use costs nothing.
            if kept.len() == all.len() || kept.is_empty() {
                continue;
            }
            let Some(less) = scored(input, library, &kept)? else {
                continue;
            };
            let figures = (
                judge(ranking::auc_roc, &less),
                judge(ranking::auc_pr, &less),
                lost(ranking::auc_roc, &less),
                lost(ranking::auc_pr, &less),
            );
            if let (Some(auc), Some(auc_pr), Some(auc_lost), Some(auc_pr_lost)) = figures {
                let loss = Loss {
                    without,
                    auc,
                    auc_pr,
                    auc_lost,
                    auc_pr_lost,
                };
                losses.push((screen.name, loss));
            }
        }
        Ok(Some(Trials {
            base_rate: auc.positives as f64 / auc.n.max(1) as f64,
            auc,
            auc_pr,
            losses,
        }))
    }

    fn loss(&self, name: &str) -> Option<&Loss> {
        let found = self.losses.iter().find(|(tried, _)| *tried == name);
        found.map(|(_, loss)| loss)
    }

    /// The whole model better than honest work ever was.
    fn whole_model(&self) -> Option<Finding> {
        if self.auc.lo <= PLAUSIBLE_AUC || self.base_rate >= LEADS_BASE_RATE {
            return None;
        }
        let finding = Finding::new(
            "leakage.whole_model",
            Severity::Warn,
            format!(
                "the model ranks better (AUC-ROC {:.3}) than anybody ever ranked contacted leads without seeing the outcome",
                self.auc.value
            ),
        )
        .because(format!(
            "AUC-ROC {} on {} test rows with {} positives; honest models of this field reached 0.58 to 0.67, and {PLAUSIBLE_AUC} was never passed without leakage.",
            with_interval(&self.auc), self.auc.n, self.auc.positives
        ))
        .rows(self.auc.positives, self.auc.n).things("leads")
        .remedy("look for a column that is filled after the outcome before calling this a success")
        .strength(self.auc.lo);
        Some(finding)
    }
}

/// The test rows scored by a model on these features.
fn scored(input: &Input<'_>, library: Library, names: &[&str]) -> Result<Option<Scored>> {
    let leads = &input.leads;
    let matrix = leads.matrix.select_columns(names)?;
    let trial = Trial {
        library,
        matrix: &matrix,
        labels: &leads.labels,
        split: leads.parts()?,
        threads: input.request.threads,
    };
    let config = input.project.config();
    let fitted = trial.fit(&trial::light(&config.model, config.seed))?;
    let test = &leads.parts()?.test;
    Ok(fitted.map(|fitted| trial.score(&fitted, test)))
}

fn at(metric: fn(&[bool], &[f64]) -> Option<f64>, scored: &Scored, kept: &[usize]) -> Option<f64> {
    let labels: Vec<bool> = kept.iter().map(|&row| scored.labels[row]).collect();
    let margins: Vec<f64> = kept.iter().map(|&row| scored.margins[row]).collect();
    metric(&labels, &margins)
}

fn of_suspect(
    screen: &Screen,
    reason: Suspicion,
    loss: Option<&Loss>,
    (iv_limit, auc_limit): (f64, f64),
) -> Finding {
    let (severity, headline) = match reason {
        Suspicion::TooGood => (
            Severity::Fail,
            format!(
                "{} alone predicts the outcome better than is plausible (AUC {:.3}): does it know what came after the contact?",
                screen.name, screen.area.value
            ),
        ),
        Suspicion::StandsOut => (
            Severity::Warn,
            format!(
                "{} alone predicts the outcome far better (AUC {:.3}) than the other features",
                screen.name, screen.area.value
            ),
        ),
    };
    let mut finding = Finding::new("leakage.too_good", severity, headline)
        .because(format!(
            "AUC {}, chance 0.5, suspicious from {auc_limit}; information value {:.3}, chance {:.3}, suspicious from {iv_limit} above chance ({} leads, {} of them with a call; AUC out of sample).",
            with_interval(&screen.area), screen.iv, screen.iv_chance, words::count(screen.area.n), words::count(screen.area.positives)
        ))
        .rows(screen.area.positives, screen.area.n).things("leads")
        .remedy(format!(
            "find out when {} is filled; until then keep it out: features.exclude = [\"{}\"]",
            screen.name, screen.name
        ))
        .strength(10.0 + 10.0 * (screen.area.value - 0.5) + screen.iv);
    if let Some(loss) = loss {
        finding = finding.because(format!(
            "Without it and what is computed from it ({} features), the model loses {} of AUC-ROC and {} of AUC-PR on the test rows.",
            loss.without.len(),
            with_interval(&loss.auc_lost),
            with_interval(&loss.auc_pr_lost)
        ));
    }
    finding
}

fn section(
    screens: &[Screen],
    trials: Option<&Trials>,
    (n, positives): (u64, u64),
    auc_limit: f64,
) -> Section {
    let base = positives as f64 / n.max(1) as f64;
    let mut table = Table::new(
        "What each feature says alone",
        &["feature", "#AUC", "#from", "#to", "#AUC-PR", "#information value", "#by chance", "#empty"],
    )
    .note(format!(
        "{n} labelled, matched rows before the test, {positives} positive. Advisers are halved; each half is scored by bins (ten quantiles and one for empty values) fitted on the other, so that bends and gaps count and nothing is flattered; areas are means of the halves with DeLong's interval. Chance is 0.5 for AUC and {base:.3} for AUC-PR."
    ));
    for screen in screens {
        table.row(vec![
            screen.name.into(),
            Cell::number(screen.area.value),
            Cell::number(screen.area.lo),
            Cell::number(screen.area.hi),
            Cell::number(screen.auc_pr),
            Cell::number(screen.iv),
            Cell::number(screen.iv_chance),
            Cell::share(screen.nulls, n),
        ]);
    }
    let bars = screens.iter().take(DRAWN);
    let bars = bars.map(|screen| {
        (
            screen.name.to_owned(),
            screen.area.value,
            format!("{:.3}", screen.area.value),
        )
    });
    let mut section = Section::new("Too good to be true")
        .say("A feature that alone predicts well where honest models hardly do most likely knows the outcome.")
        .draw(Picture::Bars {
            title: "AUC of the strongest features, each alone".into(),
            bars: bars.collect(),
            scale: Some(BarScale {
                from: 0.5,
                to: 0.8,
                marks: vec![Mark {
                    at: auc_limit,
                    text: format!("suspicious from {auc_limit:.2}"),
                }],
            }),
        })
        .say("AUC: of 100 pairs of a lead with and one without a call, the share that is put in the right order. A bar begins at 0.5, which is guessing.")
        .table(table);
    let Some(trials) = trials else {
        return section.say(format!(
            "What the model loses without the strongest feature: {NO_TRAINER}"
        ));
    };
    let mut table = Table::new(
        "What the model loses without them",
        &["model", "#AUC-ROC", "#from", "#to", "#AUC-PR", "#from", "#to"],
    )
    .note(format!(
        "A light model by the project's recipe, on its split; {} test rows, {} positive; intervals by leaving out groups of advisers, differences on the same rows. Chance is 0.5 and {:.3}.",
        words::count(trials.auc.n), words::count(trials.auc.positives), trials.base_rate
    ));
    let mut row = |name: String, auc: &Estimate, auc_pr: &Estimate| {
        let figures = [auc, auc_pr].map(|e| [e.value, e.lo, e.hi]);
        let cells = figures.into_iter().flatten().map(Cell::number);
        table.row(std::iter::once(name.into()).chain(cells).collect());
    };
    row("all features".into(), &trials.auc, &trials.auc_pr);
    for (name, loss) in &trials.losses {
        row(format!("without {name}"), &loss.auc, &loss.auc_pr);
        row(
            format!("lost without {name}"),
            &loss.auc_lost,
            &loss.auc_pr_lost,
        );
    }
    section = section.table(table);
    for (name, loss) in &trials.losses {
        if loss.without.len() > 1 {
            section = section.say(format!(
                "Left out with {name}: {}.",
                named(
                    &loss
                        .without
                        .iter()
                        .copied()
                        .filter(|other| other != name)
                        .collect::<Vec<_>>(),
                    12
                )
            ));
        }
    }
    section.say(format!(
        "The light model's AUC-ROC on the test rows is {}; above {PLAUSIBLE_AUC} nobody ever came on contacted leads without leakage.",
        with_interval(&trials.auc)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_computed_from_a_feature_goes_with_it() {
        let found = with_followers("MilesToWork");
        assert!(
            found.contains(&"MilesToWork") && found.len() > 1,
            "{found:?}"
        );
        assert!(!found.contains(&"Number_IAReps"));
    }

    #[test]
    fn a_bend_and_a_gap_count_and_noise_does_not() {
        let labels: Vec<bool> = (0..4_000).map(|row| row % 20 == 0).collect();
        let halves: Vec<bool> = (0..4_000).map(|row| row / 20 % 2 == 0).collect();
        let noise: Vec<f64> = (0..4_000)
            .map(|row| spot(1, &format!("{row}")) as f64)
            .collect();
        let (area, _) = of_halves(&noise, &labels, &halves).unwrap();
        assert!(area.lo < 0.5, "{area:?}");
        let bend: Vec<f64> = (0..4_000)
            .map(|row| {
                if labels[row] {
                    0.5
                } else {
                    noise[row] / u64::MAX as f64
                }
            })
            .collect();
        assert!(of_halves(&bend, &labels, &halves).unwrap().0.value > 0.85);
        let gap: Vec<f64> = (0..4_000)
            .map(|row| if labels[row] { f64::NAN } else { noise[row] })
            .collect();
        assert_eq!(of_halves(&gap, &labels, &halves).unwrap().0.value, 1.0);
    }
}
