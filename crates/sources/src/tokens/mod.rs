//! Cuts comma-separated text into records and cells, one buffer at a time.
//!
//! The rules are those of the `csv` crate, against which the tests compare: quotes only
//! count at the start of a cell, `""` inside them is one quote, text after a closing quote
//! is kept, and empty lines are passed over. Written here because three things are needed
//! that a record iterator does not tell: whether the file ended inside quotes, whether
//! the last record had a line end, and the physical line of each record; and because cells
//! are handed out where they lie in the buffer, without a copy, many records at a time.

mod block;
mod marks;

use std::io::{self, Read};

use memchr::{memchr, memchr2_iter, memchr3};
use sha2::{Digest, Sha256};

use self::block::Span;
pub(crate) use self::block::{Block, Row};
use self::marks::Marks;

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

/// A record cutter over any reader; hashes all bytes it reads.
pub(crate) struct Tokenizer<R> {
    source: R,
    chunk: usize,
    buffer: Vec<u8>,
    /// Where the block begins, where what is not yet cut begins, and where the bytes end.
    block: usize,
    start: usize,
    end: usize,
    ended: bool,
    hash: Sha256,
    bytes: u64,
    line: u64,
    rows: Vec<Row>,
    spans: Vec<Span>,
    scratch: Vec<u8>,
}

/// Why cutting stopped.
enum Stop {
    /// So many records as were wanted, or the end of the file.
    Done,
    /// The buffer ends before the record does.
    More,
    /// The file ends inside quotes.
    Unclosed,
}

impl<R: Read> Tokenizer<R> {
    pub(crate) fn new(source: R) -> Tokenizer<R> {
        Tokenizer::with_chunk(source, CHUNK)
    }

    /// Asks for so many bytes at a time.
    fn with_chunk(source: R, chunk: usize) -> Tokenizer<R> {
        Tokenizer {
            source,
            chunk,
            buffer: Vec::new(),
            block: 0,
            start: 0,
            end: 0,
            ended: false,
            hash: Sha256::new(),
            bytes: 0,
            line: 1,
            rows: Vec::new(),
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

    /// Cuts the next records, at least one and at most so many; false at the end of the
    /// file. An error that lies behind a record is met by the next call.
    pub(crate) fn next(&mut self, most: usize) -> Result<bool, TokenError> {
        loop {
            let stop = self.cut(most);
            if !self.rows.is_empty() {
                return Ok(true);
            }
            match stop {
                Stop::Done => return Ok(false),
                Stop::Unclosed => return Err(TokenError::UnclosedQuote(self.line)),
                Stop::More => {
                    if self.end - self.start >= LONGEST_RECORD {
                        return Err(TokenError::TooLong(self.line));
                    }
                    self.fill()?;
                }
            }
        }
    }

    /// The records cut last.
    pub(crate) fn block(&self) -> Block<'_> {
        Block::new(
            &self.rows,
            &self.spans,
            &self.buffer[self.block..self.start],
            &self.scratch,
        )
    }

    /// Bytes read so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// SHA-256 of all bytes, in hexadecimal; call it at the end of the file.
    pub(crate) fn sha256(&self) -> String {
        hexadecimal(&self.hash.clone().finalize())
    }

    /// Reads on, keeping what is not yet cut.
    fn fill(&mut self) -> Result<(), TokenError> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        // Room doubles with the record, so that a long one is not cut again and again.
        let wanted = (2 * self.end).max(self.chunk);
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

    /// Cuts records that lie whole in the buffer. `start` and `line` come to stand behind
    /// the last of them, at the first byte of the record that could not be cut.
    fn cut(&mut self, most: usize) -> Stop {
        self.rows.clear();
        self.spans.clear();
        self.scratch.clear();
        self.block = self.start;
        let mut cutter = Cutter {
            bytes: &self.buffer[self.block..self.end],
            ended: self.ended,
            line: self.line,
            at: 0,
            marks: Marks::new(&self.buffer[self.block..self.end], 0),
            spans: &mut self.spans,
            scratch: &mut self.scratch,
        };
        let mut stop = Stop::Done;
        while self.rows.len() < most {
            let (spans, scratch) = (cutter.spans.len(), cutter.scratch.len());
            match cutter.record() {
                Ok(Some(row)) => self.rows.push(row),
                Ok(None) => break,
                Err(early) => {
                    // What there is of the record will be cut again.
                    cutter.spans.truncate(spans);
                    cutter.scratch.truncate(scratch);
                    stop = early;
                    break;
                }
            }
        }
        self.start = self.block + cutter.at;
        self.line = cutter.line;
        stop
    }
}

/// Cuts one record after the other out of bytes in memory.
struct Cutter<'a> {
    bytes: &'a [u8],
    /// Nothing comes after the bytes.
    ended: bool,
    line: u64,
    at: usize,
    marks: Marks<'a>,
    spans: &'a mut Vec<Span>,
    scratch: &'a mut Vec<u8>,
}

