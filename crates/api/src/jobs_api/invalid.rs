//! 422: what is wrong with a body, as a list (FastAPI's shape, which clients of the example read).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A body that is not as it should be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ValidationError)]
pub(crate) struct Invalid {
    /// Everything that is wrong with it.
    detail: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ValidationProblem)]
pub(crate) struct Problem {
    /// Where: `body`, then the field.
    #[schema(example = json!(["body", "destination_fax"]))]
    loc: Vec<&'static str>,
    /// What, for people.
    #[schema(example = "Field required")]
    msg: String,
    /// What, for programs.
    #[serde(rename = "type")]
    #[schema(example = "missing")]
    kind: &'static str,
}

impl Invalid {
    /// The body as a whole is wrong.
    pub(super) fn body(kind: &'static str, msg: impl Into<String>) -> Self {
        Self {
            detail: vec![Problem {
                loc: vec!["body"],
                msg: msg.into(),
                kind,
            }],
        }
    }

    /// A field is wrong.
    pub(super) fn field(name: &'static str, kind: &'static str, msg: impl Into<String>) -> Self {
        let mut all = Self::default();
        all.note(name, kind, msg);
        all
    }

    /// Notes one more field that is wrong.
    pub(super) fn note(&mut self, name: &'static str, kind: &'static str, msg: impl Into<String>) {
        self.detail.push(Problem {
            loc: vec!["body", name],
            msg: msg.into(),
            kind,
        });
    }

    /// Nothing is wrong.
    pub(super) fn is_empty(&self) -> bool {
        self.detail.is_empty()
    }

    /// A field that must be a string of so many characters. An empty one, once a problem with it has been noted.
    pub(super) fn text(
        &mut self,
        fields: &mut Map<String, Value>,
        name: &'static str,
        length: std::ops::RangeInclusive<usize>,
    ) -> String {
        let (least, most) = (*length.start(), *length.end());
        match fields.remove(name) {
            None => self.note(name, "missing", "Field required"),
            Some(Value::String(text)) => {
                let characters = text.chars().count();
                if characters < least {
                    let msg = format!("String should have at least {least} characters");
                    self.note(name, "string_too_short", msg);
                } else if characters > most {
                    let msg = format!("String should have at most {most} characters");
                    self.note(name, "string_too_long", msg);
                } else {
                    return text;
                }
            }
            Some(_) => self.note(name, "string_type", "Input should be a valid string"),
        }
        String::new()
    }

    /// The answer.
    pub(super) fn answer(&self) -> HttpResponse {
        HttpResponse::build(StatusCode::UNPROCESSABLE_ENTITY).json(self)
    }
}
