//! `/api/fax/upload/`

use std::time::Duration;

use faxgate_test_support::{TestDb, on_both_databases};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::under_test::{Gateway, form, hollow_png, pdf, tiff};

on_both_databases![
    a_document_is_taken_in_and_its_pages_are_counted,
    a_form_without_a_file_is_400,
    a_document_that_cannot_be_faxed_is_refused_with_the_reason,
    a_file_beyond_the_limit_is_413,
    a_gigabyte_is_refused_before_it_is_sent,
    a_client_that_hangs_up_leaves_nothing_behind,
];

async fn a_document_is_taken_in_and_its_pages_are_counted(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let document = pdf(3);
    for (name, kept) in [
        ("document.pdf", "document.pdf"),
        ("../../etc/Sözleşme.exe", "Sözleşme.exe"),
    ] {
        let answer = gateway
            .ask("POST", "/api/fax/upload/")
            .token(&token)
            .file(name, &document)
            .send()
            .await;
        let body = answer.expect(201);
        assert_eq!(body["status"], "OK");
        assert_eq!(body["original_name"], kept);
        assert_eq!(body["size"], document.len());
        assert_eq!(body["pages"], 3);
        // Its name is by its content.
        let filename = body["filename"].as_str().unwrap();
        assert!(
            filename.ends_with(".pdf") && filename.len() == 40,
            "{filename}"
        );
    }
    let answer = gateway
        .ask("POST", "/api/fax/upload/")
        .token(&token)
        .file("fax.bin", &tiff(2))
        .send()
        .await;
    assert_eq!(answer.expect(201)["pages"], 2);
}

async fn a_form_without_a_file_is_400(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let upload = || gateway.ask("POST", "/api/fax/upload/").token(&token);
    let document = pdf(1);
    let file: (&str, &[u8]) = ("name=\"file\"; filename=\"a.pdf\"", &document);
    for ask in [
        upload(),
        upload().text("{}"),
        upload().form(&form(&[])),
        upload().form(&form(&[("name=\"note\"", b"text")])),
        upload().form(&form(&[("name=\"file\"", b"text")])),
        upload().form(&form(&[(
            "name=\"document\"; filename=\"a.pdf\"",
            &document,
        )])),
    ] {
        let answer = ask.send().await;
        answer.refused(400, "NO_FILE", "");
        assert_eq!(answer.json()["error"], "No file provided");
    }
    upload()
        .form(&form(&[file, file]))
        .send()
        .await
        .refused(400, "TOO_MANY_FILES", "one file");
    upload()
        .form(b"--boundary\r\n")
        .send()
        .await
        .refused(400, "INVALID_MULTIPART", "boundary");
    upload()
        .header("Content-Type", "multipart/form-data")
        .body(b"x")
        .send()
        .await
        .refused(400, "INVALID_MULTIPART", "Content-Type");
}

async fn a_document_that_cannot_be_faxed_is_refused_with_the_reason(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let locked = String::from_utf8(pdf(1)).unwrap().replace(
        "/Root 1 0 R",
        "/Root 1 0 R /Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /P -4 \
         /O <28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A> \
         /U <28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A> >> /ID [<00> <00>]",
    );
    let half = tiff(1);
    let half = &half[..half.len() / 2];
    for (name, content, hint) in [
        (
            "page.pdf",
            b"<!DOCTYPE html><html><body>hello</body></html>".as_slice(),
            "PDF, TIFF",
        ),
        ("contract.pdf", locked.as_bytes(), "password"),
        ("fax.tif", half, "damaged"),
        ("bomb.png", &hollow_png(60_000, 60_000), "pixels"),
        ("empty.pdf", b"", "empty"),
    ] {
        let answer = gateway
            .ask("POST", "/api/fax/upload/")
            .token(&token)
            .file(name, content)
            .send()
            .await;
        let body = answer.expect(400);
        let text = body["error"].as_str().unwrap();
        assert!(text.contains(hint), "{name}: {text}");
        assert!(body["details"]["file"].is_array(), "{body}");
    }
    let stored = gateway.folder().join("files");
    assert_eq!(files_in(&stored), 0);
}

async fn a_file_beyond_the_limit_is_413(db: TestDb) {
    let gateway = Gateway::start(db, "api", |s| {
        s.with("SERVER__UPLOAD_LIMIT_BYTES", "200000")
    })
    .await;
    let token = gateway.sign_in().await;
    for size in [200_001, 300_000] {
        let answer = gateway
            .ask("POST", "/api/fax/upload/")
            .token(&token)
            .file("a.pdf", &vec![b' '; size])
            .send()
            .await;
        answer.refused(413, "FILE_TOO_LARGE", "200000");
    }
    assert_eq!(gateway.upload(&token, 1).await.len(), 40);
}

async fn a_gigabyte_is_refused_before_it_is_sent(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let mut socket = TcpStream::connect(gateway.address()).await.unwrap();
    let head = format!(
        "POST /api/fax/upload/ HTTP/1.1\r\nHost: fax\r\nAuthorization: Token {token}\r\n\
         Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1073741824\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    // Not a byte of the body is sent: an answer proves that none was waited for.
    let mut answer = String::new();
    while !answer.contains("FILE_TOO_LARGE") {
        let mut piece = [0; 4096];
        let read = tokio::time::timeout(Duration::from_secs(30), socket.read(&mut piece))
            .await
            .unwrap()
            .unwrap();
        assert!(read > 0, "{answer}");
        answer.push_str(std::str::from_utf8(&piece[..read]).unwrap());
    }
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

async fn a_client_that_hangs_up_leaves_nothing_behind(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let whole = form(&[("name=\"file\"; filename=\"a.pdf\"", &pdf(1))]);
    for sent in [0, 1, 100, whole.len() / 2, whole.len() - 1] {
        let mut socket = TcpStream::connect(gateway.address()).await.unwrap();
        let head = format!(
            "POST /api/fax/upload/ HTTP/1.1\r\nHost: fax\r\nAuthorization: Token {token}\r\n\
             Content-Type: multipart/form-data; boundary=boundary\r\nContent-Length: {}\r\n\r\n",
            whole.len()
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        socket.write_all(&whole[..sent]).await.unwrap();
        socket.shutdown().await.unwrap();
        // Whatever it answers, it answers to nobody; the connection ends.
        let mut rest = Vec::new();
        let _ = socket.read_to_end(&mut rest).await;
    }
    assert_eq!(files_in(&gateway.folder().join("files")), 0);
    assert_eq!(gateway.upload(&token, 1).await.len(), 40);
}

/// How many files lie beneath a folder.
fn files_in(folder: &std::path::Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    entries
        .map(|entry| entry.unwrap().path())
        .map(|path| if path.is_dir() { files_in(&path) } else { 1 })
        .sum()
}
