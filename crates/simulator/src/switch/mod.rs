//! The switch itself: sessions, limits, events. Everything else borrows it.

mod kind;
mod links;

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use faxgate_types::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::bus::Bus;
use crate::call_log::CallLog;
use crate::cause::Cause;
use crate::channel::Channel;
use crate::dice::Dice;
use crate::event::{Event, Name};
use crate::faults::Faults;
use crate::hook::Hook;
use crate::http::Http;
use crate::http_cache::HttpCache;
use crate::limits::Limits;
use crate::number::Line;
use crate::options::Options;
use crate::scenario::Scenario;

pub(crate) use kind::Kind;
pub(crate) use links::{Life, Links};

pub(crate) const HOSTNAME: &str = "simulator";
pub(crate) const SWITCHNAME: &str = "faxgate-simulator";

/// One session: a channel and the way to hang it up from outside.
#[derive(Debug)]
pub(crate) struct Session {
    channel: Mutex<Channel>,
    hangup: watch::Sender<Option<Cause>>,
    /// Whoever is asked to hang it up is answered, and nothing happens.
    deaf: AtomicBool,
}

impl Session {
    /// From now on only the end of the switch ends the channel.
    pub(crate) fn become_deaf(&self) {
        self.deaf.store(true, Ordering::Relaxed);
    }

    pub(crate) fn channel(&self) -> MutexGuard<'_, Channel> {
        self.channel
            .lock()
            .unwrap_or_else(|broken| broken.into_inner())
    }

    /// Asks the call to hang up; false when it already does.
    pub(crate) fn hang_up(&self, cause: Cause) -> bool {
        if self.channel().cause.is_some() {
            return false;
        }
        if self.deaf.load(Ordering::Relaxed) && cause != Cause::SYSTEM_SHUTDOWN {
            return true;
        }
        self.hangup.send_if_modified(|asked| {
            let first = asked.is_none();
            asked.get_or_insert(cause);
            first
        })
    }

    /// Tells when the call was asked to hang up.
    pub(crate) fn asked(&self) -> watch::Receiver<Option<Cause>> {
        self.hangup.subscribe()
    }
}

/// The switch's identity, new at every start.
#[derive(Clone, Debug)]
pub(crate) struct Core {
    pub(crate) uuid: String,
    pub(crate) started: Timestamp,
}

/// The switch.
#[derive(Debug)]
pub(crate) struct Switch {
    pub(crate) options: Options,
    pub(crate) bus: Bus,
    pub(crate) log: CallLog,
    pub(crate) links: watch::Sender<Links>,
    /// Whether the socket is open.
    pub(crate) listening: watch::Sender<bool>,
    pub(crate) limits: Mutex<Limits>,
    pub(crate) faults: Faults,
    pub(crate) http: Http,
    pub(crate) cache: HttpCache,
    pub(crate) hook: Hook,
    core: Mutex<Core>,
    sessions: Mutex<HashMap<String, Arc<Session>>>,
    dids: Mutex<HashSet<Line>>,
    gateways_down: Mutex<HashSet<String>>,
    calls_to: Mutex<HashMap<Line, usize>>,
    tasks: Mutex<JoinSet<()>>,
    /// CDRs that lie elsewhere than in the spool.
    cdrs_elsewhere: Mutex<HashSet<PathBuf>>,
    /// Held by whoever restarts the switch.
    pub(crate) restarts: tokio::sync::Mutex<()>,
    sequence: AtomicU64,
    session_number: AtomicU64,
}

impl Switch {
    pub(crate) fn new(options: Options, log: CallLog) -> Arc<Self> {
        let started = options.ambient.now();
        let core = Core {
            uuid: options.ambient.uuid().to_string(),
            started,
        };
        let dids = options.dids.iter().map(|did| Line::of(did)).collect();
        let limits = Limits::new(options.max_sessions, options.sessions_per_second);
        let (links, _) = watch::channel(Links::new(0));
        let cache = HttpCache::at(options.spool.join("http_cache"));
        Arc::new(Self {
            options,
            bus: Bus::default(),
            log,
            links,
            listening: watch::channel(true).0,
            limits: Mutex::new(limits),
            faults: Faults::default(),
            http: Http::default(),
            cache,
            hook: Hook::default(),
            core: Mutex::new(core),
            sessions: Mutex::default(),
            dids: Mutex::new(dids),
            gateways_down: Mutex::default(),
            calls_to: Mutex::default(),
            tasks: Mutex::default(),
            cdrs_elsewhere: Mutex::default(),
            restarts: tokio::sync::Mutex::default(),
            sequence: AtomicU64::new(500),
            session_number: AtomicU64::new(0),
        })
    }

