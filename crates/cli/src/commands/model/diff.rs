//! `leadrank model diff`

use leadrank_engine::Project;
use leadrank_engine::registry;

use super::{diff_text, lines, read};
use crate::context::Context;

pub(super) fn run(context: &Context, project: &Project, a: &str, b: &str) -> anyhow::Result<u8> {
    let (a, b) = (read(project, Some(a))?, read(project, Some(b))?);
    let work = registry::diff::diff(project, &a, &b, context.threads());
    let diff = context.wait(work)?;
    context
        .printer
        .result(&diff, &lines(&diff_text::of(&diff)))?;
    Ok(0)
}
