//! Records of calls (CDRs), by whichever way they come: the node that watches a call learns of each.

use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

use faxgate_db::Wake;
use faxgate_db::attempts;
use faxgate_db::call_records::{self, CallRecord};
use faxgate_types::{AttemptPhase, CallUuid, Witness};
use serde_json::Value;

use super::late::is_unknown;
use super::recorded;
use crate::app::App;
use crate::channel::Variables;
use crate::error::{Error, Result};
use crate::receive::{FreeSwitchNotice, Notice, NoticeFile};
use crate::spool;

/// Bytes that a record may have. `mod_json_cdr` writes 4 to 9 kB.
pub const MOST_RECORD_BYTES: u64 = 1024 * 1024;
/// Calls that are looked at in one go, by their ids alone.
const AT_ONCE: u32 = 10_000;
/// How long the record of a test channel is kept.
const CANARY_KEPT: Duration = Duration::from_secs(600);

/// What `mod_json_cdr` wrote about a call that is over.
#[derive(Clone, Debug)]
pub struct Record(Value);

impl Record {
    /// Reads a record. FreeSWITCH writes foreign bytes as they came, so not all of it need be UTF-8; half a record is none.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_str(&String::from_utf8_lossy(bytes)).ok()?;
        value.get("variables")?.as_object()?;
        Some(Self(value))
    }

    /// The call that it is about, as it says itself.
    #[must_use]
    pub fn call(&self) -> Option<CallUuid> {
        self.variable("uuid")?.parse().ok()
    }

    /// Whether it is about a channel that only tried whether records arrive.
    #[must_use]
    pub fn is_canary(&self) -> bool {
        self.is("faxgate_canary", "true")
    }

    /// The notice of a call that was received.
    #[must_use]
    pub fn reception_of(&self, call: CallUuid) -> FreeSwitchNotice {
        let profile = self
            .0
            .get("callflow")
            .and_then(|flow| flow.get(0))
            .and_then(|leg| leg.get("caller_profile"));
        let of = |name: &str| profile?.get(name)?.as_str().map(decoded);
        let caller = of("caller_id_number").or_else(|| self.variable("caller_id_number"));
        let dialled = of("destination_number").or_else(|| self.variable("sip_to_user"));
        self.reception(&call.to_string(), caller, dialled)
    }
}

impl Variables for Record {
    fn variable(&self, name: &str) -> Option<Cow<'_, str>> {
        match self.0.get("variables")?.get(name)? {
            Value::String(text) => Some(decoded(text)),
            Value::Number(number) => Some(Cow::Owned(number.to_string())),
            _ => None,
        }
    }
}

/// With `encode-values=true`, as our configuration has it, every value is percent-encoded; without it none is.
fn decoded(text: &str) -> Cow<'_, str> {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy()
}

/// What became of a record that came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordTaken {
    /// It is kept for the node that watches the call.
    Kept,
    /// It tells of a fax that was received, and is stored as its notice.
    Received,
    /// Nobody knew how its call ended; the verdict is revised.
    Resolved,
    /// It is of no use: the call is settled, or nobody here placed it.
    Ignored,
}

impl App {
    /// Takes a record in. When this returns, what follows from it is committed; whoever sent it may forget it.
    ///
    /// # Errors
    /// `INVALID_RECORD`; and when the database cannot be reached: then it has to come again.
    pub async fn take_record(
        &self,
        call: CallUuid,
        body: &[u8],
        by: Witness,
    ) -> Result<RecordTaken> {
        let record = Record::parse(body).ok_or_else(|| {
            Error::bad_input(
                "INVALID_RECORD",
                "the body is no record of mod_json_cdr: a JSON object with `variables`",
            )
        })?;
        if record.call().is_some_and(|named| named != call) {
            return Err(Error::bad_input(
                "INVALID_RECORD",
                "the record is another call's than `uuid` says",
            )
            .field("uuid", "is not the record's own"));
        }
        if record.is_reception() {
            return self.take_reception(record.reception_of(call)).await;
        }
        let body = String::from_utf8_lossy(body).into_owned();
        let app = self.clone();
        self.on_main(async move { app.keep_record(call, body, by, record).await })
            .await
    }

    async fn keep_record(
        &self,
        call: CallUuid,
        body: String,
        by: Witness,
        parsed: Record,
    ) -> Result<RecordTaken> {
        let mut tx = self.db.system("keep a call's record").await?;
        let attempt = attempts::by_call(&mut tx, call).await?;
        let open = match &attempt {
            Some(attempt) => attempt.phase != AttemptPhase::Settled,
            None => parsed.is_canary(),
        };
        if !open {
            tx.commit().await?;
            return match attempt.filter(is_unknown) {
                Some(attempt)
                    if self
                        .resolve_late(&attempt, recorded(&parsed, call, by))
                        .await? =>
                {
                    Ok(RecordTaken::Resolved)
                }
                _ => Ok(RecordTaken::Ignored),
            };
        }
        let record = CallRecord {
            call_uuid: call,
            source: by.to_string(),
            body,
            received_at: self.now(),
        };
        if call_records::put(&mut tx, &record).await? {
            tx.wake(Wake::CallRecord);
        }
        tx.commit().await?;
        self.look_for_records();
        Ok(RecordTaken::Kept)
    }

