//! Pages and texts of checks: well-formed, self-contained, small, the same every time, and proof
//! against any text.

mod sample_checks;
mod standalone;

use leadrank_evidence::{
    Brief, Cell, Finding, Gate, Measured, Report, Section, Severity, Table, Unit, Verdict,
};
use leadrank_report::{checks_text, gates_text, markdown, render_checks};
use proptest::prelude::*;
use standalone::{parse, stands_alone, unique_ids};

fn sample_page() -> String {
    render_checks("Data checks", "made-up numbers", &sample_checks::all())
}

/// The body without what is inside its pictures, which have snapshots of their own.
fn without_pictures(html: &str) -> String {
    let (_, body) = html.split_once("<body>").expect("a body");
    let mut out = String::new();
    let mut rest = body;
    while let Some((before, after)) = rest.split_once("<svg") {
        out.push_str(before);
        out.push_str("<svg/>");
        rest = after.split_once("</svg>").expect("its end").1;
    }
    out + rest
}

#[test]
fn the_page_says_all_that_a_report_holds() {
    insta::assert_snapshot!(without_pictures(&sample_page()));
}

#[test]
fn the_page_stands_alone() {
    let html = sample_page();
    assert_eq!(html, sample_page());
    assert!(html.len() < 400_000, "{} bytes", html.len());
    stands_alone(&html, 7);
}

#[test]
fn a_page_of_large_swarms_stays_small() {
    let report = sample_checks::of_model();
    let html = render_checks("Model", "made-up numbers", std::slice::from_ref(&report));
    stands_alone(&html, 6);
    assert!(html.len() < 500_000, "{} bytes", html.len());
    let made = markdown(&report, "images");
    assert_eq!(made.images.len(), 6);
    assert!(made.text.contains("Contributions of 30 features"));
}

#[test]
fn markdown_says_what_the_page_says() {
    let check = sample_checks::leakage();
    let made = markdown(&check, "images");
    insta::assert_snapshot!(made.text);
    assert_eq!(made, markdown(&check, "images/"));
    for (number, image) in (1..).zip(&made.images) {
        assert_eq!(image.name, made.image_name(number));
        assert_eq!(
            made.text
                .matches(&format!("](images/{})", image.name))
                .count(),
            1
        );
        roxmltree::Document::parse(&image.svg).unwrap();
    }
    let pictures: usize = check.sections.iter().map(|one| one.pictures.len()).sum();
    assert_eq!(made.images.len(), pictures);
}

#[test]
fn every_number_in_markdown_is_the_reports() {
    let mut check = sample_checks::leakage();
    let before = markdown(&check, "images").text;
    let mut changed = 0;
    for section in 0..check.sections.len() {
        for table in 0..check.sections[section].tables.len() {
            for row in 0..check.sections[section].tables[table].rows.len() {
                let kept = check.clone();
                let cells = &mut check.sections[section].tables[table].rows[row];
                let number = cells.iter_mut().find(|cell| matches!(cell, Cell::Count(_)));
                if let Some(cell) = number {
                    *cell = Cell::Count(987_654_321);
                    let text = markdown(&check, "images").text;
                    assert!(text != before && text.contains("987,654,321"));
                    changed += 1;
                }
                check = kept;
            }
        }
    }
    assert!(changed > 0);
}

#[test]
fn pictures_with_one_title_have_ids_of_their_own() {
    let mut check = Report::new("twice", "?");
    check.sections = vec![
        Section::new("one").draw(sample_checks::pictures::segments()),
        Section::new("two")
            .draw(sample_checks::pictures::segments())
            .draw(sample_checks::pictures::segments()),
    ];
    let html = render_checks("t", "", &[check.clone(), check]);
    let document = parse(&html);
    unique_ids(&document);
}

#[test]
fn an_overview_is_there_for_several_checks_only() {
    let checks = sample_checks::all();
    let overview = |html: &str| html.contains("class=\"overview\"");
    assert!(overview(&render_checks("t", "", &checks)));
    assert!(!overview(&render_checks("t", "", &checks[..1])));
    assert!(render_checks("t", "", &[]).contains("No check was run."));
    assert_eq!(checks_text(&[]), "");
    assert_eq!(gates_text(&[]), "");
}

#[test]
fn a_table_without_rows_says_so() {
    let mut check = Report::new("a", "?");
    let table = Table::new("Pairs that interact", &["one", "other"]);
    check.sections = vec![Section::new("Pairs").table(table)];
    let html = render_checks("t", "", &[check.clone()]);
    assert!(html.contains("Pairs that interact: none.") && !html.contains("<table"));
    let text = markdown(&check, "images").text;
    assert!(text.contains("None.") && !text.contains('|'), "{text}");
}

