//! How the CSV of a job is written: what parts columns, what ends lines.

/// Delimiter and line ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Form {
    delimiter: u8,
    crlf: bool,
}

const DELIMITERS: [(&str, u8); 6] = [
    ("COMMA", b','),
    ("SEMICOLON", b';'),
    ("PIPE", b'|'),
    ("TAB", b'\t'),
    ("CARET", b'^'),
    ("BACKQUOTE", b'`'),
];

impl Form {
    /// From a job's settings; where nothing is said, COMMA and LF.
    pub(crate) fn read(delimiter: &str, ending: &str) -> Result<Self, String> {
        let wanted = if delimiter.is_empty() {
            "COMMA"
        } else {
            delimiter
        };
        let known = DELIMITERS.iter().find(|(name, _)| *name == wanted);
        let Some((_, delimiter)) = known else {
            return Err(format!("columnDelimiter `{delimiter}` is not supported"));
        };
        let crlf = match ending {
            "" | "LF" => false,
            "CRLF" => true,
            other => return Err(format!("lineEnding `{other}` is not supported")),
        };
        Ok(Form {
            delimiter: *delimiter,
            crlf,
        })
    }

    pub(crate) fn delimiter_name(self) -> &'static str {
        let known = DELIMITERS.iter().find(|(_, byte)| *byte == self.delimiter);
        known.map_or("", |(name, _)| name)
    }

    pub(crate) fn line_ending(self) -> &'static str {
        if self.crlf { "CRLF" } else { "LF" }
    }

    /// Whether the header line of a file ends as was said; a file of one line may end on nothing.
    pub(crate) fn fits(self, file: &[u8]) -> bool {
        match file.iter().position(|byte| *byte == b'\n') {
            None => true,
            Some(at) => (at > 0 && file[at - 1] == b'\r') == self.crlf,
        }
    }

    pub(crate) fn reader(self, file: &[u8]) -> csv::Reader<&[u8]> {
        csv::ReaderBuilder::new()
            .delimiter(self.delimiter)
            .from_reader(file)
    }

    /// Lines with all cells in quotes, as results come.
    pub(crate) fn write<'a>(self, lines: impl Iterator<Item = Vec<&'a str>>) -> Vec<u8> {
        let ending = match self.crlf {
            true => csv::Terminator::CRLF,
            false => csv::Terminator::Any(b'\n'),
        };
        let mut writer = csv::WriterBuilder::new()
            .delimiter(self.delimiter)
            .terminator(ending)
            .quote_style(csv::QuoteStyle::Always)
            .from_writer(Vec::new());
        let mut whole = true;
        for line in lines {
            whole &= writer.write_record(line).is_ok();
        }
        let bytes = writer.into_inner().ok().filter(|_| whole);
        bytes.unwrap_or_default()
    }
}
