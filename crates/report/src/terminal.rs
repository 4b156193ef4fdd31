//! Lines for a terminal: wrapped, under each other, at most 80 columns, plain letters.

use crate::format::tied;

/// Width of a line.
pub(crate) const COLUMNS: usize = 80;

/// Adds lines after an empty one, if there are any.
pub(crate) fn part(lines: &mut Vec<String>, more: Vec<String>) {
    if !more.is_empty() {
        lines.push(String::new());
        lines.extend(more);
    }
}

/// Rows with their columns under each other, two spaces apart; `right` says which columns are
/// numbers. The last column is cut where the line would be too long.
pub(crate) fn aligned(rows: Vec<Vec<String>>, right: &[bool]) -> Vec<String> {
    let rows: Vec<Vec<String>> = rows
        .into_iter()
        .map(|row| row.iter().map(|text| cut(&plain(text))).collect())
        .collect();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..right.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row
            .iter()
            .zip(&widths)
            .zip(right)
            .map(|((cell, &width), &right)| {
                if right {
                    format!("{cell:>width$}")
                } else {
                    format!("{cell:<width$}")
                }
            });
        cut(cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

/// A paragraph in lines; all but the first begin with `indent` spaces.
pub(crate) fn wrap(text: &str, indent: usize) -> Vec<String> {
    hanging("", 0, text, indent)
}

/// A paragraph in lines: the first begins with `lead`, as wide as `lead_width` at least, all
/// others with `indent` spaces. A number keeps its unit on its line.
pub(crate) fn hanging(lead: &str, lead_width: usize, text: &str, indent: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let lead = plain(lead);
    let mut line = format!("{lead:<width$}", width = lead_width.min(COLUMNS));
    let mut words = 0;
    let breaks = |letter: char| letter.is_whitespace() && letter != '\u{a0}';
    for word in tied(text).split(breaks) {
        let word = plain(word);
        let word = word.trim();
        if word.is_empty() {
            continue;
        }
        if words > 0 && line.chars().count() + 1 + word.chars().count() > COLUMNS {
            lines.push(cut(&line));
            line = " ".repeat(indent.min(COLUMNS));
            words = 0;
        }
        if words > 0 {
            line.push(' ');
        }
        line.push_str(word);
        words += 1;
    }
    if !line.trim().is_empty() {
        lines.push(cut(line.trim_end()));
    }
    lines
}

/// At most one line of text.
pub(crate) fn cut(text: &str) -> String {
    if text.chars().count() <= COLUMNS {
        return text.into();
    }
    let kept: String = text.chars().take(COLUMNS - 1).collect();
    format!("{}…", kept.trim_end())
}

/// Without what a terminal would obey or set with another width: control characters become
/// spaces, no-break spaces too.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .map(|letter| {
            if letter.is_control() || letter == '\u{a0}' {
                ' '
            } else {
                letter
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_wrapped_and_indented() {
        let lines = wrap(&"word ".repeat(40), 2);
        assert_eq!(lines.len(), 3);
        assert!(lines[0].starts_with("word") && lines[1].starts_with("  word"));
        assert!(lines.iter().all(|line| line.chars().count() <= COLUMNS));
        assert!(wrap("", 2).is_empty());
        assert_eq!(wrap(&"x".repeat(100), 0)[0].chars().count(), COLUMNS);
        let lines = hanging("FAIL", 6, &format!("{}3.9 % of it", "x ".repeat(36)), 6);
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("FAIL  x x") && !lines[0].contains("3.9"));
        assert_eq!(lines[1], "      3.9 % of it");
    }

    #[test]
    fn no_text_is_too_long_for_a_column() {
        let lines = aligned(vec![vec!["x".repeat(70_000), "1".into()]], &[false, true]);
        assert_eq!(lines[0].chars().count(), COLUMNS);
    }

    #[test]
    fn columns_stand_under_each_other() {
        let rows = vec![
            vec!["a".to_string(), "1".into(), "x".into()],
            vec!["bbb".to_string(), "1,000".into(), "y\u{1b}[31m".into()],
        ];
        let lines = aligned(rows, &[false, true, false]);
        assert_eq!(lines, ["a        1  x", "bbb  1,000  y [31m"]);
    }
}
