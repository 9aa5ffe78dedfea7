//! Tables of contacts as CSV: what spreadsheets write, in whatever way they write it.

use std::collections::{BTreeMap, HashSet};

use super::{LONGEST_FIELD, LONGEST_TEXT, MOST_FIELDS, Said};
use crate::error::{Error, Result};

/// Lines that a table may have.
pub(crate) const MOST_LINES: usize = 100_000;
/// Cells of tenants' own columns that a table may have in all, the empty ones aside.
const MOST_OWN_CELLS: usize = 1_000_000;
/// So many wrong lines are told of one by one.
pub(crate) const MOST_REPORTED: usize = 1000;

/// A table that was read: its good lines and its wrong ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    /// What each good line says, with its number in the file, from 1.
    pub(crate) rows: Vec<(u64, Said)>,
    /// What is wrong with the others.
    pub(crate) wrong: Vec<(u64, String)>,
}

/// What a column is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Column {
    Number,
    Name,
    FirstName,
    LastName,
    Company,
    Email,
    Language,
    Tags,
    Field(String),
    Nothing,
}

/// The bytes of a CSV file: RFC 4180, with commas, semicolons or tabs, with or without a byte order mark, in UTF-8.
pub(crate) struct Sheet<'a>(&'a [u8]);

impl<'a> Sheet<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
    }

    /// Reads the table. The first line names the columns, in any order.
    ///
    /// # Errors
    /// `INVALID_CSV` when there is no line that names the columns, or no column with numbers among them; `TOO_MANY_LINES`.
    pub(crate) fn read(&self) -> Result<Table> {
        if self.0.starts_with(b"\xff\xfe") || self.0.starts_with(b"\xfe\xff") {
            return Err(invalid("the file is in UTF-16; save it as CSV in UTF-8"));
        }
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter(self.0))
            .has_headers(false)
            .flexible(true)
            .from_reader(self.0);
        let mut record = csv::ByteRecord::new();
        let mut columns: Option<Vec<Column>> = None;
        let mut table = Table::default();
        let mut own_cells = 0;
        // Reading from memory, of any bytes, with any number of cells: nothing is left that could fail.
        while reader
            .read_byte_record(&mut record)
            .map_err(|error| invalid(&error.to_string()))?
        {
            let line = record.position().map_or(0, |at| self.line(at));
            if record.iter().all(|cell| cell.trim_ascii().is_empty()) {
                continue;
            }
            let Some(columns) = &columns else {
                columns = Some(header(&record)?);
                continue;
            };
            if table.rows.len() + table.wrong.len() >= MOST_LINES {
                return Err(Error::bad_input(
                    "TOO_MANY_LINES",
                    format!("a table may have {MOST_LINES} lines; split it"),
                ));
            }
            match row(columns, &record) {
                Ok(said) => {
                    own_cells += said.fields.len();
                    if own_cells > MOST_OWN_CELLS {
                        return Err(Error::bad_input(
                            "TOO_MANY_CELLS",
                            format!(
                                "a table may have {MOST_OWN_CELLS} cells in columns of its own; split it"
                            ),
                        ));
                    }
                    table.rows.push((line, said));
                }
                Err(reason) => table.wrong.push((line, reason)),
            }
        }
        match columns {
            Some(_) => Ok(table),
            None => Err(invalid(
                "the file is empty; its first line must name the columns",
            )),
        }
    }
}

impl Sheet<'_> {
    /// The line where a record begins; its position is that of the empty lines before it.
    fn line(&self, at: &csv::Position) -> u64 {
        let start = usize::try_from(at.byte()).unwrap_or(usize::MAX);
        let rest = self.0.get(start..).unwrap_or_default();
        let empty = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
        at.line() + empty.filter(|byte| **byte == b'\n').count() as u64
    }
}

fn invalid(message: &str) -> Error {
    Error::bad_input("INVALID_CSV", message).field("file", message)
}

