//! `info`: what the service is. `methods` names exactly what works.

use kyso_api::csc::{InfoV1, InfoV2, SignAlgorithms, SignatureFormats};

use super::algorithm;
use crate::config::Config;

/// The language of texts for people (RFC 5646); there is one so far.
pub const LANGUAGE: &str = "vi-VN";

/// Longest `name` and `description`, in characters.
const MAX_TEXT: usize = 255;

/// RSASSA-PSS-params with a salt as long as the hash: SHA-256, SHA-384, SHA-512.
const PSS_PARAMS: [&str; 3] = [
    "MDSgDzANBglghkgBZQMEAgEFAKEcMBoGCSqGSIb3DQEBCDANBglghkgBZQMEAgEFAKIDAgEg",
    "MDSgDzANBglghkgBZQMEAgIFAKEcMBoGCSqGSIb3DQEBCDANBglghkgBZQMEAgIFAKIDAgEw",
    "MDSgDzANBglghkgBZQMEAgMFAKEcMBoGCSqGSIb3DQEBCDANBglghkgBZQMEAgMFAKIDAgFA",
];

/// Methods that always work.
pub const METHODS: [&str; 7] = [
    "auth/revoke",
    "credentials/list",
    "credentials/info",
    "credentials/authorize",
    "signatures/signHash",
    "oauth2/token",
    "oauth2/revoke",
];

/// Methods that version 2 has besides.
pub const POLLED: [&str; 2] = ["credentials/authorizeCheck", "signatures/signPolling"];

/// Known methods that this server does not have; they answer 501.
pub const ABSENT: [&str; 7] = [
    "credentials/extendTransaction",
    "credentials/sendOTP",
    "credentials/getChallenge",
    "signatures/signDoc",
    "signatures/timestamp",
    "oauth2/authorize",
    "oauth2/pushed_authorize",
];

/// The same under version 1, where nothing is polled: a call waits.
pub const ABSENT_V1: [&str; 9] = [
    "credentials/extendTransaction",
    "credentials/sendOTP",
    "credentials/authorizeCheck",
    "credentials/getChallenge",
    "signatures/signPolling",
    "signatures/signDoc",
    "signatures/timestamp",
    "oauth2/authorize",
    "oauth2/pushed_authorize",
];

/// The body in version 1.
pub fn v1(config: &Config) -> InfoV1 {
    base(config, "1.0.4.0")
}

/// The body in version 2, with the members that 2.2.0.0 requires: a known client compares the number.
pub fn v2(config: &Config) -> InfoV2 {
    let mut base = base(config, "2.2.0.0");
    base.methods.extend(POLLED.map(str::to_owned));
    InfoV2 {
        base,
        oauth2_issuer: None,
        asynchronous_operation_mode: true,
        validation_info: false,
        supports_rar: false,
        supported_hash_types: vec!["DTBSR".to_owned()],
        sign_algorithms: SignAlgorithms {
            algos: owned(&algorithm::all_announced()),
            algo_params: Some(owned(&PSS_PARAMS)),
        },
        signature_formats: SignatureFormats {
            formats: owned(&["C", "P"]),
            envelope_properties: vec![owned(&["Detached"]), owned(&["Certification", "Revision"])],
        },
        conformance_levels: owned(&["Ades-B-B"]),
    }
}

fn base(config: &Config, specs: &str) -> InfoV1 {
    InfoV1 {
        specs: specs.to_owned(),
        name: short(&config.server.name),
        logo: logo(config),
        region: config.csc.region.clone(),
        lang: LANGUAGE.to_owned(),
        description: short(&config.csc.description),
        auth_type: auth_types(config),
        oauth2: Some(config.server.base_url.clone()),
        methods: methods(config),
    }
}

/// Where the picture is: the deployment's own, or the one that this server carries.
fn logo(config: &Config) -> String {
    if config.csc.logo.is_empty() {
        format!("{}/csc/logo.png", config.server.base_url)
    } else {
        config.csc.logo.clone()
    }
}

fn auth_types(config: &Config) -> Vec<String> {
    let basic = config.csc.auth_login.then_some("basic");
    ["TLS", "oauth2client"]
        .into_iter()
        .chain(basic)
        .map(str::to_owned)
        .collect()
}

fn methods(config: &Config) -> Vec<String> {
    let login = config.csc.auth_login.then_some("auth/login");
    login
        .into_iter()
        .chain(METHODS)
        .map(str::to_owned)
        .collect()
}

fn short(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config::parse(include_str!("../../../../../ops/kysod.production.toml")).unwrap()
    }

    #[test]
    fn log_in_is_announced_only_where_it_is_on() {
        let mut config = config();
        assert!(!v1(&config).methods.contains(&"auth/login".to_owned()));
        assert!(!v1(&config).auth_type.contains(&"basic".to_owned()));
        config.csc.auth_login = true;
        assert!(v1(&config).methods.contains(&"auth/login".to_owned()));
        assert!(v1(&config).auth_type.contains(&"basic".to_owned()));
    }

    #[test]
    fn nothing_absent_is_announced() {
        let (one, two) = (v1(&config()), v2(&config()).base);
        let announces = |methods: &[String], lacks: &[&str]| {
            lacks
                .iter()
                .any(|method| methods.contains(&(*method).to_owned()))
        };
        assert!(!announces(&one.methods, &ABSENT_V1));
        assert!(!announces(&two.methods, &ABSENT));
        assert!(announces(&two.methods, &ABSENT_V1));
    }

    #[test]
    fn version_2_has_what_2_2_requires() {
        let body = serde_json::to_value(v2(&config())).unwrap();
        assert_eq!(body["specs"], "2.2.0.0");
        for name in [
            "supportedHashTypes",
            "signAlgorithms",
            "signature_formats",
            "conformance_levels",
            "logo",
            "oauth2",
        ] {
            assert!(!body[name].is_null(), "{name}");
        }
        assert_eq!(
            body["signature_formats"]["formats"]
                .as_array()
                .map(Vec::len),
            body["signature_formats"]["envelope_properties"]
                .as_array()
                .map(Vec::len)
        );
    }
}
