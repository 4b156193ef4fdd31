//! States, territories and metropolitan areas.

/// The three territories the vendor's portal is cut into.
pub(crate) const TERRITORIES: [&str; 3] = ["t1", "t2", "t3"];
/// Share of advisers per territory (domain.md, row counts of the October 2025 extract).
pub(crate) const TERRITORY_SHARE: [f64; 3] = [0.414_361, 0.363_321, 0.222_318];

/// States of each territory with relative weights.
pub(crate) const STATES: [&[(&str, f64)]; 3] = [
    &[
        ("NY", 24.0),
        ("FL", 20.0),
        ("PA", 12.0),
        ("NJ", 10.0),
        ("MA", 10.0),
        ("NC", 8.0),
        ("VA", 7.0),
        ("GA", 8.0),
        ("CT", 5.0),
        ("MD", 5.0),
        ("ME", 1.0),
        ("NH", 1.5),
    ],
    &[
        ("TX", 26.0),
        ("IL", 18.0),
        ("OH", 12.0),
        ("MN", 10.0),
        ("MI", 10.0),
        ("MO", 8.0),
        ("WI", 7.0),
        ("IN", 6.0),
        ("TN", 7.0),
        ("KS", 4.0),
        ("IA", 4.0),
        ("LA", 3.0),
    ],
    &[
        ("CA", 52.0),
        ("WA", 12.0),
        ("CO", 11.0),
        ("AZ", 10.0),
        ("OR", 5.0),
        ("UT", 5.0),
        ("NV", 4.0),
        ("ID", 2.0),
        ("NM", 1.5),
        ("HI", 1.0),
    ],
];

/// The five metropolitan areas with their own feature, in catalog order.
pub(crate) const MAIN_METROS: [&str; 5] = [
    "Chicago-Naperville-Elgin IL-IN",
    "Dallas-Fort Worth-Arlington TX",
    "Los Angeles-Long Beach-Anaheim CA",
    "Miami-Fort Lauderdale-West Palm Beach FL",
    "New York-Newark-Jersey City NY-NJ",
];
/// Their share of rep rows.
pub(crate) const MAIN_METRO_SHARE: [f64; 5] = [0.016, 0.020, 0.015, 0.014, 0.038];
/// The territory each lies in.
pub(crate) const MAIN_METRO_TERRITORY: [usize; 5] = [1, 1, 2, 0, 0];
/// Ratio of each area's conversion to the mean (domain.md, segments).
pub(crate) const MAIN_METRO_RATIO: [f64; 5] = [1.0, 0.85, 0.66, 0.57, 0.70];

/// Areas whose names contain a piece of a main one: equality must be used, not substrings.
const LOOKALIKES: [&str; 4] = [
    "Washington-Arlington-Alexandria DC-VA-MD-WV",
    "Newark OH Micropolitan Area",
    "Elgin-Long Beach Coastal WA",
    "Miami OK Micropolitan Area",
];
/// Number of different metropolitan areas.
pub(crate) const METROS: u16 = 677;

/// The name of metropolitan area `index`: main ones first, then lookalikes, then made-up.
pub(crate) fn metro_name(index: u16, out: &mut Vec<u8>) {
    let index = usize::from(index);
    if let Some(name) = MAIN_METROS.get(index) {
        out.extend_from_slice(name.as_bytes());
    } else if let Some(name) = LOOKALIKES.get(index - MAIN_METROS.len()) {
        out.extend_from_slice(name.as_bytes());
    } else {
        out.extend_from_slice(format!("Sampleton{index:03} ZZ").as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_area_has_its_own_name() {
        let names: std::collections::BTreeSet<Vec<u8>> = (0..METROS)
            .map(|index| {
                let mut name = Vec::new();
                metro_name(index, &mut name);
                name
            })
            .collect();
        assert_eq!(names.len(), usize::from(METROS));
    }

    #[test]
    fn shares_sum_to_one() {
        assert!((TERRITORY_SHARE.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }
}
