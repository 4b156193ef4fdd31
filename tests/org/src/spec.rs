//! Faults written as text: `KIND:WHEN:FAULT`, as in `job-upload:nth=2:drop-after`.

use std::str::FromStr;
use std::time::Duration;

use crate::faults::{Fault, Kind, Meddling, Rule, When};

const KINDS: [(&str, Kind); 12] = [
    ("token", Kind::Token),
    ("query", Kind::Query),
    ("describe", Kind::Describe),
    ("record", Kind::Record),
    ("collection", Kind::Update),
    ("retrieve", Kind::Retrieve),
    ("job-create", Kind::JobCreate),
    ("job-upload", Kind::JobUpload),
    ("job-close", Kind::JobState),
    ("job-poll", Kind::JobPoll),
    ("job-results", Kind::JobResults),
    ("job-delete", Kind::JobDelete),
];

/// A rule as text. `KIND` is `any`, `token`, `query`, `describe`, `record`, `collection`,
/// `retrieve` or `job-create|upload|close|poll|results|delete`; `WHEN` is `next=N`, `nth=N` or
/// `chance=P`; `FAULT` is `refuse=STATUS[/CODE[/SECONDS]]`, `drop-before`, `drop-after`,
/// `done-late=REQUESTS`, `truncate`, `delay=MS`, `expire-tokens`, `use-up`, `lock-rows=SHARE`, `invalid-rows=SHARE`,
/// `fail-job=SHARE`, `stick-job=MS`, `delete-leads=SHARE` or `convert-leads=SHARE`.
impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split(':').collect();
        let [kind, when, fault] = parts[..] else {
            return Err(format!("`{text}` is no KIND:WHEN:FAULT"));
        };
        let kind = match kind {
            "any" => None,
            name => {
                let known = KINDS.iter().find(|(known, _)| *known == name);
                let (_, kind) = known.ok_or_else(|| format!("`{name}` is no kind of request"))?;
                Some(*kind)
            }
        };
        Ok(Rule {
            kind,
            when: read_when(when)?,
            fault: read_fault(fault)?,
        })
    }
}

fn read_when(text: &str) -> Result<When, String> {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    match name {
        "next" => Ok(When::Next(number(value)?)),
        "nth" => Ok(When::Nth(number(value)?)),
        "chance" => Ok(When::Chance(share(value)?)),
        _ => Err(format!("`{text}` is no next=N, nth=N or chance=P")),
    }
}

fn read_fault(text: &str) -> Result<Fault, String> {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    Ok(match name {
        "refuse" => {
            let mut parts = value.split('/');
            let status = number(parts.next().unwrap_or_default())?;
            let code = parts.next().unwrap_or_default().to_owned();
            let retry_after = parts.next().map(number).transpose()?;
            Fault::Refuse {
                status,
                code,
                retry_after,
            }
        }
        "drop-before" => Fault::DropBefore,
        "drop-after" => Fault::DropAfter,
        "done-late" => Fault::DoneLate(number(value)?),
        "truncate" => Fault::Truncate,
        "delay" => Fault::Delay(Duration::from_millis(number(value)?)),
        "expire-tokens" => Fault::ExpireTokens,
        "use-up" => Fault::UseUp,
        "lock-rows" => Fault::LockRows(share(value)?),
        "invalid-rows" => Fault::InvalidRows(share(value)?),
        "fail-job" => Fault::FailJob(share(value)?),
        "stick-job" => Fault::StickJob(Duration::from_millis(number(value)?)),
        "delete-leads" => Fault::Meddle(Meddling::Delete, share(value)?),
        "convert-leads" => Fault::Meddle(Meddling::Convert, share(value)?),
        _ => return Err(format!("`{text}` is no fault that is known")),
    })
}

fn number<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("`{text}` is no number"))
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = number(text)?;
    match (0.0..=1.0).contains(&share) {
        true => Ok(share),
        false => Err(format!("`{text}` is not between 0 and 1")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read() {
        let read = |text: &str| text.parse::<Rule>();
        assert_eq!(
            read("job-upload:nth=2:drop-after"),
            Ok(Rule {
                kind: Some(Kind::JobUpload),
                when: When::Nth(2),
                fault: Fault::DropAfter
            })
        );
        assert_eq!(
            read("any:chance=0.1:refuse=503/SERVER_UNAVAILABLE/2").map(|rule| rule.fault),
            Ok(Fault::Refuse {
                status: 503,
                code: "SERVER_UNAVAILABLE".into(),
                retry_after: Some(2)
            })
        );
        for wrong in [
            "",
            "job:nth=1:truncate",
            "any:soon:truncate",
            "any:next=x:truncate",
            "any:next=1:lock-rows=2",
            "any:next=1:refuse=x",
            "any:next=1:explode",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert_eq!(KINDS.map(|(_, kind)| kind), Kind::ALL);
    }
}
