//! When a signature was made, by time stamps and by what the signer claims.

use kyso_documents::validation::{Integrity, Notice, TimeBasis};
use time::{Duration, OffsetDateTime};

use super::beside::{DOCUMENT, judged, leader, only, report};
use super::house::{END, House, NOW, SIGNED, person, stamper};
use super::made::{Unsigned, Wish, attribute, cms, stamp, time as written};

#[test]
fn a_time_stamp_proves_the_time_if_everything_about_it_is_right() {
    let (house, stranger) = (House::shared(), House::new());
    let signer = leader();
    let good = house.certify(&stamper());
    let foreign = stranger.certify(&stamper());
    let no_stamper = house.certify(&person());
    let at = SIGNED + Duration::minutes(2);
    let stamped = |unsigned: &Unsigned<'_>| {
        judged(
            &cms(
                &signer,
                &Wish {
                    unsigned,
                    ..Wish::over(DOCUMENT)
                },
            ),
            &house.trust(),
        )
    };
    let one = stamped(&|value| stamp(&good, value, at));
    assert_eq!(
        (one.time.basis, one.time.at, one.notices),
        (TimeBasis::Stamped, at, vec![])
    );
    let other_value = |_: &[u8]| stamp(&good, b"another signature", at);
    let altered = |value: &[u8]| {
        let mut attributes = stamp(&good, value, at);
        *attributes[0].last_mut().unwrap() ^= 1;
        attributes
    };
    let bad: [&Unsigned<'_>; 5] = [
        &other_value,
        &altered,
        &|value| stamp(&foreign, value, at),
        &|value| stamp(&no_stamper, value, at),
        &|value| stamp(&good, value, NOW + Duration::hours(1)),
    ];
    for (place, unsigned) in bad.into_iter().enumerate() {
        let one = stamped(unsigned);
        assert_eq!(one.integrity, Integrity::Intact, "{place}");
        assert_eq!(
            (one.time.basis, one.notices),
            (TimeBasis::Now, vec![Notice::BadStamp]),
            "{place}"
        );
    }
}

#[test]
fn after_expiry_only_a_stamped_signature_counts() {
    let house = House::shared();
    let signer = leader();
    let authority = house.certify(&stamper());
    let later = END + Duration::days(400);
    let unsigned = |value: &[u8]| stamp(&authority, value, SIGNED);
    let stamped = cms(
        &signer,
        &Wish {
            unsigned: &unsigned,
            ..Wish::over(DOCUMENT)
        },
    );
    let claimed = vec![attribute("1.2.840.113549.1.9.5", &written(SIGNED))];
    let claimed = cms(
        &signer,
        &Wish {
            signed: claimed,
            ..Wish::over(DOCUMENT)
        },
    );
    let plain = cms(&signer, &Wish::over(DOCUMENT));
    for (file, basis, trusted, good) in [
        (stamped, TimeBasis::Stamped, true, true),
        (claimed, TimeBasis::Claimed, true, false),
        (plain, TimeBasis::Now, false, false),
    ] {
        let report = report(&file, &house.trust(), later);
        assert_eq!(report.is_good(), good, "{basis:?}");
        let one = only(report);
        assert_eq!((one.time.basis, one.trust.is_ok()), (basis, trusted));
        let notices = if trusted {
            vec![Notice::NotToday]
        } else {
            vec![]
        };
        assert_eq!(one.notices, notices, "{basis:?}");
    }
}

/// Conformance check 11 of the officer's list.
#[test]
fn seven_hours_off_is_told_and_not_corrected() {
    let house = House::shared();
    let authority = house.certify(&stamper());
    let seven = Duration::hours(7);
    let of = |claim: OffsetDateTime, stamped: Option<OffsetDateTime>| {
        let unsigned =
            |value: &[u8]| stamped.map_or_else(Vec::new, |at| stamp(&authority, value, at));
        let signed = vec![attribute("1.2.840.113549.1.9.5", &written(claim))];
        let wish = Wish {
            unsigned: &unsigned,
            signed,
            ..Wish::over(DOCUMENT)
        };
        judged(&cms(&leader(), &wish), &house.trust())
    };
    for (claim, stamped, notices) in [
        (SIGNED, Some(SIGNED), vec![]),
        (
            SIGNED + seven,
            Some(SIGNED + Duration::minutes(1)),
            vec![Notice::LocalTimeAsUtc],
        ),
        (
            SIGNED + Duration::hours(3),
            Some(SIGNED),
            vec![Notice::TimeDiffers],
        ),
        (NOW + seven, None, vec![Notice::LocalTimeAsUtc]),
        (NOW + Duration::hours(8), None, vec![Notice::TimeAhead]),
        (NOW + Duration::minutes(4), None, vec![]),
    ] {
        let one = of(claim, stamped);
        assert_eq!(one.notices, notices, "{claim}");
        assert_eq!(one.time.claimed, Some(claim), "as it stands in the file");
        assert_eq!(one.time.at, stamped.unwrap_or(claim.min(NOW)));
        assert_eq!(one.integrity, Integrity::Intact);
    }
}

/// Conformance check 6: a token is over the signature, so it comes after what the signature says; what lies more than five
/// minutes apart is told, and nothing is decided by it.
#[test]
fn conformance_6_a_claimed_time_that_is_not_that_of_the_time_stamp_is_told() {
    let house = House::shared();
    let authority = house.certify(&stamper());
    for (off, told) in [
        (Duration::ZERO, false),
        (Duration::seconds(131), false),
        (Duration::minutes(5), false),
        (Duration::seconds(301), true),
        (Duration::days(2), true),
        (Duration::minutes(-5), false),
        (Duration::seconds(-301), true),
    ] {
        let unsigned = |value: &[u8]| stamp(&authority, value, SIGNED + off);
        let signed = vec![attribute("1.2.840.113549.1.9.5", &written(SIGNED))];
        let wish = Wish {
            unsigned: &unsigned,
            signed,
            ..Wish::over(DOCUMENT)
        };
        let one = judged(&cms(&leader(), &wish), &house.trust());
        let notices = told.then_some(Notice::TimeDiffers);
        assert_eq!(one.notices, Vec::from_iter(notices), "{off}");
        assert_eq!(one.time.at, SIGNED + off);
        assert!(one.is_good(), "{off}");
    }
    let notice = Notice::TimeDiffers;
    assert!(notice.english().contains("five minutes"));
    assert!(notice.vietnamese().contains("năm phút"));
}
