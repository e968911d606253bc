//! A request that is read says the same when it is written and read again, under both versions.

#![no_main]

use kyso_api::csc::{
    AuthorizeRequest, CredentialsInfoRequest, CredentialsListRequest, InfoRequest, LoginRequest,
    RevokeRequest, SignHashRequest, Version,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    for version in [Version::V1, Version::V2] {
        let _ = InfoRequest::parse(body, version);
        let _ = LoginRequest::parse(body, version);
        let _ = RevokeRequest::parse(body, version);
        let _ = CredentialsListRequest::parse(body, version);
        let _ = CredentialsInfoRequest::parse(body, version);
        if let Ok(request) = AuthorizeRequest::parse(body, version) {
            let written = request.to_json(version);
            let again = AuthorizeRequest::parse(written.to_string().as_bytes(), version);
            assert_eq!(again.map(|again| again.to_json(version)), Ok(written));
        }
        if let Ok(request) = SignHashRequest::parse(body, version) {
            let written = request.to_json(version);
            let again = SignHashRequest::parse(written.to_string().as_bytes(), version);
            assert_eq!(again.map(|again| again.to_json(version)), Ok(written));
        }
    }
});
