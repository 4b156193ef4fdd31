//! From data to places on the picture.

/// A straight scale from `domain` to `range`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    domain: (f64, f64),
    range: (f64, f64),
}

impl Scale {
    /// The ends of the domain must be finite and differ; if not, the domain is widened to 1.
    pub(crate) fn new(domain: (f64, f64), range: (f64, f64)) -> Self {
        let (from, to) = domain;
        let domain = match (from.is_finite() && to.is_finite(), to > from) {
            (true, true) => domain,
            (true, false) => (from, from + 1.0),
            _ => (0.0, 1.0),
        };
        Scale { domain, range }
    }

    /// The place of `value`; values outside the domain lie on its border.
    pub(crate) fn place(&self, value: f64) -> f64 {
        let (from, to) = self.domain;
        let share = ((value - from) / (to - from)).clamp(0.0, 1.0);
        self.range.0 + share * (self.range.1 - self.range.0)
    }

    /// The last value of the domain.
    pub(crate) fn end(&self) -> f64 {
        self.domain.1
    }

    /// First and last value of the domain.
    pub(crate) fn ends(&self) -> (f64, f64) {
        self.domain
    }

    /// Round values in the domain, about `wanted` of them.
    pub(crate) fn ticks(&self, wanted: usize) -> Vec<f64> {
        let step = nice_step(self.domain.1 - self.domain.0, wanted);
        let first = (self.domain.0 / step - 1e-9).ceil() as i64;
        let last = (self.domain.1 / step + 1e-9).floor() as i64;
        (first..=last).map(|tick| tick as f64 * step).collect()
    }

    /// Digits after the point that tell the ticks of a step apart.
    pub(crate) fn tick_digits(&self, wanted: usize) -> usize {
        let step = nice_step(self.domain.1 - self.domain.0, wanted);
        (0..6)
            .find(|&digits| is_whole(step * 10f64.powi(digits)))
            .unwrap_or(6) as usize
    }
}

/// The smallest round number (1, 2 or 5 times a power of ten) that is at least `value`, in steps
/// fine enough that little room is wasted.
pub(crate) fn nice_end(value: f64) -> f64 {
    if !value.is_finite() || value <= 0.0 {
        return 1.0;
    }
    let step = nice_step(value, 5);
    (value / step - 1e-9).ceil() * step
}

/// A step of 1, 2 or 5 times a power of ten that cuts `span` into at most `wanted` pieces.
fn nice_step(span: f64, wanted: usize) -> f64 {
    let rough = span / wanted.max(1) as f64;
    let power = 10f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|factor| factor * power >= rough * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power
}

/// Round ends of an axis: zero belongs to it unless that would waste more than half of it.
pub(crate) fn nice_ends(low: f64, high: f64) -> (f64, f64) {
    if low > 0.5 * high && high > low {
        let step = nice_end((high - low) / 4.0);
        let from = (low / step).floor() * step;
        return (from, from + ((high - from) / step).ceil() * step);
    }
    let down = if low < 0.0 { -nice_end(-low) } else { 0.0 };
    let up = if high > 0.0 { nice_end(high) } else { 0.0 };
    (down, up)
}

/// Least and greatest of some numbers; the wrong way round where there are none.
pub(crate) fn extent(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let none = (f64::INFINITY, f64::NEG_INFINITY);
    values
        .into_iter()
        .fold(none, |(low, high), value| (low.min(value), high.max(value)))
}

/// How many times as wide as the middle one an interval may be.
const WIDE: f64 = 3.0;

/// Least and greatest number among values and the ends of their intervals (value, lower, upper).
/// One of few rows must not squeeze all others: an interval much wider than the middle one counts
/// with its value alone, and goes on beyond the border.
pub(crate) fn interval_extent(points: &[(f64, f64, f64)]) -> (f64, f64) {
    let width = |point: &(f64, f64, f64)| point.2 - point.1;
    let mut widths: Vec<f64> = points.iter().map(width).filter(|&one| one > 0.0).collect();
    widths.sort_by(f64::total_cmp);
    let limit = widths
        .get(widths.len() / 2)
        .map_or(f64::INFINITY, |middle| WIDE * middle);
    extent(points.iter().flat_map(|point| match width(point) > limit {
        true => [point.0; 3],
        false => [point.0, point.1, point.2],
    }))
}

fn is_whole(value: f64) -> bool {
    (value - value.round()).abs() < 1e-6
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ticks_are_round() {
        let scale = Scale::new((0.0, 1.0), (0.0, 100.0));
        assert_eq!(
            scale.ticks(5),
            [0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]
        );
        assert_eq!(
            Scale::new((0.013, 0.094), (0.0, 1.0)).ticks(5),
            [0.02, 0.04, 0.06, 0.08]
        );
        assert_eq!(Scale::new((0.0, 0.09), (0.0, 1.0)).tick_digits(5), 2);
        assert_eq!(Scale::new((0.0, 0.4), (0.0, 1.0)).tick_digits(4), 1);
    }

    #[test]
    fn ends_are_round() {
        let cases = [
            (0.081, 0.1),
            (0.094, 0.1),
            (0.13, 0.15),
            (7.0, 8.0),
            (1.0, 1.0),
            (0.0, 1.0),
        ];
        for (value, end) in cases {
            assert!(
                (nice_end(value) - end).abs() < 1e-12,
                "{value}: {}",
                nice_end(value)
            );
        }
        assert_eq!(nice_end(f64::NAN), 1.0);
    }

    #[test]
    fn an_axis_holds_zero_unless_that_wastes_half_of_it() {
        assert_eq!(nice_ends(2.0, 5.0), (0.0, 5.0));
        let (from, to) = nice_ends(62.0, 66.0);
        assert!((from, to) == (62.0, 66.0), "{from} {to}");
        assert_eq!(nice_ends(-0.2, 0.4).0, -0.2);
        assert_eq!(nice_ends(3.0, 3.0), (0.0, 3.0));
    }

    #[test]
    fn one_wide_interval_does_not_set_the_ends() {
        let narrow = [(0.1, 0.05, 0.15), (0.2, 0.15, 0.25), (0.3, 0.25, 0.35)];
        assert_eq!(interval_extent(&narrow), (0.05, 0.35));
        let wide = [&narrow[..], &[(0.4, 0.0, 0.9)]].concat();
        assert_eq!(interval_extent(&wide), (0.05, 0.4));
        assert_eq!(interval_extent(&wide[3..]), (0.0, 0.9));
        assert_eq!(interval_extent(&[(0.4, 0.4, 0.4)]), (0.4, 0.4));
    }

    #[test]
    fn a_domain_without_width_is_widened() {
        assert_eq!(Scale::new((2.0, 2.0), (0.0, 10.0)).place(2.0), 0.0);
        assert_eq!(Scale::new((f64::NAN, 2.0), (0.0, 10.0)).place(0.5), 5.0);
    }

    proptest! {
        #[test]
        fn places_and_ticks_stay_inside(
            from in -1e6..1e6f64,
            width in 1e-6..1e6f64,
            value in -1e7..1e7f64,
        ) {
            let scale = Scale::new((from, from + width), (10.0, 20.0));
            prop_assert!((10.0..=20.0).contains(&scale.place(value)));
            let ticks = scale.ticks(5);
            prop_assert!(ticks.len() <= 7);
            for tick in ticks {
                prop_assert!(tick >= from - 1e-3 * width && tick <= from + width * 1.001);
            }
        }
    }
}
