//! What may go wrong, and in which order it does.

use std::time::Duration;

use rand::RngExt as _;
use rand::rngs::StdRng;

use crate::line::Going;

/// Where a gateway can be killed from within.
pub(crate) const FAILPOINTS: [&str; 9] = [
    "claim",
    "before_intent",
    "after_intent",
    "after_reply",
    "mid_page",
    "after_result",
    "before_settle_commit",
    "after_settle_commit",
    "before_cdr_removal",
];

/// Something that goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A gateway is killed at whatever it is doing so long after.
    Kill(Duration),
    /// … at a failpoint, when it comes there for the `n`th time.
    KillAt(&'static str, u32),
    /// … after an `originate` has left, before its answer comes.
    KillAfterSend,
    /// … after an `originate` has left, which FreeSWITCH reads only so much later.
    KillBeforeLateOrder(Duration),
    /// A gateway is stopped and goes on after so long.
    Pause(Duration),
    /// … at a failpoint.
    PauseAt(&'static str, Duration),
    /// A gateway is asked to stop, and started again.
    Stop,
    /// FreeSWITCH goes down and comes back.
    Line(Going),
    /// All connections between a gateway and FreeSWITCH are closed.
    Cut,
    /// … are dead without anybody being told.
    HalfOpen,
    /// … hold everything back for so long.
    Stall(Duration),
    /// The next so many events are lost.
    EventsLost(u32),
    /// The next so many events come twice.
    EventsTwice(u32),
    /// The next `originate` is carried out and never answered.
    ReplyLost,
    /// PostgreSQL is stopped at once, and started after so long.
    Database(Duration),
    /// A gateway's files may not grow for so long.
    DiskFull(Duration),
}

impl Fault {
    /// In a word or two, for the table.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Kill(_) => "kill -9 at random".to_owned(),
            Self::KillAt(point, _) => format!("kill -9 at {point}"),
            Self::KillAfterSend => "kill -9 at after_send".to_owned(),
            Self::KillBeforeLateOrder(_) => "kill -9, order read late".to_owned(),
            Self::Pause(_) => "gateway stopped past its lease".to_owned(),
            Self::PauseAt(point, _) => format!("gateway stopped at {point}"),
            Self::Stop => "gateway asked to stop".to_owned(),
            Self::Line(Going::Asked) => "FreeSWITCH shut down".to_owned(),
            Self::Line(Going::Killed) => "FreeSWITCH killed".to_owned(),
            Self::Line(Going::KilledWithRecords) => "FreeSWITCH killed, CDRs lost".to_owned(),
            Self::Cut => "event socket cut".to_owned(),
            Self::HalfOpen => "event socket half-open".to_owned(),
            Self::Stall(_) => "event socket stalled".to_owned(),
            Self::EventsLost(_) => "events lost".to_owned(),
            Self::EventsTwice(_) => "events twice".to_owned(),
            Self::ReplyLost => "reply lost".to_owned(),
            Self::Database(_) => "PostgreSQL stopped".to_owned(),
            Self::DiskFull(_) => "disk full".to_owned(),
        }
    }
}

/// Everything once, and random kills between: what a test has time for.
pub(crate) fn short(kills: usize, database: bool, random: &mut StdRng) -> Vec<Fault> {
    let mut faults: Vec<_> = FAILPOINTS
        .iter()
        .map(|point| Fault::KillAt(point, 1))
        .collect();
    faults.extend([
        Fault::KillAfterSend,
        Fault::KillBeforeLateOrder(Duration::from_millis(3000)),
        Fault::Pause(Duration::from_millis(4500)),
        Fault::PauseAt("after_intent", Duration::from_millis(4500)),
        Fault::Line(Going::Killed),
        Fault::Cut,
        Fault::Stall(Duration::from_millis(1500)),
        Fault::DiskFull(Duration::from_millis(1000)),
        Fault::EventsLost(20),
        Fault::EventsTwice(20),
        Fault::ReplyLost,
    ]);
    if database {
        faults.push(Fault::Database(Duration::from_millis(500)));
    }
    let moments = (0..kills).map(|_| Duration::from_millis(random.random_range(0..500)));
    faults.extend(moments.map(Fault::Kill));
    for last in (1..faults.len()).rev() {
        faults.swap(last, random.random_range(0..=last));
    }
    faults
}

/// One more, whatever comes up. FreeSWITCH itself dies in one of a hundred: each time, what it was doing is lost.
pub(crate) fn next(database: bool, random: &mut StdRng) -> Fault {
    let mut millis = |from, to| Duration::from_millis(random.random_range(from..to));
    let (moment, late, pause, stall, outage, full) = (
        millis(0, 1200),
        millis(500, 6000),
        millis(500, 7000),
        millis(300, 4000),
        millis(100, 3000),
        millis(300, 3000),
    );
    match random.random_range(0..200) {
        0..94 => Fault::Kill(moment),
        94..96 => Fault::EventsLost(random.random_range(1..60)),
        96..98 => Fault::EventsTwice(random.random_range(1..60)),
        98..100 => Fault::ReplyLost,
        100..150 => {
            let point = FAILPOINTS[random.random_range(0..FAILPOINTS.len())];
            Fault::KillAt(point, random.random_range(1..6))
        }
        150..158 => Fault::KillAfterSend,
        158..166 => Fault::KillBeforeLateOrder(late),
        166..172 => Fault::Pause(pause),
        172..174 => Fault::PauseAt("after_intent", pause),
        // In the middle of a transaction, with all that it has locked.
        174 => Fault::PauseAt("before_intent", pause),
        175 => Fault::PauseAt("before_settle_commit", pause),
        176..179 => Fault::Stop,
        179 => Fault::Line(Going::Asked),
        180 => Fault::Line(Going::Killed),
        181 => Fault::Line(Going::KilledWithRecords),
        182..188 => Fault::Cut,
        188..190 => Fault::HalfOpen,
        190..193 => Fault::Stall(stall),
        193..195 if database => Fault::Database(outage),
        193..197 => Fault::DiskFull(full),
        _ => Fault::Kill(moment),
    }
}
