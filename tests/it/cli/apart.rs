//! Files of strangers are judged in a process of their own: what one is made for ends with it.

use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Output, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyso_documents::validation::Source;
use kyso_revocation::{LONGEST_LIST, Reply};
use kyso_tests::server::{Server, Site};
use kysod::verification::{Answer, COMMAND, FILE, Question, judge};
use serde_json::json;
use time::macros::datetime;

use super::Terminal;
use super::pdf::{paper, plain};
use super::verifying::Asker;
use crate::dropped::connect;
use crate::stamping::assert_problem;
use crate::world::{Database, PROGRAM, World, until};

/// SIGABRT, by which a process ends that gets no memory.
pub(crate) const ABORTED: i32 = 6;

/// A form of which each field repeats the long name of the one above: some gigabytes of names in a file of four
/// megabytes.
pub(crate) fn hostile() -> String {
    let kids: Vec<u32> = (5..5000).collect();
    let named = kids.iter().fold(String::new(), |mut all, kid| {
        write!(all, "{kid} 0 R ").unwrap();
        all
    });
    let above = format!("<< /T ({}) /Kids [{named}] >>", "x".repeat(4 << 20));
    let field = "<< /T (a) /FT /Sig /Parent 4 0 R >>";
    let mut more = vec![above.as_str()];
    more.extend(kids.iter().map(|_| field));
    paper("/AcroForm << /Fields [4 0 R] >>", "", &more)
}

fn question(document: impl Into<Vec<u8>>) -> Question {
    Question {
        document: document.into(),
        signature: None,
        trust: kyso_documents::validation::TrustList::default(),
        now: datetime!(2026-11-26 12:00 UTC),
        replies: Vec::new(),
    }
}

/// What an authority answered, of the longest that may come.
fn longest(number: u8) -> Reply {
    let source = Source::List {
        url: format!("http://ca.gov.vn/{number}"),
    };
    let link = json!({ "certificate": "", "issuer": "", "key": "" });
    let inquiry = json!({ "link": link, "sources": [source] });
    // Octets in a list, as long as they may be.
    let length = u32::try_from(LONGEST_LIST - 6).unwrap().to_be_bytes();
    let mut bytes = [&[4, 0x84], &length[..]].concat();
    bytes.resize(LONGEST_LIST, number);
    Reply {
        inquiry: serde_json::from_value(inquiry).unwrap(),
        source,
        bytes: bytes.into(),
    }
}

/// The program by itself, told by this word what to do, with this on its standard input.
pub(crate) fn told(word: &str, arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(PROGRAM);
    let command = command.arg(word).args(arguments).env_clear();
    let command = command.env("MIMALLOC_ARENA_RESERVE", "0");
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    // One that ends at once does not read it.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn asked(arguments: &[&str], question: &Question) -> Output {
    told(COMMAND, arguments, &question.pieces().unwrap().concat())
}

/// How many processes a server has started that are still there, ended or not.
pub(crate) fn below(server: &Server) -> usize {
    children(server).len()
}

/// Their ids.
pub(crate) fn children(server: &Server) -> Vec<u32> {
    let parent = server.id().to_string();
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    let stats = all.filter_map(|one| std::fs::read_to_string(one.path().join("stat")).ok());
    // The name stands in brackets; then come the state and the parent.
    let own = stats.filter_map(|stat| {
        let (id, _) = stat.split_once(" (")?;
        let (_, rest) = stat.rsplit_once(") ")?;
        let ours = rest.split(' ').nth(1)? == parent;
        ours.then(|| id.parse().unwrap())
    });
    own.collect()
}

