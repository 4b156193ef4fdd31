//! Writes a page with made-up numbers to the file named, to look at in a browser, and prints the
//! summary: `cargo run -p leadrank-report --example sample_page -- page.html`

#[path = "../tests/sample/mod.rs"]
mod sample;

fn main() -> std::io::Result<()> {
    let page = sample::page();
    if let Some(file) = std::env::args_os().nth(1) {
        std::fs::write(file, leadrank_report::render_run(&page))?;
    }
    print!("{}", leadrank_report::summary_text(&page));
    Ok(())
}
