//! A gateway on a line.

use std::time::Duration;

use bytes::Bytes;
use faxgate_config::Settings;
use faxgate_core::{Caller, FaxDetail, Once, SendRequest, Upload};
use faxgate_imaging::sample;
use faxgate_server::{Gateway, Role};
use faxgate_test_support::{DEADLINE, eventually};
use faxgate_types::{FaxId, Priority};
use tempfile::TempDir;

use crate::calls::Call;

/// A real call with its ringing, three pages and good-byes.
const REAL_CALL: Duration = Duration::from_secs(170);

/// A gateway, and the line that it sends over.
pub(crate) struct Line {
    gateway: Gateway,
    caller: Caller,
    patience: Duration,
    _folder: TempDir,
}

impl Line {
    /// Over the simulator inside the gateway.
    pub(crate) async fn simulated() -> Self {
        Self::start(&[("FAXGATE_SIMULATOR__PACE", "fast".to_owned())], DEADLINE).await
    }

    /// As [`Line::simulated`], slowly enough to be canceled.
    pub(crate) async fn simulated_slowly() -> Self {
        Self::start(&[("FAXGATE_SIMULATOR__PACE", "2".to_owned())], DEADLINE).await
    }

    /// Over the FreeSWITCH that the environment names.
    pub(crate) async fn real() -> Self {
        let or =
            |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
        let address =
            std::env::var("FAXGATE_LIVE_FREESWITCH").expect("FAXGATE_LIVE_FREESWITCH is host:port");
        let (host, port) = address
            .rsplit_once(':')
            .expect("FAXGATE_LIVE_FREESWITCH is host:port");
        let spool =
            std::env::var("FAXGATE_LIVE_SPOOL").expect("FAXGATE_LIVE_SPOOL is the shared folder");
        let settings = [
            ("FAXGATE_FREESWITCH__HOST", host.to_owned()),
            ("FAXGATE_FREESWITCH__PORT", port.to_owned()),
            (
                "FAXGATE_FREESWITCH__PASSWORD",
                or("FAXGATE_LIVE_PASSWORD", "ClueCon"),
            ),
            (
                "FAXGATE_FREESWITCH__GATEWAY",
                or("FAXGATE_LIVE_GATEWAY", "telnyx"),
            ),
            ("FAXGATE_FREESWITCH__SPOOL_DIR", spool.clone()),
            ("FAXGATE_FREESWITCH__CDR_DIR", format!("{spool}/cdr")),
            (
                "FAXGATE_FREESWITCH__ORIGINATE_TIMEOUT_SECONDS",
                "15".to_owned(),
            ),
            ("FAXGATE_SIMULATOR__ENABLED", "false".to_owned()),
        ];
        Self::start(&settings, REAL_CALL).await
    }

    async fn start(more: &[(&str, String)], patience: Duration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let within = |name: &str| folder.path().join(name).display().to_string();
        let mut variables = vec![
            ("FAXGATE_SERVER__LISTEN", "127.0.0.1:0".to_owned()),
            ("FAXGATE_SERVER__LOG_FILTER", "debug".to_owned()),
            (
                "FAXGATE_DATABASE__URL",
                format!("sqlite://{}", within("faxgate.db")),
            ),
            (
                "FAXGATE_STORAGE__URL",
                format!("file://{}", within("files")),
            ),
            ("FAXGATE_SIMULATOR__SPOOL_DIR", within("line")),
            ("FAXGATE_BOOTSTRAP__USERNAME", "nurse".to_owned()),
            ("FAXGATE_BOOTSTRAP__PASSWORD", "correct horse".to_owned()),
            ("FAXGATE_BOOTSTRAP__DIDS", "+15551230001".to_owned()),
            // One try of each kind: every call is judged by itself.
            ("FAXGATE_RETRY__MAX_TRIES", "1".to_owned()),
        ];
        variables.extend(more.iter().cloned());
        let variables = variables
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        let settings = Settings::load(None, variables).expect("settings");
        // The tests' own executable is no worker; the gateway's binary is.
        let worker = env!("CARGO_BIN_EXE_faxgate");
        let gateway = Gateway::start_with_worker(&settings, Role::All, worker)
            .await
            .expect("a gateway");
        let app = gateway.app();
        let token = app
            .issue_token(faxgate_core::Credentials {
                username: "nurse".to_owned(),
                password: "correct horse".to_owned(),
                totp: None,
            })
            .await
            .expect("a token");
        let user = app.authenticate(&token).await.expect("a user");
        let caller = app.caller(user, None).await.expect("a caller");
        Self {
            gateway,
            caller,
            patience,
            _folder: folder,
        }
    }

