//! Orders whose carrier answers in doubt, and shows what it did long after.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use faxgate_core::{
    App, Asker, AvailableNumber, Carrier, CarrierError, CarrierErrorKind, CarrierNumber,
    CarrierNumbers, CarrierOrder, NumberOrder, NumberSearch, Once, OrderRequest, OrderState,
};
use faxgate_db::receptions::{self, Reception};
use faxgate_db::{dids, number_orders};
use faxgate_test_support::{DEADLINE, Seed, TestDb, eventually, on_both_databases};
use faxgate_types::{E164, NumberOrderState, OrderId, ReceptionId, Timestamp};
use tempfile::TempDir;
use tokio::sync::watch;

use crate::under_test::app_of;

on_both_databases![
    what_was_asked_first_is_not_forgotten_when_the_second_is_one_too_many,
    what_was_asked_first_is_not_forgotten_when_the_second_does_not_leave,
    a_second_that_is_refused_because_of_the_first_does_not_fail_the_order,
    a_second_that_fails_because_of_the_first_does_not_fail_the_order,
    an_order_that_is_refused_and_never_came_fails,
    what_came_before_an_order_is_left_to_an_operator,
];

const NUMBER: &str = "+13125550101";

/// An account that answers orders as it is told.
#[derive(Default)]
struct Account {
    answers: Mutex<VecDeque<Result<OrderState, CarrierErrorKind>>>,
    /// Whether what the first order asked for is there once the last answer was given, and after how many looks it is shown.
    delivers: Option<u32>,
    posts: AtomicU32,
    looks: AtomicU32,
}

impl Account {
    fn new(
        answers: impl IntoIterator<Item = Result<OrderState, CarrierErrorKind>>,
        delivers: Option<u32>,
    ) -> Arc<Self> {
        Arc::new(Self {
            answers: Mutex::new(answers.into_iter().collect()),
            delivers,
            ..Self::default()
        })
    }
}

fn trouble(kind: CarrierErrorKind) -> CarrierError {
    CarrierError {
        kind,
        code: None,
        message: "as it was told".to_owned(),
    }
}

fn entry() -> CarrierNumber {
    CarrierNumber {
        id: "number".to_owned(),
        number: NUMBER.parse().unwrap(),
        application: Some("application".to_owned()),
        status: None,
    }
}

fn order(state: OrderState) -> CarrierOrder {
    CarrierOrder {
        id: "order".to_owned(),
        state,
        problem: None,
    }
}

#[async_trait]
impl Carrier for Account {
    fn name(&self) -> &str {
        "account"
    }

    fn application(&self) -> &str {
        "application"
    }

    fn settle(&self) -> Duration {
        Duration::from_secs(1)
    }

    async fn search(&self, _: &NumberSearch) -> Result<Vec<AvailableNumber>, CarrierError> {
        Ok(Vec::new())
    }

    async fn order(&self, _: &str, _: &[E164]) -> Result<CarrierOrder, CarrierError> {
        self.posts.fetch_add(1, Ordering::SeqCst);
        let answer = self.answers.lock().unwrap().pop_front();
        match answer.unwrap_or(Err(CarrierErrorKind::Refused)) {
            Ok(state) => Ok(order(state)),
            Err(kind) => Err(trouble(kind)),
        }
    }

    /// Lists show nothing of orders for as long as the test lasts.
    async fn find_order(&self, _: &str) -> Result<Option<CarrierOrder>, CarrierError> {
        Ok(None)
    }

    async fn order_status(&self, _: &str) -> Result<CarrierOrder, CarrierError> {
        Ok(order(OrderState::Failure))
    }

    async fn numbers(&self, _: u32) -> Result<CarrierNumbers, CarrierError> {
        Ok(CarrierNumbers::default())
    }

    async fn find_number(&self, _: &E164) -> Result<Option<CarrierNumber>, CarrierError> {
        let is_over = self.answers.lock().unwrap().is_empty();
        let Some(after) = self.delivers.filter(|_| is_over) else {
            return Ok(None);
        };
        let looks = self.looks.fetch_add(1, Ordering::SeqCst);
        Ok((looks >= after).then(entry))
    }

    async fn attach(&self, _: &str) -> Result<CarrierNumber, CarrierError> {
        Ok(entry())
    }

    async fn release(&self, _: &str) -> Result<(), CarrierError> {
        Ok(())
    }

    async fn fresh_media(&self, _: &str) -> Result<Option<String>, CarrierError> {
        Ok(None)
    }
}

/// A gateway without an API that follows one order.
struct Desk {
    db: TestDb,
    seed: Seed,
    app: App,
    account: Arc<Account>,
    stop: watch::Sender<bool>,
    _folder: TempDir,
}

impl Desk {
    async fn new(db: TestDb, account: Arc<Account>) -> Self {
        let seed = Seed::new(&db);
        seed.tenant("acme").await;
        let folder = tempfile::tempdir().unwrap();
        let carrier: Arc<dyn Carrier> = account.clone();
        let app = app_of(&db, "here", &seed.ambient, folder.path(), Some(carrier)).await;
        Self {
            db,
            seed,
            app,
            account,
            stop: watch::channel(false).0,
            _folder: folder,
        }
    }

