//! docs/integrate.md, the guide for those who connect systems, inside the program: the samples on the page are
//! its blocks, word for word, so that what runs the guide runs them.

/// The guide, as it is in the repository (Markdown).
pub const GUIDE: &str = include_str!("../../../docs/integrate.md");

/// The guide's program (Python).
pub const GUIDE_PROGRAM: &str = include_str!("../../../docs/integrate.py");

/// What stands above a block that is a sample of the page, and then its name.
const MARK: &str = "<!-- page: ";

/// Each sample of the guide: its name, and its text without the fence.
pub(crate) fn blocks(guide: &str) -> impl Iterator<Item = (&str, &str)> {
    let marked = guide.split(MARK).skip(1);
    marked.filter_map(|rest| {
        let (name, rest) = rest.split_once(" -->\n```sh\n")?;
        let (text, _) = rest.split_once("\n```\n")?;
        Some((name, text))
    })
}

/// The sample of this name, with the server's address where the guide has `$base`.
///
/// A sample is all the blocks of its name: the guide says something between asking and what comes of it.
pub(crate) fn sample(name: &str, base: &str) -> String {
    let blocks = blocks(GUIDE).filter(|(found, _)| *found == name);
    let texts: Vec<&str> = blocks.map(|(_, text)| text).collect();
    texts.join("\n\n").replace("$base", base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_all_blocks_of_its_name_and_a_block_without_one_is_none() {
        let guide = "```sh\nno\n```\n<!-- page: a -->\n```sh\n1\n2\n```\ntext\n<!-- page: b -->\n```sh\n3\n```\n\
            <!-- page: a -->\nno fence\n";
        let found: Vec<_> = blocks(guide).collect();
        assert_eq!(found, [("a", "1\n2"), ("b", "3")]);
    }

    #[test]
    fn every_mark_of_the_guide_stands_above_a_block_that_is_run() {
        assert_eq!(blocks(GUIDE).count(), GUIDE.matches(MARK).count());
        assert!(blocks(GUIDE).count() >= 9);
    }
}
