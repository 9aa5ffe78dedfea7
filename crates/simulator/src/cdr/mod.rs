//! CDRs as mod_json_cdr makes them: one for every session there was, as a file, as a POST, or both.

mod file;
mod post;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::channel::{Channel, Direction};
use crate::event::percent_encoded;
use crate::switch::{SWITCHNAME, Switch};

/// How long a torn CDR stays half written: long enough to be met.
const HALF_WRITTEN: Duration = Duration::from_millis(250);

/// Writes and posts the CDR of a channel in `CS_REPORTING`, unless `process_cdr` says no. The channel waits for it; a
/// failure is logged and nothing else, as in FreeSWITCH.
pub(crate) async fn write(switch: &Switch, channel: &Channel) {
    if matches!(channel.vars.get("process_cdr"), Some("false" | "b_only")) {
        return;
    }
    let records = &switch.options.records;
    let document = render(&switch.core().uuid, channel, records.encode_values).to_string();
    if records.file {
        let path = path(&switch.options.spool, channel);
        switch.remember_cdr(&path);
        if switch.faults.tears_cdr() {
            // Whoever reads now meets half a document; a kill in between leaves it so.
            file::write_half(&path, &document);
            tokio::time::sleep(HALF_WRITTEN).await;
        }
        file::write(&path, &document, switch.faults.disk_is_full());
    }
    if let Some(post) = &records.post
        && !post::send(switch, post, &channel.uuid, &document).await
    {
        let base = post.error_dir.clone();
        let base = base.unwrap_or_else(|| switch.options.spool.join("cdr"));
        let path = base.join(format!("{}.cdr.json", channel.uuid));
        switch.remember_cdr(&path);
        let body = post::body(post.body, &document);
        // What was escaped for the POST is kept escaped, without the name in front.
        let kept = body.strip_prefix("cdr=").unwrap_or(&body);
        file::write(&path, kept, switch.faults.disk_is_full());
    }
}

/// `json_cdr_base` of the channel, otherwise `SPOOL/cdr`.
fn path(spool: &Path, channel: &Channel) -> PathBuf {
    let base = channel
        .vars
        .get("json_cdr_base")
        .map_or_else(|| spool.join("cdr"), PathBuf::from);
    base.join(format!("{}.cdr.json", channel.uuid))
}

/// The document, in the recorded order.
///
/// `encode-values` covers the variables and nothing else: numbers of the caller profile stay as they are.
fn render(core_uuid: &str, channel: &Channel, encode_values: bool) -> Value {
    let variables: Map<String, Value> = channel
        .vars
        .iter()
        .map(|(name, value)| {
            let value = match encode_values {
                true => Value::from(percent_encoded(value)),
                false => Value::from(value),
            };
            (name.to_owned(), value)
        })
        .collect();
    let mut cdr = Map::new();
    cdr.insert("core-uuid".into(), core_uuid.into());
    cdr.insert("switchname".into(), SWITCHNAME.into());
    cdr.insert(
        "channel_data".into(),
        json!({
            "state": channel.state.name(),
            "direction": channel.direction.name(),
            "state_number": channel.state.number().to_string(),
            "flags": match channel.direction {
                Direction::Outbound => "0=1;1=1;2=1;39=1;40=1;42=1;45=1;55=1;62=1;113=1;114=1;142=1;160=1;165=1;166=1",
                Direction::Inbound => "0=1;1=1;3=1;39=1;40=1;42=1;45=1;55=1;105=1;113=1;114=1;123=1;160=1;165=1;166=1",
            },
            "caps": "1=1;2=1;3=1;4=1;5=1;6=1;8=1;9=1;10=1",
        }),
    );
    cdr.insert("callStats".into(), call_stats(channel));
    cdr.insert("variables".into(), Value::Object(variables));
    if !channel.ran.is_empty() {
        let applications: Vec<Value> = channel
            .ran
            .iter()
            .map(|ran| json!({"app_name": ran.app, "app_data": ran.argument, "app_stamp": ran.at.to_string()}))
            .collect();
        cdr.insert("app_log".into(), json!({"applications": applications}));
    }
    cdr.insert("callflow".into(), json!([call_flow(channel)]));
    Value::Object(cdr)
}

/// Numbers where the variables have text.
fn call_stats(channel: &Channel) -> Value {
    if channel.times.answered == 0 {
        return json!({});
    }
    let of = |prefix: &str| -> Map<String, Value> {
        let named = channel.vars.iter().filter_map(|(name, value)| {
            let number: f64 = value.parse().ok()?;
            Some((name.strip_prefix(prefix)?.to_owned(), json!(number)))
        });
        named.collect()
    };
    let mut outbound = of("rtp_audio_out_");
    for (name, value) in of("rtp_audio_rtcp_") {
        outbound.insert(format!("rtcp_{name}"), value);
    }
    json!({"audio": {"inbound": of("rtp_audio_in_"), "outbound": outbound}})
}

fn call_flow(channel: &Channel) -> Value {
    let (profile, times) = (&channel.profile, &channel.times);
    let mut flow = Map::new();
    if !profile.dialplan.is_empty() {
        flow.insert("dialplan".into(), profile.dialplan.clone().into());
    }
    flow.insert("profile_index".into(), "1".into());
    if let Some(first) = channel.ran.first() {
        let applications: Vec<Value> = channel
            .ran
            .iter()
            .map(|ran| json!({"app_name": ran.app, "app_data": ran.argument}))
            .collect();
        let (name, number) = match channel.direction {
            Direction::Outbound => (first.app.as_str(), first.argument.as_str()),
            Direction::Inbound => ("fax", profile.destination.as_str()),
        };
        flow.insert(
            "extension".into(),
            json!({"name": name, "number": number, "applications": applications}),
        );
    }
    flow.insert(
        "caller_profile".into(),
        json!({
            "username": profile.username,
            "dialplan": profile.dialplan,
            "caller_id_name": profile.caller_name,
            "ani": profile.ani,
            "aniii": "",
            "caller_id_number": profile.caller_number,
            "network_addr": profile.network_addr,
            "rdnis": "",
            "destination_number": profile.destination,
            "uuid": channel.uuid,
            "source": profile.source,
            "context": profile.context,
            "chan_name": channel.name,
        }),
    );
    let zero = "0";
    flow.insert(
        "times".into(),
        json!({
            "created_time": times.created.to_string(),
            "profile_created_time": times.created.to_string(),
            "progress_time": times.progress.to_string(),
            "progress_media_time": times.progress_media.to_string(),
            "answered_time": times.answered.to_string(),
            "bridged_time": zero,
            "last_hold_time": zero,
            "hold_accum_time": zero,
            "hangup_time": times.hangup.to_string(),
            "resurrect_time": zero,
            "transfer_time": zero,
        }),
    );
    Value::Object(flow)
}
