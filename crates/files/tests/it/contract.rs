//! What holds on every store.

use bytes::Bytes;
use faxgate_files::{Files, Options, Sha256Digest};

use crate::key;
use crate::s3_double::S3Double;

const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

async fn directory(max_bytes: u64) -> (tempfile::TempDir, Files) {
    let place = tempfile::tempdir().unwrap();
    let url = format!("file://{}/not/yet/there", place.path().display());
    let options = Options {
        max_bytes,
        ..Options::default()
    };
    (place, Files::open(&url, options).await.unwrap())
}

async fn s3(max_bytes: u64) -> (S3Double, Files) {
    let double = S3Double::start().await;
    let options = Options {
        max_bytes,
        s3: double.options(),
    };
    let files = Files::open("s3://faxes/some/prefix", options)
        .await
        .unwrap();
    (double, files)
}

async fn bytes_come_back(files: &Files) {
    let stored = files
        .put(&key("a.pdf"), Bytes::from("hello"))
        .await
        .unwrap();
    assert_eq!(stored.size, 5);
    assert_eq!(stored.sha256.to_string(), HELLO);
    assert_eq!(HELLO.parse::<Sha256Digest>().unwrap(), stored.sha256);
    assert_eq!(files.get(&key("a.pdf")).await.unwrap().unwrap(), "hello");
    assert!(files.exists(&key("a.pdf")).await.unwrap());

    let empty = files.put(&key("empty"), Bytes::new()).await.unwrap();
    assert_eq!(empty.size, 0);
    assert_eq!(files.get(&key("empty")).await.unwrap().unwrap(), "");
}

async fn what_is_not_there_is_no_error(files: &Files) {
    assert!(files.get(&key("none")).await.unwrap().is_none());
    assert!(!files.exists(&key("none")).await.unwrap());
    assert!(!files.delete(&key("none")).await.unwrap());
    let dir = tempfile::tempdir().unwrap();
    let exported = files.export_to(&key("none"), dir.path(), "out.tif").await;
    assert!(exported.unwrap().is_none());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

async fn a_key_means_one_content(files: &Files) {
    files.put(&key("a"), Bytes::from("first")).await.unwrap();
    let again = files.put(&key("a"), Bytes::from("first")).await.unwrap();
    assert_eq!(again.size, 5);
    let error = files
        .put(&key("a"), Bytes::from("other"))
        .await
        .unwrap_err();
    assert!(error.is_conflict(), "{error}");
    assert!(!error.is_full() && !error.is_unavailable());
    assert_eq!(files.get(&key("a")).await.unwrap().unwrap(), "first");

    assert!(files.delete(&key("a")).await.unwrap());
    assert!(!files.exists(&key("a")).await.unwrap());
    files.put(&key("a"), Bytes::from("other")).await.unwrap();
    assert_eq!(files.get(&key("a")).await.unwrap().unwrap(), "other");
}

async fn one_content_can_take_the_place_of_another(files: &Files) {
    let taken = key("replaced");
    for bytes in ["first", "second, longer", ""] {
        files.replace(&taken, Bytes::from(bytes)).await.unwrap();
        assert_eq!(files.get(&taken).await.unwrap().unwrap(), bytes);
    }
    let too_large = files.replace(&taken, Bytes::from(vec![0; 1001])).await;
    assert!(too_large.unwrap_err().is_too_large());
    assert_eq!(files.get(&taken).await.unwrap().unwrap(), "");
}

async fn of_many_writers_one_wins(files: &Files) {
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..8u8 {
        let files = files.clone();
        writers.spawn(async move {
            let put = files
                .put(&key("raced"), Bytes::from(vec![writer; 1000]))
                .await;
            put.map(|stored| stored.sha256)
        });
    }
    let results = writers.join_all().await;
    let won: Vec<_> = results.iter().flatten().collect();
    assert_eq!(won.len(), 1);
    let conflicts = results.iter().filter_map(|result| result.as_ref().err());
    assert_eq!(conflicts.filter(|error| error.is_conflict()).count(), 7);
    let held = files.get(&key("raced")).await.unwrap().unwrap();
    assert_eq!(Sha256Digest::of(&held), *won[0]);
}

async fn a_copy_for_the_switch_is_whole_and_readable_by_the_group(files: &Files) {
    use std::os::unix::fs::PermissionsExt as _;

    files
        .put(&key("fax.tif"), Bytes::from("pages"))
        .await
        .unwrap();
    let spool = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let path = files
            .export_to(&key("fax.tif"), spool.path(), "attempt-1.tif")
            .await;
        let path = path.unwrap().unwrap();
        assert_eq!(path, spool.path().join("attempt-1.tif"));
        assert_eq!(std::fs::read(&path).unwrap(), b"pages");
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }
    assert_eq!(
        std::fs::read_dir(spool.path()).unwrap().count(),
        1,
        "no part is left"
    );
    for name in ["", "..", "../x", "a/b", ".hidden", "a b"] {
        assert!(
            files
                .export_to(&key("fax.tif"), spool.path(), name)
                .await
                .is_err(),
            "{name:?}"
        );
    }
    let gone = spool.path().join("gone");
    assert!(
        files
            .export_to(&key("fax.tif"), &gone, "x.tif")
            .await
            .is_err()
    );
}

async fn what_is_too_large_is_refused(files: &Files) {
    let put = files.put(&key("big"), Bytes::from(vec![0; 65])).await;
    assert!(put.unwrap_err().is_too_large());
    assert!(!files.exists(&key("big")).await.unwrap());
    files
        .put(&key("fits"), Bytes::from(vec![0; 64]))
        .await
        .unwrap();
}

macro_rules! on_both {
    ($($test:ident($max_bytes:expr);)*) => {$(
        mod $test {
            #[tokio::test]
            async fn in_a_directory() {
                let (_place, files) = super::directory($max_bytes).await;
                super::$test(&files).await;
            }

            #[tokio::test]
            async fn on_s3() {
                let (_double, files) = super::s3($max_bytes).await;
                super::$test(&files).await;
            }
        }
    )*};
}

on_both! {
    bytes_come_back(1000);
    what_is_not_there_is_no_error(1000);
    a_key_means_one_content(1000);
    one_content_can_take_the_place_of_another(1000);
    of_many_writers_one_wins(1000);
    a_copy_for_the_switch_is_whole_and_readable_by_the_group(1000);
    what_is_too_large_is_refused(64);
}
