//! Salesforce users: the people who dial, past and present, and some others.

use crate::month::Day;
use crate::rng::Draw;

/// One user and the days on which leads are handed to them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct User {
    pub(crate) number: u64,
    pub(crate) active: bool,
    pub(crate) dials: bool,
    from: Day,
    until: Day,
}

/// Fourteen who dial today, twelve who used to, eight others.
pub(crate) fn users() -> Vec<User> {
    let mut users = Vec::new();
    for k in 0..14 {
        users.push(User {
            number: k,
            active: true,
            dials: true,
            from: k as Day * 48 - 30,
            until: 9999,
        });
    }
    for k in 0..12 {
        let from = k as Day * 40 - 120;
        users.push(User {
            number: 14 + k,
            active: false,
            dials: true,
            from,
            until: from + 260,
        });
    }
    for k in 0..8 {
        users.push(User {
            number: 26 + k,
            active: k % 2 == 0,
            dials: false,
            from: 0,
            until: -1,
        });
    }
    users
}

/// Somebody who dials on that day.
pub(crate) fn owner(users: &[User], draw: &mut Draw, day: Day) -> u64 {
    let working: Vec<u64> = users
        .iter()
        .filter(|u| u.dials && u.from <= day && day <= u.until)
        .map(|u| u.number)
        .collect();
    if working.is_empty() {
        0
    } else {
        draw.one_of(&working)
    }
}

/// An eighteen-character Salesforce id: key prefix, a made-up instance, a serial number.
pub(crate) fn id(prefix: &str, serial: u64) -> String {
    format!("{prefix}SM{serial:010}AAA")
}

/// The serial number of such an id; `None` when it is not one.
pub(crate) fn serial(prefix: &str, text: &str) -> Option<u64> {
    let number = text
        .strip_prefix(prefix)?
        .strip_prefix("SM")?
        .strip_suffix("AAA")?
        .parse()
        .ok()?;
    // one spelling a number: no sign, no missing zeros
    (id(prefix, number) == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Kind, Streams};

    #[test]
    fn somebody_dials_on_every_day() {
        let users = users();
        let mut draw = Streams::new(1).of(Kind::Roster, 0);
        for day in -30..800 {
            let number = owner(&users, &mut draw, day);
            let user = users.iter().find(|u| u.number == number).unwrap();
            assert!(user.dials && user.from <= day && day <= user.until);
        }
        assert_eq!(users.iter().filter(|u| u.dials && u.active).count(), 14);
    }

    #[test]
    fn ids_have_eighteen_characters() {
        assert_eq!(id("00Q", 79_001).len(), 18);
        assert_eq!(serial("00Q", &id("00Q", 79_001)), Some(79_001));
        for other in [
            "",
            "00QSM79001AAA",
            "005SM0000079001AAA",
            "00QSM+000079001AAA",
        ] {
            assert_eq!(serial("00Q", other), None, "{other}");
        }
    }
}
