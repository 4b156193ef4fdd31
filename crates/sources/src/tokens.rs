//! Cuts comma-separated text into records and cells, one buffer at a time.
//!
//! The rules are those of the `csv` crate, against which the tests compare: quotes only
//! count at the start of a cell, `""` inside them is one quote, text after a closing quote
//! is kept, and empty lines are passed over. Written here because three things are needed
//! that a record iterator does not tell: whether the file ended inside quotes, whether
//! the last record had a line end, and the physical line of each record; and because cells
//! are handed out where they lie in the buffer, without a copy.

use std::io::{self, Read};

use memchr::{memchr, memchr2_iter};
use sha2::{Digest, Sha256};

/// Bytes asked for at a time.
const CHUNK: usize = 1 << 20;
/// Longest record; only an unclosed quote makes longer ones.
pub(crate) const LONGEST_RECORD: usize = 16 << 20;

/// Why no further record can be cut.
#[derive(Debug)]
pub(crate) enum TokenError {
    /// The system could not read on.
    Io(io::Error),
    /// The file ended inside quotes; the record began on this line.
    UnclosedQuote(u64),
    /// The record that began on this line has no end in sight.
    TooLong(u64),
}

/// Where a cell lies: in the buffer, or in `scratch` if quotes had to be undone.
#[derive(Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
    rewritten: bool,
}

/// A record cutter over any reader; hashes all bytes it reads.
pub(crate) struct Tokenizer<R> {
    source: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    ended: bool,
    hash: Sha256,
    bytes: u64,
    line: u64,
    record_start: usize,
    record_line: u64,
    closed: bool,
    spans: Vec<Span>,
    scratch: Vec<u8>,
}

/// One record's cells, where they lie.
pub(crate) struct Record<'a> {
    spans: &'a [Span],
    offset: usize,
    text: Option<(&'a str, &'a str)>,
    buffer: &'a [u8],
    scratch: &'a [u8],
}

impl<'a> Record<'a> {
    /// Number of cells.
    pub(crate) fn len(&self) -> usize {
        self.spans.len()
    }

    /// A cell's text, its bytes if they are not UTF-8, nothing past the last cell.
    pub(crate) fn cell(&self, index: usize) -> Option<Result<&'a str, &'a [u8]>> {
        let span = self.spans.get(index)?;
        let offset = if span.rewritten { 0 } else { self.offset };
        let range = span.start - offset..span.end - offset;
        let cell = self.text.and_then(|(buffer, scratch)| {
            if span.rewritten {
                scratch.get(range.clone())
            } else {
                buffer.get(range.clone())
            }
        });
        Some(match cell {
            Some(text) => Ok(text),
            None => {
                let bytes = if span.rewritten {
                    self.scratch
                } else {
                    self.buffer
                };
                let bytes = &bytes[range];
                std::str::from_utf8(bytes).map_err(|_| bytes)
            }
        })
    }
}

/// What one attempt at a record gave.
enum Cut {
    /// A record up to this position, with so many line ends in it.
    Record {
        next: usize,
        lines: u64,
        closed: bool,
    },
    /// The buffer ends before the record does.
    More,
    /// The file ends inside quotes.
    Unclosed,
}

impl<R: Read> Tokenizer<R> {
    pub(crate) fn new(source: R) -> Tokenizer<R> {
        Tokenizer {
            source,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            ended: false,
            hash: Sha256::new(),
            bytes: 0,
            line: 1,
            record_start: 0,
            record_line: 1,
            closed: true,
            spans: Vec::new(),
            scratch: Vec::new(),
        }
    }

    /// The bytes read and not yet cut; fills the buffer first if it is empty.
    pub(crate) fn peek(&mut self) -> Result<&[u8], TokenError> {
        if self.start == self.end && !self.ended {
            self.fill()?;
        }
        Ok(&self.buffer[self.start..self.end])
    }

    /// Passes over bytes that are no text, such as a byte order mark.
    pub(crate) fn skip(&mut self, bytes: usize) {
        self.start = (self.start + bytes).min(self.end);
    }

    /// Cuts the next record; false at the end of the file.
    pub(crate) fn next(&mut self) -> Result<bool, TokenError> {
        loop {
            if !self.skip_empty_lines() {
                if self.ended {
                    self.spans.clear();
                    return Ok(false);
                }
                self.fill()?;
                continue;
            }
            self.record_line = self.line;
            match self.cut() {
                Cut::Record {
                    next,
                    lines,
                    closed,
                } => {
                    self.record_start = self.start;
                    self.start = next;
                    self.line += lines;
                    self.closed = closed;
                    return Ok(true);
                }
                Cut::Unclosed => return Err(TokenError::UnclosedQuote(self.record_line)),
                Cut::More => {
                    if self.end - self.start >= LONGEST_RECORD {
                        return Err(TokenError::TooLong(self.record_line));
                    }
                    self.fill()?;
                }
            }
        }
    }

