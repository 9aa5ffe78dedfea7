//! The caller's side of a command connection.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use uuid::Uuid;

use crate::command::{Cause, Command};
use crate::deadline::{BootClock, Deadline};
use crate::error::{Delivery, Error, Kind};
use crate::reply::Reply;
use crate::request::{Answer, Request, Ticket};

/// FreeSWITCH's word that it took a background job. It is not proof that the job ran, nor of what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ack {
    /// The job, as its `BACKGROUND_JOB` event will name it.
    pub job: Uuid,
}

/// Sends commands over one connection. Cheap to clone; all methods take `&self`, and calls made at the same time
/// are pipelined.
///
/// Every error says what is known of the command: [`Error::delivery`]. Dropping the future of a call is safe: a
/// command that has not left is not sent, and a reply that comes later is passed over.
#[derive(Debug, Clone)]
pub struct Client {
    requests: mpsc::Sender<Request>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    /// Why the connection ended, once it has.
    pub(crate) ended: OnceLock<Error>,
    pub(crate) reply_timeout: Duration,
    pub(crate) clock: Arc<dyn BootClock>,
}

impl Shared {
    pub(crate) fn reason(&self) -> Error {
        match self.ended.get() {
            Some(error) => error.clone(),
            None => Error::new(Kind::Closed, Delivery::NotSent),
        }
    }
}

impl Client {
    pub(crate) fn new(requests: mpsc::Sender<Request>, shared: Arc<Shared>) -> Self {
        Self { requests, shared }
    }

    /// Runs a command and waits for what it prints (`api …`). FreeSWITCH executes nothing else from this connection
    /// meanwhile, so never run a slow one on the connection that dials.
    ///
    /// A reply that begins with `-ERR` is still a reply: see [`Reply::into_ok`].
    ///
    /// # Errors
    /// If there was no reply.
    pub async fn api(&self, command: &Command) -> Result<Reply, Error> {
        self.call(format!("api {command}\n\n").into(), None, None)
            .await
    }

    /// Starts a command in the background under a Job-UUID of the caller's (`bgapi …`). Its output comes as a
    /// `BACKGROUND_JOB` event to every connection subscribed to that, even before this returns.
    ///
    /// # Errors
    /// If the command was not accepted: [`Error::delivery`] tells never sent, refused and unknown apart.
    pub async fn bgapi(&self, command: &Command, job: Uuid) -> Result<Ack, Error> {
        self.start(command, job, None).await
    }

    /// Like [`bgapi`](Self::bgapi), but the command leaves before `deadline` or not at all.
    ///
    /// The deadline is looked at last thing before the bytes are handed to the kernel, so no wait in a queue, behind
    /// a full socket or in a suspended machine can hide that it has passed.
    ///
    /// # Errors
    /// [`Error::is_late`] if the deadline passed first; otherwise as for [`bgapi`](Self::bgapi).
    pub async fn bgapi_before(
        &self,
        command: &Command,
        job: Uuid,
        deadline: Deadline,
    ) -> Result<Ack, Error> {
        self.start(command, job, Some(deadline)).await
    }

    /// True if a channel of this UUID lives.
    ///
    /// # Errors
    /// If there was no reply, or one that is neither `true` nor `false`.
    pub async fn uuid_exists(&self, uuid: Uuid) -> Result<bool, Error> {
        let reply = self.api(&Command::uuid_exists(uuid)).await?.into_ok()?;
        reply
            .as_bool()
            .ok_or_else(|| Error::protocol("neither true nor false").told_with(Delivery::Unknown))
    }

    /// Hangs a channel up; false if there is no such channel.
    ///
    /// # Errors
    /// If there was no reply.
    pub async fn uuid_kill(&self, uuid: Uuid, cause: &Cause) -> Result<bool, Error> {
        let reply = self.api(&Command::uuid_kill(uuid, cause)).await?;
        Ok(!reply.is_err())
    }

    /// The UUID of this run of FreeSWITCH.
    ///
    /// # Errors
    /// If there was no reply, or one that is not a UUID.
    pub async fn core_uuid(&self) -> Result<Uuid, Error> {
        let reply = self.api(&Command::core_uuid()).await?.into_ok()?;
        let text = reply.text();
        text.trim()
            .parse()
            .map_err(|error| Error::protocol("the core's UUID is none").with_cause(error))
    }

    /// True once the connection has ended.
    pub fn is_closed(&self) -> bool {
        self.requests.is_closed()
    }

    /// Waits until the connection has ended, and tells why.
    pub async fn closed(&self) -> Error {
        self.requests.closed().await;
        self.shared.reason()
    }

    async fn start(
        &self,
        command: &Command,
        job: Uuid,
        deadline: Option<Deadline>,
    ) -> Result<Ack, Error> {
        let bytes = format!("bgapi {command}\nJob-UUID: {job}\n\n").into();
        self.call(bytes, Some(job), deadline).await?.into_ok()?;
        Ok(Ack { job })
    }

    async fn call(&self, bytes: Bytes, job: Option<Uuid>, deadline: Option<Deadline>) -> Answer {
        let until = Instant::now() + self.shared.reply_timeout;
        let late = || Error::new(Kind::Late, Delivery::NotSent);
        let room = tokio::select! {
            biased;
            room = self.requests.reserve() => room.map_err(|_| self.shared.reason())?,
            () = self.passed(deadline), if deadline.is_some() => return Err(late()),
            () = sleep_until(until) => {
                return Err(Error::new(Kind::ReplyTimeout, Delivery::NotSent));
            }
        };
        let (answer, mut answered) = oneshot::channel();
        let ticket = Ticket::default();
        room.send(Request {
            bytes,
            deadline,
            job,
            ticket: ticket.clone(),
            answer,
        });

        tokio::select! {
            biased;
            reply = &mut answered => return reply.unwrap_or_else(|_| Err(self.unanswered(&ticket))),
            () = self.passed(deadline), if deadline.is_some() => {
                if ticket.withdraw() {
                    return Err(late());
                }
            }
            () = sleep_until(until) => {}
        }
        // Past its deadline but on its way, or out of time.
        match timeout_at(until, &mut answered).await {
            Ok(reply) => reply.unwrap_or_else(|_| Err(self.unanswered(&ticket))),
            Err(_) if ticket.withdraw() => Err(Error::new(Kind::ReplyTimeout, Delivery::NotSent)),
            Err(_) => Err(Error::new(Kind::ReplyTimeout, Delivery::Unknown)),
        }
    }

    /// The connection is gone without a word about this command, perhaps because its future was dropped.
    fn unanswered(&self, ticket: &Ticket) -> Error {
        let delivery = if ticket.withdraw() {
            Delivery::NotSent
        } else {
            Delivery::Unknown
        };
        self.shared.reason().told_with(delivery)
    }

    async fn passed(&self, deadline: Option<Deadline>) {
        if let Some(deadline) = deadline {
            loop {
                let left = deadline.left(self.shared.clock.now());
                if left.is_zero() {
                    return;
                }
                // Timers do not count suspended time, so the clock is asked again.
                sleep(left).await;
            }
        }
    }
}
