//! A day of everything that takes a secret, right and wrong, with each secret noted down.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyso_api::management::{ClientAuthMethod, NewClient, NewClientKey, NewPerson};
use kyso_client::{Client, Outcome};
use kyso_tests::assertion::ClientKey;
use kyso_tests::authenticator::Authenticator;
use kyso_tests::http::{Call, Reply};
use kyso_tests::province::{Account, Signer};
use kyso_tests::server::PIN;
use serde_json::{Value, json};
use totp_rs::Secret;

use super::forms::Canary;
use crate::desk::{Desk, hash};
use crate::pages::{Browser, field};
use crate::stamping::Bench;
use crate::webhooks;
use crate::world::World;

/// The day: what was said, and what was answered where something was wrong.
pub(super) struct Day<'a> {
    world: &'a World,
    pub(super) canaries: Vec<Canary>,
    pub(super) refusals: Vec<u8>,
}

impl<'a> Day<'a> {
    pub(super) fn of(world: &'a World) -> Self {
        let mut day = Self {
            world,
            canaries: Vec::new(),
            refusals: Vec::new(),
        };
        day.note("PIN", PIN);
        day.own_key();
        day.accounts();
        let signer = world.signer();
        day.account(&signer.account);
        day.sign(&signer);
        day.log_in_wrongly(&signer.account);
        day.refresh(&signer.account);
        day.pages(&world.signer().account);
        day.enrol();
        day.stamp();
        day.shared_secret();
        day.call_back();
        day.assert_wrongly();
        day.misplace(&signer.account);
        day
    }

    fn note(&mut self, what: &str, secret: &str) -> String {
        self.canaries.push(Canary::new(what, secret));
        secret.to_owned()
    }

    /// Sends it; it must be refused, and the refusal is kept.
    fn refused(&mut self, call: Call<'_>) -> Reply {
        let reply = call.send().unwrap();
        assert!(reply.status >= 400, "{}", reply.text());
        self.hear(&reply);
        reply
    }

    fn hear(&mut self, reply: &Reply) {
        self.refusals.extend(&reply.body);
        self.refusals.extend(format!("{:?}", reply.headers).bytes());
    }

    fn accounts(&mut self) {
        let (world, office) = (self.world, &self.world.province().office);
        for account in [&office.manager1, &office.manager2, &office.officer] {
            self.account(account);
        }
        self.account(&world.province().clerk);
        self.account(&world.province().leader);
    }

    fn account(&mut self, account: &Account) {
        self.note("password", &account.password);
        self.totp_secret(&account.authenticator);
    }

    fn totp_secret(&mut self, authenticator: &Authenticator) {
        let base32 = self.note("TOTP secret in base32", authenticator.base32());
        let secret = Secret::try_from_base32(&base32).unwrap();
        self.canaries
            .push(Canary::new("TOTP secret", secret.as_ref()));
    }

    fn code(&mut self, account: &Account) -> String {
        let code = account.authenticator.code().unwrap();
        self.note("one-time password", &code)
    }

    /// Right, with a wrong one-time password, a wrong SAD, and a SAD that was used.
    fn sign(&mut self, signer: &Signer) {
        let desk = Desk::rsa(self.world, signer);
        self.note("access token", &desk.token);
        let hashes = [hash("chim hoàng yến")];
        let wrong = self.note(
            "wrong one-time password",
            &signer.account.authenticator.wrong(),
        );
        self.hear(&desk.authorize(&hashes, &wrong));
        let code = self.code(&signer.account);
        let mut reply = desk.authorize(&hashes, &code);
        while reply.status != 200 {
            // After the wrong one a little time must pass.
            self.hear(&reply);
            crate::world::until(|| {
                reply = desk.authorize(&hashes, &code);
                reply.status == 200
            });
        }
        let sad = reply.member("SAD").unwrap();
        self.note("SAD", &sad);
        assert_eq!(desk.sign(&sad, &hashes).status, 200);
        self.hear(&desk.sign(&sad, &hashes));
        let wrong = self.note("wrong SAD", "SAD-khong-dung-9f2c1b7e");
        self.hear(&desk.sign(&wrong, &hashes));
    }

    fn log_in_wrongly(&mut self, account: &Account) {
        let wrong = self.note("wrong password", "mat-khau-sai-5d1c");
        let body = json!({"login": account.login, "password": wrong});
        self.refused(self.world.http().post("/api/v1/sessions").json(&body));
        let wrong = self.note("password of nobody", "mat-khau-la-77ab");
        let body = json!({"login": "khong-co-ai", "password": wrong, "otp": "000000"});
        self.refused(self.world.http().post("/api/v1/sessions").json(&body));
    }

