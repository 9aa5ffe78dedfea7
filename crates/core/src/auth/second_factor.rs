//! Second factors: time-based one-time passwords (RFC 6238: SHA-1, six digits, 30 seconds), and recovery codes.

use chacha20poly1305::aead::{Aead, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use faxgate_db::second_factors::{self, SecondFactor};
use faxgate_db::{System, users};
use faxgate_types::{Role, UserId};
use hmac::{Hmac, Mac as _};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use totp_rs::{Builder, Totp};

use super::sign_in::home;
use super::{Credentials, User};
use crate::app::App;
use crate::audit::Entry;
use crate::error::{Error, Result};

/// What the key is derived for that secrets are encrypted with: no other use of the gateway's secret has the same one.
const PURPOSE: &[u8] = b"faxgate: second factors, 1";
const NONCE: usize = 24;
/// 160 bits, as RFC 4226 recommends.
const SECRET: usize = 20;
/// A code of the step before or after is taken: clocks differ.
const SKEW: u16 = 1;
const CODES: usize = 10;
/// Without signs that look alike.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";

/// A second factor that is to be confirmed: only this once with its secret.
#[derive(Clone)]
pub struct Enrolment {
    /// The secret, in base32, to type in.
    pub secret: String,
    /// The same for a QR code (Key URI Format).
    pub uri: String,
}

/// How a user's second factor stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondFactorState {
    /// Whether it is asked for at login.
    pub is_confirmed: bool,
    /// How many recovery codes are left.
    pub codes_left: u32,
}

/// What a login showed of a second factor.
pub(super) enum Checked {
    /// What was asked for; or nothing is.
    Passed,
    /// Nothing, and there is one.
    Missing,
    /// A wrong code.
    Wrong,
}

/// Checks what a login shows, and uses it up, in the transaction that lets its user in.
pub(super) async fn check(
    app: &App,
    tx: &mut System,
    user: UserId,
    shown: Option<&str>,
) -> Result<Checked> {
    let factor = second_factors::find(tx, user).await?;
    let Some(factor) = factor.filter(|factor| factor.confirmed_at.is_some()) else {
        return Ok(Checked::Passed);
    };
    let Some(shown) = shown.map(str::trim).filter(|shown| !shown.is_empty()) else {
        return Ok(Checked::Missing);
    };
    let passed = match step(app, user, &factor, shown)? {
        Some(step) => second_factors::take_step(tx, user, step).await?,
        None => second_factors::use_code(tx, user, &code_sha256(shown)).await?,
    };
    Ok(match passed {
        true => Checked::Passed,
        false => Checked::Wrong,
    })
}

