//! A number of our own is called: the other half of the call, an inbound channel that runs `rxfax`.

use std::path::PathBuf;
use std::sync::Arc;

use faxgate_imaging::{FaxPage, fax_tiff};

use super::facts::{Facts, T38Status};
use super::kinds;
use super::leg::{Goodbye, Leg};
use crate::cause::Cause;
use crate::channel::{CallState, Channel, Codec, Dialog, Direction, Profile, State};
use crate::fax::PageLook;

/// The receiving channel.
#[derive(Debug)]
pub(super) struct Inbound {
    pub(super) leg: Leg,
    facts: Facts,
    pages: Vec<FaxPage>,
    file: PathBuf,
}

impl Inbound {
    /// The call comes in. Refused when the switch takes no more sessions.
    pub(super) fn ring(caller: &Leg, at: i64) -> Result<Option<Self>, Cause> {
        let switch = Arc::clone(&caller.switch);
        let (number, name, destination) = caller.with(|channel| {
            let profile = &channel.profile;
            let number = profile.orig_caller_number.clone();
            let name = profile.orig_caller_name.clone();
            let name = if name.is_empty() {
                number.clone()
            } else {
                name
            };
            (number, name, profile.destination.clone())
        });
        let ambient = &switch.options.ambient;
        let uuid = ambient.uuid().to_string();
        let profile = Profile {
            username: number.clone(),
            dialplan: "XML".to_owned(),
            caller_name: name.clone(),
            caller_number: number.clone(),
            orig_caller_name: name,
            orig_caller_number: number.clone(),
            network_addr: "127.0.0.1".to_owned(),
            ani: number.clone(),
            destination: destination.clone(),
            source: "mod_sofia",
            context: "public",
            ..Profile::default()
        };
        let channel_name = format!("sofia/external/{number}@127.0.0.1");
        let mut channel = Channel::new(uuid.clone(), channel_name, Direction::Inbound, profile, at);
        let dialog = Dialog::new(ambient, switch.next_session(), &caller.dialog.gateway, at);
        dialog.invited(&mut channel);
        let session = switch.open(channel, false)?;
        let file = switch.options.spool.join("rx").join(format!("{uuid}.tif"));
        let leg = Leg {
            switch,
            session,
            dialog: Arc::new(dialog),
        };
        leg.fire(&kinds::CREATE, at, Vec::new());
        let facts = Facts::new(kinds::RECEIVING, false, Some(destination));
        Ok(Some(Self {
            leg,
            facts,
            pages: Vec::new(),
            file,
        }))
    }

    /// The dialplan answers.
    pub(super) fn answered(&mut self, at: i64) {
        self.leg.run("answer", "", at);
        self.leg.with(|channel| {
            self.leg.dialog.routed(channel);
            channel.codec = Codec::Pcmu;
            channel.call_state = CallState::Early;
            channel.times.answered = at;
            channel.times.progress_media = at;
        });
        self.leg.fire(&kinds::ANSWER, at, Vec::new());
        self.leg.ran("answer", "", "", at);
    }

    /// After a second of silence, `rxfax` starts.
    pub(super) fn listens(&mut self, at: i64) {
        self.leg.with(|channel| {
            channel.call_state = CallState::Active;
            self.leg.dialog.played(channel);
        });
        let file = self.file.display().to_string();
        self.leg.run("rxfax", &file, at);
        self.leg.with(|channel| {
            channel.codec = Codec::Linear;
            channel.vars.set("read_codec", "L16");
            channel.vars.set("read_rate", "8000");
            channel.vars.set("fax_v17_disabled", "0");
            channel.vars.set("fax_ecm_requested", "1");
            channel.vars.set("fax_filename", file.clone());
        });
    }

    /// The two machines have agreed; `sender` knows how.
    pub(super) fn negotiated(&mut self, sender: &Facts, at: i64) {
        self.facts.rate = sender.rate;
        self.facts.ecm = sender.ecm;
        self.facts.resolution = sender.resolution;
        self.facts.remote = sender.local.clone();
        self.facts.t38 = match sender.t38 {
            T38Status::Negotiated => T38Status::Negotiated,
            _ => T38Status::Off,
        };
        if self.facts.t38 == T38Status::Negotiated {
            self.leg.with(|channel| self.leg.dialog.t38(channel));
        }
        self.facts.negotiated(&self.leg, at);
    }

    /// A page has arrived and is confirmed.
    pub(super) fn page(&mut self, page: FaxPage, look: &PageLook, at: i64) {
        self.pages.push(page);
        self.facts.page(&self.leg, at, look);
    }

    /// The sender is done and `rxfax` knows how it went; it returns, and the dialplan hangs up.
    pub(super) async fn done(mut self, code: u8, at: i64) {
        self.write().await;
        self.facts.result(&self.leg, at, code);
        self.rxfax_over(at);
        self.leg.run("hangup", "NORMAL_CLEARING", at);
        self.leg
            .hang_up(Cause::NORMAL_CLEARING, Goodbye::SentBye, at);
        self.leg.finish(Goodbye::SentBye, at).await;
    }

    /// The call is gone in the middle of the fax: what is complete is kept.
    pub(super) async fn dropped(mut self, at: i64) {
        self.write().await;
        // Hung up here (`uuid_kill` of the inbound channel), or by the other side.
        let asked = *self.leg.session.asked().borrow();
        let (cause, goodbye) = match asked {
            Some(cause) => (cause, Goodbye::SentBye),
            None => (Cause::NORMAL_CLEARING, Goodbye::GotBye),
        };
        self.leg.hang_up(cause, goodbye, at);
        if self
            .leg
            .with(|channel| channel.vars.get("fax_filename").is_some())
        {
            self.facts.result(&self.leg, at, 49);
            self.rxfax_over(at);
        }
        self.leg.finish(goodbye, at).await;
    }

    fn rxfax_over(&self, at: i64) {
        self.leg
            .ran("rxfax", &self.file.display().to_string(), "", at);
        self.leg.with(|channel| channel.state = State::Execute);
    }

    /// Writes the pages as `rxfax` does; nothing when none is complete.
    async fn write(&mut self) {
        if self.leg.switch.faults.disk_is_full() {
            tracing::error!(file = %self.file.display(), "the received fax cannot be written: the disk is full");
            return;
        }
        write_pages(std::mem::take(&mut self.pages), self.file.clone()).await;
    }
}

/// Writes received pages; no file without a page. A failure is logged, as the fax itself is over.
pub(super) async fn write_pages(pages: Vec<FaxPage>, file: PathBuf) {
    if pages.is_empty() {
        return;
    }
    let written = tokio::task::spawn_blocking(move || {
        let bytes = fax_tiff::write_received(&pages);
        std::fs::write(&file, bytes).map_err(|error| (file, error))
    });
    match written.await {
        Ok(Ok(())) => {}
        Ok(Err((file, error))) => {
            tracing::error!(%error, file = %file.display(), "the received fax cannot be written")
        }
        Err(error) => tracing::error!(%error, "the received fax cannot be written"),
    }
}
