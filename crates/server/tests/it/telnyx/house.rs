//! An account at a double of Telnyx, and a gateway beside it.

use std::net::TcpListener;

use faxgate_simulator::telnyx::{Options, Request, TelnyxDouble};
use faxgate_test_support::TestDb;
use serde_json::Value;

use super::post::loopback;
use crate::under_test::{Gateway, Settings};

/// Whom the faxes go to.
pub(super) const NUMBER: &str = "5550001111";

/// An account, and a gateway that sends through it alone.
pub(super) struct House {
    pub(super) double: TelnyxDouble,
    pub(super) gateway: Gateway,
    pub(super) token: String,
}

impl House {
    /// With an address that Telnyx reaches.
    pub(super) async fn new(db: TestDb) -> Self {
        Self::with(db, |settings| settings).await
    }

    pub(super) async fn with(db: TestDb, change: impl FnOnce(Settings) -> Settings) -> Self {
        // The two have to know one another's address beforehand.
        let free = TcpListener::bind(loopback()).unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let public = format!("http://{address}");
        Self::start(db, |settings| {
            change(
                settings
                    .with("SERVER__LISTEN", &address.to_string())
                    .with("SERVER__PUBLIC_URL", &public),
            )
        })
        .await
    }

    pub(super) async fn start(db: TestDb, change: impl FnOnce(Settings) -> Settings) -> Self {
        let double = TelnyxDouble::start(Options::new(loopback())).await.unwrap();
        let gateway = Gateway::start(db, "all", |settings| {
            change(
                settings
                    .with("SIMULATOR__ENABLED", "false")
                    .with("TELNYX__BASE_URL", &double.base_url())
                    .with("TELNYX__API_KEY", double.api_key())
                    .with("TELNYX__CONNECTION_ID", double.connection_id())
                    .with("TELNYX__PUBLIC_KEY", &double.public_key())
                    .with("TELNYX__SETTLE_SECONDS", "1")
                    .with("TELNYX__TIMEOUT_SECONDS", "5")
                    .with("DISPATCH__SEND_BY_SECONDS", "1")
                    .with("RETRY__BUSY_SECONDS", "1")
                    .with("RETRY__BACK_PRESSURE_SECONDS", "1")
                    .with("RETRY__ACCOUNT_SECONDS", "1"),
            )
        })
        .await;
        let token = gateway.sign_in().await;
        Self {
            double,
            gateway,
            token,
        }
    }

    pub(super) async fn fax(&self) -> String {
        self.gateway.fax(&self.token, NUMBER).await
    }

    pub(super) async fn sent(&self, fax: &str) -> Value {
        self.gateway.until(&self.token, fax, "sent").await
    }

    /// The requests that order a fax.
    pub(super) fn orders(&self) -> Vec<Request> {
        let mut requests = self.double.requests();
        requests.retain(|one| one.method == "POST" && one.target == "/v2/faxes");
        requests
    }
}
