//! Messages that came in to be faxed, and the faxes they became.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::{FaxId, IntakeState, MailIntakeId, TenantId, Timestamp, UserId};

use crate::column::{At, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::{mail_intake, mail_intake_faxes};
use crate::tx::Tx;

/// A message that came in.
#[derive(Clone, Debug)]
pub struct NewIntake {
    /// Its id.
    pub id: MailIntakeId,
    /// What makes two messages the same.
    pub message_key: String,
    /// Its Message-ID, for people.
    pub message_id: Option<String>,
    /// `maildir` or `smtp`.
    pub source: &'static str,
    /// In whose name it is sent.
    pub user: UserId,
    /// From whom.
    pub sender: String,
    /// To which addresses, separated by commas.
    pub recipients: String,
    /// Its subject: foreign text.
    pub subject: String,
}

/// A message that came in, as its tenant sees it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = mail_intake, check_for_backend(Pg, Sqlite))]
pub struct Intake {
    /// Its id.
    #[diesel(deserialize_as = Word<MailIntakeId>)]
    pub id: MailIntakeId,
    /// Its Message-ID.
    pub message_id: Option<String>,
    /// `maildir` or `smtp`.
    pub source: String,
    /// From whom.
    pub sender: String,
    /// To which addresses, separated by commas.
    pub recipients: String,
    /// Its subject: foreign text.
    pub subject: String,
    /// What became of it.
    #[diesel(deserialize_as = Word<IntakeState>)]
    pub state: IntakeState,
    /// Why it was refused.
    pub error: Option<String>,
    /// When it came.
    #[diesel(deserialize_as = At)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[diesel(deserialize_as = At)]
    pub updated_at: Timestamp,
}

/// Writes down that a message came, unless it is known already; gives it as it stands.
///
/// # Errors
/// When the query fails.
pub async fn take(
    tx: &mut Tx,
    tenant: TenantId,
    new: &NewIntake,
    now: Timestamp,
) -> DbResult<Intake> {
    on_either!(tx, conn => {
        diesel::insert_into(mail_intake::table)
            .values((
                mail_intake::id.eq(Word(new.id)),
                mail_intake::tenant_id.eq(Word(tenant)),
                mail_intake::message_key.eq(&new.message_key),
                mail_intake::message_id.eq(&new.message_id),
                mail_intake::source.eq(new.source),
                mail_intake::user_id.eq(Word(new.user)),
                mail_intake::sender.eq(&new.sender),
                mail_intake::recipients.eq(&new.recipients),
                mail_intake::subject.eq(&new.subject),
                mail_intake::state.eq(Word(IntakeState::Taking)),
                mail_intake::created_at.eq(At(now)),
                mail_intake::updated_at.eq(At(now)),
            ))
            .on_conflict((mail_intake::tenant_id, mail_intake::message_key))
            .do_nothing()
            .execute(conn)
            .await
    })?;
    Ok(on_either!(tx, conn => {
        mail_intake::table
            .filter(mail_intake::tenant_id.eq(Word(tenant)))
            .filter(mail_intake::message_key.eq(&new.message_key))
            .select(Intake::as_select())
            .first(conn)
            .await
    })?)
}

/// What a user has sent by mail since `then`, the message `except` left out: faxes, and one for each message that became none.
///
/// # Errors
/// When the query fails.
pub async fn sends_since(
    tx: &mut Tx,
    tenant: TenantId,
    user: UserId,
    except: MailIntakeId,
    then: Timestamp,
) -> DbResult<i64> {
    Ok(on_either!(tx, conn => {
        mail_intake::table
            .left_join(
                mail_intake_faxes::table.on(mail_intake_faxes::intake_id
                    .eq(mail_intake::id)
                    .and(mail_intake_faxes::tenant_id.eq(mail_intake::tenant_id))),
            )
            .filter(mail_intake::tenant_id.eq(Word(tenant)))
            .filter(mail_intake::user_id.eq(Word(user)))
            .filter(mail_intake::created_at.gt(At(then)))
            .filter(mail_intake::id.ne(Word(except)))
            .count()
            .get_result(conn)
            .await
    })?)
}

/// Writes down what became of a message. What was accepted stays so; then the answer is `false`.
///
/// # Errors
/// When the query fails.
pub async fn finish(
    tx: &mut Tx,
    tenant: TenantId,
    id: MailIntakeId,
    state: IntakeState,
    error: Option<&str>,
    now: Timestamp,
) -> DbResult<bool> {
    let changed = on_either!(tx, conn => {
        diesel::update(
            mail_intake::table
                .filter(mail_intake::tenant_id.eq(Word(tenant)))
                .filter(mail_intake::id.eq(Word(id)))
                .filter(mail_intake::state.ne(Word(IntakeState::Accepted))),
        )
        .set((
            mail_intake::state.eq(Word(state)),
            mail_intake::error.eq(error),
            mail_intake::updated_at.eq(At(now)),
        ))
        .execute(conn)
        .await
    })?;
    Ok(changed == 1)
}

/// How many messages came in for a tenant, and a page of them, newest first.
///
/// # Errors
/// When the query fails.
pub async fn page(
    tx: &mut Tx,
    tenant: TenantId,
    limit: i64,
    offset: i64,
) -> DbResult<(i64, Vec<Intake>)> {
    let total = on_either!(tx, conn => {
        mail_intake::table
            .filter(mail_intake::tenant_id.eq(Word(tenant)))
            .count()
            .get_result(conn)
            .await
    })?;
    let messages = on_either!(tx, conn => {
        mail_intake::table
            .filter(mail_intake::tenant_id.eq(Word(tenant)))
            .select(Intake::as_select())
            .order((mail_intake::created_at.desc(), mail_intake::id.desc()))
            .limit(limit)
            .offset(offset)
            .load(conn)
            .await
    })?;
    Ok((total, messages))
}

/// The fax that a part of a message became, if it did.
///
/// # Errors
/// When the query fails.
pub async fn fax_of_part(
    tx: &mut Tx,
    tenant: TenantId,
    intake: MailIntakeId,
    part: i32,
) -> DbResult<Option<FaxId>> {
    let found: Option<Word<FaxId>> = on_either!(tx, conn => {
        mail_intake_faxes::table
            .filter(mail_intake_faxes::tenant_id.eq(Word(tenant)))
            .filter(mail_intake_faxes::intake_id.eq(Word(intake)))
            .filter(mail_intake_faxes::part.eq(part))
            .select(mail_intake_faxes::fax_id)
            .first(conn)
            .await
            .optional()
    })?;
    Ok(found.map(|word| word.0))
}

/// A part of a message has become this fax: in the transaction that accepts it.
///
/// # Errors
/// `is_unique_violation` when the part is a fax already.
pub async fn part_became(
    tx: &mut Tx,
    tenant: TenantId,
    intake: MailIntakeId,
    part: i32,
    fax: FaxId,
) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::insert_into(mail_intake_faxes::table)
            .values((
                mail_intake_faxes::tenant_id.eq(Word(tenant)),
                mail_intake_faxes::intake_id.eq(Word(intake)),
                mail_intake_faxes::part.eq(part),
                mail_intake_faxes::fax_id.eq(Word(fax)),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// The faxes that these messages became, in order.
///
/// # Errors
/// When the query fails.
pub async fn faxes_of(
    tx: &mut Tx,
    tenant: TenantId,
    messages: &[MailIntakeId],
) -> DbResult<Vec<(MailIntakeId, FaxId)>> {
    let wanted: Vec<_> = messages.iter().copied().map(Word).collect();
    let found: Vec<(Word<MailIntakeId>, Word<FaxId>)> = on_either!(tx, conn => {
        mail_intake_faxes::table
            .filter(mail_intake_faxes::tenant_id.eq(Word(tenant)))
            .filter(mail_intake_faxes::intake_id.eq_any(wanted))
            .select((mail_intake_faxes::intake_id, mail_intake_faxes::fax_id))
            .order((mail_intake_faxes::intake_id, mail_intake_faxes::part))
            .load(conn)
            .await
    })?;
    Ok(found
        .into_iter()
        .map(|(message, fax)| (message.0, fax.0))
        .collect())
}
