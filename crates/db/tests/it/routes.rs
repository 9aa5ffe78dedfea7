//! Which lines faxes take: rules, what comes of them for items, and claims that go by it.

use std::collections::BTreeMap;
use std::time::Duration;

use faxgate_db::items::{self, Change, Claim, Claimed, OnNetClaim};
use faxgate_db::routes::{self, Route, Rule, Rules};
use faxgate_test_support::{TestDb, on_both_databases};
use faxgate_types::{E164, FaxId, ItemId, ItemState, RouteId};

use crate::raw::{execute, lines};
use crate::town::{Queued, Town};
use crate::world::{LEASE, system};

on_both_databases![
    the_first_rule_that_fits_counts_and_a_tenants_come_before_those_for_all,
    a_rule_at_a_position_moves_those_behind_it,
    what_waits_follows_the_rules_as_they_change,
    a_number_that_becomes_ours_stays_on_net,
    the_first_line_of_a_route_that_is_up_takes_it,
    trouble_with_a_line_sends_it_to_the_next_of_its_route,
    many_items_for_a_line_that_is_down_hide_nothing_behind_them,
    what_stays_on_net_is_claimed_by_no_line_and_charged_to_nobody,
    trouble_on_net_sends_it_to_the_next_line
];

impl Town {
    async fn rule(
        &self,
        place: Option<usize>,
        prefix: &str,
        position: i32,
        route: &str,
    ) -> RouteId {
        let rule = Rule {
            id: RouteId::generate(&self.seed.ambient),
            tenant_id: place.map(|place| self.tenants[place]),
            prefix: prefix.to_owned(),
            position,
            route: route.parse().unwrap(),
        };
        let now = self.now();
        let changed = system(&self.db, async |tx| {
            routes::insert(tx, &rule, now).await?;
            routes::reapply(tx, rule.tenant_id).await
        });
        changed.await.unwrap();
        rule.id
    }

    async fn rules(&self, place: usize, sender: Option<&str>) -> Rules {
        let tenant = self.tenants[place];
        let sender: Option<E164> = sender.map(|sender| sender.parse().unwrap());
        let mut tx = self.db.write(tenant).await.unwrap();
        let looked = routes::look(&mut tx, tenant, sender.as_ref())
            .await
            .unwrap();
        if let Some(sender) = &sender {
            let held = routes::for_sender(&mut tx, tenant, sender).await.unwrap();
            assert_eq!(held, looked);
        }
        tx.commit().await.unwrap();
        looked
    }

    /// Queues so many items, in the order in which claims come to them.
    async fn wait(&mut self, place: usize, count: u32) -> Vec<ItemId> {
        let mut items = self.queue(place, count).await;
        items.sort();
        items
    }

    /// The route of each item that waits, by its destination.
    async fn routes(&self) -> BTreeMap<String, String> {
        let all = "SELECT destination || ' ' || coalesce(route, '') AS line FROM queue_items";
        let rows = lines(&self.db, all).await;
        let split = |line: &String| {
            line.split_once(' ')
                .map(|(a, b)| (a.to_owned(), b.to_owned()))
        };
        rows.iter().filter_map(split).collect()
    }

