//! Finds the changing elements of a packed row, 64 pixels at a time.

/// Replaces `changes` with the columns of `row` where the colour changes,
/// starting from white. Bits beyond `width` are ignored.
pub(super) fn changes(row: &[u8], width: u32, changes: &mut Vec<u32>) {
    changes.clear();
    let mut carry = 0u64;
    let mut column = 0u32;
    let mut words = row.chunks_exact(8);
    for chunk in &mut words {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(chunk);
        carry = word(u64::from_be_bytes(bytes), carry, column, changes);
        column += 64;
    }
    let rest = words.remainder();
    if !rest.is_empty() {
        let mut bytes = [0; 8];
        bytes[..rest.len()].copy_from_slice(rest);
        word(u64::from_be_bytes(bytes), carry, column, changes);
    }
    while changes.last().is_some_and(|&last| last >= width) {
        changes.pop();
    }
}

/// Notes the changes within one word; returns its last pixel.
#[inline]
fn word(bits: u64, carry: u64, column: u32, changes: &mut Vec<u32>) -> u64 {
    let mut edges = bits ^ (bits >> 1) ^ (carry << 63);
    while edges != 0 {
        let at = edges.leading_zeros();
        changes.push(column + at);
        edges ^= 1 << (63 - at);
    }
    bits & 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_found_across_words_and_stop_at_the_width() {
        let mut row = vec![0u8; 16];
        row[0] = 0x80;
        row[7] = 0x01;
        row[8] = 0xc0;
        row[15] = 0x0f;
        let mut found = Vec::new();
        changes(&row, 128, &mut found);
        assert_eq!(found, [0, 1, 63, 66, 124]);
        changes(&row, 120, &mut found);
        assert_eq!(found, [0, 1, 63, 66]);
    }
}
