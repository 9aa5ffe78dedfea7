//! `txfax`: two fax machines, or one that waits for another.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use faxgate_imaging::FaxPage;
use faxgate_types::Timestamp;

use super::answered::{Answered, Left};
use super::apps::Hook;
use super::clock::Cut;
use super::facts::{Facts, T38Status};
use super::inbound::write_pages;
use super::kinds;
use super::leg::Goodbye;
use crate::call_log::Outcome;
use crate::cause::Cause;
use crate::channel::Codec;
use crate::fax::{Document, HeaderLine, ident};
use crate::scenario::{Ending, Fate, Machine};

/// How the conversation of two machines ended, for the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// With this code, and the far end hangs up.
    TheyHangUp(u8),
    /// With this code; the application returns and the channel hangs up.
    WeHangUp(u8),
    /// With this code, and nobody hangs up: a T.38 channel whose far end is gone.
    Stuck(u8),
    /// The call was cut off.
    Cut(Cut),
    /// Every page was confirmed, and then it was cut off here.
    DoneAndCut(Cause),
}

impl From<Cut> for Verdict {
    fn from(cut: Cut) -> Self {
        Self::Cut(cut)
    }
}

impl Answered {
    /// Runs `txfax`.
    pub(super) async fn txfax(&mut self, path: &str) -> Left {
        self.leg.run("txfax", path, self.clock.now());
        let missing = if path.is_empty() {
            Some("Fax TX filename not set")
        } else if !Path::new(path).is_file() {
            Some("Cannot send non-existant fax file")
        } else {
            None
        };
        if let Some(response) = missing {
            self.leg
                .with(|channel| channel.vars.set("current_application_response", response));
            self.leg.ran("txfax", path, response, self.clock.now());
            return Left::Returned;
        }
        let mut facts = self.begin(path);
        let mut received = Vec::new();
        let verdict = match self.converse(path, &mut facts, &mut received).await {
            Ok(verdict) => verdict,
            Err(cut) => cut.into(),
        };
        let copy: PathBuf = self
            .leg
            .switch
            .options
            .spool
            .join("far")
            .join(format!("{}.tif", self.leg.uuid()));
        write_pages(received, copy).await;
        let left = self.conclude(verdict, &facts).await;
        self.leg.ran("txfax", path, "", self.clock.now());
        left
    }

    /// What the module sets before the first signal.
    fn begin(&mut self, path: &str) -> Facts {
        self.leg.with(|channel| {
            let vars = &mut channel.vars;
            let v17_off = vars.is_true("fax_disable_v17").unwrap_or(false);
            let ecm = vars.is_true("fax_use_ecm").unwrap_or(true);
            channel.codec = Codec::Linear;
            vars.set("read_codec", "L16");
            vars.set("read_rate", "8000");
            vars.set("fax_v17_disabled", u8::from(v17_off).to_string());
            vars.set("fax_ecm_requested", u8::from(ecm).to_string());
            vars.set("fax_filename", path);
            let mut facts = Facts::new(kinds::SENDING, true, ident(vars));
            facts.ecm = ecm;
            if v17_off {
                facts.rate = 9600;
            }
            facts
        })
    }

    /// The events at the end, in the order that who hangs up makes them come.
    async fn conclude(&mut self, verdict: Verdict, facts: &Facts) -> Left {
        let at = self.clock.now();
        let (code, outcome) = match verdict {
            Verdict::TheyHangUp(code) | Verdict::WeHangUp(code) | Verdict::Stuck(code) => {
                (code, outcome_of(code))
            }
            Verdict::DoneAndCut(_) => (0, Outcome::Delivered),
            Verdict::Cut(_) => {
                let human = matches!(
                    self.ending,
                    Some(Ending::Human { .. } | Ending::NotFax | Ending::Silent)
                );
                (
                    49,
                    if human {
                        Outcome::NotFax
                    } else {
                        Outcome::Failed
                    },
                )
            }
        };
        if verdict != Verdict::Stuck(code) {
            self.end_log(outcome);
        }
        match verdict {
            Verdict::TheyHangUp(_) => {
                self.leg
                    .hang_up(Cause::NORMAL_CLEARING, Goodbye::GotBye, at);
                facts.result(&self.leg, at, code);
                return Left::HungUp(Goodbye::GotBye);
            }
            Verdict::Cut(cut) => {
                let left = self.cut(cut);
                facts.result(&self.leg, at, code);
                return left;
            }
            Verdict::DoneAndCut(cause) => {
                let left = self.cut(Cut::Here(cause));
                facts.result(&self.leg, at, code);
                return left;
            }
            Verdict::WeHangUp(_) | Verdict::Stuck(_) => facts.result(&self.leg, at, code),
        }
        if let Some(cause) = self.result_hooks(code) {
            self.end_log(outcome);
            return self.cut(Cut::Here(cause));
        }
        if matches!(verdict, Verdict::Stuck(_)) {
            let cut = self.clock.pass_for_ever().await;
            self.end_log(outcome);
            return self.cut(cut);
        }
        Left::Returned
    }

