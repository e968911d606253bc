//! What the client sends and how it reads answers, against a socket that answers once.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use kyso_api::csc::{OperationMode, SignHashRequest, Version};
use kyso_api::management::{AuditQuery, NewClient, SealKind, SealRequest, StampRequest};
use kyso_client::{Client, ClientError, ClientProof, JwtKey, Language, Options, Outcome, Secret};

/// What one call sent.
struct Sent {
    head: String,
    body: String,
}

/// Answers each connection once, in order, and gives back what was sent.
fn server(answers: Vec<String>) -> (Options, JoinHandle<Vec<Sent>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let thread = thread::spawn(move || {
        let serve = |answer: String| one_call(listener.accept().unwrap().0, &answer);
        answers.into_iter().map(serve).collect()
    });
    (
        Options {
            language: Language::English,
            ..Options::new(base)
        },
        thread,
    )
}

fn one_call(mut stream: TcpStream, answer: &str) -> Sent {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    stream.write_all(answer.as_bytes()).unwrap();
    Sent {
        head,
        body: String::from_utf8(body).unwrap(),
    }
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\n{headers}connection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

#[test]
fn a_log_in_is_remembered_and_its_token_is_sent() {
    let session = r#"{"access_token":"t0k","token_type":"Bearer","expires_in":600,
        "person":{"id":"p","login":"a","name":"A","roles":["signer"]}}"#;
    let me = r#"{"id":"p","login":"a","name":"A","roles":["signer"]}"#;
    let (options, served) = server(vec![
        answer("201 Created", "", session),
        answer("200 OK", "", me),
    ]);
    let mut client = Client::new(&options).unwrap();
    client.log_in("a", Secret::new("pass"), None).unwrap();
    assert_eq!(client.me().unwrap().login, "a");
    let sent = served.join().unwrap();
    assert!(sent[0].head.starts_with("POST /api/v1/sessions "));
    assert!(!sent[0].head.to_lowercase().contains("authorization"));
    assert_eq!(sent[0].body, r#"{"login":"a","password":"pass"}"#);
    assert!(
        sent[1]
            .head
            .to_lowercase()
            .contains("authorization: bearer t0k")
    );
    assert!(sent[1].head.to_lowercase().contains("accept-language: en"));
}

#[test]
fn a_refusal_carries_everything_that_was_said() {
    let body = r#"{"type":"urn:kyso:problem:unavailable","title":"Away.","status":503,
                   "code":"unavailable","request_id":"r-1"}"#;
    let (options, served) = server(vec![answer("503 Unavailable", "retry-after: 7\r\n", body)]);
    let error = Client::new(&options).unwrap().credentials().unwrap_err();
    served.join().unwrap();
    assert!(error.is_unavailable());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    let ClientError::Refused {
        status,
        code,
        message,
        request_id,
        ..
    } = error
    else {
        unreachable!("a refusal")
    };
    assert_eq!(
        (status, code.as_str(), message.as_str()),
        (503, "unavailable", "Away.")
    );
    assert_eq!(request_id.as_deref(), Some("r-1"));
}

#[test]
fn a_stamp_carries_its_idempotency_key() {
    let (options, served) = server(vec![answer(
        "200 OK",
        "",
        r#"{"signatures":["AA=="],"request_id":"r"}"#,
    )]);
    let request = StampRequest {
        credential: "c".into(),
        hashes: vec!["AA==".into()],
        hash_algorithm: "1.2".into(),
        sign_algorithm: "1.3".into(),
        sign_algorithm_params: None,
        documents: vec![],
        time_stamp: false,
    };
    let reply = Client::new(&options)
        .unwrap()
        .stamp("key-1", &request)
        .unwrap();
    assert_eq!(reply.signatures, ["AA=="]);
    assert!(
        served.join().unwrap()[0]
            .head
            .to_lowercase()
            .contains("idempotency-key: key-1")
    );
}

#[test]
fn a_202_is_a_proposal_and_a_201_is_done() {
    let pending = r#"{"change":{"id":"c","kind":"client.add","summary":"s","proposed_by":"p",
                      "expires_at":"2026-11-23T05:00:00Z"}}"#;
    let (options, served) = server(vec![
        answer("202 Accepted", "", pending),
        answer("201 Created", "", r#"{"id":"n"}"#),
    ]);
    let client = Client::new(&options).unwrap();
    let system: NewClient =
        serde_json::from_str(r#"{"client_id":"dms","name":"DMS","auth_method":"private_key_jwt"}"#)
            .unwrap();
    assert!(matches!(client.register_system(&system).unwrap(), Outcome::Pending(c) if c.id == "c"));
    assert!(matches!(client.register_system(&system).unwrap(), Outcome::Done(c) if c.id == "n"));
    served.join().unwrap();
}

#[test]
fn an_assertion_is_for_the_issuer_and_goes_to_the_server_we_trust() {
    let metadata = r#"{"issuer":"https://issuer.example","token_endpoint":"https://evil.example/o/token",
        "revocation_endpoint":"https://evil.example/o/revoke","grant_types_supported":[],
        "response_types_supported":[],"scopes_supported":[],
        "token_endpoint_auth_methods_supported":[],
        "token_endpoint_auth_signing_alg_values_supported":[],
        "tls_client_certificate_bound_access_tokens":false}"#;
    let token = r#"{"access_token":"t","token_type":"Bearer","expires_in":60}"#;
    let (options, served) = server(vec![
        answer("200 OK", "", metadata),
        answer("200 OK", "", token),
    ]);
    let pem = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let proof = ClientProof::PrivateKeyJwt(JwtKey::from_pem(&Secret::new(pem)).unwrap());
    Client::new(&options)
        .unwrap()
        .authenticate("dms", &proof)
        .unwrap();
    let sent = served.join().unwrap();
    assert!(
        sent[1].head.starts_with("POST /o/token "),
        "{}",
        sent[1].head
    );
    let form = &sent[1].body;
    assert!(form.contains("grant_type=client_credentials") && form.contains("client_id=dms"));
    let claims = claims(form);
    for claim in ["aud", "iss", "sub", "jti", "exp", "iat"] {
        assert!(claims.get(claim).is_some(), "{claim}");
    }
    assert_eq!(claims["aud"], "https://issuer.example");
}

