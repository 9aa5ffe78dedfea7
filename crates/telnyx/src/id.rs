//! Identifiers, one type for each kind of thing.

/// An opaque identifier: read from a JSON string or number, written as a string.
macro_rules! identifier {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// An identifier as Telnyx gave it. Any text will do: where it becomes part of a path it is encoded.
            #[must_use]
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The identifier's text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                match crate::lenient::text(deserializer)? {
                    Some(text) if !text.is_empty() => Ok(Self(text)),
                    _ => Err(serde::de::Error::custom("an identifier is missing")),
                }
            }
        }
    };
}

identifier! {
    /// A fax (a UUID so far).
    FaxId
}
identifier! {
    /// A connection: the id of a fax application is the `connection_id` of its faxes and numbers (digits so far).
    ConnectionId
}
identifier! {
    /// An order of numbers (a UUID so far).
    NumberOrderId
}
identifier! {
    /// A number of the account's (digits so far); not the number itself.
    PhoneNumberId
}
identifier! {
    /// A webhook's event: the same for every delivery of the same event (a UUID so far).
    EventId
}
