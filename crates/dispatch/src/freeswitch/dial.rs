//! The dial string. Every byte of it is whitelisted or percent-encoded by the types of `faxgate-esl`.

use std::path::{Path, PathBuf};

use faxgate_core::CallOrder;
use faxgate_esl::argument::{
    AbsolutePath, CallerName, EncodedText, GatewayName, HttpAddress, Number,
};
use faxgate_esl::variable::{Codec, VariableName};
use faxgate_esl::{Application, Command, Endpoint, Hook, InvalidArgument, Originate};
use faxgate_types::E164;

use super::{Config, DialFormat, Spool, T38};

/// The most characters of a [`CallerName`].
const LONGEST_NAME: usize = 40;

/// Where the pages of a fax lie for a FreeSWITCH that shares a folder with us.
pub(super) fn pages_folder(config: &Config) -> Option<PathBuf> {
    match &config.spool {
        Spool::Shared { spool_dir, .. } => Some(spool_dir.join("tx")),
        Spool::Remote { .. } => None,
    }
}

/// Why a call cannot be written down as a command.
#[derive(Debug, thiserror::Error)]
pub(super) enum DialError {
    /// A value has a character that no dial string may have.
    #[error(transparent)]
    Invalid(#[from] InvalidArgument),
    /// The gateway takes national numbers only, and this is another country's.
    #[error("the gateway takes numbers of calling code {0} only (dial_format = \"national\")")]
    Abroad(u16),
}

/// Whether names and paths of the settings can stand in a dial string.
pub(super) fn check(config: &Config) -> Result<(), InvalidArgument> {
    config.gateway.parse::<GatewayName>()?;
    match &config.spool {
        Spool::Shared { spool_dir, cdr_dir } => {
            path(&spool_dir.join("tx"))?;
            path(cdr_dir)?;
        }
        Spool::Remote { pages_url } => {
            HttpAddress::new(pages_url.as_str())?;
        }
    }
    Ok(())
}

/// The command that places a call: one leg, one gateway, bounded by FreeSWITCH itself.
pub(super) fn command(
    config: &Config,
    order: &CallOrder,
    pages: AbsolutePath,
) -> Result<Command, DialError> {
    let header = &order.header;
    let t38 = config.t38 != T38::Off && order.settings.t38;
    let mut call = Originate::new(
        order.call.uuid(),
        Endpoint::Gateway {
            gateway: config.gateway.parse()?,
            number: number(&order.destination, config.dial_format)?,
        },
        Application::TxFax(pages),
    )
    .caller_id_number(caller(&order.sender, config.dial_format)?)
    .set(VariableName::IGNORE_EARLY_MEDIA, true)
    .set(VariableName::APP_DISABLE_EXPAND_VARIABLES, true)
    // The fax's result ends the call: a T.38 channel whose far end has vanished would stay up for ever.
    .on_fax_result(Hook::Hangup)
    .on_answer(Hook::SchedHangup(order.longest))
    .set(
        VariableName::ABSOLUTE_CODEC_STRING,
        vec![Codec::Pcmu, Codec::Pcma],
    )
    .set(
        VariableName::DTMF_TYPE,
        "none".parse::<faxgate_esl::argument::Token>()?,
    )
    .set(VariableName::SUPPRESS_CNG, true)
    .set(
        VariableName::ORIGINATE_TIMEOUT,
        u32::try_from(config.originate_timeout.as_secs()).unwrap_or(60),
    )
    .set(VariableName::FAX_ENABLE_T38, t38)
    .set(
        VariableName::FAX_ENABLE_T38_REQUEST,
        t38 && config.t38 == T38::Request,
    )
    .set(VariableName::FAX_USE_ECM, config.ecm && order.settings.ecm)
    .set(VariableName::FAX_DISABLE_V17, !order.settings.v17)
    .set(VariableName::FAX_IDENT, EncodedText::new(&header.ident)?)
    .set(VariableName::FAX_HEADER, EncodedText::new(&header.text)?)
    .set(VariableName::FAX_TIMEZONE, EncodedText::new(&header.zone)?)
    .set("faxgate_attempt".parse()?, order.attempt.uuid());
    if let Some(name) = order.caller_name.as_deref().and_then(caller_name) {
        call = call.caller_id_name(name);
    }
    if let Spool::Shared { cdr_dir, .. } = &config.spool {
        call = call.set(VariableName::JSON_CDR_BASE, path(cdr_dir)?);
    }
    if order.start_page > 0 {
        call = call.set(VariableName::FAX_START_PAGE, order.start_page);
    }
    Ok(call.command())
}

fn number(number: &E164, format: DialFormat) -> Result<Number, DialError> {
    Ok(match format {
        DialFormat::Digits => number.digits().parse()?,
        DialFormat::Plus => number.as_str().parse()?,
        // Without its country code, a number abroad would be somebody else's here.
        DialFormat::National { calling_code } if number.calling_code() == Some(calling_code) => {
            number.national().parse()?
        }
        DialFormat::National { calling_code } => return Err(DialError::Abroad(calling_code)),
    })
}

/// The caller's number is only shown: one from abroad keeps its country code.
fn caller(sender: &E164, format: DialFormat) -> Result<Number, InvalidArgument> {
    match number(sender, format) {
        Ok(number) => Ok(number),
        Err(DialError::Invalid(error)) => Err(error),
        Err(DialError::Abroad(_)) => sender.digits().parse(),
    }
}

/// What a call can show of a name: FreeSWITCH does not decode it, so other characters than those of [`CallerName`] become
/// blanks. `None` when nothing is left: the call is placed all the same.
fn caller_name(name: &str) -> Option<CallerName> {
    let words = name.split(|c: char| !(c.is_ascii_alphanumeric() || "_.-".contains(c)));
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let name: String = words.join(" ").chars().take(LONGEST_NAME).collect();
    name.trim_end().parse().ok()
}

pub(super) fn path(path: &Path) -> Result<AbsolutePath, InvalidArgument> {
    path.to_str().unwrap_or_default().parse()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use faxgate_core::HeaderLine;
    use faxgate_esl::Credentials;
    use faxgate_types::{AttemptId, CallUuid, LineSettings, SinceBoot, TimeZone, Timestamp};
    use uuid::Uuid;

    use super::*;

    fn config(dial_format: DialFormat, spool: Spool) -> Config {
        Config {
            name: "east".to_owned(),
            host: "127.0.0.1".to_owned(),
            port: 8021,
            credentials: Credentials::password("ClueCon").unwrap(),
            gateway: "telnyx".to_owned(),
            spool,
            originate_timeout: Duration::from_secs(60),
            t38: T38::Request,
            ecm: true,
            dial_format,
        }
    }

    fn shared() -> Spool {
        Spool::Shared {
            spool_dir: "/spool".into(),
            cdr_dir: "/spool/cdr".into(),
        }
    }

    fn order(destination: &str, settings: LineSettings) -> CallOrder {
        let sender: E164 = "+15551230001".parse().unwrap();
        CallOrder {
            call: CallUuid::from_uuid(Uuid::nil()),
            attempt: AttemptId::from_uuid(Uuid::nil()),
            destination: destination.parse().unwrap(),
            header: HeaderLine::new(
                "Acme",
                &sender,
                "UTC".parse::<TimeZone>().unwrap(),
                Timestamp::from_unix_micros(0).unwrap(),
            ),
            sender,
            pages_key: "t/pages/a.tif".to_owned(),
            file_name: "a.tif".to_owned(),
            tenant: faxgate_types::TenantId::generate(&faxgate_types::Ambient::system()),
            caller_name: None,
            total_pages: 1,
            resolution: faxgate_types::Resolution::Fine,
            start_page: 0,
            longest: Duration::from_secs(240),
            settings,
            send_by: SinceBoot(Duration::ZERO),
        }
    }

    fn dialled(config: &Config, order: &CallOrder) -> Result<String, DialError> {
        let pages = AbsolutePath::new("/spool/tx/a.tif")?;
        command(config, order, pages).map(|command| command.as_str().to_owned())
    }

    #[test]
    fn a_call_uses_no_more_than_its_settings_allow() {
        let config = config(DialFormat::Digits, shared());
        let all = dialled(&config, &order("+15550001111", LineSettings::default())).unwrap();
        for word in [
            "fax_enable_t38=true",
            "fax_enable_t38_request=true",
            "fax_use_ecm=true",
            "fax_disable_v17=false",
            "json_cdr_base=/spool/cdr",
        ] {
            assert!(all.contains(word), "{word}: {all}");
        }
        let none = "".parse().unwrap();
        let none = dialled(&config, &order("+15550001111", none)).unwrap();
        for word in [
            "fax_enable_t38=false",
            "fax_enable_t38_request=false",
            "fax_use_ecm=false",
            "fax_disable_v17=true",
        ] {
            assert!(none.contains(word), "{word}: {none}");
        }
    }

    #[test]
    fn a_number_with_a_name_shows_as_much_of_it_as_a_call_can() {
        let config = config(DialFormat::Digits, shared());
        let shown = |name: &str| {
            let mut order = order("+15550001111", LineSettings::default());
            order.caller_name = Some(name.to_owned());
            let dialled = dialled(&config, &order).unwrap();
            let (_, name) = dialled.split_once("origination_caller_id_name=")?;
            Some(name.split(',').next().unwrap_or_default().to_owned())
        };
        assert_eq!(shown("Acme").as_deref(), Some("Acme"));
        let hostile = "Smith & Sons, Ltd.}sofia/x '${system(id)}'\n\napi quit";
        assert_eq!(
            shown(hostile).as_deref(),
            Some("'Smith Sons Ltd. sofia x system id api qu'")
        );
        let cut_at_a_blank = format!("{} tail", "x".repeat(39));
        assert_eq!(shown(&cut_at_a_blank), Some("x".repeat(39)));
        assert_eq!(shown("\u{4e2d}&'"), None);
    }

    #[test]
    fn a_national_gateway_dials_nobody_abroad() {
        let config = config(DialFormat::National { calling_code: 1 }, shared());
        let settings = LineSettings::default();
        let at_home = dialled(&config, &order("+15550001111", settings)).unwrap();
        assert!(
            at_home.contains("sofia/gateway/telnyx/5550001111 "),
            "{at_home}"
        );
        let abroad = dialled(&config, &order("+442079460000", settings));
        assert!(matches!(abroad, Err(DialError::Abroad(1))), "{abroad:?}");
        let british = Config {
            dial_format: DialFormat::National { calling_code: 44 },
            ..config
        };
        let from_abroad = dialled(&british, &order("+442079460000", settings)).unwrap();
        assert!(from_abroad.contains("/2079460000 "), "{from_abroad}");
        assert!(
            from_abroad.contains("origination_caller_id_number=15551230001"),
            "{from_abroad}"
        );
    }

    #[test]
    fn without_a_shared_folder_freeswitch_keeps_its_own_place_for_records() {
        let spool = Spool::Remote {
            pages_url: "https://fax.example.com".to_owned(),
        };
        let config = config(DialFormat::Plus, spool);
        assert!(check(&config).is_ok());
        let remote = dialled(&config, &order("+15550001111", LineSettings::default())).unwrap();
        assert!(!remote.contains("json_cdr_base"), "{remote}");
        let hostile = Config {
            spool: Spool::Remote {
                pages_url: "https://fax.example.com/ api".to_owned(),
            },
            ..config
        };
        assert!(check(&hostile).is_err());
    }
}
