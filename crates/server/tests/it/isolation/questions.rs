//! What an operation is asked about another tenant's things.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use super::bodies;
use super::description::Operation;
use super::house::House;
use super::kinds::{What, in_body, in_path, in_query, made_up};
use super::town::Town;
use crate::under_test::{Answer, Ask, form, pdf};

/// Operations that never end when they are taken: asked for what is another's only.
const STREAMS: [&str; 2] = ["GET /api/v1/events/stream", "GET /api/v1/events/ws"];

/// A request for something of one house in the name of another.
pub(super) struct Question {
    /// Where in the request the foreign thing is; `None`: nowhere.
    pub(super) thing: Option<Thing>,
    pub(super) path: BTreeMap<String, String>,
    pub(super) query: BTreeMap<String, String>,
    pub(super) body: Value,
}

#[derive(Clone)]
pub(super) struct Thing {
    pub(super) place: Place,
    pub(super) name: String,
    pub(super) value: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Path,
    Query,
    Body,
}

/// All questions that an operation can be asked about another's things, one thing at a time, and one about all in the path at once.
pub(super) fn questions(operation: &Operation, theirs: &House, own: &House) -> Vec<Question> {
    let name = operation.name();
    let in_paths: Vec<(String, What)> = operation
        .in_path
        .iter()
        .map(|parameter| (parameter.clone(), in_path(&operation.path, parameter)))
        .collect();
    let all_of = |house: &House| -> BTreeMap<String, String> {
        let firsts = in_paths.iter().filter_map(|(parameter, what)| {
            Some((parameter.clone(), what.of(house).first()?.clone()))
        });
        firsts.collect()
    };
    let has_json = operation
        .media
        .iter()
        .any(|media| media == "application/json");
    let body = if has_json {
        bodies::own(&name, own)
    } else {
        Value::Null
    };
    let plain = || Question {
        thing: None,
        path: all_of(own),
        query: BTreeMap::new(),
        body: body.clone(),
    };
    let mut asked = Vec::new();
    for (parameter, what) in &in_paths {
        for value in what.of(theirs) {
            let mut question = plain();
            question.path.insert(parameter.clone(), value.clone());
            question.thing = Some(Thing {
                place: Place::Path,
                name: parameter.clone(),
                value,
            });
            asked.push(question);
        }
    }
    if in_paths.len() > 1 {
        let mut question = plain();
        question.path = all_of(theirs);
        let (parameter, value) = question.path.iter().next().unwrap();
        question.thing = Some(Thing {
            place: Place::Path,
            name: parameter.clone(),
            value: value.clone(),
        });
        asked.push(question);
    }
    for parameter in &operation.in_query {
        for value in in_query(&operation.path, parameter).of(theirs) {
            let mut question = plain();
            question.query.insert(parameter.clone(), value.clone());
            question.thing = Some(Thing {
                place: Place::Query,
                name: parameter.clone(),
                value,
            });
            asked.push(question);
        }
    }
    for field in &operation.in_body {
        for value in in_body(field, &operation.path).of(theirs) {
            let mut question = plain();
            question.body[field] = bodies::naming(field, &value);
            question.thing = Some(Thing {
                place: Place::Body,
                name: field.clone(),
                value,
            });
            asked.push(question);
        }
    }
    // Lists, and whatever else names nothing: it must not tell of others by itself. What has things in its path would be the caller's own.
    if operation.in_path.is_empty() && !STREAMS.contains(&name.as_str()) {
        asked.push(plain());
    }
    asked
}

impl Question {
    /// The same about something that nobody has.
    pub(super) fn about_nothing(&self, thing: &Thing) -> (Self, String) {
        let nothing = made_up(&thing.value);
        let mut question = Self {
            thing: None,
            path: self.path.clone(),
            query: self.query.clone(),
            body: self.body.clone(),
        };
        match thing.place {
            Place::Path => drop(question.path.insert(thing.name.clone(), nothing.clone())),
            Place::Query => drop(question.query.insert(thing.name.clone(), nothing.clone())),
            Place::Body => question.body[&thing.name] = bodies::naming(&thing.name, &nothing),
        }
        (question, nothing)
    }

    pub(super) async fn ask(
        &self,
        town: &Town,
        operation: &Operation,
        token: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut path = operation.path.clone();
        for (name, value) in &self.path {
            path = path.replace(
                &format!("{{{name}}}"),
                &value.replace('+', "%2B").replace(' ', "%20"),
            );
        }
        let query: Vec<String> = self
            .query
            .iter()
            .map(|(name, value)| format!("{name}={}", value.replace('+', "%2B")))
            .collect();
        if !query.is_empty() {
            path = format!("{path}?{}", query.join("&"));
        }
        let mut ask = town.gateway.ask(&operation.method, &path).token(token);
        for (name, value) in headers {
            ask = ask.header(name, value);
        }
        let asking = self.with_body(ask, operation).send();
        let answer = timeout(Duration::from_secs(30), asking).await;
        answer.unwrap_or_else(|_| unreachable!("{} {path} does not end", operation.method))
    }

    fn with_body(&self, ask: Ask, operation: &Operation) -> Ask {
        let takes = |media: &str| operation.media.iter().any(|one| one == media);
        if takes("application/json") {
            ask.json(&self.body)
        } else if takes("text/csv") {
            ask.header("Content-Type", "text/csv")
                .body(b"fax_number\n+13125550177\n")
        } else if takes("multipart/form-data") {
            ask.form(&form(&[("name=\"file\"; filename=\"a.pdf\"", &pdf(1))]))
        } else {
            ask
        }
    }
}
