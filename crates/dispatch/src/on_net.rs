//! The line that is none: faxes from one number of this gateway to another.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use faxgate_core::{
    App, CallEvent, CallOrder, ClaimScope, Fence, HandedOver, ON_NET, Placed, Probe, Transport,
};
use faxgate_lifecycle::{CarrierEnd, Core, Evidence};
use faxgate_types::{CallUuid, Witness};

use crate::lane::{Lane, Limits};
use crate::switchboard::Switchboard;

/// A node hands so many faxes over at once: stamping pages takes its processor.
const AT_ONCE: usize = 4;

/// Hands faxes over to another number of this gateway.
pub struct OnNet {
    app: App,
    switchboard: Switchboard,
}

impl OnNet {
    /// The lane that every node that dispatches has. It reports to `switchboard`.
    #[must_use]
    pub fn lane(app: App, switchboard: Switchboard) -> Lane {
        let limits = Limits {
            channels: AT_ONCE,
            calls_per_second: 0,
            cost_per_minute: 0,
            weight: 1,
            ringing: Duration::ZERO,
        };
        let transport = Arc::new(Self { app, switchboard });
        Lane::new(transport, ClaimScope::OnNet, limits)
    }
}

fn delivered(call: CallUuid, by: Witness) -> CallEvent {
    CallEvent {
        call,
        evidence: Evidence::Carrier(CarrierEnd::Delivered),
        by,
        seconds: None,
        remote_station_id: None,
    }
}

#[async_trait]
impl Transport for OnNet {
    fn name(&self) -> &str {
        ON_NET
    }

    fn core(&self) -> Option<String> {
        // What it takes is in the database: a restart forgets nothing.
        Some(ON_NET.to_owned())
    }

    async fn place(&self, order: &CallOrder) -> Placed {
        match self.app.pass_on_net(order).await {
            Ok(HandedOver::Delivered) => {
                self.switchboard
                    .deliver(delivered(order.call, Witness::Reply));
                Placed::Accepted
            }
            Ok(HandedOver::TooLate) => Placed::NotSent("the time for it has passed".to_owned()),
            Ok(HandedOver::NotOurs) => Placed::NotSent(format!(
                "{} is no number of this gateway",
                order.destination
            )),
            Err(error) if error.code == "UNREADABLE_PAGES" => Placed::Impossible(error.to_string()),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    call = %order.call,
                    "a fax cannot be handed over on-net; asking whether it was"
                );
                Placed::Unclear
            }
        }
    }

    async fn kill(&self, _: CallUuid) -> bool {
        // It is over in one transaction, or was never begun.
        true
    }

    async fn probe(&self, call: CallUuid, _: &str) -> Probe {
        match self.app.is_passed_on_net(call).await {
            Ok(true) => Probe::Record(delivered(call, Witness::Probe)),
            Ok(false) => Probe::Absent(Core::Same),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, %call, "nobody can say whether a fax was handed over");
                Probe::Unreachable
            }
        }
    }

    async fn fence(&self, call: CallUuid, _: &str) -> Fence {
        match self.app.fence_on_net(call).await {
            Ok(true) => Fence::Record(delivered(call, Witness::Fence)),
            Ok(false) => Fence::Taken(Core::Same),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, %call, "nobody can say whether a fax was handed over");
                Fence::Unreachable
            }
        }
    }

    async fn forget(&self, _: CallUuid) {}
}
