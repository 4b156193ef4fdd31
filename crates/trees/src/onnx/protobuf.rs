//! The wire form of protobuf, as much of it as an ONNX file needs
//! (<https://protobuf.dev/programming-guides/encoding/>).

const VARINT: u64 = 0;
const LENGTH: u64 = 2;

/// A message that is filled field by field; fields are given by number.
#[derive(Debug, Default)]
pub(super) struct Message {
    bytes: Vec<u8>,
}

impl Message {
    pub(super) fn new() -> Message {
        Message::default()
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// An integer or an enumerated value, not negative.
    #[must_use]
    pub(super) fn int(mut self, field: u64, value: u64) -> Message {
        self.key(field, VARINT);
        put_varint(&mut self.bytes, value);
        self
    }

    #[must_use]
    pub(super) fn text(self, field: u64, text: &str) -> Message {
        self.delimited(field, text.as_bytes())
    }

    #[must_use]
    pub(super) fn message(self, field: u64, message: &Message) -> Message {
        self.delimited(field, &message.bytes)
    }

    /// A repeated integer field, packed.
    #[must_use]
    pub(super) fn ints(self, field: u64, values: &[u64]) -> Message {
        let mut packed = Vec::with_capacity(values.len());
        for &value in values {
            put_varint(&mut packed, value);
        }
        self.delimited(field, &packed)
    }

    /// A repeated float field, packed.
    #[must_use]
    pub(super) fn floats(self, field: u64, values: &[f32]) -> Message {
        let packed: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.delimited(field, &packed)
    }

    fn delimited(mut self, field: u64, bytes: &[u8]) -> Message {
        self.key(field, LENGTH);
        put_varint(&mut self.bytes, bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
        self
    }

    fn key(&mut self, field: u64, wire_type: u64) {
        put_varint(&mut self.bytes, field << 3 | wire_type);
    }
}

/// Seven bits in each byte, the lowest first; a set top bit says that more follow.
fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the format's own description.
    #[test]
    fn numbers_and_texts_as_the_format_describes_them() {
        let bytes = |message: Message| message.into_bytes();
        assert_eq!(bytes(Message::new().int(1, 150)), [0x08, 0x96, 0x01]);
        assert_eq!(
            bytes(Message::new().text(2, "testing")),
            [0x12, 7, b't', b'e', b's', b't', b'i', b'n', b'g']
        );
        assert_eq!(
            bytes(Message::new().message(3, &Message::new().int(1, 150))),
            [0x1a, 3, 0x08, 0x96, 0x01]
        );
        assert_eq!(
            bytes(Message::new().ints(6, &[3, 270, 86942])),
            [0x32, 6, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05]
        );
    }

    #[test]
    fn floats_have_four_bytes_each() {
        let two = Message::new().floats(7, &[1.5, -2.0]).into_bytes();
        assert_eq!(two, [0x3a, 8, 0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0]);
    }

    #[test]
    fn the_largest_number_and_a_field_beyond_fifteen() {
        let largest = Message::new().int(1, u64::MAX).into_bytes();
        assert_eq!(largest.len(), 11);
        assert_eq!(largest[10], 1);
        assert_eq!(Message::new().int(20, 1).into_bytes(), [0xa0, 0x01, 1]);
    }
}
