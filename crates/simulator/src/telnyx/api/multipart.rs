//! `multipart/form-data` (RFC 7578) as JSON and a file.

use bytes::Bytes;
use serde_json::{Map, Value};

use super::super::answer::Answer;
use super::Asked;

/// The members of a form, and what is in `file`.
pub(super) struct Form {
    pub(super) members: Value,
    pub(super) file: Option<Bytes>,
}

/// Reads a form, or a JSON object, which has no file.
pub(super) async fn read(asked: &Asked, file: &str) -> Result<Form, Answer> {
    let Ok(boundary) = multer::parse_boundary(&asked.content_type) else {
        let members = asked.json()?;
        return Ok(Form {
            members,
            file: None,
        });
    };
    parse(asked.body.clone(), boundary, file)
        .await
        .map_err(|error| {
            let detail = format!("The form is not well-formed: {error}.");
            Answer::error(400, "10015", "Bad Request", &detail)
        })
}

async fn parse(body: Bytes, boundary: String, file: &str) -> Result<Form, multer::Error> {
    let stream = futures_util::stream::iter([Ok::<_, std::convert::Infallible>(body)]);
    let mut parts = multer::Multipart::new(stream, boundary);
    let (mut members, mut document) = (Map::new(), None);
    while let Some(part) = parts.next_field().await? {
        let Some(name) = part.name().map(str::to_owned) else {
            continue;
        };
        if name == file {
            document = Some(part.bytes().await?);
        } else {
            let text = part.text().await?;
            // A form knows texts only.
            let value = match text.as_str() {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                _ => Value::String(text),
            };
            members.insert(name, value);
        }
    }
    Ok(Form {
        members: Value::Object(members),
        file: document,
    })
}