    async fn send_by(&self, place: usize, items: &[ItemId], route: &str) {
        let route: Route = route.parse().unwrap();
        let written: Vec<_> = items.iter().map(|item| (*item, route.clone())).collect();
        let tenant = self.tenants[place];
        let mut tx = self.db.write(tenant).await.unwrap();
        routes::write(&mut tx, tenant, &written).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// What `lane` gets while `up` are up, at most so many.
    async fn by(&self, lane: &str, up: &[&str], limit: u32) -> Claimed {
        let claim = Claim {
            lane,
            lanes_up: up,
            ..self.ask(limit)
        };
        self.claim(claim).await
    }

    async fn on_net(&self, up: &[&str], limit: u32) -> Claimed {
        let who = OnNetClaim {
            node: "node-1",
            lanes_up: up,
            now: self.now(),
            until: self.now() + LEASE,
            limit,
        };
        let claimed = system(&self.db, async |tx| items::claim_on_net(tx, who).await).await;
        claimed.unwrap()
    }

    async fn back(&self, claimed: &Claimed, avoid: Option<&str>) {
        for granted in &claimed.items {
            let to = Change {
                due_at: self.now(),
                avoid_lane: avoid.map(str::to_owned),
                ..Change::of(&granted.item, ItemState::Queued)
            };
            self.change(&granted.item, &to).await;
        }
    }
}

fn ids(claimed: &Claimed) -> Vec<ItemId> {
    claimed
        .items
        .iter()
        .map(|granted| granted.item.id)
        .collect()
}

fn route_of(rules: &Rules, to: &str, ours: bool) -> Option<String> {
    let chosen = rules.choose(&to.parse().unwrap(), ours);
    chosen.map(|chosen| chosen.route.to_string())
}

async fn the_first_rule_that_fits_counts_and_a_tenants_come_before_those_for_all(db: TestDb) {
    let town = Town::new(db, 2).await;
    town.rule(None, "", 1, "west").await;
    town.rule(Some(0), "1212", 2, "on-net,east,telnyx").await;
    let first = town.rule(Some(0), "1", 1, "on-net").await;
    let own = "+15559990000";
    town.seed.did(town.tenants[0], own).await;
    execute(
        &town.db,
        &format!("UPDATE dids SET route = ',south,' WHERE number = '{own}'"),
    )
    .await;

    let rules = town.rules(0, None).await;
    assert!(rules.may_stay_on_net());
    let chosen = rules
        .choose(&"+12125550100".parse().unwrap(), true)
        .unwrap();
    assert_eq!(
        (chosen.rule, chosen.route.to_string()),
        (Some(first), ",on-net,".to_owned())
    );
    let elsewhere = |to| route_of(&rules, to, false);
    assert_eq!(
        elsewhere("+12125550100").as_deref(),
        Some(",east,telnyx,"),
        "on-net is left out"
    );
    assert_eq!(
        elsewhere("+13125550100").as_deref(),
        Some(",west,"),
        "a rule of on-net alone does not count"
    );
    assert_eq!(elsewhere("+442012345678").as_deref(), Some(",west,"));

    let from_own = town.rules(0, Some(own)).await;
    assert_eq!(
        route_of(&from_own, "+12125550100", true).as_deref(),
        Some(",south,")
    );
    let stranger = town.rules(1, Some(own)).await;
    assert_eq!(
        route_of(&stranger, "+12125550100", true).as_deref(),
        Some(",west,"),
        "it is another tenant's number"
    );
    assert!(!stranger.may_stay_on_net());
}

async fn a_rule_at_a_position_moves_those_behind_it(db: TestDb) {
    let town = Town::new(db, 1).await;
    let late = town.rule(Some(0), "1", 1, "late").await;
    let early = town.rule(Some(0), "1", 1, "early").await;
    let all = town.rule(None, "1", 1, "all").await;
    let listed = system(&town.db, async |tx| {
        routes::list(tx, Some(town.tenants[0])).await
    });
    let listed: Vec<_> = listed
        .await
        .unwrap()
        .into_iter()
        .map(|(rule, slug)| (rule.id, rule.position, slug))
        .collect();
    let slug = Some("tenant-0".to_owned());
    assert_eq!(
        listed,
        [(all, 1, None), (early, 1, slug.clone()), (late, 2, slug)]
    );
    let removed = system(&town.db, async |tx| routes::remove(tx, early).await)
        .await
        .unwrap();
    assert_eq!(removed.unwrap().route.to_string(), ",early,");
    let again = system(&town.db, async |tx| routes::remove(tx, early).await)
        .await
        .unwrap();
    assert_eq!(again, None);
    assert_eq!(
        route_of(&town.rules(0, None).await, "+12125550100", false).as_deref(),
        Some(",late,")
    );
}

async fn what_waits_follows_the_rules_as_they_change(db: TestDb) {
    let town = Town::new(db, 2).await;
    let ours = "+12125550009";
    town.seed.did(town.tenants[1], ours).await;
    let numbers = [ours, "+12125550001", "+442012345678"];
    for place in 0..2 {
        town.queue_to(place, &numbers, Queued::default()).await;
    }
    town.queue_to(
        0,
        &["+12125550777"],
        Queued {
            simulated: true,
            ..Queued::default()
        },
    )
    .await;
    let rule = town.rule(None, "1212", 1, "on-net,east").await;
    let expected = |ours: &str, near: &str, far: &str| -> BTreeMap<String, String> {
        let rows = [
            ("+12125550009", ours),
            ("+12125550001", near),
            ("+442012345678", far),
            ("+12125550777", ""),
        ];
        rows.into_iter()
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .collect()
    };
    assert_eq!(town.routes().await, expected(",on-net,east,", ",east,", ""));
    town.rule(None, "", 2, "on-net").await;
    assert_eq!(town.routes().await, expected(",on-net,east,", ",east,", ""));

    // A call that is under way goes by the new rule if it comes again.
    let claimed = town.by("east", &["east"], 1).await;
    assert_eq!(claimed.items.len(), 1);
    let remove = system(&town.db, async |tx| {
        routes::remove(tx, rule).await?;
        routes::reapply(tx, None).await
    });
    assert_eq!(remove.await.unwrap(), 4);
    assert_eq!(town.routes().await, expected(",on-net,", "", ""));

    // What is finished keeps what it had.
    town.end(&claimed.items[0].item, ItemState::Sent, Duration::ZERO)
        .await;
    for place in 0..2 {
        town.rule(Some(place), "", 1, "west").await;
    }
    let open =
        "SELECT DISTINCT route AS line FROM queue_items WHERE state = 'queued' AND NOT simulated";
    assert_eq!(lines(&town.db, open).await, [",west,"]);
    let sent = "SELECT coalesce(route, 'none') AS line FROM queue_items WHERE state = 'sent'";
    assert_ne!(lines(&town.db, sent).await, [",west,"]);
    let tenant = town.tenants[0];
    let fax = lines(&town.db, "SELECT fax_id AS line FROM queue_items WHERE route IS NOT NULL AND tenant_id = (SELECT id FROM tenants WHERE slug = 'tenant-0') ORDER BY id").await;
    let fax: FaxId = fax[0].parse().unwrap();
    let mut tx = town.db.read(tenant).await.unwrap();
    let shown = routes::of_fax(&mut tx, tenant, fax).await.unwrap();
    assert!(!shown.is_empty() && shown.values().any(|route| route.has("west")));
}

async fn a_number_that_becomes_ours_stays_on_net(db: TestDb) {
    let town = Town::new(db, 2).await;
    town.rule(Some(0), "", 1, "on-net,east").await;
    let item = town.queue_to(0, &["+12125550001"], Queued::default()).await[0];
    let again = || system(&town.db, async |tx| routes::reapply_item(tx, item).await);
    assert_eq!(again().await.unwrap(), 1);
    assert_eq!(town.routes().await["+12125550001"], ",east,");
    assert_eq!(again().await.unwrap(), 0, "nothing changed");
    let number = town.seed.did(town.tenants[1], "+12125550001").await;
    let ours = system(&town.db, async |tx| {
        routes::ours(tx, &[number.clone(), "+12125550002".parse().unwrap()]).await
    });
    assert_eq!(ours.await.unwrap(), [number]);
    system(&town.db, async |tx| routes::reapply(tx, None).await)
        .await
        .unwrap();
    assert_eq!(town.routes().await["+12125550001"], ",on-net,east,");
}

async fn the_first_line_of_a_route_that_is_up_takes_it(db: TestDb) {
    let mut town = Town::new(db, 1).await;
    let items = town.wait(0, 2).await;
    town.send_by(0, &items, "east,west,telnyx").await;
    let free = town.queue(0, 1).await[0];
    // A line that no one has does not block.
    let all = ["east", "west", "telnyx"];
    assert_eq!(ids(&town.by("telnyx", &all, 9).await), [free]);
    assert_eq!(town.by("west", &all, 9).await.items.len(), 0);
    assert_eq!(ids(&town.by("telnyx", &["telnyx"], 1).await), [items[0]]);
    assert_eq!(
        ids(&town.by("west", &["west", "telnyx"], 9).await),
        [items[1]]
    );
    let more = town.queue(0, 1).await;
    town.send_by(0, &more, "east,west,telnyx").await;
    assert_eq!(
        town.by("west", &all, 9).await.items.len(),
        0,
        "east is back"
    );
    assert_eq!(ids(&town.by("east", &all, 9).await), more);
    let more = town.queue(0, 1).await;
    town.send_by(0, &more, "nowhere,west").await;
    assert_eq!(
        town.by("east", &all, 9).await.items.len(),
        0,
        "it is not in the route"
    );
    assert_eq!(ids(&town.by("west", &all, 9).await), more);
}

async fn trouble_with_a_line_sends_it_to_the_next_of_its_route(db: TestDb) {
    let mut town = Town::new(db, 1).await;
    let items = town.queue(0, 1).await;
    town.send_by(0, &items, "east,west,telnyx").await;
    let all = ["east", "west", "telnyx"];
    let claimed = town.by("east", &all, 9).await;
    town.back(&claimed, Some("east")).await;
    let refused = town.by("east", &all, 9).await;
    assert_eq!(refused.items.len(), 0);
    assert_eq!(
        refused.next_look,
        Some(town.now() + Duration::from_secs(60))
    );
    assert_eq!(
        town.by("telnyx", &all, 9).await.items.len(),
        0,
        "west comes first"
    );
    let claimed = town.by("west", &all, 9).await;
    assert_eq!(ids(&claimed), items);

    town.back(&claimed, Some("west")).await;
    let claimed = town.by("east", &all, 9).await;
    assert_eq!(
        ids(&claimed),
        items,
        "the first again: it is west that gave trouble"
    );
    town.back(&claimed, Some("east")).await;
    assert_eq!(
        ids(&town.by("east", &["east"], 9).await),
        items,
        "no other is up"
    );
    let more = town.queue(0, 1).await;
    town.send_by(0, &more, "east,west,telnyx").await;
    let claimed = town.by("east", &all, 9).await;
    town.back(&claimed, Some("east")).await;
    town.seed.clock.advance(Duration::from_secs(60));
    assert_eq!(town.by("west", &all, 9).await.items.len(), 0);
    assert_eq!(
        ids(&town.by("east", &all, 9).await),
        more,
        "patience has an end"
    );
}

async fn many_items_for_a_line_that_is_down_hide_nothing_behind_them(db: TestDb) {
    let mut town = Town::new(db, 2).await;
    let hidden = town.queue(0, 300).await;
    town.send_by(0, &hidden, "east").await;
    let up = ["fs-1", "west", "on-net"];
    assert_eq!(town.by("fs-1", &up, 10).await.items.len(), 0);

    town.seed.clock.advance(Duration::from_secs(1));
    let mut expected = Vec::new();
    for route in ["east,fs-1", "fs-1,west", "on-net,fs-1", "west,fs-1"] {
        let item = town.queue(0, 1).await;
        town.send_by(0, &item, route).await;
        if route != "on-net,fs-1" && route != "west,fs-1" {
            expected.extend(item);
        }
    }
    expected.extend(town.queue(0, 1).await);
    // These had trouble: one with this line, and one with the line before it.
    let other = town.queue(0, 1).await;
    town.send_by(0, &other, "fs-1,west").await;
    execute(
        &town.db,
        &format!(
            "UPDATE queue_items SET avoid_lane = 'fs-1' WHERE id = '{}'",
            other[0]
        ),
    )
    .await;
    let other = town.queue(0, 1).await;
    town.send_by(0, &other, "west,fs-1").await;
    execute(
        &town.db,
        &format!(
            "UPDATE queue_items SET avoid_lane = 'west' WHERE id = '{}'",
            other[0]
        ),
    )
    .await;
    expected.extend(other);
    let stranger = town.queue(1, 1).await;
    expected.extend(stranger);

    town.seed.clock.advance(Duration::from_secs(1));
    let mut got = ids(&town.by("fs-1", &up, 10).await);
    got.sort();
    expected.sort();
    assert_eq!(got, expected);
    assert_eq!(town.by("fs-1", &up, 10).await.items.len(), 0);
    assert_eq!(
        town.by("east", &["east", "fs-1"], 10).await.items.len(),
        10,
        "it is back"
    );
}

async fn what_stays_on_net_is_claimed_by_no_line_and_charged_to_nobody(db: TestDb) {
    let mut town = Town::new(db, 1).await;
    let inside = town.wait(0, 3).await;
    town.send_by(0, &inside, "on-net,fs-1").await;
    let outside = town.queue(0, 1).await;
    let later = Queued {
        after: Duration::from_secs(90),
        ..Queued::default()
    };
    let scheduled = town.queue_to(0, &["+12129990000"], later).await;
    town.send_by(0, &scheduled, "on-net").await;

    let shares = "SELECT tag || ' ' || coalesce(waiting_for, '') AS line FROM shares";
    let up = ["on-net", "fs-1"];
    assert_eq!(ids(&town.by("fs-1", &up, 10).await), outside);
    let before = lines(&town.db, shares).await;
    let claimed = town.on_net(&["fs-1"], 2).await;
    assert_eq!(
        (ids(&claimed), claimed.next_look),
        (inside[..2].to_vec(), Some(town.now()))
    );
    for granted in &claimed.items {
        let item = town.item(0, granted.item.id).await;
        assert_eq!((item.charge, item.lane.as_deref()), (0, Some("on-net")));
        assert_eq!((item.state, item.fence), (ItemState::Claimed, 1));
        assert!(!item.parked);
    }
    let claimed = town.on_net(&["fs-1"], 2).await;
    assert_eq!(ids(&claimed), inside[2..]);
    assert_eq!(
        claimed.next_look,
        Some(town.now() + Duration::from_secs(90))
    );
    for item in &inside {
        let item = town.item(0, *item).await;
        town.end(&item, ItemState::Sent, Duration::ZERO).await;
    }
    assert_eq!(town.by("fs-1", &up, 10).await.items.len(), 0);
    assert_eq!(lines(&town.db, shares).await, before);
    assert_eq!(town.on_net(&["fs-1"], 2).await.items.len(), 0);
    town.seed.clock.advance(Duration::from_secs(90));
    assert_eq!(ids(&town.on_net(&["fs-1"], 2).await), scheduled);
}

async fn trouble_on_net_sends_it_to_the_next_line(db: TestDb) {
    let mut town = Town::new(db, 1).await;
    let both = town.queue(0, 1).await;
    town.send_by(0, &both, "on-net,fs-1").await;
    let alone = town.queue(0, 1).await;
    town.send_by(0, &alone, "on-net").await;
    let claimed = town.on_net(&["fs-1"], 5).await;
    assert_eq!(claimed.items.len(), 2);
    town.back(&claimed, Some("on-net")).await;
    assert_eq!(
        ids(&town.on_net(&["fs-1"], 5).await),
        alone,
        "it has no other line"
    );
    let up = ["on-net", "fs-1"];
    let by_line = town.by("fs-1", &up, 5).await;
    assert_eq!(ids(&by_line), both);
    town.back(&by_line, Some("on-net")).await;
    assert_eq!(town.on_net(&["fs-1"], 5).await.items.len(), 0);
    let claimed = town.on_net(&["fs-2"], 5).await;
    assert_eq!(ids(&claimed), both, "no other line of its route is up");
    town.back(&claimed, Some("on-net")).await;
    town.seed.clock.advance(Duration::from_secs(60));
    let claimed = town.on_net(&["fs-1"], 5).await;
    assert_eq!(ids(&claimed), both, "patience has an end");
}
