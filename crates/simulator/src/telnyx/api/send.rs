//! `POST /v2/faxes`.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

use super::super::Call;
use super::super::account::Account;
use super::super::answer::{self, Answer};
use super::super::fax::{self, Fax};
use super::super::line::{self, Source};
use super::super::webhooks::{self, More};
use super::{Asked, multipart};

const QUALITIES: [&str; 5] = ["normal", "high", "very_high", "ultra_light", "ultra_dark"];
/// The longest `from_display_name`.
const MAX_NAME: usize = 128;

pub(super) async fn answer(account: &Arc<Account>, asked: &Asked) -> Answer {
    let form = match multipart::read(asked, "contents").await {
        Ok(form) => form,
        Err(answer) => return answer,
    };
    let fax = match wanted(&form.members) {
        Ok(fax) => fax,
        Err(answer) => return answer,
    };
    let source = match source(account, &fax, form.file) {
        Ok(source) => source,
        Err(answer) => return answer,
    };
    accept(account, fax, source).unwrap_or_else(|refused| refused)
}

/// Takes the fax: from here on it is sent, whether or not the answer arrives.
fn accept(account: &Arc<Account>, asked: fax::Asked, source: Source) -> Result<Answer, Answer> {
    let (id, now) = (account.new_id(), account.now());
    let mut state = account.state();
    let known = state.applications.get(&asked.connection_id);
    if known.is_none_or(|application| !application.active) {
        return Err(Answer::bad(
            422,
            "10015",
            "Invalid value for connection_id (Fax Application ID)",
            "The requested connection_id (Fax Application ID) is either invalid or does not exist. Only Fax Applications with valid webhook URL are accepted.",
            "connection_id",
        ));
    }
    if state.faxes.in_process() >= account.options.max_faxes {
        return Err(answer::too_many());
    }
    let scenario = state.scenarios.next(&asked.to);
    account.log.placed(now, call(&id, &asked));
    let mut fax = Fax::new(id.clone(), false, asked, now);
    fax.listed_from = now + state.list_lag.time();
    fax.lists_without = state.list_lag.lists();
    let shown = fax.shown();
    state.faxes.add(fax);
    webhooks::tell(account, &mut state, &id, More::default());
    drop(state);
    account.tell();
    line::send(account, id, scenario, source);
    Ok(Answer::json(202, &json!({"data": shown})))
}

fn call(id: &str, asked: &fax::Asked) -> Call {
    Call {
        fax_id: id.to_owned(),
        client_state: asked.client_state.clone(),
        connection_id: asked.connection_id.clone(),
        from: asked.from.clone(),
        to: asked.to.clone(),
        file_sha256: None,
        pages_total: 0,
        pages_delivered: 0,
        t38_enabled: asked.t38_enabled,
        outcome: None,
        failure_reason: None,
    }
}

/// What the request asks for, checked member by member.
fn wanted(members: &Value) -> Result<fax::Asked, Answer> {
    let text = |name: &str| match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(answer::bad_request("The value must be a string.", name)),
    };
    let flag = |name: &str, usual: bool| match members.get(name) {
        None | Some(Value::Null) => Ok(usual),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(answer::bad_request("The value must be a boolean.", name)),
    };
    let required = |name: &str| {
        let given = text(name)?.filter(|text| !text.is_empty());
        given.ok_or_else(|| answer::bad_request("The parameter is required.", name))
    };
    let asked = fax::Asked {
        connection_id: required("connection_id")?,
        from: required("from")?,
        to: required("to")?,
        from_display_name: text("from_display_name")?,
        media_url: text("media_url")?,
        media_name: text("media_name")?,
        quality: text("quality")?.unwrap_or_else(|| "high".to_owned()),
        t38_enabled: flag("t38_enabled", true)?,
        store_media: flag("store_media", false)?,
        client_state: text("client_state")?,
        webhook_url: text("webhook_url")?,
        caller_id: None,
    };
    flag("store_preview", false)?;
    let monochrome = flag("monochrome", false)?;
    if !is_e164(&asked.from) {
        return Err(answer::not_e164("from"));
    }
    if !is_e164(&asked.to) && !asked.to.starts_with("sip:") {
        return Err(answer::not_e164("to"));
    }
    if !QUALITIES.contains(&asked.quality.as_str()) {
        return Err(answer::bad_request("There is no such quality.", "quality"));
    }
    if let Some(name) = &asked.from_display_name
        && (name.chars().count() > MAX_NAME || !name.chars().all(is_in_a_name))
    {
        let detail = "At most 128 letters, digits, spaces and -_~!.+";
        return Err(answer::bad_request(detail, "from_display_name"));
    }
    if let Some(state) = &asked.client_state
        && STANDARD.decode(state).is_err()
    {
        let detail = "The value must be a valid base64 encoded string.";
        return Err(answer::bad_request(detail, "client_state"));
    }
    match members.get("black_threshold") {
        None | Some(Value::Null) => {}
        Some(value) => {
            let number = value
                .as_u64()
                .or_else(|| value.as_str().and_then(|text| text.parse().ok()));
            if !monochrome || number.is_none_or(|number| number > 100) {
                let detail = "A percentage, with monochrome only.";
                return Err(answer::bad_request(detail, "black_threshold"));
            }
        }
    }
    Ok(asked)
}

/// Where the document comes from: exactly one of three.
fn source(account: &Account, asked: &fax::Asked, file: Option<Bytes>) -> Result<Source, Answer> {
    match (file, &asked.media_url, &asked.media_name) {
        (Some(bytes), None, None) => Ok(Source::Uploaded(bytes)),
        (None, Some(url), None) => Ok(Source::Fetched(url.clone())),
        (None, None, Some(name)) => {
            let kept = account.state().media.get(name).cloned();
            let unknown = || answer::bad_request("There is no such media.", "media_name");
            kept.map(Source::Uploaded).ok_or_else(unknown)
        }
        _ => {
            let detail = "Exactly one of media_url, media_name and contents is required.";
            Err(answer::bad_request(detail, "media_url"))
        }
    }
}

fn is_in_a_name(c: char) -> bool {
    c.is_alphanumeric() || " -_~!.+".contains(c)
}

/// `+` and seven to fifteen digits (E.164).
fn is_e164(number: &str) -> bool {
    number.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0')
    })
}