/// What parts the cells: whichever of the usual marks the first line has most of, outside quotes.
fn delimiter(bytes: &[u8]) -> u8 {
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in bytes {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted && counts.iter().any(|(_, count)| *count > 0) => break,
            other if !quoted => {
                let counted = counts.iter_mut().find(|(mark, _)| mark == other);
                if let Some((_, count)) = counted {
                    *count += 1;
                }
            }
            _ => {}
        }
    }
    let most = counts.iter().rev().max_by_key(|(_, count)| *count);
    most.map_or(b',', |(mark, _)| *mark)
}

fn header(record: &csv::ByteRecord) -> Result<Vec<Column>> {
    if record.len() > MOST_FIELDS + 20 {
        return Err(invalid("the file has too many columns"));
    }
    let mut columns = Vec::new();
    let mut seen = HashSet::new();
    for cell in record {
        let name = text(cell).map_err(|problem| invalid(&format!("the first line {problem}")))?;
        let column = column(&name);
        if column != Column::Nothing && !seen.insert(column.clone()) {
            return Err(invalid(&format!("two columns are the same: {name}")));
        }
        if let Column::Field(name) = &column
            && name.chars().count() > LONGEST_FIELD
        {
            return Err(invalid(&format!(
                "a column's name has at most {LONGEST_FIELD} characters"
            )));
        }
        columns.push(column);
    }
    let own = columns.iter().filter(|c| matches!(c, Column::Field(_)));
    if own.count() > MOST_FIELDS {
        return Err(invalid(&format!(
            "the file has more than {MOST_FIELDS} columns of its own"
        )));
    }
    if !columns.contains(&Column::Number) {
        return Err(invalid(
            "no column has the fax numbers; name it fax_number in the first line",
        ));
    }
    Ok(columns)
}

/// What a column of this name is, in the words that spreadsheets and address books use.
fn column(name: &str) -> Column {
    let letters: String = name
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect();
    match letters.as_str() {
        "" => Column::Nothing,
        "fax" | "faxnumber" | "faxno" | "faxnr" | "number" | "phone" | "phonenumber"
        | "recipient" | "recipientnumber" | "telefax" | "faxnummer" | "businessfax" | "to"
        | "destination" => Column::Number,
        "name" | "fullname" | "contact" | "contactname" | "recipientname" | "displayname" => {
            Column::Name
        }
        "firstname" | "givenname" | "vorname" => Column::FirstName,
        "lastname" | "surname" | "familyname" | "nachname" => Column::LastName,
        "company" | "companyname" | "organization" | "organisation" | "firm" | "firma" => {
            Column::Company
        }
        "email" | "mail" | "emailaddress" => Column::Email,
        "language" | "lang" | "locale" | "sprache" => Column::Language,
        "tags" | "tag" | "labels" | "categories" => Column::Tags,
        _ => Column::Field(name.trim().to_owned()),
    }
}

fn row(columns: &[Column], record: &csv::ByteRecord) -> Result<Said, String> {
    if record.len() > columns.len() {
        let (cells, named) = (record.len(), columns.len());
        return Err(format!(
            "has {cells} cells, but the first line names {named} columns"
        ));
    }
    let mut said = Said::default();
    let (mut first, mut last) = (String::new(), String::new());
    let mut fields = BTreeMap::new();
    for (column, cell) in columns.iter().zip(record) {
        let cell = text(cell)?;
        match column {
            Column::Number => said.number = cell,
            Column::Name => said.name = cell,
            Column::FirstName => first = cell,
            Column::LastName => last = cell,
            Column::Company => said.company = cell,
            Column::Email => said.email = cell,
            Column::Language => said.language = cell,
            Column::Tags => said.tags = cell.split([',', ';', '|']).map(str::to_owned).collect(),
            Column::Field(name) if !cell.is_empty() => {
                fields.insert(name.clone(), cell);
            }
            Column::Field(_) | Column::Nothing => {}
        }
    }
    if said.number.is_empty() {
        return Err("has no fax number".to_owned());
    }
    if said.name.is_empty() {
        said.name = format!("{first} {last}").trim().to_owned();
    }
    said.fields = fields;
    Ok(said)
}

