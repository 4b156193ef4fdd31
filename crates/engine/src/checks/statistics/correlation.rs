//! Features that say the same.

use leadrank_evidence::{
    Brief, Cell, Finding, Gate, Measured, Picture, Section, Severity, Shading, Table, Unit, Verdict,
};
use leadrank_features::Feature;
use leadrank_features::catalog::Group;
use leadrank_stats::correlation::{CorrelationMatrix, clusters};

use super::super::part::{Part, severity_of};
use super::{COMMON_ROWS, Training};
use crate::gates::Thresholds;
use crate::words;

const GATE: &str = "statistics.correlation";
/// Where groups are cut: a heat map's, the brief's, near duplicates and duplicates
/// (domain.md, "Validation gates and thresholds").
const CUTS: [f64; 4] = [0.8, 0.95, 0.98, 0.9999];
/// Correlation from which two features are one.
const SAME: f64 = 0.9999;
/// Rows of the heat map at most.
const HEAT_ROWS: usize = 40;
/// Pairs named in a finding at most.
const NAMED: usize = 5;

/// Two features that move together.
struct Pair {
    left: usize,
    right: usize,
    pearson: Option<f64>,
    spearman: Option<f64>,
    rows: u64,
}

impl Pair {
    fn size(&self) -> f64 {
        let sizes = [self.pearson, self.spearman].into_iter().flatten();
        sizes.map(f64::abs).fold(0.0, f64::max)
    }
}

pub(super) fn part(training: &Training, thresholds: &Thresholds) -> Part {
    let pairs = pairs(training);
    let limit = thresholds.correlation;
    let above: Vec<&Pair> = pairs.iter().filter(|pair| pair.size() >= limit).collect();
    let gate = Gate {
        id: GATE.into(),
        rule: format!("no two features correlate at {limit} or more, by values or by ranks"),
        value: pairs
            .first()
            .map(|pair| Measured::counted(pair.size(), pair.rows)),
        unit: Unit::Score,
        verdict: match (pairs.first(), above.is_empty()) {
            (None, _) => Verdict::NotEnoughData,
            (_, true) => Verdict::Pass,
            (_, false) => Verdict::Warn,
        },
        action: "leave one of each pair out of a linear model; read their importances together"
            .into(),
        brief: Some(Brief {
            rule: "all correlations < .95".into(),
            met: pairs.first().map(|pair| pair.size() < 0.95),
        }),
        forced: None,
    };
    let mut section = Section::new("Features that say the same").say(format!(
        "All pairs of {} features on {} training rows, by values (Pearson) and by ranks (Spearman), each on the rows where both are known; pairs with fewer than {COMMON_ROWS} such rows are not judged. The brief's claim that all correlations lie below .95 {}.",
        training.features.len(),
        words::count(training.rows()),
        match gate.brief.as_ref().and_then(|brief| brief.met) {
            Some(true) => "holds here",
            Some(false) => "does not hold here: the list of 69 holds features computed from each other",
            None => "can't be judged here",
        }
    ));
    if let Some(picture) = picture(training) {
        section = section.draw(picture);
    }
    section = section.table(pair_table(training, &above, limit));
    section = section.table(cluster_table(training));
    Part {
        findings: vec![finding(training, &pairs, &above, limit, gate.verdict)],
        gates: vec![gate],
        sections: vec![section],
    }
}

/// All pairs whose correlation is defined, the closest first.
fn pairs(training: &Training) -> Vec<Pair> {
    let size = training.features.len();
    let pair = |(left, right): (usize, usize)| Pair {
        left,
        right,
        pearson: training.pearson.get(left, right),
        spearman: training.spearman.get(left, right),
        rows: training.pearson.rows[left * size + right],
    };
    let all = (0..size).flat_map(|left| (left + 1..size).map(move |right| (left, right)));
    let mut pairs: Vec<Pair> = all.map(pair).collect();
    pairs.retain(|pair| pair.pearson.is_some() || pair.spearman.is_some());
    pairs.sort_by(|a, b| {
        (b.size().total_cmp(&a.size())).then((a.left, a.right).cmp(&(b.left, b.right)))
    });
    pairs
}

/// Why two features move together, as far as their formulas tell.
fn reason(a: &Feature, b: &Feature) -> String {
    for (a, b) in [(a, b), (b, a)] {
        if b.sources.contains(&a.name) && b.name != a.name {
            return match b.group {
                // What a base feature has beside its own column stands in for that.
                Group::Base => format!("{} stands in where {} is lacking", a.name, b.name),
                _ => format!("{} is computed from {}", b.name, a.name),
            };
        }
    }
    let common: Vec<&str> = (a.sources.iter())
        .filter(|source| b.sources.contains(source))
        .copied()
        .collect();
    match common.is_empty() {
        true => "not by formula".into(),
        false => format!("both are computed from {}", common.join(", ")),
    }
}

