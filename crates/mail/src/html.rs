//! The page of a message. No style sheet, no script, nothing that is fetched but the logo: mail programs take little else.

use std::fmt::Write as _;

use crate::brand::Brand;
use crate::clean::one_line;

/// What stands on the page.
pub(crate) struct Page<'a> {
    pub(crate) headline: &'a str,
    pub(crate) rows: &'a [(&'static str, String)],
    /// A sentence about the document, and its link if there is one.
    pub(crate) document: Option<(&'a str, Option<&'a str>)>,
}

pub(crate) fn page(page: &Page<'_>, brand: &Brand) -> String {
    let name = escape(&one_line(&brand.name, 80));
    let colour = brand.colour;
    let head = match &brand.logo_url {
        Some(url) => format!(
            "<img src=\"{}\" alt=\"{name}\" height=\"40\" style=\"border:0\">",
            escape(url)
        ),
        None => format!("<strong style=\"font-size:18px\">{name}</strong>"),
    };
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{name}</title></head>\n\
         <body style=\"margin:0;padding:24px;font-family:sans-serif;font-size:15px;color:#222\">\n\
         <div style=\"border-top:4px solid {colour};padding-top:12px;max-width:600px\">\n<p>{head}</p>\n<p>{}</p>\n",
        escape(page.headline)
    );
    if !page.rows.is_empty() {
        html += "<table style=\"border-collapse:collapse\">\n";
        for (label, value) in page.rows {
            let _ = writeln!(
                html,
                "<tr><td style=\"padding:2px 16px 2px 0;color:#666\">{label}</td><td>{}</td></tr>",
                escape(value)
            );
        }
        html += "</table>\n";
    }
    if let Some((sentence, link)) = page.document {
        let link = link.map(|url| {
            let url = escape(url);
            format!(" <a href=\"{url}\" style=\"color:{colour}\">Open the document</a>")
        });
        let _ = writeln!(
            html,
            "<p>{}{}</p>",
            escape(sentence),
            link.unwrap_or_default()
        );
    }
    if let Some(footer) = &brand.footer {
        html += "<hr style=\"border:0;border-top:1px solid #ddd\">\n<p style=\"font-size:12px;color:#666\">";
        let lines: Vec<String> = footer
            .lines()
            .map(|line| escape(&one_line(line, 200)))
            .collect();
        html += &lines.join("<br>\n");
        html += "</p>\n";
    }
    html + "</div></body></html>\n"
}

/// As text within an element or a quoted attribute.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_text_on_the_page() {
        assert_eq!(
            escape("<script>\"a\" & 'b'</script>"),
            "&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/script&gt;"
        );
    }
}
