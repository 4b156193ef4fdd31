//! PDFs as files: the same each time, with pages, pictures, tables and an outline that other
//! programs find.

mod sample_checks;

use leadrank_evidence::Report;
use leadrank_report::{Card, Paper, PdfError, Sheet, cheat_sheet, pdf};

fn made(reports: &[Report], paper: Paper) -> Vec<u8> {
    pdf(reports, "Data checks", "made-up numbers", paper).unwrap()
}

/// How often a text is in a file. What stands on pages is compressed, all else is not.
fn count(file: &[u8], text: &str) -> usize {
    file.windows(text.len())
        .filter(|window| *window == text.as_bytes())
        .count()
}

#[test]
fn equal_reports_are_equal_files_without_a_date() {
    let file = made(&sample_checks::all(), Paper::A4);
    assert!(file == made(&sample_checks::all(), Paper::A4));
    assert!(file != made(&sample_checks::all()[..1], Paper::A4));
    for date in ["/CreationDate", "/ModDate", "CreateDate", "ModifyDate"] {
        assert_eq!(count(&file, date), 0, "{date}");
    }
    assert!(file.len() < 400_000, "{} bytes", file.len());
}

#[test]
fn others_find_pages_pictures_tables_and_outline() {
    let reports = sample_checks::all();
    let file = made(&reports, Paper::A4);
    assert_eq!(count(&file, "/Type/Page/"), 8);
    assert_eq!(count(&file, "/MediaBox[0 0 595.28 841.89]"), 8);
    let sections = reports.iter().flat_map(|report| &report.sections);
    let pictures = sections.map(|section| section.pictures.len()).sum();
    assert_eq!(count(&file, "/S/Figure"), pictures);
    assert_eq!(count(&file, "/Alt"), pictures);
    // examples, two tables of gates, parts, stability
    assert_eq!(count(&file, "/S/Table"), 5);
    assert_eq!(count(&file, "/Title(Features over time)"), 1);
    assert_eq!(count(&file, "/Title(Data checks)"), 2);
    // the letters of every font can be copied
    assert_eq!(count(&file, "/ToUnicode"), 2);
    assert_eq!(count(&file, "<pdfuaid:part>1</pdfuaid:part>"), 1);
}

#[test]
fn pictures_of_a_model_are_figures() {
    let file = made(&[sample_checks::of_model()], Paper::A4);
    assert_eq!(count(&file, "/S/Figure"), 6);
    assert!(file.len() < 1_000_000, "{} bytes", file.len());
}

#[test]
fn letter_paper_is_another_size() {
    let file = made(&[sample_checks::quality()], Paper::Letter);
    assert_eq!(count(&file, "/MediaBox[0 0 612 792]"), 1);
}

#[test]
fn a_sheet_of_charts_has_two_pages() {
    let card = |picture| Card {
        heading: "Segments".into(),
        lead: "Independent advisers answer most.".into(),
        lines: vec!["5.2 % (4.7–5.7; n = 7,904)".into()],
        picture: Some(picture),
        grade: Some("sure".into()),
    };
    let mut sheet = Sheet {
        title: "Whom to call".into(),
        subtitle: "Sample".into(),
        cards: vec![
            card(sample_checks::pictures::segments()),
            card(sample_checks::pictures::parts()),
            card(sample_checks::pictures::correlations(40)),
            card(sample_checks::pictures::base_rate_by_month()),
        ],
        footer: "n = 46,271 leads, 95 % intervals".into(),
    };
    let file = cheat_sheet(&sheet).unwrap();
    assert_eq!(count(&file, "/Type/Page/"), 2);
    assert_eq!(count(&file, "/S/Figure"), 4);
    assert!(file == cheat_sheet(&sheet).unwrap());
    sheet.cards = vec![card(sample_checks::pictures::segments()); 40];
    let error = cheat_sheet(&sheet).unwrap_err();
    assert!(matches!(error, PdfError::TooLong { .. }), "{error}");
}
