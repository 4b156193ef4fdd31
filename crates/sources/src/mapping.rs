//! A user's own names for declared columns: `SOURCE=TARGET`, or `SOURCE=TARGET*FACTOR`
//! where the file counts in another unit.

use std::fmt;
use std::str::FromStr;

use crate::contract::FileKind;
use crate::error::{Error, Result};
use crate::header::{matching_key, nearest};

/// One column of the file that is to be read as a declared one.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapping {
    /// The column's name in the file.
    pub source: String,
    /// The declared column it fills.
    pub target: String,
    /// What numbers are multiplied by: 1e-6 turns dollars into millions.
    pub factor: f64,
}

impl Mapping {
    /// Makes a mapping from a source name and a target that may end in `*FACTOR`.
    pub fn new(source: &str, target: &str) -> Result<Mapping> {
        let bad = |why: &str| Error::BadMapping {
            mapping: format!("{source}={target}"),
            why: why.to_owned(),
        };
        let (name, factor) = match target.split_once('*') {
            Some((name, factor)) => {
                let factor: f64 = factor
                    .trim()
                    .parse()
                    .map_err(|_| bad("the factor is not a number"))?;
                if !factor.is_finite() || factor == 0.0 {
                    return Err(bad("the factor must be finite and not zero"));
                }
                (name.trim(), factor)
            }
            None => (target.trim(), 1.0),
        };
        let source_name = source.trim();
        if source_name.is_empty() || name.is_empty() {
            return Err(bad("both names are needed"));
        }
        let declared = || {
            FileKind::ALL
                .iter()
                .flat_map(|kind| kind.contract().columns)
        };
        let column = declared().find(|c| matching_key(c.name) == matching_key(name));
        let Some(column) = column else {
            let near = nearest(name, declared().map(|c| c.name.to_owned()));
            return Err(bad(&match near.first() {
                Some(near) => format!("no declared column `{name}`; did you mean {near}"),
                None => format!("no declared column `{name}`"),
            }));
        };
        if factor != 1.0 && !column.kind.is_number() {
            return Err(bad("only a number can have a factor"));
        }
        Ok(Mapping {
            source: source_name.into(),
            target: column.name.into(),
            factor,
        })
    }
}

impl FromStr for Mapping {
    type Err = Error;

    fn from_str(text: &str) -> Result<Mapping> {
        // The last `=` splits, so that a column name may hold one.
        let (source, target) = text.rsplit_once('=').ok_or_else(|| Error::BadMapping {
            mapping: text.into(),
            why: "write SOURCE=TARGET or SOURCE=TARGET*FACTOR".into(),
        })?;
        Mapping::new(source, target)
    }
}

impl fmt::Display for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.source, self.target)?;
        if self.factor != 1.0 {
            write!(f, "*{:e}", self.factor)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_is_read_and_shown() {
        let mapping: Mapping = "raum_total = totalassetsinmillions * 1e-6"
            .parse()
            .expect("valid");
        assert_eq!(mapping.target, "TotalAssetsInMillions");
        assert_eq!(mapping.factor, 1e-6);
        assert_eq!(mapping.to_string(), "raum_total=TotalAssetsInMillions*1e-6");
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_a_reason() {
        for (text, part) in [
            ("firm", "write SOURCE=TARGET"),
            ("firm=", "both names are needed"),
            ("firm=RIAFirmCDR", "did you mean RIAFirmCRD"),
            ("a=TotalAssetsInMillions*x", "not a number"),
            ("a=TotalAssetsInMillions*0", "not zero"),
            ("a=RIAFirmName*2", "only a number"),
        ] {
            let error = text.parse::<Mapping>().expect_err(text);
            assert!(error.to_string().contains(part), "{error}");
        }
    }
}
