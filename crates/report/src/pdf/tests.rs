//! What stands on the pages: all that a report says, within the edges, with heads repeated.

use leadrank_evidence::{
    Brief, Cell, Finding, Gate, Measured, Picture, Section, Severity, Table, Unit, Verdict,
};
use proptest::prelude::*;

use super::layout::{Area, What};
use super::*;

/// The text of each page, in the order it was put there.
fn texts(flow: &Flow) -> Vec<String> {
    let page = |page: &layout::Page| {
        let lines = page.items.iter().filter_map(|item| match &item.what {
            What::Line { line, .. } => Some(line.text()),
            _ => None,
        });
        let text: String = lines.map(|line| line + " ").collect();
        text.split(' ')
            .filter(|word| !word.is_empty())
            .collect::<Vec<&str>>()
            .join(" ")
    };
    flow.pages.iter().map(page).collect()
}

/// Everything stands within the page, and what is read within the margins.
fn stays_within(flow: &Flow) {
    let (width, height) = flow.paper.size();
    let right = flow.left() + flow.width();
    for item in flow.pages.iter().flat_map(|page| &page.items) {
        let (x, y, end, foot) = match &item.what {
            What::Line { at, line } => (at.0, at.1 - 5.0, at.0 + line.width, at.1),
            What::Fill { area, .. } | What::Chart { area, .. } => {
                let Area { x, y, .. } = *area;
                (x, y, x + area.width, y + area.height)
            }
            What::PageOf { end, .. } => (0.0, 0.0, end.0, end.1),
            What::Nothing => continue,
        };
        assert!(x >= 0.0 && y >= 0.0 && end <= width && foot <= height);
        if item.owner.is_some() {
            assert!(end <= right + 0.5, "{end} is beyond {right}");
            assert!(
                foot <= flow.bottom() + 0.5,
                "{foot} is below {}",
                flow.bottom()
            );
        }
    }
}

/// Lays out, checks and writes.
fn made<'a>(fonts: &'a Fonts, reports: &[Report]) -> Flow<'a> {
    let flow = laid(fonts, reports, "Checks", "a sample", Paper::A4).unwrap();
    stays_within(&flow);
    assert!(flow.write("Checks").unwrap().starts_with(b"%PDF"));
    flow
}

fn full() -> Report {
    let mut report = Report::new("leakage", "Does the model see the future?");
    report.answer = "Yes, for 37 leads.".into();
    report.scope = "As of 2025-10-27".into();
    let mut examples = Table::new("Leads concerned", &["lead", "#days"]);
    examples.row(vec!["00Q5".into(), Cell::Count(18)]);
    report.find(
        Finding::new("leakage.as_of", Severity::Fail, "37 leads use later facts")
            .because("37 of 46,271 leads (0.08 %; 0.06–0.11).")
            .rows(37, 46_271)
            .remedy("Run `leadrank features` again.")
            .examples(examples),
    );
    report.gates.push(Gate {
        id: "leakage.control".into(),
        rule: "shuffled labels are no better than chance".into(),
        value: Some(Measured {
            value: 0.503,
            lo: Some(0.472),
            hi: Some(0.534),
            n: 9_861,
            chance: Some(0.5),
        }),
        unit: Unit::Score,
        verdict: Verdict::Fail,
        action: "look again".into(),
        brief: Some(Brief {
            rule: "AUC within 0.48 to 0.52".into(),
            met: Some(true),
        }),
        forced: Some("a trial".into()),
    });
    let mut rates = Table::new("Rates", &["segment", "#rate"]).note("Wilson's intervals.");
    rates.row(vec!["株式 Ltd".into(), Cell::rate(4, 100)]);
    rates.row(vec!["none".into()]);
    let bars = vec![("years".to_string(), 0.2, "20 %".to_string())];
    let picture = Picture::Bars {
        title: "Weight".into(),
        bars,
        scale: None,
    };
    report.sections = vec![
        Section::new("Behind it")
            .say("A paragraph.")
            .draw(picture)
            .table(rates),
    ];
    report
}

