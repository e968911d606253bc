//! What was answered by network beside what the file itself brings along: it may only take away.

use kyso_documents::pdf::Limits;
use kyso_documents::validation::{
    Basis, Distrust, Evidence, Integrity, Report, Silence, Standing, TimeBasis, pdf,
};
use rcgen::{ExtendedKeyUsagePurpose, KeyPair, RevocationReason};
use time::{Duration, OffsetDateTime};

use super::house::{BEGIN, END, Holder, House, NOW, SIGNED, evidence, person, stamper};
use super::inquiries::{DOCUMENT, judged, with_both};
use super::inside::{blank, sign, stamped};
use super::made::{Wish, cms, response, stamp};

const DAY: Duration = Duration::days(1);

/// A list of a whole day around the time of the check.
fn today(house: &House, revoked: &[(&Holder, OffsetDateTime)]) -> Vec<u8> {
    house.list(revoked, (NOW - DAY, NOW + DAY))
}

fn told(file: &[u8], lists: &[Vec<u8>]) -> Report {
    judged(file, &House::shared().trust(), &evidence(lists, &[]), NOW)
}

#[test]
fn what_is_answered_makes_nothing_good_that_the_file_says_is_not() {
    let house = House::shared();
    let (signer, neighbour) = (house.certify(&person()), house.certify(&person()));
    let authority = house.certify(&stamper());
    let stamps = |value: &[u8]| stamp(&authority, value, SIGNED);
    let all = [
        vec![],
        vec![(&signer, SIGNED - DAY)],
        vec![(&signer, SIGNED + DAY)],
        vec![(&authority, SIGNED + DAY)],
        vec![(&neighbour, SIGNED - DAY)],
    ];
    let all: Vec<Vec<u8>> = all.iter().map(|revoked| today(house, revoked)).collect();
    let mut seen = [0; 4];
    for inside in &all {
        for plain in [true, false] {
            let wish = Wish::over(DOCUMENT);
            let wish = Wish {
                lists: vec![inside.clone()],
                unsigned: if plain { wish.unsigned } else { &stamps },
                ..wish
            };
            let file = cms(&signer, &wish);
            let before = told(&file, &[]).is_good();
            for answered in &all {
                let after = told(&file, std::slice::from_ref(answered)).is_good();
                assert!(before || !after, "nothing becomes good");
                let both = (inside == answered, before == after);
                assert!(!both.0 || both.1, "the same twice is the same");
                seen[usize::from(before) * 2 + usize::from(after)] += 1;
            }
        }
    }
    assert!(
        seen[0] > 0 && seen[1] == 0 && seen[2] > 0 && seen[3] > 0,
        "{seen:?}"
    );
}

#[test]
fn neither_what_is_inside_nor_what_is_answered_crowds_out_the_other() {
    let house = House::shared();
    let signer = house.certify(&person());
    let many = |count: i64| {
        let seconds = (0..count).map(Duration::seconds);
        let period = |second| (NOW - DAY + second, NOW + DAY);
        seconds
            .map(|second| house.list(&[], period(second)))
            .collect::<Vec<_>>()
    };
    let revoked = today(house, &[(&signer, SIGNED)]);
    // A CMS takes 64 of them.
    for (inside, answered) in [
        ([many(63), vec![revoked.clone()]].concat(), many(64)),
        (many(64), [many(63), vec![revoked]].concat()),
    ] {
        let wish = Wish {
            lists: inside,
            ..Wish::over(DOCUMENT)
        };
        let report = told(&cms(&signer, &wish), &answered);
        assert_eq!(report.signatures[0].revocation.standing, Standing::Revoked);
    }
}

#[test]
fn that_an_expired_certificate_is_not_on_a_list_tells_nothing() {
    let house = House::shared();
    let signer = house.certify(&person());
    let authority = house.certify(&stamper());
    let stamps = |value: &[u8]| stamp(&authority, value, SIGNED);
    let file = cms(
        &signer,
        &Wish {
            unsigned: &stamps,
            ..Wish::over(DOCUMENT)
        },
    );
    let later = END + DAY * 400;
    for (revoked, period, standing) in [
        (vec![], (END, later), Standing::Good),
        (vec![], (END + DAY, later + DAY), Standing::NotKnown),
        (
            vec![(&signer, SIGNED + DAY)],
            (END + DAY, later + DAY),
            Standing::RevokedLater,
        ),
        (
            vec![(&signer, BEGIN)],
            (END + DAY, later + DAY),
            Standing::Revoked,
        ),
    ] {
        let list = evidence(&[house.list(&revoked, period)], &[]);
        let report = judged(&file, &house.trust(), &list, later);
        let one = &report.signatures[0];
        assert_eq!(one.time.basis, TimeBasis::Stamped);
        assert_eq!(one.revocation.standing, standing, "{period:?}");
    }
}

