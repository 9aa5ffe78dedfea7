//! Numbers with their nouns.

/// `1 page`, `3 pages`.
pub(crate) fn pages(count: impl TryInto<u64>) -> String {
    counted(count, "page")
}

/// `1 recipient`, `3 recipients`.
pub(crate) fn recipients(count: usize) -> String {
    counted(count as u64, "recipient")
}

/// `1 fax is`, `3 faxes are`.
pub(crate) fn faxes_are(count: impl TryInto<u64>) -> String {
    match count.try_into().unwrap_or(0) {
        1 => "1 fax is".to_owned(),
        n => format!("{n} faxes are"),
    }
}

fn counted(count: impl TryInto<u64>, noun: &str) -> String {
    match count.try_into().unwrap_or(0) {
        1 => format!("1 {noun}"),
        n => format!("{n} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular() {
        assert_eq!(pages(1_i32), "1 page");
        assert_eq!(pages(0_u32), "0 pages");
        assert_eq!(recipients(3), "3 recipients");
    }
}
