//! Systems that call the server.

use std::path::Path;

use kyso_api::management::{NewCallback, NewClient, NewClientKey, NewGrant};
use kyso_client::{Client, Outcome};

use super::{act, proposed, read_text};
use crate::args::{CallbackCommand, ClientCommand, ClientKeyCommand, GrantArgs, GrantCommand};
use crate::catalogue::Message;
use crate::failure::Failure;
use crate::prompt::OtpSource;
use crate::screen::Screen;

pub(crate) fn run(screen: &Screen, client: &Client, command: ClientCommand) -> Result<(), Failure> {
    match command {
        ClientCommand::List => list(screen, client),
        ClientCommand::Add {
            client_id,
            name,
            auth_method,
            public_key_file,
            otp,
        } => {
            let key = key(public_key_file.as_deref())?;
            let plain = NewClient {
                client_id,
                name,
                auth_method,
                key,
                otp: None,
            };
            add(screen, client, &plain, &otp)
        }
        ClientCommand::Show { id } => show(screen, client, &id),
        ClientCommand::Key(command) => keys(screen, client, command),
        ClientCommand::Grant(GrantCommand::Add(args)) => grant(screen, client, args),
        ClientCommand::Grant(GrantCommand::Revoke { id, grant }) => {
            act(screen, &grant, |grant| client.withdraw_grant(&id, grant))
        }
        ClientCommand::Callback(CallbackCommand::Set { id, origin }) => {
            set_callback(screen, client, &id, origin)
        }
        ClientCommand::Callback(CallbackCommand::Remove { id }) => {
            act(screen, &id, |id| client.remove_callback(id))
        }
        ClientCommand::Disable { id } => act(screen, &id, |id| client.disable_system(id)),
    }
}

/// With its keys and grants, whose ids the other commands take.
fn show(screen: &Screen, client: &Client, id: &str) -> Result<(), Failure> {
    let systems = client.systems()?;
    let found = systems.iter().find(|system| system.id == id);
    let unknown = || Failure::Usage(Message::NothingToRead, vec![id.to_owned()]);
    screen.record(found.ok_or_else(unknown)?);
    Ok(())
}

fn keys(screen: &Screen, client: &Client, command: ClientKeyCommand) -> Result<(), Failure> {
    match command {
        ClientKeyCommand::Add {
            id,
            public_key_file,
            otp,
        } => {
            let key = key(public_key_file.as_deref())?;
            let add = |otp| {
                let key = key.clone();
                client.add_system_key(&id, &NewClientKey { key, otp })
            };
            proposed(screen, &otp.when_wanted(screen, add)?);
            Ok(())
        }
        ClientKeyCommand::Revoke { id, key } => {
            act(screen, &key, |key| client.withdraw_system_key(&id, key))
        }
    }
}

/// The secret is in this answer and in no other.
fn set_callback(screen: &Screen, client: &Client, id: &str, origin: String) -> Result<(), Failure> {
    let set = client.set_callback(id, &NewCallback { origin })?;
    let values = [set.origin.as_str(), set.secret.expose()];
    screen.result(&set, Message::CallbackSet, &values);
    Ok(())
}

fn grant(screen: &Screen, client: &Client, args: GrantArgs) -> Result<(), Failure> {
    let plain = NewGrant {
        agency: args.object.agency,
        credential: args.object.credential,
        explicit: args.explicit,
        raw_hash: args.raw_hash,
        otp: None,
    };
    let grant = |otp| {
        client.grant_system(
            &args.id,
            &NewGrant {
                otp,
                ..plain.clone()
            },
        )
    };
    proposed(screen, &args.otp.when_wanted(screen, grant)?);
    Ok(())
}

fn list(screen: &Screen, client: &Client) -> Result<(), Failure> {
    screen.table(
        &client.systems()?,
        &["id", "client_id", "name", "auth_method", "enabled"],
    );
    Ok(())
}

fn add(
    screen: &Screen,
    client: &Client,
    plain: &NewClient,
    otp: &OtpSource,
) -> Result<(), Failure> {
    let register = |otp| {
        client.register_system(&NewClient {
            otp,
            ..plain.clone()
        })
    };
    match otp.when_wanted(screen, register)? {
        Outcome::Pending(change) => proposed(screen, &change),
        Outcome::Done(made) => screen.result(&made, Message::Created, &[&made.id]),
    }
    Ok(())
}

/// A public key or certificate. A private one that was picked by mistake does not leave here.
fn key(file: Option<&Path>) -> Result<Option<String>, Failure> {
    let Some(file) = file else { return Ok(None) };
    let text = read_text(file)?;
    if text.contains("PRIVATE KEY") || text.contains("\"d\"") {
        return Err(Failure::Usage(
            Message::PrivateKey,
            vec![file.display().to_string()],
        ));
    }
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_key_stays_here() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("key");
        for private in [
            "-----BEGIN PRIVATE KEY-----\n",
            "{\"kty\":\"EC\",\"d\":\"x\"}",
        ] {
            std::fs::write(&file, private).unwrap();
            assert_eq!(key(Some(&file)).unwrap_err().code(), 2);
        }
        std::fs::write(&file, "-----BEGIN PUBLIC KEY-----\n").unwrap();
        assert!(key(Some(&file)).unwrap().is_some());
    }
}
