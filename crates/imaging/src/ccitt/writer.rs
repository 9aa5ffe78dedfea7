//! Bits into bytes, most significant first.

use super::codes::{BLACK, Code, WHITE};

/// Collects code words.
#[derive(Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits not yet written, left-aligned.
    pending: u64,
    /// How many of them.
    count: u32,
}

impl BitWriter {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(bytes),
            ..Self::default()
        }
    }

    #[inline]
    pub(super) fn put(&mut self, (bits, length): Code) {
        let length = u32::from(length);
        self.pending |= u64::from(bits) << (64 - self.count - length);
        self.count += length;
        if self.count >= 32 {
            self.bytes
                .extend_from_slice(&((self.pending >> 32) as u32).to_be_bytes());
            self.pending <<= 32;
            self.count -= 32;
        }
    }

    /// A run as make-up codes and a terminating code (T.4, 4.1.1).
    #[inline]
    pub(super) fn run(&mut self, mut length: u32, black: bool) {
        let table = if black { &BLACK } else { &WHITE };
        while length >= 2560 + 64 {
            self.put(table[63 + 40]);
            length -= 2560;
        }
        if length >= 64 {
            self.put(table[63 + length as usize / 64]);
            length %= 64;
        }
        self.put(table[length as usize]);
    }

    /// Zeros up to the next position that is `offset` bits into a byte.
    pub(super) fn align(&mut self, offset: u32) {
        let fill = (offset + 8 - self.count % 8) % 8;
        if fill > 0 {
            self.put((0, fill as u8));
        }
    }

    /// The bytes, the last one filled with zeros.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let tail = self.pending.to_be_bytes();
        self.bytes
            .extend_from_slice(&tail[..self.count.div_ceil(8) as usize]);
        self.bytes
    }
}
