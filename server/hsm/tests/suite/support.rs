//! A token of its own for each test.
//!
//! SoftHSM2 reads `SOFTHSM2_CONF` when it is initialised, once per process, and setting a
//! variable of one's own process is unsafe. So each test starts this test binary again as a child
//! that runs this one test, with the variable set to a fresh directory: [`with_token`].

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use kyso_core::{
    Digest, DigestOutcome, HashAlgorithm, KeyAlgorithm, KeyCustody, KeyRef, LaneClass,
    ServerPurpose, SignJob, SignatureScheme,
};
use kyso_hsm::{Token, init_token};
use kyso_hsm_config::Profile;
use secrecy::SecretString;

/// What a test is given: a profile whose token exists, and its PIN.
pub(crate) struct Bench {
    pub(crate) profile: Profile,
    pub(crate) pin: SecretString,
}

pub(crate) const PIN: &str = "12345678";

const CHILD: &str = "KYSO_TEST_CHILD";
const OTHER: &str = "KYSO_TEST_HSM_PROFILE";

pub(crate) fn pin() -> SecretString {
    SecretString::from(PIN)
}

impl Bench {
    /// The token that this process runs on: a new one of SoftHSM2, or the one it was told of.
    pub(crate) fn made() -> Self {
        match variable(OTHER) {
            Some(path) => Self::of_profile(&path),
            None => Self::of_softhsm(),
        }
    }

    fn of_softhsm() -> Self {
        let profile = softhsm_profile(2);
        init_token(&profile, &SecretString::from("87654321"), &pin()).unwrap();
        Self {
            profile,
            pin: pin(),
        }
    }

    fn of_profile(path: &str) -> Self {
        let profile = profile(&std::fs::read_to_string(path).unwrap());
        let pin = profile.pin.load(None).unwrap();
        Self { profile, pin }
    }

    pub(crate) fn open(&self) -> Token {
        Token::open(&self.profile, self.pin.clone()).unwrap()
    }
}

/// Runs `body` in a child process with a token that no other test sees. `test` is the test's
/// own path in this binary, as in `signing::rsa`.
pub(crate) fn with_token(test: &str, body: impl AsyncFnOnce(Bench)) {
    match variable(CHILD) {
        Some(_) => block_on(body(Bench::made())),
        None => run_child(test),
    }
}

#[expect(clippy::disallowed_methods, reason = "a test asks how it was started")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn run_child(test: &str) {
    // SoftHSM2 fails about once in a hundred times while several lanes open its token: the token is away for a moment,
    // or a template is called wrong. What is wrong with our code is wrong at another try, too, or in so many tests that
    // `ops/test`, which is told of each repetition, fails.
    if ran_well(test).is_err() {
        tell_of_repetition(test);
        ran_well(test).unwrap();
    }
}

/// Adds a line to the file that `ops/test` names.
fn tell_of_repetition(test: &str) {
    let Some(path) = variable("KYSO_REPETITIONS") else {
        return;
    };
    let file = std::fs::OpenOptions::new().append(true).open(path);
    writeln!(file.unwrap(), "HSM suite: {test}").unwrap();
}

fn ran_well(test: &str) -> Result<(), String> {
    let directory = tempfile::tempdir().unwrap();
    let mut child = child(test);
    child.env(CHILD, directory.path());
    child.env("SOFTHSM2_CONF", softhsm_conf(directory.path()));
    ended_well(test, &mut child)
}

/// This test binary again, to run this one test.
pub(crate) fn child(test: &str) -> Command {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", test, "--nocapture", "--include-ignored"]);
    child
}

/// Runs the child; what it says is this test's output, so that its results are not counted too.
pub(crate) fn finish(test: &str, child: &mut Command) {
    ended_well(test, child).unwrap();
}

fn ended_well(test: &str, child: &mut Command) -> Result<(), String> {
    let output = child.output().unwrap();
    print!("{}", String::from_utf8_lossy(&output.stdout));
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    let well = output.status.success();
    well.then_some(())
        .ok_or_else(|| format!("{test} failed in its child process"))
}

pub(crate) fn softhsm_conf(directory: &Path) -> PathBuf {
    let (conf, tokens) = (directory.join("softhsm2.conf"), directory.join("tokens"));
    std::fs::create_dir(&tokens).unwrap();
    let text = format!(
        "directories.tokendir = {}\nlog.level = ERROR\n",
        tokens.display()
    );
    std::fs::write(&conf, text).unwrap();
    conf
}

pub(crate) fn softhsm_profile(lanes: u16) -> Profile {
    let module = "/usr/lib/softhsm/libsofthsm2.so";
    profile(&format!(
        "module = '{module}'\nsoftware_token = true\ntoken.label = 'kyso'\npin.file = '/none'\n\
         lanes.count = {lanes}\nlanes.people = 64\nlanes.stamps = 64"
    ))
}

pub(crate) fn profile(text: &str) -> Profile {
    Profile::parse(text).unwrap()
}

pub(crate) fn block_on(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future);
}

/// The digest of this text.
pub(crate) fn digest(hash: HashAlgorithm, text: &str) -> Digest {
    let algorithm = match hash {
        HashAlgorithm::Sha256 => &aws_lc_rs::digest::SHA256,
        HashAlgorithm::Sha384 => &aws_lc_rs::digest::SHA384,
        HashAlgorithm::Sha512 => &aws_lc_rs::digest::SHA512,
    };
    Digest::new(
        hash,
        aws_lc_rs::digest::digest(algorithm, text.as_bytes()).as_ref(),
    )
    .unwrap()
}

/// The scheme that a key of this kind signs most with.
pub(crate) fn usual(algorithm: KeyAlgorithm) -> SignatureScheme {
    let hash = HashAlgorithm::Sha256;
    if algorithm.is_rsa() {
        SignatureScheme::RsaPkcs1(hash)
    } else {
        SignatureScheme::Ecdsa(hash)
    }
}

pub(crate) fn job(key: &KeyRef, scheme: SignatureScheme, digests: Vec<Digest>) -> SignJob {
    SignJob::of_server(
        key.clone().into(),
        ServerPurpose::CertificateRequest,
        scheme,
        digests,
    )
}

/// Signs one text and gives the outcome.
pub(crate) async fn sign(token: &Token, key: &KeyRef, scheme: SignatureScheme) -> DigestOutcome {
    let place = token.admit(LaneClass::Person, key).unwrap();
    let digest = digest(scheme.hash(), "công văn");
    let outcomes = token.sign(place, job(key, scheme, vec![digest])).await;
    assert_eq!(outcomes.len(), 1);
    outcomes.into_iter().next().unwrap()
}
