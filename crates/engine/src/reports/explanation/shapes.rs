//! How contributions depend on values, alone and two by two.

use leadrank_evidence::{BandPoint, Cell, Dot, Measured, Picture, Section, Table};
use leadrank_learn::explain::{Dependence, GroupMean, dependence, strongest_pairs};
use leadrank_stats::ranking::percentile_ranks;

use super::Looked;
use crate::error::Result;

/// Features whose dependence is drawn.
const DRAWN: usize = 6;
/// Rows on which interactions are looked for: exact values, but many pairs.
const PAIR_ROWS: usize = 2_000;
/// Pairs in the table.
const PAIRS: usize = 10;
/// Largest value over the median from which a picture shows places among rows instead of values:
/// money has a few giants that would squeeze all others into a corner.
const SKEWED: f64 = 20.0;

/// The pairs that the plan asks for (the brief's AUM × growth, tenure × prior firms); the third,
/// wealthy clients × metro, takes the metro that interacts most.
const ASKED: [(&str, &str); 2] = [
    ("TotalAssetsInMillions", "AUMGrowthRate_1Year"),
    (
        "DateOfHireAtCurrentFirm_NumberOfYears",
        "NumberOfPriorFirms",
    ),
];
const WEALTH: &str = "HNW_Client_Ratio";
const METRO: &str = "Home_MetropolitanArea_";

/// How one feature's contribution depends on its value.
fn dependence_of(looked: &Looked<'_>, feature: &str) -> Result<Dependence> {
    Ok(dependence(
        &looked.contributions,
        &looked.of.matrix,
        &looked.test.rows,
        feature,
        &looked.options,
    )?)
}

/// Dependence of the strongest features.
pub(super) fn values(looked: &Looked<'_>) -> Result<Section> {
    let mut section = Section::new("What values do").say(
        "A dot is a row, the line the mean of about a tenth of the rows with its 95 % interval. Apart \
         at the left stand rows whose value is not known.",
    );
    let strongest: Vec<String> = looked.order().take(DRAWN).map(str::to_owned).collect();
    for feature in strongest {
        let found = dependence_of(looked, &feature)?;
        section = section.draw(scatter(&looked.label(&feature), &found));
    }
    Ok(section)
}

fn scatter(label: &str, found: &Dependence) -> Picture {
    let means = || found.means.iter().filter_map(|mean| Some((mean.at?, mean)));
    let ends = means().map(|(at, _)| at);
    let most = ends.clone().fold(0.0_f64, |most, at| most.max(at.abs()));
    let mut middle: Vec<f64> = ends.map(f64::abs).collect();
    middle.sort_by(f64::total_cmp);
    let median = middle.get(middle.len() / 2).copied().unwrap_or(0.0);
    let skewed = median > 0.0 && most / median > SKEWED;
    let total: u64 = found.means.iter().map(|mean| mean.n).sum();
    let mut seen = 0;
    let means: Vec<BandPoint> = means()
        .map(|(at, mean)| {
            let place = (seen as f64 + 0.5 * mean.n as f64) / total.max(1) as f64;
            seen += mean.n;
            BandPoint {
                at: if skewed { 100.0 * place } else { at },
                value: measured(mean),
            }
        })
        .collect();
    let values: Vec<f64> = found.points.iter().map(|point| point.0).collect();
    let places = percentile_ranks(&values);
    let dots = found
        .points
        .iter()
        .zip(places)
        .map(|(&(value, shap), place)| Dot {
            x: rounded(if skewed { place } else { value }),
            y: rounded(shap),
            shade: None,
        })
        .collect();
    Picture::Scatter {
        title: label.to_owned(),
        across: match skewed {
            true => "place among all, from 0 for the lowest to 100".into(),
            false => "value".into(),
        },
        of: "contribution to the score, log-odds".into(),
        shade_of: None,
        dots,
        means,
        unknown: found.unknown.as_ref().map(measured),
    }
}

fn measured(mean: &GroupMean) -> Measured {
    Measured {
        value: mean.mean,
        lo: mean.interval.map(|interval| interval.lo),
        hi: mean.interval.map(|interval| interval.hi),
        n: mean.n,
        chance: None,
    }
}

/// As many digits as a picture can show, so that files stay small.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