    /// Orders the number, and follows the order to its end.
    async fn end(&self) -> NumberOrder {
        let request = OrderRequest {
            numbers: vec![NUMBER.to_owned()],
            tenant: Some("acme".to_owned()),
            once: Once::default(),
        };
        let placed = self.app.order_numbers(&Asker::Console, request).await;
        let id = placed.unwrap().order.id;
        let (app, stop) = (self.app.clone(), self.stop.subscribe());
        tokio::spawn(async move { app.run_jobs(stop).await });
        eventually("the order has ended", DEADLINE, async || {
            self.seed.clock.advance(Duration::from_millis(500));
            let order = self.order(id).await;
            order.state.is_final().then_some(order)
        })
        .await
    }

    async fn order(&self, id: OrderId) -> NumberOrder {
        let mut tx = self.db.system_read("test").await.unwrap();
        let order = number_orders::find(&mut tx, None, id).await.unwrap();
        tx.commit().await.unwrap();
        order.unwrap()
    }

    async fn has_the_number(&self) -> bool {
        let mut tx = self.db.system_read("test").await.unwrap();
        let number = NUMBER.parse().unwrap();
        let owner = dids::owner(&mut tx, &number).await.unwrap();
        tx.commit().await.unwrap();
        owner.is_some()
    }

    fn posts(&self) -> u32 {
        self.account.posts.load(Ordering::SeqCst)
    }

    /// The order has brought the number, and its carrier was asked twice.
    async fn brings_it(&self) {
        let order = self.end().await;
        assert_eq!(order.state, NumberOrderState::Success, "{:?}", order.error);
        assert_eq!((order.error, self.posts()), (None, 2));
        assert!(self.has_the_number().await);
    }

    /// A fax that came for the number at this moment, while nobody had it.
    async fn receive(&self, call: &str, at: Timestamp) -> ReceptionId {
        let reception = Reception {
            id: ReceptionId::generate(&self.seed.ambient),
            call_key: call.to_owned(),
            source: "webhook".to_owned(),
            to_number: NUMBER.to_owned(),
            notice: "{}".to_owned(),
            file_key: None,
            state: "unmatched".to_owned(),
            tenant_id: None,
            fax_id: None,
            error: None,
            created_at: at,
        };
        let mut tx = self.db.system("test").await.unwrap();
        assert!(receptions::insert(&mut tx, &reception).await.unwrap());
        tx.commit().await.unwrap();
        reception.id
    }

    async fn is_unmatched(&self, id: ReceptionId) -> bool {
        let mut tx = self.db.system("test").await.unwrap();
        let found = receptions::find(&mut tx, id).await.unwrap();
        tx.commit().await.unwrap();
        found.unwrap().state == "unmatched"
    }
}

async fn what_was_asked_first_is_not_forgotten_when_the_second_is_one_too_many(db: TestDb) {
    let busy = CarrierErrorKind::RateLimited(Duration::from_secs(1));
    let answers = [Err(CarrierErrorKind::Unclear), Err(busy)];
    let desk = Desk::new(db, Account::new(answers, Some(0))).await;
    desk.brings_it().await;
}

async fn what_was_asked_first_is_not_forgotten_when_the_second_does_not_leave(db: TestDb) {
    let answers = [
        Err(CarrierErrorKind::Unclear),
        Err(CarrierErrorKind::NotSent),
    ];
    let desk = Desk::new(db, Account::new(answers, Some(0))).await;
    desk.brings_it().await;
}

async fn a_second_that_is_refused_because_of_the_first_does_not_fail_the_order(db: TestDb) {
    let answers = [
        Err(CarrierErrorKind::Unclear),
        Err(CarrierErrorKind::Refused),
    ];
    let desk = Desk::new(db, Account::new(answers, Some(1))).await;
    desk.brings_it().await;
}

async fn a_second_that_fails_because_of_the_first_does_not_fail_the_order(db: TestDb) {
    let answers = [Err(CarrierErrorKind::Unclear), Ok(OrderState::Pending)];
    let desk = Desk::new(db, Account::new(answers, Some(1))).await;
    desk.brings_it().await;
}

async fn an_order_that_is_refused_and_never_came_fails(db: TestDb) {
    let answers = [
        Err(CarrierErrorKind::Unclear),
        Err(CarrierErrorKind::Refused),
    ];
    let desk = Desk::new(db, Account::new(answers, None)).await;
    let order = desk.end().await;
    assert_eq!(order.state, NumberOrderState::Failure);
    let why = order.error.unwrap();
    assert_eq!(why, "account refused the order: as it was told");
    assert_eq!(desk.posts(), 2);
    assert!(!desk.has_the_number().await);
}

async fn what_came_before_an_order_is_left_to_an_operator(db: TestDb) {
    let answers = [Err(CarrierErrorKind::Unclear)];
    let desk = Desk::new(db, Account::new(answers, Some(0))).await;
    let now = desk.seed.now();
    let before = desk.receive("before", now - Duration::from_secs(1)).await;
    let since = desk.receive("since", now + Duration::from_secs(1)).await;
    let order = desk.end().await;
    assert_eq!(order.state, NumberOrderState::Success, "{:?}", order.error);
    eventually("what came since is delivered", DEADLINE, async || {
        (!desk.is_unmatched(since).await).then_some(())
    })
    .await;
    assert!(desk.is_unmatched(before).await);
}