#[test]
fn an_answer_of_just_now_counts_though_clocks_differ() {
    let house = House::shared();
    let signer = house.certify(&with_both());
    let file = cms(&signer, &Wish::over(DOCUMENT));
    let own = Holder {
        certificate: Vec::new(),
        key: KeyPair::try_from(house.middle.key().serialize_der()).unwrap(),
    };
    for (minutes, standing) in [
        (-6, Standing::NotKnown),
        (-4, Standing::Good),
        (4, Standing::Good),
        (6, Standing::NotKnown),
    ] {
        let since = NOW + Duration::minutes(minutes);
        let answer = response(&signer, house, None, since, (&own, &[]));
        let report = judged(&file, &house.trust(), &evidence(&[], &[answer]), NOW);
        assert_eq!(
            report.signatures[0].revocation.standing, standing,
            "{minutes}"
        );
    }
}

#[test]
fn whoever_may_answer_no_more_answers_nothing_new() {
    let house = House::shared();
    let signer = house.certify(&person());
    let file = cms(&signer, &Wish::over(DOCUMENT));
    let mut params = person();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::OcspSigning];
    for (ended, standing) in [(false, Standing::Good), (true, Standing::NotKnown)] {
        params.not_after = if ended { NOW - DAY } else { END };
        let deputy = house.certify(&params);
        let by = (&deputy, &deputy.certificate[..]);
        // It says that it was made when its certificate still was valid.
        let answer = super::made::response_of(&signer, house, None, (NOW - DAY * 2, NOW), by);
        let report = judged(&file, &house.trust(), &evidence(&[], &[answer]), NOW);
        assert_eq!(
            report.signatures[0].revocation.standing, standing,
            "{ended}"
        );
    }
}

#[test]
fn what_is_known_of_who_stamped_a_pdf_counts_wherever_it_is_known() {
    let house = House::shared();
    let (signer, authority) = (house.certify(&person()), house.certify(&stamper()));
    let file = sign(&blank(), "Leader", &signer, &Wish::over(b""));
    let file = stamped(&file, &authority, SIGNED);
    let judged = |evidence: &Evidence| {
        let trust = house.trust();
        let basis = Basis {
            trust: &trust,
            evidence,
            now: NOW,
        };
        pdf(&file, &basis, &Limits::default()).unwrap()
    };
    let report = judged(&Evidence::default());
    assert_eq!(report.signatures[0].time.basis, TimeBasis::Stamped);
    let mut inquiries = report.inquiries.iter();
    assert!(inquiries.any(|one| one.is_about(&authority.certificate)));
    let because = RevocationReason::KeyCompromise;
    let list = house.list_because(
        Some(because),
        &[(&authority, SIGNED + DAY)],
        (NOW - DAY, NOW + DAY),
    );
    let report = judged(&evidence(&[list], &[]));
    assert_ne!(report.signatures[0].time.basis, TimeBasis::Stamped);
    assert_ne!(report.signatures[1].time.basis, TimeBasis::Stamped);
}

#[test]
fn why_nothing_is_known_is_told_of_each_signature() {
    let house = House::shared();
    let file = |params| cms(&house.certify(&params), &Wish::over(DOCUMENT));
    let (both, without) = (file(with_both()), file(person()));
    let changed = cms(&house.certify(&with_both()), &Wish::over(b"another"));
    for (case, file, before, after) in [
        (
            "asked",
            &both,
            Some(Silence::NotAsked),
            Some(Silence::NoAnswer),
        ),
        (
            "no place",
            &without,
            Some(Silence::NotAsked),
            Some(Silence::NoSource),
        ),
        (
            "broken",
            &changed,
            Some(Silence::NotAsked),
            Some(Silence::NotAsked),
        ),
    ] {
        let mut report = told(file, &[]);
        assert_eq!(report.signatures[0].silence, before, "{case}");
        report.explain(|_| Silence::NoAnswer);
        assert_eq!(report.signatures[0].silence, after, "{case}");
        let mut known = told(file, &[today(house, &[])]);
        known.explain(|_| Silence::NoAnswer);
        assert_eq!(known.signatures[0].silence, None, "{case}");
        let nothing = Evidence::default();
        let mut foreign = judged(file, &House::new().trust(), &nothing, NOW);
        foreign.explain(|_| Silence::NoAnswer);
        let one = &foreign.signatures[0];
        assert_eq!((one.silence, &one.trust), (None, &Err(Distrust::NoPath)));
    }
    let mut report = told(&both, &[]);
    report.inquiries.clear();
    report.explain(|_| Silence::NoAnswer);
    assert_eq!(report.signatures[0].silence, Some(Silence::TooMany));
    assert_eq!(report.signatures[0].integrity, Integrity::Intact);
}
