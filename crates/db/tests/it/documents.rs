//! Documents and the fax pages made from them.

use faxgate_db::renditions::{self, Rendition};
use faxgate_db::{documents, faxes};
use faxgate_test_support::{TestDb, on_both_databases};
use faxgate_types::{DocumentId, RenditionId};

use crate::world::World;

on_both_databases![
    a_document_is_found_by_name_and_by_id,
    a_document_of_another_tenant_is_not_there,
    a_filename_is_taken_once_in_a_tenant,
    pages_are_remembered_once,
    a_fax_learns_where_its_pages_are
];

async fn a_document_is_found_by_name_and_by_id(db: TestDb) {
    let world = World::new(&db).await;
    let wanted = &world.document;

    let mut tx = db.write(world.tenant).await.unwrap();
    let by_name = documents::to_send(&mut tx, world.tenant, &wanted.filename)
        .await
        .unwrap()
        .unwrap();
    let by_id = documents::find(&mut tx, world.tenant, wanted.id)
        .await
        .unwrap()
        .unwrap();
    for found in [by_name, by_id] {
        assert_eq!((found.id, found.user_id), (wanted.id, world.user.id));
        assert_eq!((found.size, found.pages), (12_345, 3));
        assert_eq!(found.original_name, "letter.pdf");
        assert_eq!(found.sha256, wanted.sha256);
        assert_eq!(found.storage_key, wanted.storage_key);
    }
    let nothing = documents::to_send(&mut tx, world.tenant, "other.pdf").await;
    assert!(nothing.unwrap().is_none());
}

async fn a_document_of_another_tenant_is_not_there(db: TestDb) {
    let world = World::new(&db).await;
    let stranger = world.stranger(&db).await;

    let mut tx = db.write(stranger.tenant).await.unwrap();
    let by_id = documents::find(&mut tx, stranger.tenant, world.document.id).await;
    assert!(by_id.unwrap().is_none());
    let by_name = documents::to_send(&mut tx, stranger.tenant, &world.document.filename).await;
    assert!(by_name.unwrap().is_none());
}

async fn a_filename_is_taken_once_in_a_tenant(db: TestDb) {
    let world = World::new(&db).await;
    let stranger = world.stranger(&db).await;
    let mut again = world.document.clone();

    again.id = DocumentId::generate(&stranger.seed.ambient);
    let mut tx = db.write(world.tenant).await.unwrap();
    let refused = documents::insert(&mut tx, world.tenant, &again, world.now()).await;
    assert!(refused.is_err_and(|error| error.is_unique_violation()));
    drop(tx);

    again.user_id = stranger.user.id;
    let mut tx = db.write(stranger.tenant).await.unwrap();
    documents::insert(&mut tx, stranger.tenant, &again, world.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

fn rendition(world: &World, storage_key: &str) -> Rendition {
    Rendition {
        id: RenditionId::generate(&world.seed.ambient),
        cache_key: "sha256/fine".to_owned(),
        storage_key: storage_key.to_owned(),
        pages: 4,
        line_seconds: 90,
    }
}

async fn pages_are_remembered_once(db: TestDb) {
    let world = World::new(&db).await;
    let (first, second) = (rendition(&world, "first"), rendition(&world, "second"));

    let mut tx = db.write(world.tenant).await.unwrap();
    let nothing = renditions::find(&mut tx, world.tenant, "sha256/fine").await;
    assert!(nothing.unwrap().is_none());
    for made in [&first, &second] {
        renditions::insert(&mut tx, world.tenant, made, world.now())
            .await
            .unwrap();
    }
    let found = renditions::find(&mut tx, world.tenant, "sha256/fine")
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.id, &*found.storage_key), (first.id, "first"));
    assert_eq!((found.pages, found.line_seconds), (4, 90));
    tx.commit().await.unwrap();

    let stranger = world.stranger(&db).await;
    let mut tx = db.read(stranger.tenant).await.unwrap();
    let foreign = renditions::find(&mut tx, stranger.tenant, "sha256/fine").await;
    assert!(foreign.unwrap().is_none(), "the cache is the tenant's own");
}

async fn a_fax_learns_where_its_pages_are(db: TestDb) {
    let world = World::new(&db).await;
    let mut fax = world
        .seed
        .unsaved_fax(world.tenant, &world.document, &["+15550001111"]);
    fax.pages_key = None;
    let made = rendition(&world, "pages");

    let mut tx = db.write(world.tenant).await.unwrap();
    faxes::insert(&mut tx, &fax).await.unwrap();
    faxes::set_pages(&mut tx, world.tenant, fax.id, &made, world.now())
        .await
        .unwrap();
    let fax = faxes::find(&mut tx, world.tenant, fax.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(fax.pages_key.as_deref(), Some("pages"));
    assert_eq!((fax.pages, fax.line_seconds), (4, 90));
}
