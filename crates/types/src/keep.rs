//! How long a tenant's documents and pages are kept.

use serde::{Deserialize, Serialize};

/// More than a hundred years is for ever, and that is 0.
const MOST_DAYS: u32 = 36_500;

/// What a tenant, or an operator for it, has chosen of how long things are kept, in days; 0: for ever. What is absent is as the
/// gateway has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KeepChoice {
    /// Documents and pages of faxes that were sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_days: Option<u32>,
    /// Those of faxes that failed or were canceled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_days: Option<u32>,
    /// Those of faxes that came in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received_days: Option<u32>,
    /// Uploads that were never sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsent_days: Option<u32>,
}

/// A choice outside its bounds: the field, and what is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} must be at most {MOST_DAYS} days, or 0 to keep for ever")]
pub struct TooLong(pub &'static str);

impl KeepChoice {
    /// Whether every choice is within its bounds.
    ///
    /// # Errors
    /// The first that is not.
    pub fn validate(&self) -> Result<(), TooLong> {
        for (name, days) in [
            ("sent_days", self.sent_days),
            ("failed_days", self.failed_days),
            ("received_days", self.received_days),
            ("unsent_days", self.unsent_days),
        ] {
            if days.is_some_and(|days| days > MOST_DAYS) {
                return Err(TooLong(name));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_reads_back_and_has_bounds() {
        let json = r#"{"sent_days":0,"received_days":3650}"#;
        let choice: KeepChoice = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&choice).unwrap(), json);
        assert_eq!(choice.validate(), Ok(()));
        let long: KeepChoice = serde_json::from_str(r#"{"unsent_days":36501}"#).unwrap();
        assert_eq!(long.validate(), Err(TooLong("unsent_days")));
        assert!(serde_json::from_str::<KeepChoice>(r#"{"days":1}"#).is_err());
    }
}
