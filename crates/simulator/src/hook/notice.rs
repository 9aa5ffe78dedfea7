//! The notice of an inbound fax, made from its CDR.

use std::path::{Path, PathBuf};

use faxgate_types::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::options::PushShape;

/// A bigger record is none of ours.
const MAX_RECORD_BYTES: u64 = 1 << 20;
/// A bigger fax is not sent.
const MAX_FILE_BYTES: u64 = 64 << 20;

/// What is told, and the pages.
pub(super) struct Notice {
    uuid: String,
    body: Map<String, Value>,
    content: Option<Vec<u8>>,
}

/// What a record turns out to be.
pub(super) enum Reading {
    /// An inbound call's.
    Inbound(Box<Notice>),
    /// Another call's.
    Other,
    /// Absent or half written.
    Nothing,
}

/// Reads a record and, when it is an inbound call's, its TIFF.
pub(super) fn read(record: &Path, spool: &Path, uuid: &str) -> Reading {
    let Some(vars) = Record::read(record) else {
        return Reading::Nothing;
    };
    if vars.text("faxgate_inbound").as_deref() != Some("true") {
        return Reading::Other;
    }
    match notice(&vars, spool, uuid) {
        Some(notice) => Reading::Inbound(Box::new(notice)),
        None => Reading::Nothing,
    }
}

fn notice(vars: &Record, spool: &Path, uuid: &str) -> Option<Notice> {
    let file: PathBuf = spool.join("rx").join(format!("{uuid}.tif"));
    let content = bounded(&file, MAX_FILE_BYTES).filter(|content| !content.is_empty());
    let success = vars.text("fax_success").as_deref() == Some("1");
    let received = success && content.is_some();
    let ended = vars.number("end_epoch").unwrap_or(0);
    let ended = i64::try_from(ended).ok()?.checked_mul(1_000_000)?;
    let Value::Object(body) = json!({
        "event": if received { "fax.received" } else { "fax.failed" },
        "uuid": uuid,
        "from": clean(&vars.caller, 64),
        "to": clean(&vars.text("faxgate_did").unwrap_or_default(), 17),
        "pages": vars.number("fax_document_transferred_pages").unwrap_or(0),
        "duration": vars.number("billsec").unwrap_or(0),
        "file_path": content.as_ref().map(|_| file.display().to_string()),
        "timestamp": Timestamp::from_unix_micros(ended)?.datetime().format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "success": success,
        "result_code": vars.number("fax_result_code"),
        "result_text": vars.text("fax_result_text").map(|text| clean(&text, 128)),
        "remote_station_id": vars.text("fax_remote_station_id").map(|text| clean(&text, 64)),
        "transfer_rate": vars.number("fax_transfer_rate"),
        "ecm": vars.text("fax_ecm_used").map(|used| used == "on"),
        "t38": vars.text("fax_t38_status"),
        "hangup_cause": vars.text("hangup_cause"),
        "file_size": content.as_ref().map(Vec::len),
        "file_sha256": content.as_ref().map(|content| hex::encode(Sha256::digest(content))),
    }) else {
        return None;
    };
    Some(Notice {
        uuid: uuid.to_owned(),
        body,
        content,
    })
}

impl Notice {
    /// Content type and exact bytes of the request.
    pub(super) fn encode(self, shape: PushShape, boundary: &str) -> (String, Vec<u8>) {
        let mut body = self.body;
        if shape == PushShape::Path {
            let bytes = Value::Object(body).to_string().into_bytes();
            return ("application/json".to_owned(), bytes);
        }
        let name = format!("{}.tif", self.uuid);
        body.insert("file_path".to_owned(), Value::Null);
        let told = self.content.as_ref().map(|_| name.clone());
        body.insert("file_name".to_owned(), told.into());
        let mut bytes = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"payload\"\r\n\
             Content-Type: application/json\r\n\r\n{}\r\n",
            Value::Object(body)
        )
        .into_bytes();
        if let Some(content) = self.content {
            let head = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
                 Content-Type: image/tiff\r\n\r\n"
            );
            bytes.extend_from_slice(head.as_bytes());
            bytes.extend_from_slice(&content);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        (format!("multipart/form-data; boundary={boundary}"), bytes)
    }
}

/// The variables of a CDR, percent-decoded, and the caller's number.
struct Record {
    variables: Map<String, Value>,
    caller: String,
}

impl Record {
    fn read(path: &Path) -> Option<Self> {
        let bytes = bounded(path, MAX_RECORD_BYTES)?;
        let mut record: Value = serde_json::from_slice(&bytes).ok()?;
        let Value::Object(variables) = record["variables"].take() else {
            return None;
        };
        let of_profile = &record["callflow"][0]["caller_profile"]["caller_id_number"];
        let profile = of_profile.as_str().unwrap_or_default().to_owned();
        let mut record = Self {
            variables,
            caller: String::new(),
        };
        record.caller = record.text("caller_id_number").unwrap_or(profile);
        Some(record)
    }

    fn text(&self, name: &str) -> Option<String> {
        let value = self.variables.get(name)?.as_str()?;
        Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.text(name)?.parse().ok()
    }
}

fn bounded(path: &Path, limit: u64) -> Option<Vec<u8>> {
    let size = std::fs::symlink_metadata(path)
        .ok()
        .filter(std::fs::Metadata::is_file)?
        .len();
    (size <= limit).then(|| std::fs::read(path).ok()).flatten()
}

fn clean(text: &str, limit: usize) -> String {
    text.chars()
        .filter(|character| !character.is_control())
        .take(limit)
        .collect()
}
