//! Whoever can write to the database cannot change the audit log unseen.

use faxgate_core::{App, Asker, AuditReport, Flaw, NewTenant, Once, RecordSettings, Sealed};
use faxgate_test_support::{DEADLINE, Raw, TestDb, eventually, on_both_databases};
use faxgate_types::{Ambient, TimeZone};
use tempfile::TempDir;

use crate::under_test::app_keeping;

on_both_databases![
    whatever_is_done_to_a_chain_is_found_at_its_entry,
    a_chain_that_was_rolled_back_is_missed_by_an_anchor,
    the_gateway_notes_the_ends_itself,
    what_was_changed_is_not_washed_clean_by_what_follows,
    a_log_that_is_gone_as_a_whole_is_missed
];

/// Entries of each chain.
const ENTRIES: i64 = 6;

struct World {
    app: App,
    raw: Raw,
    _folder: TempDir,
}

impl World {
    async fn new(db: &TestDb) -> Self {
        let folder = TempDir::new().unwrap();
        let records = RecordSettings {
            seal: Some("0123456789abcdef0123456789abcdef".to_owned().into()),
            ..RecordSettings::default()
        };
        let app = app_keeping(db, &Ambient::system(), folder.path(), records).await;
        app.begin_audit(false).await.unwrap();
        Self {
            app,
            raw: Raw::of(db),
            _folder: folder,
        }
    }

    /// A tenant with so many entries in its chain; gives the chain's name.
    async fn tenant(&self, slug: &str) -> String {
        let new = NewTenant {
            slug: slug.to_owned(),
            name: None,
            country: "US".parse().unwrap(),
            time_zone: TimeZone::UTC,
        };
        let made = self
            .app
            .create_tenant(&Asker::Console, new, Once::default());
        let made = made.await.unwrap();
        for n in 1..ENTRIES {
            self.entry(slug, n).await;
        }
        made.id.to_string()
    }

    async fn entry(&self, slug: &str, n: i64) {
        let number = format!("+1212555{n:04}");
        self.app
            .do_not_fax(&number, Some(slug), "asked for it")
            .await
            .unwrap();
    }

    async fn reports(&self) -> Vec<AuditReport> {
        self.app.verify_audit(None, None).await.unwrap()
    }

    async fn flaw(&self, slug: &str) -> Option<Flaw> {
        let reports = self.app.verify_audit(Some(slug), None).await.unwrap();
        reports[0].flaw
    }

    async fn on_entries(&self, statements: &str) {
        self.raw.tamper("audit_entries", statements).await;
    }

    async fn on_heads(&self, statements: &str) {
        self.raw.tamper("audit_heads", statements).await;
    }
}