/// What features make only together.
pub(super) fn interactions(looked: &Looked<'_>) -> Result<Section> {
    let (model, matrix) = (&looked.bundle.model, &looked.of.matrix);
    let every = looked.test.rows.len().div_ceil(PAIR_ROWS).max(1);
    let rows: Vec<usize> = looked.test.rows.iter().copied().step_by(every).collect();
    let pairs = strongest_pairs(model, matrix, &rows);
    let mut table = Table::new(
        "Pairs that interact most",
        &["one", "other", "#mean |together|", "#rows"],
    )
    .note("Mean of the absolute SHAP interaction value, both halves, in log-odds.");
    for pair in pairs.iter().take(PAIRS) {
        table.row(vec![
            looked.label(&pair.one).into(),
            looked.label(&pair.other).into(),
            super::score(pair.strength),
            Cell::Count(pair.n),
        ]);
    }
    let wealth_and_metro = pairs.iter().find(|pair| {
        let names = [pair.one.as_str(), pair.other.as_str()];
        names.contains(&WEALTH) && names.iter().any(|name| name.starts_with(METRO))
    });
    let mut wanted: Vec<(String, String)> = ASKED
        .iter()
        .map(|&(one, other)| (one.to_owned(), other.to_owned()))
        .collect();
    match wealth_and_metro {
        Some(pair) => {
            let metro = [&pair.one, &pair.other]
                .into_iter()
                .find(|name| *name != WEALTH);
            wanted.extend(metro.map(|metro| (WEALTH.to_owned(), metro.clone())));
        }
        None => {
            let metro = matrix.names().iter().find(|name| name.starts_with(METRO));
            wanted.extend(metro.map(|metro| (WEALTH.to_owned(), metro.clone())));
        }
    }
    let strongest = pairs
        .first()
        .map(|pair| (pair.one.clone(), pair.other.clone()));
    wanted.extend(strongest.filter(|pair| {
        let known = |(one, other): &(String, String)| {
            [one, other].contains(&&pair.0) && [one, other].contains(&&pair.1)
        };
        !wanted.iter().any(known)
    }));
    let mut section = Section::new("Two by two").say(format!(
        "What two features do together beyond what each does alone, on {} rows.",
        rows.len()
    ));
    if pairs.is_empty() {
        return Ok(section.say(
            "Nothing: no two features meet in a tree of this model, so that what each does adds up \
             (AUM × growth, years at the firm × prior firms and wealthy clients × metro among them).",
        ));
    }
    for (one, other) in &wanted {
        let place = |name: &String| matrix.names().iter().position(|known| known == name);
        let (Some(a), Some(b)) = (place(one), place(other)) else {
            section = section.say(format!(
                "{} × {}: not both are in the model.",
                looked.label(one),
                looked.label(other)
            ));
            continue;
        };
        let together = model.pair_interactions(&matrix.gather(&rows), a, b);
        if together.iter().all(|&value| value == 0.0) {
            section = section.say(format!(
                "{} × {}: the model makes nothing of them together.",
                looked.label(one),
                looked.label(other)
            ));
            continue;
        }
        let column = |at: usize| -> Vec<f64> {
            let values = rows.iter().map(|&row| f64::from(matrix.row(row)[at]));
            values.collect()
        };
        section = section.draw(pair_picture(
            (&looked.label(one), &looked.label(other)),
            &column(a),
            &column(b),
            &together,
        ));
    }
    Ok(section.table(table))
}

/// Interaction over the place of one value, shaded by the place of the other.
fn pair_picture((one, other): (&str, &str), a: &[f64], b: &[f64], together: &[f64]) -> Picture {
    let places = |values: &[f64]| -> Vec<Option<f64>> {
        let known: Vec<f64> = values
            .iter()
            .copied()
            .filter(|value| !value.is_nan())
            .collect();
        let mut ranks = percentile_ranks(&known).into_iter();
        let of = |value: &f64| if value.is_nan() { None } else { ranks.next() };
        values.iter().map(of).collect()
    };
    let (across, shades) = (places(a), places(b));
    let dots = across.iter().zip(&shades).zip(together);
    let dots: Vec<Dot> = dots
        .filter_map(|((x, shade), &y)| {
            Some(Dot {
                x: (*x)?.round(),
                y: rounded(y),
                shade: shade.map(|shade| rounded(shade / 100.0)),
            })
        })
        .collect();
    let lacking: Vec<f64> = across
        .iter()
        .zip(together)
        .filter(|(x, _)| x.is_none())
        .map(|(_, &y)| y)
        .collect();
    let every = dots.len().div_ceil(500).max(1);
    Picture::Scatter {
        title: format!("{one} × {other}"),
        across: format!("{one}: place among all, 0 to 100"),
        of: "made together, log-odds".into(),
        shade_of: Some(other.to_owned()),
        dots: dots.into_iter().step_by(every).collect(),
        means: Vec::new(),
        unknown: (!lacking.is_empty()).then(|| {
            let mean = leadrank_stats::sample::mean(lacking.iter().copied());
            Measured::counted(mean, lacking.len() as u64)
        }),
    }
}
