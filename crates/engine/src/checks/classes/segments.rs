//! Rates by what is known of a lead at contact, and whether they differ beyond luck.

use leadrank_evidence::{Cell, Finding, Picture, RateRow, Section, Series, Severity, Table};
use leadrank_stats::association::{TwoByTwo, mantel_haenszel};
use leadrank_stats::{Estimate, multiple};

use super::groups::{self, AUM_TIERS, Compared, Grouping};
use super::outcomes::{Outcomes, Tally};
use crate::checks::Input;
use crate::checks::part::Part;
use crate::error::{Error, Result};
use crate::words;

/// Probability by chance, after correction, below which rates differ.
const CHANCE: f64 = 0.01;

/// All divisions, with their tests.
pub(super) struct Segments {
    pub(super) aum: Grouping,
    pub(super) weekdays: Grouping,
    /// Every division with its test and its p-value after correction for all of them.
    tested: Vec<Tested>,
    /// Names of groups too small for a rate.
    small: Vec<String>,
    unknown: Unknown,
    weekend: Option<Weekend>,
}

/// One division, told and tested.
struct Tested {
    by: &'static str,
    section: Section,
    /// The test with its p-value after correction for all divisions.
    test: Option<(Compared, f64)>,
}

/// Why the assets of a lead's firm are not known.
struct Unknown {
    leads: u64,
    of: u64,
    /// Leads with a vendor record.
    matched: u64,
    /// Leads with a vendor record without assets.
    empty: u64,
}

/// Weekend against weekday contacts, within lead sources.
pub(super) struct Weekend {
    pub(super) contacts: u64,
    pub(super) within_sources: Option<Estimate>,
    pub(super) p_value: f64,
}

impl Segments {
    pub(super) fn of(input: &Input<'_>, outcomes: &Outcomes) -> Result<Self> {
        let few = input.project.config().gates.fold_positives;
        let aum = groups::by_aum(input, outcomes)?;
        let weekdays = groups::by_weekday(input, outcomes);
        let others = [
            groups::by_metro(input, outcomes)?,
            groups::by_month(input, outcomes),
            groups::by_territory(input, outcomes),
            groups::by_source(input, outcomes),
            groups::by_vendor_month(input, outcomes),
        ];
        let [metro, month, territory, source, vendor_month] = &others;
        let all = [
            &aum,
            metro,
            &weekdays,
            month,
            territory,
            source,
            vendor_month,
        ];
        let tests: Vec<Option<Compared>> = all.iter().map(|grouping| grouping.test()).collect();
        let p_values: Vec<f64> = tests
            .iter()
            .flatten()
            .map(|test| test.found.p_value)
            .collect();
        let adjusted = multiple::holm(&p_values)
            .map_err(|error| Error::Data(format!("the tests of rates: {error}")))?;
        let mut adjusted = adjusted.into_iter();
        let mut tested = Vec::new();
        let mut small = Vec::new();
        for (grouping, test) in all.into_iter().zip(tests) {
            let test = test.and_then(|test| Some((test, adjusted.next()?)));
            tested.push(Tested {
                by: grouping.by,
                section: section(grouping, test, few),
                test,
            });
            // Months are shown with their intervals; that each alone is small goes without saying.
            if !["month", "vendor month"].contains(&grouping.what) {
                let few_of = grouping
                    .groups
                    .iter()
                    .filter(|(_, tally)| is_small(tally, few));
                small.extend(few_of.map(|(name, _)| format!("{} {name}", grouping.what)));
            }
        }
        let unknown = unknown(input, outcomes, &aum)?;
        let weekend = weekend(input, outcomes);
        Ok(Segments {
            aum,
            weekdays,
            tested,
            small,
            unknown,
            weekend,
        })
    }

    pub(super) fn weekend(&self) -> Option<&Weekend> {
        self.weekend.as_ref()
    }

    pub(super) fn judge(self, input: &Input<'_>) -> Part {
        let gates = &input.project.config().gates;
        let mut part = Part::default();
        part.findings.extend(self.difference());
        part.findings.push(self.unknown.finding(gates.null_share));
        if !self.small.is_empty() {
            part.findings.push(
                Finding::new(
                    "classes.small_groups",
                    Severity::Note,
                    format!(
                        "{} groups have fewer than {} scheduled calls: their rates are rough",
                        self.small.len(),
                        gates.fold_positives
                    ),
                )
                .because(format!("{}.", words::list(&self.small)))
                .because("Read their intervals, not their rates, and do not rank them."),
            );
        }
        part.sections
            .extend(self.tested.into_iter().map(|tested| tested.section));
        part
    }

