//! What a mail server that is trusted found out about a sender (Authentication-Results, RFC 8601).

mod field;

use faxgate_types::EmailAddress;

use field::{Field, Finding};

/// Whether the topmost field of the server `authserv` says that the message really is from `from`: from its domain, by DMARC or a DKIM
/// signature of that domain; or from this very sender, who signed in (`auth=pass` with the address in `smtp.auth`, RFC 8601, 2.7.4). Fields
/// of other servers, and those below it, may be anybody's; one that cannot be read says nothing.
pub(crate) fn vouches(fields: &[String], authserv: &str, from: &EmailAddress) -> bool {
    let ours = fields
        .iter()
        .map(|field| Field::read(field))
        .find(|field| field.authserv.eq_ignore_ascii_case(authserv));
    let findings = ours.and_then(|field| field.findings).unwrap_or_default();
    findings.iter().any(|finding| is_from(finding, from))
}

fn is_from(finding: &Finding, from: &EmailAddress) -> bool {
    let domain = |value: &str| {
        value
            .trim_start_matches('@')
            .eq_ignore_ascii_case(from.domain())
    };
    let sender = |value: &str| {
        let read = value.parse::<EmailAddress>();
        read.is_ok_and(|address| address.folded() == from.folded())
    };
    finding.passed
        && match finding.method.as_str() {
            "dmarc" => finding.always("header.from", domain),
            "dkim" => finding.always("header.d", domain),
            "auth" => finding.always("smtp.auth", sender),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SERVER: &str = "mx.example.net";

    fn nurse() -> EmailAddress {
        "Nurse@clinic.example".parse().unwrap()
    }

    fn says(field: &str) -> bool {
        vouches(&[field.to_owned()], SERVER, &nurse())
    }

    #[test]
    fn only_a_pass_for_the_very_domain_counts() {
        for right in [
            " mx.example.net;\r\n dmarc=pass (p=reject) header.from=clinic.example",
            "mx.example.net 1; spf=fail smtp.mailfrom=x.example; dkim=pass header.d=Clinic.example header.s=a",
            "mx.example.net; dkim/1 = pass header.d = \"clinic.example\" header.b=YWJjZGU=",
            "mx.example.net; dkim=pass header.b=YQ== header.d=clinic.example",
            "mx.example.net; dkim=pass (a \\) ; b) reason=\"good; \\\"so\\\"\" header.d=clinic.example",
        ] {
            assert!(says(right), "{right}");
        }
        for wrong in [
            "mx.example.net; none",
            "mx.example.net; dmarc=fail header.from=clinic.example",
            "mx.example.net; dkim=pass header.d=evil.example",
            "mx.example.net; dkim=pass header.d=evil.example header.d=clinic.example",
            "mx.example.net; dkim=pass",
            "mx.example.net; spf=pass smtp.mailfrom=clinic.example",
            "mx.example.net; dkim=fail (dkim=pass header.d=clinic.example)",
            "mx.example.net; dkim=fail (\\) ; dkim=pass header.d=clinic.example)",
            "mx.example.net; dkim=fail reason=\"; dkim=pass\" header.d=evil.example",
            "other.example; dmarc=pass header.from=clinic.example",
            "mx.example.net.evil.example; dmarc=pass header.from=clinic.example",
            "\"mx.example.net; dmarc=pass header.from=clinic.example",
            "",
        ] {
            assert!(!says(wrong), "{wrong}");
        }
    }

    #[test]
    fn what_stands_in_quotes_is_no_finding() {
        for wrong in [
            r#"mx.example.net; spf=pass smtp.mailfrom="; dkim=pass header.d=clinic.example ;"@evil.example; dkim=none"#,
            r#"mx.example.net; spf=pass smtp.mailfrom="\"; dkim=pass header.d=clinic.example ;"@evil.example; dkim=none"#,
            r#"mx.example.net; spf=pass smtp.mailfrom="x\"; dkim=pass header.d=clinic.example ; dkim=none"#,
            r#"mx.example.net; dkim=pass header.i="@evil header.d=clinic.example " header.d=evil.example"#,
            r#"mx.example.net; "dkim=pass header.d=clinic.example"; dkim=none"#,
            r#"mx.example.net; spf=pass dkim=pass header.d=clinic.example"#,
        ] {
            assert!(!says(wrong), "{wrong}");
        }
    }

    #[test]
    fn whoever_signed_in_is_vouched_for_under_his_own_address_only() {
        assert!(says(
            "MX.example.net; auth=pass smtp.auth=nurse@Clinic.example"
        ));
        assert!(says(
            "mx.example.net; auth=pass (plain) smtp.auth=\"nurse@clinic.example\" smtp.mailfrom=nurse@clinic.example"
        ));
        for wrong in [
            "mx.example.net; auth=pass",
            "mx.example.net; auth=pass smtp.auth=nurse",
            "mx.example.net; auth=pass smtp.auth=mallory@other.example",
            "mx.example.net; auth=pass smtp.auth=mallory@clinic.example",
            "mx.example.net; auth=pass smtp.auth=mallory@other.example smtp.mailfrom=nurse@clinic.example",
            "mx.example.net; auth=fail smtp.auth=nurse@clinic.example",
        ] {
            assert!(!says(wrong), "{wrong}");
        }
    }

    #[test]
    fn what_the_sender_wrote_below_the_servers_own_does_not_count() {
        for own in [
            "mx.example.net; dmarc=fail header.from=clinic.example",
            "mx.example.net; spf=fail smtp.mailfrom=\"unended",
            "mx.example.net (unended; dmarc=pass header.from=clinic.example",
        ] {
            let fields = [
                own.to_owned(),
                "mx.example.net; dmarc=pass header.from=clinic.example".to_owned(),
            ];
            assert!(!vouches(&fields, SERVER, &nurse()), "{own}");
        }
    }

    proptest! {
        #[test]
        fn nothing_that_is_quoted_or_remarked_vouches(
            foreign in "([;=()\\\\\" @a]|dkim=pass|dmarc=pass|header\\.d=clinic\\.example|header\\.from=clinic\\.example|\\PC){0,24}",
        ) {
            let quoted = foreign.replace('\\', "\\\\").replace('"', "\\\"");
            let remark = quoted.replace('(', "\\(").replace(')', "\\)");
            let field = format!(
                "mx.example.net; spf=pass ({remark}) smtp.mailfrom=\"{quoted}\"@evil.example; dkim=pass reason=\"{quoted}\" header.d=evil.example"
            );
            prop_assert!(!says(&field), "{}", field);
            let read = Field::read(&field);
            prop_assert_eq!(read.findings.unwrap().len(), 2);
        }

        #[test]
        fn any_text_can_be_read(text in "\\PC{0,80}") {
            let _ = says(&text);
            let _ = says(&format!("mx.example.net;{text}"));
        }
    }
}
