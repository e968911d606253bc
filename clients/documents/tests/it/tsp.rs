//! Answers of `openssl ts` to our own requests, and what is wrong with those that are refused.

use kyso_documents::tsp::{self, Failure, NoToken, Refusal, Rejection, Request, TimeStamp};
use kyso_documents::verify::Problem;
use kyso_documents::{DocumentDigest, HashAlgorithm};
use time::OffsetDateTime;

use crate::openssl::Witness;

const NONCE: u64 = 0xfedc_ba98_7654_3210;
const DATA: &[u8] = b"the value of a signature";

const TST_INFO: &str = "1.2.840.113549.1.9.16.1.4";

const CONFIGURATION: &str = "[tsa]\ndefault_tsa = here\n[here]\nserial = serial\nsigner_cert = tsa.pem\n\
    certs = chain.pem\nsigner_key = tsa.key\nsigner_digest = DIGEST\ndefault_policy = 1.2.3.4.1\n\
    other_policies = 1.2.3.4.2\ndigests = sha256, sha512\naccuracy = secs:1, millisecs:500\n\
    ordering = yes\ntsa_name = yes\nclock_precision_digits = 3\ness_cert_id_chain = no\n\
    ess_cert_id_alg = ESS\n";

/// A root, one below it, and below that one for time.
struct Authority {
    witness: Witness,
    root: Vec<u8>,
}

/// What a test may want to be otherwise.
struct Wish {
    key: [&'static str; 2],
    digest: &'static str,
    ess: &'static str,
    usage: &'static str,
    /// The usage of an authority between the root and the one for time; none if it names nothing.
    between: Option<&'static str>,
}

impl Default for Wish {
    fn default() -> Self {
        Self {
            key: ["ec", "ec_paramgen_curve:P-256"],
            digest: "sha256",
            ess: "sha256",
            usage: "critical,timeStamping",
            between: None,
        }
    }
}

impl Authority {
    fn new(wish: &Wish) -> Self {
        let witness = Witness::new();
        let configuration = CONFIGURATION.replace("DIGEST", wish.digest);
        let configuration = configuration.replace("ESS", wish.ess);
        witness.write("ts.conf", configuration.as_bytes());
        witness.write("serial", b"0123456789ABCDEF01\n");
        let extensions = format!(
            "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n\
             extendedKeyUsage={}\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n",
            wish.usage
        );
        let between = wish
            .between
            .map_or_else(String::new, |usage| format!("extendedKeyUsage={usage}\n"));
        let between =
            format!("basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n{between}");
        witness.write("between.ext", between.as_bytes());
        witness.write("tsa.ext", extensions.as_bytes());
        let [algorithm, option] = wish.key;
        let key = ["-newkey", algorithm, "-pkeyopt", option, "-nodes"];
        let root = ["req", "-x509", "-keyout", "root.key", "-out", "root.pem"];
        let ca = ["-addext", "keyUsage=critical,keyCertSign", "-days", "3650"];
        let subject = ["-subj", "/CN=Root"];
        witness.must(&[&root[..], &key, &ca, &subject].concat());
        for (name, subject, by) in [
            ("between", "/CN=Between", "root"),
            ("tsa", "/CN=TSA", "between"),
        ] {
            let [key_file, csr, pem, ext, ca, ca_key] = [
                format!("{name}.key"),
                format!("{name}.csr"),
                format!("{name}.pem"),
                format!("{name}.ext"),
                format!("{by}.pem"),
                format!("{by}.key"),
            ];
            let request = ["req", "-keyout", &key_file, "-out", &csr, "-subj", subject];
            witness.must(&[&request[..], &key].concat());
            witness.must(&[
                "x509", "-req", "-in", &csr, "-CA", &ca, "-CAkey", &ca_key, "-out", &pem, "-days",
                "3000", "-extfile", &ext,
            ]);
        }
        let chain = ["root.pem", "between.pem", "tsa.pem"]
            .map(|pem| witness.read(pem))
            .concat();
        witness.write("chain.pem", &chain);
        witness.must(&["x509", "-in", "root.pem", "-outform", "DER", "-out", "root"]);
        let root = witness.read("root");
        Self { witness, root }
    }

    fn answer(&self, query: &[u8]) -> Vec<u8> {
        self.witness.write("q.tsq", query);
        self.witness.stamp(&["-out", "response"]);
        self.witness.read("response")
    }

