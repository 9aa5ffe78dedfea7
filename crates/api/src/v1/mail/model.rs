//! A tenant's mail, as clients read and write it.

use std::collections::BTreeMap;

use faxgate_core::{
    Alerts, Branding, Carry, Error, Inbound, IntakeEntry, MailChange, MailChoices, MailView,
    OutboxEntry, Results, SenderView,
};
use faxgate_types::EmailAddress;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::strict;

/// How a notice carries the document.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CarryBody {
    /// As a PDF, up to a bound; larger ones as a link.
    Attach,
    /// As a link that is signed and expires. Needs the gateway's public address.
    Link,
    /// Not at all.
    None,
}

/// How mail looks.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = MailBranding)]
pub(crate) struct BrandingBody {
    /// The name that readers know; null: the tenant's.
    #[schema(required = false, max_length = 80)]
    name: Option<String>,
    /// The name beside the sender's address; null: the same.
    #[schema(required = false, max_length = 80)]
    from_name: Option<String>,
    /// Where answers go; null: to the gateway's address.
    #[schema(required = false, format = "email")]
    reply_to: Option<String>,
    /// The colour of the line above the page.
    #[schema(required = false, example = "#1a5fb4", pattern = "^#[0-9a-fA-F]{6}$")]
    colour: Option<String>,
    /// A picture at https://…, shown in place of the name.
    #[schema(required = false, max_length = 500)]
    logo_url: Option<String>,
    /// Beneath everything.
    #[schema(required = false, max_length = 1000)]
    footer: Option<String>,
}

/// Who is told how faxes ended.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = MailResults)]
pub(crate) struct ResultsBody {
    /// These, of every fax. Besides, whoever sent a fax by mail, and the job API's `notification_email`, is told of that fax.
    #[schema(required = false, max_items = 50)]
    to: Vec<String>,
    /// Whether they are told of faxes that were sent.
    #[schema(required = false, default = true)]
    sent: bool,
    /// Whether they are told of faxes that failed.
    #[schema(required = false, default = true)]
    failed: bool,
    /// Whether they are told of faxes that are held because nobody knows whether they arrived.
    #[schema(required = false, default = true)]
    unknown: bool,
    /// How the document comes along.
    #[schema(required = false, default = "none")]
    document: CarryBody,
}

impl Default for ResultsBody {
    fn default() -> Self {
        Results::default().into()
    }
}

/// Who is told of faxes that came in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = MailInbound)]
pub(crate) struct InboundBody {
    /// These, of every fax.
    #[schema(required = false, max_items = 50)]
    to: Vec<String>,
    /// These, of faxes to one number (in E.164).
    #[schema(required = false)]
    by_number: BTreeMap<String, Vec<String>>,
    /// How the document comes along.
    #[schema(required = false, default = "link")]
    document: CarryBody,
}

impl Default for InboundBody {
    fn default() -> Self {
        Inbound::default().into()
    }
}

/// Who is told of limits, money, and webhook endpoints that are switched off.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = MailAlerts)]
pub(crate) struct AlertsBody {
    /// These; nobody named: those of `results`, or else those of `inbound`.
    #[schema(required = false, max_items = 50)]
    to: Vec<String>,
}

/// Somebody who may send faxes by mail.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MailSender)]
pub(crate) struct SenderBody {
    /// `nurse@clinic.example`, or `@clinic.example` for everybody there.
    #[schema(example = "nurse@clinic.example")]
    from: String,
    /// The user of the tenant in whose name.
    user: String,
    /// From which of the tenant's numbers, in E.164; null: the default one.
    #[serde(default)]
    #[schema(required = false, example = "+15551234567")]
    number: Option<String>,
}

/// Mail to fax, as it is to be.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = PutMailIntake)]
pub(crate) struct PutIntakeBody {
    /// Whether it is taken.
    #[schema(required = false)]
    enabled: bool,
    /// Whether it has to bring a token: in the address (NUMBER+TOKEN@…) or in square brackets in the subject. One is made the
    /// first time, and shown in that answer only.
    #[schema(required = false)]
    needs_token: bool,
    /// Makes another token.
    #[schema(required = false)]
    renew_token: bool,
}

/// A tenant's mail, as it is to be. What is left out gets its default.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = PutMail)]
pub(crate) struct PutMailBody {
    #[schema(required = false)]
    branding: BrandingBody,
    #[schema(required = false)]
    results: ResultsBody,
    #[schema(required = false)]
    inbound: InboundBody,
    #[schema(required = false)]
    alerts: AlertsBody,
    #[schema(required = false)]
    intake: PutIntakeBody,
    /// Who may send faxes by mail.
    #[schema(required = false, max_items = 1000)]
    senders: Vec<SenderBody>,
}

