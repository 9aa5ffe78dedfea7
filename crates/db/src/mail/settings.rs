//! What tenants set about their mail, and who wants to be told.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::{E164, EmailAddress, FaxId, TenantId, Timestamp, UserId};

use crate::column::{At, OptWord, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::{mail_senders, mail_settings, mail_wishes};
use crate::tx::Tx;

/// What a tenant set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// As JSON; `None`: nothing yet.
    pub json: Option<String>,
    /// SHA-256 in hex of the token that mail to fax has to bring; `None`: there is none.
    pub token_sha256: Option<String>,
}

/// Who may send faxes by mail.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = mail_senders, check_for_backend(Pg, Sqlite))]
pub struct Sender {
    /// `nurse@clinic.example`, or `@clinic.example` for everybody there; in lower case.
    pub pattern: String,
    /// In whose name.
    #[diesel(deserialize_as = Word<UserId>)]
    pub user_id: UserId,
    /// From which number; `None`: the tenant's default one.
    #[diesel(deserialize_as = OptWord<E164>)]
    pub number: Option<E164>,
}

/// What a tenant set.
///
/// # Errors
/// When the query fails.
pub async fn settings(tx: &mut Tx, tenant: TenantId) -> DbResult<Settings> {
    let found: Option<(String, Option<String>)> = on_either!(tx, conn => {
        mail_settings::table
            .find(Word(tenant))
            .select((mail_settings::settings, mail_settings::token_sha256))
            .first(conn)
            .await
            .optional()
    })?;
    Ok(
        found.map_or_else(Settings::default, |(json, token_sha256)| Settings {
            json: Some(json),
            token_sha256,
        }),
    )
}

/// Writes what a tenant set; its token stays.
///
/// # Errors
/// When the query fails.
pub async fn save(tx: &mut Tx, tenant: TenantId, json: &str, now: Timestamp) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::insert_into(mail_settings::table)
            .values((
                mail_settings::tenant_id.eq(Word(tenant)),
                mail_settings::settings.eq(json),
                mail_settings::updated_at.eq(At(now)),
            ))
            .on_conflict(mail_settings::tenant_id)
            .do_update()
            .set((mail_settings::settings.eq(json), mail_settings::updated_at.eq(At(now))))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// Gives the tenant another token, or none. After [`save`].
///
/// # Errors
/// When the query fails.
pub async fn set_token(tx: &mut Tx, tenant: TenantId, sha256: Option<&str>) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::update(mail_settings::table.find(Word(tenant)))
            .set(mail_settings::token_sha256.eq(sha256))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// Who may send for the tenant by mail.
///
/// # Errors
/// When the query fails.
pub async fn senders(tx: &mut Tx, tenant: TenantId) -> DbResult<Vec<Sender>> {
    Ok(on_either!(tx, conn => {
        mail_senders::table
            .filter(mail_senders::tenant_id.eq(Word(tenant)))
            .select(Sender::as_select())
            .order(mail_senders::pattern)
            .load(conn)
            .await
    })?)
}

/// Puts these in the place of those who might before.
///
/// # Errors
/// When the query fails.
pub async fn set_senders(tx: &mut Tx, tenant: TenantId, senders: &[Sender]) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::delete(mail_senders::table.filter(mail_senders::tenant_id.eq(Word(tenant))))
            .execute(conn)
            .await
    })?;
    for sender in senders {
        on_either!(tx, conn => {
            diesel::insert_into(mail_senders::table)
                .values((
                    mail_senders::tenant_id.eq(Word(tenant)),
                    mail_senders::pattern.eq(&sender.pattern),
                    mail_senders::user_id.eq(Word(sender.user_id)),
                    mail_senders::number.eq(Word::opt(sender.number.clone())),
                ))
                .execute(conn)
                .await
        })?;
    }
    Ok(())
}

/// What the tenant lets this address do: as it says of the address itself, or else of its domain.
///
/// # Errors
/// When the query fails.
pub async fn permission(
    tx: &mut Tx,
    tenant: TenantId,
    address: &EmailAddress,
) -> DbResult<Option<Sender>> {
    let folded = address.folded();
    let domain = format!("@{}", address.domain());
    let found: Vec<Sender> = on_either!(tx, conn => {
        mail_senders::table
            .filter(mail_senders::tenant_id.eq(Word(tenant)))
            .filter(mail_senders::pattern.eq_any([&folded, &domain]))
            .select(Sender::as_select())
            .load(conn)
            .await
    })?;
    Ok(found
        .into_iter()
        .min_by_key(|sender| sender.pattern.starts_with('@')))
}

/// Somebody wants to be told of a fax's result.
///
/// # Errors
/// When the query fails.
pub async fn wish(
    tx: &mut Tx,
    tenant: TenantId,
    fax: FaxId,
    address: &EmailAddress,
) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::insert_into(mail_wishes::table)
            .values((
                mail_wishes::tenant_id.eq(Word(tenant)),
                mail_wishes::fax_id.eq(Word(fax)),
                mail_wishes::address.eq(address.as_str()),
            ))
            .on_conflict_do_nothing()
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// Who wants to be told of a fax's result.
///
/// # Errors
/// When the query fails.
pub async fn wishes(tx: &mut Tx, tenant: TenantId, fax: FaxId) -> DbResult<Vec<EmailAddress>> {
    let found: Vec<Word<EmailAddress>> = on_either!(tx, conn => {
        mail_wishes::table
            .filter(mail_wishes::tenant_id.eq(Word(tenant)))
            .filter(mail_wishes::fax_id.eq(Word(fax)))
            .select(mail_wishes::address)
            .order(mail_wishes::address)
            .load(conn)
            .await
    })?;
    Ok(found.into_iter().map(|word| word.0).collect())
}
