//! Short numbers without decoration: most cells of a vendor's file. Eight characters fit
//! into one machine word and are read together, without a branch for each character.

/// Eight times the character `0`.
const ZEROS: u64 = 0x3030_3030_3030_3030;
/// Eight times the character `.`.
const DOTS: u64 = 0x2e2e_2e2e_2e2e_2e2e;
/// Most characters read together.
const TOGETHER: usize = 8;
/// Most digits that a double surely holds exactly.
const EXACT: usize = 15;

/// Powers of ten that a double holds exactly.
const TENS: [f64; EXACT + 1] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/// The digits of a number as a whole one, and how many of them stand behind the dot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Digits {
    whole: u64,
    decimals: usize,
}

impl Digits {
    /// Reads digits with at most one dot among them, at most fifteen characters.
    #[inline]
    pub(super) fn parse(bytes: &[u8]) -> Option<Digits> {
        match bytes.len() {
            0 => None,
            1..=TOGETHER => together(bytes),
            length if length <= EXACT => one_by_one(bytes),
            _ => None,
        }
    }

    /// The nearest double: the digits and the power of ten are both exact, so that one
    /// division rounds once.
    #[inline]
    pub(super) fn float(self) -> f64 {
        self.whole as f64 / TENS[self.decimals]
    }

    /// The number, if no digits stand behind a dot.
    #[inline]
    pub(super) fn integer(self) -> Option<i64> {
        (self.decimals == 0).then_some(self.whole as i64)
    }
}

/// Reads `1,295.31`: digits with commas before groups of three.
pub(super) fn grouped(bytes: &[u8]) -> Option<Digits> {
    let mut plain = [0_u8; EXACT];
    let mut length = 0;
    // Digits since the last comma, or since the start if there was none.
    let mut run = 0;
    let mut commas = 0;
    let mut dots = 0;
    for &byte in bytes {
        match byte {
            b',' if dots == 0 && (run == 3 || commas == 0 && (1..=3).contains(&run)) => {
                commas += 1;
                run = 0;
                continue;
            }
            b'.' if dots == 0 && (commas == 0 || run == 3) => dots = 1,
            b'0'..=b'9' => run += 1,
            _ => return None,
        }
        *plain.get_mut(length)? = byte;
        length += 1;
    }
    if commas > 0 && dots == 0 && run != 3 {
        return None;
    }
    Digits::parse(&plain[..length])
}

/// True for one to eight digits.
#[inline]
pub(super) fn are_digits(bytes: &[u8]) -> bool {
    (1..=TOGETHER).contains(&bytes.len()) && all_digits(to_the_top(load(bytes), bytes.len()))
}

/// One to eight characters.
#[inline]
fn together(bytes: &[u8]) -> Option<Digits> {
    let mut word = load(bytes);
    let mut length = bytes.len();
    let mut decimals = 0;
    let dots = zero_bytes(word ^ DOTS);
    if dots != 0 {
        // The characters behind the first dot move up to those before it.
        let dot = (dots.trailing_zeros() / 8) as usize;
        let before = (1_u64 << (8 * dot)) - 1;
        word = (word & before) | ((word >> 8) & !before);
        length -= 1;
        decimals = length - dot;
        if length == 0 {
            return None;
        }
    }
    let word = to_the_top(word, length);
    all_digits(word).then(|| Digits {
        whole: value(word),
        decimals,
    })
}

/// Nine to fifteen characters.
fn one_by_one(bytes: &[u8]) -> Option<Digits> {
    let mut whole = 0_u64;
    let mut dot = None;
    for (at, byte) in bytes.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            whole = whole * 10 + u64::from(digit);
        } else if *byte == b'.' && dot.is_none() {
            dot = Some(at);
        } else {
            return None;
        }
    }
    Some(Digits {
        whole,
        decimals: dot.map_or(0, |dot| bytes.len() - dot - 1),
    })
}

/// Up to eight bytes as a word, the first lowest and zeros above the last: from two loads
/// that may overlap, or from single bytes.
#[inline]
fn load(bytes: &[u8]) -> u64 {
    let length = bytes.len();
    match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            let last = u64::from(u32::from_le_bytes(*last));
            u64::from(u32::from_le_bytes(*first)) | (last << (8 * (length - 4)))
        }
        _ => bytes
            .iter()
            .rev()
            .fold(0, |word, byte| (word << 8) | u64::from(*byte)),
    }
}

/// Moves so many characters to the high end of a word and fills up with the character `0`,
/// as if the number had leading zeros.
#[inline]
fn to_the_top(word: u64, length: usize) -> u64 {
    let filled = 8 * (TOGETHER - length);
    (word << filled) | (ZEROS & ((1_u64 << filled) - 1))
}

/// The high bit of each byte that is zero, and of no other.
#[inline]
fn zero_bytes(word: u64) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    !(((word & LOW) + LOW) | word | LOW)
}

#[inline]
fn all_digits(word: u64) -> bool {
    const HIGH: u64 = 0xf0f0_f0f0_f0f0_f0f0;
    const SIX: u64 = 0x0606_0606_0606_0606;
    // `:` and what follows it carry into the high half when six is added.
    word & HIGH == ZEROS && word.wrapping_add(SIX) & HIGH == ZEROS
}

/// The number that eight digits mean, the first in the lowest byte: neighbours are joined to
/// pairs, pairs to fours, fours to eights (D. Lemire, "Quickly parsing eight digits", 2018).
#[inline]
fn value(word: u64) -> u64 {
    const PAIR: u64 = 0x0000_00ff_0000_00ff;
    let digits = word.wrapping_sub(ZEROS);
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let high = (pairs & PAIR).wrapping_mul(100 + (1_000_000 << 32));
    let low = ((pairs >> 16) & PAIR).wrapping_mul(1 + (10_000 << 32));
    high.wrapping_add(low) >> 32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The slow, obvious reading.
    fn obvious(text: &str) -> Option<f64> {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let dots = text.bytes().filter(|byte| *byte == b'.').count();
        let fits = digits > 0 && dots <= 1 && digits + dots == text.len();
        (fits && text.len() <= EXACT).then(|| text.parse().expect("a number"))
    }

    proptest! {
        #[test]
        fn numbers_are_those_of_the_standard_library(text in "[0-9]{0,9}\\.?[0-9]{0,9}") {
            let found = Digits::parse(text.as_bytes());
            prop_assert_eq!(found.map(|d| d.float().to_bits()), obvious(&text).map(f64::to_bits));
            let whole = found.and_then(Digits::integer);
            if let Some(whole) = whole {
                prop_assert_eq!(text.trim_end_matches('.').parse(), Ok(whole));
            }
            prop_assert_eq!(
                are_digits(text.as_bytes()),
                (1..=8).contains(&text.len()) && !text.contains('.')
            );
        }

        #[test]
        fn nothing_else_is_a_number(text in "[-+$%,.0-9 /:;<\u{7f}\u{b1}eE]{0,16}") {
            let found = Digits::parse(text.as_bytes());
            prop_assert_eq!(found.map(Digits::float), obvious(&text));
        }

        #[test]
        fn any_bytes_may_come(bytes in proptest::collection::vec(any::<u8>(), 0..17)) {
            let text = String::from_utf8_lossy(&bytes);
            let found = Digits::parse(&bytes);
            prop_assert_eq!(found.map(Digits::float), obvious(&text));
        }
    }
}