#[test]
fn findings_come_worst_first_even_if_not_settled() {
    let mut check = Report::new("a", "?");
    check.find(Finding::new("x", Severity::Note, "a note"));
    check.find(Finding::new("y", Severity::Fail, "a failure"));
    let place = |text: &str, what: &str| text.find(what).expect("it is there");
    let html = render_checks("t", "", &[check.clone()]);
    assert!(place(&html, "<h4>A failure") < place(&html, "<h4>A note"));
    let text = checks_text(&[check]);
    assert!(place(&text, "FAIL  A failure") < place(&text, "note  A note"));
}

#[test]
fn a_stranger_reads_what_it_is_about_the_answer_and_the_proofs_first() {
    let mut check = Report::new("leakage", "Does the model see the future?");
    check.about = "Leakage is learning from what nobody can know yet.".into();
    check.answer = "No sign of it.".into();
    check.find(Finding::new("x", Severity::Note, "a note"));
    check.find(Finding::new("y", Severity::Warn, "a warning"));
    let proof = Finding::new("z", Severity::Pass, "12 facts are older than their contact");
    check.find(proof.because("Counted after the join."));
    let html = render_checks("t", "", &[check.clone()]);
    let place = |what: &str| {
        html.find(what)
            .unwrap_or_else(|| panic!("{what} in {html}"))
    };
    let order = [
        "Does the model see",
        "Leakage is learning",
        "No sign of it.",
        "<h4>A warning",
        "12 facts are older",
        "Counted after the join",
        "<h4>A note",
    ];
    assert!(order.map(place).is_sorted(), "{html}");
    // the proof itself is no part of what unfolds
    let line = &html[..place("12 facts are older")];
    let folded = line.rfind("<details").map(|from| &line[from..]);
    assert!(folded.is_some_and(|inside| inside.contains("<summary")));
    assert!(html.contains("Also good to know"));
    let text = checks_text(&[check.clone()]);
    assert!(text.contains("Leakage is learning from what"), "{text}");
    assert!(
        markdown(&check, "images")
            .text
            .contains("Leakage is learning")
    );
}

#[test]
fn no_headline_is_cut_on_a_terminal() {
    let headline = "a note whose end matters as much as its beginning, since it says of which \
        feature it is true: AssetsInMillions_HNWIndividuals";
    for severity in [Severity::Note, Severity::Pass, Severity::Warn] {
        let mut check = Report::new("a", "?");
        check.find(Finding::new("x", severity, headline));
        let text = checks_text(&[check]);
        assert!(
            text.contains("AssetsInMillions_HNWIndividuals") && !text.contains('…'),
            "{text}"
        );
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
    }
}

#[test]
fn an_overview_says_what_each_check_came_to() {
    let mut check = Report::new("a", "?");
    check.answer = "Yes, with an eye on two things.".into();
    check.find(Finding::new("x", Severity::Warn, "the first of them"));
    let html = render_checks("t", "", &[check.clone(), check]);
    let overview = html.split("<section").next().expect("a beginning");
    assert!(overview.contains("with an eye on two") && !overview.contains("the first of them"));
}

#[test]
fn wide_tables_are_set_closer() {
    let of = |columns: usize| {
        let mut table = Table::new("t", &vec!["#a"; columns]);
        table.row(vec![1u64.into(); columns]);
        let mut check = Report::new("a", "?");
        check.sections = vec![Section::new("s").table(table)];
        render_checks("t", "", &[check]).contains("class=\"table many\"")
    };
    assert!(of(12) && !of(5));
}

#[test]
fn many_findings_are_folded_not_lost() {
    let mut check = Report::new("a", "?");
    for number in 0..40 {
        check.find(Finding::new(
            "x",
            Severity::Warn,
            format!("warning {number}."),
        ));
    }
    let html = render_checks("t", "", &[check]);
    assert_eq!(html.matches("<article").count(), 40);
    assert!(html.contains("<summary>28 more</summary>"));
}

#[test]
fn the_text_fits_a_terminal() {
    let text = checks_text(&sample_checks::all());
    insta::assert_snapshot!(text);
    assert!(text.lines().all(|line| line.chars().count() <= 80));
    assert!(!text.contains('\u{a0}') && !text.contains('\u{1b}'));
}

#[test]
fn a_forced_gate_keeps_its_reason() {
    let gates = &sample_checks::leakage().gates;
    let text = gates_text(&gates[1..3]);
    assert!(text.starts_with("FAIL, FORCED  leakage.backfill"), "{text}");
    assert!(text.contains("Passed by force: the vendor confirmed"));
    assert_eq!(text.lines().last().map(|line| &line[..4]), Some("pass"));
}

const NASTY: &str = "<script>alert(\"1\")</script>'&`</style>]]><!--\u{0}\u{1b}[31m 2025-10–11";

fn nasty() -> String {
    NASTY.into()
}

