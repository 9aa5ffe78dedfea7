//! Electronic mail: what tenants set about it, what leaves, what came in to be faxed.

mod intake;
mod outbox;
mod settings;

pub use intake::{
    Intake, NewIntake, fax_of_part, faxes_of, finish as finish_intake, page as page_of_intake,
    part_became, take,
};
pub use outbox::{
    Letter, Listed, NewLetter, add, claim, fail, forget, give_back, give_up, hand_back, next_due,
    page, retry, sent,
};
pub use settings::{
    Permission, Sender, Settings, permissions, save, senders, set_senders, set_token, settings,
    wish, wishes,
};
