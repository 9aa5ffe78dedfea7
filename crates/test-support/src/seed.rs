//! The rows that tests begin with.

use std::sync::Arc;

use faxgate_db::documents::{self, Document};
use faxgate_db::faxes::{self, Fax};
use faxgate_db::items::{self, Item, ItemsOf, NewItem};
use faxgate_db::tenants::{self, Tenant};
use faxgate_db::tokens::{self, NewToken};
use faxgate_db::users::{self, User};
use faxgate_db::{Db, dids};
use faxgate_types::ambient::SeededRandom;
use faxgate_types::{
    Ambient, Countries, Country, Direction, DocumentId, E164, FaxId, FaxStatus, ItemId,
    ManualClock, Priority, Resolution, Rights, Role, TenantId, TimeZone, Timestamp, TokenId,
    UserId,
};

/// Makes rows, as any caller of the gateway would find them. Every call commits.
///
/// Its clock stands at 2026-01-15T12:00:00Z until it is told to move, and its ids are the same in every run.
pub struct Seed {
    /// Moves [`Seed::ambient`].
    pub clock: Arc<ManualClock>,
    /// The clock and the randomness that the rows are made with.
    pub ambient: Ambient,
    db: Db,
}

/// An outbound fax that waits for its call.
pub struct SeededFax {
    /// The fax.
    pub fax: Fax,
    /// Its items, in order, all `queued`.
    pub items: Vec<Item>,
}

impl Seed {
    /// Rows for this database.
    #[must_use]
    pub fn new(db: &Db) -> Self {
        let start = Timestamp::parse("2026-01-15T12:00:00Z").expect("a time");
        let clock = Arc::new(ManualClock::at(start));
        Self {
            ambient: Ambient::new(clock.clone(), Arc::new(SeededRandom::new(1))),
            clock,
            db: db.clone(),
        }
    }

    /// The time on the clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.ambient.now()
    }

    /// A tenant in the United States, on New York's clocks, that may call there and to Canada.
    pub async fn tenant(&self, slug: &str) -> Tenant {
        let country: Country = "US".parse().expect("a country");
        let canada: Country = "CA".parse().expect("a country");
        let tenant = Tenant {
            id: TenantId::generate(&self.ambient),
            slug: slug.to_owned(),
            name: format!("{slug}, Inc."),
            country,
            allowed_countries: Countries(vec![country, canada]),
            time_zone: "America/New_York".parse::<TimeZone>().expect("a zone"),
            suspended_at: None,
            suspended_because: None,
            rate_limits: faxgate_types::RateLimits::default(),
        };
        let mut tx = self.db.system("seed a tenant").await.expect("begin");
        tenants::insert(&mut tx, &tenant, self.now())
            .await
            .expect("a new slug");
        tx.commit().await.expect("commit");
        tenant
    }

    /// A user who is a member of the tenant. `password_hash` is whatever signing in is to be tested with.
    pub async fn user(
        &self,
        username: &str,
        password_hash: &str,
        tenant: TenantId,
        role: Role,
    ) -> User {
        let user = User {
            id: UserId::generate(&self.ambient),
            username: username.to_owned(),
            password_hash: password_hash.to_owned(),
            disabled: false,
        };
        let mut tx = self.db.system("seed a user").await.expect("begin");
        users::insert(&mut tx, &user, self.now())
            .await
            .expect("a new name");
        users::join(&mut tx, user.id, tenant, role, self.now())
            .await
            .expect("a new membership");
        tx.commit().await.expect("commit");
        user
    }

    /// A token of the user, without an end. `secret_sha256` is the lower-case hex SHA-256 of what will be presented.
    pub async fn token(&self, user: UserId, secret_sha256: &str) -> TokenId {
        let token = NewToken {
            id: TokenId::generate(&self.ambient),
            user,
            label: "seeded".to_owned(),
            secret_sha256: secret_sha256.to_owned(),
            last_four: "seed".to_owned(),
            rights: Rights::ALL,
            tenant: None,
            expires_at: None,
            from_login: false,
        };
        let mut tx = self.db.system("seed a token").await.expect("begin");
        tokens::insert(&mut tx, &token, self.now())
            .await
            .expect("a new token");
        tx.commit().await.expect("commit");
        token.id
    }

    /// Gives the tenant a number, written in E.164.
    pub async fn did(&self, tenant: TenantId, number: &str) -> E164 {
        let number: E164 = number.parse().expect("a number in E.164");
        let mut tx = self.db.system("seed a number").await.expect("begin");
        dids::insert(&mut tx, tenant, &number, &self.ambient)
            .await
            .expect("a free number");
        tx.commit().await.expect("commit");
        number
    }

    /// A document's row; its bytes are nowhere.
    pub async fn document(&self, tenant: TenantId, user: UserId, pages: i32) -> Document {
        let id = DocumentId::generate(&self.ambient);
        let document = Document {
            id,
            user_id: user,
            filename: format!("{id}.pdf"),
            original_name: "letter.pdf".to_owned(),
            size: 12_345,
            sha256: "0".repeat(64),
            pages,
            storage_key: format!("{tenant}/documents/{id}"),
        };
        let mut tx = self.db.write(tenant).await.expect("begin");
        documents::insert(&mut tx, tenant, &document, self.now())
            .await
            .expect("a new document");
        tx.commit().await.expect("commit");
        document
    }

    /// An outbound fax of the document, whose pages are made: its items wait in the queue, due now. The recipients are
    /// in E.164.
    pub async fn fax(
        &self,
        tenant: TenantId,
        document: &Document,
        recipients: &[&str],
    ) -> SeededFax {
        let fax = self.unsaved_fax(tenant, document, recipients);
        let new: Vec<NewItem> = recipients
            .iter()
            .map(|number| NewItem {
                id: ItemId::generate(&self.ambient),
                recipient_raw: (*number).to_owned(),
                destination: number.parse().expect("a number in E.164"),
                due_at: self.now(),
                waiting_for: None,
            })
            .collect();
        let mut tx = self.db.write(tenant).await.expect("begin");
        faxes::insert(&mut tx, &fax).await.expect("a new fax");
        let of = ItemsOf {
            tenant,
            fax: fax.id,
            simulated: fax.simulated,
            priority: fax.priority,
        };
        items::insert_all(&mut tx, of, &new, self.now())
            .await
            .expect("new items");
        items::make_ready(&mut tx, tenant, fax.id, self.now())
            .await
            .expect("the items are ready");
        let items = items::of_fax(&mut tx, tenant, fax.id)
            .await
            .expect("the items are there");
        tx.commit().await.expect("commit");
        SeededFax { fax, items }
    }

    /// A pending outbound fax that no database has yet, to be changed and inserted.
    #[must_use]
    pub fn unsaved_fax(&self, tenant: TenantId, document: &Document, recipients: &[&str]) -> Fax {
        let id = FaxId::generate(&self.ambient);
        Fax {
            id,
            tenant_id: tenant,
            user_id: Some(document.user_id),
            direction: Direction::Outbound,
            status: FaxStatus::Pending,
            sender_number: "5550000001".to_owned(),
            sender_e164: None,
            recipient_number: recipients.first().copied().unwrap_or_default().to_owned(),
            document_id: Some(document.id),
            resolution: Resolution::Fine,
            pages: document.pages,
            duration: 0,
            pages_key: Some(format!("{tenant}/pages/{id}")),
            line_seconds: 30 * document.pages,
            simulated: false,
            is_partial: false,
            error: None,
            remote_station_id: None,
            call_key: None,
            created_at: self.now(),
            updated_at: self.now(),
            priority: Priority::default(),
            send_at: None,
        }
    }
}