    /// The cells of the record.
    pub(crate) fn record(&self) -> Record<'_> {
        let buffer = &self.buffer[self.record_start..self.start];
        Record {
            spans: &self.spans,
            offset: self.record_start,
            // Checked once for the whole record: cells begin and end beside ASCII.
            text: std::str::from_utf8(buffer)
                .ok()
                .zip(std::str::from_utf8(&self.scratch).ok()),
            buffer,
            scratch: &self.scratch,
        }
    }

    /// Physical line the record begins on, from 1.
    #[expect(
        clippy::misnamed_getters,
        reason = "the field `line` is the reader's own place"
    )]
    pub(crate) fn line(&self) -> u64 {
        self.record_line
    }

    /// True if a line end followed the record, false if the file just stopped.
    pub(crate) fn closed(&self) -> bool {
        self.closed
    }

    /// Bytes read so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// SHA-256 of all bytes, in hexadecimal; call it at the end of the file.
    pub(crate) fn sha256(&self) -> String {
        hexadecimal(&self.hash.clone().finalize())
    }

    /// Moves past line ends; false if the buffer holds nothing else.
    fn skip_empty_lines(&mut self) -> bool {
        while self.start < self.end {
            match self.buffer[self.start] {
                b'\n' => self.start += 1,
                b'\r' if self.start + 1 < self.end => {
                    self.start += 1 + usize::from(self.buffer[self.start + 1] == b'\n');
                }
                b'\r' if self.ended => self.start += 1,
                b'\r' => return false,
                _ => return true,
            }
            self.line += 1;
        }
        false
    }

    /// Reads on, keeping what is not yet cut.
    fn fill(&mut self) -> Result<(), TokenError> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        // Room doubles with the record, so that a long one is not cut again and again.
        let wanted = (2 * self.end).max(CHUNK);
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
        while self.end < self.buffer.len() {
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(read) => {
                    self.hash.update(&self.buffer[self.end..self.end + read]);
                    self.end += read;
                    self.bytes += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(TokenError::Io(error)),
            }
        }
        Ok(())
    }

    /// Cuts one record that begins at `start`.
    fn cut(&mut self) -> Cut {
        self.spans.clear();
        self.scratch.clear();
        let bytes = &self.buffer[..self.end];
        let mut lines = 0;
        let mut at = self.start;
        loop {
            if bytes.get(at) == Some(&b'"') {
                match quoted(bytes, at, self.ended, &mut self.scratch) {
                    Quoted::Cell { span, next, breaks } => {
                        self.spans.push(span);
                        lines += breaks;
                        at = next;
                    }
                    Quoted::More => return Cut::More,
                    Quoted::Unclosed => return Cut::Unclosed,
                }
            } else {
                let start = at;
                at = plain_end(bytes, at);
                self.spans.push(Span {
                    start,
                    end: at,
                    rewritten: false,
                });
            }
            match bytes.get(at) {
                Some(b',') => at += 1,
                Some(b'\n') => {
                    return Cut::Record {
                        next: at + 1,
                        lines: lines + 1,
                        closed: true,
                    };
                }
                Some(_) => match bytes.get(at + 1) {
                    None if !self.ended => return Cut::More,
                    after => {
                        let next = at + 1 + usize::from(after == Some(&b'\n'));
                        return Cut::Record {
                            next,
                            lines: lines + 1,
                            closed: true,
                        };
                    }
                },
                None if self.ended => {
                    return Cut::Record {
                        next: at,
                        lines,
                        closed: false,
                    };
                }
                None => return Cut::More,
            }
        }
    }
}

