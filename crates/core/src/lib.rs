#![doc = include_str!("../README.md")]

mod app;
mod audit;
mod auth;
mod broadcasts;
mod calls;
mod carrier;
mod channel;
mod contacts;
mod covers;
mod document_link;
mod error;
mod header;
mod health;
mod idempotent;
mod lines;
mod mail;
mod money;
mod numbers;
mod on_net;
mod operate;
mod pages_link;
mod people;
mod rate_limits;
mod readiness;
mod receive;
mod records;
mod show;
mod spool;
mod submit;
mod supervise;
mod tariff;
mod tell;
mod transport;
mod vault;
mod wakes;
mod webhooks;
mod words;
mod work;

pub use app::{App, Parts, Settings};
pub use audit::{
    Actor, Anchor, Anchored, AuditEntry, AuditFilter, AuditPage, AuditReport, Chain, Flaw, Sealed,
    audit_line, coming_from,
};
pub use auth::{
    ApiKey, AuthSettings, Caller, Credentials, Enrolment, KeysPage, MadeKey, NewKey, Registration,
    SecondFactorState, Session, User,
};
pub use broadcasts::{
    AddRecipients, AddedRecipients, MOST_RECIPIENTS, NewBroadcast, RECIPIENTS_LINK_LASTS,
    RecipientSheet, RecipientsLink, SomeRecipient,
};
pub use calls::{
    CallBounds, CallFacts, CarrierAttempt, ClaimFor, ClaimScope, Intended, MOST_RECORD_BYTES, Open,
    Prepared, Record, RecordTaken, Settled, Step, fax_result, hang_up, is_answered, recorded,
};
pub use carrier::{
    AvailableNumber, Carrier, CarrierError, CarrierErrorKind, CarrierNumber, CarrierNumbers,
    CarrierOrder, NumberSearch, OrderState,
};
pub use channel::Variables;
pub use contacts::{
    ContactChange, ContactQuery, ImportContacts, ImportReport, ListChange, NewContact, NewList,
    WrongLine,
};
pub use covers::{
    CoverDesign, CoverLabels, CoverParty, CoverSaid, CoverTemplate, NewCoverTemplate,
};
pub use document_link::{DOCUMENT_LINK_LASTS, DocumentLink, LinkedDocument};
pub use error::{Error, Kind, Result};
pub use faxgate_db::broadcasts::{Broadcast, Recipient as BroadcastRecipient};
pub use faxgate_db::carrier_events::EventPlace;
pub use faxgate_db::contacts::{Contact, List as ContactList};
pub use faxgate_db::counters::{Counted as SharedCount, Counters, Rate as SharedRate};
pub use faxgate_db::dids::Did;
pub use faxgate_db::erasures::Erasure;
pub use faxgate_db::held::Held;
pub use faxgate_db::items::{Claimed, Granted, LaneLimits};
pub use faxgate_db::legal_holds::LegalHold;
pub use faxgate_db::money::entries::EntryKind;
pub use faxgate_db::number_orders::NumberOrder;
pub use faxgate_db::routes::ON_NET;
pub use faxgate_db::tenants::Tenant;
pub use faxgate_db::usage::Usage;
pub use faxgate_db::webhooks::{
    Attempt as WebhookAttempt, Delivery as WebhookDelivery, Listed as ListedDelivery,
};
pub use header::HeaderLine;
pub use health::Health;
pub use idempotent::{Answer, Idempotency, Once, Reservation, Reserved};
pub use mail::{
    Alerts, Branding, Carry, Inbound, IntakeEntry, MailChange, MailChoices, MailDoor, MailIntake,
    MailOut, MailSettings, MailView, OutboxEntry, Results, SenderView,
};
pub use money::{
    Amount, BalanceView, EntryView, NoAmount, Prepaid, PriceList, PricesOf, Rate, TopUp, ToppedUp,
    UsageDay, UsageReport,
};
pub use numbers::{
    AccountNumber, AccountPage, Asker, ImportRequest, Imported, NumberChange, NumbersOf,
    OrderRequest, OwnNumber, Page, PlacedOrder, Released, WhichNumbers,
};
pub use on_net::HandedOver;
pub use operate::{
    Choice, DestinationChange, KnownDestination, LineState, NewTenant, Reception, Release,
    TenantChange,
};
pub use operate::{LanesKnown, NewRoute, RouteRule, RouteShown};
pub use pages_link::{LINK_LASTS, LinkedPages, PagesLink};
pub use people::{NewPerson, PeoplePage, Person, PersonChange, PersonShown, Place};
pub use readiness::TestMode;
pub use receive::{
    CarrierEvent, EventTaken, FreeSwitchNotice, Notice, NoticeFile, NoticeTaken, ReceptionEvent,
    TelnyxNotice, ToldOf, WaitingEvents, carrier_evidence,
};
pub use records::{Exported, ExportedFile, Keep, NewHold, RecordSettings};
pub use show::{
    CarrierStep, Document, DocumentFormat, FaxDetail, FaxList, FaxSummary, ItemDetail, Job,
    JobCall, JobEvent, ListQuery, TimelineEntry, WaitCode, Waiting,
};
pub use submit::{ByMail, JobRequest, SendReply, SendRequest, Upload, Uploaded};
pub use supervise::reason as panic_reason;
pub use tariff::Tariff;
pub use tell::{
    EventId, EventPage, EventQuery, EventStream, EventTicket, EventType, Follower, PublicEvent,
    UnknownEventType,
};
pub use transport::{CallEvent, CallOrder, Fence, Pace, Placed, Probe, Transport};
pub use vault::{
    Encrypted, KeyState, KeyStatus, KeysOf, MasterKeys, NotAMasterKey, Rotated, SEALED_OVERHEAD,
    Vault,
};
pub use webhooks::{
    DeliveryQuery, LoggedDelivery, NewWebhook, Replay, Replayed, Rotation, TriedOut, Webhook,
    WebhookChange, WebhookSettings, WebhookWithSecret,
};
