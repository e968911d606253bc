//! Bodies that never end.

use std::io::Write as _;

use kyso_tests::http::Reply;
use serde_json::json;

use crate::dropped::connect;
use crate::world::{World, until};

/// As many bodies of full length as one network may have under way.
const BODIES: usize = 128;
/// What a body may have (`limits.body_bytes`), unless the configuration says otherwise.
const FULL: usize = 256 << 10;

fn ask(world: &World, from: &str) -> Reply {
    let call = world.http().post("/csc/v1/info");
    let call = call.header("X-Forwarded-For", from).json(&json!({}));
    call.send().unwrap()
}

#[test]
fn bodies_that_never_end_take_no_memory_from_others() {
    let world = World::sqlite();
    let head = format!(
        "POST /csc/v1/info HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         X-Forwarded-For: 198.51.100.1\r\nContent-Length: {FULL}\r\n\r\n{{"
    );
    let begin = |_| {
        let mut stream = connect(world.deployment.server.site());
        stream.write_all(head.as_bytes()).unwrap();
        stream.flush().unwrap();
        stream
    };
    let slow: Vec<_> = (0..BODIES).map(begin).collect();
    until(|| ask(world, "198.51.100.1").status == 503);
    let turned_away = ask(world, "198.51.100.1");
    assert!(
        turned_away.header("retry-after").is_some(),
        "{}",
        turned_away.text()
    );
    let error = turned_away.json();
    assert_eq!(error["error"], "temporarily_unavailable");
    assert_eq!(ask(world, "198.51.100.2").status, 200, "another network");
    drop(slow);
    until(|| ask(world, "198.51.100.1").status == 200);
}
