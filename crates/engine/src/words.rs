//! Numbers in sentences.

use leadrank_stats::Estimate;

/// A fraction in percent, with as many digits as it needs.
pub(crate) fn percent(share: f64) -> String {
    let value = 100.0 * share;
    if value.abs() >= 20.0 {
        format!("{value:.0} %")
    } else if value.abs() >= 9.95 {
        format!("{value:.1} %")
    } else {
        format!("{value:.2} %")
    }
}

/// With a capital first letter.
pub(crate) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}

/// A count with thousands separators: `12,345`.
pub(crate) fn count(count: u64) -> String {
    let digits = count.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    groups.join(",")
}

/// A rate with its interval and rows: `3.50 % (95 % interval 3.33 % to 3.68 %, n = 43,210)`.
pub(crate) fn rate(estimate: &Estimate) -> String {
    format!(
        "{} (95 % interval {} to {}, n = {})",
        percent(estimate.value),
        percent(estimate.lo),
        percent(estimate.hi),
        count(estimate.n)
    )
}

/// A count and its noun: `1 vendor month`, `8 vendor months`.
pub(crate) fn several(number: u64, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{} {noun}s", count(number)),
    }
}

/// A probability by chance: `p = 0.012`, `p < 0.0001`.
pub(crate) fn chance(p: f64) -> String {
    if p < 1e-4 {
        "p < 0.0001".into()
    } else {
        let digits = if p < 0.01 { 4 } else { 2 };
        format!("p = {p:.digits$}")
    }
}

/// Names in a list: `a, b and c`.
pub(crate) fn list<S: AsRef<str>>(names: &[S]) -> String {
    match names {
        [] => String::new(),
        [only] => only.as_ref().into(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

/// Files as the subject of a sentence, few of them by name: `a.csv is`, `a.csv and 3 more are`.
pub(crate) fn are(files: &[&str]) -> String {
    match files {
        [] => "nothing is".into(),
        [only] => format!("{only} is"),
        [one, two] => format!("{one} and {two} are"),
        [first, rest @ ..] => format!("{first} and {} more are", rest.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(percent(0.0389), "3.89 %");
        assert_eq!(percent(0.123), "12.3 %");
        assert_eq!(percent(0.901), "90 %");
        assert_eq!((count(0), count(12_345)), ("0".into(), "12,345".into()));
        assert_eq!(several(1, "file"), "1 file");
        assert_eq!(several(1_200, "file"), "1,200 files");
        assert_eq!(chance(0.00002), "p < 0.0001");
        assert_eq!(chance(0.0012), "p = 0.0012");
        assert_eq!(chance(0.4), "p = 0.40");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(list::<&str>(&[]), "");
        assert_eq!(are(&["a"]), "a is");
        assert_eq!(are(&["a", "b", "c"]), "a and 2 more are");
    }
}