    /// A reception's record brings no pages. Where they are not within reach, the inbound hook brings them, and tells the rest.
    async fn take_reception(&self, notice: FreeSwitchNotice) -> Result<RecordTaken> {
        if let NoticeFile::Path(path) = &notice.file
            && notice.pages != Some(0)
            && !self.is_in_reach(path).await
        {
            tracing::info!(
                call = notice.uuid,
                "the record of an inbound fax came without its pages: the inbound hook has to bring them (mode = multipart)"
            );
            return Ok(RecordTaken::Ignored);
        }
        let notice = FreeSwitchNotice {
            file: if notice.pages == Some(0) {
                NoticeFile::None
            } else {
                notice.file.clone()
            },
            ..notice
        };
        self.receive(Notice::FreeSwitch(notice)).await?;
        Ok(RecordTaken::Received)
    }

    async fn is_in_reach(&self, path: &str) -> bool {
        let (path, folders) = (path.to_owned(), self.settings.spool_dirs.clone());
        let opened = tokio::task::spawn_blocking(move || spool::open(&path, &folders).is_ok());
        opened.await.unwrap_or(false)
    }

    /// The record of a call, if one came by another way than the folder.
    ///
    /// # Errors
    /// When the database cannot be reached: then nothing may be concluded.
    pub async fn call_record(&self, call: CallUuid) -> Result<Option<(Record, Witness)>> {
        let mut tx = self.db.system_read("look up a call's record").await?;
        let kept = call_records::get(&mut tx, call).await?;
        tx.commit().await?;
        match kept {
            None => Ok(None),
            // It is there, so the call was: nothing may be concluded without it.
            Some(kept) => readable(kept)
                .map(Some)
                .ok_or_else(|| Error::internal("a call's record cannot be read")),
        }
    }

    /// The calls whose records wait for their nodes, the oldest first; at most 10,000. [`App::call_record`] has each.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn waiting_records(&self) -> Result<Vec<CallUuid>> {
        let mut tx = self.db.system_read("waiting records").await?;
        let kept = call_records::waiting(&mut tx, AT_ONCE).await?;
        tx.commit().await?;
        Ok(kept.into_iter().map(|(call, _)| call).collect())
    }

    /// Resolves when a record came in, here or at another node.
    ///
    /// What comes after this was asked for is not missed, even if the answer is awaited later.
    pub fn record_came(&self) -> impl Future<Output = ()> + '_ {
        self.records_came.notified()
    }

    /// Tells whoever waits for records that one may have come.
    pub fn look_for_records(&self) {
        self.records_came.notify_waiters();
    }

    /// Drops the records of settled calls, once those of which nobody knew the end are heard, and of test channels that are over, and never one whose call is still open.
    /// Tells how many.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn drop_records(&self) -> Result<usize> {
        let now = self.now();
        let mut tx = self.db.system_read("records of settled calls").await?;
        let (mut stale, mut late) = (Vec::new(), Vec::new());
        for (call, received_at) in call_records::waiting(&mut tx, AT_ONCE).await? {
            let attempt = attempts::by_call(&mut tx, call).await?;
            let done = match &attempt {
                Some(attempt) => attempt.phase == AttemptPhase::Settled,
                None => now.since(received_at) > CANARY_KEPT,
            };
            if done {
                stale.push(call);
                late.extend(attempt.filter(is_unknown));
            }
        }
        tx.commit().await?;
        for attempt in late {
            if let Some((record, by)) = self.call_record(attempt.call_uuid).await? {
                let told = recorded(&record, attempt.call_uuid, by);
                self.resolve_late(&attempt, told).await?;
            }
        }
        if stale.is_empty() {
            return Ok(0);
        }
        let mut tx = self.db.system("drop records of settled calls").await?;
        let mut dropped = 0;
        for call in stale {
            dropped += usize::from(call_records::delete(&mut tx, call).await?);
        }
        tx.commit().await?;
        Ok(dropped)
    }

    /// Whether a file lies beneath a folder that is shared with a FreeSWITCH, by its name alone.
    #[must_use]
    pub fn is_in_spool(&self, path: &Path) -> bool {
        path.to_str()
            .is_some_and(|path| spool::beneath(path, &self.settings.spool_dirs).is_some())
    }
}

fn readable(kept: CallRecord) -> Option<(Record, Witness)> {
    let record = Record::parse(kept.body.as_bytes());
    if record.is_none() {
        tracing::error!(call = %kept.call_uuid, "the record of {} is kept but cannot be read", kept.call_uuid);
    }
    let by = kept.source.parse().unwrap_or(Witness::CdrWebhook);
    record.map(|record| (record, by))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_record_is_none() {
        for half in [
            &br#"{"core-uuid":"x","variables":{"uuid""#[..],
            b"",
            b"{}",
            b"[]",
            br#"{"variables":[]}"#,
        ] {
            assert!(Record::parse(half).is_none());
        }
        assert!(Record::parse(br#"{"variables":{"billsec":"7"}}"#).is_some());
    }

    #[test]
    fn encoded_values_are_decoded() {
        let record = Record::parse(
            br#"{"variables":{"direction":"inbound","fax_result_code":"0","fax_filename":"%2Fspool%2Frx%2Fa.tif"}}"#,
        )
        .unwrap();
        assert!(record.is_reception());
        let call = "24f6d820-268f-4c39-8aab-ba63dc5cd2e2".parse().unwrap();
        assert!(
            matches!(record.reception_of(call).file, NoticeFile::Path(path) if path == "/spool/rx/a.tif")
        );
    }

    #[test]
    fn foreign_bytes_do_not_hide_a_call() {
        let record = Record::parse(
            b"{\"variables\":{\"billsec\":\"7\",\"fax_remote_station_id\":\"Caf\xe9\"}}",
        )
        .unwrap();
        assert_eq!(record.number("billsec"), Some(7));
        assert!(record.station().unwrap().starts_with("Caf"));
    }
}