#[test]
fn all_that_a_report_says_is_on_its_pages() {
    let fonts = Fonts::new().unwrap();
    let flow = made(&fonts, &[full()]);
    let text = texts(&flow).join(" ").replace('\u{a0}', " ");
    for said in [
        "Checks",
        "a sample",
        "Does the model see the future?",
        "As of 2025-10-27",
        "Fail. Yes, for 37 leads.",
        "fail 37 leads use later facts leakage.as_of",
        "37 of 46,271 leads (0.08 %; 0.06–0.11).",
        "Concerns 37 of 46,271 rows (0.08 %).",
        "What to do: Run “leadrank features” again.",
        "00Q5 18",
        "fail, forced",
        "0.503 (0.472–0.534) by chance 0.500; n = 9,861",
        "AUC within 0.48 to 0.52 met",
        "Passed by force: a trial",
        "\u{fffd}\u{fffd} Ltd 4.0 % (1.6–9.8), n = 100",
        "Wilson's intervals.",
        "Weight",
        "1 of",
    ] {
        assert!(text.contains(said), "{said:?} in {text}");
    }
    let outline: Vec<(u16, &str)> = flow
        .bookmarks
        .iter()
        .map(|mark| (mark.level, mark.title.as_str()))
        .collect();
    let question = "Does the model see the future?";
    let expected = [
        (1, "Checks"),
        (2, question),
        (3, "What was found"),
        (3, "Gates"),
        (3, "Behind it"),
    ];
    assert_eq!(outline, expected);
}

#[test]
fn contents_name_the_page_of_each_report() {
    let fonts = Fonts::new().unwrap();
    let mut second = full();
    second.question = "And the second?".into();
    second.sections.push(Section::new("\u{7}"));
    let mut third = Report::new("third", "");
    third.sections.push(Section::new("More"));
    let flow = made(&fonts, &[full(), second, third]);
    let numbers: Vec<usize> = flow.pages[0]
        .items
        .iter()
        .filter_map(|item| match item.what {
            What::PageOf { report, .. } => Some(flow.starts[report]),
            _ => None,
        })
        .collect();
    assert_eq!(numbers.len(), 3);
    let pages = texts(&flow);
    for (page, name) in numbers
        .iter()
        .zip(["the future?", "And the second?", "third"])
    {
        assert!(pages[*page].contains(name), "{name} on {page}");
    }
    assert!(numbers[0] < numbers[2]);
}

#[test]
fn heads_of_a_long_table_stand_on_each_of_its_pages() {
    let fonts = Fonts::new().unwrap();
    let mut table = Table::new("Long", &["feature", "#stability"]);
    for row in 0..200 {
        table.row(vec![format!("row {row}.").into(), Cell::Count(row)]);
    }
    let mut report = Report::new("long", "Long?");
    report.sections = vec![Section::new("").table(table)];
    let flow = made(&fonts, &[report]);
    let pages = texts(&flow);
    assert!(pages.len() > 3);
    assert!(pages.iter().all(|page| page.contains("feature stability")));
    let all = pages.join(" ");
    assert!((0..200).all(|row| all.contains(&format!("row {row}. {row} "))));
}