/// The time step that a code is of.
fn step(app: &App, user: UserId, factor: &SecondFactor, code: &str) -> Result<Option<i64>> {
    let secret = open(&app.settings.secret, user, &factor.sealed).ok_or_else(|| {
        Error::unavailable(
            "TOTP_UNREADABLE",
            "server.secret is not the one that second factors were enrolled with; use a recovery code, or have an operator \
             remove the second factor (faxgate user totp-reset)",
        )
    });
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    let now = u64::try_from(app.now().unix_seconds()).unwrap_or(0);
    let step = totp(secret?)?.check(&digits, now);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

fn totp(secret: Vec<u8>) -> Result<Totp> {
    let builder = Builder::new().with_secret(secret).with_skew(SKEW);
    builder
        .build()
        .map_err(|error| Error::internal(error.to_string()))
}

impl App {
    /// Makes a second factor for the user, who shows their password once more; nobody asks for it before it is confirmed.
    ///
    /// # Errors
    /// As [`App::log_in`]; `SESSION_REQUIRED` for API keys: whoever found one must not lock its user out; `TOTP_ENROLLED` when there is one already; `SECRET_NOT_SET` when the gateway makes itself a new secret at each start.
    pub async fn enrol_second_factor(&self, user: &User, password: &str) -> Result<Enrolment> {
        must_be_a_session(user)?;
        if !self.settings.auth.secret_is_kept {
            return Err(Error::conflict(
                "SECRET_NOT_SET",
                "second factors are encrypted with server.secret, which is not set; an operator sets FAXGATE_SERVER__SECRET",
            ));
        }
        let secret = self.ambient.bytes::<SECRET>();
        let sealed = seal(self, user.id, &secret)?;
        let shown = totp(secret.to_vec())?.secret().to_base32();
        let name = utf8_percent_encode(&user.username, NON_ALPHANUMERIC);
        let uri = format!(
            "otpauth://totp/Faxgate:{name}?secret={shown}&issuer=Faxgate&algorithm=SHA1&digits=6&period=30"
        );
        let again = Credentials {
            username: user.username.clone(),
            password: password.to_owned(),
            totp: None,
        };
        let (app, user) = (self.clone(), user.clone());
        self.on_main(async move {
            let proven = app.prove(&again).await?;
            let mut tx = app.db.system("enrol a second factor").await?;
            app.end_try(&mut tx, &proven.of).await?;
            let enrolled = second_factors::enrol(&mut tx, user.id, &sealed, app.now()).await?;
            tx.commit().await?;
            if !enrolled {
                return Err(Error::conflict(
                    "TOTP_ENROLLED",
                    "you have a second factor already; remove it first",
                ));
            }
            Ok(Enrolment { secret: shown, uri })
        })
        .await
    }

    /// Has the second factor asked for from now on, since the user has shown a code of it; gives the recovery codes.
    ///
    /// # Errors
    /// `SESSION_REQUIRED`; `INVALID_TOTP`; `NO_TOTP` when there is none to confirm; `TOTP_ENROLLED` when it is confirmed already.
    pub async fn confirm_second_factor(&self, user: &User, code: &str) -> Result<Vec<String>> {
        must_be_a_session(user)?;
        let (app, user, code) = (self.clone(), user.clone(), code.to_owned());
        self.on_main(async move {
            let mut tx = app.db.system("confirm a second factor").await?;
            let factor = second_factors::find(&mut tx, user.id).await?;
            let factor = factor.ok_or_else(no_totp)?;
            if factor.confirmed_at.is_some() {
                return Err(Error::conflict("TOTP_ENROLLED", "it is confirmed already"));
            }
            let wrong = || {
                let text = "this code is wrong or too old";
                Error::bad_input("INVALID_TOTP", text).field("totp", text)
            };
            let step = step(&app, user.id, &factor, &code)?.ok_or_else(wrong)?;
            second_factors::take_step(&mut tx, user.id, step).await?;
            let codes: Vec<_> = (0..CODES).map(|_| recovery_code(&app)).collect();
            let hashes: Vec<_> = codes.iter().map(|code| code_sha256(code)).collect();
            second_factors::confirm(&mut tx, user.id, &hashes, app.now()).await?;
            let chain = home(&mut tx, user.id).await?;
            let entry = Entry::new(&user, "user.totp_enrolled", user.id);
            app.audit(&mut tx, chain, entry).await?;
            tx.commit().await?;
            Ok(codes)
        })
        .await
    }

    /// Takes the user's own second factor away; they show their password and a code of it once more.
    ///
    /// # Errors
    /// As [`App::log_in`]; `NO_TOTP`.
    pub async fn remove_own_second_factor(
        &self,
        user: &User,
        password: &str,
        totp: Option<String>,
    ) -> Result<()> {
        let shown = Credentials {
            username: user.username.clone(),
            password: password.to_owned(),
            totp,
        };
        let (app, user) = (self.clone(), user.clone());
        self.on_main(async move {
            let proven = app.prove(&shown).await?;
            let mut tx = app.db.system("remove a second factor").await?;
            app.let_in(&mut tx, &proven, &shown).await?;
            if !second_factors::remove(&mut tx, user.id).await? {
                return Err(no_totp());
            }
            let chain = home(&mut tx, user.id).await?;
            let entry = Entry::new(&user, "user.totp_removed", user.id);
            app.audit(&mut tx, chain, entry).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Takes somebody's second factor away, for whoever has a shell on the gateway's machine.
    ///
    /// # Errors
    /// `NO_SUCH_USER`, `NO_TOTP`.
    pub async fn reset_second_factor(&self, username: &str) -> Result<()> {
        let mut tx = self.db.system("remove a second factor").await?;
        let user = users::by_username(&mut tx, username).await?;
        let user = user.ok_or_else(|| crate::people::no_such_user(username))?;
        if !second_factors::remove(&mut tx, user.id).await? {
            return Err(no_totp());
        }
        let chain = home(&mut tx, user.id).await?;
        let entry = Entry::new(crate::audit::Actor::Console, "user.totp_removed", user.id)
            .details(json!({"username": username}));
        self.audit(&mut tx, chain, entry).await?;
        Ok(tx.commit().await?)
    }

    /// How the user's second factor stands.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn second_factor(&self, user: UserId) -> Result<SecondFactorState> {
        let mut tx = self.db.system_read("look at a second factor").await?;
        let factor = second_factors::find(&mut tx, user).await?;
        let left = second_factors::codes_left(&mut tx, user).await?;
        tx.commit().await?;
        Ok(SecondFactorState {
            is_confirmed: factor.is_some_and(|factor| factor.confirmed_at.is_some()),
            codes_left: u32::try_from(left).unwrap_or(0),
        })
    }

    /// Where operators need a second factor, refuses those who have none.
    ///
    /// # Errors
    /// `TOTP_ENROLMENT_REQUIRED`.
    pub(super) async fn must_have_second_factor(&self, user: UserId, role: Role) -> Result<()> {
        if !self.settings.auth.operators_need_totp || !role.is_operator() {
            return Ok(());
        }
        if self.second_factor(user).await?.is_confirmed {
            return Ok(());
        }
        Err(Error::forbidden(
            "TOTP_ENROLMENT_REQUIRED",
            "operators of this gateway need a second factor (auth.operators_need_totp): enrol one at /api/v1/auth/totp, then log in \
             with it",
        ))
    }
}

fn must_be_a_session(user: &User) -> Result<()> {
    match user.session {
        Some(_) => Ok(()),
        None => Err(Error::forbidden(
            "SESSION_REQUIRED",
            "a second factor is for people, not for API keys: log in (POST /auth/login), and use that token",
        )),
    }
}

fn no_totp() -> Error {
    Error::not_found("NO_TOTP", "there is no second factor")
}

/// `abcd-efgh-jkmn`: 60 bits.
fn recovery_code(app: &App) -> String {
    let bytes = app.ambient.bytes::<12>();
    let mut code = String::new();
    for (position, byte) in bytes.iter().enumerate() {
        if position > 0 && position % 4 == 0 {
            code.push('-');
        }
        code.push(char::from(ALPHABET[usize::from(byte % 32)]));
    }
    code
}

/// SHA-256 of a recovery code, however it was typed.
fn code_sha256(code: &str) -> String {
    let plain: String = code
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    hex::encode(Sha256::digest(plain.as_bytes()))
}

/// Encrypts a secret: hex of the nonce and what follows. It can be read for this user only.
fn seal(app: &App, user: UserId, secret: &[u8]) -> Result<String> {
    let (nonce, bound_to) = (app.ambient.bytes::<NONCE>(), user.uuid());
    let payload = Payload {
        msg: secret,
        aad: bound_to.as_bytes(),
    };
    let sealed = cipher(&app.settings.secret)
        .encrypt(&XNonce::from(nonce), payload)
        .map_err(|error| Error::internal(error.to_string()))?;
    Ok(hex::encode([nonce.as_slice(), &sealed].concat()))
}

fn open(secret: &SecretString, user: UserId, sealed: &str) -> Option<Vec<u8>> {
    let sealed = hex::decode(sealed).ok()?;
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
    let bound_to = user.uuid();
    let payload = Payload {
        msg: sealed,
        aad: bound_to.as_bytes(),
    };
    let opened = cipher(secret).decrypt(&XNonce::from(*nonce), payload);
    opened.ok()
}

fn cipher(secret: &SecretString) -> XChaCha20Poly1305 {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).expect("any key will do");
    mac.update(PURPOSE);
    XChaCha20Poly1305::new(&mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_rfc() {
        // RFC 6238, appendix B, the last six of its eight digits.
        let totp = totp(b"12345678901234567890".to_vec()).unwrap();
        for (at, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(totp.check(code, at), Some(at / 30), "{at}");
            assert_eq!(totp.check(code, at + 90), None, "{at}");
        }
    }

    #[test]
    fn a_recovery_code_may_be_typed_in_any_way() {
        assert_eq!(code_sha256("abcd-efgh-jkmn"), code_sha256(" ABCD efghJKMN"));
        assert_ne!(code_sha256("abcd-efgh-jkmn"), code_sha256("abcd-efgh-jkmp"));
    }
}
