//! Universal Binary JSON (draft 12) in the dialect XGBoost uses: lengths carry a
//! type marker, objects end with `}`, number arrays are strongly typed
//! (`[$d#L…`), other arrays counted (`[#L…`) and without an end marker. The plain
//! forms `[…]` and `{#…` are read too.

use crate::error::{Error, Result};
use crate::value::{MAX_NESTING, Value};

/// Reads one document that fills the bytes.
pub(crate) fn read(bytes: &[u8]) -> Result<Value> {
    let mut reader = Reader { bytes, at: 0 };
    let marker = reader.marker()?;
    let value = reader.value(marker, 0)?;
    if reader.at < bytes.len() {
        return Err(reader.error("bytes after the document"));
    }
    Ok(value)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn error(&self, reason: impl Into<String>) -> Error {
        Error::Malformed {
            format: "UBJ",
            offset: self.at,
            reason: reason.into(),
        }
    }

    fn take(&mut self, n: usize) -> Result<&'a [u8]> {
        let end = self
            .at
            .checked_add(n)
            .filter(|&end| end <= self.bytes.len());
        let Some(end) = end else {
            return Err(self.error("the document ends too early"));
        };
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N)?);
        Ok(out)
    }

    /// The next type marker; `N` is padding and stands for nothing.
    fn marker(&mut self) -> Result<u8> {
        loop {
            match self.array::<1>()? {
                [b'N'] => {}
                [marker] => return Ok(marker),
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn int(&mut self, marker: u8) -> Result<i64> {
        Ok(match marker {
            b'i' => i64::from(i8::from_be_bytes(self.array()?)),
            b'U' => i64::from(u8::from_be_bytes(self.array()?)),
            b'I' => i64::from(i16::from_be_bytes(self.array()?)),
            b'l' => i64::from(i32::from_be_bytes(self.array()?)),
            b'L' => i64::from_be_bytes(self.array()?),
            _ => return Err(self.error("a whole number should stand here")),
        })
    }

    /// A count of things that take at least a byte each, so never above what is left.
    fn length(&mut self) -> Result<usize> {
        let marker = self.marker()?;
        let length = self.int(marker)?;
        usize::try_from(length)
            .ok()
            .filter(|&n| n <= self.bytes.len() - self.at)
            .ok_or_else(|| self.error(format!("the length {length} goes beyond the document")))
    }

    fn text(&mut self) -> Result<String> {
        let length = self.length()?;
        let bytes = self.take(length)?;
        String::from_utf8(bytes.to_vec()).map_err(|_| self.error("a text that is not UTF-8"))
    }

    fn value(&mut self, marker: u8, depth: usize) -> Result<Value> {
        if depth > MAX_NESTING {
            return Err(self.error("too deeply nested"));
        }
        Ok(match marker {
            b'Z' => Value::Null,
            b'T' => Value::Bool(true),
            b'F' => Value::Bool(false),
            b'i' | b'U' | b'I' | b'l' | b'L' => Value::Int(self.int(marker)?),
            b'd' => Value::Float(f32::from_be_bytes(self.array()?)),
            b'D' => Value::Float(f64::from_be_bytes(self.array()?) as f32),
            b'C' => Value::Text(char::from(self.array::<1>()?[0]).to_string()),
            b'S' => Value::Text(self.text()?),
            b'[' => self.list(depth)?,
            b'{' => self.object(depth)?,
            other => {
                return Err(self.error(format!("unknown marker `{}`", other.escape_ascii())));
            }
        })
    }

    fn object(&mut self, depth: usize) -> Result<Value> {
        let mut entries = Vec::new();
        if self.peek() == Some(b'$') {
            return Err(self.error("an object with one type for all members is not read"));
        }
        let counted = self.peek() == Some(b'#');
        let count = if counted {
            self.at += 1;
            self.length()?
        } else {
            usize::MAX
        };
        while entries.len() < count {
            if !counted && self.peek() == Some(b'}') {
                self.at += 1;
                break;
            }
            let key = self.text()?;
            let marker = self.marker()?;
            entries.push((key, self.value(marker, depth + 1)?));
        }
        Ok(Value::Object(entries))
    }

    fn list(&mut self, depth: usize) -> Result<Value> {
        if self.peek() == Some(b'$') {
            self.at += 1;
            return self.typed();
        }
        let mut list = Vec::new();
        if self.peek() == Some(b'#') {
            self.at += 1;
            for _ in 0..self.length()? {
                let marker = self.marker()?;
                list.push(self.value(marker, depth + 1)?);
            }
        } else {
            loop {
                let marker = self.marker()?;
                if marker == b']' {
                    break;
                }
                list.push(self.value(marker, depth + 1)?);
            }
        }
        Ok(Value::pack(list))
    }

    fn typed(&mut self) -> Result<Value> {
        let marker = self.marker()?;
        if self.marker()? != b'#' {
            return Err(self.error("a typed array needs a count"));
        }
        let n = self.length()?;
        Ok(match marker {
            b'd' => Value::Floats(self.each(n, f32::from_be_bytes)?),
            b'D' => Value::Floats(self.each(n, |b| f64::from_be_bytes(b) as f32)?),
            b'U' => Value::Bytes(self.take(n)?.to_vec()),
            b'i' => Value::Ints(self.each(n, |b| i64::from(i8::from_be_bytes(b)))?),
            b'I' => Value::Ints(self.each(n, |b| i64::from(i16::from_be_bytes(b)))?),
            b'l' => Value::Ints(self.each(n, |b| i64::from(i32::from_be_bytes(b)))?),
            b'L' => Value::Ints(self.each(n, i64::from_be_bytes)?),
            other => {
                let shown = other.escape_ascii();
                return Err(self.error(format!("an array of type `{shown}` is not read")));
            }
        })
    }

    fn each<const N: usize, T>(&mut self, n: usize, item: fn([u8; N]) -> T) -> Result<Vec<T>> {
        let bytes = self.take(n.saturating_mul(N))?;
        let (chunks, _) = bytes.as_chunks::<N>();
        Ok(chunks.iter().map(|&chunk| item(chunk)).collect())
    }
}

/// Writes a document, number arrays typed as XGBoost 3.0 types them.
pub(crate) fn write(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    put(&mut out, value);
    out
}

fn put(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.push(b'Z'),
        Value::Bool(bool) => out.push(if *bool { b'T' } else { b'F' }),
        Value::Int(int) => put_int(out, *int),
        Value::Float(float) => {
            out.push(b'd');
            out.extend_from_slice(&float.to_be_bytes());
        }
        Value::Text(text) => {
            out.push(b'S');
            put_text(out, text);
        }
        Value::Floats(floats) => {
            put_typed(out, b'd', floats.len());
            out.extend(floats.iter().flat_map(|f| f.to_be_bytes()));
        }
        Value::Bytes(bytes) => {
            put_typed(out, b'U', bytes.len());
            out.extend_from_slice(bytes);
        }
        Value::Ints(ints) => match ints.iter().map(|&i| i32::try_from(i)).collect() {
            Ok::<Vec<i32>, _>(narrow) => put_ints(out, &narrow),
            Err(_) => put_longs(out, ints),
        },
        Value::Longs(ints) => put_longs(out, ints),
        Value::List(list) => {
            out.extend_from_slice(b"[#");
            put_length(out, list.len());
            for item in list {
                put(out, item);
            }
        }
        Value::Object(entries) => {
            out.push(b'{');
            for (key, value) in entries {
                put_text(out, key);
                put(out, value);
            }
            out.push(b'}');
        }
    }
}

fn put_ints(out: &mut Vec<u8>, ints: &[i32]) {
    put_typed(out, b'l', ints.len());
    out.extend(ints.iter().flat_map(|i| i.to_be_bytes()));
}

fn put_longs(out: &mut Vec<u8>, ints: &[i64]) {
    put_typed(out, b'L', ints.len());
    out.extend(ints.iter().flat_map(|i| i.to_be_bytes()));
}

fn put_int(out: &mut Vec<u8>, int: i64) {
    if let Ok(byte) = i8::try_from(int) {
        out.push(b'i');
        out.extend_from_slice(&byte.to_be_bytes());
    } else if let Ok(narrow) = i32::try_from(int) {
        out.push(b'l');
        out.extend_from_slice(&narrow.to_be_bytes());
    } else {
        out.push(b'L');
        out.extend_from_slice(&int.to_be_bytes());
    }
}

fn put_length(out: &mut Vec<u8>, length: usize) {
    out.push(b'L');
    out.extend_from_slice(&(length as u64).to_be_bytes());
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_length(out, text.len());
    out.extend_from_slice(text.as_bytes());
}

fn put_typed(out: &mut Vec<u8>, marker: u8, count: usize) {
    out.extend_from_slice(&[b'[', b'$', marker, b'#']);
    put_length(out, count);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_in_every_form_read_alike() {
        let counted = b"[#i\x03i\x01U\x02I\x00\x03";
        let plain = b"[i\x01l\x00\x00\x00\x02L\x00\x00\x00\x00\x00\x00\x00\x03]";
        for bytes in [
            counted.as_slice(),
            plain,
            b"[$i#i\x03\x01\x02\x03",
            b"[$I#U\x03\x00\x01\x00\x02\x00\x03",
            b"[$l#L\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03",
        ] {
            assert_eq!(read(bytes).unwrap(), Value::Ints(vec![1, 2, 3]));
        }
        assert_eq!(
            read(b"[$U#i\x02\x01\xff").unwrap(),
            Value::Bytes(vec![1, 255])
        );
        let floats = Value::Floats(vec![1.5, -2.0]);
        assert_eq!(
            read(b"[d\x3f\xc0\x00\x00d\xc0\x00\x00\x00]").unwrap(),
            floats
        );
        let doubles = b"[$D#i\x02\x3f\xf8\0\0\0\0\0\0\xc0\0\0\0\0\0\0\0";
        assert_eq!(read(doubles).unwrap(), floats);
    }

    #[test]
    fn objects_counted_and_not() {
        let want = Value::object([("a", Value::Bool(true)), ("b", Value::text("x"))]);
        assert_eq!(read(b"{i\x01aTi\x01bSi\x01x}").unwrap(), want);
        assert_eq!(read(b"{#i\x02i\x01aTi\x01bSi\x01x").unwrap(), want);
        assert_eq!(read(b"N{i\x01aTNi\x01bCx}").unwrap(), want);
    }

    #[test]
    fn numbers_of_every_width_come_back() {
        for int in [
            0,
            -1,
            127,
            128,
            -129,
            70_000,
            i64::from(i32::MIN),
            i64::MAX,
            i64::MIN,
        ] {
            assert_eq!(read(&write(&Value::Int(int))).unwrap(), Value::Int(int));
            let list = Value::Ints(vec![int, 1]);
            assert_eq!(read(&write(&list)).unwrap(), list);
            assert_eq!(
                read(&write(&Value::Longs(vec![int]))).unwrap(),
                Value::Ints(vec![int])
            );
        }
    }

    #[test]
    fn what_is_left_over_or_odd_is_refused() {
        for wrong in [
            b"ZZ".as_slice(),
            b"",
            b"{$i#i\x01",
            b"[$i\x01",
            b"[#i\xff",
            b"x",
            b"Si\x01\xff",
        ] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
