//! What FreeSWITCH tells of a channel, in events and in records alike: variables by name.

use std::borrow::Cow;

use faxgate_types::Timestamp;

use crate::receive::{FreeSwitchNotice, NoticeFile, ReceptionEvent};

/// A channel's variables. All values are foreign text.
pub trait Variables {
    /// A channel variable, by its bare name.
    fn variable(&self, name: &str) -> Option<Cow<'_, str>>;

    /// A variable that is a whole number.
    fn number(&self, name: &str) -> Option<u32> {
        self.variable(name)?.trim().parse().ok()
    }

    /// A variable that is one of two words.
    fn is(&self, name: &str, word: &str) -> bool {
        self.variable(name).as_deref() == Some(word)
    }

    /// Whether it is a call that our dialplan, or a plain `rxfax`, received.
    fn is_reception(&self) -> bool {
        self.is("direction", "inbound")
            && (self.is("faxgate_inbound", "true")
                || self.variable("fax_result_code").is_some()
                || self.is("current_application", "rxfax"))
    }

    /// What the far fax machine calls itself (`fax_remote_station_id`): at most 40 printable characters of foreign text.
    fn station(&self) -> Option<String> {
        let text = self.variable("fax_remote_station_id")?;
        let text: String = text.chars().filter(|c| !c.is_control()).take(40).collect();
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The notice of a call that was received, in the form that every witness brings it. `caller` and `dialled` are the
    /// numbers as FreeSWITCH has them.
    fn reception(
        &self,
        uuid: &str,
        caller: Option<Cow<'_, str>>,
        dialled: Option<Cow<'_, str>>,
    ) -> FreeSwitchNotice {
        let text = |name: &str| self.variable(name).map(Cow::into_owned);
        let success = self.is("fax_success", "1");
        let result_code = self.number("fax_result_code");
        let path = self
            .variable("fax_filename")
            .filter(|path| path.starts_with('/'));
        FreeSwitchNotice {
            event: if success {
                ReceptionEvent::Received
            } else {
                ReceptionEvent::Failed
            },
            uuid: uuid.to_owned(),
            from: caller.map(Cow::into_owned).unwrap_or_default(),
            to: text("faxgate_did")
                .or(dialled.map(Cow::into_owned))
                .unwrap_or_default(),
            pages: Some(
                result_code
                    .and_then(|_| self.number("fax_document_transferred_pages"))
                    .unwrap_or(0),
            ),
            duration: self.number("billsec"),
            file: path.map_or(NoticeFile::None, |path| NoticeFile::Path(path.into_owned())),
            line: None,
            timestamp: self
                .variable("end_uepoch")
                .and_then(|micros| micros.parse().ok())
                .and_then(Timestamp::from_unix_micros),
            success: Some(success),
            result_code: result_code.map(i64::from),
            result_text: text("fax_result_text"),
            remote_station_id: self.station(),
            transfer_rate: self.number("fax_transfer_rate"),
            ecm: self.variable("fax_ecm_used").map(|used| used == "on"),
            t38: text("fax_t38_status"),
            hangup_cause: text("hangup_cause"),
        }
    }
}
