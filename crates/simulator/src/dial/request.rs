//! One `originate`: variables, legs and what to do once answered.

use super::split::{closing, split};
use crate::cause::Cause;

/// The answer to an `originate` that is no `originate`, as recorded.
pub(crate) const USAGE: &str = "-USAGE: <call url> <exten>|&<application_name>(<app_args>) [<dialplan>] [<context>] [<cid_name>] [<cid_num>] [<timeout_sec>]\n";

/// Variables in order, as given.
pub(crate) type Variables = Vec<(String, String)>;

/// An `originate` as FreeSWITCH understands it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Originate {
    /// The variables of the `{…}` block.
    pub(crate) variables: Variables,
    /// The legs: the groups between `|` are tried one after another, the legs of a group (between `,`) all at once.
    pub(crate) groups: Vec<Vec<Leg>>,
    /// What runs once answered.
    pub(crate) app: App,
}

/// One leg with the variables of its own `[…]` block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leg {
    pub(crate) variables: Variables,
    pub(crate) endpoint: Endpoint,
}

/// Where a leg goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// `sofia/gateway/NAME/NUMBER`.
    Gateway { gateway: String, number: String },
    /// `sofia/PROFILE/USER@HOST`: played like a gateway of the profile's name.
    Profile { profile: String, number: String },
    /// `null/NAME`: answers at once and goes nowhere (mod_loopback).
    Null { name: String },
    /// `error/CAUSE`: fails with that cause.
    Error { cause: Cause },
    /// No such endpoint.
    Unknown,
}

/// An application and its argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct App {
    pub(crate) name: String,
    pub(crate) argument: String,
}

/// Why an `originate` gets no channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The usage text is the answer.
    Usage,
    /// `-ERR` and this cause is the answer.
    Cause(Cause),
}

impl Originate {
    /// Reads what follows the word `originate`.
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        let words = split(text, ' ', 10);
        if words.len() < 2 || words.len() > 7 || words[0].is_empty() {
            return Err(Refusal::Usage);
        }
        let mut rest = words[0].as_str();
        let mut variables = Variables::new();
        while rest.starts_with('{') || rest.starts_with('<') {
            let (open, close) = if rest.starts_with('{') {
                ('{', '}')
            } else {
                ('<', '>')
            };
            let Some(end) = closing(rest, open, close) else {
                // The log says "Parse Error!"; the caller is told this.
                return Err(Refusal::Cause(Cause::DESTINATION_OUT_OF_ORDER));
            };
            read_variables(&rest[1..end], &mut variables);
            rest = rest[end + 1..].trim_start_matches(' ');
        }
        let groups: Vec<Vec<Leg>> = rest
            .split('|')
            .map(|group| {
                let legs = group.split(',').flat_map(|leg| leg.split(":_:"));
                legs.filter(|leg| !leg.is_empty()).map(Leg::parse).collect()
            })
            .filter(|group: &Vec<Leg>| !group.is_empty())
            .collect();
        if groups.is_empty() {
            return Err(Refusal::Cause(Cause::DESTINATION_OUT_OF_ORDER));
        }
        let app = App::parse(&words[1]);
        Ok(Self {
            variables,
            groups,
            app,
        })
    }
}

impl Leg {
    fn parse(text: &str) -> Self {
        let mut variables = Variables::new();
        let mut rest = text;
        if let Some(end) = closing(rest, '[', ']') {
            read_variables(&rest[1..end], &mut variables);
            rest = &rest[end + 1..];
        }
        Self {
            variables,
            endpoint: Endpoint::parse(rest),
        }
    }
}

impl Endpoint {
    fn parse(text: &str) -> Self {
        let mut parts = text.splitn(2, '/');
        let (kind, rest) = (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        );
        match kind {
            "sofia" => match rest.split_once('/') {
                Some(("gateway", rest)) => {
                    let (gateway, number) = rest.split_once('/').unwrap_or((rest, ""));
                    Self::Gateway {
                        gateway: gateway.to_owned(),
                        number: number.to_owned(),
                    }
                }
                Some((profile, user)) => Self::Profile {
                    profile: profile.to_owned(),
                    number: user.split('@').next().unwrap_or_default().to_owned(),
                },
                None => Self::Error {
                    cause: Cause::INVALID_NUMBER_FORMAT,
                },
            },
            "null" => Self::Null {
                name: rest.to_owned(),
            },
            "error" => Self::Error {
                cause: Cause::named(rest).unwrap_or(Cause::NORMAL_CLEARING),
            },
            _ => Self::Unknown,
        }
    }
}

impl App {
    /// `&name(argument)`; a bare word is an extension of the dialplan, of which there is none here.
    fn parse(text: &str) -> Self {
        let Some(call) = text.strip_prefix('&') else {
            return Self {
                name: "transfer".to_owned(),
                argument: text.to_owned(),
            };
        };
        let (name, argument) = call.split_once('(').unwrap_or((call, ""));
        let argument = argument.split(')').next().unwrap_or_default();
        Self {
            name: name.to_owned(),
            argument: argument.to_owned(),
        }
    }
}

