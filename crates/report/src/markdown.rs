//! Reports as Markdown (CommonMark with pipe tables): headings, tables, pictures as files beside
//! it.

use leadrank_evidence::{Align, Cell, Finding, Gate, Report, Section, Table};

use crate::cells;
use crate::chart;
use crate::checks::{concerned, gate_n, gate_value, gate_word, gates_note, verdict};
use crate::format::{count, sentence};
use crate::markup::slug;

/// A picture beside the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Its file's name.
    pub name: String,
    /// Its content.
    pub svg: String,
}

/// A report as text with the pictures that it links to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Markdown {
    /// The text.
    pub text: String,
    /// The pictures, in the order of the text.
    pub images: Vec<Image>,
    /// What names of pictures begin with.
    stem: String,
}

impl Markdown {
    /// The name of the picture of a number, from 1.
    pub fn image_name(&self, number: usize) -> String {
        image_name(&self.stem, number)
    }
}

fn image_name(stem: &str, number: usize) -> String {
    format!("{stem}_{number}.svg")
}

/// The report as Markdown. Pictures are linked to as files of `folder`, a path from where the
/// text will stand.
///
/// ```
/// use leadrank_evidence::{Report, Section, Table};
/// let mut report = Report::new("training", "Is it any good?");
/// let mut table = Table::new("Scores", &["what", "#AUC"]);
/// table.row(vec!["a|b".into(), 12u64.into()]);
/// report.sections = vec![Section::new("Numbers").table(table)];
/// let made = leadrank_report::markdown(&report, "images");
/// assert!(made.text.starts_with("# Is it any good?\n"));
/// assert!(made.text.contains("| what | AUC |\n| --- | ---: |\n| a\\|b | 12 |\n"));
/// assert!(made.images.is_empty());
/// ```
pub fn markdown(report: &Report, folder: &str) -> Markdown {
    let mut made = Made {
        blocks: Vec::new(),
        images: Vec::new(),
        stem: slug(&report.name).replace('-', "_"),
        folder: folder.trim_end_matches('/'),
    };
    made.head(report);
    made.findings(report);
    made.gates(&report.gates);
    for section in &report.sections {
        made.section(section);
    }
    Markdown {
        text: made.blocks.join("\n\n") + "\n",
        images: made.images,
        stem: made.stem,
    }
}

struct Made<'a> {
    /// Blocks that an empty line stands between.
    blocks: Vec<String>,
    images: Vec<Image>,
    /// What names of pictures begin with.
    stem: String,
    folder: &'a str,
}

impl Made<'_> {
    fn say(&mut self, block: impl Into<String>) {
        let block = block.into();
        if !block.trim().is_empty() {
            self.blocks.push(block);
        }
    }

    fn head(&mut self, report: &Report) {
        self.say(format!("# {}", inline(&report.question)));
        self.say(paragraph(&report.scope));
        self.say(paragraph(&report.about));
        let word = verdict(report).1;
        let answer = inline(&report.answer);
        self.say(format!("**{word}** {answer}").trim_end().to_owned());
    }

    fn findings(&mut self, report: &Report) {
        if report.findings.is_empty() {
            return;
        }
        self.say("## What was found");
        let mut all: Vec<&Finding> = report.findings.iter().collect();
        all.sort_by_key(|finding| finding.severity);
        let lines: Vec<String> = all.iter().map(|one| finding(one)).collect();
        self.say(lines.join("\n"));
        for examples in all.iter().filter_map(|finding| finding.examples.as_ref()) {
            self.table(examples);
        }
    }

    fn gates(&mut self, gates: &[Gate]) {
        if gates.is_empty() {
            return;
        }
        self.say("## Gates");
        let head = [
            "verdict",
            "gate",
            "rule",
            "found",
            "asked by the brief",
            "what to do",
        ];
        let rows: Vec<Vec<String>> = gates.iter().map(gate).collect();
        self.say(pipes(&head.map(str::to_owned), &[Align::Left; 6], &rows));
        self.say(paragraph(&gates_note(gates)));
    }

    fn section(&mut self, section: &Section) {
        if !section.title.is_empty() {
            self.say(format!("## {}", inline(&section.title)));
        }
        for text in &section.text {
            self.say(paragraph(text));
        }
        for picture in &section.pictures {
            let drawn = chart::picture(picture);
            let name = image_name(&self.stem, self.images.len() + 1);
            self.say(format!(
                "![{}]({}/{name})",
                inline(drawn.title()),
                self.folder
            ));
            if chart::is_told(picture) {
                self.say(paragraph(drawn.description()));
            }
            self.images.push(Image {
                name,
                svg: drawn.standalone() + "\n",
            });
        }
        for table in &section.tables {
            self.table(table);
        }
    }

    fn table(&mut self, table: &Table) {
        if table.columns.is_empty() {
            return;
        }
        if !table.title.is_empty() {
            self.say(format!("**{}**", inline(&table.title)));
        }
        let digits = cells::digits(table);
        let head: Vec<String> = table.columns.iter().map(|one| inline(&one.name)).collect();
        let aligns: Vec<Align> = table.columns.iter().map(|one| one.align).collect();
        let row = |row: &Vec<Cell>| {
            let cells = row.iter().zip(&digits);
            cells
                .map(|(cell, &digits)| written(cell, row, digits))
                .collect()
        };
        let rows: Vec<Vec<String>> = table.rows.iter().map(row).collect();
        self.say(match rows.is_empty() {
            true => "None.".into(),
            false => pipes(&head, &aligns, &rows),
        });
        self.say(paragraph(&table.note));
    }
}

