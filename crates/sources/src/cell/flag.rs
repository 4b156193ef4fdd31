//! Yes, no and unknown; true and false.

use std::borrow::Cow;

use super::{Cell, Reason, is_null_word, text, trim};

/// Reads `Yes`, `No` or `Unknown` in any case, also as `Y`, `true`, `1` and their
/// opposites, and gives the one spelling that is stored.
pub fn flag(cell: &str) -> Cell<&'static str> {
    let cell = trim(cell);
    match cell {
        "Yes" => return Ok(Some("Yes")),
        "No" => return Ok(Some("No")),
        _ if is_null_word(cell) => return Ok(None),
        _ => {}
    }
    let any = |words: &[&str]| words.iter().any(|word| cell.eq_ignore_ascii_case(word));
    if any(&["yes", "y", "true", "t", "1", "1.0"]) {
        Ok(Some("Yes"))
    } else if any(&["no", "n", "false", "f", "0", "0.0"]) {
        Ok(Some("No"))
    } else if any(&["unknown", "unk"]) {
        Ok(Some("Unknown"))
    } else {
        Err(Reason::NotYesOrNo)
    }
}

/// Free text in which `yes`, `no` and `unknown` get one spelling and all else is kept.
pub fn remark(cell: &str) -> Option<Cow<'_, str>> {
    let cell = text(cell)?;
    for word in ["Yes", "No", "Unknown"] {
        if cell.eq_ignore_ascii_case(word) {
            return Some(Cow::Borrowed(word));
        }
    }
    Some(Cow::Borrowed(cell))
}

/// Reads true or false in the spellings of exports.
pub fn boolean(cell: &str) -> Cell<bool> {
    match flag(cell) {
        Ok(None) => Ok(None),
        Ok(Some("Yes")) => Ok(Some(true)),
        Ok(Some("No")) => Ok(Some(false)),
        _ => Err(Reason::NotBoolean),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_have_three_spellings() {
        for cell in ["Yes", "YES", "y", " yes ", "TRUE", "1"] {
            assert_eq!(flag(cell), Ok(Some("Yes")), "{cell}");
            assert_eq!(boolean(cell), Ok(Some(true)), "{cell}");
        }
        for cell in ["No", "no", "N", "false", "0"] {
            assert_eq!(flag(cell), Ok(Some("No")), "{cell}");
            assert_eq!(boolean(cell), Ok(Some(false)), "{cell}");
        }
        assert_eq!(flag("unknown"), Ok(Some("Unknown")));
        assert_eq!(boolean("unknown"), Err(Reason::NotBoolean));
        assert_eq!(flag("Osseo"), Err(Reason::NotYesOrNo));
        assert_eq!(boolean("2"), Err(Reason::NotBoolean));
    }

    #[test]
    fn a_remark_keeps_its_text() {
        assert_eq!(remark("no").as_deref(), Some("No"));
        assert_eq!(remark("Yes - Criminal").as_deref(), Some("Yes - Criminal"));
        assert_eq!(remark("NULL"), None);
    }
}
