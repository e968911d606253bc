//! Credentials: key, certificate, hand-over, lock.

use kyso_api::management::{NewCredential, Subject};
use kyso_client::Client;

use super::{act, proposed, read_text};
use crate::args::{CredentialCommand, NewCredentialArgs};
use crate::catalogue::Message;
use crate::failure::Failure;
use crate::screen::Screen;

pub(crate) fn list(screen: &Screen, client: &Client) -> Result<(), Failure> {
    screen.table(
        &client.credentials()?,
        &["id", "kind", "algorithm", "state", "subject", "valid_to"],
    );
    Ok(())
}

pub(crate) fn run(
    screen: &Screen,
    client: &Client,
    command: CredentialCommand,
) -> Result<(), Failure> {
    match command {
        CredentialCommand::List => list(screen, client)?,
        CredentialCommand::Show { id } => screen.record(&client.credential(&id)?),
        CredentialCommand::Add(args) => add(screen, client, *args)?,
        CredentialCommand::Certificate { id, chain_file } => {
            let chain = read_text(&chain_file)?;
            act(screen, &id, |id| client.import_certificate(id, &chain))?;
        }
        CredentialCommand::Issue { id } => act(screen, &id, |id| client.issue_certificate(id))?,
        CredentialCommand::HandOver { id, basis } => {
            act(screen, &id, |id| client.hand_over(id, &basis))?;
        }
        CredentialCommand::Activate { id, otp } => {
            proposed(
                screen,
                &otp.when_wanted(screen, |otp| client.activate_credential(&id, otp))?,
            );
        }
        CredentialCommand::Lock { id, reason } => {
            act(screen, &id, |id| client.lock_credential(id, &reason))?;
        }
        CredentialCommand::Unlock { id, otp } => {
            proposed(
                screen,
                &otp.when_wanted(screen, |otp| client.unlock_credential(&id, otp))?,
            );
        }
        CredentialCommand::Revoke { id, reason } => {
            act(screen, &id, |id| client.revoke_credential(id, &reason))?;
        }
    }
    Ok(())
}

fn add(screen: &Screen, client: &Client, args: NewCredentialArgs) -> Result<(), Failure> {
    let reply = client.add_credential(&NewCredential {
        kind: args.kind,
        owner_person: args.owner_person,
        owner_agency: args.owner_agency,
        algorithm: args.algorithm,
        multisign: args.multisign,
        sad_seconds: args.sad_seconds,
        by_digest: args.by_digest,
        subject: Subject {
            common_name: args.common_name,
            user_id: args.user_id,
            title: args.title,
            organizational_units: args.organizational_unit,
            organization: args.organization,
            locality: args.locality,
            state: args.state,
            country: None,
            email: args.email,
        },
    })?;
    screen.result(
        &reply,
        Message::CredentialMade,
        &[&reply.id, &reply.csr_pem],
    );
    Ok(())
}