async fn whatever_is_done_to_a_chain_is_found_at_its_entry(db: TestDb) {
    const COPY: &str = "INSERT INTO audit_entries (chain, seq, at, actor, action, object, details, hash) \
         SELECT chain, 7, at, actor, action, object, details, hash FROM audit_entries WHERE";
    const CUT: &str = "DELETE FROM audit_entries WHERE";
    let world = World::new(&db).await;
    let untouched = world.tenant("untouched").await;
    let set = |what: &str| format!("UPDATE audit_entries SET {what} WHERE seq = 3 AND");
    let cases: Vec<(String, Flaw)> = vec![
        (set("object = 'another'"), Flaw::Changed(3)),
        (set("details = '{}'"), Flaw::Changed(3)),
        (
            set("actor = 'system', actor_name = 'nobody'"),
            Flaw::Changed(3),
        ),
        (set("address = '192.0.2.7'"), Flaw::Changed(3)),
        (set("at = '2020-01-01T00:00:00.000000Z'"), Flaw::Changed(3)),
        (set("hash = 'ff'"), Flaw::Changed(3)),
        (format!("{CUT} seq = 3 AND"), Flaw::Missing(3)),
        (format!("{CUT} seq = 1 AND"), Flaw::Missing(1)),
        (format!("{CUT} seq >= 4 AND"), Flaw::Cut(4)),
        (CUT.to_owned(), Flaw::Cut(1)),
        (format!("{COPY} seq = 3 AND"), Flaw::Changed(7)),
    ];
    let mut expected = Vec::new();
    for (n, (statement, flaw)) in cases.into_iter().enumerate() {
        let slug = format!("case-{n}");
        let chain = world.tenant(&slug).await;
        world
            .on_entries(&format!("{statement} chain = '{chain}'"))
            .await;
        expected.push((slug, flaw));
    }

    let chain = world.tenant("swapped").await;
    for (from, to) in [(2, 100), (5, 2), (100, 5)] {
        let swap =
            format!("UPDATE audit_entries SET seq = {to} WHERE seq = {from} AND chain = '{chain}'");
        world.on_entries(&swap).await;
    }
    expected.push(("swapped".to_owned(), Flaw::Changed(2)));

    let back = "(SELECT hash FROM audit_entries e WHERE e.chain = audit_heads.chain AND e.seq = 5)";
    for (slug, statement, flaw) in [
        (
            "no-end",
            "DELETE FROM audit_heads WHERE".to_owned(),
            Flaw::EndMissing(ENTRIES),
        ),
        (
            "other-end",
            "UPDATE audit_heads SET hash = 'ff' WHERE".to_owned(),
            Flaw::EndChanged(ENTRIES),
        ),
        (
            "bare",
            "UPDATE audit_heads SET seal = NULL WHERE".to_owned(),
            Flaw::Bare(ENTRIES),
        ),
        (
            "forged",
            "UPDATE audit_heads SET seal = substr(seal, 1, 9) || 'ff' WHERE".to_owned(),
            Flaw::Forged(ENTRIES),
        ),
        (
            "moved-back",
            format!("UPDATE audit_heads SET seq = 5, hash = {back} WHERE"),
            Flaw::BehindTheEnd(ENTRIES),
        ),
    ] {
        let chain = world.tenant(slug).await;
        world
            .on_heads(&format!("{statement} chain = '{chain}'"))
            .await;
        expected.push((slug.to_owned(), flaw));
    }

    let chain = world.tenant("shortened").await;
    world
        .on_heads(&format!(
            "UPDATE audit_heads SET seq = 5, hash = {back} WHERE chain = '{chain}'"
        ))
        .await;
    world
        .on_entries(&format!("{CUT} seq = 6 AND chain = '{chain}'"))
        .await;
    expected.push(("shortened".to_owned(), Flaw::Forged(5)));

    let reports = world.reports().await;
    for (slug, flaw) in expected {
        let report = reports
            .iter()
            .find(|report| report.tenant.as_deref() == Some(&slug));
        assert_eq!(report.and_then(|report| report.flaw), Some(flaw), "{slug}");
    }
    let sound = reports
        .iter()
        .find(|report| report.chain == untouched)
        .unwrap();
    assert_eq!(
        (sound.flaw, sound.entries, sound.sealed),
        (None, ENTRIES, Sealed::Yes)
    );
}

/// Entries, end and seal, all as they were once.
async fn roll_back(world: &World, chain: &str, end: &str) {
    world
        .on_entries(&format!(
            "DELETE FROM audit_entries WHERE seq > {ENTRIES} AND chain = '{chain}'"
        ))
        .await;
    let (hash, seal) = end.split_once(' ').unwrap();
    world
        .on_heads(&format!(
            "UPDATE audit_heads SET seq = {ENTRIES}, hash = '{hash}', seal = '{seal}' WHERE chain = '{chain}'"
        ))
        .await;
}

async fn end_of(world: &World, chain: &str) -> String {
    let query =
        format!("SELECT hash || ' ' || seal AS line FROM audit_heads WHERE chain = '{chain}'");
    world.raw.lines(&query).await.remove(0)
}

async fn a_chain_that_was_rolled_back_is_missed_by_an_anchor(db: TestDb) {
    let world = World::new(&db).await;
    let chain = world.tenant("acme").await;
    let end = end_of(&world, &chain).await;
    world.entry("acme", 7).await;
    world.entry("acme", 8).await;
    let anchor = world.app.anchor().await.unwrap();
    let sound = world
        .app
        .verify_audit(Some("acme"), Some(&anchor))
        .await
        .unwrap();
    assert_eq!((sound[0].flaw, sound[0].anchored), (None, 1));

    roll_back(&world, &chain, &end).await;
    assert_eq!(world.flaw("acme").await, None, "it is sound in itself");
    let missed = world.app.verify_audit(None, Some(&anchor)).await.unwrap();
    let of_acme = missed.iter().find(|report| report.chain == chain).unwrap();
    assert_eq!(of_acme.flaw, Some(Flaw::RolledBack(ENTRIES + 2)));

    // Nor does it help to remove all of it, or to change the anchor.
    world
        .on_entries(&format!(
            "DELETE FROM audit_entries WHERE chain = '{chain}'"
        ))
        .await;
    world
        .on_heads(&format!("DELETE FROM audit_heads WHERE chain = '{chain}'"))
        .await;
    let missed = world.app.verify_audit(None, Some(&anchor)).await.unwrap();
    let of_acme = missed.iter().find(|report| report.chain == chain).unwrap();
    assert_eq!(of_acme.flaw, Some(Flaw::RolledBack(ENTRIES + 2)));
    let mut changed = anchor.clone();
    for end in &mut changed.chains {
        end.seq = 1;
    }
    let told = world.app.verify_audit(None, Some(&changed)).await.unwrap();
    let of_acme = told.iter().find(|report| report.chain == chain).unwrap();
    assert_eq!(of_acme.flaw, Some(Flaw::AnchorForged(1)));
}

