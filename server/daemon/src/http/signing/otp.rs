//! A one-time password in the same call: a SAD for exactly these attributes, whose value nobody knows.

use kyso_api::Secret;
use kyso_core::SignError;
use kyso_core::change::TotpUse;
use kyso_core::id::{PersonId, SadId};
use kyso_core::journal::Journal as _;
use kyso_core::model::{Credential, Owner, Sad, SadBinding};
use kyso_core::request::{Activation, SignRequest, documents_hash};
use kyso_core::sign::Signature;

use super::{Failure, explain};
use crate::auth::factors::OtpError;
use crate::http::approving::unspoken;
use crate::http::desk::Desk;
use crate::http::error::Problem;
use crate::http::refused::Mistake;

/// Signs by the owner's one-time password.
pub(super) async fn sign(
    desk: &Desk,
    mut request: SignRequest,
    credential: &Credential,
    code: Secret,
) -> Result<Signature, Failure> {
    let Owner::Person(owner) = credential.owner else {
        return Err(Problem::field("otp").into());
    };
    let sad = sad(desk, &request, credential, owner)?;
    request.activation = Activation::Sad(sad.hash);
    let count = request.digests.len();
    let asked = Asked {
        request,
        sad,
        owner,
        code,
    };
    // In a task of its own: a caller who goes away must not leave a used code and no signature.
    let work = |desk: Desk| async move { Ok(asked.answer(&desk).await) };
    let end = desk.clone().apart(work).await;
    match end.map_err(Failure::Answered)? {
        Err(End::Unproved(failure)) => Err(failure),
        Err(End::Unsigned(error)) => {
            Err(Failure::Answered(explain(desk, error, credential, count)))
        }
        Ok(signature) => Ok(signature),
    }
}

fn sad(
    desk: &Desk,
    request: &SignRequest,
    credential: &Credential,
    owner: PersonId,
) -> Result<Sad, Failure> {
    Ok(Sad {
        id: SadId::random(),
        hash: unspoken().map_err(Failure::Answered)?,
        client: desk.actor.client(),
        person: Some(owner),
        credential: credential.id,
        session: None,
        hash_algorithm: Some(request.scheme.hash()),
        binding: SadBinding::Hashes(request.digests.as_slice().into()),
        documents: documents_hash(&request.documents),
        expires_at: desk.now().after(credential.sad_lifetime),
        made_by: None,
    })
}

/// A call and what is to let it sign.
struct Asked {
    request: SignRequest,
    sad: Sad,
    owner: PersonId,
    code: Secret,
}

/// Why no signature came.
enum End {
    Unproved(Failure),
    Unsigned(SignError),
}

impl Asked {
    async fn answer(self, desk: &Desk) -> Result<Signature, End> {
        self.prove(desk).await.map_err(End::Unproved)?;
        let signature = desk.app().sign_persistently(&desk.actor, &self.request);
        signature.await.map_err(End::Unsigned)
    }

    /// Takes the one-time password for the SAD, unless the call came before: then the code is used, and
    /// what became of the call is the answer.
    async fn prove(&self, desk: &Desk) -> Result<(), Failure> {
        if self.came_before(desk).await? {
            return Ok(());
        }
        match self.give(desk).await {
            // The first call may have used the code up since it was looked for.
            Err(failure) if !self.came_before(desk).await? => Err(failure),
            _ => Ok(()),
        }
    }

    async fn came_before(&self, desk: &Desk) -> Result<bool, Failure> {
        let Some(key) = &self.request.idempotency else {
            return Ok(false);
        };
        let before = desk.app().journal().recall(&desk.actor, key).await;
        let before = before.map_err(|error| Failure::Answered(error.into()))?;
        Ok(before.is_some())
    }

    /// Policy first, with the factor taken as given: whoever may not sign must not learn whether a code
    /// is right, and a code is not used up by what is refused anyway.
    async fn give(&self, desk: &Desk) -> Result<(), Failure> {
        self.ask_policy(desk)?;
        let totp = desk.check_otp(self.owner, &self.code).await;
        let totp = Some(totp.map_err(not_proved)?);
        let (actor, documents) = (desk.actor.clone(), &self.request.documents);
        let given = desk
            .app()
            .authorize_sad(actor, self.sad.clone(), documents, totp);
        given
            .await
            .map(drop)
            .map_err(|error| Failure::Answered(error.into()))
    }

    fn ask_policy(&self, desk: &Desk) -> Result<(), Mistake> {
        let (policy, request) = (desk.policy(), self.request.clone());
        let documents = request.documents.clone();
        let signing = policy.authorize_signing(desk.actor.clone(), request);
        drop(signing.map_err(|refused| refused.refusal)?);
        let supposed = TotpUse {
            person: self.owner,
            step: 0,
        };
        let sad = self.sad.clone();
        let given = policy.authorize_sad(desk.actor.clone(), sad, &documents, Some(supposed));
        Ok(given.map(drop)?)
    }
}

fn not_proved(error: OtpError) -> Failure {
    match error.refusal() {
        Some(refusal) => Mistake(refusal, error.into()).into(),
        None => Failure::Answered(error.into()),
    }
}
