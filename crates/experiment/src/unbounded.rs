//! Numbers that may be infinite, in JSON, which has no infinity: null stands for it.

use serde::{Deserialize, Deserializer, Serializer};

/// Writes null for an infinite number.
pub(crate) fn serialize<S: Serializer>(value: &f64, to: S) -> Result<S::Ok, S::Error> {
    match value.is_finite() {
        true => to.serialize_f64(*value),
        false => to.serialize_none(),
    }
}

/// Reads null as infinity.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(from)?.unwrap_or(f64::INFINITY))
}

/// The same for the upper end of an interval.
pub(crate) mod above {
    use leadrank_stats::Interval;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Ends {
        lo: f64,
        #[serde(with = "super")]
        hi: f64,
    }

    /// Writes null for an infinite upper end.
    pub(crate) fn serialize<S: Serializer>(value: &Interval, to: S) -> Result<S::Ok, S::Error> {
        let Interval { lo, hi } = *value;
        Ends { lo, hi }.serialize(to)
    }

    /// Reads null as an infinite upper end.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Interval, D::Error> {
        let Ends { lo, hi } = Ends::deserialize(from)?;
        Ok(Interval { lo, hi })
    }
}
