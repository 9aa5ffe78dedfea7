//! Trying out whether mail arrives.

use faxgate_db::mail::{self, NewLetter};
use faxgate_db::tenants::Tenant;
use faxgate_mail::{Notice, NoticeKind};
use faxgate_types::{EmailAddress, MailId};
use serde_json::json;

use super::view::may_manage;
use crate::app::App;
use crate::audit::Entry;
use crate::error::{Error, Result};
use crate::idempotent::Once;
use crate::numbers::Asker;

impl App {
    /// Writes a test message to somebody, looking as the tenant's mail does. What becomes of it stands in the outbox.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`; `MAIL_NOT_CONFIGURED`.
    pub async fn test_mail(
        &self,
        asker: &Asker,
        tenant: &Tenant,
        to: EmailAddress,
        once: Once<MailId>,
    ) -> Result<MailId> {
        may_manage(asker)?;
        if self.settings.mail.out.is_none() {
            return Err(Error::conflict(
                "MAIL_NOT_CONFIGURED",
                "this gateway sends no mail; an operator sets FAXGATE_MAIL__SMTP_HOST and FAXGATE_MAIL__FROM",
            ));
        }
        let (app, asker, tenant) = (self.clone(), asker.clone(), tenant.id);
        self.on_main(async move {
            let (id, now) = (MailId::generate(&app.ambient), app.now());
            let mut tx = app.db.write(tenant).await?;
            once.complete(&mut tx, &id).await?;
            let notice = Notice {
                at: Some(now),
                ..Notice::new(NoticeKind::Test)
            };
            let letter = NewLetter {
                id,
                subject_key: format!("test:{id}"),
                kind: "test".to_owned(),
                recipient: to.clone(),
                fax: None,
                notice: serde_json::to_string(&notice).map_err(Error::internal)?,
            };
            mail::add(&mut tx, tenant, &letter, now).await?;
            let entry = Entry::new(&asker, "mail.tested", id).details(json!({"to": to}));
            app.audit(&mut tx, tenant, entry).await?;
            tx.commit().await?;
            app.mail_added.notify_one();
            Ok(id)
        })
        .await
    }
}