impl PutMailBody {
    /// Reads a body.
    ///
    /// # Errors
    /// `INVALID_JSON`; `INVALID_FIELDS`.
    pub(crate) fn read(body: &[u8]) -> Result<MailChange, Error> {
        let value: serde_json::Value = serde_json::from_slice(body).map_err(|error| {
            Error::bad_input(
                "INVALID_JSON",
                format!("the body is not valid JSON: {error}"),
            )
        })?;
        let body: Self = strict::from_value(value).map_err(|error| {
            Error::bad_input("INVALID_FIELDS", error.to_string()).field("body", error.to_string())
        })?;
        body.into_change()
    }

    fn into_change(self) -> Result<MailChange, Error> {
        let branding = Branding {
            name: self.branding.name,
            from_name: self.branding.from_name,
            reply_to: match self.branding.reply_to {
                Some(text) => Some(parsed("branding", &text)?),
                None => None,
            },
            colour: match self.branding.colour {
                Some(text) => parsed("branding", &text)?,
                None => Branding::default().colour,
            },
            logo_url: self.branding.logo_url,
            footer: self.branding.footer,
        };
        let mut by_number = BTreeMap::new();
        for (number, list) in self.inbound.by_number {
            by_number.insert(parsed("inbound", &number)?, addresses("inbound", &list)?);
        }
        let mut senders = Vec::new();
        for sender in self.senders {
            senders.push(SenderView {
                from: sender.from,
                username: sender.user,
                number: match sender.number {
                    Some(number) => Some(parsed("senders", &number)?),
                    None => None,
                },
            });
        }
        Ok(MailChange {
            choices: MailChoices {
                branding,
                results: Results {
                    to: addresses("results", &self.results.to)?,
                    sent: self.results.sent,
                    failed: self.results.failed,
                    unknown: self.results.unknown,
                    document: self.results.document.into(),
                },
                inbound: Inbound {
                    to: addresses("inbound", &self.inbound.to)?,
                    by_number,
                    document: self.inbound.document.into(),
                },
                alerts: Alerts {
                    to: addresses("alerts", &self.alerts.to)?,
                },
                intake: self.intake.enabled,
            },
            senders,
            needs_token: self.intake.needs_token,
            renew_token: self.intake.renew_token,
        })
    }
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
    field: &str,
    text: &str,
) -> Result<T, Error> {
    text.parse().map_err(|error| {
        let shown: String = text.chars().take(80).collect();
        let problem = format!("{shown}: {error}");
        Error::bad_input("INVALID_FIELDS", format!("{field}: {problem}")).field(field, problem)
    })
}

fn addresses(field: &str, list: &[String]) -> Result<Vec<EmailAddress>, Error> {
    list.iter().map(|text| parsed(field, text)).collect()
}

/// Mail to fax.
#[derive(Serialize, ToSchema)]
#[schema(as = MailIntakeSettings)]
pub(crate) struct IntakeBody {
    /// Whether it is taken.
    enabled: bool,
    /// Whether it has to bring a token.
    needs_token: bool,
    /// The token, only when it was just made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    token: Option<String>,
    /// The domain of the addresses NUMBER@domain and NUMBER@tenant.domain; null: the gateway takes none.
    #[schema(example = "fax.example.com")]
    domain: Option<String>,
    /// The domains of senders that an operator has confirmed to be the tenant's: from there, NUMBER@domain is enough.
    #[schema(example = json!(["clinic.example"]))]
    confirmed_domains: Vec<String>,
    /// The mail server that has to vouch for each sender, as the operator has set it; null: none has to, and a token is needed.
    #[schema(example = "mx.example.com")]
    vouched_by: Option<String>,
}

/// A tenant's mail.
#[derive(Serialize, ToSchema)]
#[schema(as = Mail)]
pub(crate) struct MailBody {
    /// Whether the gateway sends mail at all.
    sends: bool,
    branding: BrandingBody,
    results: ResultsBody,
    inbound: InboundBody,
    alerts: AlertsBody,
    intake: IntakeBody,
    /// Who may send faxes by mail.
    senders: Vec<SenderBody>,
}