#[test]
fn a_row_higher_than_a_page_goes_on_and_a_wide_table_stands_in_parts() {
    let fonts = Fonts::new().unwrap();
    let words: Vec<String> = (0..4000).map(|word| format!("w{word}")).collect();
    let mut tall = Table::new("Tall", &["text", "#n"]);
    tall.row(vec![words.join(" ").into(), Cell::Count(7)]);
    let names: Vec<String> = (0..40).map(|column| format!("#column_{column}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut wide = Table::new("Wide", &names);
    wide.row((0..40).map(|cell| Cell::Count(cell * 1_000_003)).collect());
    let mut report = Report::new("large", "Large?");
    report.sections = vec![Section::new("Both").table(tall).table(wide)];
    let flow = made(&fonts, &[report]);
    let all = texts(&flow).join(" ");
    assert!(words.iter().all(|word| all.contains(&format!("{word} "))));
    assert!((0..40).all(|column| all.contains(&format!("column_{column} "))));
    assert!(all.matches("column_0 ").count() > 2);
}

#[test]
fn heads_higher_than_a_page_end() {
    let fonts = Fonts::new().unwrap();
    let name = "a long name ".repeat(600);
    let mut table = Table::new("Odd", &[&name, "#n"]);
    table.row(vec!["last".into(), Cell::Count(7)]);
    let mut report = Report::new("odd", "Odd?");
    report.sections = vec![Section::new("Odd").table(table)];
    let pages = texts(&made(&fonts, &[report]));
    assert!(pages.last().unwrap().contains("last 7"), "{pages:?}");
}

#[test]
fn nothing_to_report_is_said() {
    let fonts = Fonts::new().unwrap();
    let flow = laid(&fonts, &[], "", "", Paper::Letter).unwrap();
    assert!(texts(&flow)[0].contains("There is nothing to report."));
    assert!(flow.write("").is_ok());
    made(&fonts, &[Report::new("", "")]);
}

fn any_text() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        4 => "[a-z]{1,9}",
        1 => "[A-Za-z_]{40,120}",
        1 => "\\PC{0,12}",
        1 => any::<String>(),
    ];
    proptest::collection::vec(word, 0..12).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_report_fits_its_pages(
        texts in proptest::collection::vec(any_text(), 8),
        columns in proptest::collection::vec(any_text(), 1..14),
        rows in 0usize..30,
    ) {
        let fonts = Fonts::new().unwrap();
        let names: Vec<&str> = columns.iter().map(String::as_str).collect();
        let mut table = Table::new(&texts[0], &names);
        for row in 0..rows {
            let cells = columns.iter().enumerate();
            table.row(cells.map(|(place, _)| match (place + row) % 3 {
                0 => Cell::rate(row as u64, 1000),
                1 => texts[(place + row) % 8].clone().into(),
                _ => Cell::Nothing,
            }).collect());
        }
        let bars = vec![(texts[1].clone(), 0.5, texts[2].clone())];
        let picture = Picture::Bars { title: texts[3].clone(), bars, scale: None };
        let mut report = Report::new("any", &texts[4]);
        report.answer = texts[5].clone();
        report.find(Finding::new("any.one", Severity::Warn, &texts[6]).because(&texts[7]).rows(1, 2));
        report.sections = vec![Section::new(&texts[0]).say(&texts[1]).draw(picture).table(table)];
        made(&fonts, &[report.clone(), report]);
    }
    #[test]
    fn any_sheet_has_two_pages_or_is_too_long(
        texts in proptest::collection::vec(any_text(), 7),
        cards in 0usize..12,
    ) {
        let fonts = Fonts::new().unwrap();
        let bars = vec![(texts[0].clone(), 0.5, texts[1].clone())];
        let picture = Picture::Bars { title: texts[2].clone(), bars, scale: None };
        let card = |number: usize| Card {
            heading: texts[number % 7].clone(),
            lead: texts[(number + 1) % 7].clone(),
            lines: texts[number % 7..].to_vec(),
            picture: number.is_multiple_of(3).then(|| picture.clone()),
            grade: Some(texts[(number + 2) % 7].clone()),
        };
        let sheet = Sheet {
            title: texts[3].clone(),
            subtitle: texts[4].clone(),
            cards: (0..cards).map(card).collect(),
            footer: texts[5].clone(),
        };
        match sheet::laid(&fonts, &sheet) {
            Ok(flow) => {
                prop_assert_eq!(flow.pages.len(), 2);
                stays_within(&flow);
                prop_assert!(flow.write(&sheet.title).is_ok());
            }
            Err(error) => prop_assert!(matches!(error, PdfError::TooLong { .. }), "{error}"),
        }
    }
}
