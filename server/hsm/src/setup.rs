//! Making a token: what `kysod hsm init` does once, with two PINs and nobody logged in.

use cryptoki::context::Pkcs11;
use cryptoki::session::UserType;
use cryptoki::slot::Slot;
use kyso_hsm_config::{Profile, TokenName};
use secrecy::SecretString;

use crate::error::HsmError;
use crate::module::{self, Module};

/// Initialises the profile's token in the first slot with a blank one, and sets both PINs.
///
/// The security officer's PIN (`so_pin`) is only ever needed to reset the user's; keep it apart.
///
/// # Errors
/// [`HsmError::Exists`] if there is such a token: this never destroys keys. If the profile names
/// the token by a serial number, it has none yet. If no slot has a blank token.
pub fn init_token(
    profile: &Profile,
    so_pin: &SecretString,
    user_pin: &SecretString,
) -> Result<(), HsmError> {
    let TokenName::Label(label) = &profile.token else {
        return Err(HsmError::NoToken(format!("{:?}", profile.token)));
    };
    let lease = Module::load(&profile.module)?.lease()?;
    let pkcs11 = lease.pkcs11();
    if module::tokens(pkcs11)?
        .iter()
        .any(|token| token.label == *label)
    {
        return Err(HsmError::Exists(label.clone()));
    }
    pkcs11.init_token(blank_slot(pkcs11)?, so_pin, label)?;
    // Some modules move a token to a new slot when it is initialised, so it is looked up again.
    let found = module::find_token(pkcs11, &profile.token)?;
    set_user_pin(pkcs11, found.slot, so_pin, user_pin)
}

fn blank_slot(pkcs11: &Pkcs11) -> Result<Slot, HsmError> {
    for slot in pkcs11.get_slots_with_token()? {
        if !pkcs11.get_token_info(slot)?.token_initialized() {
            return Ok(slot);
        }
    }
    Err(HsmError::NoToken("that is blank".into()))
}

fn set_user_pin(
    pkcs11: &Pkcs11,
    slot: Slot,
    so_pin: &SecretString,
    user_pin: &SecretString,
) -> Result<(), HsmError> {
    let session = pkcs11.open_rw_session(slot)?;
    session.login(UserType::So, Some(so_pin))?;
    session.init_pin(user_pin)?;
    Ok(session.logout()?)
}
