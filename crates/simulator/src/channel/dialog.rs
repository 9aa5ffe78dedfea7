//! The SIP dialog of a call: made-up tags, ports and descriptions, and the variables that each step sets.

use faxgate_types::Ambient;

use super::Channel;

const OUTBOUND_CREATED: &str = include_str!("tables/outbound_created.txt");
const OUTBOUND_INVITED: &str = include_str!("tables/outbound_invited.txt");
const REPLIED: &str = include_str!("tables/replied.txt");
const DIALOG: &str = include_str!("tables/dialog.txt");
const MEDIA: &str = include_str!("tables/media.txt");
const T38: &str = include_str!("tables/t38.txt");
const INBOUND_CREATED: &str = include_str!("tables/inbound_created.txt");
const INBOUND_ROUTED: &str = include_str!("tables/inbound_routed.txt");
const INBOUND_PLAYBACK: &str = include_str!("tables/inbound_playback.txt");

/// What the two ends of one call agree on.
#[derive(Clone, Debug)]
pub(crate) struct Dialog {
    pub(crate) gateway: String,
    session: u64,
    sip_call_id: String,
    from_tag: String,
    to_tag: String,
    branch: String,
    cseq: u32,
    ssrc: u32,
    media_port: u16,
    remote_media_port: u16,
    version: i64,
}

impl Dialog {
    /// A new dialog of the switch's `session`th session.
    pub(crate) fn new(ambient: &Ambient, session: u64, gateway: &str, created: i64) -> Self {
        let [a, b, c, d] = ambient.bytes::<4>();
        let even = |high: u8, low: u8| 6000 + u16::from_be_bytes([high & 0x1f, low & 0xfe]);
        Self {
            gateway: gateway.to_owned(),
            session,
            sip_call_id: ambient.uuid().to_string(),
            from_tag: hex::encode(ambient.bytes::<6>()),
            to_tag: hex::encode(ambient.bytes::<6>()),
            branch: hex::encode(ambient.bytes::<6>()),
            cseq: 123_000_000 + u32::from(a),
            ssrc: u32::from_be_bytes([a, b, c, d]),
            media_port: even(a, b),
            remote_media_port: even(c, d),
            version: created / 1_000_000,
        }
    }

    fn sdp(&self, port: u16, version: i64, media: &str) -> String {
        format!(
            "v=0\r\no=FreeSWITCH {} {} IN IP4 127.0.0.1\r\ns=FreeSWITCH\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm={}",
            self.version,
            self.version + version,
            media.replace("PORT", &port.to_string())
        )
    }

    fn fill(&self, channel: &Channel, word: &str) -> String {
        const AUDIO: &str = "audio PORT RTP/AVP 0 8 101 13\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=rtpmap:13 CN/8000\r\na=ptime:20\r\na=sendrecv\r\n";
        const FAX: &str = "image PORT udptl t38\r\na=T38FaxVersion:0\r\na=T38MaxBitRate:14400\r\na=T38FaxFillBitRemoval\r\na=T38FaxRateManagement:transferredTCF\r\na=T38FaxMaxBuffer:2000\r\na=T38FaxMaxDatagram:400\r\na=T38FaxUdpEC:t38UDPRedundancy\r\n";
        let profile = &channel.profile;
        match word {
            "uuid" => channel.uuid.clone(),
            "name" => channel.name.clone(),
            "session" => self.session.to_string(),
            "gateway" => self.gateway.clone(),
            "destination" => profile.destination.clone(),
            "caller" => profile.orig_caller_number.clone(),
            "caller_name" => profile.orig_caller_name.clone(),
            "created" => channel.times.created.to_string(),
            "sip_call_id" => self.sip_call_id.clone(),
            "from_tag" => self.from_tag.clone(),
            "to_tag" => self.to_tag.clone(),
            "branch" => self.branch.clone(),
            "cseq" => self.cseq.to_string(),
            "ssrc" => self.ssrc.to_string(),
            "media_port" => self.media_port.to_string(),
            "remote_media_port" => self.remote_media_port.to_string(),
            "local_audio_sdp" => self.sdp(self.media_port, 1, AUDIO),
            "remote_audio_sdp" => self.sdp(self.remote_media_port, 1, AUDIO),
            "local_t38_sdp" => self.sdp(self.media_port, 2, FAX),
            "remote_t38_sdp" => self.sdp(self.remote_media_port, 2, FAX),
            "early_media" => (channel.vars.is_true("ignore_early_media") != Some(true)).to_string(),
            "did" => crate::number::e164(&profile.destination),
            _ => String::new(),
        }
    }

    fn apply(&self, channel: &mut Channel, tables: &[&'static str]) {
        let about = channel.clone();
        for table in tables {
            channel
                .vars
                .set_table(table, &|word| self.fill(&about, word));
        }
    }

    /// The channel of an outgoing call, its INVITE on the way; `given` are the originate's variables.
    pub(crate) fn invite(&self, channel: &mut Channel, given: &[(String, String)]) {
        self.apply(channel, &[OUTBOUND_CREATED]);
        for (name, value) in given {
            channel.vars.set(name.clone(), value.clone());
        }
        self.apply(channel, &[OUTBOUND_INVITED]);
    }

    /// The far end has said anything at all.
    pub(crate) fn replied(&self, channel: &mut Channel) {
        "127.0.0.1".clone_into(&mut channel.profile.network_addr);
        self.apply(channel, &[REPLIED]);
    }

    /// The far end has accepted the dialog: it rings (180) or answers.
    pub(crate) fn accepted(&self, channel: &mut Channel) {
        self.replied(channel);
        channel.profile.callee_name = channel.profile.destination.clone();
        self.apply(channel, &[DIALOG]);
    }

    /// Media flow.
    pub(crate) fn media(&self, channel: &mut Channel) {
        self.apply(channel, &[MEDIA]);
    }

    /// The re-INVITE to T.38 has been accepted.
    pub(crate) fn t38(&self, channel: &mut Channel) {
        self.apply(channel, &[T38]);
    }

    /// The channel of an incoming call.
    pub(crate) fn invited(&self, channel: &mut Channel) {
        self.apply(channel, &[INBOUND_CREATED]);
    }

    /// The dialplan has answered an incoming call.
    pub(crate) fn routed(&self, channel: &mut Channel) {
        self.apply(channel, &[INBOUND_ROUTED, MEDIA]);
        channel
            .vars
            .set("ep_codec_string", "CORE_PCM_MODULE.PCMU@8000h@20i@64000b");
    }

    /// The second of silence before `rxfax` is over.
    pub(crate) fn played(&self, channel: &mut Channel) {
        self.apply(channel, &[INBOUND_PLAYBACK]);
    }
}
