//! The five home metros.

use super::{Class, Entry, Kind, Unit};

pub(super) const ENTRIES: [Entry; 5] = [
    Entry(
        "Home_MetropolitanArea_Chicago_Naperville_Elgin_IL_IN",
        Kind::Flag,
        Unit::YesNo,
        Class::Mutable,
        "1 if the home metro is Chicago-Naperville-Elgin IL-IN by its full name",
        &["Home_MetropolitanArea"],
        "Chicago area",
        "lives in the Chicago area",
    ),
    Entry(
        "Home_MetropolitanArea_Dallas_Fort_Worth_Arlington_TX",
        Kind::Flag,
        Unit::YesNo,
        Class::Mutable,
        "1 if the home metro is Dallas-Fort Worth-Arlington TX by its full name",
        &["Home_MetropolitanArea"],
        "Dallas area",
        "lives in the Dallas area",
    ),
    Entry(
        "Home_MetropolitanArea_Los_Angeles_Long_Beach_Anaheim_CA",
        Kind::Flag,
        Unit::YesNo,
        Class::Mutable,
        "1 if the home metro is Los Angeles-Long Beach-Anaheim CA by its full name",
        &["Home_MetropolitanArea"],
        "Los Angeles area",
        "lives in the Los Angeles area",
    ),
    Entry(
        "Home_MetropolitanArea_Miami_Fort_Lauderdale_West_Palm_Beach_FL",
        Kind::Flag,
        Unit::YesNo,
        Class::Mutable,
        "1 if the home metro is Miami-Fort Lauderdale-West Palm Beach FL by its full name",
        &["Home_MetropolitanArea"],
        "Miami area",
        "lives in the Miami area",
    ),
    Entry(
        "Home_MetropolitanArea_New_York_Newark_Jersey_City_NY_NJ",
        Kind::Flag,
        Unit::YesNo,
        Class::Mutable,
        "1 if the home metro is New York-Newark-Jersey City NY-NJ by its full name",
        &["Home_MetropolitanArea"],
        "New York area",
        "lives in the New York area",
    ),
];
