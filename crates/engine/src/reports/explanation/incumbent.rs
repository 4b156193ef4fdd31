//! The ranking of the incumbent model m5 beside this one's, and the plan's question about it:
//! does `Multi_RIA_Relationships` stay first?

use leadrank_evidence::{Cell, Finding, Section, Severity, Table};
use leadrank_stats::correlation::spearman;
use leadrank_stats::{Estimate, proportion};

use super::super::numbers::score;
use super::Looked;
use crate::error::{Error, Result};
use crate::words;

/// m5's importance by gain (domain.md, "Old line"), strongest first.
const M5: [(&str, f64); 11] = [
    ("Multi_RIA_Relationships", 0.082),
    ("Mass_Market_Focus", 0.071),
    ("HNW_Asset_Concentration", 0.059),
    ("DateBecameRep_NumberOfYears", 0.038),
    ("Branch_Advisor_Density", 0.024),
    ("Is_Veteran_Advisor", 0.023),
    ("NumberFirmAssociations", 0.022),
    ("Firm_Stability_Score", 0.021),
    ("AverageAccountSize", 0.021),
    ("Individual_Asset_Ratio", 0.020),
    (
        "Home_MetropolitanArea_Dallas_Fort_Worth_Arlington_TX",
        0.019,
    ),
];
const ASKED: &str = "Multi_RIA_Relationships";

pub(super) fn section(looked: &Looked<'_>) -> Result<Section> {
    let mut table = Table::new(
        "Beside the model m5",
        &[
            "feature",
            "#rank in m5",
            "#gain in m5",
            "#rank here",
            "#mean |contribution|",
        ],
    )
    .note(
        "m5's ranks are by gain, ours by exact SHAP values on test rows. Gain counts how much a \
         feature was used while learning, on rows that were in both of m5's parts.",
    );
    for (rank, (name, gain)) in M5.iter().enumerate() {
        let own = place(looked, name);
        table.row(vec![
            looked.label(name).into(),
            Cell::Count(rank as u64 + 1),
            score(*gain),
            own.map_or(Cell::Nothing, |(rank, _)| Cell::Count(rank)),
            own.map_or(Cell::Nothing, |(_, strength)| score(strength)),
        ]);
    }
    let (gains, own): (Vec<f64>, Vec<f64>) = M5
        .iter()
        .map(|(name, gain)| {
            (
                *gain,
                place(looked, name).map_or(0.0, |(_, strength)| strength),
            )
        })
        .unzip();
    let alike = spearman(&[&gains, &own])
        .map_err(|error| Error::Data(format!("ranks beside m5: {error}")))?
        .get(0, 1);
    let alike = alike.map_or_else(String::new, |alike| {
        format!(
            " Over these {} features both rankings correlate with {alike:.2} (0 by chance).",
            M5.len()
        )
    });
    Ok(Section::new("What the incumbent looked at")
        .say(format!("{}{alike}", sentence(looked)?))
        .table(table))
}

/// Rank and strength here; none where the model lacks the feature.
fn place(looked: &Looked<'_>, name: &str) -> Option<(u64, f64)> {
    let features = looked.explanation.features.iter();
    let at = features.clone().position(|of| of.feature == name)?;
    let strength = looked.explanation.features[at].mean_abs_shap;
    Some((at as u64 + 1, strength))
}

/// Rates with and without the flag, on all rows before and in the test that have a label.
fn rates(looked: &Looked<'_>) -> Result<Option<(Estimate, Estimate, Estimate)>> {
    let flags = looked.of.rows.numbers(ASKED)?;
    let mut counts = [(0_u64, 0_u64); 2];
    for (row, (flag, label)) in flags.iter().zip(&looked.of.labels).enumerate() {
        if let (Some(flag), Some(label)) = (flag, label)
            && looked.of.matched(row)
        {
            let (positives, n) = &mut counts[usize::from(*flag == 1.0)];
            *positives += u64::from(*label);
            *n += 1;
        }
    }
    let [without, with] = counts;
    let estimate = |(positives, n)| proportion::estimate(positives, n, 0.95);
    let difference = proportion::difference(with, without, 0.95);
    Ok(estimate(with)
        .zip(estimate(without))
        .zip(difference)
        .map(|((with, without), difference)| (with, without, difference)))
}

fn sentence(looked: &Looked<'_>) -> Result<String> {
    let rank = match place(looked, ASKED) {
        Some((1, _)) => format!("`{ASKED}` is first here, too."),
        Some((rank, strength)) if strength > 0.0 => format!(
            "`{ASKED}`, first in m5, is number {rank} of {} here.",
            looked.explanation.features.len()
        ),
        Some(_) => format!("`{ASKED}`, first in m5, moves no score here."),
        None => format!("`{ASKED}`, first in m5, is not in this model."),
    };
    let Some((with, without, difference)) = rates(looked)? else {
        return Ok(format!(
            "{rank} Too few rows have it or lack it to compare their rates."
        ));
    };
    Ok(format!(
        "{rank} With it {} of leads schedule a call, without it {}: a difference of {:+.2} points \
         (95 % interval {:+.2} to {:+.2}).",
        words::rate(&with),
        words::rate(&without),
        100.0 * difference.value,
        100.0 * difference.lo,
        100.0 * difference.hi
    ))
}

/// The plan's question, answered from the data.
pub(super) fn finding(looked: &Looked<'_>) -> Result<Finding> {
    let headline = match place(looked, ASKED) {
        Some((1, strength)) if strength > 0.0 => {
            "Registration with several firms stays the strongest feature"
        }
        _ => "Registration with several firms is not the strongest feature",
    };
    Ok(Finding::new("explanation.incumbent", Severity::Note, headline).because(sentence(looked)?))
}
