//! `POST /v2/media`: documents kept by name.

use serde_json::json;

use super::super::account::Account;
use super::super::answer::{self, Answer};
use super::super::media;
use super::{Asked, multipart};

/// Documents that are kept at most.
const MAX_KEPT: usize = 1000;

pub(super) async fn upload(account: &Account, asked: &Asked) -> Answer {
    let form = match multipart::read(asked, "media").await {
        Ok(form) => form,
        Err(answer) => return answer,
    };
    let text = |name: &str| form.members.get(name).and_then(|value| value.as_str());
    let bytes = match (form.file, text("media_url")) {
        (Some(bytes), _) => bytes,
        (None, Some(url)) => match media::fetch(account, url).await {
            Ok(bytes) => bytes,
            Err(reason) => return answer::bad_request(reason, "media_url"),
        },
        (None, None) => return answer::bad_request("There is no media.", "media_url"),
    };
    let name = text("media_name").map_or_else(|| account.new_id(), str::to_owned);
    let mut state = account.state();
    if state.media.len() >= MAX_KEPT {
        return answer::bad_request("Too much media is kept already.", "media_name");
    }
    state.media.insert(name.clone(), bytes);
    let now = account.now();
    let until = now + std::time::Duration::from_secs(2 * 86_400);
    Answer::data(json!({
        "record_type": "media",
        "media_name": name,
        "created_at": now.to_seconds(),
        "updated_at": now.to_seconds(),
        "expires_at": until.to_seconds(),
    }))
}