#[test]
fn a_file_that_takes_all_memory_ends_its_own_process_and_the_server_signs_on() {
    let mut world = World::own(Database::Sqlite).unwrap();
    let hostile = hostile();
    {
        let server = &world.deployment.server;
        let asker = Asker {
            world: &world,
            from: "198.51.100.4",
        };
        let reply = asker.ask(&json!({ "document": STANDARD.encode(&hostile) }));
        assert_problem(&reply, 400, "invalid_field");
        let detail = reply.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("too much memory"), "{detail}");
        assert_eq!(below(server), 0, "it has ended before the answer came");
        let page = asker.on_the_page(world.http().base(), &[("document", hostile.as_bytes())]);
        assert_eq!(page.status, 422);
        assert!(page.text().contains("cần quá nhiều bộ nhớ"));

        let signer = world.signer();
        let terminal = Terminal::of_signer(&world, &signer.account);
        terminal.write("a.pdf", &plain());
        terminal.signed(&signer, &signer.credentials.p256, &["a.pdf"]);
        let pdf = std::fs::read(terminal.path("a.signed.pdf")).unwrap();
        let found = asker.verified(&pdf, None);
        assert_eq!(found["signatures"][0]["integrity"]["code"], "intact");
        assert_eq!(below(server), 0);
    }
    let site = world.deployment.server.site().clone();
    let configuration = site.path("kysod.toml");
    let text = std::fs::read_to_string(&configuration).unwrap();
    let off = text.replace("[server]\n", "[server]\npublic_verification = false\n");
    std::fs::write(&configuration, off).unwrap();
    world.deployment.server.stop().unwrap();
    world.deployment.server = Server::start(&site).unwrap();
    for path in ["/ui/verify", "/api/v1/verify"] {
        let call = world.http().post(path).json(&json!({ "document": "" }));
        assert_eq!(call.send().unwrap().status, 404, "switched off: {path}");
    }
}

#[test]
fn the_program_judges_as_the_library_does_and_within_its_memory() {
    for document in [plain(), "%PDF-1.7".to_owned(), "0".to_owned()] {
        let question = question(document);
        let output = asked(&["--memory", "268435456"], &question);
        assert!(output.status.success(), "{output:?}");
        let answer: Answer = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(answer, judge(&question));
    }
    let output = asked(&["--memory", "268435456"], &question(hostile()));
    assert_eq!(output.status.signal(), Some(ABORTED), "{output:?}");
    assert!(output.stdout.is_empty());
}

#[test]
fn the_largest_file_that_is_taken_has_room_in_the_program() {
    let file = vec![b' '; FILE];
    let question = Question {
        signature: Some(file.clone()),
        replies: (1..=3).map(longest).collect(),
        ..question(file)
    };
    let output = asked(&[], &question);
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn garbage_on_its_standard_input_is_an_error_and_no_panic() {
    let good = question(plain()).pieces().unwrap().concat();
    let (half, _) = good.split_at(good.len() / 2);
    let more = [&good[..], b"more"].concat();
    for input in [&b""[..], b"x", &[0xff; 100], &[0; 100], half, &more] {
        let output = told(COMMAND, &[], input);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            said.starts_with("kysod: ") && said.lines().count() == 1,
            "{said}"
        );
    }
}

/// A call with this line in its head, of whose body one byte comes and no more.
pub(crate) fn begin_slowly(site: &Site, path: &str, line: &str) -> impl Sized + use<> {
    let mut stream = connect(site);
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost:{}\r\n{line}\r\n\
         Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{",
        site.public_port()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.flush().unwrap();
    stream
}

#[test]
fn whoever_sends_slowly_keeps_nobody_of_another_network_waiting() {
    let world = World::sqlite();
    let server = &world.deployment.server;
    let small = json!({ "document": STANDARD.encode("hello") });
    let slow: Vec<_> = (11..19)
        .flat_map(|last| {
            let from = format!("198.51.100.{last}");
            let asker = Asker { world, from: &from };
            let line = format!("X-Forwarded-For: {from}");
            let mut begun = Vec::new();
            // One that comes while the other call is answered is refused: then the next one stays.
            until(|| {
                begun.push(begin_slowly(server.site(), "/api/v1/verify", &line));
                asker.ask(&small).status == 429
            });
            begun
        })
        .collect();
    let asker = Asker {
        world,
        from: "198.51.100.19",
    };
    assert_problem(&asker.ask(&small), 400, "invalid_field");
    drop(slow);
}