    /// `auth/login`, a refresh token used, and used again.
    fn refresh(&mut self, account: &Account) {
        let http = self.world.http();
        let login = STANDARD.encode(format!("{}:{}", account.login, account.password));
        let basic = format!("Basic {login}");
        let call = http
            .post("/csc/v1/auth/login")
            .header("Authorization", &basic);
        let session = call.json(&json!({"rememberMe": true})).done().unwrap();
        let token = session.member("refresh_token").unwrap();
        self.note("refresh token", &token);
        self.note(
            "access token of auth/login",
            &session.member("access_token").unwrap(),
        );
        let form = [("grant_type", "refresh_token"), ("refresh_token", &*token)];
        let fresh = http.post("/oauth2/token").form(&form).done().unwrap();
        self.note("refreshed token", &fresh.member("access_token").unwrap());
        self.refused(http.post("/oauth2/token").form(&form));
        let wrong = basic_header("lanh-dao", &self.note("wrong Basic password", "sai-44d0c2"));
        let call = http
            .post("/csc/v1/auth/login")
            .header("Authorization", &wrong);
        self.refused(call.json(&json!({})));
    }

    /// The server's own key for TLS, a line of its text.
    fn own_key(&mut self) {
        let path = self.world.deployment.server.site().path("tls-key.pem");
        let pem = std::fs::read_to_string(path).unwrap();
        let line = pem.lines().nth(1).unwrap();
        self.note("key for TLS", line);
    }

    /// The same on pages: a log-in that is wrong, one that is right, and passwords in a form, with its mark and without.
    fn pages(&mut self, account: &Account) {
        self.account(account);
        let browser = Browser::new(self.world.http());
        let wrong = self.note("wrong password on a page", "mat-khau-trang-1c77");
        let refused = [("login", &*account.login), ("password", &*wrong)];
        let refused = browser.post("/ui/login", &refused);
        assert_eq!(refused.status, 401, "{}", refused.text());
        self.hear(&refused);
        // Another account: after the wrong one a little time must pass.
        let other = self.world.signer().account;
        self.account(&other);
        let browser = Browser::by_password(self.world.http(), &other);
        self.note("cookie of a log-in", &browser.log_in().unwrap());
        let mark = field(&browser.get("/ui/account"), "csrf");
        let [old, new] = ["mat-khau-cu-6a0f", "mat-khau-moi-e2b9"];
        let [old, new] = [old, new].map(|text| self.note("password in a form", text));
        for mark in [&*mark, "dau-gia-9d41c7e0"] {
            let form = [
                ("csrf", mark),
                ("old_password", &*old),
                ("new_password", &*new),
                ("new_password_again", &*new),
                ("otp", "000000"),
            ];
            let reply = browser.post("/ui/account/password", &form);
            assert!(reply.status >= 400, "{}", reply.text());
            self.hear(&reply);
        }
    }

    /// A new person takes possession of the account, after a try with a wrong code.
    fn enrol(&mut self) {
        let (world, http) = (self.world, self.world.http());
        let person = new_person(world);
        let manager = &world.province().office.manager1;
        let given = manager
            .acting(|client| client.enrolment_code(&person))
            .unwrap();
        let code = given.done().unwrap().code.expose().to_owned();
        self.note("enrolment code", &code);
        let wrong = self.note("wrong enrolment code", "WXYZ-WXYZ-WXYZ-7777");
        self.refused(
            http.post("/api/v1/enrolments")
                .json(&json!({"code": wrong})),
        );
        let begun = http.post("/api/v1/enrolments").json(&json!({"code": code}));
        let begun = begun.done().unwrap();
        let authenticator = Authenticator::scan(&begun.member("otpauth_uri").unwrap()).unwrap();
        self.totp_secret(&authenticator);
        let token = begun.member("enrolment_token").unwrap();
        self.note("enrolment token", &token);
        let password = self.note("first password", "Mat-khau-moi-tinh-1");
        let otp = authenticator.code().unwrap();
        self.note("first one-time password", &otp);
        let body = json!({"enrolment_token": token, "password": password, "otp": otp});
        let confirm = || http.post("/api/v1/enrolments/confirm").json(&body);
        confirm().done().unwrap();
        self.refused(confirm());
    }

    fn stamp(&mut self) {
        let bench = Bench::new(self.world);
        bench.open(3);
        self.note("token of a system", &bench.token);
        assert_eq!(bench.stamp("chim hoàng yến").status, 200);
    }

