//! CDR files of `mod_json_cdr`: the truth about a call, once it is over.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use faxgate_core::CallEvent;
use faxgate_lifecycle::Evidence;
use faxgate_types::{CallUuid, Witness};
use serde_json::Value;

use super::fields::{self, Fields};

/// CDRs are 4 to 9 kB.
const MOST_BYTES: u64 = 1024 * 1024;

/// A CDR's file. Only one that is not there says anything about the call.
#[derive(Debug)]
pub(super) enum CdrFile {
    /// There is none.
    Missing,
    /// There is one that cannot be read, or not yet.
    Unreadable,
    /// There is one.
    Read(Cdr),
}

/// A CDR.
#[derive(Debug)]
pub(super) struct Cdr(Value);

impl Fields for Cdr {
    fn variable(&self, name: &str) -> Option<Cow<'_, str>> {
        match self.0.get("variables")?.get(name)? {
            Value::String(text) => Some(decoded(text)),
            Value::Number(number) => Some(Cow::Owned(number.to_string())),
            _ => None,
        }
    }
}

impl Cdr {
    /// Reads a file. FreeSWITCH neither renames nor syncs, so half a file is normal; and it writes foreign bytes as they
    /// came, so not all of it need be UTF-8.
    pub(super) async fn read(path: &Path) -> CdrFile {
        let meta = match tokio::fs::symlink_metadata(path).await {
            Ok(meta) => meta,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return CdrFile::Missing,
            Err(_) => return CdrFile::Unreadable,
        };
        if !meta.is_file() || meta.len() > MOST_BYTES {
            return CdrFile::Unreadable;
        }
        match tokio::fs::read(path).await {
            Ok(bytes) => Self::parse(&bytes).map_or(CdrFile::Unreadable, CdrFile::Read),
            Err(_) => CdrFile::Unreadable,
        }
    }

    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_str(&String::from_utf8_lossy(bytes)).ok()?;
        value.get("variables")?.as_object()?;
        Some(Self(value))
    }

    /// Where FreeSWITCH writes the CDR of a call.
    pub(super) fn path(folder: &Path, call: CallUuid) -> PathBuf {
        folder.join(format!("{call}.cdr.json"))
    }

    /// The call that a file in the folder is about. Some modules put a letter before the uuid.
    pub(super) fn call_of(path: &Path) -> Option<CallUuid> {
        let name = path.file_name()?.to_str()?.strip_suffix(".cdr.json")?;
        name.parse()
            .or_else(|_| name.get(2..).unwrap_or_default().parse())
            .ok()
    }

    /// The call's end, as evidence.
    pub(super) fn evidence(&self, call: CallUuid) -> CallEvent {
        CallEvent {
            call,
            evidence: Evidence::HungUp(fields::hang_up(self)),
            by: Witness::CdrFile,
            seconds: fields::number(self, "billsec"),
            remote_station_id: fields::station(self.variable("fax_remote_station_id")),
        }
    }

    /// The number that called, and the one that was dialled.
    pub(super) fn numbers(&self) -> (Option<Cow<'_, str>>, Option<Cow<'_, str>>) {
        let profile = self
            .0
            .get("callflow")
            .and_then(|flow| flow.get(0))
            .and_then(|leg| leg.get("caller_profile"));
        let of = |name: &str| {
            let text = profile?.get(name)?.as_str()?;
            Some(decoded(text))
        };
        (
            of("caller_id_number").or_else(|| self.variable("caller_id_number")),
            of("destination_number").or_else(|| self.variable("sip_to_user")),
        )
    }
}

/// With `encode-values=true`, as our configuration has it, every value is percent-encoded; without it none is.
fn decoded(text: &str) -> Cow<'_, str> {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_file_is_not_read() {
        assert!(Cdr::parse(br#"{"core-uuid":"x","variables":{"uuid""#).is_none());
        assert!(Cdr::parse(b"").is_none());
        assert!(Cdr::parse(b"{}").is_none());
        assert!(Cdr::parse(br#"{"variables":{"billsec":"7"}}"#).is_some());
    }

    #[test]
    fn encoded_values_are_decoded() {
        let cdr = Cdr::parse(br#"{"variables":{"direction":"inbound","fax_result_code":"0","fax_filename":"%2Fspool%2Frx%2Fa.tif"}}"#);
        let notice = fields::reception(&cdr.unwrap(), "a", None, None);
        assert!(
            matches!(notice.file, faxgate_core::NoticeFile::Path(path) if path == "/spool/rx/a.tif")
        );
    }

    #[test]
    fn foreign_bytes_do_not_hide_a_call() {
        let cdr = Cdr::parse(
            b"{\"variables\":{\"billsec\":\"7\",\"fax_remote_station_id\":\"Caf\xe9\"}}",
        )
        .unwrap();
        assert_eq!(fields::number(&cdr, "billsec"), Some(7));
    }

    #[test]
    fn a_files_name_tells_the_call() {
        let call = "24f6d820-268f-4c39-8aab-ba63dc5cd2e2";
        for name in [format!("{call}.cdr.json"), format!("a_{call}.cdr.json")] {
            assert_eq!(Cdr::call_of(Path::new(&name)).unwrap().to_string(), call);
        }
        assert!(Cdr::call_of(Path::new("notes.txt")).is_none());
    }
}
