//! The model card: what a bundle is, for whom, how good, and what not to do with it, in the
//! sections of M. Mitchell et al., "Model Cards for Model Reporting" (FAT* 2019), figure 1.

use leadrank_learn::split::{Part, PartAudit};

use crate::bundle::Manifest;
use crate::training::ModelReport;

/// Importances told, at most.
const TOLD: usize = 15;

/// The card as Markdown.
pub fn text(manifest: &Manifest, report: &ModelReport) -> String {
    [
        details(manifest, report),
        intended_use(manifest),
        factors(report),
        metrics(report),
        evaluation_data(manifest),
        training_data(manifest),
        ETHICS.to_owned(),
        CAVEATS.to_owned(),
    ]
    .join("\n")
}

fn details(manifest: &Manifest, report: &ModelReport) -> String {
    format!(
        "# Model card\n\n\
         ## Model details\n\
         - Gradient-boosted trees for a yes/no outcome: {} trees of depth {} at most, {} features\n\
         - Trained with {} by leadrank {}, seed {}; the same data and seed make the same bytes\n\
         - Outcomes known up to {}\n\
         - {}\n\
         - The name of the bundle's folder is the hash of its content\n",
        manifest.rounds,
        manifest.recipe.max_depth,
        manifest.features.len(),
        report.trained_with,
        manifest.leadrank_version,
        manifest.seed,
        manifest.as_of,
        calibration(manifest),
    )
}

/// How margins become probabilities, in a line.
fn calibration(manifest: &Manifest) -> String {
    let fitted = &manifest.calibration;
    let mut text = format!(
        "Margins become probabilities by calibration: {}",
        fitted.pooled.words()
    );
    if let Some(rule) = &manifest.segments {
        let segments = fitted.segments.iter().map(|segment| {
            format!(
                "{} (own curve counts {:.0} %, {} positives)",
                segment.name,
                100.0 * segment.weight,
                segment.positives
            )
        });
        text.push_str(&format!(
            "; drawn towards segments of {}: {}",
            rule.feature,
            segments.collect::<Vec<String>>().join(", ")
        ));
    }
    text
}

fn intended_use(manifest: &Manifest) -> String {
    format!(
        "## Intended use\n\
         Puts contacted leads into the order in which a sales team calls them. It estimates the\n\
         chance that a lead schedules a call within {} days of first contact.\n\n\
         Out of scope:\n\
         - any decision about a person other than whom to call first: hiring, credit, pay, access\n\
         - leads that were never contacted, and people who are not financial advisers\n\
         - the value of a lead: a likely call is not a large one\n\
         - other teams or markets, before the figures below are measured there\n",
        manifest.window_days,
    )
}

fn factors(report: &ModelReport) -> String {
    let mut text = String::from(
        "## Factors\n\
         What the scores depend on most, by the share of all movement (mean of |SHAP|) on test rows:\n\n",
    );
    for importance in report.explanation.sources.iter().take(TOLD) {
        let share = 100.0 * importance.share;
        text.push_str(&format!("- {}: {share:.1} %\n", importance.feature));
    }
    text.push_str(
        "\nHow well it does may differ by source of the lead, territory, size of firm, and whether\n\
         vendor data was found at all. `leadrank check classes` shows the rates by segment,\n\
         `leadrank check quality` who is matched.\n",
    );
    text
}

fn metrics(report: &ModelReport) -> String {
    let mut text = String::from(
        "## Metrics\n\
         On test rows, with 95 % intervals and what chance alone would give. Ranking is judged by\n\
         the areas and by what the best share of the list holds, probabilities by Brier and ECE.\n\n\
         | metric | value | interval | chance | n | positives |\n|---|---|---|---|---|---|\n",
    );
    for (name, estimate) in report.metrics.get("test").into_iter().flatten() {
        let chance = estimate.chance.map(|chance| format!("{chance:.4}"));
        text.push_str(&format!(
            "| {name} | {:.4} | {:.4} to {:.4} | {} | {} | {} |\n",
            estimate.value,
            estimate.lo,
            estimate.hi,
            chance.as_deref().unwrap_or("-"),
            estimate.n,
            estimate.positives
        ));
    }
    text
}

