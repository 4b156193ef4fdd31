//! Charts in fixed colours and fonts, read for drawing.

use std::sync::Arc;

use leadrank_evidence::Picture;
use usvg::{Options, Tree};

use super::PdfError;
use super::font::Fonts;
use super::theme::Theme;
use crate::chart;

/// A chart that can be placed.
#[derive(Clone)]
pub(super) struct Drawing {
    pub(super) title: String,
    /// What it shows, for those who listen.
    pub(super) alt: String,
    /// The same where it has to stand beside the picture.
    pub(super) told: Option<String>,
    pub(super) tree: Arc<Tree>,
    /// Whether it takes the width of the page.
    pub(super) wide: bool,
}

impl Drawing {
    pub(super) fn new(fonts: &Fonts, theme: &Theme, picture: &Picture) -> Result<Self, PdfError> {
        let chart = chart::picture(picture);
        let markup = fonts.shown(&theme.resolved(&chart.standalone()));
        let options = Options {
            fontdb: Arc::clone(&fonts.database),
            ..Options::default()
        };
        let tree = Tree::from_str(&markup, &options).map_err(|error| {
            let title = chart.title();
            PdfError::Internal(format!("the picture {title:?} is not readable: {error}"))
        })?;
        Ok(Drawing {
            title: chart.title().to_owned(),
            alt: format!("{}. {}", chart.title(), chart.description()),
            told: chart::is_told(picture).then(|| chart.description().to_owned()),
            tree: Arc::new(tree),
            wide: chart.is_wide(),
        })
    }

    /// Width in its own units.
    pub(super) fn width(&self) -> f32 {
        self.tree.size().width()
    }

    /// Height in its own units.
    pub(super) fn height(&self) -> f32 {
        self.tree.size().height()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_keeps_its_size_and_says_what_it_shows() {
        let bars = vec![("株 years".to_string(), 0.2, "20 %".to_string())];
        let title = "Weight".to_string();
        let picture = Picture::Bars {
            title,
            bars,
            scale: None,
        };
        let fonts = Fonts::new().unwrap();
        let drawing = Drawing::new(&fonts, &Theme::print(), &picture).unwrap();
        assert_eq!((drawing.width(), drawing.wide), (360.0, false));
        assert!(drawing.height() > 10.0);
        assert!(drawing.alt.starts_with("Weight. "), "{}", drawing.alt);
        assert!(drawing.tree.has_text_nodes());
    }
}
