//! What a mail server that is trusted found out about a sender (Authentication-Results, RFC 8601).

/// Whether the topmost field of the server `authserv` says that the message really is from `domain`: by DMARC, by a DKIM signature of that
/// domain, or because its sender signed in (`auth=pass`). Those of other servers, and those below it, may be anybody's.
pub(crate) fn vouches(fields: &[String], authserv: &str, domain: &str) -> bool {
    let ours = |field: &&String| {
        let id = field.split([';', ' ', '\t']).next().unwrap_or_default();
        id.trim().eq_ignore_ascii_case(authserv)
    };
    let Some(field) = fields
        .iter()
        .map(|field| without_comments(field))
        .find(|field| ours(&field))
    else {
        return false;
    };
    field.split(';').skip(1).any(|result| {
        let mut words = result.split_whitespace();
        let method = words.next().unwrap_or_default().to_ascii_lowercase();
        let names = |property: &str| {
            result
                .split_whitespace()
                .filter_map(|word| word.split_once('='))
                .filter(|(name, _)| name.eq_ignore_ascii_case(property))
                .any(|(_, value)| {
                    let value = value.trim_matches('"').trim_start_matches('@');
                    value.eq_ignore_ascii_case(domain)
                })
        };
        match method.as_str() {
            "dmarc=pass" => names("header.from"),
            "dkim=pass" => names("header.d"),
            "auth=pass" => true,
            _ => false,
        }
    })
}

/// The field without what stands in brackets, on one line.
fn without_comments(field: &str) -> String {
    let (mut depth, mut quoted, mut out) = (0_u32, false, String::new());
    for c in field.chars() {
        match c {
            '"' if depth == 0 => {
                quoted = !quoted;
                out.push(c);
            }
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            c if c.is_control() => out.push(' '),
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(field: &str) -> bool {
        vouches(&[field.to_owned()], "mx.example.net", "clinic.example")
    }

    #[test]
    fn only_a_pass_for_the_very_domain_counts() {
        assert!(says(
            " mx.example.net;\r\n dmarc=pass (p=reject) header.from=clinic.example"
        ));
        assert!(says(
            "mx.example.net 1; spf=fail smtp.mailfrom=x.example; dkim=pass header.d=Clinic.example header.s=a"
        ));
        assert!(says("MX.example.net; auth=pass smtp.auth=nurse"));
        for wrong in [
            "mx.example.net; none",
            "mx.example.net; dmarc=fail header.from=clinic.example",
            "mx.example.net; dkim=pass header.d=evil.example",
            "mx.example.net; spf=pass smtp.mailfrom=clinic.example",
            "mx.example.net; dkim=fail (dkim=pass header.d=clinic.example)",
            "mx.example.net; dkim=fail reason=\"; dkim=pass\" header.d=evil.example",
            "other.example; dmarc=pass header.from=clinic.example",
            "mx.example.net.evil.example; dmarc=pass header.from=clinic.example",
            "",
        ] {
            assert!(!says(wrong), "{wrong}");
        }
    }

    #[test]
    fn what_the_sender_wrote_below_the_servers_own_does_not_count() {
        let fields = [
            "mx.example.net; dmarc=fail header.from=clinic.example".to_owned(),
            "mx.example.net; dmarc=pass header.from=clinic.example".to_owned(),
        ];
        assert!(!vouches(&fields, "mx.example.net", "clinic.example"));
    }
}
