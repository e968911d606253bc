//! Mistakes that others made before us, each a test by name: `trap_…`.

mod log;
mod protocol;
mod token;

use std::collections::BTreeSet;

use super::documents::all_tests;

/// A mistake, and the tests that show that it is not made here.
type Trap = (&'static str, &'static [&'static str]);

/// Of the protocol and of the programs that speak it.
const PROTOCOL: [Trap; 18] = [
    (
        "base64url, or hexadecimal, where base64 is meant",
        &["kysod::http::csc::sign::trap_hexadecimal_and_base64url_are_no_base64"],
    ),
    (
        "a + that a form decoder made a blank",
        &["it::traps::protocol::trap_a_plus_that_a_form_decoder_ate"],
    ),
    (
        "a DigestInfo around the digest, from the client or twice from the server",
        &[
            "kysod::http::csc::algorithm::trap_digest_info_and_sha1_are_no_digests",
            "it::traps::protocol::trap_digest_info_is_added_once",
        ],
    ),
    (
        "an ECDSA signature as two bare numbers",
        &["it::traps::protocol::trap_ecdsa_is_der"],
    ),
    (
        "a PSS salt of another length than asked for, or of the longest",
        &["kysod::http::csc::pss::trap_pss_salt_is_taken_exactly"],
    ),
    (
        "SCAL as a number",
        &["kysod::http::csc::credential::trap_scal_is_a_text_and_nothing_is_null"],
    ),
    (
        "null for what is absent",
        &["it::traps::protocol::trap_null_is_absent_and_is_never_answered"],
    ),
    (
        "an answer 204 that has a body",
        &["it::traps::protocol::trap_204_has_no_body"],
    ),
    (
        "a token of the type SAD",
        &["it::traps::protocol::trap_a_token_is_a_bearer_and_a_sad_is_no_token"],
    ),
    (
        "an authorization for a credential as access token at credentials/info",
        &["it::traps::protocol::trap_a_token_is_a_bearer_and_a_sad_is_no_token"],
    ),
    (
        "the same hash twice",
        &["kysod::http::csc::sign::trap_the_same_hash_twice_is_two"],
    ),
    (
        "the SAD of another client",
        &["it::traps::protocol::trap_the_sad_of_another_client"],
    ),
    (
        "polling as fast as one likes",
        &["it::approvals_csc::handles::trap_polling_faster_than_told"],
    ),
    (
        "codes, handles and pages of another client",
        &[
            "it::traps::protocol::trap_pages_and_refresh_tokens_of_others",
            "it::approvals_csc::handles::trap_another_clients_handle_is_one_that_nobody_has",
            "it::approvals_csc::polling::trap_another_clients_request_is_one_that_nobody_has",
        ],
    ),
    (
        "a description that shows as markup, or changes the direction of writing",
        &[
            "it::traps::protocol::trap_nobodys_text_is_answered_as_markup",
            "it::pages::trap_text_of_others_can_do_nothing_on_a_page",
            "kysod::http::text::trap_bidi_and_control_characters_are_refused",
        ],
    ),
    (
        "an approval page in somebody's frame",
        &[
            "it::traps::protocol::trap_no_page_can_be_framed",
            "it::traps::protocol::trap_what_is_for_programs_answers_no_page",
        ],
    ),
    (
        "an algorithm that is announced and not understood",
        &["kysod::http::csc::algorithm::trap_what_is_announced_is_understood"],
    ),
    (
        "more signatures than hashes that were shown",
        &[
            "it::sad::trap_more_signatures_than_hashes",
            "it::approvals::faults::trap_what_is_approved_must_be_what_was_shown",
        ],
    ),
];

/// Of servers that sign, log and check one-time passwords.
const PEERS: [Trap; 15] = [
    (
        "a key checked or parsed for each request",
        &["it::traps::token::trap_a_signature_asks_the_token_for_nothing_else"],
    ),
    (
        "C_FindObjects or C_OpenSession for each signature",
        &["it::traps::token::trap_a_signature_asks_the_token_for_nothing_else"],
    ),
    (
        "C_Login and C_Logout for each request",
        &["it::traps::token::trap_a_signature_asks_the_token_for_nothing_else"],
    ),
    (
        "one lock around the whole token",
        &["it::traps::token::trap_signatures_run_beside_each_other"],
    ),
    (
        "one lock for what may be signed once, held while the token signs",
        &["it::traps::token::trap_signatures_run_beside_each_other"],
    ),
    (
        "signing in parts, which clusters of HSMs do not balance",
        &["it::traps::token::trap_a_signature_asks_the_token_for_nothing_else"],
    ),
    (
        "approvals whose number 0 or absence counts as approved",
        &["it::traps::log::trap_none_is_not_enough"],
    ),
    (
        "names where ids are meant, so that two of one name are mixed up",
        &["it::traps::log::trap_two_agencies_of_one_name_are_two"],
    ),
    (
        "an entry's text in a variable that requests share",
        &["it::traps::log::trap_entries_of_parallel_calls_are_not_mixed"],
    ),
    (
        "a log that is checked by its roots and not by its values",
        &["kyso_evidence::verify::trap_a_root_that_holds_proves_no_value"],
    ),
    (
        "an answer that waits for the next checkpoint",
        &["it::traps::log::trap_the_rows_are_there_when_the_answer_is"],
    ),
    (
        "a log that hangs on a peer over TCP, without a limit on the wait",
        &["it::store::away::trap_a_silent_database_is_given_up_and_the_writer_comes_back"],
    ),
    (
        "locking a person out as the only answer to guessing",
        &["it::traps::log::trap_whoever_is_guessed_at_gets_in_again"],
    ),
    (
        "opening the module again after an error of the PIN",
        &["kyso_hsm::error::trap_a_pin_error_is_never_taken_for_a_token_that_is_away"],
    ),
    (
        "a general error taken for a permanent one",
        &["kyso_hsm::error::trap_a_general_error_is_a_doubt_and_not_the_end"],
    ),
];

fn is_trap(name: &str) -> bool {
    let function = name.rsplit("::").next();
    function.is_some_and(|function| function.starts_with("trap_"))
}

#[test]
fn every_known_mistake_has_its_test() {
    let tests = all_tests();
    for (mistake, names) in PROTOCOL.iter().chain(&PEERS) {
        assert!(!names.is_empty(), "{mistake}");
        for name in *names {
            assert!(is_trap(name) && tests.contains(*name), "{mistake}: {name}");
        }
    }
}

#[test]
fn every_trap_that_is_tested_is_listed() {
    let listed = PROTOCOL.iter().chain(&PEERS);
    let listed: BTreeSet<&str> = listed.flat_map(|(_, names)| *names).copied().collect();
    let tests = all_tests();
    let unlisted: Vec<&String> = tests
        .iter()
        .filter(|name| is_trap(name) && !listed.contains(name.as_str()))
        .collect();
    assert!(unlisted.is_empty(), "{unlisted:#?}");
}
