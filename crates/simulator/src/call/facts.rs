//! What mod_spandsp tells about a fax: the variables and headers of its three events.

use super::kinds::FaxKinds;
use super::leg::Leg;
use crate::event::Name;
use crate::fax::{PageLook, code_text};

/// `fax_t38_status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum T38Status {
    Off,
    Requested,
    Negotiated,
    Refused,
}

impl T38Status {
    fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Requested => "requested",
            Self::Negotiated => "negotiated",
            Self::Refused => "refused",
        }
    }
}

/// One end's knowledge of a fax.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) kinds: FaxKinds,
    pub(super) sending: bool,
    pub(super) rate: u32,
    pub(super) ecm: bool,
    pub(super) t38: T38Status,
    pub(super) local: Option<String>,
    pub(super) remote: Option<String>,
    pub(super) transferred: u32,
    pub(super) total: u32,
    pub(super) resolution: &'static str,
    pub(super) image_size: usize,
}

type Pairs = Vec<(&'static str, String)>;

impl Facts {
    /// What is known before the first signal.
    pub(super) fn new(kinds: FaxKinds, sending: bool, local: Option<String>) -> Self {
        Self {
            kinds,
            sending,
            rate: 14_400,
            ecm: false,
            t38: T38Status::Off,
            local,
            remote: None,
            transferred: 0,
            total: 0,
            resolution: "0x0",
            image_size: 0,
        }
    }

    /// Phase B is over: both ends know how they will talk. The sender's total is 0 at this point.
    pub(super) fn negotiated(&mut self, leg: &Leg, at: i64) {
        let mut own = vec![("uuid".into(), leg.uuid())];
        let mut told: Pairs = vec![
            ("fax_transfer_rate", self.rate.to_string()),
            ("fax_ecm_used", on_off(self.ecm)),
            ("fax_t38_status", self.t38.name().to_owned()),
        ];
        told.extend(self.stations());
        let total = self
            .sending
            .then(|| ("fax_document_total_pages", "0".to_owned()));
        self.set(leg, told.iter().chain(&total));
        own.extend(as_headers(told));
        own.extend(as_headers(total));
        leg.fire(&self.kinds.negotiated, at, own);
    }

    /// A page is confirmed.
    pub(super) fn page(&mut self, leg: &Leg, at: i64, look: &PageLook) {
        self.transferred += 1;
        self.image_size = look.bytes;
        self.resolution = look.on_the_line();
        let (encoding, name) = if self.ecm {
            ("32", "T.85(L0)")
        } else {
            ("4", "T.4 2-D")
        };
        let in_the_file = if self.sending {
            look.in_the_file()
        } else {
            look.on_the_line()
        };
        // What rxfax writes is as tall as what came over the line.
        let file_pixels = look.pixels(self.ecm || self.sending);
        let told: Pairs = vec![
            ("fax_image_resolution", self.resolution.to_owned()),
            ("fax_file_image_resolution", in_the_file.to_owned()),
            ("fax_image_size", look.bytes.to_string()),
            ("fax_image_pixel_size", look.pixels(self.ecm)),
            ("fax_file_image_pixel_size", file_pixels),
            ("fax_bad_rows", "0".to_owned()),
            ("fax_longest_bad_row_run", "0".to_owned()),
            ("fax_encoding", encoding.to_owned()),
            ("fax_encoding_name", name.to_owned()),
        ];
        let mut pages: Pairs = vec![(
            "fax_document_transferred_pages",
            self.transferred.to_string(),
        )];
        if self.sending {
            pages.push(("fax_document_total_pages", self.total.to_string()));
        }
        self.set(leg, told.iter().chain(&pages));
        let mut own = vec![("uuid".into(), leg.uuid())];
        own.extend(as_headers(pages));
        own.extend(as_headers(told));
        leg.fire(&self.kinds.page, at, own);
    }

    /// The fax is over. No `uuid` header here: `Unique-ID` has it.
    pub(super) fn result(&self, leg: &Leg, at: i64, code: u8) {
        let total = if self.sending {
            self.total
        } else {
            self.transferred
        };
        let image_size = if self.sending { self.image_size } else { 0 };
        let mut told: Pairs = vec![
            ("fax_success", u8::from(code == 0).to_string()),
            ("fax_result_code", code.to_string()),
            ("fax_result_text", code_text(code).to_owned()),
            (
                "fax_document_transferred_pages",
                self.transferred.to_string(),
            ),
            ("fax_document_total_pages", total.to_string()),
            ("fax_image_resolution", self.resolution.to_owned()),
            ("fax_image_size", image_size.to_string()),
            ("fax_bad_rows", "0".to_owned()),
            ("fax_transfer_rate", self.rate.to_string()),
            ("fax_ecm_used", on_off(self.ecm)),
            ("fax_t38_status", self.t38.name().to_owned()),
        ];
        told.extend(self.stations());
        self.set(leg, told.iter());
        leg.fire(&self.kinds.result, at, as_headers(told).collect());
    }

    fn stations(&self) -> impl Iterator<Item = (&'static str, String)> {
        let local = self
            .local
            .clone()
            .map(|ident| ("fax_local_station_id", ident));
        let remote = self
            .remote
            .clone()
            .map(|ident| ("fax_remote_station_id", ident));
        local.into_iter().chain(remote)
    }

    /// FreeSWITCH refuses to store a value that looks like a variable; the event has it all the same.
    fn set<'a>(&self, leg: &Leg, told: impl Iterator<Item = &'a (&'static str, String)>) {
        leg.with(|channel| {
            for (name, value) in told.filter(|(_, value)| !value.contains("${")) {
                channel.vars.set(*name, value.clone());
            }
        });
    }
}

/// `fax_success` the variable is `fax-success` the header.
fn as_headers(
    told: impl IntoIterator<Item = (&'static str, String)>,
) -> impl Iterator<Item = (Name, String)> {
    told.into_iter()
        .map(|(name, value)| (name.replace('_', "-").into(), value))
}

fn on_off(on: bool) -> String {
    if on { "on" } else { "off" }.to_owned()
}