    /// `execute_on_fax_result`, then the one for success or failure; the cause when one of them hangs up.
    fn result_hooks(&mut self, code: u8) -> Option<Cause> {
        let second = if code == 0 {
            "execute_on_fax_success"
        } else {
            "execute_on_fax_failure"
        };
        for variable in ["execute_on_fax_result", second] {
            match self.hook(variable) {
                Some(Hook::HangUp(cause)) => return Some(cause),
                Some(Hook::EndIn(seconds, cause)) => self.clock.end_in(seconds, cause),
                None => {}
            }
        }
        None
    }

    async fn converse(
        &mut self,
        path: &str,
        facts: &mut Facts,
        received: &mut Vec<FaxPage>,
    ) -> Result<Verdict, Cut> {
        let asked = self.leg.with(|channel| {
            channel.vars.is_true("fax_enable_t38").unwrap_or(true)
                && channel
                    .vars
                    .is_true("fax_enable_t38_request")
                    .unwrap_or(false)
        });
        self.clock.pass(1.0).await?;
        if let Some(far) = &mut self.far {
            far.listens(self.clock.now());
        }
        match self.ending.clone() {
            Some(Ending::Human { seconds }) => {
                self.offer(asked, Some(false), facts);
                self.clock.pass((seconds - 1.0).max(0.0)).await?;
                facts.ecm = false;
                Ok(Verdict::Cut(Cut::There))
            }
            Some(Ending::NotFax) => {
                self.offer(asked, Some(false), facts);
                facts.ecm = false;
                self.clock.pass(if asked { 61.8 } else { 59.3 }).await?;
                Ok(Verdict::WeHangUp(2))
            }
            Some(Ending::Machine(machine)) => {
                let t38 = asked && machine.t38;
                self.offer(asked, Some(machine.t38), facts);
                self.clock.pass(if t38 { 6.7 } else { 4.16 }).await?;
                self.send(path, &machine, facts, received).await
            }
            _ => {
                self.offer(asked, None, facts);
                facts.ecm = false;
                self.clock.pass(59.3).await?;
                Ok(Verdict::WeHangUp(2))
            }
        }
    }

    /// The re-INVITE to T.38; `accepted` is `None` when nothing comes back.
    fn offer(&mut self, asked: bool, accepted: Option<bool>, facts: &mut Facts) {
        if !asked {
            return;
        }
        facts.t38 = match accepted {
            Some(true) => T38Status::Negotiated,
            Some(false) => T38Status::Refused,
            None => T38Status::Requested,
        };
        self.leg.with(|channel| match facts.t38 {
            T38Status::Negotiated => self.leg.dialog.t38(channel),
            T38Status::Refused => {
                channel.vars.set("sip_hangup_disposition", "recv_refuse");
                channel.vars.set("sip_invite_failure_status", "488");
                channel
                    .vars
                    .set("sip_invite_failure_phrase", "Not Acceptable Here");
            }
            T38Status::Off | T38Status::Requested => {}
        });
    }