    async fn send(&self, number: &str) -> FaxId {
        let app = self.gateway.app();
        let upload = Upload {
            original_name: "sample.pdf".to_owned(),
            bytes: Bytes::from(sample::document()),
            once: Once::default(),
        };
        let uploaded = app.upload(&self.caller, upload).await.expect("an upload");
        let request = SendRequest {
            username: "+15551230001".to_owned(),
            filename: uploaded.filename,
            numbers: number.to_owned(),
            is_enhanced: false,
            priority: Priority::Normal,
            send_at: None,
            test_mode: false,
            by_mail: faxgate_core::ByMail::default(),
            cover: None,
            once: Once::default(),
        };
        app.send(&self.caller, request).await.expect("a fax").fax
    }

    async fn fax(&self, fax: FaxId) -> FaxDetail {
        self.gateway
            .app()
            .fax(&self.caller, fax)
            .await
            .expect("a fax")
    }

    async fn ended(&self, fax: FaxId) -> FaxDetail {
        eventually("the fax ends", self.patience, || async {
            let detail = self.fax(fax).await;
            detail.queue_items[0].is_processed.then_some(detail)
        })
        .await
    }

    /// Places a call, and holds what it came to against what it has to come to.
    pub(crate) async fn play(&self, call: &Call) {
        let fax = self.send(call.number).await;
        let detail = self.ended(fax).await;
        let item = &detail.queue_items[0];
        let story: Vec<_> = detail
            .timeline
            .iter()
            .map(|entry| (entry.kind.as_str(), entry.text.as_str()))
            .collect();
        println!(
            "{}: {} {:?}, {} pages, {} s\n  {story:#?}",
            call.name, item.status, item.error, item.pages_sent, detail.summary.duration
        );
        assert_eq!(item.status, call.status, "{}", call.name);
        assert_eq!(item.attempts, 1, "{}", call.name);
        if let Some(error) = call.error {
            assert_eq!(item.error.as_deref(), Some(error), "{}", call.name);
        }
        if let Some(pages) = call.pages {
            assert_eq!(u64::from(item.pages_sent), pages, "{}", call.name);
        }
        let mut kinds = detail.timeline.iter().map(|entry| entry.kind.as_str());
        for expected in call.story {
            assert!(
                kinds.any(|kind| kind == *expected),
                "{}: no {expected} in {story:#?}",
                call.name
            );
        }
    }

    /// Places a call, and cancels it once it is on its way.
    pub(crate) async fn cancel_while_ringing(&self, number: &str) {
        let fax = self.send(number).await;
        eventually("the call rings", self.patience, || async {
            let detail = self.fax(fax).await;
            detail
                .timeline
                .iter()
                .any(|entry| entry.kind == "attempt.ringing")
                .then_some(())
        })
        .await;
        self.gateway
            .app()
            .cancel(&self.caller, fax, Once::default())
            .await
            .expect("a cancellation");
        let detail = self.ended(fax).await;
        assert_eq!(detail.queue_items[0].status, "canceled");
        assert_eq!(detail.summary.status.as_str(), "canceled");
    }

    pub(crate) async fn stop(self) {
        self.gateway.stop().await;
    }
}
