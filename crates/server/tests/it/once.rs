//! What becomes of requests with an idempotency key when their lease runs out, their task is dropped, or their answer is a secret.

use std::sync::Arc;
use std::time::Duration;

use faxgate_core::{Answer, App, Caller, Idempotency, Reservation, Reserved};
use faxgate_db::idempotency::{self, Progress, Record};
use faxgate_test_support::{DEADLINE, Raw, Seed, TestDb, eventually, on_both_databases};
use faxgate_types::Role;
use tempfile::TempDir;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::under_test::app;

on_both_databases![
    at_once_one_is_carried_out_and_the_others_get_its_answer,
    whoever_lost_the_lease_has_no_effect,
    a_task_that_is_dropped_gives_the_key_back,
    half_of_an_effect_is_gone_on_with_by_the_same_request,
    a_sealed_answer_cannot_be_read_in_the_database,
    a_cancellation_whose_answer_was_lost_is_answered_all_the_same,
    a_body_cannot_be_guessed_from_the_database,
];

const ENDPOINT: &str = "POST /test";

/// Two nodes, and somebody who asks.
struct Office {
    db: TestDb,
    seed: Seed,
    apps: [App; 2],
    caller: Caller,
    _folder: TempDir,
}

impl Office {
    async fn new(db: TestDb) -> Self {
        let seed = Seed::new(&db);
        let tenant = seed.tenant("acme").await;
        seed.user("anna", "no password", tenant.id, Role::Admin)
            .await;
        let folder = tempfile::tempdir().unwrap();
        let apps = [
            app(&db, "one", &seed.ambient, folder.path()).await,
            app(&db, "two", &seed.ambient, folder.path()).await,
        ];
        let caller = apps[0].administrator("acme").await.unwrap();
        Self {
            db,
            seed,
            apps,
            caller,
            _folder: folder,
        }
    }

    async fn reserve(&self, node: usize) -> Result<Reserved, &'static str> {
        let reserved = self.apps[node].reserve(&self.caller, ENDPOINT, Some(key(b"body")));
        reserved.await.map_err(|error| error.code)
    }

    async fn new_one(&self, node: usize) -> Reservation {
        match self.reserve(node).await {
            Ok(Reserved::New(reservation)) => reservation,
            other => unreachable!("{other:?}"),
        }
    }

    /// Completes the request, in the transaction of an effect.
    async fn complete(
        &self,
        reservation: &Reservation,
        answer: &Answer,
    ) -> Result<(), &'static str> {
        let mut tx = self.db.write(self.caller.tenant.id).await.unwrap();
        let completed = reservation.complete(&mut tx, answer).await;
        completed.map_err(|error| error.code)?;
        tx.commit().await.unwrap();
        Ok(())
    }

    async fn stored(&self) -> Progress {
        self.record().await.progress
    }

    async fn record(&self) -> Record {
        let of = idempotency::Key {
            tenant: self.caller.tenant.id,
            user: self.caller.user.id,
            endpoint: ENDPOINT,
            key: "key-1",
        };
        let mut tx = self.db.read(of.tenant).await.unwrap();
        let found = idempotency::find(&mut tx, of).await.unwrap();
        tx.commit().await.unwrap();
        found.unwrap()
    }
}

fn key(body: &[u8]) -> Idempotency {
    Idempotency::of("key-1".to_owned(), &[body])
}

fn answer(text: &str) -> Answer {
    Answer {
        status: 201,
        body: format!("{{\"made\":\"{text}\"}}"),
    }
}

async fn at_once_one_is_carried_out_and_the_others_get_its_answer(db: TestDb) {
    let office = Arc::new(Office::new(db).await);
    let start = Arc::new(Barrier::new(12));
    let mut requests = JoinSet::new();
    for request in 0..12 {
        let (office, start) = (office.clone(), start.clone());
        requests.spawn(async move {
            start.wait().await;
            match office.reserve(request % 2).await {
                Ok(Reserved::New(reservation)) => {
                    let given = answer(&request.to_string());
                    office.complete(&reservation, &given).await.unwrap();
                    Ok((true, given))
                }
                Ok(Reserved::Before(given)) => Ok((false, given)),
                Err(code) => Err(code),
            }
        });
    }
    let mut effects = 0;
    let mut answers = Vec::new();
    for end in requests.join_all().await {
        match end {
            Ok((new, given)) => {
                effects += usize::from(new);
                answers.push(given);
            }
            Err(code) => assert_eq!(code, "IDEMPOTENCY_IN_FLIGHT"),
        }
    }
    assert_eq!(effects, 1);
    answers.dedup();
    assert_eq!(answers.len(), 1);
}