async fn the_gateway_notes_the_ends_itself(db: TestDb) {
    let world = World::new(&db).await;
    let chain = world.tenant("acme").await;
    let end = end_of(&world, &chain).await;
    world.entry("acme", 7).await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let app = world.app.clone();
    let jobs = tokio::spawn(async move { app.run_jobs(stopped).await });
    eventually("the ends are noted", DEADLINE, async || {
        let noted = "SELECT object AS line FROM audit_entries WHERE chain = 'gateway' AND action = 'audit.anchored'";
        (!world.raw.lines(noted).await.is_empty()).then_some(())
    })
    .await;
    stop.send(true).unwrap();
    jobs.await.unwrap();
    assert_eq!(world.flaw("acme").await, None);
    roll_back(&world, &chain, &end).await;
    assert_eq!(
        world.flaw("acme").await,
        Some(Flaw::RolledBack(ENTRIES + 1))
    );
}

async fn what_was_changed_is_not_washed_clean_by_what_follows(db: TestDb) {
    let world = World::new(&db).await;
    let chain = world.tenant("acme").await;
    world
        .on_heads(&format!(
            "UPDATE audit_heads SET seal = NULL WHERE chain = '{chain}'"
        ))
        .await;
    world.entry("acme", 7).await;
    assert_eq!(world.flaw("acme").await, Some(Flaw::Bare(ENTRIES + 1)));
    // Somebody looked it over, and says so.
    assert_eq!(
        world.app.seal_audit().await.unwrap(),
        std::slice::from_ref(&chain)
    );
    assert_eq!(world.flaw("acme").await, None);

    world
        .on_entries(&format!(
            "UPDATE audit_entries SET object = 'x' WHERE seq = 2 AND chain = '{chain}'"
        ))
        .await;
    world.entry("acme", 8).await;
    assert_eq!(world.flaw("acme").await, Some(Flaw::Changed(2)));
    let refused = world.app.seal_audit().await.unwrap_err();
    assert_eq!(refused.code, "AUDIT_FLAWED");
}

async fn a_log_that_is_gone_as_a_whole_is_missed(db: TestDb) {
    let world = World::new(&db).await;
    let acme = world.tenant("acme").await;
    let beta = world.tenant("beta").await;
    for report in world.reports().await {
        assert_eq!((report.flaw, report.sealed), (None, Sealed::Yes));
    }
    // One tenant's, and then everything; whatever else there is of it.
    let of_acme = format!("WHERE chain = '{acme}'");
    world
        .on_entries(&format!("DELETE FROM audit_entries {of_acme}"))
        .await;
    world
        .on_heads(&format!("DELETE FROM audit_heads {of_acme}"))
        .await;
    assert_eq!(world.flaw("acme").await, Some(Flaw::Gone));
    assert_eq!(world.flaw("beta").await, None);
    world.on_entries("DELETE FROM audit_entries").await;
    world.on_heads("DELETE FROM audit_heads").await;
    // Nor does the next start hide it.
    world.app.begin_audit(false).await.unwrap();
    let reports = world.reports().await;
    let mut gone: Vec<_> = reports.iter().map(|report| report.chain.as_str()).collect();
    gone.sort_unstable();
    let mut expected = ["gateway", acme.as_str(), beta.as_str()];
    expected.sort_unstable();
    assert_eq!(gone, expected);
    for report in &reports {
        assert_eq!((report.flaw, report.sealed), (Some(Flaw::Gone), Sealed::No));
    }
    // Somebody looked around, and says so: from here on it goes.
    assert_eq!(world.app.seal_audit().await.unwrap().len(), 3);
    assert!(
        world
            .reports()
            .await
            .iter()
            .all(|report| report.flaw.is_none())
    );
}
