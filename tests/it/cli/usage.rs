//! Lines that cannot be: exit code 2, and why, for people in their language and for programs.

use super::{Terminal, code, why};
use crate::world::World;

#[test]
fn a_wrong_line_is_refused_in_the_users_language() {
    let terminal = Terminal::new(World::sqlite());
    for (line, sentence) in [
        (
            &["sgin"][..],
            "Không có lệnh sgin.\nCó phải ý là signatures, login, sign?\nCách dùng: kyso",
        ),
        (
            &["--language", "en", "sgin"],
            "There is no command sgin.\nDid you mean signatures, login, sign?\nUsage: kyso",
        ),
        (
            &["logout", "--colour"],
            "Không có tham số --colour.\nCách dùng: kyso",
        ),
    ] {
        let output = terminal.kyso(line);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(code(&output), 2, "{said}");
        assert!(said.starts_with(sentence), "{said}");
        assert!(output.stdout.is_empty(), "{output:?}");
    }
    let output = terminal.kyso(&["role", "remove", "--json"]);
    assert_eq!(code(&output), 2);
    assert_eq!(
        why(&output),
        ("usage".into(), "Không có lệnh remove.".into())
    );
}

#[test]
fn help_is_no_failure() {
    let terminal = Terminal::new(World::sqlite());
    let output = terminal.kyso(&["--help"]);
    assert_eq!(code(&output), 0);
    assert!(
        !output.stdout.is_empty() && output.stderr.is_empty(),
        "{output:?}"
    );
}