/// A report whose every text is an attack.
fn nasty_report(numbers: [f64; 4], n: u64) -> Report {
    let mut table = Table::new(NASTY, &[NASTY, "#x", "y"]).note(NASTY);
    table.row(vec![nasty().into(), Cell::Number(numbers[0])]);
    table.row(vec![
        Cell::Nothing,
        Cell::Share { share: numbers[1] },
        Cell::rate(1, 7),
        Cell::Count(n),
    ]);
    let mut report = Report::new(NASTY, NASTY);
    report.answer = nasty();
    report.scope = nasty();
    for severity in [
        Severity::Fail,
        Severity::Warn,
        Severity::Note,
        Severity::Pass,
    ] {
        report.find(
            Finding::new(NASTY, severity, NASTY)
                .because(NASTY)
                .because(NASTY)
                .rows(n, n / 2)
                .remedy(NASTY)
                .examples(table.clone()),
        );
    }
    for (unit, verdict) in [
        (Unit::Score, Verdict::Fail),
        (Unit::Share, Verdict::Warn),
        (Unit::Times, Verdict::NotEnoughData),
        (Unit::Count, Verdict::Pass),
        (Unit::Days, Verdict::Fail),
    ] {
        report.gates.push(Gate {
            id: nasty(),
            rule: nasty(),
            value: Some(Measured {
                value: numbers[0],
                lo: Some(numbers[1]),
                hi: Some(numbers[2]),
                n,
                chance: Some(numbers[3]),
            }),
            unit,
            verdict,
            action: nasty(),
            brief: Some(Brief {
                rule: nasty(),
                met: None,
            }),
            forced: Some(nasty()),
        });
    }
    report.sections = vec![Section::new(NASTY).say(NASTY).table(table)];
    report
}

#[test]
fn no_text_becomes_markup() {
    let reports = [
        nasty_report([0.1; 4], 10),
        nasty_report([f64::NAN, 0.0, f64::INFINITY, -1.0], u64::MAX),
    ];
    let html = render_checks(NASTY, NASTY, &reports);
    let document = parse(&html);
    assert!(
        !document
            .descendants()
            .any(|node| node.has_tag_name("script") || node.is_comment())
    );
    assert!(!html.contains("<script") && !html.contains("NaN") && !html.contains("inf"));
    assert!(html.matches("&lt;script&gt;").count() > 60);
    let text = checks_text(&reports);
    assert!(!text.contains('\u{1b}') && !text.contains('\u{0}') && !text.contains("NaN"));
}

fn any_report() -> impl Strategy<Value = Report> {
    let text = || prop_oneof![any::<String>(), "[a-z_ ,.0-9–-]{0,200}", "[A-Za-z_]{90}"];
    let severity = prop_oneof![
        Just(Severity::Fail),
        Just(Severity::Warn),
        Just(Severity::Note),
        Just(Severity::Pass)
    ];
    let cell = prop_oneof![
        Just(Cell::Nothing),
        any::<u64>().prop_map(Cell::Count),
        any::<f64>().prop_map(Cell::Number),
        any::<f64>().prop_map(|share| Cell::Share { share }),
        (0..9u64, 9..99u64).prop_map(|(positives, n)| Cell::rate(positives, n)),
        text().prop_map(Cell::Text),
    ];
    let row = prop::collection::vec(cell, 0..5);
    let table = (
        text(),
        prop::collection::vec(text(), 0..4),
        prop::collection::vec(row, 0..30),
    )
        .prop_map(|(title, names, rows)| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let mut table = Table::new(title, &names);
            table.rows = rows;
            table
        });
    let finding = (
        severity,
        text(),
        prop::collection::vec(text(), 0..4),
        any::<(u64, u64)>(),
        prop::option::of(table.clone()),
    )
        .prop_map(
            |(severity, headline, evidence, (rows, of_rows), examples)| Finding {
                evidence,
                examples,
                remedy: headline.clone(),
                ..Finding::new(headline.clone(), severity, headline).rows(rows, of_rows)
            },
        );
    (
        (text(), text(), text(), text()),
        prop::collection::vec(finding, 0..5),
        (any::<[f64; 4]>(), any::<u64>()),
        prop::collection::vec(table, 0..3),
    )
        .prop_map(
            |((name, question, answer, scope), findings, (numbers, n), tables)| Report {
                about: answer.clone(),
                name,
                question,
                answer,
                scope,
                gates: nasty_report(numbers, n).gates,
                findings,
                sections: vec![Section {
                    tables,
                    ..Section::default()
                }],
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_report_is_a_page_and_a_text(reports in prop::collection::vec(any_report(), 0..3)) {
        let html = render_checks("t", "", &reports);
        parse(&html);
        for report in &reports {
            let text = markdown(report, "images").text;
            prop_assert!(!text.contains(['\u{1b}', '\u{0}']), "a control character");
        }
        for line in checks_text(&reports).lines() {
            prop_assert!(line.chars().count() <= 80, "{line}");
        }
    }
}
