//! The two fonts that all PDFs are set in, and the room that letters take.

use std::sync::Arc;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::{Direction, ShapePlan, script};
use usvg::fontdb::Database;

use super::PdfError;

const REGULAR: &[u8] = include_bytes!("../../fonts/LeadrankSans-Regular.ttf");
const STRONG: &[u8] = include_bytes!("../../fonts/LeadrankSans-SemiBold.ttf");
/// The fonts' name.
const FAMILY: &str = "Leadrank Sans";
/// Stands for a letter that the fonts do not have.
const UNKNOWN: char = '\u{fffd}';

/// How heavy letters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Strong,
}

/// The fonts, ready to measure and to draw.
pub(super) struct Fonts {
    regular: Face,
    strong: Face,
    /// The same fonts for pictures.
    pub(super) database: Arc<Database>,
}

struct Face {
    shaper: rustybuzz::Face<'static>,
    /// How letters are joined; made once, since that takes longer than a word.
    plan: ShapePlan,
    drawn: Font,
}

impl Face {
    fn new(data: &'static [u8]) -> Option<Self> {
        let shaper = rustybuzz::Face::from_slice(data, 0)?;
        // one plan for all three scripts: the fonts treat them alike
        let script = Some(script::LATIN);
        Some(Face {
            plan: ShapePlan::new(&shaper, Direction::LeftToRight, script, None, &[]),
            shaper,
            drawn: Font::new(data.into(), 0)?,
        })
    }
}

impl Fonts {
    pub(super) fn new() -> Result<Self, PdfError> {
        let broken = || PdfError::Internal("a font that is built in cannot be read".into());
        let mut database = Database::new();
        for data in [REGULAR, STRONG] {
            database.load_font_data(data.to_vec());
        }
        database.set_sans_serif_family(FAMILY);
        database.set_serif_family(FAMILY);
        Ok(Fonts {
            regular: Face::new(REGULAR).ok_or_else(broken)?,
            strong: Face::new(STRONG).ok_or_else(broken)?,
            database: Arc::new(database),
        })
    }

    fn face(&self, weight: Weight) -> &Face {
        match weight {
            Weight::Regular => &self.regular,
            Weight::Strong => &self.strong,
        }
    }

    /// The font to draw with.
    pub(super) fn font(&self, weight: Weight) -> Font {
        self.face(weight).drawn.clone()
    }

    /// The text in letters that the fonts have; any other becomes a sign that says so, and what
    /// controls a terminal a space.
    pub(super) fn shown(&self, text: &str) -> String {
        let letter = |letter: char| match letter {
            _ if letter.is_control() => ' ',
            _ if self.regular.shaper.glyph_index(letter).is_some() => letter,
            _ => UNKNOWN,
        };
        text.chars().map(letter).collect()
    }

    /// The glyphs of a text, with all measures in ems.
    pub(super) fn shape(&self, text: &str, weight: Weight) -> Vec<KrillaGlyph> {
        let Face {
            shaper: face, plan, ..
        } = self.face(weight);
        let em = face.units_per_em() as f32;
        let mut buffer = rustybuzz::UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.set_direction(Direction::LeftToRight);
        buffer.set_script(script::LATIN);
        let shaped = rustybuzz::shape_with_plan(face, plan, buffer);
        let infos = shaped.glyph_infos();
        let positions = shaped.glyph_positions().iter();
        let glyph = |(place, position): (usize, &rustybuzz::GlyphPosition)| {
            let cluster = infos[place].cluster;
            let next = infos[place..].iter().find(|info| info.cluster != cluster);
            let end = next.map_or(text.len(), |info| info.cluster as usize);
            KrillaGlyph::new(
                GlyphId::new(infos[place].glyph_id),
                position.x_advance as f32 / em,
                position.x_offset as f32 / em,
                position.y_offset as f32 / em,
                0.0,
                cluster as usize..end,
                None,
            )
        };
        positions.enumerate().map(glyph).collect()
    }
}

/// The room that glyphs take, in ems.
pub(super) fn width(glyphs: &[KrillaGlyph]) -> f32 {
    glyphs.iter().map(|glyph| glyph.x_advance).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_without_a_glyph_are_seen_to_be_missing() {
        let fonts = Fonts::new().unwrap();
        assert_eq!(
            fonts.shown("Łódź Ωμέγα Жук ≥ 5 → “é”"),
            "Łódź Ωμέγα Жук ≥ 5 → “é”"
        );
        assert_eq!(fonts.shown("株 Ltd\t🙂\u{7}"), "\u{fffd} Ltd \u{fffd} ");
    }

    #[test]
    fn every_glyph_knows_its_letters_and_digits_stand_under_each_other() {
        let fonts = Fonts::new().unwrap();
        for weight in [Weight::Regular, Weight::Strong] {
            let text = "Tévá e\u{301} 0.5";
            let glyphs = fonts.shape(text, weight);
            assert!(glyphs.iter().all(|glyph| glyph.glyph_id.to_u32() != 0));
            let mut end = 0;
            for glyph in &glyphs {
                assert!(glyph.text_range.start <= end);
                end = glyph.text_range.end;
            }
            assert_eq!(end, text.len());
            let widths = ["111", "888", "470"].map(|text| width(&fonts.shape(text, weight)));
            assert_eq!(widths[0], widths[1]);
            assert_eq!(widths[0], widths[2]);
        }
    }
}
