//! Waiting for what happens elsewhere.

use std::future::Future;
use std::time::Duration;

/// Long enough for anything that a test awaits on a busy machine; reaching it means that it will not happen.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// Asks again and again until `condition` has an answer, and gives it. `what` completes the sentence
/// "it never came about that …".
///
/// # Panics
/// When there is no answer by the `deadline`.
pub async fn eventually<Answer, Asked: Future<Output = Option<Answer>>>(
    what: &str,
    deadline: Duration,
    mut condition: impl FnMut() -> Asked,
) -> Answer {
    let asking = async {
        loop {
            if let Some(answer) = condition().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let answer = tokio::time::timeout(deadline, asking).await.ok();
    answer.unwrap_or_else(|| {
        #[expect(clippy::panic, reason = "this is how a test fails")]
        {
            panic!("in {deadline:?} it never came about that {what}")
        }
    })
}
