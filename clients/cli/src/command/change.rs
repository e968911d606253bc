//! Proposals that wait for a second person.

use kyso_client::Client;

use super::{act, picture};
use crate::args::ChangeCommand;
use crate::catalogue::Message;
use crate::failure::Failure;
use crate::screen::Screen;

pub(crate) fn run(screen: &Screen, client: &Client, command: ChangeCommand) -> Result<(), Failure> {
    match command {
        ChangeCommand::List { change_state } => {
            let columns = [
                "id",
                "kind",
                "summary",
                "proposed_by",
                "expires_at",
                "state",
            ];
            screen.table(&client.changes(change_state)?, &columns);
            Ok(())
        }
        ChangeCommand::Approve { id, otp } => {
            let reply = otp.when_wanted(screen, |otp| client.approve(&id, otp))?;
            if let Some(half) = &reply.enrolment_half {
                screen.note(Message::EnrolmentHalf, &[half.expose()]);
            }
            screen.result(&reply, Message::Approved, &[&id]);
            Ok(())
        }
        ChangeCommand::Picture { id, output } => {
            picture::write(screen, &client.proposed_picture(&id)?, &output)
        }
        ChangeCommand::Reject { id, reason } => act(screen, &id, |id| client.reject(id, &reason)),
    }
}
