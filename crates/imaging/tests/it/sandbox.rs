//! The worker as the kernel sees it, while it waits for its document.
#![cfg(target_os = "linux")]

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use faxgate_imaging::Limits;

#[test]
fn before_it_reads_a_byte_of_the_document_the_worker_is_locked_in() {
    let mut worker = Command::new(env!("CARGO_BIN_EXE_faxgate-imaging-worker"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let limits = serde_json::to_string(&Limits::default()).unwrap();
    let head = format!(r#"{{"limits":{limits},"task":"Inspect"}}"#);
    let mut stdin = worker.stdin.take().unwrap();
    stdin.write_all(b"FGI1").unwrap();
    stdin.write_all(&(head.len() as u32).to_le_bytes()).unwrap();
    stdin.write_all(head.as_bytes()).unwrap();
    stdin.flush().unwrap();

    // It locks itself in and then waits for the body, which does not come.
    let read =
        |name: &str| std::fs::read_to_string(format!("/proc/{}/{name}", worker.id())).unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    let status = loop {
        let status = read("status");
        if status.contains("Seccomp_filters:\t2") || Instant::now() > deadline {
            break status;
        }
        std::thread::yield_now();
    };
    assert!(status.contains("Seccomp:\t2"), "{status}");
    assert!(status.contains("Seccomp_filters:\t2"), "{status}");
    assert!(status.contains("NoNewPrivs:\t1"), "{status}");
    let bounds = read("limits");
    let bound = |name: &str| {
        let line = bounds.lines().find(|line| line.starts_with(name)).unwrap();
        line[name.len()..]
            .split_whitespace()
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(bound("Max address space"), (1536u64 << 20).to_string());
    assert_eq!(bound("Max cpu time"), "60");
    assert_eq!(bound("Max file size"), "0");
    assert_eq!(bound("Max core file size"), "0");
    assert_eq!(bound("Max open files"), "3");

    // Without a document it ends on its own, and says that nothing was done.
    drop(stdin);
    assert!(!worker.wait().unwrap().success());
}
