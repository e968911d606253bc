//! A newcomer takes an account over with an authenticator that knows only the QR code on the screen.

use std::io::{BufReader, Write as _};
use std::process::Stdio;

use kyso_tests::authenticator::Authenticator;
use serde_json::json;

use super::Terminal;
use crate::world::World;

/// Pixels to a module: a phone's camera sees more than one.
const SCALE: usize = 4;

/// Light and dark modules, the quiet zone too.
struct Picture(Vec<Vec<bool>>);

impl Picture {
    /// Half blocks, two modules to a character, black on white whatever the terminal's colours are.
    fn of_half_blocks(lines: &[&str]) -> Self {
        let halves = |character| match character {
            '█' => [true, true],
            '▀' => [true, false],
            '▄' => [false, true],
            ' ' => [false, false],
            other => panic!("{other:?} is no half block"),
        };
        let rows = lines.iter().flat_map(|line| {
            let image = line.strip_prefix("\x1b[38;5;16;48;5;231m").unwrap();
            let image = image.strip_suffix("\x1b[0m").unwrap();
            let modules: Vec<[bool; 2]> = image.chars().map(halves).collect();
            [0, 1].map(|half| modules.iter().map(|pair| pair[half]).collect())
        });
        Self(rows.collect())
    }

    /// An SVG whose one path draws rectangles: `M` to a corner, `h` and `v` along two sides.
    fn of_svg(svg: &str) -> Self {
        let width = svg.split("width=\"").nth(1).unwrap();
        let side: usize = width.split('"').next().unwrap().parse().unwrap();
        let mut rows = vec![vec![false; side]; side];
        let path = svg
            .split(" d=\"")
            .last()
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        for rectangle in path.split('M').skip(1) {
            let numbers = rectangle.split(|c: char| !c.is_ascii_digit());
            let numbers = numbers.filter(|text| !text.is_empty());
            let numbers: Vec<usize> = numbers.map(|text| text.parse().unwrap()).collect();
            let (left, top, width, height) = (numbers[0], numbers[1], numbers[2], numbers[3]);
            for row in rows.iter_mut().skip(top).take(height) {
                row.iter_mut()
                    .skip(left)
                    .take(width)
                    .for_each(|pixel| *pixel = true);
            }
        }
        Self(rows)
    }

    /// What an authenticator reads in it.
    fn scanned(&self) -> String {
        let (height, width) = (self.0.len() * SCALE, self.0[0].len() * SCALE);
        let mut seen = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
            if self.0[y / SCALE][x / SCALE] { 0 } else { 255 }
        });
        let codes = seen.detect_grids();
        assert_eq!(codes.len(), 1, "codes that were found");
        codes[0].decode().unwrap().1
    }
}

/// What an authenticator reads in the picture that is this SVG.
pub(crate) fn scanned(svg: &str) -> String {
    Picture::of_svg(svg).scanned()
}

/// What `kyso enrol` shows up to the URI, and the URI.
fn shown(stream: impl std::io::BufRead) -> (Vec<String>, String) {
    let mut lines = Vec::new();
    for line in stream.lines().map(Result::unwrap) {
        if let Some((_, uri)) = line.split_once("hoặc nhập: ") {
            return (lines, uri.to_owned());
        }
        lines.push(line);
    }
    panic!("no URI: {lines:#?}");
}

#[test]
fn the_qr_code_on_the_screen_sets_an_authenticator_up() {
    let world = World::sqlite();
    let (_, code) = world.newcomer();
    let terminal = Terminal::new(world);
    terminal.write("code", &code);
    terminal.write("password", "Mk-ba-con-voi-9134");
    let enrol = ["enrol", "--code-file", "code", "--otp-stdin"];
    let enrol = [&enrol[..], &["--password-file", "password"]].concat();
    let site = world.deployment.server.site();
    let mut command = terminal.command_at(&site.base_url(), &enrol);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut screen = BufReader::new(child.stderr.take().unwrap());
    let (lines, uri) = shown(&mut screen);
    let blocks: Vec<&str> = lines.iter().map(String::as_str).skip(1).collect();
    let blocks: Vec<&str> = blocks.into_iter().filter(|line| !line.is_empty()).collect();
    let scanned = Picture::of_half_blocks(&blocks).scanned();
    assert_eq!(scanned, uri);
    let otp = Authenticator::scan(&scanned).unwrap().code().unwrap();
    writeln!(child.stdin.take().unwrap(), "{otp}").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("đã sẵn sàng"), "{said}");
}

#[test]
fn the_qr_code_of_the_api_holds_the_same_uri() {
    let world = World::sqlite();
    let (_, code) = world.newcomer();
    let call = world.http().post("/api/v1/enrolments");
    let reply = call.json(&json!({ "code": code })).send().unwrap();
    let svg = reply.member("qr_svg").unwrap();
    let uri = reply.member("otpauth_uri").unwrap();
    assert_eq!(scanned(&svg), uri);
}
