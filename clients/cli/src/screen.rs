//! What a command shows: sentences and tables for people, or one JSON document for programs.

use std::cell::Cell;
use std::io::{IsTerminal as _, Write as _};

use kyso_client::Language;
use serde::Serialize;
use serde_json::{Value, json};

use crate::catalogue::{self, Message};
use crate::failure::Failure;

/// How to show.
#[derive(Debug)]
pub(crate) struct Screen {
    language: Language,
    json: bool,
    /// Whether the terminal's last line is one of progress, which the next one would run into.
    unfinished: Cell<bool>,
}

impl Screen {
    /// In this language, or as JSON for a program.
    pub(crate) const fn new(language: Language, json: bool) -> Self {
        Self {
            language,
            json,
            unfinished: Cell::new(false),
        }
    }

    pub(crate) const fn language(&self) -> Language {
        self.language
    }

    /// Whether a program reads.
    pub(crate) const fn is_json(&self) -> bool {
        self.json
    }

    /// The message in the user's language.
    pub(crate) fn text<S: AsRef<str>>(&self, message: Message, values: &[S]) -> String {
        message.with(self.language, values)
    }

    /// The result: a sentence for people, the value for programs.
    pub(crate) fn result(&self, value: &impl Serialize, message: Message, values: &[&str]) {
        if self.json {
            out(&pretty(value));
        } else {
            out(&self.text(message, values));
        }
    }

    /// The result: a table of these members for people, all of it for programs.
    pub(crate) fn table<T: Serialize>(&self, items: &[T], columns: &[&str]) {
        if self.json {
            return out(&pretty(&items));
        }
        let rows: Vec<Value> = items
            .iter()
            .filter_map(|item| serde_json::to_value(item).ok())
            .collect();
        out(&table(&rows, columns, self.language));
    }

    /// The result: member by member for people.
    pub(crate) fn record(&self, item: &impl Serialize) {
        if self.json {
            return out(&pretty(item));
        }
        if let Ok(Value::Object(members)) = serde_json::to_value(item) {
            for (name, value) in &members {
                out(&format!(
                    "{}: {}",
                    catalogue::heading(name, self.language),
                    cell(value)
                ));
            }
        }
    }

    /// The result: one line for each answer that there is, under its heading; only for people.
    pub(crate) fn answers(&self, answers: &[(&str, Option<String>)]) {
        for (name, answer) in answers {
            let Some(answer) = answer else { continue };
            let heading = catalogue::heading(name, self.language);
            out(&format!(
                "{heading}: {}",
                cell(&Value::String(answer.clone()))
            ));
        }
    }

    /// Something that people see besides the result; never in JSON mode.
    pub(crate) fn note(&self, message: Message, values: &[&str]) {
        if !self.json {
            self.finish_line();
            err(&self.text(message, values));
        }
    }

    /// Something that happens while a command goes on: a sentence for people, a line of JSON for
    /// programs, both on standard error.
    pub(crate) fn event(&self, value: &Value, message: Message, values: &[&str]) {
        if self.json {
            return err(&value.to_string());
        }
        // What others wrote may have several lines, and still must not rewrite the terminal.
        let lines = self.text(message, values);
        lines
            .lines()
            .for_each(|line| err(&cell(&Value::String(line.to_owned()))));
    }

    /// How far a long command has come, in a message of these two numbers; only where somebody
    /// watches.
    pub(crate) fn progress(&self, message: Message, done: usize, all: usize) {
        let mut stream = std::io::stderr();
        if !self.json && all > 1 && stream.is_terminal() {
            let text = self.text(message, &[done.to_string(), all.to_string()]);
            // A terminal that went away is no reason to stop signing.
            let _ = write!(stream, "\r{text}");
            self.unfinished.set(true);
            if done == all {
                self.finish_line();
            }
        }
    }

    fn finish_line(&self) {
        if self.unfinished.replace(false) {
            err("");
        }
    }

    pub(crate) fn failure(&self, failure: &Failure) {
        self.finish_line();
        let sentence = failure.sentence(self.language);
        if self.json {
            err(&json!({ "error": failure.word(), "message": sentence }).to_string());
        } else {
            err(&sentence);
        }
    }
}

fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// A closed pipe (`kyso … | head`) is no failure of the command.
fn out(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

fn err(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Names come from others: control characters in them could rewrite the terminal.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "-".to_owned(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    };
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

fn table(rows: &[Value], columns: &[&str], language: Language) -> String {
    let mut lines = vec![
        columns
            .iter()
            .map(|c| catalogue::heading(c, language))
            .collect(),
    ];
    let missing = Value::Null;
    for row in rows {
        let member = |name: &&str| cell(row.get(name).unwrap_or(&missing));
        lines.push(columns.iter().map(member).collect::<Vec<String>>());
    }
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let join = |line: &Vec<String>| {
        let cells = line
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    lines.iter().map(join).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_aligned_and_harmless() {
        let rows = [
            json!({ "id": "1", "name": "Sở Nội vụ" }),
            json!({ "id": "22", "name": "\u{1b}[2J" }),
        ];
        let text = table(&rows, &["id", "name"], Language::English);
        assert_eq!(text, "ID  Name\n1   Sở Nội vụ\n22  \u{fffd}[2J");
    }

    #[test]
    fn lists_and_nothing_are_shown() {
        assert_eq!(cell(&json!(["a", "b"])), "a, b");
        assert_eq!(cell(&Value::Null), "-");
    }
}