fn evaluation_data(manifest: &Manifest) -> String {
    let split = &manifest.split;
    let mut text = String::from(
        "## Evaluation data\n\
         Contacts newer than all that trained the model; no adviser stands on both sides.\n\n",
    );
    if !split.test_is_newest {
        text.push_str(
            "The test rows were given and are not newer than the training rows: the figures do\n\
             not show how the model does on new leads.\n\n",
        );
    }
    let test = split.parts.iter().filter(|part| part.part == Part::Test);
    text.push_str(&table(test));
    text
}

fn training_data(manifest: &Manifest) -> String {
    let before = manifest.split.parts.iter();
    let before = before.filter(|part| part.part != Part::Test);
    let labels = &manifest.labels;
    format!(
        "## Training data\n\
         Contacted leads with vendor and CRM facts as they were known on the day of contact: from\n\
         the newest vendor month not after it. The part `stop` set the number of trees,\n\
         `calibration` the probabilities.\n\n\
         {}\n\
         Of {} contacted leads {} scheduled a call in time, {} too late (counted as no), {} not at\n\
         all; {} are too young to tell and {} have a call before the contact: both left out.\n",
        table(before),
        labels.contacted,
        labels.positive,
        labels.late,
        labels.negative,
        labels.censored,
        labels.invalid_timing,
    )
}

fn table<'a>(parts: impl Iterator<Item = &'a PartAudit>) -> String {
    let mut text =
        String::from("| part | rows | scheduled calls | from | to |\n|---|---|---|---|---|\n");
    for part in parts {
        text.push_str(&format!(
            "| {} | {} | {} | {} | {} |\n",
            part.part,
            part.rows,
            part.positives,
            part.first.as_deref().unwrap_or("-"),
            part.last.as_deref().unwrap_or("-")
        ));
    }
    text
}

const ETHICS: &str = "\
## Ethical considerations
- It is about people at work. Names, addresses, age, gender, education and what the CRM learns
  after contact are no features; a place of work or a career may still stand in for some of it.
- Who is contacted was chosen by people, so their habits are in the labels and come back in the
  ranking. A share of calls outside the ranking keeps that visible.
- Leads marked do-not-call are left out whatever their score.
- Reasons are shown with every score, so that whoever calls can disagree.
";

const CAVEATS: &str = "\
## Caveats and recommendations
- Firm figures (assets, clients, growth) are the firm's, not the adviser's book.
- A contribution says what moved the score, not what causes a call.
- Missing vendor data is often a matter of where a lead comes from; it is never told as a fact
  about the adviser.
- Rates change: compare `leadrank check quality` for drift, and train again when outcomes of
  another quarter are known.
- Intervals count leads as independent; leads of one firm are not quite.
- `golden.json` holds rows of features without ids, so that anybody can verify the scores with
  `leadrank model verify`.
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::samples;

    #[test]
    fn the_card_has_every_section_and_its_figures() {
        let manifest = serde_json::from_value(samples::manifest_1(7)).unwrap();
        let report = serde_json::from_value(samples::metrics()).unwrap();
        let card = text(&manifest, &report);
        let sections: Vec<&str> = card
            .lines()
            .filter(|line| line.starts_with("## "))
            .collect();
        assert_eq!(
            sections,
            [
                "## Model details",
                "## Intended use",
                "## Factors",
                "## Metrics",
                "## Evaluation data",
                "## Training data",
                "## Ethical considerations",
                "## Caveats and recommendations",
            ]
        );
        for part in [
            "| auc_roc | 0.6200 | 0.5700 to 0.6700 | 0.5000 | 200 | 8 |",
            "| test | 200 | 8 | 2025-04-01 | 2025-09-01 |",
            "| stop | 100 | 4 |",
            "within 30 days",
            "seed 7",
            "Of 950 contacted leads 36 scheduled",
        ] {
            assert!(card.contains(part), "{part}\n{card}");
        }
        assert!(!card.contains("were given"));
    }
}
