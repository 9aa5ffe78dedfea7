//! SQLite's one writer, and the durable commit that transactions share.
//!
//! Every write transaction is a savepoint in an outer one. A transaction that commits releases its savepoint and passes
//! the outer transaction on to whoever waits; the first of them queues once more, behind those who wait by then, and
//! commits for all. So a commit costs one sync of the disk for everybody who came meanwhile, and nobody waits for company.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use diesel::result::Error as Diesel;
use diesel_async::SimpleAsyncConnection as _;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};
use tokio::time::Instant;

use crate::connection::Sqlite;
use crate::error::{DbError, DbResult};
use crate::sqlite;

/// At most so many transactions share one commit.
const MOST_MEMBERS: usize = 64;
/// The first waits no longer than this for the next to begin.
const LONGEST_WAIT: Duration = Duration::from_millis(5);

/// Hands the one connection that writes from transaction to transaction, first come first served.
#[derive(Clone)]
pub(crate) struct Writer {
    desk: Arc<Mutex<Desk>>,
    main: Handle,
    path: Arc<str>,
}

/// What passes from hand to hand.
#[derive(Default)]
struct Desk {
    /// Not there before the first transaction, after a failure, and while a transaction has it.
    conn: Option<Sqlite>,
    /// There while the outer transaction is open between two hands.
    group: Option<Group>,
    /// Tells groups from one another.
    groups: u64,
}

/// Transactions that are over, but not on the disk yet.
struct Group {
    number: u64,
    since: Instant,
    members: Vec<oneshot::Sender<Outcome>>,
}

type Outcome = Result<(), Arc<Diesel>>;

/// A transaction that has begun. Dropped, it is rolled back, and the others of its group are not.
pub(crate) struct Member {
    seat: Option<Seat>,
    writer: Writer,
}

/// Whoever has it may write. If it is lost, the desk is left without a connection, and the group has failed.
struct Seat {
    desk: OwnedMutexGuard<Desk>,
    conn: Sqlite,
}

impl Writer {
    /// A writer of this file, whose connection lives on the runtime that calls.
    pub(crate) fn new(path: &str) -> Self {
        Self {
            desk: Arc::default(),
            main: Handle::current(),
            path: path.into(),
        }
    }

    /// Waits for its turn and begins.
    pub(crate) async fn begin(&self) -> DbResult<Member> {
        let mut desk = self.desk.clone().lock_owned().await;
        if desk.must_settle() {
            // A task of its own: a caller who is dropped meanwhile takes no answer from anybody.
            let settling = self.main.spawn(async move {
                desk.settle().await;
                desk
            });
            desk = settling.await.map_err(DbError::unavailable)?;
        }
        let conn = match desk.conn.take() {
            Some(conn) => conn,
            None => sqlite::open(&self.main, &self.path, "")
                .await
                .map_err(DbError::unavailable)?,
        };
        let begin = match desk.group {
            Some(_) => "SAVEPOINT member",
            None => "BEGIN IMMEDIATE; SAVEPOINT member",
        };
        let seat = Some(Seat { desk, conn });
        // Guarded from here on: the caller may be dropped while it runs.
        let mut member = Member {
            seat,
            writer: self.clone(),
        };
        member.batch_execute(begin).await?;
        Ok(member)
    }

    /// Ends a transaction well; `tell` hears when it is on the disk.
    async fn release(self, seat: Seat, tell: oneshot::Sender<Outcome>) {
        let Seat { mut desk, mut conn } = seat;
        if let Err(error) = conn.batch_execute("RELEASE member").await {
            // SQLite itself rolls back the whole transaction after some errors.
            drop(conn);
            desk.join(tell);
            return desk.fail(error);
        }
        desk.conn = Some(conn);
        let number = desk.join(tell);
        if desk.must_settle() {
            return desk.settle().await;
        }
        if desk
            .group
            .as_ref()
            .is_some_and(|group| group.members.len() > 1)
        {
            return;
        }
        drop(desk);
        let mut desk = self.desk.lock_owned().await;
        if desk
            .group
            .as_ref()
            .is_some_and(|group| group.number == number)
        {
            desk.settle().await;
        }
    }
}

impl Desk {
    fn join(&mut self, tell: oneshot::Sender<Outcome>) -> u64 {
        let groups = &mut self.groups;
        let group = self.group.get_or_insert_with(|| {
            *groups += 1;
            Group {
                number: *groups,
                since: Instant::now(),
                members: Vec::new(),
            }
        });
        group.members.push(tell);
        group.number
    }

    /// Whether nobody may join any more.
    fn must_settle(&self) -> bool {
        self.group.as_ref().is_some_and(|group| {
            self.conn.is_none()
                || group.members.len() >= MOST_MEMBERS
                || group.since.elapsed() >= LONGEST_WAIT
        })
    }

    /// Commits for everybody in the group, if there is one.
    async fn settle(&mut self) {
        if self.group.is_none() {
            return;
        }
        let Some(mut conn) = self.conn.take() else {
            return self.fail(Diesel::BrokenTransactionManager);
        };
        match conn.batch_execute("COMMIT").await {
            Ok(()) => {
                self.conn = Some(conn);
                self.tell(&Ok(()));
            }
            Err(error) => {
                drop(conn);
                self.fail(error);
            }
        }
    }

    /// Everybody in the group has failed; the connection is closed already.
    fn fail(&mut self, error: Diesel) {
        self.tell(&Err(Arc::new(error)));
    }

    fn tell(&mut self, outcome: &Outcome) {
        for member in self
            .group
            .take()
            .into_iter()
            .flat_map(|group| group.members)
        {
            // A caller who is gone does not hear it.
            let _ = member.send(outcome.clone());
        }
    }
}

impl Seat {
    /// Undoes this transaction alone; where that cannot be, the whole group fails.
    async fn roll_back(self) {
        let Self { mut desk, mut conn } = self;
        let undo = match desk.group {
            Some(_) => "ROLLBACK TO member; RELEASE member",
            None => "ROLLBACK",
        };
        match conn.batch_execute(undo).await {
            Ok(()) => desk.conn = Some(conn),
            Err(error) => {
                drop(conn);
                desk.fail(error);
            }
        }
    }
}

impl Member {
    /// Returns when it is on the disk. It gets there also when the caller does not wait for it.
    pub(crate) async fn commit(&mut self) -> DbResult<()> {
        let (tell, told) = oneshot::channel();
        if let Some(seat) = self.seat.take() {
            let writer = self.writer.clone();
            self.writer.main.spawn(writer.release(seat, tell));
        }
        match told.await {
            Ok(outcome) => outcome.map_err(DbError::commit),
            Err(gone) => Err(DbError::commit(gone)),
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        if let Some(seat) = self.seat.take() {
            self.writer.main.spawn(seat.roll_back());
        }
    }
}

impl Deref for Member {
    type Target = Sqlite;

    fn deref(&self) -> &Sqlite {
        #[expect(
            clippy::expect_used,
            reason = "only commit and drop take it, and nothing is asked of it then"
        )]
        &self
            .seat
            .as_ref()
            .expect("the seat is there until the end")
            .conn
    }
}

impl DerefMut for Member {
    fn deref_mut(&mut self) -> &mut Sqlite {
        #[expect(
            clippy::expect_used,
            reason = "only commit and drop take it, and nothing is asked of it then"
        )]
        &mut self
            .seat
            .as_mut()
            .expect("the seat is there until the end")
            .conn
    }
}
