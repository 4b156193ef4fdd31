//! Writes PDFs of checks with made-up numbers into the folder named (`checks.pdf`, `letter.pdf`,
//! `model.pdf`, `sheet.pdf`), to look at: `cargo run -p leadrank-report --example sample_pdf -- /tmp/pdf`

#[path = "../tests/sample_checks/mod.rs"]
mod sample;

use leadrank_report::{Card, Paper, Sheet, cheat_sheet, pdf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Some(folder) = std::env::args_os().nth(1) else {
        return Err("name the folder to write to".into());
    };
    let folder = std::path::PathBuf::from(folder);
    std::fs::create_dir_all(&folder)?;
    let checks = sample::all();
    let subtitle = "Sample project, made-up numbers";
    let all = pdf(&checks, "Data checks", subtitle, Paper::A4)?;
    std::fs::write(folder.join("checks.pdf"), all)?;
    let one = pdf(&checks[..1], "Leakage", subtitle, Paper::Letter)?;
    std::fs::write(folder.join("letter.pdf"), one)?;
    let of_model = pdf(&[sample::of_model()], "Model", subtitle, Paper::A4)?;
    std::fs::write(folder.join("model.pdf"), of_model)?;
    std::fs::write(folder.join("sheet.pdf"), cheat_sheet(&sheet())?)?;
    Ok(())
}

fn sheet() -> Sheet {
    let card = |heading: &str, lead: &str, lines: &[&str], picture, grade: Option<&str>| Card {
        heading: heading.into(),
        lead: lead.into(),
        lines: lines.iter().map(|&line| line.into()).collect(),
        picture,
        grade: grade.map(Into::into),
    };
    let sentence = "Leads of firms that lost advisers last year schedule a call more often than others, in every territory and month.";
    let numbers = [
        "5.2 % (4.7–5.7; n = 7,904); all leads 4.0 %",
        "holds in 17 of 18 months; `Firm_Stability_Score` says how much",
    ];
    let pictures = [
        sample::pictures::segments(),
        sample::pictures::base_rate_by_month(),
    ];
    let mut cards = Vec::new();
    for round in 0..6 {
        let picture = (round < 4).then(|| pictures[round % 2].clone());
        cards.push(card(
            "Firms that shrink",
            sentence,
            &numbers,
            picture,
            Some("sure"),
        ));
        cards.push(card(
            "A first year at a new firm, and what comes after it",
            sentence,
            &numbers[..1],
            None,
            Some("likely"),
        ));
    }
    Sheet {
        title: "Whom to call, and why".into(),
        subtitle: "Sample project, made-up numbers, as of 2025-10-27".into(),
        cards,
        footer: "All rates: scheduled calls within 30 days of contact, with 95 % intervals (Wilson's); n = 46,271 leads contacted from 2024-04 to 2025-09. Sure: the interval lies wholly above the rate of all leads; likely: its middle does.".into(),
    }
}
