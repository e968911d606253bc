//! What is wrong with a form that was sent, field by field.

/// The errors of one form: shown once in a summary that links to the fields, and once at each field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

/// One error: the `id` of the field (which is its name, too) and a sentence in the reader's language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Name of the field, as documented at the page.
    pub field: &'static str,
    /// What is wrong and what to do.
    pub text: String,
}

impl Problems {
    /// No errors.
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// The same errors and one more.
    #[must_use]
    pub fn and(mut self, field: &'static str, text: impl Into<String>) -> Self {
        self.0.push(Problem {
            field,
            text: text.into(),
        });
        self
    }

    pub(crate) fn all(&self) -> &[Problem] {
        &self.0
    }

    /// The error at that field, or an empty text.
    pub(crate) fn of(&self, field: &str) -> &str {
        let found = self.0.iter().find(|problem| problem.field == field);
        found.map_or("", |problem| &problem.text)
    }
}
