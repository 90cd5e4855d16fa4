//! What is printed: tables for people, JSON for programs, and nothing that could steer a terminal.
use super::Done;
use super::failure::{Code, Failure};
use crate::clock::Millis;
use serde::Serialize;
use serde_json::Value;
use std::fmt::{Display, Write as _};
use std::io::{ErrorKind, IsTerminal, Write as _, stdout};
use time::OffsetDateTime;

/// One line, or several, on stdout. Who stopped reading has what they wanted.
pub fn line(text: impl Display) -> Done {
    let mut out = stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(Code::InputOutput, format!("The answer cannot be written to stdout: {error}")))
        }
        _ => Ok(()),
    }
}

/// JSON on stdout.
pub fn json(value: &impl Serialize) -> Done {
    line(serde_json::to_string_pretty(value).expect("what is printed is plain data"))
}

/// The answer itself for a program, or what a person reads of it.
pub fn answer(as_json: bool, value: &Value, for_people: impl FnOnce(&Value) -> String) -> Done {
    match as_json {
        true if value.is_null() => Ok(()),
        true => json(value),
        false => line(for_people(value)),
    }
}

/// A link as a QR code, where somebody looks at a terminal.
pub fn qr(link: &str) -> Done {
    if stdout().is_terminal()
        && let Ok(code) = qrcode::QrCode::new(link)
    {
        line(code.render::<qrcode::render::unicode::Dense1x2>().quiet_zone(true).build())?;
    }
    Ok(())
}

/// What a column shows of a row.
pub type Cell = fn(&Value) -> String;

/// Aligned columns.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(heads: &[&str]) -> Self {
        Table { rows: vec![heads.iter().map(|head| (*head).to_owned()).collect()] }
    }

    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// A table of some fields of each row of a list.
    pub fn of(list: &Value, columns: &[(&str, Cell)]) -> Self {
        let heads: Vec<&str> = columns.iter().map(|(head, _)| *head).collect();
        let mut table = Table::new(&heads);
        for row in list.as_array().into_iter().flatten() {
            table.row(columns.iter().map(|(_, cell)| cell(row)).collect());
        }
        table
    }
}

impl Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let columns = self.rows.first().map_or(0, Vec::len);
        let wide = |column: usize| self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(wide).collect();
        for (number, row) in self.rows.iter().enumerate() {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                write!(line, "{cell:width$}  ")?;
            }
            let end = if number + 1 < self.rows.len() { "\n" } else { "" };
            write!(f, "{}{end}", line.trim_end())?;
        }
        Ok(())
    }
}

/// A value as it stands in a table.
pub fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::String(text) => harmless(text),
        other => other.to_string(),
    }
}

/// Text that somebody else wrote, with the signs that steer a terminal or turn its lines around spelled out.
pub fn harmless(text: &str) -> String {
    let steers = |sign: char| {
        sign.is_control()
            || matches!(sign, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    text.chars().map(|sign| if steers(sign) { sign.escape_default().to_string() } else { sign.to_string() }).collect()
}

/// A time of the API, as RFC 3339 in UTC.
pub fn time(value: &Value) -> String {
    value.as_u64().map_or_else(|| "-".to_owned(), moment)
}

/// Milliseconds since 1970, likewise.
pub fn moment(millis: Millis) -> String {
    match OffsetDateTime::from_unix_timestamp(i64::try_from(millis / 1_000).unwrap_or(i64::MAX)) {
        Ok(at) => {
            let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
            format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", at.hour(), at.minute(), at.second())
        }
        Err(_) => "-".to_owned(),
    }
}

/// Bytes in the largest unit of which there is one.
pub fn size(bytes: u64) -> String {
    let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match units.iter().find(|(_, unit)| bytes >= *unit) {
        Some((name, unit)) => format!("{:.1} {name}", bytes as f64 / *unit as f64),
        None => format!("{bytes} B"),
    }
}

/// Seconds in the two largest units.
pub fn span(secs: u64) -> String {
    let (days, hours, minutes) = (secs / 86_400, secs / 3_600 % 24, secs / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{secs} s"),
        (0, 0, _) => format!("{minutes} min {} s", secs % 60),
        (0, _, _) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(harmless("Ada \u{1b}[31m\u{202e}é\n"), "Ada \\u{1b}[31m\\u{202e}é\\n");
        assert_eq!(cell(&json!("a\tb")), "a\\tb");
    }

    #[test]
    fn times_are_utc() {
        assert_eq!(moment(1_700_000_000_123), "2023-11-14T22:13:20Z");
        assert_eq!(time(&Value::Null), "-");
        assert_eq!(moment(u64::MAX), "-");
    }

    #[test]
    fn sizes_are_said_in_the_largest_unit() {
        for (bytes, said) in
            [(0, "0 B"), (1_023, "1023 B"), (1_024, "1.0 KiB"), (5_452_595, "5.2 MiB"), (3 << 30, "3.0 GiB")]
        {
            assert_eq!(size(bytes), said);
        }
    }

    #[test]
    fn columns_are_aligned() {
        let list = json!([{"id": 1, "name": "ada"}, {"id": 1000, "name": null}]);
        let table = Table::of(&list, &[("ID", |row| cell(&row["id"])), ("NAME", |row| cell(&row["name"]))]);
        assert_eq!(table.to_string(), "ID    NAME\n1     ada\n1000  -");
    }
}
