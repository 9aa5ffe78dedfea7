//! `[job_api]`

use crate::problem::Problems;
use crate::section::{Check, Section, section, variable_of};
use crate::settings::Settings;

section! {
    /// `[job_api]`: the job API of the Telnyx example, at `/v1`.
    pub struct JobApi {
        /// Whether requests from loopback addresses need no token there: they act as the tenant's administrator.
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
        if self.job_api.open_on_loopback && !self.server.listen.ip().to_canonical().is_loopback() {
            problems.key(
                "job_api.open_on_loopback".into(),
                Some(variable_of("job_api", "open_on_loopback")),
                format!(
                    "is for trials on one machine: server.listen must be a loopback address such as 127.0.0.1:8585, not {}",
                    self.server.listen
                ),
            );
        }
    }
}