    /// Microseconds since 1970, by the real clock.
    pub(crate) fn now(&self) -> i64 {
        self.options.ambient.now().unix_micros()
    }

    pub(crate) fn core(&self) -> Core {
        lock(&self.core).clone()
    }

    /// Runs something of the switch's own: no client's coming or going touches it, only the end of the switch does.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = lock(&self.tasks);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    /// Makes a session; refused (the cause tells which way) when paused, over a limit or the UUID is taken.
    pub(crate) fn open(&self, channel: Channel, outbound: bool) -> Result<Arc<Session>, Cause> {
        let mut sessions = lock(&self.sessions);
        let refused =
            self.links.borrow().life != Life::Running || sessions.contains_key(&channel.uuid);
        if refused || !lock(&self.limits).admit(sessions.len(), outbound, self.now()) {
            return Err(Cause::DESTINATION_OUT_OF_ORDER);
        }
        let uuid = channel.uuid.clone();
        let session = Arc::new(Session {
            channel: Mutex::new(channel),
            hangup: watch::channel(None).0,
            deaf: AtomicBool::new(false),
        });
        sessions.insert(uuid, Arc::clone(&session));
        Ok(session)
    }

    /// The session is over; the last one to go ends an elegant shutdown.
    pub(crate) fn close(&self, uuid: &str) {
        let left = {
            let mut sessions = lock(&self.sessions);
            sessions.remove(uuid);
            sessions.len()
        };
        if left == 0 {
            self.links.send_if_modified(|links| {
                let draining = links.life == Life::Draining;
                if draining {
                    links.life = Life::Down;
                }
                draining
            });
        }
    }

    pub(crate) fn session(&self, uuid: &str) -> Option<Arc<Session>> {
        lock(&self.sessions).get(uuid).cloned()
    }

    pub(crate) fn sessions(&self) -> Vec<Arc<Session>> {
        lock(&self.sessions).values().cloned().collect()
    }