impl From<MailView> for MailBody {
    fn from(view: MailView) -> Self {
        let branding = view.choices.branding;
        let sender = |sender: SenderView| SenderBody {
            from: sender.from,
            user: sender.username,
            number: sender.number.map(|number| number.to_string()),
        };
        Self {
            sends: view.sends,
            branding: BrandingBody {
                name: branding.name,
                from_name: branding.from_name,
                reply_to: branding.reply_to.map(String::from),
                colour: Some(branding.colour.to_string()),
                logo_url: branding.logo_url,
                footer: branding.footer,
            },
            results: view.choices.results.into(),
            inbound: view.choices.inbound.into(),
            alerts: AlertsBody {
                to: texts(view.choices.alerts.to),
            },
            intake: IntakeBody {
                enabled: view.choices.intake,
                needs_token: view.has_token,
                token: view.new_token,
                domain: view.intake_domain,
                confirmed_domains: view.domains,
                vouched_by: view.vouched_by,
            },
            senders: view.senders.into_iter().map(sender).collect(),
        }
    }
}

impl From<Results> for ResultsBody {
    fn from(results: Results) -> Self {
        Self {
            to: texts(results.to),
            sent: results.sent,
            failed: results.failed,
            unknown: results.unknown,
            document: results.document.into(),
        }
    }
}

impl From<Inbound> for InboundBody {
    fn from(inbound: Inbound) -> Self {
        let by_number = inbound.by_number.into_iter();
        Self {
            to: texts(inbound.to),
            by_number: by_number
                .map(|(number, list)| (number.to_string(), texts(list)))
                .collect(),
            document: inbound.document.into(),
        }
    }
}

fn texts(list: Vec<EmailAddress>) -> Vec<String> {
    list.into_iter().map(String::from).collect()
}

impl From<Carry> for CarryBody {
    fn from(carry: Carry) -> Self {
        match carry {
            Carry::Attach => Self::Attach,
            Carry::Link => Self::Link,
            Carry::None => Self::None,
        }
    }
}

impl From<CarryBody> for Carry {
    fn from(carry: CarryBody) -> Self {
        match carry {
            CarryBody::Attach => Self::Attach,
            CarryBody::Link => Self::Link,
            CarryBody::None => Self::None,
        }
    }
}

/// A message of the gateway's.
#[derive(Serialize, ToSchema)]
#[schema(as = MailMessage)]
pub(crate) struct MessageBody {
    /// Its id; its Message-ID is made of it.
    id: String,
    /// What it tells of: `fax.sent`, `fax.failed`, `fax.unknown`, `fax.received`, `intake.accepted`, `intake.refused`, `test`.
    kind: String,
    /// To whom.
    to: String,
    /// The fax that it tells of.
    fax: Option<String>,
    /// `waiting`, `sending`, `sent` or `failed`.
    status: &'static str,
    /// Tries so far.
    tries: u32,
    /// When it is tried next; null: never again.
    #[schema(format = DateTime)]
    next_try_at: Option<String>,
    /// What the mail server answered last, or what kept us from asking it.
    answer: Option<String>,
    /// Since when it is.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was sent or given up.
    #[schema(format = DateTime)]
    ended_at: Option<String>,
}

impl From<OutboxEntry> for MessageBody {
    fn from(entry: OutboxEntry) -> Self {
        Self {
            id: entry.id.to_string(),
            kind: entry.kind,
            to: entry.recipient,
            fax: entry.fax_id.map(|fax| fax.to_string()),
            status: entry.state.as_str(),
            tries: u32::try_from(entry.tries).unwrap_or(0),
            next_try_at: entry.ended_at.is_none().then(|| entry.due_at.to_string()),
            answer: entry.answer,
            created_at: entry.created_at.to_string(),
            ended_at: entry.ended_at.map(|at| at.to_string()),
        }
    }
}

/// A message that came in to be faxed.
#[derive(Serialize, ToSchema)]
#[schema(as = MailReceived)]
pub(crate) struct ReceivedBody {
    /// Its id here.
    id: String,
    /// Its Message-ID.
    message_id: Option<String>,
    /// `maildir` or `smtp`.
    source: String,
    /// From whom.
    from: String,
    /// To which addresses.
    to: String,
    /// Its subject.
    subject: String,
    /// `taking`, `accepted` or `refused`.
    status: &'static str,
    /// Why it was refused.
    error: Option<String>,
    /// The faxes it became, in the order of its documents.
    faxes: Vec<String>,
    /// When it came.
    #[schema(format = DateTime)]
    created_at: String,
}

impl From<IntakeEntry> for ReceivedBody {
    fn from(entry: IntakeEntry) -> Self {
        let message = entry.message;
        Self {
            id: message.id.to_string(),
            message_id: message.message_id,
            source: message.source,
            from: message.sender,
            to: message.recipients,
            subject: message.subject,
            status: message.state.as_str(),
            error: message.error,
            faxes: entry.faxes.iter().map(ToString::to_string).collect(),
            created_at: message.created_at.to_string(),
        }
    }
}
