//! Users, their memberships, their tokens.

use faxgate_db::tokens::{self, NewToken};
use faxgate_db::{members, users};
use faxgate_test_support::{Seed, TestDb, on_both_databases};
use faxgate_types::{Role, TokenId, UserId};

on_both_databases![
    a_user_is_found_by_name,
    a_username_is_taken_once,
    users_are_listed_by_name,
    whoever_was_changed_meanwhile_has_not_logged_in,
    the_first_membership_is_the_default_one,
    nobody_joins_twice,
    a_token_is_found_by_its_hash_alone,
    a_token_keeps_its_end,
    tokens_are_listed_oldest_first,
    tokens_that_work_are_counted_and_those_of_logins_are_kept_by_their_use,
];

async fn a_user_is_found_by_name(db: TestDb) {
    let seed = Seed::new(&db);
    let acme = seed.tenant("acme").await;
    let alice = seed
        .user("alice", "$argon2id$…", acme.id, Role::Member)
        .await;

    let mut tx = db.system_read("test").await.unwrap();
    let found = users::by_username(&mut tx, "alice").await.unwrap().unwrap();
    assert_eq!(found.id, alice.id);
    assert_eq!(found.password_hash, "$argon2id$…");
    assert!(!found.disabled);
    assert!(users::by_username(&mut tx, "bob").await.unwrap().is_none());
}

async fn a_username_is_taken_once(db: TestDb) {
    let seed = Seed::new(&db);
    let acme = seed.tenant("acme").await;
    let mut again = seed.user("alice", "hash", acme.id, Role::Member).await;
    again.id = UserId::generate(&seed.ambient);

    let mut tx = db.system("test").await.unwrap();
    let refused = users::insert(&mut tx, &again, seed.now()).await;
    assert!(refused.is_err_and(|error| error.is_unique_violation()));
}

async fn users_are_listed_by_name(db: TestDb) {
    let seed = Seed::new(&db);
    let acme = seed.tenant("acme").await;
    for name in ["carol", "alice", "bob"] {
        seed.user(name, "hash", acme.id, Role::Member).await;
    }
    let mut tx = db.system_read("test").await.unwrap();
    let listed = users::list(&mut tx).await.unwrap();
    let names: Vec<_> = listed.iter().map(|user| &*user.username).collect();
    assert_eq!(names, ["alice", "bob", "carol"]);
}

async fn whoever_was_changed_meanwhile_has_not_logged_in(db: TestDb) {
    let seed = Seed::new(&db);
    let acme = seed.tenant("acme").await;
    let alice = seed.user("alice", "hash", acme.id, Role::Member).await.id;
    let mut tx = db.system("test").await.unwrap();
    let now = seed.now();
    let tx = &mut tx;
    assert!(members::logged_in(tx, alice, "hash", now).await.unwrap());
    members::set_password(tx, alice, "another").await.unwrap();
    assert!(!members::logged_in(tx, alice, "hash", now).await.unwrap());
    assert!(members::logged_in(tx, alice, "another", now).await.unwrap());
    members::set_disabled(tx, alice, true).await.unwrap();
    assert!(!members::logged_in(tx, alice, "another", now).await.unwrap());
}

async fn the_first_membership_is_the_default_one(db: TestDb) {
    let seed = Seed::new(&db);
    let (zeta, acme) = (seed.tenant("zeta").await, seed.tenant("acme").await);
    let alice = seed.user("alice", "hash", zeta.id, Role::ReadOnly).await;

    let mut tx = db.system("test").await.unwrap();
    users::join(&mut tx, alice.id, acme.id, Role::Operator, seed.now())
        .await
        .unwrap();
    let places = users::memberships(&mut tx, alice.id).await.unwrap();
    let places: Vec<_> = places
        .iter()
        .map(|place| (&*place.tenant.slug, place.role, place.is_default))
        .collect();
    assert_eq!(
        places,
        [
            ("zeta", Role::ReadOnly, true),
            ("acme", Role::Operator, false)
        ]
    );
    let nobody = UserId::generate(&seed.ambient);
    assert!(
        users::memberships(&mut tx, nobody)
            .await
            .unwrap()
            .is_empty()
    );
}

async fn nobody_joins_twice(db: TestDb) {
    let seed = Seed::new(&db);
    let acme = seed.tenant("acme").await;
    let alice = seed.user("alice", "hash", acme.id, Role::Member).await;

    let mut tx = db.system("test").await.unwrap();
    let refused = users::join(&mut tx, alice.id, acme.id, Role::Admin, seed.now()).await;
    assert!(refused.is_err_and(|error| error.is_unique_violation()));
}