/// First comma or line end at or after a position, or the end of the bytes; eight bytes at
/// a time, because cells are too short for anything with a longer start.
fn plain_end(bytes: &[u8], from: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    // The lowest high bit set marks the first byte that is zero.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let mut at = from;
    while let Some(chunk) = bytes.get(at..at + 8).and_then(|c| c.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let found = zeros(word ^ (ONES * u64::from(b',')))
            | zeros(word ^ (ONES * u64::from(b'\n')))
            | zeros(word ^ (ONES * u64::from(b'\r')));
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    bytes[at..]
        .iter()
        .position(|byte| matches!(byte, b',' | b'\n' | b'\r'))
        .map_or(bytes.len(), |offset| at + offset)
}

enum Quoted {
    Cell {
        span: Span,
        next: usize,
        breaks: u64,
    },
    More,
    Unclosed,
}

/// Cuts a cell that begins with a quote.
fn quoted(bytes: &[u8], open: usize, ended: bool, scratch: &mut Vec<u8>) -> Quoted {
    let start = open + 1;
    let copied = scratch.len();
    let mut from = start;
    let close = loop {
        let Some(offset) = memchr(b'"', &bytes[from..]) else {
            return if ended {
                Quoted::Unclosed
            } else {
                Quoted::More
            };
        };
        let quote = from + offset;
        match bytes.get(quote + 1) {
            Some(b'"') => {
                scratch.extend_from_slice(&bytes[from..=quote]);
                from = quote + 2;
            }
            None if !ended => return Quoted::More,
            _ => break quote,
        }
    };
    let breaks = line_breaks(&bytes[start..close]);
    let next = plain_end(bytes, close + 1);
    if next == bytes.len() && !ended {
        return Quoted::More;
    }
    let rewritten = from > start || next > close + 1;
    let span = if rewritten {
        scratch.extend_from_slice(&bytes[from..close]);
        scratch.extend_from_slice(&bytes[close + 1..next]);
        Span {
            start: copied,
            end: scratch.len(),
            rewritten,
        }
    } else {
        Span {
            start,
            end: close,
            rewritten,
        }
    };
    Quoted::Cell { span, next, breaks }
}

/// Line ends in quoted text, as an editor counts them.
fn line_breaks(text: &[u8]) -> u64 {
    memchr2_iter(b'\n', b'\r', text)
        .filter(|&at| text[at] == b'\n' || text.get(at + 1) != Some(&b'\n'))
        .count() as u64
}

/// Bytes as lower-case hexadecimal text.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Hands out a few bytes at a time, so that every cut meets every buffer end.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(into.len());
            into[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    /// Line and cells of each record.
    type Records = Vec<(u64, Vec<Vec<u8>>)>;

    fn records(text: &[u8]) -> Result<Records, TokenError> {
        let mut tokens = Tokenizer::new(Drip(text, 3));
        let mut found = Vec::new();
        while tokens.next()? {
            let record = tokens.record();
            let cells = (0..record.len()).map(|i| match record.cell(i) {
                Some(Ok(text)) => text.as_bytes().to_vec(),
                Some(Err(bytes)) => bytes.to_vec(),
                None => Vec::new(),
            });
            found.push((tokens.line(), cells.collect()));
        }
        Ok(found)
    }

    fn lines(text: &str) -> Vec<u64> {
        records(text.as_bytes())
            .expect("closed")
            .into_iter()
            .map(|(line, _)| line)
            .collect()
    }

    #[test]
    fn lines_are_physical_whatever_ends_them_and_whatever_is_quoted() {
        assert_eq!(lines("a,b\n1,\"x\ny\nz\"\n2,q\n"), [1, 2, 5]);
        assert_eq!(lines("a,b\r\n1,\"x\r\ny\"\r\n2,q"), [1, 2, 4]);
        assert_eq!(lines("a\n\n\nb\n\r\nc\rd"), [1, 4, 6, 7]);
    }

    #[test]
    fn quotes_are_undone() {
        let found = records(b"\"a \"\"b\"\", c\",\"\",\"x\"y,5\" pipe\n").expect("closed");
        let cells: Vec<&[u8]> = found[0].1.iter().map(Vec::as_slice).collect();
        assert_eq!(cells, [&b"a \"b\", c"[..], b"", b"xy", b"5\" pipe"]);
    }

    #[test]
    fn bytes_that_are_not_utf8_spoil_only_their_cell() {
        let mut tokens = Tokenizer::new(&b"caf\xe9,\"g\xc3\xbc\"\"n\",ok\n"[..]);
        assert!(matches!(tokens.next(), Ok(true)));
        let record = tokens.record();
        assert_eq!(record.cell(0), Some(Err(&b"caf\xe9"[..])));
        assert_eq!(record.cell(1), Some(Ok("gü\"n")));
        assert_eq!(record.cell(2), Some(Ok("ok")));
        assert_eq!(record.cell(3), None);
    }

    #[test]
    fn an_unclosed_quote_is_found_at_the_end() {
        assert!(matches!(
            records(b"a,b\n1,\"x\n2,y\n"),
            Err(TokenError::UnclosedQuote(2))
        ));
    }

    #[test]
    fn a_record_without_end_is_given_up() {
        let endless = io::repeat(b'x');
        let mut tokens = Tokenizer::new(io::Read::chain(&b"a\n\""[..], endless));
        assert!(matches!(tokens.next(), Ok(true)));
        assert!(matches!(tokens.next(), Err(TokenError::TooLong(2))));
    }

    #[test]
    fn the_hash_is_that_of_the_bytes() {
        let mut tokens = Tokenizer::new(&b"abc"[..]);
        while tokens.next().expect("plain") {}
        // The example of FIPS 180-2, appendix B.1.
        assert_eq!(
            tokens.sha256(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(tokens.bytes(), 3);
    }

    proptest! {
        #[test]
        fn records_are_those_of_the_csv_crate(text in "([a-c\"\",,\n\r ]|\r\n){0,60}") {
            let reference: Vec<Vec<Vec<u8>>> = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(text.as_bytes())
                .into_byte_records()
                .map(|record| {
                    let record = record.expect("flexible");
                    record.iter().map(<[u8]>::to_vec).collect()
                })
                .collect();
            match records(text.as_bytes()) {
                Ok(found) => {
                    let cells: Vec<_> = found.into_iter().map(|(_, cells)| cells).collect();
                    prop_assert_eq!(cells, reference);
                }
                Err(TokenError::UnclosedQuote(_)) => {
                    let quotes = text.bytes().filter(|b| *b == b'"').count();
                    prop_assert!(quotes > 0);
                }
                Err(other) => prop_assert!(false, "{other:?}"),
            }
        }
    }
}
