//! Logging in to an org that the environment describes.

use leadrank_engine::Project;
use leadrank_salesforce::{Client, OrgSettings};

use crate::context::Context;

/// Logs in to the org of this name.
pub(crate) fn connect(context: &Context, project: &Project, name: &str) -> anyhow::Result<Client> {
    let config = &project.config().salesforce;
    let mut settings = OrgSettings::from_environment(name, &|name| std::env::var(name).ok())?;
    settings.allow_hosts.clone_from(&config.allow_hosts);
    settings.allow_loopback = config.allow_loopback;
    settings.reserve = config.reserve;
    settings.seed = project.config().seed;
    Ok(context.wait(Client::connect(settings))?)
}