fn finding(
    training: &Training,
    pairs: &[Pair],
    above: &[&Pair],
    limit: f64,
    verdict: Verdict,
) -> Finding {
    let name = |feature: usize| training.features[feature].name;
    let n = pairs.len() as u64;
    let Some(first) = pairs.first() else {
        return Finding::new(
            GATE,
            Severity::Note,
            "There are too few rows to compare features",
        );
    };
    let sentence = |pair: &Pair| {
        format!(
            "{} and {}: {} by values, {} by ranks ({} leads); {}.",
            name(pair.left),
            name(pair.right),
            number(pair.pearson),
            number(pair.spearman),
            words::count(pair.rows),
            reason(training.features[pair.left], training.features[pair.right])
        )
    };
    if above.is_empty() {
        let headline = format!(
            "No two of {} features say the same",
            training.features.len()
        );
        return Finding::new(GATE, severity_of(verdict), headline)
            .because(sentence(first))
            .rows(0, n)
            .things("pairs of features");
    }
    let same = above.iter().filter(|pair| pair.size() >= SAME).count();
    let mut finding = Finding::new(
        GATE,
        severity_of(verdict),
        format!("{} pairs of features say nearly the same (correlation {limit} or more)", above.len()),
    )
    .because(format!(
        "A correlation is 0 where two features have nothing to do with each other, and 1 where one follows from the other. Of {} pairs on {} training rows, {same} are the same in all but name ({SAME} or more).",
        words::count(n),
        words::count(training.rows())
    ))
    .rows(above.len() as u64, n)
    .things("pairs of features")
    .remedy("trees do not mind, but they share the importance of a pair between its members: read them together; for a linear model keep the one with the higher information value")
    .strength(above.len() as f64 / n as f64);
    for pair in above.iter().take(NAMED) {
        finding = finding.because(sentence(pair));
    }
    finding
}

fn number(value: Option<f64>) -> String {
    value.map_or("not defined".into(), |value| format!("{value:.3}"))
}

fn pair_table(training: &Training, above: &[&Pair], limit: f64) -> Table {
    let mut table = Table::new(
        format!("Pairs with a correlation of {limit} or more"),
        &["feature", "and", "#by values", "#by ranks", "#rows", "why"],
    );
    for pair in above {
        let (left, right) = (training.features[pair.left], training.features[pair.right]);
        table.row(vec![
            left.name.into(),
            right.name.into(),
            Cell::number(pair.pearson),
            Cell::number(pair.spearman),
            pair.rows.into(),
            reason(left, right).into(),
        ]);
    }
    table
}

fn cluster_table(training: &Training) -> Table {
    let mut table = Table::new(
        "Groups of features that are linked",
        &["linked at", "by", "#features", "features"],
    )
    .note("A group is linked pair by pair: its ends may be less close than the limit.");
    let matrices: [(&str, &CorrelationMatrix); 2] =
        [("ranks", &training.spearman), ("values", &training.pearson)];
    for cut in CUTS {
        for (by, matrix) in matrices {
            for members in clusters(matrix, cut) {
                let names: Vec<&str> = members.iter().map(|&m| training.features[m].name).collect();
                table.row(vec![
                    format!("{cut}").into(),
                    by.into(),
                    (members.len() as u64).into(),
                    names.join(", ").into(),
                ]);
            }
        }
    }
    table
}

/// The features that are linked at the lowest cut, each group together, the largest first.
fn picture(training: &Training) -> Option<Picture> {
    let mut groups = clusters(&training.spearman, CUTS[0]);
    groups.sort_by_key(|members| (std::cmp::Reverse(members.len()), members[0]));
    let mut shown: Vec<usize> = groups.into_iter().flatten().collect();
    shown.truncate(HEAT_ROWS);
    let names: Vec<String> = shown
        .iter()
        .map(|&feature| training.features[feature].name.to_owned())
        .collect();
    let values = shown.iter().map(|&row| {
        let row = shown
            .iter()
            .map(|&column| training.spearman.get(row, column));
        row.collect()
    });
    (!shown.is_empty()).then(|| Picture::Heat {
        title: format!(
            "Rank correlation of features that are linked at {}",
            CUTS[0]
        ),
        rows: names.clone(),
        columns: names.clone(),
        values: values.collect(),
        shading: Shading::Marked(CUTS.to_vec()),
    })
}

#[cfg(test)]
mod tests {
    use leadrank_features::feature;

    use super::*;

    #[test]
    fn formulas_explain_known_redundancies() {
        let why = |a: &str, b: &str| reason(feature(a).unwrap(), feature(b).unwrap());
        let hire = "DateOfHireAtCurrentFirm_NumberOfYears";
        assert_eq!(
            why("Is_New_To_Firm", hire),
            format!("Is_New_To_Firm is computed from {hire}")
        );
        assert_eq!(
            why("Number_Employees", "Number_BranchAdvisors"),
            "Number_BranchAdvisors stands in where Number_Employees is lacking"
        );
        assert!(why("Growth_Acceleration", "Accelerating_Growth").starts_with("both are computed"));
        assert_eq!(
            why("MilesToWork", "TotalAssetsInMillions"),
            "not by formula"
        );
    }
}
