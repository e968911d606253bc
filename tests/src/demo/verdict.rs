//! Whether what must be refused was.

use anyhow::bail;
use kyso_client::ClientError;

/// The refusal of what must be refused with this code. Anything else fails the scenario: being
/// accepted above all, but also a refusal for another reason, which would show nothing.
pub(super) fn refused<T>(code: &str, end: Result<T, ClientError>) -> anyhow::Result<ClientError> {
    match end {
        Err(error) if error.code() == Some(code) => Ok(error),
        Err(error) => bail!("it was refused, but not with {code}: {error}"),
        Ok(_) => bail!("the server accepted what it must refuse with {code}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: &str) -> Result<(), ClientError> {
        Err(ClientError::Refused {
            status: 403,
            code: code.to_owned(),
            message: "no".to_owned(),
            request_id: None,
            retry_after: None,
        })
    }

    #[test]
    fn the_expected_refusal_holds() {
        let error = refused("no_stamping_session", refusal("no_stamping_session")).unwrap();
        assert_eq!(error.status(), Some(403));
    }

    #[test]
    fn a_server_that_accepts_fails_the_scenario() {
        let error = refused("invalid_otp", Ok(())).unwrap_err();
        assert!(error.to_string().contains("accepted"), "{error}");
    }

    #[test]
    fn a_refusal_for_another_reason_fails_the_scenario() {
        assert!(refused("no_stamping_session", refusal("forbidden")).is_err());
        let away = Err::<(), _>(ClientError::Unreachable("gone".to_owned()));
        assert!(refused("no_stamping_session", away).is_err());
    }
}
