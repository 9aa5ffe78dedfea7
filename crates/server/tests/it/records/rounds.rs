//! What a round of removing removes, and what it leaves.

use std::time::Duration;

use bytes::Bytes;
use faxgate_core::{App, Asker, NewHold, Once, RecordSettings};
use faxgate_db::documents::Document;
use faxgate_db::faxes::{self, Progress};
use faxgate_db::renditions::{self, Rendition};
use faxgate_db::retention;
use faxgate_db::tenants::Tenant;
use faxgate_files::{Files, Options, StorageKey};
use faxgate_test_support::{DEADLINE, Raw, Seed, TestDb, eventually, on_both_databases};
use faxgate_types::{FaxId, FaxStatus, KeepChoice, RenditionId, Role, TenantId, UserId};
use tempfile::TempDir;

use crate::under_test::app_keeping;

on_both_databases![
    what_is_old_goes_and_what_something_needs_stays,
    what_a_hold_is_on_stays_until_it_is_lifted,
    a_tenants_own_times_count_before_the_gateways,
    a_file_that_was_doomed_before_the_gateway_was_killed_still_goes,
    what_cannot_be_removed_keeps_nobody_elses_things
];

const DAY: Duration = Duration::from_secs(24 * 3600);

struct World {
    db: TestDb,
    seed: Seed,
    app: App,
    files: Files,
    raw: Raw,
    tenant: Tenant,
    user: UserId,
    folder: TempDir,
}

impl World {
    async fn new(db: TestDb) -> Self {
        let folder = TempDir::new().unwrap();
        let seed = Seed::new(&db);
        let app = app_keeping(&db, &seed.ambient, folder.path(), RecordSettings::default()).await;
        let url = format!("file://{}", folder.path().join("files").display());
        let tenant = seed.tenant("acme").await;
        let user = seed.user("ann", "hash", tenant.id, Role::Member).await.id;
        Self {
            files: Files::open(&url, Options::default()).await.unwrap(),
            raw: Raw::of(&db),
            db,
            seed,
            app,
            tenant,
            user,
            folder,
        }
    }

    async fn put(&self, key: &str) {
        let key: StorageKey = key.parse().unwrap();
        self.files
            .put(&key, Bytes::from_static(b"bytes"))
            .await
            .unwrap();
    }

    async fn has(&self, key: &str) -> bool {
        self.files.exists(&key.parse().unwrap()).await.unwrap()
    }

    /// An upload with its bytes.
    async fn upload(&self) -> Document {
        let document = self.seed.document(self.tenant.id, self.user, 1).await;
        self.put(&document.storage_key).await;
        document
    }

