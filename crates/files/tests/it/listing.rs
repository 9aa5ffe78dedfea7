//! What a tenant has in the store.

use bytes::Bytes;
use faxgate_files::{Files, Options, StorageKey};

use crate::s3_double::S3Double;

async fn names(files: &Files, tenant: &str) -> Vec<(String, u64)> {
    let mut listing = files.list(tenant).unwrap();
    let mut names = Vec::new();
    while let Some(file) = listing.next().await.unwrap() {
        names.push((file.key.to_string(), file.size));
    }
    names.sort();
    names
}

#[tokio::test]
async fn a_tenants_files_are_listed_and_nobody_elses() {
    let place = tempfile::tempdir().unwrap();
    let url = format!("file://{}", place.path().display());
    let files = Files::open(&url, Options::default()).await.unwrap();
    assert_eq!(names(&files, "tenant-1").await, []);
    for (tenant, area, name) in [
        ("tenant-1", "documents", "a.pdf"),
        ("tenant-1", "pages", "b.tif"),
        ("tenant-10", "pages", "c.tif"),
        ("tenant-2", "pages", "d.tif"),
    ] {
        let key = StorageKey::new(tenant, area, name).unwrap();
        files.put(&key, Bytes::from_static(b"12345")).await.unwrap();
    }
    let expected = [
        ("tenant-1/documents/a.pdf".to_owned(), 5),
        ("tenant-1/pages/b.tif".to_owned(), 5),
    ];
    assert_eq!(names(&files, "tenant-1").await, expected);
    assert!(files.list("..").is_err() && files.list("a/b").is_err());

    for (key, _) in expected {
        assert!(files.delete(&key.parse().unwrap()).await.unwrap());
    }
    files.remove_directory_of("tenant-1").await.unwrap();
    files.remove_directory_of("tenant-1").await.unwrap();
    assert!(!place.path().join("tenant-1").exists());
    assert_eq!(names(&files, "tenant-10").await.len(), 1);
    assert!(files.remove_directory_of("..").await.is_err());
    assert!(files.remove_directory_of("").await.is_err());
}

#[tokio::test]
async fn on_s3_it_is_listed_behind_the_prefix() {
    let double = S3Double::start().await;
    let options = Options {
        s3: double.options(),
        ..Options::default()
    };
    let files = Files::open("s3://faxes/some/prefix", options)
        .await
        .unwrap();
    for tenant in ["tenant-1", "tenant-10"] {
        let key = StorageKey::new(tenant, "pages", "b.tif").unwrap();
        files.put(&key, Bytes::from_static(b"12345")).await.unwrap();
    }
    let expected = [("tenant-1/pages/b.tif".to_owned(), 5)];
    assert_eq!(names(&files, "tenant-1").await, expected);
    files.remove_directory_of("tenant-1").await.unwrap();
}
