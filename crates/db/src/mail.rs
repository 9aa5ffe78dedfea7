//! Electronic mail: what tenants set about it, what leaves, what came in to be faxed.

mod domains;
mod intake;
mod outbox;
mod settings;

pub use domains::{
    confirm as confirm_domain, of_tenant as domains, owner as owner_of_domain,
    withdraw as withdraw_domain,
};
pub use intake::{
    Intake, NewIntake, fax_of_part, faxes_of, finish as finish_intake, page as page_of_intake,
    part_became, sends_since, take,
};
pub use outbox::{
    Letter, Listed, NewLetter, add, claim, fail, forget, give_back, give_up, hand_back, next_due,
    page, ready, retry, retry_failed, sent,
};
pub use settings::{
    Sender, Settings, permission, save, senders, set_senders, set_token, settings, wish, wishes,
};
