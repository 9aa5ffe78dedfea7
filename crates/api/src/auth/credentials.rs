//! What a login shows, read from its body.

use actix_web::HttpRequest;
use actix_web::http::header::USER_AGENT;
use faxgate_core::{Credentials, Error};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::extract::json;

/// Who logs in.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct CredentialsBody {
    /// The user's name.
    #[schema(example = "your_username", max_length = 150)]
    username: String,
    /// The user's password.
    #[schema(example = "your_password", max_length = 1024)]
    password: String,
    /// The code of the second factor, or a recovery code; for users who have one.
    #[schema(required = false, nullable, example = "287082", max_length = 32)]
    totp: Option<String>,
}

pub(super) fn read(body: &[u8]) -> Result<Credentials, Error> {
    let mut fields = json::object(body)?;
    let username = fields.text("username", 150, "the user's name");
    let password = fields.text("password", 1024, "the user's password");
    let totp = fields.optional_text("totp", 32, "the code of the second factor");
    fields.finish()?;
    Ok(Credentials {
        username,
        password,
        totp,
    })
}

/// The program that asks, as it says.
pub(crate) fn agent(request: &HttpRequest) -> Option<String> {
    let agent = request.headers().get(USER_AGENT)?;
    Some(String::from_utf8_lossy(agent.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_body_is_read() {
        let body =
            br#"{"username": "your_username", "password": "your_password", "remember": true}"#;
        let shown = read(body).unwrap();
        assert_eq!(shown.username, "your_username");
        assert_eq!(shown.password, "your_password");
        assert_eq!(shown.totp, None);
    }

    #[test]
    fn missing_and_mistyped_fields_are_all_named() {
        let error = read(br#"{"password": 5}"#).err().unwrap();
        assert_eq!(
            error.details.keys().collect::<Vec<_>>(),
            ["password", "username"]
        );
        let long = format!(r#"{{"username":"a","password":"{}"}}"#, "p".repeat(1025));
        assert!(read(long.as_bytes()).is_err());
    }
}
