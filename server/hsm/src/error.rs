//! What can go wrong with a token, and what each return value means for its sessions.

use cryptoki::context::Function;
use cryptoki::error::{Error, RvError};

/// What went wrong with a token. No variant holds a PIN, a key or a sealed value.
#[derive(Debug, thiserror::Error)]
pub enum HsmError {
    /// The module cannot be loaded or initialised.
    #[error("the PKCS#11 module {path} cannot be used: {reason}")]
    Module {
        /// Its path.
        path: String,
        /// What the loader or `C_Initialize` said.
        reason: String,
    },
    /// No token of the module has this label or serial number.
    #[error("the PKCS#11 module has no token {0}")]
    NoToken(String),
    /// More than one token has this label or serial number, so it names none.
    #[error("the PKCS#11 module has more than one token {0}")]
    AmbiguousToken(String),
    /// The token does not accept the PIN. It is not tried again: each try burns one of few.
    #[error("the token refuses the PIN ({0}); it will not be tried again")]
    Pin(&'static str),
    /// The token is away or its answer did not come in time; later it may be there.
    #[error("the token is away")]
    Away,
    /// A call into the module does not return, so the module cannot be initialised anew.
    #[error("a call hangs in the PKCS#11 module")]
    Hanging,
    /// Too many values wait to be sealed or opened; nothing was asked.
    #[error("too many calls wait for the token")]
    Full,
    /// The call ran past its limit; the token may or may not have done it.
    #[error("the token did not answer in time")]
    TimedOut,
    /// The profile or the key does not allow this.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The token has no private key with this `CKA_ID`, or has several.
    #[error("the token has no single key with this id")]
    NoKey,
    /// The token has no key to seal with.
    #[error("the token has no sealing key; make one with `kysod hsm init`")]
    NoSealingKey,
    /// A new key is not what was asked for, so it was destroyed.
    #[error("the token made a key that is not as asked for: {0}")]
    BadKey(String),
    /// A sealed value was changed, belongs elsewhere, or was sealed under another key.
    #[error("the sealed value is not valid here")]
    Unsealable,
    /// The signature did not verify, so it did not leave the process.
    #[error("the token's signature does not verify")]
    Withheld,
    /// The subject, request or certificate cannot be encoded.
    #[error("cannot encode the {0}")]
    Encoding(&'static str),
    /// The token to initialise exists already: initialising it again would destroy its keys.
    #[error("a token {0} exists already; initialising it would destroy its keys")]
    Exists(String),
    /// The token has this key of the server's own already; a second one would be ambiguous.
    #[error("the token has the key {0} already")]
    KeyExists(&'static str),
    /// The token answered with an error that is about this call only.
    #[error("PKCS#11 {function}: {code}")]
    Call {
        /// The function, as in `C_Sign`.
        function: String,
        /// The return value, as in `CKR_DATA_LEN_RANGE`.
        code: String,
    },
    /// The system's random number generator failed.
    #[error("no random numbers")]
    Random,
}

/// Why a token is not even asked to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The profile does not list this kind of key.
    #[error("the HSM profile does not allow this kind of key")]
    Algorithm,
    /// The profile does not list this scheme.
    #[error("the HSM profile does not allow this signature scheme")]
    Scheme,
    /// The key is of another kind than the scheme wants.
    #[error("this key cannot sign in this scheme")]
    WrongKey,
    /// The PSS salt is longer than the modulus allows; a token would answer a bare general error.
    #[error("a salt of {asked} bytes does not fit; the longest is {longest}")]
    SaltTooLong {
        /// Bytes asked for.
        asked: u16,
        /// Bytes that fit.
        longest: usize,
    },
    /// A digest is of another hash than the scheme's.
    #[error("a digest is of another hash than the scheme's")]
    WrongHash,
}

/// What an error means for the session it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The session or the token is gone.
    Away,
    /// It may be gone, or only this call was wrong: a probe tells.
    Doubtful,
    /// Only this call was wrong.
    Call,
    /// The PIN.
    Pin(&'static str),
}

pub(crate) fn fault(error: &Error) -> Fault {
    match error {
        Error::Pkcs11(code, _) => code_fault(*code),
        _ => Fault::Call,
    }
}

fn code_fault(code: RvError) -> Fault {
    if let Some(reason) = pin_fault(code) {
        return Fault::Pin(reason);
    }
    match code {
        RvError::DeviceError
        | RvError::DeviceMemory
        | RvError::DeviceRemoved
        | RvError::HostMemory
        | RvError::TokenNotPresent
        | RvError::TokenNotRecognized
        | RvError::SlotIdInvalid
        | RvError::CryptokiNotInitialized
        | RvError::SessionHandleInvalid
        | RvError::SessionClosed
        // A session stuck in an operation answers this to every job; only a new one helps.
        | RvError::OperationActive
        | RvError::UserNotLoggedIn => Fault::Away,
        RvError::GeneralError | RvError::FunctionFailed | RvError::VendorDefined(_) => {
            Fault::Doubtful
        }
        _ => Fault::Call,
    }
}

fn pin_fault(code: RvError) -> Option<&'static str> {
    match code {
        RvError::PinIncorrect => Some("CKR_PIN_INCORRECT"),
        RvError::PinInvalid => Some("CKR_PIN_INVALID"),
        RvError::PinLenRange => Some("CKR_PIN_LEN_RANGE"),
        RvError::PinExpired => Some("CKR_PIN_EXPIRED"),
        RvError::PinLocked => Some("CKR_PIN_LOCKED"),
        RvError::UserPinNotInitialized => Some("CKR_USER_PIN_NOT_INITIALIZED"),
        RvError::UserAnotherAlreadyLoggedIn => Some("CKR_USER_ANOTHER_ALREADY_LOGGED_IN"),
        _ => None,
    }
}

/// Whether a failed signing call certainly made no signature: only `C_Sign` itself can.
pub(crate) fn never_asked(error: &Error) -> bool {
    match error {
        Error::Pkcs11(_, Function::Sign) => false,
        Error::Pkcs11(..) | Error::NullFunctionPointer => true,
        _ => false,
    }
}

/// Whether the token looked at the call and declined it: the key was not used (PKCS#11 v3.0
/// §5.1, §5.13). Only codes about arguments and keys say so; any other leaves it in doubt, and a
/// use that is given back wrongly would let a hash be signed twice.
pub(crate) fn declined(error: &Error) -> bool {
    matches!(
        error,
        Error::Pkcs11(
            RvError::ArgumentsBad
                | RvError::DataInvalid
                | RvError::DataLenRange
                | RvError::KeyFunctionNotPermitted
                | RvError::KeyHandleInvalid
                | RvError::KeySizeRange
                | RvError::KeyTypeInconsistent
                | RvError::MechanismInvalid
                | RvError::MechanismParamInvalid
                | RvError::OperationNotInitialized,
            _
        )
    )
}

impl From<Error> for HsmError {
    fn from(error: Error) -> Self {
        match fault(&error) {
            Fault::Away | Fault::Doubtful => Self::Away,
            Fault::Pin(reason) => Self::Pin(reason),
            Fault::Call => call(&error),
        }
    }
}

pub(crate) fn call(error: &Error) -> HsmError {
    match error {
        Error::Pkcs11(code, function) => HsmError::Call {
            function: format!("C_{function:?}"),
            code: format!("{code:?}"),
        },
        other => HsmError::Call {
            function: "binding".into(),
            code: other.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trap_a_pin_error_is_never_taken_for_a_token_that_is_away() {
        for code in [
            RvError::PinIncorrect,
            RvError::PinLocked,
            RvError::PinExpired,
        ] {
            assert!(matches!(code_fault(code), Fault::Pin(_)), "{code:?}");
        }
        assert_eq!(code_fault(RvError::DeviceRemoved), Fault::Away);
        assert_eq!(code_fault(RvError::DataLenRange), Fault::Call);
    }

    #[test]
    fn trap_a_general_error_is_a_doubt_and_not_the_end() {
        for code in [
            RvError::GeneralError,
            RvError::FunctionFailed,
            RvError::VendorDefined(0x8000_0001),
        ] {
            assert_eq!(code_fault(code), Fault::Doubtful, "{code:?}");
            // Nobody is told that the token is broken: it is away, and comes back.
            let error = HsmError::from(Error::Pkcs11(code, Function::FindObjects));
            assert!(matches!(error, HsmError::Away), "{error}");
        }
    }

    #[test]
    fn only_c_sign_itself_leaves_a_doubt() {
        let at = |function| Error::Pkcs11(RvError::DeviceError, function);
        assert!(never_asked(&at(Function::SignInit)));
        assert!(!never_asked(&at(Function::Sign)));
    }

    #[test]
    fn only_a_declined_call_leaves_the_key_unused_for_certain() {
        let sign = |code| Error::Pkcs11(code, Function::Sign);
        assert!(declined(&sign(RvError::DataLenRange)));
        for doubtful in [
            RvError::FunctionCanceled,
            RvError::BufferTooSmall,
            RvError::GeneralError,
            RvError::DeviceError,
        ] {
            assert!(!declined(&sign(doubtful)), "{doubtful:?}");
        }
        assert_eq!(code_fault(RvError::OperationActive), Fault::Away);
    }
}