    /// Phases B to E with a machine.
    async fn send(
        &mut self,
        path: &str,
        machine: &Machine,
        facts: &mut Facts,
        received: &mut Vec<FaxPage>,
    ) -> Result<Verdict, Cut> {
        let destination = self.leg.with(|channel| channel.profile.destination.clone());
        facts.ecm &= machine.ecm;
        facts.rate = facts.rate.min(machine.rate);
        facts.remote = Some(machine.station_id.clone().unwrap_or(destination));
        let job = self.open(path).await;
        if let Some(look) = job.as_ref().and_then(|job| job.document.look(job.first)) {
            facts.resolution = look.on_the_line();
            facts.image_size = look.bytes;
        }
        facts.negotiated(&self.leg, self.clock.now());
        if let Some(far) = &mut self.far {
            far.negotiated(facts, self.clock.now());
        }
        let Some(job) = job else {
            self.clock.pass(1.2).await?;
            if let Some(far) = self.far.take() {
                far.done(35, self.clock.now()).await;
            }
            return Ok(Verdict::TheyHangUp(41));
        };
        facts.total = job.document.pages();
        for (sent, index) in (0_u32..).zip(job.first..=job.last) {
            if let Some(verdict) = self.fate(machine, sent, facts).await? {
                return Ok(verdict);
            }
            let lost = machine.fate == Fate::LastMcfLost && index == job.last;
            let Some(look) = job.document.look(index) else {
                break;
            };
            match machine.page_seconds {
                Some(seconds) => self.clock.pass_deliberately(seconds).await?,
                None => {
                    self.clock
                        .pass(page_seconds(look.bytes, sent, facts))
                        .await?
                }
            }
            let page = job.arrived(index, facts.ecm, self.clock.now()).await;
            received.extend(page.clone());
            if let Some(logged) = &self.logged {
                logged.page_delivered();
            }
            if let (Some(far), Some(page)) = (&mut self.far, page) {
                far.page(page, &look, self.clock.now());
            }
            if lost {
                if let Some(far) = self.far.take() {
                    far.done(0, self.clock.now()).await;
                }
                return Ok(Verdict::Cut(Cut::There));
            }
            if let Some(logged) = &self.logged {
                logged.page_confirmed();
            }
            facts.page(&self.leg, self.clock.now(), &look);
        }
        // The last page is confirmed: whatever happens now, the fax is there.
        let cut = self.clock.pass(1.2).await.err();
        if let Some(far) = self.far.take() {
            far.done(0, self.clock.now()).await;
        }
        Ok(match cut {
            Some(Cut::Here(cause)) => Verdict::DoneAndCut(cause),
            _ => Verdict::TheyHangUp(0),
        })
    }

    /// What becomes of the page after `sent` confirmed ones, when that is not its arrival.
    async fn fate(
        &mut self,
        machine: &Machine,
        sent: u32,
        facts: &mut Facts,
    ) -> Result<Option<Verdict>, Cut> {
        let verdict = match machine.fate {
            Fate::Drops { after_page } if after_page == sent => {
                self.clock.pass(8.0).await?;
                Verdict::Cut(Cut::There)
            }
            Fate::Vanishes { after_page } if after_page == sent => {
                self.clock.pass(57.0).await?;
                if let Some(far) = self.far.take() {
                    far.done(48, self.clock.now()).await;
                }
                if self.deaf || facts.t38 == T38Status::Negotiated {
                    Verdict::Stuck(20)
                } else {
                    Verdict::WeHangUp(20)
                }
            }
            Fate::Fails { code, after_page } if after_page == sent => {
                self.clock.pass(20.0).await?;
                if let Some(far) = self.far.take() {
                    far.done(if sent == 0 { 35 } else { 38 }, self.clock.now())
                        .await;
                }
                Verdict::WeHangUp(code)
            }
            _ => return Ok(None),
        };
        Ok(Some(verdict))
    }

    /// Opens the file; `None` when it is no fax TIFF or has no such page.
    async fn open(&self, path: &str) -> Option<Job> {
        let (line, first, last) = self.leg.with(|channel| {
            let number = |name: &str| {
                channel
                    .vars
                    .get(name)
                    .and_then(|text| text.parse::<u32>().ok())
            };
            (
                HeaderLine::of(&channel.vars),
                number("fax_start_page").unwrap_or(0),
                number("fax_end_page"),
            )
        });
        let path = PathBuf::from(path);
        let document = tokio::task::spawn_blocking(move || Document::open(&path))
            .await
            .ok()??;
        let end = document.pages().checked_sub(1)?;
        let last = last.unwrap_or(end).min(end);
        (first <= last).then(|| Job {
            document: Arc::new(document),
            line,
            first,
            last,
        })
    }
}

/// What is to be sent.
struct Job {
    document: Arc<Document>,
    line: HeaderLine,
    first: u32,
    last: u32,
}

impl Job {
    /// A page as the far end has it.
    async fn arrived(&self, index: u32, ecm: bool, at: i64) -> Option<FaxPage> {
        let (document, line) = (Arc::clone(&self.document), self.line.clone());
        let at = Timestamp::from_unix_micros(at)?;
        let stamped = tokio::task::spawn_blocking(move || document.sent(index, &line, at, ecm));
        stamped.await.ok().flatten()
    }
}

/// Seconds for a page of so many bytes: an effective 68 % of the rate, 4 s between pages, training before the first.
fn page_seconds(bytes: usize, sent: u32, facts: &Facts) -> f64 {
    let training = match (sent, facts.t38) {
        (0, T38Status::Negotiated) => 7.0,
        (0, _) => 13.0,
        _ => 0.0,
    };
    training + 4.0 + bytes as f64 * 8.0 / (f64::from(facts.rate) * 0.68)
}

fn outcome_of(code: u8) -> Outcome {
    match code {
        0 => Outcome::Delivered,
        2 => Outcome::NotFax,
        _ => Outcome::Failed,
    }
}