fn finding(finding: &Finding) -> String {
    let mut lines = vec![format!(
        "- **{}** {} (`{}`)",
        finding.severity.word(),
        inline(&sentence(&finding.headline)),
        code(&finding.id)
    )];
    let evidence = finding.evidence.iter();
    lines.extend(evidence.map(|text| format!("  - {}", paragraph(text))));
    if finding.rows > 0 {
        lines.extend(concerned(finding).map(|text| format!("  - {}", inline(&text))));
    }
    if !finding.remedy.is_empty() {
        lines.push(format!("  - What to do: {}", inline(&finding.remedy)));
    }
    lines.join("\n")
}

fn gate(gate: &Gate) -> Vec<String> {
    let n = gate_n(gate).map_or(String::new(), |n| format!("; {n}"));
    let brief = gate.brief.as_ref().map_or(String::new(), |brief| {
        let met = match brief.met {
            Some(true) => "met",
            Some(false) => "not met",
            None => "can't be judged",
        };
        format!("{}: {met}", brief.rule)
    });
    let action = match (gate.verdict, &gate.forced) {
        (_, Some(reason)) => format!("Passed by force: {reason}"),
        (leadrank_evidence::Verdict::Pass, None) => String::new(),
        _ => gate.action.clone(),
    };
    vec![
        gate_word(gate).to_owned(),
        format!("`{}`", code(&gate.id)),
        inline(&gate.rule),
        inline(&format!("{}{n}", gate_value(gate))),
        inline(&brief),
        inline(&action),
    ]
}

/// A cell as people read it, a rate with the rows it rests on unless the table says them.
fn written(cell: &Cell, row: &[Cell], digits: usize) -> String {
    let text = inline(&cells::text(cell, digits));
    match cell {
        Cell::Rate(rate) if !row.contains(&Cell::Count(rate.n)) => {
            format!("{text}, n = {}", count(rate.n))
        }
        _ => text,
    }
}

/// A table of texts that are Markdown already; a row of another length is cut or filled.
fn pipes(head: &[String], aligns: &[Align], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| {
        let mut cells = cells.to_vec();
        cells.resize(head.len(), String::new());
        format!("| {} |", cells.join(" | "))
    };
    let rule = aligns.iter().map(|align| match align {
        Align::Left => "---".to_owned(),
        Align::Right => "---:".to_owned(),
    });
    let mut lines = vec![line(head), line(&rule.collect::<Vec<String>>())];
    lines.extend(rows.iter().map(|row| line(row)));
    lines.join("\n")
}

/// Text of a line of its own, which must not become a heading or a list.
fn paragraph(text: &str) -> String {
    let text = inline(text);
    let after_digits = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let is_number = after_digits.len() < text.len()
        && (after_digits.starts_with(". ") || after_digits.starts_with(") "));
    if text.starts_with(['#', '-', '+', '=']) {
        format!("\\{text}")
    } else if is_number {
        let digits = text.len() - after_digits.len();
        format!("{}\\{after_digits}", &text[..digits])
    } else {
        text
    }
}

/// Text within a line: nothing in it is markup but `code` between backticks.
fn inline(text: &str) -> String {
    let text = plain(text);
    let parts: Vec<&str> = text.split('`').collect();
    let paired = !parts.len().is_multiple_of(2);
    let parts = parts.iter().enumerate().map(|(place, part)| {
        if paired && place % 2 == 1 {
            format!("`{}`", part.replace('|', "\\|"))
        } else {
            escaped(part)
        }
    });
    parts
        .collect::<Vec<String>>()
        .join(if paired { "" } else { "\\`" })
}

/// Text between backticks.
fn code(text: &str) -> String {
    plain(text).replace('`', "'").replace('|', "\\|")
}

fn escaped(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len() + 8);
    for (place, &letter) in letters.iter().enumerate() {
        let within_word = || {
            let before = place.checked_sub(1).and_then(|before| letters.get(before));
            let is_word = |letter: Option<&char>| letter.is_some_and(|one| one.is_alphanumeric());
            is_word(before) && is_word(letters.get(place + 1))
        };
        let is_markup = match letter {
            '\\' | '*' | '[' | ']' | '<' | '>' | '&' | '|' | '~' | '$' => true,
            // an underscore inside a name is one
            '_' => !within_word(),
            _ => false,
        };
        if is_markup {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

/// One line without control characters and no-break spaces.
fn plain(text: &str) -> String {
    let letters = text.chars().map(|letter| {
        if letter.is_control() || letter == '\u{a0}' {
            ' '
        } else {
            letter
        }
    });
    letters.collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_code_is_markup() {
        assert_eq!(inline("a_b *c* `x|y` <d>"), "a_b \\*c\\* `x\\|y` \\<d\\>");
        assert_eq!(inline("one ` alone, _so_"), "one \\` alone, \\_so\\_");
        assert_eq!(inline("$1.2B | 3\u{a0}%\nnew"), "\\$1.2B \\| 3 % new");
        assert_eq!(paragraph("# no heading"), "\\# no heading");
        assert_eq!(paragraph("12. no list"), "12\\. no list");
        assert_eq!(paragraph("0.12 is a number"), "0.12 is a number");
    }

    #[test]
    fn rows_have_as_many_cells_as_heads() {
        let head = ["a".to_owned(), "b".to_owned()];
        let table = pipes(&head, &[Align::Left, Align::Right], &[vec!["1".to_owned()]]);
        assert_eq!(table, "| a | b |\n| --- | ---: |\n| 1 |  |");
    }
}