/// A cell's text. What an export put before it, so that no spreadsheet takes it for a formula, is taken away.
fn text(cell: &[u8]) -> Result<String, String> {
    let text = std::str::from_utf8(cell).map_err(|_| "is not UTF-8".to_owned())?;
    let text = text.trim();
    if text.chars().count() > LONGEST_TEXT {
        return Err(format!(
            "has a cell with more than {LONGEST_TEXT} characters"
        ));
    }
    if text.contains('\0') {
        return Err("has a NUL character".to_owned());
    }
    let bare = text
        .strip_prefix('\'')
        .filter(|rest| super::export::is_risky(rest));
    Ok(bare.unwrap_or(text).to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Table {
        Sheet::new(text.as_bytes()).read().unwrap()
    }

    #[test]
    fn commas_semicolons_tabs_and_a_byte_order_mark_make_no_difference() {
        let comma = read("Fax,Name,Company,Room\n+13125550101,\"Ann, MD\",Acme,12\n");
        for other in [
            "\u{feff}Fax,Name,Company,Room\r\n+13125550101,\"Ann, MD\",Acme,12\r\n",
            "Fax;Name;Company;Room\n+13125550101;Ann, MD;Acme;12\n",
            "Fax\tName\tCompany\tRoom\n+13125550101\tAnn, MD\tAcme\t12",
            "\n\nRoom,COMPANY,full name,Fax-Number\n12,Acme,\"Ann, MD\",+13125550101\n",
        ] {
            let found: Vec<_> = read(other).rows.into_iter().map(|(_, said)| said).collect();
            assert_eq!(found, [comma.rows[0].1.clone()], "{other}");
        }
        assert_eq!(comma.rows[0].1.name, "Ann, MD");
        assert_eq!(comma.rows[0].1.fields["Room"], "12");
    }

    #[test]
    fn wrong_lines_are_named_by_their_numbers() {
        let table = read("fax,name\n1,a\n,b\n\n2,c,d\n\"3\n\",\"x\ny\"\n4,z\n");
        let lines: Vec<_> = table.rows.iter().map(|(line, _)| *line).collect();
        // The fifth row spans three lines.
        assert_eq!(lines, [2, 6, 9]);
        insta::assert_debug_snapshot!(table.wrong, @r#"
        [
            (
                3,
                "has no fax number",
            ),
            (
                5,
                "has 3 cells, but the first line names 2 columns",
            ),
        ]
        "#);
        let foreign = Sheet::new(b"fax,name\n1,\xff\n").read().unwrap();
        assert_eq!(foreign.wrong, [(2, "is not UTF-8".to_owned())]);
    }

    #[test]
    fn a_file_that_is_no_table_of_numbers_is_refused() {
        let many: String = (0..51).map(|n| format!("own {n},")).collect();
        let many = format!("{many}fax\n");
        for (file, hint) in [
            (&b""[..], "empty"),
            (b"name,company\na,b\n", "fax_number"),
            (b"fax,number\n1,2\n", "the same"),
            (format!("fax,{}\n", "x".repeat(65)).as_bytes(), "at most 64"),
            (many.as_bytes(), "more than 50"),
            (b"\xff\xfef\0a\0x\0", "UTF-16"),
        ] {
            let error = Sheet::new(file).read().unwrap_err();
            assert!(error.message.contains(hint), "{error}");
        }
    }

    #[test]
    fn names_in_two_columns_come_together() {
        let table = read("fax,first name,last name,tags\n1,Ann,Lee,\"a;b\"\n");
        assert_eq!(table.rows[0].1.name, "Ann Lee");
        assert_eq!(table.rows[0].1.tags, ["a", "b"]);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = Sheet::new(&bytes).read();
            let mut table = b"fax,name\n".to_vec();
            table.extend(bytes);
            let _ = Sheet::new(&table).read();
        }
    }
}