async fn a_token_is_found_by_its_hash_alone(db: TestDb) {
    let seed = Seed::new(&db);
    let acme = seed.tenant("acme").await;
    let alice = seed.user("alice", "hash", acme.id, Role::Member).await;
    let token = seed.token(alice.id, &"ab".repeat(32)).await;

    let mut tx = db.system_read("test").await.unwrap();
    let presented = tokens::present(&mut tx, &"ab".repeat(32)).await.unwrap();
    let presented = presented.unwrap();
    assert_eq!((presented.token, presented.user), (token, alice.id));
    assert_eq!(presented.username, "alice");
    assert!(!presented.disabled);
    assert_eq!((presented.expires_at, presented.revoked_at), (None, None));
    let other = tokens::present(&mut tx, &"cd".repeat(32)).await.unwrap();
    assert!(other.is_none());
}

async fn a_token_keeps_its_end(db: TestDb) {
    let seed = Seed::new(&db);
    let acme = seed.tenant("acme").await;
    let alice = seed.user("alice", "hash", acme.id, Role::Member).await;
    let end = seed.now() + std::time::Duration::from_micros(1_000_001);
    let token = NewToken {
        id: TokenId::generate(&seed.ambient),
        user: alice.id,
        label: "laptop".to_owned(),
        secret_sha256: "ef".repeat(32),
        last_four: "efef".to_owned(),
        rights: faxgate_types::Rights::ALL,
        tenant: None,
        expires_at: Some(end),
        from_login: false,
    };
    let mut tx = db.system("test").await.unwrap();
    tokens::insert(&mut tx, &token, seed.now()).await.unwrap();
    let presented = tokens::present(&mut tx, &token.secret_sha256)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(presented.expires_at, Some(end), "to the microsecond");
}

async fn tokens_are_listed_oldest_first(db: TestDb) {
    let seed = Seed::new(&db);
    let acme = seed.tenant("acme").await;
    let bob = seed.user("bob", "hash", acme.id, Role::Member).await;
    let alice = seed.user("alice", "hash", acme.id, Role::Member).await;
    seed.token(bob.id, "1").await;
    seed.clock.advance(std::time::Duration::from_secs(1));
    seed.token(alice.id, "2").await;

    let mut tx = db.system_read("test").await.unwrap();
    let listed = tokens::list(&mut tx).await.unwrap();
    let names: Vec<_> = listed.iter().map(|token| &*token.username).collect();
    assert_eq!(names, ["bob", "alice"]);
    assert_eq!(listed[1].created_at, seed.now());
    assert_eq!((&*listed[1].label, listed[1].expires_at), ("seeded", None));
}

async fn tokens_that_work_are_counted_and_those_of_logins_are_kept_by_their_use(db: TestDb) {
    let seed = Seed::new(&db);
    let acme = seed.tenant("acme").await;
    let user = seed.user("alice", "hash", acme.id, Role::Member).await.id;
    let now = seed.now();
    let second = std::time::Duration::from_secs(1);
    let mut tx = db.system("test").await.unwrap();
    let tx = &mut tx;
    let mut ids = Vec::new();
    for number in 0..8u8 {
        let token = NewToken {
            id: TokenId::generate(&seed.ambient),
            user,
            label: "one".to_owned(),
            secret_sha256: format!("{number:064x}"),
            last_four: "efef".to_owned(),
            rights: faxgate_types::Rights::ALL,
            tenant: None,
            expires_at: (number == 4).then_some(now),
            from_login: number < 4,
        };
        let at = now + second * u32::from(number);
        tokens::insert(tx, &token, at).await.unwrap();
        ids.push(token.id);
    }
    // Of those that no login made one has ended, one is revoked, one has a successor.
    assert!(tokens::revoke(tx, ids[5], now).await.unwrap());
    assert!(
        tokens::replace(tx, ids[6], ids[7], now + second)
            .await
            .unwrap()
    );
    assert!(!tokens::replace(tx, ids[6], ids[7], now).await.unwrap());
    assert_eq!(tokens::at_work(tx, user, now).await.unwrap(), (2, 1));
    // The oldest of the logins' is in use.
    let late = now + second * 60;
    tokens::used(tx, ids[0], late, late).await.unwrap();
    assert_eq!(tokens::keep_logins(tx, user, 2, late).await.unwrap(), 2);
    assert_eq!(tokens::keep_logins(tx, user, 2, late).await.unwrap(), 0);
    let (page, total) = tokens::of_user(tx, user, 2, 1).await.unwrap();
    let page: Vec<_> = page.iter().map(|token| token.id).collect();
    assert_eq!((page, total), (vec![ids[3], ids[4]], 5));
    assert_eq!(tokens::forget(tx, now).await.unwrap(), 0);
    assert_eq!(tokens::forget(tx, now + second).await.unwrap(), 2);
    assert_eq!(tokens::forget(tx, late + second).await.unwrap(), 3);
    assert_eq!(tokens::of_user(tx, user, 9, 0).await.unwrap().1, 3);
}
