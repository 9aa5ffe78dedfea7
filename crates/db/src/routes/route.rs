//! The lines of a route.

use std::fmt;
use std::str::FromStr;

/// The line that hands faxes from one number of this gateway to another, without a call.
pub const ON_NET: &str = "on-net";

/// A route names at most so many lines.
const MOST: usize = 16;

/// The lines that calls may take, best first. As text `,on-net,east,telnyx,`, so that a line is found in it by `,east,`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Route(Vec<String>);

/// Names that make no route.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRoute {
    /// There are none.
    #[error("a route names at least one line")]
    Empty,
    /// There are too many.
    #[error("a route names at most 16 lines")]
    TooMany,
    /// One cannot be a line's name.
    #[error("`{0}` is no name of a line: letters, digits and ._- are")]
    Name(String),
    /// One is there twice.
    #[error("line `{0}` stands there twice")]
    Twice(String),
    /// On-net is not the first.
    #[error("on-net can only be the first line of a route")]
    OnNetLater,
}

impl Route {
    /// A route by these lines, best first.
    ///
    /// # Errors
    /// When they make none.
    pub fn new<S: Into<String>>(lanes: impl IntoIterator<Item = S>) -> Result<Self, BadRoute> {
        let mut names: Vec<String> = Vec::new();
        for name in lanes {
            let name = name.into();
            let good = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            if name.is_empty() || name.len() > 64 || !name.chars().all(good) {
                return Err(BadRoute::Name(name.chars().take(64).collect()));
            }
            if names.contains(&name) {
                return Err(BadRoute::Twice(name));
            }
            if name == ON_NET && !names.is_empty() {
                return Err(BadRoute::OnNetLater);
            }
            if names.len() >= MOST {
                return Err(BadRoute::TooMany);
            }
            names.push(name);
        }
        match names.is_empty() {
            true => Err(BadRoute::Empty),
            false => Ok(Self(names)),
        }
    }

    /// The lines, best first.
    pub fn lanes(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether the line is one of them.
    #[must_use]
    pub fn has(&self, lane: &str) -> bool {
        self.lanes().any(|name| name == lane)
    }

    /// Whether a fax stays inside the gateway where it can.
    #[must_use]
    pub fn begins_on_net(&self) -> bool {
        self.lanes().next() == Some(ON_NET)
    }

    /// The lines that are left for a number that is not of this gateway; `None`: none.
    #[must_use]
    pub fn without_on_net(&self) -> Option<Self> {
        let left: Vec<_> = self.lanes().filter(|name| *name != ON_NET).collect();
        (!left.is_empty()).then(|| Self(left.into_iter().map(str::to_owned).collect()))
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, ",{},", self.0.join(","))
    }
}

impl FromStr for Route {
    type Err = BadRoute;

    /// Reads names separated by commas, with or without one at the ends and spaces around them.
    fn from_str(text: &str) -> Result<Self, BadRoute> {
        let text = text.trim();
        let text = text.strip_prefix(',').unwrap_or(text);
        let text = text.strip_suffix(',').unwrap_or(text);
        match text.is_empty() {
            true => Err(BadRoute::Empty),
            false => Self::new(text.split(',').map(str::trim)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_reads_back_what_it_wrote() {
        let route: Route = "on-net, east,telnyx".parse().unwrap();
        assert_eq!(route.to_string(), ",on-net,east,telnyx,");
        assert_eq!(route.to_string().parse(), Ok(route.clone()));
        assert!(route.begins_on_net() && route.has("telnyx") && !route.has("tel"));
        let left = route.without_on_net().unwrap();
        assert_eq!(left.to_string(), ",east,telnyx,");
        assert_eq!("on-net".parse::<Route>().unwrap().without_on_net(), None);
    }

    #[test]
    fn names_that_make_no_route_are_refused() {
        let bad = |text: &str| text.parse::<Route>().unwrap_err();
        assert_eq!(bad(" "), BadRoute::Empty);
        assert_eq!(bad(","), BadRoute::Empty);
        assert_eq!(bad("east,,west"), BadRoute::Name(String::new()));
        assert_eq!(bad("ea st"), BadRoute::Name("ea st".to_owned()));
        assert_eq!(bad("east,west,east"), BadRoute::Twice("east".to_owned()));
        assert_eq!(bad("east,on-net"), BadRoute::OnNetLater);
        let many: Vec<String> = (0..17).map(|n| format!("line{n}")).collect();
        assert_eq!(Route::new(many), Err(BadRoute::TooMany));
    }
}
