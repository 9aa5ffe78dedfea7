//! What the query string says.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::web::Query;
use faxgate_core::Error;

/// The parameters of a query string. Those that nobody asks for are ignored; an empty one is the same as absent.
#[derive(Debug)]
pub(crate) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Reads the query string of a request.
    ///
    /// # Errors
    /// `INVALID_QUERY` when one is there twice.
    pub(crate) fn of(request: &HttpRequest) -> Result<Self, Error> {
        Self::parse(request.query_string())
    }

    fn parse(query: &str) -> Result<Self, Error> {
        let pairs = Query::<Vec<(String, String)>>::from_query(query)
            .map_err(|_| Error::bad_input("INVALID_QUERY", "the query string cannot be read"))?
            .into_inner();
        let mut map = BTreeMap::new();
        for (name, value) in pairs {
            if value.is_empty() {
                continue;
            }
            if map.insert(name.clone(), value).is_some() {
                let name: String = name.chars().take(40).collect();
                return Err(wrong(&name, "send it once, not several times"));
            }
        }
        Ok(Self(map))
    }

    /// A parameter as it came: foreign text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A parameter of at most `longest` characters.
    ///
    /// # Errors
    /// `INVALID_QUERY` when it has more.
    pub(crate) fn short(&self, name: &str, longest: usize) -> Result<Option<&str>, Error> {
        match self.text(name) {
            Some(text) if text.chars().count() > longest => Err(wrong(
                name,
                &format!("must have at most {longest} characters"),
            )),
            text => Ok(text),
        }
    }

    /// A parameter that must be one of a few words.
    ///
    /// # Errors
    /// `INVALID_QUERY`, which names the words.
    pub(crate) fn word<T: Copy>(
        &self,
        name: &str,
        words: &[(&str, T)],
    ) -> Result<Option<T>, Error> {
        let Some(value) = self.0.get(name) else {
            return Ok(None);
        };
        match words.iter().find(|(word, _)| word == value) {
            Some((_, meaning)) => Ok(Some(*meaning)),
            None => {
                let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
                Err(wrong(name, &format!("must be one of {}", known.join(", "))))
            }
        }
    }

    /// A parameter that must be a whole number within bounds.
    ///
    /// # Errors
    /// `INVALID_QUERY`, which names the bounds.
    pub(crate) fn number(&self, name: &str, least: u64, most: u64) -> Result<Option<u64>, Error> {
        let Some(value) = self.0.get(name) else {
            return Ok(None);
        };
        match value.parse() {
            Ok(number) if (least..=most).contains(&number) => Ok(Some(number)),
            _ => Err(wrong(
                name,
                &format!("must be a whole number from {least} to {most}"),
            )),
        }
    }
}

/// A parameter is wrong.
pub(crate) fn wrong(name: &str, problem: &str) -> Error {
    Error::bad_input("INVALID_QUERY", format!("{name} {problem}")).field(name, problem)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WORDS: &[(&str, u8)] = &[("inbound", 1), ("outbound", 2)];

    #[test]
    fn words_and_numbers_are_read_and_strangers_ignored() {
        let query = Parameters::parse("direction=outbound&limit=%35&colour=red&status=").unwrap();
        assert_eq!(query.word("direction", WORDS).unwrap(), Some(2));
        assert_eq!(query.number("limit", 1, 500).unwrap(), Some(5));
        assert_eq!(query.word("status", WORDS).unwrap(), None);
        assert_eq!(query.number("offset", 0, 9).unwrap(), None);
    }

    #[test]
    fn a_wrong_value_is_refused_with_what_is_allowed() {
        let query = Parameters::parse("direction=up&limit=501").unwrap();
        let error = query.word("direction", WORDS).unwrap_err();
        assert_eq!(error.message, "direction must be one of inbound, outbound");
        let error = query.number("limit", 1, 500).unwrap_err();
        assert_eq!(error.message, "limit must be a whole number from 1 to 500");
        assert!(Parameters::parse("limit=1&limit=2").is_err());
        for wrong in ["-1", "1.5", "abc", "99999999999999999999999"] {
            let query = Parameters::parse(&format!("limit={wrong}")).unwrap();
            assert!(query.number("limit", 1, 500).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_query_makes_it_panic(query in ".{0,200}") {
            if let Ok(query) = Parameters::parse(&query) {
                let _ = query.word("direction", WORDS);
                let _ = query.number("limit", 1, 500);
            }
        }
    }
}
