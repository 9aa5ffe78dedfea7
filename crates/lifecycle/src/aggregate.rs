//! The status of a fax, from the states of its items.

use faxgate_types::{FaxStatus, ItemState};

/// The public status of an outbound fax.
///
/// `pending` until one item starts, `processing` while any is open or held (to show `failed` would invite a resend);
/// then `sent` only if all were sent, `canceled` only if all were canceled, else `failed`. An item that waits for its
/// next try has started.
#[must_use]
pub fn fax_status(items: impl IntoIterator<Item = (ItemState, bool)>) -> FaxStatus {
    let (mut all_waiting, mut all_final, mut all_sent, mut all_canceled) = (true, true, true, true);
    for (state, has_started) in items {
        all_waiting &= !has_started
            && matches!(
                state,
                ItemState::Preparing | ItemState::Queued | ItemState::Claimed
            );
        all_final &= state.is_final();
        all_sent &= state == ItemState::Sent;
        all_canceled &= state == ItemState::Canceled;
    }
    match () {
        () if all_sent => FaxStatus::Sent,
        () if all_canceled => FaxStatus::Canceled,
        () if all_waiting => FaxStatus::Pending,
        () if all_final => FaxStatus::Failed,
        () => FaxStatus::Processing,
    }
}

#[cfg(test)]
mod tests {
    use ItemState::*;

    use super::*;

    #[test]
    fn a_fax_is_what_its_items_are() {
        let status = |items: &[(ItemState, bool)]| fax_status(items.iter().copied());
        assert_eq!(
            status(&[(Queued, false), (Claimed, false)]),
            FaxStatus::Pending
        );
        assert_eq!(status(&[(Queued, true)]), FaxStatus::Processing);
        assert_eq!(
            status(&[(Sent, true), (Queued, false)]),
            FaxStatus::Processing
        );
        assert_eq!(
            status(&[(Failed, true), (Held, true)]),
            FaxStatus::Processing
        );
        assert_eq!(status(&[(Sent, true), (Sent, true)]), FaxStatus::Sent);
        assert_eq!(status(&[(Sent, true), (Canceled, true)]), FaxStatus::Failed);
        assert_eq!(
            status(&[(Canceled, false), (Canceled, true)]),
            FaxStatus::Canceled
        );
        assert_eq!(status(&[(Sent, true), (Failed, true)]), FaxStatus::Failed);
    }
}
