//! Every candidate with what the screens said of it.

use leadrank_evidence::{Cell, Picture, Section, Table};
use leadrank_learn::develop::Development;
use leadrank_learn::selection::Standing;

use super::Context;

/// Features whose information value is drawn.
const DRAWN: usize = 15;

pub(super) fn section(made: &Development, context: &Context<'_>) -> Section {
    let mut table = Table::new(
        "All features, the strongest first",
        &[
            "feature",
            "#IV",
            "#by chance",
            "#rank",
            "#share of movement",
            "#folds",
            "in the model",
            "what the screens say",
        ],
    )
    .note(format!(
        "Folds: in how many of the {} folds' large sets it is. Rank and share are of the last \
         round it was in.",
        made.stability.sets
    ));
    for one in in_order(made) {
        table.row(row(one, made, context));
    }
    let mut strongest: Vec<&Standing> = made.selection.features.iter().collect();
    strongest.sort_by(|a, b| b.iv.total_cmp(&a.iv));
    let bar = |one: &&Standing| {
        let text = format!("{:.3} (chance {:.3})", one.iv, one.iv_chance);
        let name = (context.label)(&one.feature);
        (name.unwrap_or_else(|| one.feature.clone()), one.iv, text)
    };
    Section::new("Every feature")
        .draw(Picture::Bars {
            title: "Information value of the strongest, beside that of chance".into(),
            bars: strongest.iter().take(DRAWN).map(bar).collect(),
            scale: None,
        })
        .table(table)
}

/// Those with a rank by it; after them the others by information value.
fn in_order(made: &Development) -> Vec<&Standing> {
    let mut all: Vec<&Standing> = made.selection.features.iter().collect();
    all.sort_by(|a, b| {
        let rank = |one: &Standing| one.rank.unwrap_or(u32::MAX);
        (!a.large)
            .cmp(&!b.large)
            .then(rank(a).cmp(&rank(b)))
            .then(b.iv.total_cmp(&a.iv))
    });
    all
}

fn row(one: &Standing, made: &Development, context: &Context<'_>) -> Vec<Cell> {
    let chosen = made.stability.chosen.get(&one.feature).copied();
    let dropped = made
        .selection
        .dropped
        .iter()
        .find(|gone| gone.feature == one.feature);
    let said = match (dropped, one.small, one.large) {
        (Some(gone), _, _) => format!("drop: {}", gone.reason),
        (None, true, _) => "keep, in the small set too".to_owned(),
        (None, false, true) => "keep".to_owned(),
        (None, false, false) => "in no set".to_owned(),
    };
    let said = if one.kept_always {
        format!("{said}; on the keep-list")
    } else {
        said
    };
    let used = made.features.contains(&one.feature);
    vec![
        name(&one.feature, context).into(),
        Cell::number(one.iv),
        Cell::number(one.iv_chance),
        one.rank
            .map_or(Cell::Nothing, |rank| Cell::Count(rank.into())),
        one.share
            .map_or(Cell::Nothing, |share| Cell::Share { share }),
        Cell::Count(chosen.unwrap_or(0)),
        if used { "yes" } else { "no" }.into(),
        said.into(),
    ]
}

/// A feature's name, with what it is in words where that is known.
fn name(feature: &str, context: &Context<'_>) -> String {
    match (context.label)(feature) {
        Some(words) => format!("{feature} ({words})"),
        None => feature.to_owned(),
    }
}