    /// What rates differ by.
    fn difference(&self) -> Option<Finding> {
        let (mut differ, mut same) = (Vec::new(), Vec::new());
        let mut strongest = 0.0_f64;
        for Tested { by, test, .. } in &self.tested {
            match test {
                Some((test, p)) if *p < CHANCE => {
                    differ.push(format!(
                        "{by} (strength {:.3}, {:.3} by chance)",
                        test.found.cramers_v, test.found.chance_v
                    ));
                    strongest = strongest.max(test.found.cramers_v);
                }
                Some(_) => same.push(*by),
                None => {}
            }
        }
        let tests = differ.len() + same.len();
        if tests == 0 {
            return None;
        }
        let headline = if differ.is_empty() {
            "no division of the leads shows rates that differ beyond luck".to_owned()
        } else {
            format!(
                "rates differ beyond luck by {} of {tests} things known at contact",
                differ.len()
            )
        };
        let mut finding = Finding::new("classes.groups", Severity::Note, headline)
            .strength(strongest)
            .because(format!(
                "By chi-square tests, with allowance for {tests} divisions (Holm). Strength is Cramér's V: 0 where rates do not differ, 1 where the division tells the outcome."
            ));
        if !differ.is_empty() {
            finding = finding.because(format!("Rates differ by {}.", words::list(&differ)));
        }
        if !same.is_empty() {
            finding = finding.because(format!(
                "No difference that luck does not give by {}.",
                words::list(&same)
            ));
        }
        Some(finding.because(
            "That rates differ does not say why: the lead source changes over the months, and with it everything else.",
        ))
    }
}

impl Unknown {
    fn finding(&self, limit: f64) -> Finding {
        let share = self.leads as f64 / self.of.max(1) as f64;
        let unmatched = self.of - self.matched;
        let dominates = share > limit;
        let headline = if dominates {
            format!(
                "{} of leads are in the tier of unknown firm AUM: the tiers say little",
                words::percent(share)
            )
        } else {
            format!(
                "the firm's AUM is unknown for {} of leads, which are a tier of their own",
                words::percent(share)
            )
        };
        let finding = Finding::new(
            "classes.unknown_aum",
            if dominates {
                Severity::Warn
            } else {
                Severity::Pass
            },
            headline,
        )
        .because(format!(
            "{} of {} leads have no vendor record from before their contact; of the {} that have one, {} are without TotalAssetsInMillions.",
            words::count(unmatched), words::count(self.of), words::count(self.matched), words::count(self.empty)
        ))
        .rows(self.leads, self.of).things("leads")
        .strength(share);
        if !dominates {
            return finding;
        }
        finding.remedy(if self.empty > unmatched {
            "ask the vendor why TotalAssetsInMillions is empty; until then read rates by other groups"
        } else {
            "load vendor months from before the contacts, and check FA_CRD__c in the lead file"
        })
    }
}

fn unknown(input: &Input<'_>, outcomes: &Outcomes, aum: &Grouping) -> Result<Unknown> {
    let assets = input.leads.feature("TotalAssetsInMillions")?;
    let matched: Vec<usize> = outcomes
        .rows
        .iter()
        .copied()
        .filter(|&row| input.leads.months[row].is_some())
        .collect();
    let empty = matched.iter().filter(|&&row| assets[row].is_nan()).count() as u64;
    let last = AUM_TIERS.len() - 1;
    Ok(Unknown {
        leads: aum.groups[last].1.leads,
        of: outcomes.rows.len() as u64,
        matched: matched.len() as u64,
        empty,
    })
}

/// Compares weekend with weekday contacts among leads of the same source, since those who
/// call on Saturdays call other leads.
fn weekend(input: &Input<'_>, outcomes: &Outcomes) -> Option<Weekend> {
    let mut strata: std::collections::BTreeMap<Option<&str>, TwoByTwo> =
        std::collections::BTreeMap::new();
    let mut contacts = 0;
    for &row in &outcomes.rows {
        let on_weekend = groups::weekday(input.leads.contacts[row]) >= 5;
        contacts += u64::from(on_weekend);
        let Some(label) = input.leads.labels[row] else {
            continue;
        };
        let table = strata.entry(groups::source(input, row)).or_default();
        let cell = match (on_weekend, label) {
            (true, true) => &mut table.positives,
            (true, false) => &mut table.negatives,
            (false, true) => &mut table.other_positives,
            (false, false) => &mut table.other_negatives,
        };
        *cell += 1;
    }
    let tables: Vec<TwoByTwo> = strata.into_values().collect();
    let common = mantel_haenszel(&tables, 0.95)?;
    Some(Weekend {
        contacts,
        within_sources: common.odds_ratio,
        p_value: common.p_value,
    })
}

/// Whether the outcome of at least half of the leads is known: the first to be known are no
/// picture of all.
fn is_ripe(tally: &Tally) -> bool {
    2 * tally.labelled >= tally.leads
}

fn is_small(tally: &Tally, few: u64) -> bool {
    tally.leads > 0 && tally.positives < few
}