    /// Pages that were made of something, with their bytes.
    async fn pages(&self) -> Rendition {
        let id = RenditionId::generate(&self.seed.ambient);
        let pages = Rendition {
            id,
            cache_key: id.to_string(),
            storage_key: format!("{}/pages/{id}.tif", self.tenant.id),
            pages: 1,
            line_seconds: 30,
        };
        self.put(&pages.storage_key).await;
        let mut tx = self.db.write(self.tenant.id).await.unwrap();
        renditions::insert(&mut tx, self.tenant.id, &pages, self.seed.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        pages
    }

    /// A fax of these, to one number, that has come to this end; `None`: it waits.
    async fn fax(
        &self,
        document: &Document,
        pages: &Rendition,
        to: &str,
        end: Option<FaxStatus>,
    ) -> FaxId {
        let fax = self.seed.fax(self.tenant.id, document, &[to]).await.fax.id;
        let now = self.seed.now();
        let mut tx = self.db.write(self.tenant.id).await.unwrap();
        faxes::set_pages(&mut tx, self.tenant.id, fax, pages, now)
            .await
            .unwrap();
        if let Some(status) = end {
            let progress = Progress {
                status,
                more_seconds: 0,
                error: None,
            };
            faxes::progress(&mut tx, self.tenant.id, fax, &progress, now)
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        if let Some(status) = end {
            self.raw
                .execute(&format!(
                    "UPDATE queue_items SET state = '{status}' WHERE fax_id = '{fax}'"
                ))
                .await;
        }
        fax
    }

    async fn is_removed(&self, fax: FaxId) -> bool {
        let mut tx = self.db.read(self.tenant.id).await.unwrap();
        let at = retention::removed_at(&mut tx, self.tenant.id, fax)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        at.is_some()
    }

    /// One round, to its end.
    async fn round(&self) {
        self.app.begin_to_retain().await.unwrap();
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let app = self.app.clone();
        let jobs = tokio::spawn(async move { app.run_jobs(stopped).await });
        eventually("a round ends", DEADLINE, async || {
            let begun = "SELECT kind AS line FROM jobs WHERE kind = 'retain'";
            self.raw.lines(begun).await.is_empty().then_some(())
        })
        .await;
        stop.send(true).unwrap();
        jobs.await.unwrap();
    }
}

async fn what_is_old_goes_and_what_something_needs_stays(db: TestDb) {
    use FaxStatus::{Failed, Processing, Sent};
    const TO: &str = "+12125550001";
    let world = World::new(db).await;
    let (alone, shared, pages, shared_pages) = (
        world.upload().await,
        world.upload().await,
        world.pages().await,
        world.pages().await,
    );
    let (unsent, failed_pages) = (world.upload().await, world.pages().await);
    let sent = world.fax(&alone, &pages, TO, Some(Sent)).await;
    let sent_too = world.fax(&shared, &shared_pages, TO, Some(Sent)).await;
    let held = world
        .fax(&shared, &shared_pages, TO, Some(Processing))
        .await;
    world
        .raw
        .execute(&format!(
            "UPDATE queue_items SET state = 'held' WHERE fax_id = '{held}'"
        ))
        .await;
    let failed = world.fax(&shared, &failed_pages, TO, Some(Failed)).await;

    world.seed.clock.advance(DAY * 7 - Duration::from_secs(60));
    world.round().await;
    for fax in [sent, sent_too, held, failed] {
        assert!(!world.is_removed(fax).await);
    }
    assert!(world.has(&unsent.storage_key).await);

    world.seed.clock.advance(DAY);
    world.round().await;
    assert!(world.is_removed(failed).await && !world.has(&failed_pages.storage_key).await);
    assert!(!world.has(&unsent.storage_key).await, "it was never sent");
    assert!(
        world.has(&shared.storage_key).await,
        "two other faxes need it"
    );
    assert!(!world.is_removed(sent).await);

    world.seed.clock.advance(DAY * 23);
    world.round().await;
    assert!(world.is_removed(sent).await && world.is_removed(sent_too).await);
    assert!(!world.has(&alone.storage_key).await && !world.has(&pages.storage_key).await);
    assert!(
        !world.is_removed(held).await,
        "somebody has to decide about it"
    );
    assert!(world.has(&shared.storage_key).await && world.has(&shared_pages.storage_key).await);
    // What happened stays.
    let rows = world.raw.lines("SELECT id AS line FROM faxes").await;
    assert_eq!(rows.len(), 4);

    // A second round finds nothing, and does no harm.
    let before = world
        .raw
        .lines("SELECT hash AS line FROM audit_heads")
        .await;
    world.round().await;
    let after = world
        .raw
        .lines("SELECT hash AS line FROM audit_heads")
        .await;
    assert_eq!(before.len(), after.len());
    assert!(
        world
            .raw
            .lines("SELECT storage_key AS line FROM doomed_files")
            .await
            .is_empty()
    );
}

async fn what_a_hold_is_on_stays_until_it_is_lifted(db: TestDb) {
    use FaxStatus::Sent;
    let world = World::new(db).await;
    let (document, pages) = (world.upload().await, world.pages().await);
    let to_held = world
        .fax(&document, &pages, "+12125550001", Some(Sent))
        .await;
    let (other, other_pages) = (world.upload().await, world.pages().await);
    let free = world
        .fax(&other, &other_pages, "+12125550002", Some(Sent))
        .await;
    let hold = |number: Option<&str>| NewHold {
        number: number.map(str::to_owned),
        reason: "a lawsuit".to_owned(),
        ..NewHold::default()
    };
    let place = async |new: NewHold| {
        let placed = world
            .app
            .place_hold(&Asker::Console, "acme", new, Once::default());
        placed.await.unwrap()
    };
    let all = place(hold(None)).await;
    let number = place(hold(Some("(212) 555-0001"))).await;
    world.seed.clock.advance(DAY * 31);
    world.round().await;
    assert!(!world.is_removed(to_held).await && !world.is_removed(free).await);

    world
        .app
        .lift_hold(&Asker::Console, "acme", all.id)
        .await
        .unwrap();
    world.round().await;
    assert!(world.is_removed(free).await && !world.is_removed(to_held).await);
    assert!(!world.has(&other.storage_key).await && !world.has(&other_pages.storage_key).await);
    assert!(world.has(&document.storage_key).await && world.has(&pages.storage_key).await);
    let too_late = NewHold {
        fax: Some(free),
        ..hold(None)
    };
    let refused = world
        .app
        .place_hold(&Asker::Console, "acme", too_late, Once::default());
    assert_eq!(refused.await.unwrap_err().code, "ALREADY_REMOVED");

    world
        .app
        .lift_hold(&Asker::Console, "acme", number.id)
        .await
        .unwrap();
    let again = world
        .app
        .lift_hold(&Asker::Console, "acme", number.id)
        .await;
    assert_eq!(again.unwrap_err().code, "ALREADY_LIFTED");
    world.round().await;
    assert!(world.is_removed(to_held).await && !world.has(&document.storage_key).await);
    let (holds, total) = world
        .app
        .holds(&Asker::Console, "acme", true, 10, 0)
        .await
        .unwrap();
    assert_eq!((holds.len(), total), (2, 2));
}

async fn a_tenants_own_times_count_before_the_gateways(db: TestDb) {
    use FaxStatus::Sent;
    let world = World::new(db).await;
    let (document, pages) = (world.upload().await, world.pages().await);
    let fax = world
        .fax(&document, &pages, "+12125550001", Some(Sent))
        .await;
    let choice = |sent_days| KeepChoice {
        sent_days,
        ..KeepChoice::default()
    };
    let change = async |days| {
        let changed = world
            .app
            .change_retention(&Asker::Console, "acme", choice(days));
        changed.await.unwrap().sent
    };
    assert_eq!(change(Some(0)).await, 0);
    world.seed.clock.advance(DAY * 3650);
    world.round().await;
    assert!(!world.is_removed(fax).await, "it is kept for ever");
    assert_eq!(change(Some(3651)).await, 3651);
    world.round().await;
    assert!(!world.is_removed(fax).await);
    assert_eq!(change(None).await, 30);
    world.round().await;
    assert!(world.is_removed(fax).await && !world.has(&pages.storage_key).await);
}

/// Rows first, then the file, then what says that it is to go: whatever was killed in between is taken up here.
async fn a_file_that_was_doomed_before_the_gateway_was_killed_still_goes(db: TestDb) {
    let world = World::new(db).await;
    let (left, gone) = (world.pages().await.storage_key, "t/pages/gone.tif");
    let now = world.seed.now();
    world
        .raw
        .execute(&format!(
            "INSERT INTO doomed_files (storage_key, doomed_at) VALUES ('{left}', '{now}'), ('{gone}', '{now}')"
        ))
        .await;
    world.round().await;
    assert!(!world.has(&left).await);
    assert!(
        world
            .raw
            .lines("SELECT storage_key AS line FROM doomed_files")
            .await
            .is_empty()
    );
}

async fn what_cannot_be_removed_keeps_nobody_elses_things(db: TestDb) {
    let world = World::new(db).await;
    // A file that the store will not give up, and a tenant whose choice nobody can read.
    let folder = world
        .folder
        .path()
        .join("files")
        .join(world.tenant.id.to_string());
    std::fs::create_dir_all(&folder).unwrap();
    std::os::unix::fs::symlink("loop", folder.join("loop")).unwrap();
    let stuck = format!("{}/loop/pages.tif", world.tenant.id);
    let other = world.seed.tenant("other").await.id;
    world.raw.execute(&format!("INSERT INTO doomed_files (storage_key, doomed_at) VALUES ('{stuck}', '2020-01-01T00:00:00.000000Z')")).await;
    let (document, pages) = (world.upload().await, world.pages().await);
    let sent = world
        .fax(&document, &pages, "+12125550001", Some(FaxStatus::Sent))
        .await;
    world.seed.clock.advance(DAY * 31);
    let unreadable =
        |tenant: TenantId| format!("UPDATE tenants SET retention = '[' WHERE id = '{tenant}'");
    world.raw.execute(&unreadable(world.tenant.id)).await;
    world.round().await;
    assert!(
        !world.is_removed(sent).await,
        "nobody knows how long it is to be kept"
    );
    world
        .raw
        .execute("UPDATE tenants SET retention = '{}'")
        .await;
    world.raw.execute(&unreadable(other)).await;
    world.round().await;
    assert!(world.is_removed(sent).await);
    assert!(!world.has(&pages.storage_key).await && !world.has(&document.storage_key).await);
    let doomed = world
        .raw
        .lines("SELECT storage_key AS line FROM doomed_files")
        .await;
    assert_eq!(doomed, [stuck], "it is tried again in the next round");
}
