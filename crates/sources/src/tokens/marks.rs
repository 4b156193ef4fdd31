//! Where commas, quotes and line ends stand, sixty-four bytes at a time.
//!
//! Cells are a few bytes long, so looking for the end of each by itself costs more in
//! starting than in looking. Here the bytes become a mask of sixty-four bits, one for each
//! byte that matters, and the walk goes from bit to bit.

/// Bytes looked at together: as many as a mask has bits.
const WIDTH: usize = 64;

/// Walks over the positions of `,`, `"`, `\n` and `\r`.
pub(super) struct Marks<'a> {
    bytes: &'a [u8],
    /// Where the bytes of the mask begin.
    base: usize,
    /// Positions not yet given, counted from `base`, the lowest bit being the first byte.
    mask: u64,
}

impl<'a> Marks<'a> {
    /// Begins at a position.
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Marks<'a> {
        Marks {
            bytes,
            base: at,
            mask: mask_at(bytes, at),
        }
    }

    /// The next position, or the number of bytes if there is none.
    #[inline]
    pub(super) fn next(&mut self) -> usize {
        while self.mask == 0 {
            self.base += WIDTH;
            if self.base >= self.bytes.len() {
                self.base = self.bytes.len();
                return self.base;
            }
            self.mask = mask_at(self.bytes, self.base);
        }
        let at = self.base + self.mask.trailing_zeros() as usize;
        self.mask &= self.mask - 1;
        at
    }

    /// Passes over all positions before one that lies ahead.
    #[inline]
    pub(super) fn seek(&mut self, at: usize) {
        match at.checked_sub(self.base) {
            Some(offset) if offset < WIDTH => self.mask &= u64::MAX << offset,
            _ => *self = Marks::new(self.bytes, at),
        }
    }
}

fn mask_at(bytes: &[u8], at: usize) -> u64 {
    let rest = bytes.get(at..).unwrap_or_default();
    match rest.first_chunk::<WIDTH>() {
        Some(chunk) => mask(chunk),
        None => {
            let mut padded = [0; WIDTH];
            padded[..rest.len()].copy_from_slice(rest);
            mask(&padded)
        }
    }
}

/// One bit for each byte that is a mark. Written so that the compiler makes the first loop
/// vector instructions; the second gathers eight flags at a time by a multiplication that
/// brings each to a bit of its own in the highest byte.
#[inline]
fn mask(chunk: &[u8; WIDTH]) -> u64 {
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let mut flags = [0_u8; WIDTH];
    for (flag, byte) in flags.iter_mut().zip(chunk) {
        // No short circuit: a branch for each byte would cost more than four comparisons.
        *flag = u8::from(*byte == b',')
            | u8::from(*byte == b'\n')
            | u8::from(*byte == b'\r')
            | u8::from(*byte == b'"');
    }
    let (words, _) = flags.as_chunks::<8>();
    words.iter().enumerate().fold(0, |mask, (index, word)| {
        let bits = u64::from_le_bytes(*word).wrapping_mul(GATHER) >> 56;
        mask | bits << (8 * index)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_mark(byte: u8) -> bool {
        matches!(byte, b',' | b'"' | b'\n' | b'\r')
    }

    proptest! {
        #[test]
        fn marks_are_where_a_look_at_each_byte_finds_them(
            bytes in proptest::collection::vec(
                prop_oneof![2 => any::<u8>(), 1 => proptest::sample::select(b",\"\r\n".to_vec())],
                0..300,
            ),
            from in 0_usize..300,
            steps in 0_usize..20,
            ahead in 0_usize..150,
        ) {
            let from = from.min(bytes.len());
            let expected = |from: usize| (from..bytes.len()).filter(|&at| is_mark(bytes[at]));
            let mut marks = Marks::new(&bytes, from);
            let mut next = from;
            for _ in 0..steps {
                let at = marks.next();
                prop_assert_eq!(at, expected(next).next().unwrap_or(bytes.len()));
                next = (at + 1).min(bytes.len());
            }
            let to = (next + ahead).min(bytes.len());
            marks.seek(to);
            for at in expected(to) {
                prop_assert_eq!(marks.next(), at);
            }
            prop_assert_eq!(marks.next(), bytes.len());
            prop_assert_eq!(marks.next(), bytes.len());
        }
    }
}
