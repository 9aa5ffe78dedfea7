//! `[job_api]`

use url::{Host, Url};

use crate::problem::Problems;
use crate::section::{Check, Section, section, variable_of};
use crate::settings::Settings;

section! {
    /// `[job_api]`: the job API of the Telnyx example, at `/v1`.
    pub struct JobApi {
        /// Whether requests from this machine, for a loopback name, need no token there: they act as the tenant's administrator.
        pub open_on_loopback: bool,
        /// Slug of that tenant; needed with `open_on_loopback`.
        pub tenant: Option<String>,
    }
}

impl Check for JobApi {
    fn check(&self, section: &mut Section<'_>) {
        section.require(
            self.tenant.is_some() || !self.open_on_loopback,
            "tenant",
            "is needed with job_api.open_on_loopback: whose faxes they are",
        );
    }
}

impl Settings {
    /// What may be opened only where strangers cannot come in.
    pub(crate) fn check_open_job_api(&self, problems: &mut Problems) {
        if !self.job_api.open_on_loopback {
            return;
        }
        let mut refuse = |why| {
            let variable = Some(variable_of("job_api", "open_on_loopback"));
            problems.key("job_api.open_on_loopback".into(), variable, why);
        };
        let listen = self.server.listen;
        if !listen.ip().to_canonical().is_loopback() {
            refuse(format!(
                "is for trials on one machine: server.listen must be a loopback address such as 127.0.0.1:8585, not {listen}"
            ));
        }
        // Others reach it there through something on this machine, which then speaks for all of them.
        if let Some(url) = self
            .server
            .public_url
            .as_ref()
            .filter(|url| !is_loopback(url))
        {
            refuse(format!(
                "is for trials on one machine: server.public_url is how others reach it ({url}), and whatever lets them in would \
                 open it to them; leave out one of the two"
            ));
        }
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        None => false,
    }
}