impl Cutter<'_> {
    /// The record that begins here; nothing at the end of the file.
    fn record(&mut self) -> Result<Option<Row>, Stop> {
        if !self.skip_empty_lines() {
            return if self.ended {
                Ok(None)
            } else {
                Err(Stop::More)
            };
        }
        let first = self.spans.len();
        let bytes = self.bytes;
        let mut lines = 1;
        let mut closed = true;
        let mut start = self.at;
        let next = loop {
            let mut at = self.marks.next();
            if bytes.get(at) == Some(&b'"') {
                if at != start {
                    // Inside a plain cell it is text.
                    continue;
                }
                let cell = quoted(bytes, at, self.ended, self.scratch)?;
                self.spans.push(cell.span);
                lines += cell.breaks;
                at = cell.next;
                self.marks.seek(at + 1);
            } else {
                self.spans.push(Span::plain(start, at));
            }
            match bytes.get(at) {
                Some(b',') => start = at + 1,
                Some(b'\n') => break at + 1,
                Some(_) => match bytes.get(at + 1) {
                    None if !self.ended => return Err(Stop::More),
                    Some(b'\n') => {
                        self.marks.seek(at + 2);
                        break at + 2;
                    }
                    _ => break at + 1,
                },
                None if self.ended => {
                    lines -= 1;
                    closed = false;
                    break at;
                }
                None => return Err(Stop::More),
            }
        };
        let row = Row {
            first: first as u32,
            cells: (self.spans.len() - first) as u32,
            line: self.line,
            closed,
        };
        self.at = next;
        self.line += lines;
        Ok(Some(row))
    }

    /// Moves past line ends; false if the bytes hold nothing else.
    fn skip_empty_lines(&mut self) -> bool {
        let from = self.at;
        let found = loop {
            match self.bytes.get(self.at) {
                None => break false,
                Some(b'\n') => self.at += 1,
                Some(b'\r') => match self.bytes.get(self.at + 1) {
                    Some(after) => self.at += 1 + usize::from(*after == b'\n'),
                    None if self.ended => self.at += 1,
                    None => break false,
                },
                Some(_) => break true,
            }
            self.line += 1;
        };
        if self.at > from {
            self.marks.seek(self.at);
        }
        found
    }
}

/// A cell that was quoted: where it lies now, where it ends in the file, and how many line
/// ends are in it.
struct Quoted {
    span: Span,
    next: usize,
    breaks: u64,
}

/// Cuts a cell that begins with a quote.
fn quoted(bytes: &[u8], open: usize, ended: bool, scratch: &mut Vec<u8>) -> Result<Quoted, Stop> {
    let start = open + 1;
    let copied = scratch.len();
    let mut from = start;
    let close = loop {
        let Some(offset) = memchr(b'"', &bytes[from..]) else {
            return Err(if ended { Stop::Unclosed } else { Stop::More });
        };
        let quote = from + offset;
        match bytes.get(quote + 1) {
            Some(b'"') => {
                scratch.extend_from_slice(&bytes[from..=quote]);
                from = quote + 2;
            }
            None if !ended => return Err(Stop::More),
            _ => break quote,
        }
    };
    let breaks = line_breaks(&bytes[start..close]);
    let after = &bytes[close + 1..];
    let next = match memchr3(b',', b'\n', b'\r', after) {
        Some(offset) => close + 1 + offset,
        None if ended => bytes.len(),
        None => return Err(Stop::More),
    };
    let span = if from > start || next > close + 1 {
        scratch.extend_from_slice(&bytes[from..close]);
        scratch.extend_from_slice(&bytes[close + 1..next]);
        Span::rewritten(copied, scratch.len())
    } else {
        Span::plain(start, close)
    };
    Ok(Quoted { span, next, breaks })
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

    /// Hands out a few bytes at a time.
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
        let whole = records_by(text, CHUNK, 1_000);
        // Small buffers, so that every cut meets every buffer end.
        for (chunk, most) in [(CHUNK, 1), (1, 1), (1, 1_000), (2, 2), (5, 1_000), (64, 3)] {
            let parts = records_by(text, chunk, most);
            assert_eq!(format!("{parts:?}"), format!("{whole:?}"));
        }
        whole
    }

    fn records_by(text: &[u8], chunk: usize, most: usize) -> Result<Records, TokenError> {
        let mut tokens = Tokenizer::with_chunk(Drip(text, 3), chunk);
        let mut found = Vec::new();
        while tokens.next(most)? {
            let block = tokens.block();
            for row in block.rows() {
                let cells = (0..row.len()).map(|place| match block.cell(row, place) {
                    Ok(text) => text.as_bytes().to_vec(),
                    Err(bytes) => bytes.to_vec(),
                });
                found.push((row.line, cells.collect()));
            }
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
        assert!(matches!(tokens.next(1), Ok(true)));
        let block = tokens.block();
        let [row] = block.rows() else {
            panic!("one record");
        };
        assert_eq!(block.cell(row, 0), Err(&b"caf\xe9"[..]));
        assert_eq!(block.cell(row, 1), Ok("gü\"n"));
        assert_eq!(block.cell(row, 2), Ok("ok"));
        assert_eq!((row.len(), block.cell(row, 3)), (3, Ok("")));
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
        assert!(matches!(tokens.next(1), Ok(true)));
        assert!(matches!(tokens.next(1), Err(TokenError::TooLong(2))));
    }

    #[test]
    fn the_hash_is_that_of_the_bytes() {
        let mut tokens = Tokenizer::new(&b"abc"[..]);
        while tokens.next(1).expect("plain") {}
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
