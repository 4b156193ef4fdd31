//! The standard normal distribution.

use crate::gamma;

/// The probability of a value up to `z`, exact to many digits in the lower tail however small it
/// is: half the upper regularised gamma function of shape 1/2 at `z²/2` (NIST DLMF, equation
/// 7.11.2). NaN for NaN.
///
/// ```
/// assert_eq!(leadrank_stats::normal::cdf(0.0), 0.5);
/// assert!((leadrank_stats::normal::cdf(1.959963984540054) - 0.975).abs() < 1e-15);
/// ```
pub fn cdf(z: f64) -> f64 {
    let Some(outside) = gamma::upper(0.5, z * z / 2.0) else {
        return f64::NAN;
    };
    if z < 0.0 {
        outside / 2.0
    } else {
        1.0 - outside / 2.0
    }
}

/// The quantile function of the standard normal distribution, relative error about 1e-16.
///
/// Rational approximations of M. J. Wichura, "Algorithm AS 241: The Percentage Points of the
/// Normal Distribution", Applied Statistics 37 (1988), routine PPND16. Gives minus infinity at 0,
/// infinity at 1, `None` outside 0..=1.
///
/// ```
/// let z = leadrank_stats::normal::quantile(0.975).unwrap();
/// assert!((z - 1.959963984540054).abs() < 1e-14);
/// ```
pub fn quantile(p: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&p) {
        return None;
    }
    if p == 0.0 {
        return Some(f64::NEG_INFINITY);
    }
    if p == 1.0 {
        return Some(f64::INFINITY);
    }
    let centred = p - 0.5;
    if centred.abs() <= 0.425 {
        let r = 0.180_625 - centred * centred;
        return Some(centred * horner(&CENTRE_NUMERATOR, r) / horner(&CENTRE_DENOMINATOR, r));
    }
    let tail = if centred < 0.0 { p } else { 1.0 - p };
    let r = (-tail.ln()).sqrt();
    let size = if r <= 5.0 {
        horner(&MIDDLE_NUMERATOR, r - 1.6) / horner(&MIDDLE_DENOMINATOR, r - 1.6)
    } else {
        horner(&FAR_NUMERATOR, r - 5.0) / horner(&FAR_DENOMINATOR, r - 5.0)
    };
    Some(if centred < 0.0 { -size } else { size })
}

/// The number of standard deviations on each side that a two-sided interval of this confidence
/// spans; 0 for a confidence of 0 or less, infinite from 1 on and for NaN.
pub(crate) fn two_sided(confidence: f64) -> f64 {
    let confidence = if confidence.is_nan() {
        1.0
    } else {
        confidence.clamp(0.0, 1.0)
    };
    quantile(0.5 + confidence / 2.0).unwrap_or(f64::INFINITY)
}

/// The polynomial with these coefficients, constant first, at `x`.
fn horner(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients
        .iter()
        .rev()
        .fold(0.0, |sum, coefficient| sum * x + coefficient)
}

const CENTRE_NUMERATOR: [f64; 8] = [
    3.387_132_872_796_366_5,
    1.331_416_678_917_843_8e2,
    1.971_590_950_306_551_3e3,
    1.373_169_376_550_946e4,
    4.592_195_393_154_987e4,
    6.726_577_092_700_87e4,
    3.343_057_558_358_813e4,
    2.509_080_928_730_122_7e3,
];
const CENTRE_DENOMINATOR: [f64; 8] = [
    1.0,
    4.231_333_070_160_091e1,
    6.871_870_074_920_579e2,
    5.394_196_021_424_751e3,
    2.121_379_430_158_659_7e4,
    3.930_789_580_009_271e4,
    2.872_908_573_572_194_3e4,
    5.226_495_278_852_854e3,
];
const MIDDLE_NUMERATOR: [f64; 8] = [
    1.423_437_110_749_683_5,
    4.630_337_846_156_546,
    5.769_497_221_460_691,
    3.647_848_324_763_204_5,
    1.270_458_252_452_368_4,
    2.417_807_251_774_506e-1,
    2.272_384_498_926_918_4e-2,
    7.745_450_142_783_414e-4,
];
const MIDDLE_DENOMINATOR: [f64; 8] = [
    1.0,
    2.053_191_626_637_759,
    1.676_384_830_183_803_8,
    6.897_673_349_851e-1,
    1.481_039_764_274_800_8e-1,
    1.519_866_656_361_645_7e-2,
    5.475_938_084_995_345e-4,
    1.050_750_071_644_416_9e-9,
];
const FAR_NUMERATOR: [f64; 8] = [
    6.657_904_643_501_103,
    5.463_784_911_164_114,
    1.784_826_539_917_291_3,
    2.965_605_718_285_048_7e-1,
    2.653_218_952_657_612_4e-2,
    1.242_660_947_388_078_4e-3,
    2.711_555_568_743_487_6e-5,
    2.010_334_399_292_288_1e-7,
];
const FAR_DENOMINATOR: [f64; 8] = [
    1.0,
    5.998_322_065_558_88e-1,
    1.369_298_809_227_358e-1,
    1.487_536_129_085_061_5e-2,
    7.868_691_311_456_133e-4,
    1.846_318_317_510_054_8e-5,
    1.421_511_758_316_446e-7,
    2.044_263_103_389_939_8e-15,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_and_beyond() {
        assert_eq!(quantile(0.0), Some(f64::NEG_INFINITY));
        assert_eq!(quantile(1.0), Some(f64::INFINITY));
        assert_eq!(quantile(0.5), Some(0.0));
        assert_eq!(quantile(-0.1), None);
        assert_eq!(quantile(f64::NAN), None);
        assert_eq!(cdf(f64::NEG_INFINITY), 0.0);
        assert_eq!(cdf(f64::INFINITY), 1.0);
        assert!(cdf(f64::NAN).is_nan());
        assert_eq!(two_sided(0.0), 0.0);
        assert_eq!(two_sided(f64::NAN), f64::INFINITY);
    }
}
