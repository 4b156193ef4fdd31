//! The model card: what a bundle is, for whom, how good, and what not to do with it.

use crate::bundle::Manifest;
use crate::training::ModelReport;

/// The card as Markdown.
pub fn text(manifest: &Manifest, report: &ModelReport) -> String {
    let mut card = format!(
        "# Model card\n\n\
         ## What it is\n\
         Gradient-boosted trees ({} trees, depth {}), trained with {}, calibrated by Platt's\n\
         method. It estimates the chance that a contacted lead schedules a call within\n\
         {} days. Outcomes known up to {}; seed {}.\n\n\
         ## Use\n\
         Ordering contacted leads for calls. Not for decisions about people other than whom to\n\
         call first; not for leads that were never contacted.\n\n\
         ## Data\n\
         {} features as of the contact date, from the newest vendor month not after it.\n",
        manifest.rounds,
        manifest.recipe.max_depth,
        report.trained_with,
        manifest.window_days,
        manifest.as_of,
        manifest.seed,
        manifest.features.len(),
    );
    card.push_str("\n| part | rows | scheduled calls | from | to |\n|---|---|---|---|---|\n");
    for part in &manifest.split.parts {
        card.push_str(&format!(
            "| {} | {} | {} | {} | {} |\n",
            part.part,
            part.rows,
            part.positives,
            part.first.as_deref().unwrap_or("-"),
            part.last.as_deref().unwrap_or("-")
        ));
    }
    card.push_str(
        "\n## How good it is\nOn test rows, newer than all others, with 95 % intervals.\n\n",
    );
    card.push_str(
        "| metric | value | interval | chance | n | positives |\n|---|---|---|---|---|---|\n",
    );
    for (name, estimate) in report.metrics.get("test").into_iter().flatten() {
        card.push_str(&format!(
            "| {name} | {:.4} | {:.4} to {:.4} | {} | {} | {} |\n",
            estimate.value,
            estimate.lo,
            estimate.hi,
            estimate
                .chance
                .map_or("-".to_string(), |chance| format!("{chance:.4}")),
            estimate.n,
            estimate.positives
        ));
    }
    card.push_str("\n## What it looks at most\n");
    for importance in report.explanation.sources.iter().take(15) {
        card.push_str(&format!(
            "- {}: {:.1} % of all movement\n",
            importance.feature,
            100.0 * importance.share
        ));
    }
    card.push_str(
        "\n## Limits\n\
         - Firm figures (assets, clients, growth) are the firm's, not the adviser's book.\n\
         - Names, addresses, age, gender, education and what the CRM learns after contact are\n\
         no features.\n\
         - A contribution says what moved the score, not what causes a call.\n\
         - Missing vendor data is often a matter of where a lead comes from; it is never shown\n\
         as a fact about the adviser.\n",
    );
    card
}
