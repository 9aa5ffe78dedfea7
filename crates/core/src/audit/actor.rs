//! Who did it.

use faxgate_types::{TokenId, UserId};

use crate::auth::{Caller, User};
use crate::numbers::Asker;

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Somebody who was let in.
    User {
        /// Who.
        id: UserId,
        /// The name to sign in with.
        name: String,
        /// The token that was shown, if it was one.
        token: Option<TokenId>,
    },
    /// Somebody who showed a name, and was not let in.
    Stranger(String),
    /// Whoever has a link that the gateway signed.
    Link,
    /// Whoever has a shell on the gateway's machine.
    Console,
    /// The gateway itself.
    System,
}

/// An actor as the log has it.
pub(super) struct Written {
    pub(super) kind: &'static str,
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) token: Option<String>,
}

impl Actor {
    /// `console` is the login that runs this process by hand; without it nobody is at a console, and it is the gateway itself.
    pub(super) fn written(self, console: Option<&str>) -> Written {
        let nobody = |kind| Written {
            kind,
            id: None,
            name: None,
            token: None,
        };
        match self {
            Self::User { id, name, token } => Written {
                kind: "user",
                id: Some(id.to_string()),
                name: Some(name),
                token: token.map(|token| token.to_string()),
            },
            Self::Stranger(name) => Written {
                name: Some(name),
                ..nobody("stranger")
            },
            Self::Link => nobody("link"),
            Self::Console if console.is_some() => Written {
                name: console.map(str::to_owned),
                ..nobody("console")
            },
            Self::Console | Self::System => nobody("system"),
        }
    }
}

impl From<&User> for Actor {
    fn from(user: &User) -> Self {
        Self::User {
            id: user.id,
            name: user.username.clone(),
            token: user.token,
        }
    }
}

impl From<&Caller> for Actor {
    fn from(caller: &Caller) -> Self {
        Self::from(&caller.user)
    }
}

impl From<&Asker> for Actor {
    fn from(asker: &Asker) -> Self {
        match asker {
            Asker::Caller(caller) => Self::from(&**caller),
            Asker::Console => Self::Console,
        }
    }
}
