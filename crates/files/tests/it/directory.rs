//! What only a directory does.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use faxgate_files::{Files, Options};

use crate::key;

async fn open(place: &Path, max_bytes: u64) -> Files {
    let options = Options {
        max_bytes,
        ..Options::default()
    };
    Files::open(&format!("file://{}", place.display()), options)
        .await
        .unwrap()
}

#[tokio::test]
async fn files_lie_where_their_keys_say() {
    let place = tempfile::tempdir().unwrap();
    let files = open(place.path(), 1000).await;
    files.put(&key("a.pdf"), Bytes::from("x")).await.unwrap();
    let path = files.local_path(&key("a.pdf")).unwrap();
    assert!(path.is_absolute() && path.ends_with("tenant-1/originals/a.pdf"));
    assert_eq!(fs::read(&path).unwrap(), b"x");
    assert_eq!(
        fs::read_dir(path.parent().unwrap()).unwrap().count(),
        1,
        "no part is left"
    );
}

#[tokio::test]
async fn files_outlive_the_store_that_wrote_them() {
    let place = tempfile::tempdir().unwrap();
    open(place.path(), 1000)
        .await
        .put(&key("a"), Bytes::from("x"))
        .await
        .unwrap();
    let later = open(place.path(), 1000).await;
    assert_eq!(later.get(&key("a")).await.unwrap().unwrap(), "x");
}

#[tokio::test]
async fn a_file_that_grew_beyond_the_bound_is_not_read() {
    let place = tempfile::tempdir().unwrap();
    let files = open(place.path(), 64).await;
    files.put(&key("a"), Bytes::from("x")).await.unwrap();
    fs::write(files.local_path(&key("a")).unwrap(), [0; 65]).unwrap();
    assert!(files.get(&key("a")).await.unwrap_err().is_too_large());
}

#[tokio::test]
async fn regular_files_are_taken_in_and_nothing_else() {
    let place = tempfile::tempdir().unwrap();
    let files = open(&place.path().join("store"), 64).await;
    let rx = place.path().join("rx.tif");
    fs::write(&rx, "received").unwrap();
    assert_eq!(files.put_path(&key("rx"), &rx).await.unwrap().size, 8);
    assert_eq!(files.get(&key("rx")).await.unwrap().unwrap(), "received");
    let opened = fs::File::open(&rx).unwrap();
    assert_eq!(
        files.put_file(&key("opened"), opened).await.unwrap().size,
        8
    );

    let link = place.path().join("link.tif");
    std::os::unix::fs::symlink(&rx, &link).unwrap();
    let pipe = place.path().join("pipe");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        0o600.into(),
        0,
    )
    .unwrap();
    for bad in [&link, &pipe, place.path(), Path::new("/dev/zero")] {
        let refused = files.put_path(&key("bad"), bad).await.unwrap_err();
        assert!(
            refused.to_string().contains("not a regular file"),
            "{refused}"
        );
    }
    assert!(
        files
            .put_path(&key("bad"), &place.path().join("none"))
            .await
            .is_err()
    );
    fs::write(&rx, [0; 65]).unwrap();
    assert!(
        files
            .put_path(&key("bad"), &rx)
            .await
            .unwrap_err()
            .is_too_large()
    );
    assert!(!files.exists(&key("bad")).await.unwrap());
}

#[tokio::test]
async fn addresses_of_no_store_are_refused() {
    for url in [
        "",
        "data/files",
        "file://",
        "s3://",
        "s3:///",
        "ftp://x/y",
        "memory://",
    ] {
        let error = Files::open(url, Options::default()).await.unwrap_err();
        assert!(
            error.to_string().contains("file://DIRECTORY"),
            "{url}: {error}"
        );
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    let url = format!("file://{}", file.path().display());
    assert!(Files::open(&url, Options::default()).await.is_err());
}
