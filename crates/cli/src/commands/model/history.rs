//! `leadrank model history`

use chrono::NaiveDate;
use leadrank_engine::Project;
use leadrank_engine::registry;
use leadrank_engine::registry::history::{Entry, History};
use serde_json::json;

use super::{lines, moment};
use crate::context::Context;

pub(super) fn run(
    context: &Context,
    project: &Project,
    on: Option<NaiveDate>,
) -> anyhow::Result<u8> {
    let history = History::read(project)?;
    if let Some(fault) = registry::fault(project)? {
        context.printer.note(&format!("warning: {fault}"));
    }
    match on {
        None => all(context, &history),
        Some(day) => on_day(context, &history, day),
    }
}

fn all(context: &Context, history: &History) -> anyhow::Result<u8> {
    let mut text: Vec<String> = history.entries.iter().map(line).collect();
    if text.is_empty() {
        text.push("no model ever served: `leadrank train` makes the first".into());
    }
    context.printer.result(&history.entries, &lines(&text))?;
    Ok(0)
}

fn line(entry: &Entry) -> String {
    let from = match &entry.from {
        Some(from) => format!("in place of {from}"),
        None => "the first".to_owned(),
    };
    let why = match entry.why.as_str() {
        "" => String::new(),
        why => format!(": {why}"),
    };
    let (at, action, to, who) = (moment(entry.at), entry.action.word(), &entry.to, &entry.who);
    format!("{at}  {action:<8}  {to}  {from}  by {who}{why}")
}

fn on_day(context: &Context, history: &History, day: NaiveDate) -> anyhow::Result<u8> {
    let served = history.on(day);
    let mut text: Vec<String> = served
        .iter()
        .map(|one| {
            let until = match one.until {
                Some(until) => format!("until {}", moment(until)),
                None => "still".to_owned(),
            };
            format!("{}  from {}  {until}", one.id, moment(one.from))
        })
        .collect();
    if text.is_empty() {
        text.push(format!("no model served on {day}"));
    }
    let answer = json!({ "on": day, "served": served });
    context.printer.result(&answer, &lines(&text))?;
    Ok(0)
}