fn claims(form: &str) -> serde_json::Value {
    use base64::Engine as _;
    let assertion = form
        .split("client_assertion=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap();
    let payload = assertion.split('.').nth(1).unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(payload)
        .unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[test]
fn a_query_holds_only_what_was_asked() {
    let (options, served) = server(vec![answer("200 OK", "", r#"{"entries":[]}"#)]);
    let query = AuditQuery {
        after: Some(7),
        from: Some("2026-11-23T00:00:00+07:00".into()),
        ..AuditQuery::default()
    };
    assert!(
        Client::new(&options)
            .unwrap()
            .audit(&query)
            .unwrap()
            .entries
            .is_empty()
    );
    let head = &served.join().unwrap()[0].head;
    assert!(head.starts_with("GET /api/v1/audit?after=7&from=2026-11-23T00%3A00%3A00%2B07%3A00 "));
}

#[test]
fn a_signature_comes_with_the_call_that_made_it() {
    let body = r#"{"signatures":["AQ=="]}"#;
    let ours = answer("200 OK", "kyso-call: k\r\nx-request-id: r\r\n", body);
    let (options, served) = server(vec![ours, answer("200 OK", "", body)]);
    let client = Client::new(&options).unwrap();
    let request = SignHashRequest {
        credential_id: "c".into(),
        sad: Some(Secret::new("s")),
        hashes: vec![vec![7; 32]],
        hash_algorithm: None,
        sign_algorithm: "1.2.840.10045.4.3.2".into(),
        sign_algorithm_params: None,
        operation_mode: OperationMode::Synchronous,
        documents: None,
        client_data: None,
    };
    for call in [Some("k".to_owned()), None] {
        let signed = client.sign_hash(Version::V2, &request, None).unwrap();
        assert_eq!(
            (&*signed.signatures, signed.call),
            (&["AQ==".to_owned()][..], call)
        );
    }
    served.join().unwrap();
}

#[test]
fn nobody_there_is_unreachable() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let client = Client::new(&Options::new(format!("http://127.0.0.1:{port}"))).unwrap();
    assert!(matches!(client.me(), Err(ClientError::Unreachable(_))));
}

/// Answers the first call once the second has given up.
fn patient(listener: &TcpListener, begun: &Sender<()>) {
    let (mut first, _) = listener.accept().unwrap();
    begun.send(()).unwrap();
    let (mut second, _) = listener.accept().unwrap();
    std::io::copy(&mut second, &mut std::io::sink()).unwrap();
    let mut form = Vec::new();
    while !form.ends_with(b"\r\n0\r\n\r\n") {
        let mut piece = [0; 4096];
        let length = first.read(&mut piece).unwrap();
        assert!(length > 0, "it is whole");
        form.extend_from_slice(&piece[..length]);
    }
    let problem = r#"{"type":"about:blank","title":"x","status":409,"code":"not_ready"}"#;
    let answer = answer(
        "409 Conflict",
        "Content-Type: application/problem+json\r\n",
        problem,
    );
    first.write_all(answer.as_bytes()).unwrap();
}

#[test]
fn a_call_that_sends_a_file_waits_longer_than_another() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let options = Options {
        timeout: Duration::from_millis(100),
        ..Options::new(format!("http://{}", listener.local_addr().unwrap()))
    };
    let (begun, first) = channel();
    let answering = thread::spawn(move || patient(&listener, &begun));
    let client = Client::new(&options).unwrap();
    let sealing = thread::spawn(move || client.seal_prepared("key", &sealed(), &mut &b"%PDF"[..]));
    first.recv().unwrap();
    let other = Client::new(&options).unwrap().audit(&AuditQuery::default());
    assert!(
        matches!(other, Err(ClientError::Unreachable(_))),
        "{other:?}"
    );
    answering.join().unwrap();
    let sealed = sealing.join().unwrap().unwrap_err();
    assert!(!matches!(sealed, ClientError::Unreachable(_)), "{sealed:?}");
}

fn sealed() -> SealRequest {
    SealRequest {
        credential: "019ab000-0000-7000-8000-000000000001".to_owned(),
        kind: SealKind::Issue,
        file: None,
        prepared: None,
        hash_algorithm: String::new(),
        sign_algorithm: String::new(),
        sign_algorithm_params: None,
        compose: false,
        document: kyso_api::csc::Document::default(),
        series: None,
        authority: None,
        source: None,
        time_stamp: false,
    }
}