    /// A system with a shared secret gets a token, and does not with another.
    fn shared_secret(&mut self) {
        let (name, secret) = system_with_secret(self.world);
        self.note("client secret", &secret);
        let http = self.world.http();
        let form = [("grant_type", "client_credentials")];
        let basic = basic_header(&name, &secret);
        let call = http.post("/oauth2/token").form(&form);
        let reply = call.header("Authorization", &basic).done().unwrap();
        self.note("token by secret", &reply.member("access_token").unwrap());
        let wrong = self.note("wrong client secret", "bi-mat-sai-0b11e9");
        let posted = [form[0], ("client_id", &name), ("client_secret", &wrong)];
        self.refused(http.post("/oauth2/token").form(&posted));
    }

    /// A system is called back, and the call is signed with its secret.
    fn call_back(&mut self) {
        let secret = webhooks::called_back(self.world);
        let text = secret.expose().trim_start_matches("whsec_");
        let text = self.note("secret of a callback in base64", text);
        let bytes = STANDARD.decode(text).unwrap();
        self.canaries
            .push(Canary::new("secret of a callback", bytes));
    }

    /// An assertion by a key that is not the system's.
    fn assert_wrongly(&mut self) {
        let http = self.world.http();
        let system = &self.world.province().document_system.client_id;
        let key = ClientKey::generate().unwrap();
        let assertion = key.assertion(system, http.base()).unwrap();
        self.note("client assertion", &assertion);
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", system),
            ("client_assertion_type", kyso_api::oauth::JWT_BEARER),
            ("client_assertion", &assertion),
        ];
        self.refused(http.post("/oauth2/token").form(&form));
    }

    /// Secrets where none belongs: a query, a path, a misspelt member, broken JSON, a wrong type.
    fn misplace(&mut self, account: &Account) {
        let http = self.world.http();
        let token = account.token().unwrap();
        self.note("token in a wrong place", &token);
        self.refused(http.get(&format!("/api/v1/me?access_token={token}")));
        self.refused(http.get(&format!("/api/v1/{token}")));
        let sent = self.note("misplaced password", "lac-cho-8c3a2f");
        for body in [
            json!({"login": account.login, "pasword": sent}),
            json!({"login": account.login, "password": [sent]}),
            json!({"login": account.login, "password": "x", "otp": {"is": sent}}),
            json!({"login": {"sent": sent}}),
            Value::String(sent.clone()),
        ] {
            self.refused(http.post("/api/v1/sessions").json(&body));
        }
        for path in [
            "/api/v1/sessions",
            "/csc/v1/signatures/signHash",
            "/csc/v2/info",
        ] {
            let broken = format!("{{\"SAD\": \"{sent}");
            let call = http.post(path).bearer(&token);
            self.refused(call.bytes("application/json", broken));
        }
        let body = json!({"credentialID": sent, "SAD": {"is": sent}, "hash": [sent]});
        let call = http.post("/csc/v1/signatures/signHash").bearer(&token);
        self.refused(call.json(&body));
        self.refused(http.get("/api/v1/me").bearer(&sent));
        let header = format!("Digest {sent}");
        self.refused(http.get("/api/v1/me").header("Authorization", &header));
    }
}

fn basic_header(name: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{secret}")))
}

fn new_person(world: &World) -> String {
    let person = NewPerson {
        login: world.name("nguoi-moi"),
        name: "Người Mới".to_owned(),
        agency: world.province().agencies.department.clone(),
        position: "Chuyên viên".to_owned(),
        email: "moi@hue.example.vn".to_owned(),
        position_required: None,
    };
    let manager = &world.province().office.manager1;
    let made = manager.acting(|client| client.add_person(&person));
    made.unwrap().id
}

/// Its name and its secret.
fn system_with_secret(world: &World) -> (String, String) {
    let (office, name) = (&world.province().office, world.name("he-thong-cu"));
    let plain = NewClient {
        client_id: name.clone(),
        name: "Hệ thống cũ".into(),
        auth_method: ClientAuthMethod::ClientSecret,
        key: None,
        otp: None,
    };
    let register = |client: &Client| client.register_system(&plain);
    let Outcome::Done(made) = office.manager1.acting(register).unwrap() else {
        panic!("a system without a key waits for nobody");
    };
    let key = NewClientKey {
        key: None,
        otp: None,
    };
    let propose = |client: &Client| client.add_system_key(&made.id, &key);
    let change = office.manager1.acting(propose).unwrap();
    office.approve(&change.id).unwrap();
    (name, change.client_secret.unwrap().expose().to_owned())
}