/// Reads `a=b,c=d`; `^^X` in front changes the separator to `X`. A later value of a name replaces an earlier one.
fn read_variables(text: &str, variables: &mut Variables) {
    let mut rest = text;
    let mut separator = ',';
    if let Some(changed) = rest.strip_prefix("^^") {
        let mut chars = changed.chars();
        separator = chars.next().unwrap_or(',');
        rest = chars.as_str();
    }
    for piece in split(rest, separator, 1024) {
        if let [name, value] = split(&piece, '=', 2).as_slice() {
            variables.retain(|(known, _)| known != name);
            variables.push((name.clone(), value.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn variables(text: &str) -> Variables {
        Originate::parse(&format!("{{{text}}}null/x &park"))
            .unwrap()
            .variables
    }

    fn pairs(expected: &[(&str, &str)]) -> Variables {
        expected
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn a_whole_dial_string_is_read() {
        let call = Originate::parse(
            "{origination_uuid=U,execute_on_answer='sched_hangup +90 ALLOTTED_TIMEOUT',absolute_codec_string=PCMU\\,PCMA,fax_header=%41%2C}sofia/gateway/telnyx/+15550001111 &txfax(/spool/a.tif)",
        )
        .unwrap();
        assert_eq!(
            call.variables,
            pairs(&[
                ("origination_uuid", "U"),
                ("execute_on_answer", "sched_hangup +90 ALLOTTED_TIMEOUT"),
                ("absolute_codec_string", "PCMU,PCMA"),
                ("fax_header", "%41%2C"),
            ])
        );
        assert_eq!(
            call.groups[0][0].endpoint,
            Endpoint::Gateway {
                gateway: "telnyx".into(),
                number: "+15550001111".into()
            }
        );
        assert_eq!(
            call.app,
            App {
                name: "txfax".into(),
                argument: "/spool/a.tif".into()
            }
        );
    }

    #[test]
    fn the_traps_are_the_real_ones() {
        // Recorded: the comma cuts although it stands in quotes.
        assert_eq!(
            variables("fax_header='Acme Clinic, Suite 5',lab_meta='x=1;y=2'"),
            pairs(&[("fax_header", "Acme Clinic"), ("lab_meta", "x=1;y=2")])
        );
        assert_eq!(variables("a=one\\ntwo"), pairs(&[("a", "one\ntwo")]));
        assert_eq!(
            variables("^^;a=1,2;b=3"),
            pairs(&[("a", "1,2"), ("b", "3")])
        );
        let forked = Originate::parse("sofia/gateway/g/1,sofia/gateway/g/2 &park").unwrap();
        assert_eq!(forked.groups[0].len(), 2);
        assert_eq!(
            Originate::parse("null/x &txfax(/a/b)c)")
                .unwrap()
                .app
                .argument,
            "/a/b"
        );
    }

    #[test]
    fn what_gets_no_channel_is_told_as_recorded() {
        for usage in ["", "foo", "sofia/gateway/telnyx/15559872222"] {
            assert_eq!(Originate::parse(usage), Err(Refusal::Usage), "{usage}");
        }
        assert_eq!(
            Originate::parse("{a=b sofia/gateway/telnyx/15559872222 &park"),
            Err(Refusal::Cause(Cause::DESTINATION_OUT_OF_ORDER))
        );
        let unknown = Originate::parse("nosuchendpoint/1 &park").unwrap();
        assert_eq!(unknown.groups[0][0].endpoint, Endpoint::Unknown);
        let busy = Originate::parse("error/user_busy &park").unwrap();
        assert_eq!(
            busy.groups[0][0].endpoint,
            Endpoint::Error {
                cause: Cause::USER_BUSY
            }
        );
    }

    proptest! {
        #[test]
        fn percent_encoded_text_passes_untouched(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let encoded: String = bytes.iter().map(|byte| format!("%{byte:02X}")).collect();
            let call = Originate::parse(&format!("{{fax_header={encoded},last=1}}sofia/gateway/g/1 &txfax(/x)")).unwrap();
            prop_assert_eq!(&call.variables[call.variables.len() - 1].1, "1");
            if !bytes.is_empty() {
                prop_assert_eq!(&call.variables[0].1, &encoded);
            }
        }

        #[test]
        fn no_text_at_all_breaks_the_parser(text in "[ -~\\n\\\\'{}\\[\\]<>^|,=&()é]{0,120}") {
            let _ = Originate::parse(&text);
            let _ = Originate::parse(&format!("{{{text}}}sofia/gateway/g/1 &txfax({text})"));
        }

        #[test]
        fn names_and_values_of_safe_characters_come_back(values in prop::collection::btree_map("[a-z_]{1,12}", "[A-Za-z0-9/_.+-]{1,20}", 1..8)) {
            let block: Vec<String> = values.iter().map(|(n, v)| format!("{n}={v}")).collect();
            let call = Originate::parse(&format!("{{{}}}null/x &park", block.join(","))).unwrap();
            let expected: Variables = values.into_iter().collect();
            prop_assert_eq!(call.variables, expected);
        }
    }
}
