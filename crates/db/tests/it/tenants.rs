//! Tenants and their numbers.

use faxgate_db::{dids, tenants};
use faxgate_test_support::{Seed, TestDb, on_both_databases};

on_both_databases![
    a_tenant_reads_back_as_it_was_written,
    a_slug_is_taken_once,
    tenants_are_listed_by_slug,
    a_number_belongs_to_one_tenant,
    numbers_are_listed
];

async fn a_tenant_reads_back_as_it_was_written(db: TestDb) {
    let seed = Seed::new(&db);
    let acme = seed.tenant("acme").await;

    let mut tx = db.read(acme.id).await.unwrap();
    let found = tenants::find(&mut tx, acme.id).await.unwrap().unwrap();
    assert_eq!(
        (found.id, &*found.slug, &*found.name, found.country),
        (acme.id, "acme", "acme, Inc.", acme.country)
    );
    assert_eq!(found.allowed_countries, acme.allowed_countries);
    assert_eq!(found.time_zone, acme.time_zone);
    drop(tx);

    let mut tx = db.system_read("test").await.unwrap();
    let by_slug = tenants::by_slug(&mut tx, "acme").await.unwrap().unwrap();
    assert_eq!(by_slug.id, acme.id);
    assert!(tenants::by_slug(&mut tx, "ACME").await.unwrap().is_none());
}

async fn a_slug_is_taken_once(db: TestDb) {
    let seed = Seed::new(&db);
    let mut again = seed.tenant("acme").await;
    again.id = faxgate_types::TenantId::generate(&seed.ambient);

    let mut tx = db.system("test").await.unwrap();
    let refused = tenants::insert(&mut tx, &again, seed.now()).await;
    assert!(refused.is_err_and(|error| error.is_unique_violation()));
}

async fn tenants_are_listed_by_slug(db: TestDb) {
    let seed = Seed::new(&db);
    for slug in ["zeta", "acme", "b-2", "b-10"] {
        seed.tenant(slug).await;
    }
    let mut tx = db.system_read("test").await.unwrap();
    let listed = tenants::list(&mut tx).await.unwrap();
    let slugs: Vec<_> = listed.iter().map(|tenant| &*tenant.slug).collect();
    assert_eq!(slugs, ["acme", "b-10", "b-2", "zeta"]);
}

async fn a_number_belongs_to_one_tenant(db: TestDb) {
    let seed = Seed::new(&db);
    let (acme, other) = (seed.tenant("acme").await, seed.tenant("other").await);
    let number = seed.did(acme.id, "+15550000001").await;

    let mut tx = db.system("test").await.unwrap();
    assert_eq!(dids::owner(&mut tx, &number).await.unwrap(), Some(acme.id));
    let nobodys = "+15550000002".parse().unwrap();
    assert_eq!(dids::owner(&mut tx, &nobodys).await.unwrap(), None);

    let refused = dids::insert(&mut tx, other.id, &number, &seed.ambient).await;
    assert!(refused.is_err_and(|error| error.is_unique_violation()));
}

async fn numbers_are_listed(db: TestDb) {
    let seed = Seed::new(&db);
    let (acme, other) = (seed.tenant("acme").await, seed.tenant("other").await);
    let second = seed.did(acme.id, "+15550000002").await;
    seed.clock.advance(std::time::Duration::from_secs(1));
    let first = seed.did(acme.id, "+15550000001").await;
    let foreign = seed.did(other.id, "+15550000003").await;

    let mut tx = db.read(acme.id).await.unwrap();
    let own = dids::of_tenant(&mut tx, acme.id).await.unwrap();
    assert_eq!(own, [second.clone(), first.clone()], "oldest first");
    drop(tx);

    let mut tx = db.system_read("test").await.unwrap();
    let all = dids::list(&mut tx).await.unwrap();
    let named = |number, slug: &str| (number, slug.to_owned(), true);
    assert_eq!(
        all,
        [
            named(first, "acme"),
            named(second, "acme"),
            named(foreign, "other")
        ],
        "by number"
    );
}
