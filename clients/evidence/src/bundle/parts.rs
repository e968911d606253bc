//! The parts of a bundle as they come, each noted for its list.

use std::io::Read;

use super::archive::{Archive, Member};
use super::fault::{Fault, VerifyError};
use super::list::{Lists, first_difference};
use super::name::Name;

/// Reads parts in order, and checks lists against what came before them.
#[derive(Debug)]
pub(super) struct Parts<I> {
    archive: Archive<I>,
    lists: Lists,
    /// A list that is not full was read: only the manifest follows.
    ending: bool,
    next: Option<Member>,
}

impl<I: Read> Parts<I> {
    pub(super) fn new(input: I) -> Result<Self, VerifyError> {
        let mut parts = Self {
            archive: Archive::new(input),
            lists: Lists::default(),
            ending: false,
            next: None,
        };
        parts.advance()?;
        Ok(parts)
    }

    /// Bytes read so far.
    pub(super) const fn offset(&self) -> u64 {
        self.archive.offset()
    }

    /// The lists, for the manifest.
    pub(super) const fn lists(&self) -> &Lists {
        &self.lists
    }

    /// The name of the next part.
    pub(super) fn peek(&self) -> Option<Name> {
        self.next.as_ref().map(|member| member.name)
    }

    /// The next part, which must have this name.
    pub(super) fn take(&mut self, name: Name) -> Result<Vec<u8>, VerifyError> {
        if self.peek() != Some(name) {
            return Err(self.out_of_place(&name.to_string()).into());
        }
        let content = self.next.take().map(|member| member.content);
        self.advance()?;
        Ok(content.unwrap_or_default())
    }

    /// That something else stands where `expected` should.
    pub(super) fn out_of_place(&self, expected: &str) -> Fault {
        let found = self.peek().map(|name| name.to_string());
        Fault::Order {
            expected: expected.to_owned(),
            found: found.unwrap_or_else(|| "(end)".to_owned()),
        }
    }

    fn advance(&mut self) -> Result<(), VerifyError> {
        while let Some(member) = self.archive.next()? {
            if let Name::List(_) = member.name {
                self.check_list(&member)?;
                continue;
            }
            self.note(&member)?;
            self.next = Some(member);
            return Ok(());
        }
        Ok(())
    }

    fn note(&mut self, member: &Member) -> Result<(), Fault> {
        let found = member.name.to_string();
        if member.name == Name::Manifest {
            return if self.lists.is_closed() {
                Ok(())
            } else {
                Err(self.list_expected(found))
            };
        }
        if self.lists.is_full() || self.ending {
            return Err(self.list_expected(found));
        }
        self.lists.add(&member.name, &member.content);
        Ok(())
    }

    fn list_expected(&self, found: String) -> Fault {
        let expected = if self.ending { "manifest" } else { "parts/" };
        let expected = expected.to_owned();
        Fault::Order { expected, found }
    }

    fn check_list(&mut self, member: &Member) -> Result<(), Fault> {
        if self.lists.is_closed() || self.ending {
            return Err(self.list_expected(member.name.to_string()));
        }
        self.ending = !self.lists.is_full();
        let (name, ours) = self.lists.close();
        if name != member.name {
            return Err(Fault::Order {
                expected: name.to_string(),
                found: member.name.to_string(),
            });
        }
        if ours.as_bytes() == member.content {
            return Ok(());
        }
        let theirs = String::from_utf8_lossy(&member.content);
        Err(Fault::Part(first_difference(&ours, &theirs)))
    }

    /// That the file ends here.
    pub(super) fn end(&self) -> Result<(), Fault> {
        match self.next {
            None => Ok(()),
            Some(_) => Err(self.out_of_place("(end)")),
        }
    }
}
