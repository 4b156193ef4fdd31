//! `leadrank model list`

use leadrank_engine::Project;
use leadrank_engine::registry::{self, Card, State};
use leadrank_evidence::Unit;
use leadrank_report::format::{Written as _, count, score};

use super::{lines, moment};
use crate::context::Context;

pub(super) fn run(context: &Context, project: &Project) -> anyhow::Result<u8> {
    let cards = registry::list_cards(project)?;
    let mut text: Vec<String> = cards.iter().flat_map(of_one).collect();
    if text.is_empty() {
        text.push("no models yet: `leadrank train` makes the first".into());
    }
    context.printer.result(&cards, &lines(&text))?;
    Ok(0)
}

fn of_one(card: &Card) -> Vec<String> {
    let mark = if card.serving { "*" } else { " " };
    let since = match card.promoted_at {
        Some(at) if card.serving => format!("serving since {}", moment(at)),
        Some(at) => format!("last promoted {}", moment(at)),
        None => "never served".to_owned(),
    };
    let (as_of, rest) = match &card.state {
        State::Damaged { problem } => ("damaged".to_owned(), vec![format!("    {problem}")]),
        State::Whole {
            as_of,
            rows,
            positives,
            features,
            trees,
            auc_roc,
            auc_pr,
        } => {
            let learned = format!(
                "    from {} rows, {} positive; {features} features, {trees} trees",
                count(*rows),
                count(*positives)
            );
            let mut figures = Vec::new();
            for (name, estimate) in [("AUC", auc_roc), ("AUC-PR", auc_pr)] {
                if let Some(estimate) = estimate {
                    let chance = estimate.chance.map(score);
                    let chance = chance.map_or_else(String::new, |of| format!(", by chance {of}"));
                    let value = Unit::Score.with_interval(estimate);
                    figures.push(format!("{name} {value}{chance}"));
                }
            }
            let n = auc_roc.map_or_else(String::new, |of| format!("; n = {}", count(of.n)));
            let test = format!("    test {}{n}", figures.join("; "));
            (format!("trained as of {as_of}"), vec![learned, test])
        }
    };
    let mut text = vec![format!("{mark} {}  {as_of}  {since}", card.id)];
    text.extend(rest);
    text
}
