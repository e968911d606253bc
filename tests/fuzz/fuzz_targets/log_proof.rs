//! A proof of logging or a receipt that parses has exactly the bytes it was parsed from.

#![no_main]

use kyso_evidence::proof::LogProof;
use kyso_evidence::receipt::Receipt;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(proof) = LogProof::parse(bytes) {
        assert_eq!(proof.to_string().as_bytes(), bytes);
        let extra = proof.extra().to_vec();
        match Receipt::parse(bytes) {
            Ok(receipt) => assert_eq!(receipt.unverified().to_bytes(), Ok(extra)),
            Err(_) => assert!(Receipt::new(&extra, proof).is_err()),
        }
    }
});