    /// The number of the next session.
    pub(crate) fn next_session(&self) -> u64 {
        self.session_number.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// How many sessions there have been.
    pub(crate) fn sessions_so_far(&self) -> u64 {
        self.session_number.load(Ordering::Relaxed)
    }

    /// `None`: fine. Otherwise why a gateway takes no call.
    pub(crate) fn gateway_trouble(&self, gateway: &str) -> Option<Cause> {
        let known = &self.options.gateways;
        if !known.is_empty() && !known.iter().any(|name| name == gateway) {
            Some(Cause::INVALID_GATEWAY)
        } else if lock(&self.gateways_down).contains(gateway) {
            Some(Cause::GATEWAY_DOWN)
        } else {
            None
        }
    }

    pub(crate) fn set_gateway_down(&self, gateway: &str, down: bool) {
        let mut gateways = lock(&self.gateways_down);
        if down {
            gateways.insert(gateway.to_owned());
        } else {
            gateways.remove(gateway);
        }
    }

    pub(crate) fn set_dids(&self, dids: HashSet<Line>) {
        *lock(&self.dids) = dids;
    }

    pub(crate) fn is_did(&self, line: &Line) -> bool {
        lock(&self.dids).contains(line)
    }

    /// What happens to the next call to this line.
    pub(crate) fn next_scenario(&self, line: &Line) -> Scenario {
        let nth = {
            let mut calls = lock(&self.calls_to);
            let count = calls.entry(line.clone()).or_default();
            *count += 1;
            *count - 1
        };
        self.options.scenarios.of(line, nth)
    }

    /// Publishes an event with the headers that every event has, in front of its own.
    pub(crate) fn publish(
        &self,
        kind: &Kind,
        at: i64,
        own: impl IntoIterator<Item = (Name, String)>,
        body: Option<String>,
    ) {
        let mut headers = self.base_headers(kind, at);
        headers.extend(own);
        let event = Event::new(kind.name, kind.subclass.map(Into::into), headers, body);
        self.deliver(event);
    }

    /// Whether anybody listens to such events. One that nobody hears is counted all the same.
    pub(crate) fn is_heard(&self, kind: &Kind) -> bool {
        let heard = self.bus.hears(kind.name, kind.subclass);
        if !heard {
            self.sequence.fetch_add(1, Ordering::Relaxed);
        }
        heard
    }

    /// Hands an event to everybody who wants it.
    pub(crate) fn deliver(&self, event: Event) {
        self.bus.publish(&Arc::new(event), &self.faults);
    }

    /// The headers that every event has.
    pub(crate) fn base_headers(&self, kind: &Kind, at: i64) -> Vec<(Name, String)> {
        let time = Timestamp::from_unix_micros(at)
            .unwrap_or(self.core().started)
            .datetime();
        let sequence = self.sequence.fetch_add(1, Ordering::Relaxed);
        let mut headers: Vec<(Name, String)> = Vec::with_capacity(300);
        if let Some(subclass) = kind.subclass {
            headers.push(("Event-Subclass".into(), subclass.to_owned()));
        }
        let fixed: [(&'static str, String); 13] = [
            ("Event-Name", kind.name.to_owned()),
            ("Core-UUID", self.core().uuid),
            ("FreeSWITCH-Hostname", HOSTNAME.to_owned()),
            ("FreeSWITCH-Switchname", SWITCHNAME.to_owned()),
            ("FreeSWITCH-IPv4", "127.0.0.1".to_owned()),
            ("FreeSWITCH-IPv6", "::1".to_owned()),
            (
                "Event-Date-Local",
                time.format("%Y-%m-%d %H:%M:%S").to_string(),
            ),
            (
                "Event-Date-GMT",
                time.format("%a, %d %b %Y %H:%M:%S GMT").to_string(),
            ),
            ("Event-Date-Timestamp", at.to_string()),
            ("Event-Calling-File", kind.file.to_owned()),
            ("Event-Calling-Function", kind.function.to_owned()),
            ("Event-Calling-Line-Number", kind.line.to_string()),
            ("Event-Sequence", sequence.to_string()),
        ];
        headers.extend(fixed.map(|(name, value)| (Name::from(name), value)));
        headers
    }

    /// The dice of the `nth` session.
    pub(crate) fn dice(&self, nth: u64) -> Dice {
        Dice::of(self.options.seed, nth)
    }

    /// Notes where a CDR lies, so that it can be lost.
    pub(crate) fn remember_cdr(&self, path: &Path) {
        if path.parent() != Some(&self.options.spool.join("cdr")) {
            lock(&self.cdrs_elsewhere).insert(path.to_owned());
        }
    }

    /// The CDRs that lie elsewhere than in the spool; forgotten here.
    pub(crate) fn take_cdrs_elsewhere(&self) -> HashSet<PathBuf> {
        std::mem::take(&mut *lock(&self.cdrs_elsewhere))
    }

    /// The end of a process: every call and job stops where it is, the channels are gone, nothing is written.
    pub(crate) async fn kill(&self) {
        let mut tasks = std::mem::take(&mut *lock(&self.tasks));
        tasks.shutdown().await;
        lock(&self.sessions).clear();
    }

    /// The same without waiting.
    pub(crate) fn abort(&self) {
        lock(&self.tasks).abort_all();
        self.hook.abort();
    }

    /// A new process: a new core UUID, fresh limits, every connection of the old one closed.
    pub(crate) fn begin_again(&self) {
        *lock(&self.core) = Core {
            uuid: self.options.ambient.uuid().to_string(),
            started: self.options.ambient.now(),
        };
        *lock(&self.limits) =
            Limits::new(self.options.max_sessions, self.options.sessions_per_second);
        self.cache.clear();
        self.links
            .send_modify(|links| *links = Links::new(links.generation + 1));
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|broken| broken.into_inner())
}
