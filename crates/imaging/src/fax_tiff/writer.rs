//! A classic little-endian TIFF, put together one page after the other.

/// A directory entry, in the three shapes that fax TIFFs need.
pub(super) enum Value<'a> {
    Short(u16),
    Shorts(u16, u16),
    Long(u32),
    /// Whole units over one.
    Rational(u32),
    /// ASCII; the final zero is added.
    Text(&'a str),
}

/// `(tag, value)` in ascending order of tags.
pub(super) type Entry<'a> = (u16, Value<'a>);

/// Pages are appended as strip, directory, long values: the order `rxfax` writes.
pub(super) struct TiffWriter {
    bytes: Vec<u8>,
    /// Where the offset of the next directory goes.
    link: usize,
}

impl TiffWriter {
    pub(super) fn new() -> Self {
        Self {
            bytes: b"II*\0\0\0\0\0".to_vec(),
            link: 4,
        }
    }

    /// Appends the strip and answers its offset.
    pub(super) fn strip(&mut self, strip: &[u8]) -> u32 {
        let offset = self.position();
        self.bytes.extend_from_slice(strip);
        if !self.bytes.len().is_multiple_of(2) {
            self.bytes.push(0);
        }
        offset
    }

    /// Appends the directory and links it to the one before.
    pub(super) fn directory(&mut self, entries: &[Entry<'_>]) {
        let start = self.position();
        self.bytes[self.link..self.link + 4].copy_from_slice(&start.to_le_bytes());
        let size = 2 + 12 * entries.len() as u32 + 4;
        let mut long_values = Vec::new();
        self.bytes
            .extend_from_slice(&(entries.len() as u16).to_le_bytes());
        for (tag, value) in entries {
            let (kind, count, field) = encode(value, start + size, &mut long_values);
            self.bytes.extend_from_slice(&tag.to_le_bytes());
            self.bytes.extend_from_slice(&kind.to_le_bytes());
            self.bytes.extend_from_slice(&count.to_le_bytes());
            self.bytes.extend_from_slice(&field);
        }
        self.link = self.bytes.len();
        self.bytes.extend_from_slice(&[0; 4]);
        self.bytes.append(&mut long_values);
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }

    /// A TIFF offset has 32 bits; 350 dense superfine pages stay far below them.
    fn position(&self) -> u32 {
        u32::try_from(self.bytes.len()).unwrap_or(u32::MAX)
    }
}

/// Type, count and the four bytes of an entry; what does not fit goes to `long_values`.
fn encode(value: &Value<'_>, base: u32, long_values: &mut Vec<u8>) -> (u16, u32, [u8; 4]) {
    let mut put = |bytes: &[u8]| {
        let offset = base + long_values.len() as u32;
        long_values.extend_from_slice(bytes);
        if !bytes.len().is_multiple_of(2) {
            long_values.push(0);
        }
        offset.to_le_bytes()
    };
    match *value {
        Value::Short(short) => (3, 1, u32::from(short).to_le_bytes()),
        Value::Shorts(first, second) => {
            let ([a, b], [c, d]) = (first.to_le_bytes(), second.to_le_bytes());
            (3, 2, [a, b, c, d])
        }
        Value::Long(long) => (4, 1, long.to_le_bytes()),
        Value::Rational(units) => {
            let [a, b, c, d] = units.to_le_bytes();
            (5, 1, put(&[a, b, c, d, 1, 0, 0, 0]))
        }
        Value::Text(text) => {
            let mut bytes = text.as_bytes().to_vec();
            bytes.push(0);
            let count = bytes.len() as u32;
            if count <= 4 {
                bytes.resize(4, 0);
                (2, count, [bytes[0], bytes[1], bytes[2], bytes[3]])
            } else {
                (2, count, put(&bytes))
            }
        }
    }
}
