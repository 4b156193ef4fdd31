//! Calendar days as numbers, for places on a time axis.

/// Days since 1970-01-01 of a day written `YYYY-MM-DD`; none where it is no day.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, '-');
    let mut part = |length: usize| {
        let part = parts.next()?;
        let right = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        right.then(|| part.parse::<i64>().ok()).flatten()
    };
    let (year, month, day) = (part(4)?, part(2)?, part(2)?);
    if !(1..=12).contains(&month) || day < 1 {
        return None;
    }
    let number = first_of(12 * year + month - 1) + day - 1;
    (number < first_of(12 * year + month)).then_some(number)
}

/// First day of a month, given as months since the year 0: `12 * year + month - 1`.
///
/// Counts as Hinnant's `days_from_civil` does: years begin in March, so that the day that leap
/// years have more comes last.
pub(crate) fn first_of(month: i64) -> i64 {
    let from_march = month - 2;
    let (year, month) = (from_march.div_euclid(12), from_march.rem_euclid(12));
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * month + 2) / 5;
    era * 146_097 + 365 * year + year / 4 - year / 100 + of_year - 719_468
}

/// The month a day lies in, as months since the year 0.
pub(crate) fn month_of(day: i64) -> i64 {
    // a month is never longer than 31 days, so the guess from mean months is off by one at most
    let guess = (day as f64 / 30.436_875).floor() as i64 + 12 * 1970;
    [guess + 1, guess, guess - 1]
        .into_iter()
        .find(|&month| first_of(month) <= day)
        .unwrap_or(guess - 1)
}

/// `2024-07`.
pub(crate) fn month_name(month: i64) -> String {
    format!(
        "{:04}-{:02}",
        month.div_euclid(12),
        month.rem_euclid(12) + 1
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn days_are_counted_from_1970() {
        let cases = [
            ("1970-01-01", Some(0)),
            ("1969-12-31", Some(-1)),
            ("2000-02-29", Some(11_016)),
            ("2024-03-01", Some(19_783)),
            ("2025-10-27", Some(20_388)),
            ("0000-01-01", Some(-719_528)),
            ("9999-12-31", Some(2_932_896)),
            ("2023-02-29", None),
            ("2023-13-01", None),
            ("2023-00-10", None),
            ("2023-01-00", None),
            ("2023-1-1", None),
            ("2023-01-01T00", None),
            ("", None),
        ];
        for (text, number) in cases {
            assert_eq!(parse(text), number, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_day_lies_in_its_month(day in -719_528..2_932_896i64) {
            let month = month_of(day);
            prop_assert!(first_of(month) <= day && day < first_of(month + 1));
            let text = format!("{}-{:02}", month_name(month), day - first_of(month) + 1);
            prop_assert_eq!(parse(&text), Some(day));
        }
    }
}
