//! Moments and days as Salesforce and BigQuery export them.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime};

use super::{Cell, Reason, is_null_word, trim};

/// Years outside these are typing errors or placeholders.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2100;

/// Reads a moment as microseconds since 1970 in UTC: `2025-03-01T00:00:00.000+0000`,
/// `2025-03-01 14:05:00 UTC`, `2025-03-01T14:05:00Z`, without a zone (taken as UTC), or a
/// day alone (its midnight). Forms in which day and month may be exchanged are refused.
pub fn timestamp(cell: &str) -> Cell<i64> {
    match moment(cell, Reason::NotATimestamp)? {
        None => Ok(None),
        Some(moment) => Ok(Some(moment.and_utc().timestamp_micros())),
    }
}

/// Reads a calendar day as days since 1970; a full timestamp gives its day in UTC.
pub fn date(cell: &str) -> Cell<i32> {
    let epoch = NaiveDate::default();
    match moment(cell, Reason::NotADate)? {
        None => Ok(None),
        Some(moment) => {
            let days = moment.date().signed_duration_since(epoch).num_days();
            i32::try_from(days)
                .map(Some)
                .map_err(|_| Reason::UnlikelyDate)
        }
    }
}

fn moment(cell: &str, otherwise: Reason) -> Cell<NaiveDateTime> {
    let cell = trim(cell);
    if is_null_word(cell) {
        return Ok(None);
    }
    let parsed = day(cell.as_bytes())
        .and_then(|(day, rest)| with_time(day, rest))
        .ok_or(otherwise)?;
    if YEARS.contains(&parsed.year()) {
        Ok(Some(parsed))
    } else {
        Err(Reason::UnlikelyDate)
    }
}

/// `2025-03-01` and what follows it.
fn day(bytes: &[u8]) -> Option<(NaiveDate, &[u8])> {
    let (head, rest) = bytes.split_at_checked(10)?;
    if head[4] != b'-' || head[7] != b'-' {
        return None;
    }
    let day = NaiveDate::from_ymd_opt(
        i32::try_from(digits(&head[..4])?).ok()?,
        digits(&head[5..7])?,
        digits(&head[8..])?,
    )?;
    Some((day, rest))
}

/// `T14:05:00.123+0000` in its variants; nothing means midnight.
fn with_time(day: NaiveDate, rest: &[u8]) -> Option<NaiveDateTime> {
    if rest.is_empty() {
        return Some(day.and_time(NaiveTime::MIN));
    }
    let (head, mut rest) = rest.split_at_checked(6)?;
    if !matches!(head[0], b'T' | b't' | b' ') || head[3] != b':' {
        return None;
    }
    let (hour, minute) = (digits(&head[1..3])?, digits(&head[4..6])?);
    let mut second = 0;
    let mut micros = 0;
    if let [b':', tens, ones, after @ ..] = rest {
        second = digits(&[*tens, *ones])?;
        rest = after;
        if let [b'.' | b',', after @ ..] = rest {
            let length = after.iter().take_while(|b| b.is_ascii_digit()).count();
            if length == 0 || length > 9 {
                return None;
            }
            let nanos = digits(&after[..length])? * 10_u32.pow(9 - length as u32);
            micros = nanos / 1_000;
            rest = &after[length..];
        }
    }
    let time = NaiveTime::from_hms_micro_opt(hour, minute, second, micros)?;
    let local = day.and_time(time);
    let offset = offset_seconds(rest)?;
    let utc = DateTime::from_timestamp_micros(
        local.and_utc().timestamp_micros() - i64::from(offset) * 1_000_000,
    )?;
    Some(utc.naive_utc())
}

/// Seconds east of UTC: `Z`, `UTC`, `+0000`, `+00:00`, `+00`, or nothing.
fn offset_seconds(rest: &[u8]) -> Option<i32> {
    let rest = rest.trim_ascii();
    let (sign, numbers) = match rest {
        [] | b"Z" | b"z" | b"UTC" | b"utc" | b"GMT" => return Some(0),
        [b'+', numbers @ ..] => (1, numbers),
        [b'-', numbers @ ..] => (-1, numbers),
        _ => return None,
    };
    let (hours, minutes) = match numbers {
        [a, b] => (digits(&[*a, *b])?, 0),
        [a, b, c, d] | [a, b, b':', c, d] => (digits(&[*a, *b])?, digits(&[*c, *d])?),
        _ => return None,
    };
    if hours > 14 || minutes > 59 {
        return None;
    }
    Some(sign * i32::try_from(hours * 3600 + minutes * 60).ok()?)
}

fn digits(bytes: &[u8]) -> Option<u32> {
    let mut value = 0_u32;
    for byte in bytes {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(u32::from(digit))?;
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_forms_exports_use_are_one_moment() {
        let expected = Utc
            .with_ymd_and_hms(2025, 3, 1, 14, 5, 0)
            .single()
            .expect("valid")
            .timestamp_micros();
        for cell in [
            "2025-03-01T14:05:00.000+0000",
            "2025-03-01 14:05:00 UTC",
            "2025-03-01T14:05:00Z",
            "2025-03-01T14:05:00+00:00",
            "2025-03-01 14:05:00",
            "2025-03-01 14:05",
            "2025-03-01 14:05:00.000000 UTC",
            "2025-03-01T09:05:00.000-0500",
            "2025-03-01T16:05:00+02",
        ] {
            assert_eq!(timestamp(cell), Ok(Some(expected)), "{cell}");
            assert_eq!(date(cell), Ok(Some(20_148)), "{cell}");
        }
        let midnight = Utc
            .with_ymd_and_hms(2025, 3, 1, 0, 0, 0)
            .single()
            .expect("valid")
            .timestamp_micros();
        assert_eq!(timestamp("2025-03-01"), Ok(Some(midnight)));
        // Late in New York is the next day in UTC.
        assert_eq!(date("2025-02-28T23:00:00.000-0500"), Ok(Some(20_148)));
    }

    #[test]
    fn ambiguous_and_impossible_moments_are_refused() {
        for cell in [
            "3/1/2025",
            "01.03.2025",
            "2025-02-30",
            "2025-13-01",
            "2025-3-1",
            "20250301",
            "2025-03-01T25:00:00Z",
            "2025-03-01T14:05:00 PST",
            "2025-03-01T14",
            "Osseo",
            "2025-03-01T14:05:00.Z",
            "45717",
        ] {
            assert_eq!(timestamp(cell), Err(Reason::NotATimestamp), "{cell}");
            assert_eq!(date(cell), Err(Reason::NotADate), "{cell}");
        }
        assert_eq!(timestamp("0001-01-01"), Err(Reason::UnlikelyDate));
        assert_eq!(date("9999-12-31"), Err(Reason::UnlikelyDate));
    }

    proptest! {
        #[test]
        fn every_second_comes_back(seconds in -2_208_988_800_i64..4_133_980_800) {
            let moment = Utc.timestamp_opt(seconds, 0).single().expect("in range");
            let cell = moment.format("%Y-%m-%dT%H:%M:%S.000+0000").to_string();
            prop_assert_eq!(timestamp(&cell), Ok(Some(seconds * 1_000_000)));
            let days = i32::try_from(seconds.div_euclid(86_400)).expect("in range");
            prop_assert_eq!(date(&cell), Ok(Some(days)));
        }
    }
}
