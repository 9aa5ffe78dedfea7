//! The dial string. Every byte of it is whitelisted or percent-encoded by the types of `faxgate-esl`.

use std::path::{Path, PathBuf};

use faxgate_core::CallOrder;
use faxgate_esl::argument::{AbsolutePath, EncodedText, GatewayName, Number};
use faxgate_esl::variable::{Codec, VariableName};
use faxgate_esl::{Application, Command, Endpoint, Hook, InvalidArgument, Originate};
use faxgate_types::E164;

use super::{Config, DialFormat, T38};

/// Where the pages of a fax lie for FreeSWITCH.
pub(super) fn pages_folder(config: &Config) -> PathBuf {
    config.spool_dir.join("tx")
}

/// Whether names and paths of the settings can stand in a dial string.
pub(super) fn check(config: &Config) -> Result<(), InvalidArgument> {
    config.gateway.parse::<GatewayName>()?;
    path(&config.cdr_dir)?;
    path(&pages_folder(config))?;
    Ok(())
}

/// The command that places a call: one leg, one gateway, bounded by FreeSWITCH itself.
pub(super) fn command(
    config: &Config,
    order: &CallOrder,
    pages: &Path,
) -> Result<Command, InvalidArgument> {
    let header = &order.header;
    let mut call = Originate::new(
        order.call.uuid(),
        Endpoint::Gateway {
            gateway: config.gateway.parse()?,
            number: number(&order.destination, config.dial_format)?,
        },
        Application::TxFax(path(pages)?),
    )
    .caller_id_number(number(&order.sender, config.dial_format)?)
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
    .set(VariableName::FAX_ENABLE_T38, config.t38 != T38::Off)
    .set(
        VariableName::FAX_ENABLE_T38_REQUEST,
        config.t38 == T38::Request,
    )
    .set(VariableName::FAX_USE_ECM, config.ecm)
    .set(VariableName::FAX_IDENT, EncodedText::new(&header.ident)?)
    .set(VariableName::FAX_HEADER, EncodedText::new(&header.text)?)
    .set(VariableName::FAX_TIMEZONE, EncodedText::new(&header.zone)?)
    .set(VariableName::JSON_CDR_BASE, path(&config.cdr_dir)?)
    .set("faxgate_attempt".parse()?, order.attempt.uuid());
    if order.start_page > 0 {
        call = call.set(VariableName::FAX_START_PAGE, order.start_page);
    }
    Ok(call.command())
}

fn number(number: &E164, format: DialFormat) -> Result<Number, InvalidArgument> {
    match format {
        DialFormat::Digits => number.digits().parse(),
        DialFormat::Plus => number.as_str().parse(),
        DialFormat::National => number.national().parse(),
    }
}

fn path(path: &Path) -> Result<AbsolutePath, InvalidArgument> {
    path.to_str().unwrap_or_default().parse()
}
