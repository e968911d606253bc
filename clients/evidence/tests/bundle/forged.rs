//! No forgery passes, and each is named for what it is.

use kyso_evidence::bundle::{Fault, Trust};
use kyso_evidence::policy::Policy;

use crate::forgeries::{all, honest};
use crate::log::{Log, export_key, keys, log_key, trust};
use crate::verified;

#[test]
fn the_honest_bundle_holds() {
    assert!(verified(&honest(&Log::new(700)), &trust()).is_ok());
}

#[test]
fn every_forgery_is_refused_for_what_it_is() {
    for forgery in all() {
        let name = forgery.name;
        let mut trust = trust();
        trust.beside.extend(forgery.beside);
        let fault = verified(&forgery.bundle, &trust).expect_err(name);
        assert_eq!(fault.word(), forgery.word, "{name}: {fault}");
        for sentence in [fault.to_string(), fault.vietnamese()] {
            let range = forgery.names.replace(" to ", " đến ");
            let named = sentence.contains(forgery.names) || sentence.contains(&range);
            assert!(named, "{name}: {sentence}");
        }
    }
}

/// What only keys from elsewhere show: the whole bundle is somebody else's work.
#[test]
fn keys_that_are_given_count_and_not_those_of_the_bundle() {
    let bundle = honest(&Log::new(700));
    assert!(verified(&bundle, &Trust::default()).is_ok());
    let policy = Some(Policy::new(log_key(9), vec![], 0).unwrap());
    let other_log = Trust { policy, ..trust() };
    assert_eq!(
        verified(&bundle, &other_log).unwrap_err().word(),
        "unsigned"
    );
    let other_export = Trust {
        export: Some(export_key(9)),
        ..trust()
    };
    assert_eq!(
        verified(&bundle, &other_export).unwrap_err().word(),
        "manifest_not_signed"
    );
    // The log's key signs checkpoints and nothing else.
    let one_key = Trust {
        export: Some(export_key(7)),
        ..trust()
    };
    assert_eq!(verified(&bundle, &one_key), Err(Fault::OneKey));
}

#[test]
fn more_witnesses_than_cosigned_are_missing() {
    let bundle = honest(&Log::new(700));
    let mut witnesses = keys().witnesses;
    witnesses.push(crate::log::cosigner(3).key().clone());
    let policy = |quorum| Some(Policy::new(log_key(7), witnesses.clone(), quorum).unwrap());
    let two = Trust {
        policy: policy(2),
        ..trust()
    };
    assert!(verified(&bundle, &two).is_ok());
    let three = Trust {
        policy: policy(3),
        ..trust()
    };
    assert_eq!(
        verified(&bundle, &three).unwrap_err().word(),
        "too_few_witnesses"
    );
}
