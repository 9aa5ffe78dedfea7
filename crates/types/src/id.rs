//! Typed ids: a tenant's id is not a fax's id.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ambient::Ambient;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new one, made from the clock and the randomness given.
            #[must_use]
            pub fn generate(ambient: &Ambient) -> Self {
                Self(ambient.uuid())
            }

            /// Takes a UUID for what it is said to be.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The bare UUID.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// A tenant: one customer of the gateway, apart from all others.
    TenantId;
    /// A person or program that signs in.
    UserId;
    /// An API token (its secret part is never kept).
    TokenId;
    /// A session: what a login opened.
    SessionId;
    /// A phone number that the gateway owns.
    DidId;
    /// An uploaded or received document.
    DocumentId;
    /// Fax-ready pages made from a document.
    RenditionId;
    /// A fax, inbound or outbound: what the API calls the transaction's `uuid`.
    FaxId;
    /// One recipient of an outbound fax.
    ItemId;
    /// One call placed for a queue item.
    AttemptId;
    /// The uuid of a call leg in FreeSWITCH (`origination_uuid`), chosen by us.
    CallUuid;
    /// An inbound reception, from the first notice of it.
    ReceptionId;
    /// A piece of work that is not a call.
    JobId;
    /// A rule about which lines faxes take.
    RouteId;
    /// How a tenant's covers look.
    CoverTemplateId;
    /// An order of phone numbers at a carrier.
    OrderId;
    /// A legal hold: what must not be removed.
    LegalHoldId;
    /// An entry of a tenant's address book.
    ContactId;
    /// A list of contacts.
    ListId;
    /// A broadcast: one document to many recipients.
    BroadcastId;
    /// An endpoint of a tenant's that is told of events.
    WebhookId;
    /// An event on its way to an endpoint.
    DeliveryId;
    /// A message of the gateway's, on its way to somebody.
    MailId;
    /// A message that came in to be faxed.
    MailIntakeId;
    /// A key that the keys of a tenant's files are wrapped by.
    TenantKeyId;
    /// The key of one stored file.
    FileKeyId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_what_it_wrote() {
        let id = FaxId::generate(&Ambient::system());
        assert_eq!(id.to_string().parse::<FaxId>().unwrap(), id);
        assert!("not an id".parse::<FaxId>().is_err());
    }
}
