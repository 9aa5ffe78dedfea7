//! A conversation, without the socket.

use faxgate_types::EmailAddress;

/// From whom and to whom a message is, as the mail server said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// Where bounces go; `None`: it is one itself.
    pub from: Option<EmailAddress>,
    /// To whom.
    pub to: Vec<EmailAddress>,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Say this, and listen.
    Say(String),
    /// Say this, and part.
    Part(String),
    /// Ask whether mail for this address is taken, and tell [`Session::recipient`].
    Ask(EmailAddress),
    /// Say "go ahead" and read the message of this envelope.
    Read(Envelope),
}

/// Commands that are wrong, before we part.
const MOST_WRONG: u32 = 20;

/// One client's conversation.
#[derive(Debug)]
pub(crate) struct Session {
    name: String,
    most_bytes: usize,
    most_recipients: usize,
    greeted: bool,
    /// Set once MAIL came.
    from: Option<Option<EmailAddress>>,
    to: Vec<EmailAddress>,
    wrong: u32,
}

impl Session {
    pub(crate) fn new(name: &str, most_bytes: usize, most_recipients: usize) -> Self {
        Self {
            name: name.to_owned(),
            most_bytes,
            most_recipients,
            greeted: false,
            from: None,
            to: Vec::new(),
            wrong: 0,
        }
    }

    pub(crate) fn greeting(&self) -> String {
        format!("220 {} ESMTP Faxgate", self.name)
    }

    /// A command, without its line's end.
    pub(crate) fn command(&mut self, line: &[u8]) -> Step {
        let Ok(line) = std::str::from_utf8(line) else {
            return self.wrong("500 5.5.2 commands are ASCII");
        };
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => {
                self.begin();
                Step::Say(format!(
                    "250-{}\r\n250-SIZE {}\r\n250-8BITMIME\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES",
                    self.name, self.most_bytes
                ))
            }
            "HELO" => {
                self.begin();
                Step::Say(format!("250 {}", self.name))
            }
            "MAIL" => self.mail(rest),
            "RCPT" => self.rcpt(rest),
            "DATA" => self.data(),
            "RSET" => {
                self.reset();
                Step::Say("250 2.0.0 forgotten".to_owned())
            }
            "NOOP" => Step::Say("250 2.0.0 nothing done".to_owned()),
            "VRFY" => Step::Say("252 2.5.0 send it and see".to_owned()),
            "QUIT" => Step::Part("221 2.0.0 bye".to_owned()),
            _ => self.wrong("502 5.5.1 no such command"),
        }
    }

    /// Whether mail for an address is taken, as [`Step::Ask`] wanted to know.
    pub(crate) fn recipient(&mut self, address: EmailAddress, taken: Result<(), String>) -> Step {
        match taken {
            Ok(()) => {
                if !self.to.contains(&address) {
                    self.to.push(address);
                }
                Step::Say("250 2.1.5 fine".to_owned())
            }
            Err(why) => Step::Say(format!("550 5.1.1 {why}")),
        }
    }

    /// The message was read, whatever became of it. Wrong commands are not forgotten for it.
    pub(crate) fn reset(&mut self) {
        self.from = None;
        self.to.clear();
    }

    fn begin(&mut self) {
        self.reset();
        self.greeted = true;
    }

    fn mail(&mut self, rest: &str) -> Step {
        if !self.greeted {
            return self.wrong("503 5.5.1 say EHLO first");
        }
        if self.from.is_some() {
            return self.wrong("503 5.5.1 one message after the other");
        }
        let Some((path, parameters)) = path(rest, "FROM:") else {
            return self.wrong("501 5.5.4 MAIL FROM:<address>");
        };
        for parameter in parameters.split_ascii_whitespace() {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match name.to_ascii_uppercase().as_str() {
                "SIZE" => match value.parse::<u64>() {
                    Ok(size) if size <= self.most_bytes as u64 => {}
                    Ok(_) => {
                        return Step::Say(format!(
                            "552 5.3.4 at most {} bytes are taken",
                            self.most_bytes
                        ));
                    }
                    Err(_) => return self.wrong("501 5.5.4 SIZE is a number"),
                },
                "BODY" => {}
                _ => return self.wrong("555 5.5.4 no such parameter"),
            }
        }
        self.from = Some(match path {
            "" => None,
            address => match address.parse() {
                Ok(address) => Some(address),
                Err(_) => return Step::Say("553 5.1.7 that is no address".to_owned()),
            },
        });
        Step::Say("250 2.1.0 fine".to_owned())
    }

    fn rcpt(&mut self, rest: &str) -> Step {
        if self.from.is_none() {
            return self.wrong("503 5.5.1 say MAIL first");
        }
        if self.to.len() >= self.most_recipients {
            return Step::Say("452 4.5.3 enough recipients for one message".to_owned());
        }
        match path(rest, "TO:") {
            Some((address, "")) => match address.parse() {
                Ok(address) => Step::Ask(address),
                Err(_) => Step::Say("553 5.1.3 that is no address".to_owned()),
            },
            Some(_) => self.wrong("555 5.5.4 no such parameter"),
            None => self.wrong("501 5.5.4 RCPT TO:<address>"),
        }
    }

    fn data(&mut self) -> Step {
        match self.from.clone() {
            Some(from) if !self.to.is_empty() => Step::Read(Envelope {
                from,
                to: self.to.clone(),
            }),
            _ => self.wrong("503 5.5.1 say MAIL and RCPT first"),
        }
    }

    fn wrong(&mut self, answer: &str) -> Step {
        self.wrong += 1;
        match self.wrong > MOST_WRONG {
            true => Step::Part("421 4.7.0 too many wrong commands".to_owned()),
            false => Step::Say(answer.to_owned()),
        }
    }
}