async fn whoever_lost_the_lease_has_no_effect(db: TestDb) {
    let office = Office::new(db).await;
    let slow = office.new_one(0).await;
    office.seed.clock.advance(Duration::from_secs(119));
    assert_eq!(
        office.reserve(1).await.unwrap_err(),
        "IDEMPOTENCY_IN_FLIGHT"
    );
    office.seed.clock.advance(Duration::from_secs(1));
    let other = office.new_one(1).await;
    let late = office.complete(&slow, &answer("slow")).await;
    assert_eq!(late, Err("IDEMPOTENCY_IN_FLIGHT"));
    // Nor does it give back what is another's.
    slow.give_back().await;
    office.complete(&other, &answer("other")).await.unwrap();
    for node in [0, 1] {
        match office.reserve(node).await.unwrap() {
            Reserved::Before(given) => assert_eq!(given, answer("other")),
            Reserved::New(_) => unreachable!("it was carried out"),
        }
    }
    let reused = office.apps[0].reserve(&office.caller, ENDPOINT, Some(key(b"another body")));
    assert_eq!(reused.await.unwrap_err().code, "IDEMPOTENCY_KEY_REUSED");
}

async fn a_task_that_is_dropped_gives_the_key_back(db: TestDb) {
    let office = Office::new(db).await;
    let reservation = office.new_one(0).await;
    // As when a handler is dropped because its client hung up, and the use case broke.
    let copy = reservation.clone();
    drop(reservation);
    assert_eq!(
        office.reserve(1).await.unwrap_err(),
        "IDEMPOTENCY_IN_FLIGHT"
    );
    drop(copy);
    let again = eventually("the key is given back", DEADLINE, async || {
        match office.reserve(1).await {
            Ok(Reserved::New(reservation)) => Some(reservation),
            _ => None,
        }
    })
    .await;
    // A failure gives it back before it is told.
    again.give_back().await;
    let _ = office.new_one(0).await;
}

async fn half_of_an_effect_is_gone_on_with_by_the_same_request(db: TestDb) {
    let office = Office::new(db).await;
    let first = office.new_one(0).await;
    assert!(!first.has_begun());
    let mut tx = office.db.write(office.caller.tenant.id).await.unwrap();
    first.begin(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    first.give_back().await;
    let reused = office.apps[0].reserve(&office.caller, ENDPOINT, Some(key(b"another body")));
    assert_eq!(reused.await.unwrap_err().code, "IDEMPOTENCY_KEY_REUSED");
    let second = office.new_one(1).await;
    assert!(second.has_begun());
    second.keep(&answer("whole")).await;
    assert!(
        matches!(office.reserve(0).await, Ok(Reserved::Before(given)) if given == answer("whole"))
    );
}

async fn a_sealed_answer_cannot_be_read_in_the_database(db: TestDb) {
    let office = Office::new(db).await;
    let reservation = office.new_one(0).await;
    let secret = answer("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let mut tx = office.db.write(office.caller.tenant.id).await.unwrap();
    reservation.complete_sealed(&mut tx, &secret).await.unwrap();
    tx.commit().await.unwrap();
    let Progress::Done(stored) = office.stored().await else {
        unreachable!("it is done");
    };
    assert!(stored.sealed && !stored.body.contains("whsec"));
    let bytes = hex::decode(&stored.body).unwrap();
    assert!(!bytes.windows(5).any(|part| part == b"whsec"));
    // Another node has the same secret.
    assert!(matches!(office.reserve(1).await, Ok(Reserved::Before(given)) if given == secret));
}

async fn a_body_cannot_be_guessed_from_the_database(db: TestDb) {
    let office = Office::new(db).await;
    let reservation = office.new_one(0).await;
    let plain = hex::encode(key(b"body").body_sha256);
    assert_ne!(office.record().await.body_sha256, plain);
    // Another node knows the request again; and one that an earlier version wrote down.
    let given = answer("one");
    office.complete(&reservation, &given).await.unwrap();
    assert!(matches!(office.reserve(1).await, Ok(Reserved::Before(again)) if again == given));
    let change = format!("UPDATE idempotency_keys SET body_sha256 = '{plain}'");
    Raw::of(&office.db).execute(&change).await;
    assert!(matches!(office.reserve(1).await, Ok(Reserved::Before(again)) if again == given));
}

async fn a_cancellation_whose_answer_was_lost_is_answered_all_the_same(db: TestDb) {
    let office = Office::new(db).await;
    let (tenant, user) = (office.caller.tenant.id, office.caller.user.id);
    let document = office.seed.document(tenant, user, 1).await;
    let fax = office.seed.fax(tenant, &document, &["+12125550111"]).await;
    let fax = fax.fax.id;
    let cancel = async |node: usize, reservation: &Reservation| {
        let once = reservation.answering(|_| answer("canceled"));
        let canceled = office.apps[node].cancel(&office.caller, fax, once).await;
        canceled.map(|fax| fax.summary.status)
    };
    let first = office.new_one(0).await;
    cancel(0, &first).await.unwrap();
    // Its process dies before the answer is kept.
    first.give_back().await;
    let second = office.new_one(1).await;
    assert!(second.has_begun());
    cancel(1, &second).await.unwrap();
    // Another request is told how it stands.
    let other = cancel(0, &Reservation::default()).await.unwrap_err();
    assert_eq!(other.code, "ALREADY_FINISHED");
}
