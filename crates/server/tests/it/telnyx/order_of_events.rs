//! Events of what we send, in any order, more than once, or not at all: signed HTTP from the double to the gateway. Sixty
//! permutations in all; those of one story end in one and the same state.

use faxgate_db::{Db, carrier_events};
use faxgate_simulator::telnyx::{Policy, Scenario, Stage};
use faxgate_test_support::{DEADLINE, TestDb, eventually, on_both_databases};
use serde_json::{Value, json};

use super::house::House;
use crate::under_test::DID;

on_both_databases![
    shuffled_repeated_and_lost_events_of_what_we_send_end_alike,
    events_that_come_after_the_verdict_change_nothing,
];

/// What becomes of a fax at the carrier.
#[derive(Clone, Copy, Debug)]
enum Story {
    Delivered,
    Failed,
    BusyAtFirst,
}

const STORIES: [Story; 3] = [Story::Delivered, Story::Failed, Story::BusyAtFirst];
const PAGES: usize = 2;

impl Story {
    fn scenarios(self) -> Vec<Scenario> {
        let fails = |reason| Scenario::fails(reason, Stage::Originated);
        match self {
            Self::Delivered => vec![Scenario::delivered()],
            Self::Failed => vec![fails("receiver_unallocated_number")],
            Self::BusyAtFirst => vec![fails("user_busy"), Scenario::delivered()],
        }
    }

    const fn calls(self) -> usize {
        match self {
            Self::Delivered | Self::Failed => 1,
            Self::BusyAtFirst => 2,
        }
    }

    /// The fax's status, the recipient's, its error, pages sent, attempts.
    fn end(self) -> [Value; 5] {
        let error = match self {
            Self::Failed => json!("the number is not in service"),
            Self::Delivered | Self::BusyAtFirst => Value::Null,
        };
        match self {
            Self::Failed => [json!("failed"), json!("failed"), error, json!(0), json!(1)],
            Self::Delivered | Self::BusyAtFirst => {
                let calls = json!(self.calls());
                [json!("sent"), json!("sent"), error, json!(PAGES), calls]
            }
        }
    }
}

/// A gateway, and the faxes that were sent so far.
struct Stories {
    house: House,
    db: Db,
    filename: String,
    told: Vec<(Story, String)>,
}

impl Stories {
    async fn begin(db: TestDb, settle: &str) -> Self {
        let node = db.another_node();
        let house = House::with(db, |settings| {
            settings
                .with("TELNYX__SETTLE_SECONDS", settle)
                .with("RATE_LIMITS__SEND", "0")
                .with("RATE_LIMITS__STATUS", "0")
        })
        .await;
        let filename = house.gateway.upload(&house.token, PAGES).await;
        Self {
            house,
            db: node,
            filename,
            told: Vec::new(),
        }
    }

    /// Sends a fax to a number of its own, with which the carrier does as the story has it.
    async fn tell(&mut self, story: Story) {
        let number = format!("555123{:04}", self.told.len());
        self.house.double.scenarios(&number, story.scenarios());
        let body = json!({"username": DID, "filename": self.filename, "numbers": number});
        let ask = self.house.gateway.ask("POST", "/api/fax/send/");
        let answer = ask.token(&self.house.token).json(&body).send().await;
        let fax = answer.expect(200)["uuid"].as_str().unwrap().to_owned();
        self.told.push((story, fax));
    }

    /// Every fax has ended, and as its story has it.
    async fn end_alike(&self) {
        for (story, fax) in &self.told {
            let house = &self.house;
            let body = eventually("the fax has ended", DEADLINE, async || {
                let body = house.gateway.status(&house.token, fax).await;
                (body["queue_items"][0]["is_processed"] == true).then_some(body)
            })
            .await;
            let item = &body["queue_items"][0];
            let end = [
                &body["status"],
                &item["status"],
                &item["error"],
                &item["pages_sent"],
                &item["attempts"],
            ];
            assert_eq!(end.map(Clone::clone), story.end(), "{story:?}: {body}");
        }
        let calls: usize = self.told.iter().map(|(story, _)| story.calls()).sum();
        assert_eq!(
            self.house.double.calls().len(),
            calls,
            "no fax was sent again"
        );
    }

    /// Everything that the carrier wanted to tell was taken, and use was made of it.
    async fn are_heard(&self) {
        self.house.double.quiet().await;
        let webhooks = self.house.double.webhooks();
        let refused: Vec<_> = webhooks
            .iter()
            .filter(|one| one.status != Some(200))
            .collect();
        assert!(refused.is_empty(), "{refused:?}");
        eventually("use is made of every event", DEADLINE, async || {
            let mut tx = self.db.system_read("a test").await.unwrap();
            let waiting = carrier_events::waiting(&mut tx, "telnyx", None, 1)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            waiting.is_empty().then_some(())
        })
        .await;
    }
}

async fn shuffled_repeated_and_lost_events_of_what_we_send_end_alike(db: TestDb) {
    // Nothing is asked for: what the gateway knows it was told.
    let mut stories = Stories::begin(db, "600").await;
    for round in 0..8_u32 {
        let not_the_end = ["fax.queued", "fax.media.processed", "fax.sending.started"];
        let lost = (0..3).filter(|bit| round >> bit & 1 == 1);
        stories.house.double.policy(Policy {
            shuffle: Some(round.into()),
            copies: 1 + round % 3,
            lose: lost.map(|at| not_the_end[at].to_owned()).collect(),
            ..Policy::default()
        });
        for story in STORIES.repeat(2) {
            stories.tell(story).await;
        }
        stories.end_alike().await;
        stories.are_heard().await;
    }
    stories.end_alike().await;
    let webhooks = stories.house.double.webhooks();
    assert!(
        webhooks.len() > stories.told.len() * 2,
        "{}",
        webhooks.len()
    );
}

async fn events_that_come_after_the_verdict_change_nothing(db: TestDb) {
    let mut stories = Stories::begin(db, "1").await;
    let late = |hold| Policy {
        shuffle: Some(11),
        copies: 2,
        hold,
        ..Policy::default()
    };
    stories.house.double.policy(late(true));
    for story in STORIES.repeat(4) {
        stories.tell(story).await;
    }
    stories.end_alike().await;
    assert!(stories.house.double.webhooks().is_empty(), "they are held");
    stories.house.double.policy(late(false));
    stories.are_heard().await;
    let webhooks = stories.house.double.webhooks();
    assert!(
        webhooks.len() > stories.told.len() * 4,
        "{}",
        webhooks.len()
    );
    stories.end_alike().await;
}