    /// An answer whose token this authority signed, whatever its certificate is for.
    fn signed(&self, info: &[u8]) -> Vec<u8> {
        self.witness.write("info", info);
        let content = ["-binary", "-nodetach", "-econtent_type", TST_INFO];
        let signer = [
            "-signer",
            "tsa.pem",
            "-inkey",
            "tsa.key",
            "-md",
            "sha256",
            "-certfile",
            "between.pem",
        ];
        let files = ["-in", "info", "-outform", "DER", "-out", "signed"];
        let sign = ["cms", "-sign", "-cades"];
        self.witness
            .must(&[&sign[..], &content, &signer, &files].concat());
        let members = [&b"\x30\x03\x02\x01\x00"[..], &self.witness.read("signed")].concat();
        let length = u16::try_from(members.len()).unwrap().to_be_bytes();
        [&[0x30, 0x82], &length[..], &members].concat()
    }

    fn check(&self, request: &Request, response: &[u8]) -> Result<TimeStamp, Refusal> {
        request.check(
            response,
            std::slice::from_ref(&self.root),
            OffsetDateTime::now_utc(),
        )
    }

    fn accepts(&self, token: &[u8]) -> (bool, String) {
        self.witness.write("token", token);
        self.witness.write("data", DATA);
        self.witness.run(&[
            "ts",
            "-verify",
            "-token_in",
            "-in",
            "token",
            "-data",
            "data",
            "-CAfile",
            "root.pem",
        ])
    }
}

fn request(hash: HashAlgorithm, policy: Option<&str>) -> Request {
    let imprint = DocumentDigest::of(hash, DATA).unwrap();
    Request::new(imprint, NONCE, policy.map(|text| text.parse().unwrap()))
}

fn asked(authority: &Authority, request: &Request) -> Vec<u8> {
    authority.answer(&request.to_der().unwrap())
}

#[test]
fn answers_to_our_requests_are_taken_and_openssl_takes_their_tokens() {
    let rsa = ["rsa", "rsa_keygen_bits:2048"];
    let p384 = ["ec", "ec_paramgen_curve:P-384"];
    for wish in [
        Wish::default(),
        Wish {
            ess: "sha1",
            ..Wish::default()
        },
        Wish {
            ess: "sha512",
            ..Wish::default()
        },
        Wish {
            key: rsa,
            digest: "sha512",
            ..Wish::default()
        },
        Wish {
            key: p384,
            digest: "sha384",
            ..Wish::default()
        },
    ] {
        let authority = Authority::new(&wish);
        for (hash, policy, right) in [
            (HashAlgorithm::Sha256, None, "1.2.3.4.1"),
            (HashAlgorithm::Sha512, Some("1.2.3.4.2"), "1.2.3.4.2"),
        ] {
            let request = request(hash, policy);
            let began = OffsetDateTime::now_utc();
            let response = asked(&authority, &request);
            let stamp = authority.check(&request, &response).unwrap();
            assert_eq!(stamp.info.policy, right);
            assert_eq!(stamp.info.imprint, DocumentDigest::of(hash, DATA).unwrap());
            assert!((stamp.info.time - began).abs() < time::Duration::minutes(2));
            assert!(stamp.info.serial.starts_with("123456789abcdef0"));
            assert_eq!(tsp::read(&stamp.token).unwrap(), stamp.info);
            let (accepted, said) = authority.accepts(&stamp.token);
            assert!(accepted, "{said}");
        }
    }
}

#[test]
fn an_answer_to_something_else_is_refused() {
    let authority = Authority::new(&Wish::default());
    let ours = request(HashAlgorithm::Sha256, None);
    let response = asked(&authority, &ours);
    let imprint = |data: &[u8]| DocumentDigest::of(HashAlgorithm::Sha256, data).unwrap();
    let policy = Some("1.2.3.4.2".parse().unwrap());
    for (other, why) in [
        (
            Request::new(imprint(b"else"), NONCE, None),
            Refusal::OtherImprint,
        ),
        (request(HashAlgorithm::Sha512, None), Refusal::OtherImprint),
        (
            Request::new(imprint(DATA), NONCE + 1, None),
            Refusal::OtherNonce,
        ),
        (
            Request::new(imprint(DATA), NONCE, policy),
            Refusal::OtherPolicy,
        ),
    ] {
        assert_eq!(authority.check(&other, &response), Err(why));
    }
}

#[test]
fn whoever_is_no_authority_for_time_is_refused() {
    let authority = Authority::new(&Wish::default());
    let ours = request(HashAlgorithm::Sha256, None);
    let response = asked(&authority, &ours);
    let stranger = Authority::new(&Wish::default());
    let untrusted = Err(Refusal::Untrusted(Problem::Untrusted));
    assert_eq!(stranger.check(&ours, &response), untrusted);
    let roots = std::slice::from_ref(&authority.root);
    let late = OffsetDateTime::now_utc() + time::Duration::days(4000);
    let expired = Err(Refusal::Untrusted(Problem::Expired));
    assert_eq!(ours.check(&response, roots, late), expired);
}

#[test]
fn an_authority_above_may_leave_open_what_for_but_not_be_for_something_else() {
    for (between, verdict) in [
        (None, Ok(())),
        (Some("timeStamping,clientAuth"), Ok(())),
        (
            Some("clientAuth"),
            Err(Refusal::Untrusted(Problem::KeyUsage)),
        ),
    ] {
        let authority = Authority::new(&Wish {
            between,
            ..Wish::default()
        });
        let ours = request(HashAlgorithm::Sha256, None);
        let response = asked(&authority, &ours);
        assert_eq!(
            authority.check(&ours, &response).map(drop),
            verdict,
            "{between:?}"
        );
    }
}

/// `openssl ts -reply` makes no token with such a certificate, so what a right one signed is signed with it.
#[test]
fn a_certificate_that_is_not_for_time_alone_is_refused() {
    let right = Authority::new(&Wish::default());
    let ours = request(HashAlgorithm::Sha256, None);
    let stamp = right.check(&ours, &asked(&right, &ours)).unwrap();
    right.witness.write("token", &stamp.token);
    let read = ["cms", "-verify", "-noverify", "-inform", "DER"];
    let files = ["-in", "token", "-out", "info"];
    right.witness.must(&[&read[..], &files].concat());
    let info = right.witness.read("info");
    let refused = Err(Refusal::Purpose);
    let usages = [
        ("critical,timeStamping", Ok(stamp.info)),
        ("timeStamping", refused.clone()),
        ("critical,timeStamping,emailProtection", refused.clone()),
        ("critical,emailProtection", refused),
    ];
    for (usage, verdict) in usages {
        let authority = Authority::new(&Wish {
            usage,
            ..Wish::default()
        });
        let response = authority.signed(&info);
        let checked = authority.check(&ours, &response);
        assert_eq!(checked.map(|stamp| stamp.info), verdict, "{usage}");
    }
}

#[test]
fn a_refusal_of_the_authority_is_told() {
    let authority = Authority::new(&Wish::default());
    let response = asked(&authority, &request(HashAlgorithm::Sha384, None));
    let failure = Some(Failure::BadAlgorithm);
    let rejected = NoToken::Rejected(Rejection { status: 2, failure });
    assert_eq!(tsp::token(&response), Err(rejected));
    let response = asked(&authority, &request(HashAlgorithm::Sha256, Some("1.2.3.9")));
    let failure = Some(Failure::OtherPolicy);
    let rejected = NoToken::Rejected(Rejection { status: 2, failure });
    let ours = request(HashAlgorithm::Sha256, None);
    assert_eq!(authority.check(&ours, &response), Err(rejected.into()));
    for (bytes, right) in [
        (&b"\x30\x05\x30\x03\x02\x01\x03"[..], Some(3)),
        (b"\x30\x05\x30\x03\x02\x01\x00", None), // granted, and no token
        (b"\x30\x03\x02\x01\x02", None),
        (b"\x30\x05\x30\x03\x02\x01\x02\x00", None),
        (b"", None),
    ] {
        let right = right.map_or(NoToken::Form, |status| {
            NoToken::Rejected(Rejection {
                status,
                failure: None,
            })
        });
        assert_eq!(tsp::token(bytes), Err(right), "{bytes:?}");
    }
}

#[test]
fn an_answer_of_which_one_byte_differs_is_never_another_stamp() {
    let authority = Authority::new(&Wish::default());
    let ours = request(HashAlgorithm::Sha256, None);
    let response = asked(&authority, &ours);
    let right = authority.check(&ours, &response).unwrap();
    for length in 0..response.len() {
        assert!(
            authority.check(&ours, &response[..length]).is_err(),
            "cut to {length}"
        );
    }
    for place in 0..response.len() {
        let mut changed = response.clone();
        changed[place] ^= 1;
        if let Ok(stamp) = authority.check(&ours, &changed) {
            assert_eq!(stamp.info, right.info, "byte {place}");
        }
    }
}

#[test]
fn a_policy_is_an_object_identifier() {
    for text in ["", "1", "x", "1.2.", "1.2.840.x"] {
        assert!(text.parse::<tsp::Policy>().is_err(), "{text}");
    }
    let read: Result<tsp::Policy, _> = "1.2.840.1".parse();
    assert!(read.is_ok());
}
