//! Whether an answer gives anything away.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::under_test::Answer;

/// What must not be in anybody else's answers.
pub(super) struct Judge {
    secrets: BTreeSet<String>,
}

impl Judge {
    pub(super) fn new(secrets: BTreeSet<String>) -> Self {
        Self { secrets }
    }

    /// How many things it looks for.
    pub(super) fn watches(&self) -> usize {
        self.secrets.len()
    }

    /// What an answer gives away, apart from what the caller named, `asked`.
    pub(super) fn overheard(&self, answer: &Answer, asked: &[&str]) -> Option<String> {
        let text = format!(
            "{:?} {}",
            answer.all_headers(),
            String::from_utf8_lossy(&answer.body)
        )
        .to_lowercase();
        let text = asked
            .iter()
            .fold(text, |text, asked| text.replace(&asked.to_lowercase(), ""));
        let heard = self
            .secrets
            .iter()
            .find(|secret| text.contains(secret.as_str()))?;
        Some(format!(
            "the answer tells of {heard}: {} {text}",
            answer.status
        ))
    }

    /// What the answers about a thing of another's and about one that nobody has give away together.
    pub(super) fn told_apart(
        &self,
        theirs: (&Answer, &str),
        nobodys: (&Answer, &str),
    ) -> Option<String> {
        let (one, other) = (said(theirs.0, theirs.1), said(nobodys.0, nobodys.1));
        (one != other).then(|| {
            format!("what is another's is told apart from what is not there: {one} against {other}")
        })
    }

    /// Whether what is named in the path was found.
    pub(super) fn found(&self, answer: &Answer) -> Option<String> {
        // 401: notices, which are signed and bear no token.
        let is_refused = matches!(answer.status, 401 | 403 | 404);
        (!is_refused).then(|| {
            format!(
                "it is found: {} {}",
                answer.status,
                String::from_utf8_lossy(&answer.body)
            )
        })
    }
}

/// An answer without what every request has of its own, and without the thing that was asked for.
fn said(answer: &Answer, asked: &str) -> String {
    let body = match serde_json::from_slice::<Value>(&answer.body) {
        Ok(mut body) => {
            timeless(&mut body);
            body.to_string()
        }
        Err(_) => String::from_utf8_lossy(&answer.body).into_owned(),
    };
    let body = body.replace(asked, "…");
    format!("{} {} {body}", answer.status, answer.header("content-type"))
}

fn timeless(body: &mut Value) {
    match body {
        Value::Object(map) => {
            map.retain(|name, _| !matches!(name.as_str(), "request_id" | "ts"));
            map.values_mut().for_each(timeless);
        }
        Value::Array(entries) => entries.iter_mut().for_each(timeless),
        _ => {}
    }
}
