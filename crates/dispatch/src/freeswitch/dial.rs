//! The dial string. Every byte of it is whitelisted or percent-encoded by the types of `faxgate-esl`.

use std::path::{Path, PathBuf};

use faxgate_core::CallOrder;
use faxgate_esl::argument::{AbsolutePath, EncodedText, GatewayName, HttpAddress, Number};
use faxgate_esl::variable::{Codec, VariableName};
use faxgate_esl::{Application, Command, Endpoint, Hook, InvalidArgument, Originate};
use faxgate_types::E164;

use super::{Config, DialFormat, Spool, T38};

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

pub(super) fn path(path: &Path) -> Result<AbsolutePath, InvalidArgument> {
    path.to_str().unwrap_or_default().parse()
}
