//! Commands, as a person runs them.

#![expect(clippy::expect_used, reason = "a test may panic")]

use std::path::Path;
use std::process::{Command, Output};

use faxgate_imaging::{fax_tiff, sample};

fn faxgate(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_faxgate"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("FAXGATE_TEST_POSTGRES_URL")
        .output()
        .expect("faxgate starts")
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn the_demo_sends_receives_and_leaves_with_success() {
    let folder = folder();
    let output = faxgate(
        &["demo", "--exit", "--dir", "demo", "--listen", "127.0.0.1:0"],
        folder.path(),
    );
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("pixel for pixel, after undoing the header line: yes"),
        "{said}"
    );
    assert!(said.contains("All went as it should."), "{said}");
    assert!(
        folder.path().join("demo/received/page-3.png").is_file(),
        "{said}"
    );
}

#[test]
fn convert_makes_fax_pages_and_a_pdf_of_them() {
    let folder = folder();
    let within = |name: &str| folder.path().join(name);
    std::fs::write(within("in.pdf"), sample::document()).expect("a document");
    let to_tiff = [
        "convert",
        "in.pdf",
        "out.tif",
        "--resolution",
        "superfine",
        "--halftone",
        "threshold",
    ];
    assert!(faxgate(&to_tiff, folder.path()).status.success());
    let pages =
        fax_tiff::read(&std::fs::read(within("out.tif")).expect("a TIFF")).expect("fax pages");
    assert_eq!(pages.len(), 3);
    assert!(pages.iter().all(|page| page.bitmap.width() == 1728));
    assert!(
        faxgate(&["convert", "out.tif", "out.pdf"], folder.path())
            .status
            .success()
    );
    assert!(
        std::fs::read(within("out.pdf"))
            .expect("a PDF")
            .starts_with(b"%PDF")
    );
}

#[test]
fn convert_refuses_in_one_line() {
    let folder = folder();
    std::fs::write(
        folder.path().join("page.pdf"),
        "<html><body>no PDF</body></html>",
    )
    .expect("a page");
    for arguments in [
        ["convert", "page.pdf", "out.tif"],
        ["convert", "missing.pdf", "out.tif"],
        ["convert", "page.pdf", "out.pdf"],
        ["convert", "page.pdf", "out.doc"],
    ] {
        let output = faxgate(&arguments, folder.path());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{arguments:?}");
        assert_eq!(said.trim_end().lines().count(), 1, "{arguments:?}: {said}");
    }
    assert!(
        !folder.path().join("out.tif").exists(),
        "nothing half-made is left"
    );
}
