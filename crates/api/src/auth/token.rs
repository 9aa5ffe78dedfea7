//! `POST /api/auth/token/`: from a name and a password to a token.

use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::Error;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::Api;
use crate::error::body::ErrorBody;
use crate::extract::json;

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct TokenRequest {
    /// The user's name.
    #[schema(example = "your_username", max_length = 150)]
    username: String,
    /// The user's password.
    #[schema(example = "your_password", max_length = 1024)]
    password: String,
}

/// An API token.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenBody {
    /// Goes into the header `Authorization: Token …`. Shown once.
    #[schema(example = "fxg_000000000000000000000000000000000000")]
    token: String,
}

/// Obtain a token
///
/// Answers a new API token for a user name and a password. Tokens do not expire unless an operator made them so.
#[utoipa::path(
    post,
    path = "/api/auth/token/",
    tag = "auth",
    operation_id = "obtain_token",
    security(()),
    request_body = TokenRequest,
    responses(
        (status = 200, description = "A new token.", body = TokenBody),
        (status = 400, description = "The body is no JSON object, or a field is missing or of the wrong type.", body = ErrorBody),
        (status = 401, description = "Wrong name or password.", body = ErrorBody),
        (status = 413, description = "The body is larger than 1 MiB.", body = ErrorBody),
    )
)]
pub(crate) async fn obtain(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter_login(&request, async || {
        let body = json::read(request.headers(), payload, &api.room).await?;
        let (username, password) = credentials(&body.bytes)?;
        let token = api.app.issue_token(&username, &password).await?;
        Ok(HttpResponse::Ok().json(TokenBody { token }))
    })
    .await
}

fn credentials(body: &[u8]) -> Result<(String, String), Error> {
    let mut fields = json::object(body)?;
    let username = fields.text("username", 150, "the user's name");
    let password = fields.text("password", 1024, "the user's password");
    fields.finish()?;
    Ok((username, password))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_body_is_read() {
        let read = credentials(
            br#"{"username": "your_username", "password": "your_password", "remember": true}"#,
        );
        assert_eq!(
            read.unwrap(),
            ("your_username".to_owned(), "your_password".to_owned())
        );
    }

    #[test]
    fn missing_and_mistyped_fields_are_all_named() {
        let error = credentials(br#"{"password": 5}"#).unwrap_err();
        assert_eq!(
            error.details.keys().collect::<Vec<_>>(),
            ["password", "username"]
        );
        assert!(
            credentials(
                format!(r#"{{"username":"a","password":"{}"}}"#, "p".repeat(1025)).as_bytes()
            )
            .is_err()
        );
    }
}
