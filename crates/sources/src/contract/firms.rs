//! The monthly file of firms, joined by the firm's number.

use super::{
    Column, Contract, FileKind, Kind, MOST_CLIENTS, MOST_PEOPLE, Unit, count, millions, percent,
    text,
};

/// See the module's own text.
pub(super) static CONTRACT: Contract = Contract {
    kind: FileKind::Firms,
    columns: &[
        Column::new("RIAFirmCRD", Kind::Crd).key(),
        text("RIAFirmName"),
        Column::number(
            "Number_Employees",
            Kind::Float,
            Unit::Count,
            0.0,
            MOST_PEOPLE,
        ),
        count("Number_InvestmentAdvisoryClients", MOST_CLIENTS).censored(),
        percent("Percent_ClientsUS"),
        Column::number("AverageAccountSize", Kind::Float, Unit::Dollars, 0.0, 1e12),
        text("OwnershipType"),
        millions("TotalAssetsInMillions"),
    ],
    left_out: &[],
    repeats: false,
    needs_rows: true,
};
