//! A firm's filing as cells: once for all rep rows of a month, once for the firm file.

use crate::firm::{Filing, Firm, OWNERSHIP};
use crate::firm_faults::FirmFaults;
use crate::output::Line;
use crate::rng::Cells;

const CUSTODIANS: [&str; 4] = ["Charles Schwab", "Fidelity", "Pershing", "TD Ameritrade"];

/// The made-up name of a firm.
pub(crate) fn firm_name(firm: u32) -> String {
    match firm % 3 {
        0 => format!("Sample Wealth {firm:05}, LLC"),
        1 => format!("Example Advisors {firm:05}"),
        _ => format!("Specimen Capital {firm:05} Inc."),
    }
}

/// The firm's columns of a rep row, in the order of [`crate::columns::FIRM`].
pub(crate) fn rep_cells(
    line: &mut Line,
    firm: u32,
    traits: &Firm,
    filing: &Filing,
    faults: FirmFaults,
) {
    let mut cells = Cells(u64::from(firm) * 31 + 7);
    let million = if faults.dollars { 1e6 } else { 1.0 };
    let withheld = faults.withholds(firm);
    total(
        line,
        &mut cells,
        filing.assets.map(|a| a * million),
        withheld,
    );
    line.whole(filing.reps as i64);
    let unit = if faults.fractions { 0.01 } else { 1.0 };
    let decimals = if faults.fractions { 4 } else { 2 };
    number(
        line,
        &mut cells,
        filing.growth_1y.map(|g| g * unit),
        decimals,
    );
    number(
        line,
        &mut cells,
        filing.growth_5y.map(|g| g * unit),
        decimals,
    );
    for count in [
        filing.clients_individuals,
        filing.clients_hnw,
        filing.clients_plans,
    ] {
        censored(line, &mut cells, count);
    }
    for share in filing.share_assets {
        let part = share.and_then(|s| filing.assets.map(|a| a * s / 100.0 * million));
        match part {
            // some filings come as money text here, too
            Some(money) if firm % 11 == 3 => line.money(money),
            other => number(line, &mut cells, other, 2),
        }
    }
    for part in [filing.managed, filing.pooled] {
        number(line, &mut cells, part.map(|part| part * million), 1);
    }
    for share in [filing.share_clients_individuals, filing.share_clients_hnw] {
        number(line, &mut cells, share.map(|s| s * unit), decimals);
        if share.is_some() && firm % 7 == 2 && !faults.fractions {
            line.suffix("%");
        }
    }
    for share in filing.share_assets {
        number(line, &mut cells, share, 1);
    }
    for part in filing.custody {
        match part {
            Some(part) => line.fixed(part * million, 1),
            None => line.empty(),
        }
    }
    let used = (0..4)
        .filter(|k| filing.custody[*k].is_some())
        .map(|k| CUSTODIANS[k]);
    let mut names = used.chain(std::iter::repeat(""));
    for _ in 0..5 {
        line.text(names.next().unwrap_or(""));
    }
    line.text(firm_name(firm));
    if firm.is_multiple_of(4) {
        line.null(&mut cells);
    } else {
        line.text(format!("firm{firm:05}.example.invalid"));
    }
    line.text(if traits.reps < 20.0 {
        "planning; fees"
    } else {
        ""
    });
}

/// Header of the firm file. `with_staff` is false in the month whose staff column is gone.
pub(crate) fn firm_header(with_staff: bool) -> Vec<&'static str> {
    let mut names = vec!["RIAFirmCRD", "RIAFirmName"];
    if with_staff {
        names.push("Number Employees");
    }
    names.extend([
        "Number-InvestmentAdvisoryClients",
        "Percent ClientsUS",
        "AverageAccountSize",
        "OwnershipType",
        "TotalAssetsInMillions",
        "Number_StatesRegistered",
    ]);
    names
}

/// One row of the firm file, without its end.
pub(crate) fn firm_row(
    line: &mut Line,
    firm: u32,
    crd: u64,
    traits: &Firm,
    filing: &Filing,
    faults: FirmFaults,
    with_staff: bool,
) {
    let mut cells = Cells(u64::from(firm) * 17 + 3);
    line.whole(crd as i64);
    line.text(firm_name(firm));
    if with_staff {
        line.whole(filing.employees as i64);
    }
    censored(line, &mut cells, filing.clients_all);
    number(line, &mut cells, filing.share_us, 1);
    match filing.account {
        Some(dollars) => line.money(dollars),
        None => line.null(&mut cells),
    }
    match traits.ownership {
        Some(kind) => line.text(OWNERSHIP[kind]),
        None => line.null(&mut cells),
    }
    total(line, &mut cells, filing.assets, faults.withholds(firm));
    line.whole(1 + i64::from(firm % 9));
}

/// Total assets; one that is withheld takes no draw, so that the cells behind it stay.
fn total(line: &mut Line, cells: &mut Cells, assets: Option<f64>, withheld: bool) {
    match assets {
        Some(_) if withheld => line.empty(),
        Some(assets) => line.money(assets),
        None => line.null(cells),
    }
}

fn number(line: &mut Line, cells: &mut Cells, value: Option<f64>, decimals: u32) {
    match value {
        Some(value) => line.fixed(value, decimals),
        None => line.null(cells),
    }
}

/// Counts from one to four are only said to be few.
fn censored(line: &mut Line, cells: &mut Cells, count: Option<f64>) {
    match count {
        Some(count) if (1.0..5.0).contains(&count) => line.text("< 5"),
        Some(count) => line.whole(count as i64),
        None => line.null(cells),
    }
}
