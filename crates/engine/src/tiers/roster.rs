//! Who dials, and how much a day.

use leadrank_warehouse::{Params, Session};

use super::{Capacity, Salesperson};
use crate::config::Tiers;
use crate::error::Result;
use crate::progress::{Progress, Sink};
use crate::stages::rows::Rows;

const USERS: &str = "SavvyGTMData.User";

/// The team: the configured roster or number, else the active salespeople of the user file.
/// Warns of who is on the roster and no active user, and of a team that dials nothing.
///
/// # Errors
/// When the user table can't be read.
pub async fn capacity(tiers: &Tiers, session: &Session, progress: &Sink<'_>) -> Result<Capacity> {
    let warn = |text: String| progress(Progress::Warning(text));
    let users = match session.has_table(USERS) {
        true => Some(users(session).await?),
        false => None,
    };
    if !tiers.roster.is_empty() {
        for id in tiers.roster.keys() {
            if let Some(users) = &users
                && !users.iter().any(|user| user.id == *id && user.is_active)
            {
                warn(format!(
                    "{id} of [tiers.roster] is no active user of salesforce_user.csv: leads are assigned to them all the same; correct the id in leadrank.toml or take it out"
                ));
            }
        }
        let people = tiers.roster.iter();
        let people = people.map(|(id, &dials_per_day)| Salesperson {
            id: id.clone(),
            dials_per_day,
        });
        let capacity = Capacity::of(people.collect(), "those of [tiers.roster]".into(), tiers);
        if capacity.daily == 0 {
            warn("the salespeople of [tiers.roster] make no dials, so tiers A and B are empty; raise their numbers in leadrank.toml".into());
        }
        return Ok(capacity);
    }
    if tiers.salespeople > 0 {
        let from = "from leadrank.toml".into();
        return Ok(Capacity::new(tiers.salespeople, from, tiers));
    }
    let Some(users) = users else {
        let source = "no salesforce_user.csv: one salesperson assumed; set tiers.salespeople";
        return Ok(Capacity::new(1, source.into(), tiers));
    };
    let people = users
        .into_iter()
        .filter(|user| user.is_active && user.dials);
    let people = people.map(|user| Salesperson {
        id: user.id,
        dials_per_day: tiers.dials_per_day,
    });
    let from = "active ones of the user file".into();
    let capacity = Capacity::of(people.collect(), from, tiers);
    if capacity.daily == 0 {
        warn("salesforce_user.csv names no active salesperson (IsActive and IsSGA__c), so tiers A and B are empty; set tiers.salespeople in leadrank.toml".into());
    }
    Ok(capacity)
}

struct User {
    id: String,
    is_active: bool,
    dials: bool,
}

async fn users(session: &Session) -> Result<Vec<User>> {
    let query = format!("SELECT Id, IsActive, IsSGA__c FROM {USERS} ORDER BY Id");
    let rows = Rows::new(session.collect(&query, &Params::default()).await?);
    let flags = rows
        .flags("IsActive")?
        .into_iter()
        .zip(rows.flags("IsSGA__c")?);
    let users = rows.texts("Id")?.into_iter().zip(flags);
    Ok(users
        .filter_map(|(id, (is_active, dials))| {
            Some(User {
                id: id?,
                is_active: is_active == Some(true),
                dials: dials == Some(true),
            })
        })
        .collect())
}
