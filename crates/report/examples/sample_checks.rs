//! Writes pages of checks with made-up numbers into the folder named (`checks.html`,
//! `leakage.html`, `model.html`, and each chart as SVG), to look at in a browser, and prints the text:
//! `cargo run -p leadrank-report --example sample_checks -- /tmp/checks`

#[path = "../tests/sample_checks/mod.rs"]
mod sample;

use leadrank_report::{chart, checks_text, render_checks};

fn main() -> std::io::Result<()> {
    let checks = sample::all();
    let model = sample::of_model();
    if let Some(folder) = std::env::args_os().nth(1) {
        let folder = std::path::PathBuf::from(folder);
        std::fs::create_dir_all(&folder)?;
        let subtitle = "Sample project, made-up numbers";
        let several = render_checks("Data checks", subtitle, &checks);
        let one = render_checks("Leakage", subtitle, &checks[..1]);
        std::fs::write(folder.join("checks.html"), several)?;
        std::fs::write(folder.join("leakage.html"), one)?;
        let of_model = render_checks("Model", subtitle, std::slice::from_ref(&model));
        std::fs::write(folder.join("model.html"), of_model)?;
        let reports = checks.iter().chain([&model]);
        let pictures = reports.flat_map(|report| &report.sections);
        for (place, picture) in pictures.flat_map(|section| &section.pictures).enumerate() {
            let file = folder.join(format!("picture_{}.svg", place + 1));
            std::fs::write(file, chart::picture(picture).standalone())?;
        }
    }
    print!("{}", checks_text(&checks));
    Ok(())
}
