//! What every page must be: well-formed, from nowhere else, with ids of their own.

/// The page as XML.
pub(crate) fn parse(html: &str) -> roxmltree::Document<'_> {
    let options = roxmltree::ParsingOptions {
        allow_dtd: true,
        ..Default::default()
    };
    roxmltree::Document::parse_with_options(html, options).unwrap_or_else(|error| panic!("{error}"))
}

/// The ids of a page, of which no two may be the same.
pub(crate) fn unique_ids<'a>(document: &'a roxmltree::Document<'_>) -> Vec<&'a str> {
    let mut ids: Vec<&str> = document
        .descendants()
        .filter_map(|node| node.attribute("id"))
        .collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "ids are unique");
    ids
}

/// The page needs nothing from elsewhere, its links lead to places on it, and each of its
/// `pictures` has a title and a description.
pub(crate) fn stands_alone(html: &str, pictures: usize) {
    for word in [
        "http:", "https:", "//", "<script", "<link", "<img", "@import", "url(", "NaN",
    ] {
        assert!(!html.contains(word), "{word}");
    }
    let document = parse(html);
    let ids = unique_ids(&document);
    for link in document.descendants().filter(|node| node.has_tag_name("a")) {
        let target = link
            .attribute("href")
            .and_then(|href| href.strip_prefix('#'));
        assert!(target.is_some_and(|target| ids.contains(&target)));
    }
    let described = document
        .descendants()
        .filter_map(|node| node.attribute("aria-labelledby"))
        .map(|named| named.split(' ').filter(|id| ids.contains(id)).count());
    assert_eq!(described.collect::<Vec<usize>>(), vec![2; pictures]);
}