/// `FROM:<path> parameters`; routes within a path (`@a,@b:`) are passed over (RFC 5321, appendix C).
fn path<'a>(rest: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let head = rest.get(..word.len())?;
    if !head.eq_ignore_ascii_case(word) {
        return None;
    }
    let rest = rest.get(word.len()..)?.trim_start().strip_prefix('<')?;
    let (path, parameters) = rest.split_once('>')?;
    let path = match path.strip_prefix('@') {
        Some(_) => path.split_once(':')?.1,
        None => path,
    };
    Some((path, parameters.trim()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn said(session: &mut Session, line: &str) -> String {
        match session.command(line.as_bytes()) {
            Step::Say(text) | Step::Part(text) => text,
            Step::Ask(address) => match session.recipient(address, Ok(())) {
                Step::Say(text) => text,
                other => format!("{other:?}"),
            },
            Step::Read(envelope) => format!("{envelope:?}"),
        }
    }

    #[test]
    fn a_conversation_goes_its_way() {
        let mut session = Session::new("fax.example.com", 1000, 2);
        let mut say = |line: &str| said(&mut session, line);
        assert!(say("MAIL FROM:<a@b.example>").starts_with("503"));
        assert!(say("EHLO mx").contains("250-SIZE 1000"));
        assert!(say("DATA").starts_with("503"));
        assert!(say("mail from:<a@b.example> size=1001").starts_with("552"));
        assert!(say("mail from:<a@b.example> SIZE=1000 BODY=8BITMIME").starts_with("250"));
        assert!(say("MAIL FROM:<c@b.example>").starts_with("503"));
        assert!(say("RCPT TO:<not an address>").starts_with("553"));
        assert!(say("RCPT TO:<1@x.example>").starts_with("250"));
        assert!(say("RCPT TO:<@old.example:2@x.example>").starts_with("250"));
        assert!(say("RCPT TO:<3@x.example>").starts_with("452"));
        assert!(say("DATA").contains("2@x.example"));
        assert!(say("RSET").starts_with("250"));
        assert!(say("DATA").starts_with("503"));
        assert!(say("MAIL FROM:<>").starts_with("250"));
        assert!(say("QUIT").starts_with("221"));
    }

    #[test]
    fn whoever_talks_nonsense_is_left() {
        let mut session = Session::new("fax.example.com", 1000, 2);
        let answers: Vec<String> = (0..21)
            .map(|_| said(&mut session, "GET / HTTP/1.1"))
            .collect();
        assert!(answers[19].starts_with("502"));
        let mut session = Session::new("fax.example.com", 1000, 2);
        for _ in 0..20 {
            assert!(said(&mut session, "GET / HTTP/1.1").starts_with("502"));
            assert!(said(&mut session, "RSET").starts_with("250"));
        }
        assert!(said(&mut session, "GET / HTTP/1.1").starts_with("421"));
        assert!(answers[20].starts_with("421"));
    }

    proptest! {
        #[test]
        fn no_command_makes_it_panic(lines in prop::collection::vec("(MAIL |RCPT )?(FROM:|TO:)?<?[ -~é]{0,40}>?", 0..20)) {
            let mut session = Session::new("fax.example.com", 1000, 2);
            session.command(b"EHLO x");
            for line in lines {
                if let Step::Ask(address) = session.command(line.as_bytes()) {
                    session.recipient(address, Ok(()));
                }
            }
        }
    }
}
