//! JSON as XGBoost writes it.
//!
//! A general reader goes through `f64`, and a shortest `f32` text rounded twice
//! can land one step off its threshold, sending a row down the other branch. This
//! one reads numbers straight to `f32`, and takes the `NaN` and `Infinity` that
//! XGBoost writes.

use std::fmt::Write as _;

use crate::error::{Error, Result};
use crate::value::{MAX_NESTING, Value};

/// Reads one document; anything but white space after it is an error.
pub(crate) fn read(bytes: &[u8]) -> Result<Value> {
    let mut reader = Reader { bytes, at: 0 };
    let value = reader.value(0)?;
    reader.skip_space();
    if reader.at < bytes.len() {
        return Err(reader.error("text after the document"));
    }
    Ok(value)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn error(&self, reason: &str) -> Error {
        Error::Malformed {
            format: "JSON",
            offset: self.at,
            reason: reason.to_owned(),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.bytes[self.at..].starts_with(word.as_bytes());
        if found {
            self.at += word.len();
        }
        found
    }

    fn value(&mut self, depth: usize) -> Result<Value> {
        if depth > MAX_NESTING {
            return Err(self.error("too deeply nested"));
        }
        self.skip_space();
        match self.peek() {
            None => Err(self.error("the document ends too early")),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => self.text().map(Value::Text),
            Some(_) if self.take("true") => Ok(Value::Bool(true)),
            Some(_) if self.take("false") => Ok(Value::Bool(false)),
            Some(_) if self.take("null") => Ok(Value::Null),
            Some(_) => self.number(),
        }
    }

    /// Consumes `close` and says true, or the comma before the next member.
    fn closes(&mut self, close: u8, first: bool) -> Result<bool> {
        self.skip_space();
        match self.peek() {
            Some(b) if b == close => {
                self.at += 1;
                Ok(true)
            }
            Some(b',') if !first => {
                self.at += 1;
                Ok(false)
            }
            Some(_) if first => Ok(false),
            _ => Err(self.error("a comma or a closing bracket should stand here")),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value> {
        self.at += 1;
        let mut entries = Vec::new();
        while !self.closes(b'}', entries.is_empty())? {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(self.error("a name in quotes should stand here"));
            }
            let key = self.text()?;
            self.skip_space();
            if !self.take(":") {
                return Err(self.error("a colon should stand here"));
            }
            entries.push((key, self.value(depth + 1)?));
        }
        Ok(Value::Object(entries))
    }

    fn list(&mut self, depth: usize) -> Result<Value> {
        self.at += 1;
        let mut list = Vec::new();
        while !self.closes(b']', list.is_empty())? {
            list.push(self.value(depth + 1)?);
        }
        Ok(Value::pack(list))
    }

    fn number(&mut self) -> Result<Value> {
        let start = self.at;
        let minus = self.take("-");
        if self.take("Infinity") {
            return Ok(Value::Float(if minus {
                f32::NEG_INFINITY
            } else {
                f32::INFINITY
            }));
        }
        if self.take("NaN") {
            return Ok(Value::Float(f32::NAN));
        }
        let mut whole = true;
        while let Some(byte @ (b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')) = self.peek() {
            whole &= byte.is_ascii_digit();
            self.at += 1;
        }
        let text = std::str::from_utf8(&self.bytes[start..self.at]).unwrap_or_default();
        // "-0" must stay a float, an integer has no negative zero
        if whole
            && text != "-0"
            && let Ok(int) = text.parse()
        {
            return Ok(Value::Int(int));
        }
        let fault = |reader: &mut Self| {
            reader.at = start;
            reader.error("a value should stand here")
        };
        match text.parse::<f32>() {
            Ok(float) => Ok(Value::Float(float)),
            Err(_) => Err(fault(self)),
        }
    }

    fn text(&mut self) -> Result<String> {
        self.at += 1;
        let mut out = Vec::new();
        loop {
            let rest = &self.bytes[self.at..];
            let Some(plain) = rest.iter().position(|&b| b == b'"' || b == b'\\') else {
                return Err(self.error("a text that does not end"));
            };
            out.extend_from_slice(&rest[..plain]);
            self.at += plain + 1;
            if rest[plain] == b'"' {
                break;
            }
            self.escape(&mut out)?;
        }
        String::from_utf8(out).map_err(|_| self.error("a text that is not UTF-8"))
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Result<()> {
        let byte = self
            .peek()
            .ok_or_else(|| self.error("a text that does not end"))?;
        self.at += 1;
        out.push(match byte {
            b'"' | b'\\' | b'/' => byte,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'b' => 8,
            b'f' => 12,
            b'u' => {
                let first = self.hex()?;
                let point = if (0xD800..0xDC00).contains(&first) && self.take("\\u") {
                    let second = self.hex()?;
                    if !(0xDC00..0xE000).contains(&second) {
                        return Err(self.error("half of a surrogate pair"));
                    }
                    0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
                } else {
                    first
                };
                let character =
                    char::from_u32(point).ok_or_else(|| self.error("half of a surrogate pair"))?;
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            _ => return Err(self.error("an unknown escape")),
        });
        Ok(())
    }

    fn hex(&mut self) -> Result<u32> {
        let digits = self.bytes.get(self.at..self.at + 4).unwrap_or_default();
        let mut value = 0;
        if digits.len() < 4 {
            return Err(self.error("an escape needs four hexadecimal digits"));
        }
        for &digit in digits {
            let digit = char::from(digit)
                .to_digit(16)
                .ok_or_else(|| self.error("an escape needs four hexadecimal digits"))?;
            value = value * 16 + digit;
        }
        self.at += 4;
        Ok(value)
    }
}

/// Writes a document on one line, members in the order they have.
pub(crate) fn write(value: &Value) -> Vec<u8> {
    let mut out = String::new();
    put(&mut out, value);
    out.into_bytes()
}

/// The shortest text that reads back to the same bits, spelled as XGBoost does: `5E-1`.
pub(crate) fn float_text(value: f32) -> String {
    if value.is_finite() {
        format!("{value:E}")
    } else if value.is_nan() {
        "NaN".to_owned()
    } else if value > 0.0 {
        "Infinity".to_owned()
    } else {
        "-Infinity".to_owned()
    }
}

fn put(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(bool) => out.push_str(if *bool { "true" } else { "false" }),
        Value::Int(int) => put_display(out, int),
        Value::Float(float) => out.push_str(&float_text(*float)),
        Value::Text(text) => put_text(out, text),
        Value::Ints(ints) | Value::Longs(ints) => {
            put_list(out, ints, put_display);
        }
        Value::Bytes(bytes) => put_list(out, bytes, put_display),
        Value::Floats(floats) => {
            put_list(out, floats, |out, float| out.push_str(&float_text(*float)));
        }
        Value::List(list) => put_list(out, list, put),
        Value::Object(entries) => {
            out.push('{');
            for (i, (key, value)) in entries.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                put_text(out, key);
                out.push(':');
                put(out, value);
            }
            out.push('}');
        }
    }
}

fn put_display(out: &mut String, value: &impl std::fmt::Display) {
    // writing to a String cannot fail
    let _ = write!(out, "{value}");
}

fn put_list<T>(out: &mut String, list: &[T], mut item: impl FnMut(&mut String, &T)) {
    out.push('[');
    for (i, value) in list.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        item(out, value);
    }
    out.push(']');
}

fn put_text(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_rounded_once() {
        // just below the middle of two neighbours: by way of f64 it would become the
        // middle, and then the upper one
        let text = b"1.00000017881393432617187499";
        assert_eq!(read(text).unwrap(), Value::Float(1.000_000_1));
        let twice: f64 = "1.00000017881393432617187499".parse().unwrap();
        assert_eq!(twice as f32, 1.000_000_2);
    }

    #[test]
    fn integers_stay_integers_and_mixed_lists_become_floats() {
        assert_eq!(read(b"[1,-2, 3 ]").unwrap(), Value::Ints(vec![1, -2, 3]));
        assert_eq!(read(b"[1,2.5]").unwrap(), Value::Floats(vec![1.0, 2.5]));
        assert_eq!(read(b"[]").unwrap(), Value::List(vec![]));
        assert_eq!(
            read(b"[1,null]").unwrap(),
            Value::List(vec![Value::Int(1), Value::Null])
        );
    }

    #[test]
    fn floats_are_spelled_as_the_library_does() {
        let spelled = [
            0.5,
            0.0,
            1.0,
            -1.5,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::NAN,
        ]
        .map(float_text);
        assert_eq!(
            spelled,
            [
                "5E-1",
                "0E0",
                "1E0",
                "-1.5E0",
                "Infinity",
                "-Infinity",
                "NaN"
            ]
        );
    }

    #[test]
    fn escapes() {
        let text = r#""\u00fc\ud83d\ude00\n\/\\\"""#;
        assert_eq!(
            read(text.as_bytes()).unwrap(),
            Value::text("\u{fc}\u{1f600}\n/\\\"")
        );
        for wrong in [
            r#""\ud83d""#,
            r#""\ud83d\u0041""#,
            r#""\x""#,
            r#""\u12"#,
            "\"",
            "\"\\",
        ] {
            assert!(read(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn punctuation_is_checked() {
        for wrong in [
            "[1,]",
            "[,1]",
            "[1 2]",
            "{\"a\" 1}",
            "{a:1}",
            "{\"a\":1,}",
            "1 2",
            "-",
            "tru",
        ] {
            assert!(read(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn every_float_comes_back(bits in any::<u32>()) {
            let float = f32::from_bits(bits);
            let Ok(Value::Float(again)) = read(&write(&Value::Float(float))) else {
                return Err(TestCaseError::fail("not a float"));
            };
            prop_assert!(again.to_bits() == bits || float.is_nan() && again.is_nan());
        }

        #[test]
        fn every_text_comes_back(text in any::<String>()) {
            let value = Value::Object(vec![(text.clone(), Value::Text(text))]);
            prop_assert_eq!(read(&write(&value)).unwrap(), value);
        }
    }
}
