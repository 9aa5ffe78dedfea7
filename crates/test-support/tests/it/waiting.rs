//! Waiting ends when there is an answer, or at the deadline.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use faxgate_test_support::{DEADLINE, eventually};

#[tokio::test]
async fn an_answer_is_given_when_it_is_there() {
    let asked = AtomicU32::new(0);
    let answer = eventually("the third question is answered", DEADLINE, || async {
        (asked.fetch_add(1, Ordering::Relaxed) == 2).then_some("here")
    })
    .await;
    assert_eq!((answer, asked.load(Ordering::Relaxed)), ("here", 3));
}

#[tokio::test]
#[should_panic(expected = "it never came about that pigs fly")]
async fn no_answer_fails_the_test() {
    eventually("pigs fly", Duration::ZERO, || async { None::<()> }).await;
}
