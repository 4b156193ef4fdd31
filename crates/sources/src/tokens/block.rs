//! Records that were cut together, and their cells where they lie.

/// Marks a span that lies in the text that was rewritten; no buffer is nearly as long.
const REWRITTEN: u32 = 1 << 31;

/// Where a cell lies: in the block's bytes, or in its rewritten text if quotes had to be
/// undone.
#[derive(Clone, Copy, Default)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// A cell as it stands in the file. Positions fit: a buffer holds at most twice the
    /// longest record.
    #[inline]
    pub(super) fn plain(start: usize, end: usize) -> Span {
        Span {
            start: start as u32,
            end: end as u32,
        }
    }

    /// A cell whose quotes were undone.
    pub(super) fn rewritten(start: usize, end: usize) -> Span {
        Span {
            start: start as u32 | REWRITTEN,
            end: end as u32,
        }
    }
}

/// One record of a block.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    /// Its first cell among the block's spans.
    pub(super) first: u32,
    /// Number of its cells.
    pub(super) cells: u32,
    /// Physical line it begins on, from 1.
    pub(crate) line: u64,
    /// True if a line end followed it, false if the file just stopped.
    pub(crate) closed: bool,
}

impl Row {
    /// Number of cells.
    pub(crate) fn len(&self) -> usize {
        self.cells as usize
    }
}

/// Records that lie together in the buffer.
#[derive(Clone, Copy)]
pub(crate) struct Block<'a> {
    pub(super) rows: &'a [Row],
    pub(super) spans: &'a [Span],
    pub(super) buffer: &'a [u8],
    pub(super) scratch: &'a [u8],
    /// The two above as text, if all of it is UTF-8.
    pub(super) text: Option<(&'a str, &'a str)>,
}

impl<'a> Block<'a> {
    pub(super) fn new(
        rows: &'a [Row],
        spans: &'a [Span],
        buffer: &'a [u8],
        scratch: &'a [u8],
    ) -> Block<'a> {
        Block {
            rows,
            spans,
            buffer,
            scratch,
            // Checked once for the whole block: cells begin and end beside ASCII.
            text: std::str::from_utf8(buffer)
                .ok()
                .zip(std::str::from_utf8(scratch).ok()),
        }
    }

    /// The records, in file order.
    pub(crate) fn rows(&self) -> &'a [Row] {
        self.rows
    }

    /// Length in the file, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.buffer.len()
    }

    /// A cell's text, or its bytes if they are not UTF-8; past the last cell the text is
    /// empty, as if the record had been filled up with commas.
    #[inline]
    pub(crate) fn cell(&self, row: &Row, place: usize) -> Result<&'a str, &'a [u8]> {
        if place >= row.cells as usize {
            return Ok("");
        }
        let Some(span) = self.spans.get(row.first as usize + place) else {
            return Ok("");
        };
        let range = (span.start & !REWRITTEN) as usize..span.end as usize;
        let rewritten = span.start & REWRITTEN != 0;
        let text = self.text.and_then(|(buffer, scratch)| {
            if rewritten { scratch } else { buffer }.get(range.clone())
        });
        match text {
            Some(text) => Ok(text),
            None => self.checked(rewritten, range),
        }
    }

    #[cold]
    fn checked(&self, rewritten: bool, range: std::ops::Range<usize>) -> Result<&'a str, &'a [u8]> {
        let bytes = if rewritten { self.scratch } else { self.buffer };
        let bytes = bytes.get(range).unwrap_or_default();
        std::str::from_utf8(bytes).map_err(|_| bytes)
    }
}
