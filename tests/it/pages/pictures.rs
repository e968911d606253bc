//! A subscriber manager proposes a picture from a file, a second one looks at it and approves, and it is taken away.

use super::Browser;
use super::managing::assert_at;
use crate::log;
use crate::world::{World, on_own};

const SEAL: &[u8] = include_bytes!("../../vectors/outgoing/seal.png");
const HAND: &[u8] = include_bytes!("../../vectors/outgoing/hand.png");

#[test]
fn a_picture_is_proposed_approved_shown_and_taken_away() {
    on_own(
        "it::pages::pictures::a_picture_is_proposed_approved_shown_and_taken_away",
        |world| life(&world),
    );
}

fn life(world: &World) {
    let office = &world.province().office;
    let [first, second] =
        [&office.manager1, &office.manager2].map(|manager| Browser::of(world.http(), manager));
    let agency = &world.province().agencies.province;
    let place = format!("/ui/pictures/{agency}");
    assert!(
        first
            .page(&format!("/ui/agencies/{agency}"))
            .contains(&place)
    );
    assert!(!first.page(&place).contains("<img"));
    for (file, width, field) in [
        (HAND, "36", "png"),
        (b"%PDF", "36", "png"),
        (SEAL, "ba mươi sáu", "width"),
        (SEAL, "3", "width"),
    ] {
        let wrong = first.send_file(&place, &[("width", width), ("otp", "")], ("png", file));
        assert_at(&wrong, field);
    }
    let typed = [("width", "36,0"), ("otp", "")];
    let proposed = first.send_file(&place, &typed, ("png", SEAL));
    assert_eq!(
        proposed.header("location"),
        Some("/ui/changes"),
        "{}",
        proposed.text()
    );
    let entry = log::of_call(world, &proposed).remove(0);
    let change = format!("/ui/changes/{}", entry.entry["object"].as_str().unwrap());
    assert!(
        second
            .page(&change)
            .contains(&format!("src=\"{change}/picture\""))
    );
    let approve = format!("{change}/approve");
    let approved = office
        .manager2
        .with_code(|otp| second.send(&change, &approve, &[("otp", &otp)]));
    assert_eq!(approved.unwrap().status, 303);

    let page = first.page(&place);
    assert!(page.contains(&format!("src=\"{place}/file\"")), "{page}");
    assert_eq!(first.get(&format!("{place}/file")).body, SEAL);
    let stranger = Browser::by_password(world.http(), &world.signer().account);
    for path in [place.clone(), format!("{place}/file")] {
        assert_eq!(stranger.get(&path).status, 404, "{path}");
    }
    let removed = first.send(&place, &format!("{place}/remove"), &[]);
    log::assert_events(world, &removed, &["picture.removed"]);
    assert!(!first.page(&place).contains("<img"));
}
