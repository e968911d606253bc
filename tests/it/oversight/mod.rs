//! A security officer's standing questions and a key's day, over HTTP.

mod key_use;
mod views;

use kyso_tests::http::Reply;

use crate::world::World;

fn ask(world: &World, token: &str, path: &str) -> Reply {
    let path = format!("/api/v1/audit/{path}");
    world.http().get(&path).bearer(token).send().unwrap()
}

fn officer(world: &World) -> String {
    world.province().office.officer.token_with_otp().unwrap()
}
