//! Stamping sessions.

use kyso_api::management::NewStampingSession;
use kyso_client::Client;

use super::act;
use crate::args::SessionCommand;
use crate::catalogue::Message;
use crate::failure::Failure;
use crate::screen::Screen;

pub(crate) fn run(
    screen: &Screen,
    client: &Client,
    command: SessionCommand,
) -> Result<(), Failure> {
    match command {
        SessionCommand::List => {
            let columns = [
                "id",
                "client",
                "credential",
                "used",
                "remaining",
                "until",
                "state",
                "purposes",
            ];
            screen.table(&client.stamping_sessions()?, &columns);
            Ok(())
        }
        SessionCommand::Open {
            client: system,
            credential,
            signatures,
            until,
            purposes,
            otp,
        } => {
            let session = client.open_stamping_session(&NewStampingSession {
                client: system,
                credential,
                limit: signatures,
                until,
                purposes,
                otp: otp.read(screen)?,
            })?;
            let left = session.remaining.to_string();
            screen.result(
                &session,
                Message::SessionOpened,
                &[&session.id, &left, &session.until],
            );
            Ok(())
        }
        SessionCommand::Close { id } => act(screen, &id, |id| client.close_stamping_session(id)),
    }
}