fn section(grouping: &Grouping, test: Option<(Compared, f64)>, few: u64) -> Section {
    let all = grouping
        .groups
        .iter()
        .fold(Tally::default(), |sum, (_, tally)| sum.plus(*tally));
    let base = all.rate().map(|rate| rate.value);
    let title = format!("Scheduled calls by {}", grouping.by);
    let of = "scheduled calls per lead".to_owned();
    let (ripe, young): (Vec<_>, Vec<_>) = grouping
        .groups
        .iter()
        .partition(|(_, tally)| is_ripe(tally));
    let picture = if grouping.what == "month" {
        Picture::Trend {
            title: title.clone(),
            of,
            places: ripe.iter().map(|(name, _)| name.clone()).collect(),
            series: vec![Series {
                name: "our label".into(),
                values: ripe.iter().map(|(_, tally)| tally.rate()).collect(),
            }],
            base,
        }
    } else {
        let row = |(name, tally): &(String, Tally)| RateRow {
            label: name.clone(),
            rate: tally.rate(),
        };
        Picture::Rates {
            title: title.clone(),
            of,
            base,
            rows: grouping.groups.iter().map(row).collect(),
        }
    };
    let mut section = Section::new(format!("By {}", grouping.by)).say(sentence(grouping, test));
    if grouping.what == "firm AUM" {
        section = section.say("The assets are those of the firm, not of the adviser: thousands of advisers share the number of one large firm.");
    }
    if grouping.what == "month" && !young.is_empty() {
        let young: Vec<String> = young
            .iter()
            .map(|(name, tally)| {
                let (known, all) = (words::count(tally.labelled), words::count(tally.leads));
                format!("{name} ({known} of {all} leads)")
            })
            .collect();
        section = section.say(format!(
            "Not in the picture, since the outcome of less than half of the leads is known yet: {}.",
            words::list(&young)
        ));
    }
    section.draw(picture).table(table(grouping, title, few))
}

fn sentence(grouping: &Grouping, test: Option<(Compared, f64)>) -> String {
    let Some((test, p)) = test else {
        return format!("Too few leads to compare rates by {}.", grouping.by);
    };
    let found = &test.found;
    let answer = if p < CHANCE {
        "Rates differ beyond luck"
    } else {
        "Rates do not differ beyond what luck gives"
    };
    let pooled = match test.pooled {
        0 => String::new(),
        small => format!(", {small} small ones taken together"),
    };
    format!(
        "{answer}: the probability of so much difference by luck is {}, with allowance for all divisions (chi-square {:.1} on {} degrees of freedom; {} groups compared{pooled}; {} leads). Strength {:.3}, {:.3} by chance (Cramér's V: 0 where rates do not differ, 1 where the group tells the outcome).",
        words::chance(p),
        found.statistic,
        found.degrees_of_freedom,
        test.groups,
        words::count(found.n),
        found.cramers_v,
        found.chance_v
    )
}

fn table(grouping: &Grouping, title: String, few: u64) -> Table {
    let mut table = Table::new(
        title,
        &[
            grouping.what,
            "#leads",
            "#known outcome",
            "#positives",
            "#rate",
            "#calls on any day",
            "#all-time rate",
            "remark",
        ],
    )
    .note("Rate: our label. All-time rate: a call on any day, of all contacted leads; the brief's tables use it. 95 % Wilson intervals.");
    for (name, tally) in &grouping.groups {
        let young = match tally.censored {
            0 => String::new(),
            all if all == tally.leads => "outcome not known yet".into(),
            some => format!("{some} too young"),
        };
        let mut remarks = Vec::new();
        if is_small(tally, few) && tally.labelled > 0 {
            remarks.push(format!("fewer than {few} positives"));
        }
        if grouping.what.contains("month") && !young.is_empty() {
            remarks.push(young);
        }
        table.row(vec![
            name.as_str().into(),
            tally.leads.into(),
            tally.labelled.into(),
            tally.positives.into(),
            Cell::rate(tally.positives, tally.labelled),
            tally.ever.into(),
            Cell::rate(tally.ever, tally.leads),
            remarks.join("; ").into(),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_whose_outcomes_are_not_known_yet_are_told_of_and_not_drawn() {
        let tally = |leads, labelled| Tally {
            leads,
            labelled,
            positives: labelled / 20,
            censored: leads - labelled,
            ..Tally::default()
        };
        let grouping = Grouping {
            by: "the month of contact",
            what: "month",
            groups: vec![
                ("2025-11".into(), tally(4_000, 3_900)),
                ("2025-12".into(), tally(4_778, 126)),
            ],
        };
        let section = section(&grouping, None, 30);
        let Some(Picture::Trend { places, series, .. }) = section.pictures.first() else {
            panic!("{:?}", section.pictures)
        };
        assert_eq!(places, &["2025-11"]);
        assert_eq!(series[0].values.len(), 1);
        assert!(
            section
                .text
                .iter()
                .any(|text| text.contains("2025-12 (126 of 4,778 leads)")),
            "{:?}",
            section.text
        );
        assert_eq!(section.tables[0].rows.len(), 2);
    }
}
