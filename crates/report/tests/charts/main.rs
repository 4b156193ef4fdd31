//! Every chart on small fixed data, byte for byte, and on data that makes no sense.

mod checks;
mod development;
#[path = "../sample_checks/model.rs"]
mod model;
mod of_model;
#[path = "../sample_checks/pictures.rs"]
mod pictures;
mod run;

use leadrank_report::chart::Chart;
use proptest::prelude::*;

pub(crate) fn well_formed(chart: &Chart) -> String {
    let svg = chart.standalone();
    let document =
        roxmltree::Document::parse(&svg).unwrap_or_else(|error| panic!("{error}\n{svg}"));
    let root = document.root_element();
    assert_eq!(root.attribute("role"), Some("img"));
    for name in ["title", "desc"] {
        let words = root
            .children()
            .find(|child| child.has_tag_name(("http://www.w3.org/2000/svg", name)));
        assert!(
            words
                .and_then(|words| words.text())
                .is_some_and(|text| !text.is_empty()),
            "{name}"
        );
    }
    for word in ["NaN", "inf", "<script"] {
        assert!(!svg.contains(word), "{word} in {svg}");
    }
    svg
}

/// The picture without the style sheet, which all share.
pub(crate) fn body(chart: &Chart) -> String {
    let svg = well_formed(chart);
    let (head, rest) = svg.split_once("<style>").expect("a style");
    let (_, tail) = rest.split_once("</style>").expect("its end");
    format!("{head}<style/>{tail}\n")
}

pub(crate) fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![4 => 0.0..1.0f64, 1 => any::<f64>(), 1 => Just(f64::NAN), 1 => Just(f64::INFINITY)]
}

pub(crate) fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,12}",
        any::<String>(),
        Just("Home_MetropolitanArea_Miami_Fort_Lauderdale_West_Palm_Beach_FL".to_string())
    ]
}

pub(crate) fn list<S: Strategy>(strategy: S, most: usize) -> impl Strategy<Value = Vec<S::Value>> {
    prop::collection::vec(strategy, 0..most)
}

/// The words may hold anything, as a label may be called NaN; places may not.
pub(crate) fn well_formed_but_for_words(chart: &Chart) -> Result<(), TestCaseError> {
    let svg = chart.standalone();
    let document = roxmltree::Document::parse(&svg);
    prop_assert!(document.is_ok(), "{svg}");
    for node in document.expect("checked").descendants() {
        for attribute in node
            .attributes()
            .filter(|attribute| attribute.name() != "id")
        {
            prop_assert!(!attribute.value().contains("NaN"), "{svg}");
        }
    }
    Ok(())
}

/// Charts that have nothing to show say so.
pub(crate) fn say_that_data_is_missing(charts: &[Chart]) {
    for chart in charts {
        assert!(well_formed(chart).contains("Not enough data to draw."));
    }
}

/// Charts that have little to show show it.
pub(crate) fn show_something(charts: &[Chart]) {
    for chart in charts {
        assert!(!well_formed(chart).contains("Not enough data"));
    }
}
