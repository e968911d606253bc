//! People, their roles and for whom they may sign.

use kyso_api::management::{EndRequest, NewAuthority, NewPerson, NewRole};
use kyso_client::{Client, Outcome};

use super::{act, done, import, proposed};
use crate::args::{AuthorityCommand, PersonCommand, RoleCommand};
use crate::catalogue::Message;
use crate::failure::Failure;
use crate::screen::Screen;

pub(crate) fn run(screen: &Screen, client: &Client, command: PersonCommand) -> Result<(), Failure> {
    match command {
        PersonCommand::List => {
            let columns = ["id", "login", "name", "position", "agency", "enrolled"];
            screen.table(&client.persons()?, &columns);
        }
        PersonCommand::Add {
            login,
            name,
            agency,
            position,
            email,
            position_required,
        } => {
            let position_required = Some(position_required);
            let person = NewPerson {
                login,
                name,
                agency,
                position,
                email,
                position_required,
            };
            let created = client.add_person(&person)?;
            screen.result(&created, Message::Created, &[&created.id]);
        }
        PersonCommand::EnrolmentCode { id } => {
            enrolment_code(screen, client, &id)?;
        }
        PersonCommand::ResetFactors { id, otp } => {
            let change = otp.when_wanted(screen, |otp| client.reset_factors(&id, otp))?;
            proposed(screen, &change);
        }
        PersonCommand::Erase { id, reason, otp } => {
            let change =
                otp.when_wanted(screen, |otp| client.erase_person(&id, reason.clone(), otp))?;
            proposed(screen, &change);
        }
        PersonCommand::End { id, at } => {
            act(screen, &id, |id| client.end_person(id, &EndRequest { at }))?;
        }
        PersonCommand::Import(args) => {
            import(screen, &args, |csv| {
                client.import_persons(csv, args.dry_run)
            })?;
        }
    }
    Ok(())
}

/// A code for somebody without power; half of one, behind a proposal, for everybody else.
fn enrolment_code(screen: &Screen, client: &Client, id: &str) -> Result<(), Failure> {
    match client.enrolment_code(id)? {
        Outcome::Pending(change) => proposed(screen, &change),
        Outcome::Done(code) => {
            let values = [code.code.expose(), code.expires_at.as_str()];
            screen.result(&code, Message::EnrolmentCode, &values);
        }
    }
    Ok(())
}

pub(crate) fn role(screen: &Screen, client: &Client, command: RoleCommand) -> Result<(), Failure> {
    match command {
        RoleCommand::List => {
            screen.table(&client.roles()?, &["id", "person", "role", "agency"]);
            Ok(())
        }
        RoleCommand::Grant {
            person,
            role,
            agency,
            otp,
        } => {
            let change = otp.when_wanted(screen, |otp| {
                let (person, agency) = (person.clone(), agency.clone());
                client.grant_role(&NewRole {
                    person,
                    role,
                    agency,
                    otp,
                })
            })?;
            proposed(screen, &change);
            Ok(())
        }
        RoleCommand::Withdraw { id, otp } => {
            match otp.when_wanted(screen, |otp| client.withdraw_role(&id, otp))? {
                Outcome::Pending(change) => proposed(screen, &change),
                Outcome::Done(()) => done(screen, &id),
            }
            Ok(())
        }
    }
}

pub(crate) fn authority(
    screen: &Screen,
    client: &Client,
    command: AuthorityCommand,
) -> Result<(), Failure> {
    match command {
        AuthorityCommand::List => {
            let columns = ["id", "person", "agency", "kind", "basis", "from", "to"];
            screen.table(&client.authorities()?, &columns);
            Ok(())
        }
        AuthorityCommand::Grant {
            person,
            agency,
            kind,
            basis,
            from,
            to,
            otp,
        } => {
            let plain = NewAuthority {
                person,
                agency,
                kind,
                basis,
                from,
                to,
                otp: None,
            };
            let change = otp.when_wanted(screen, |otp| {
                client.grant_authority(&NewAuthority {
                    otp,
                    ..plain.clone()
                })
            })?;
            proposed(screen, &change);
            Ok(())
        }
        AuthorityCommand::End { id, at } => act(screen, &id, |id| {
            client.end_authority(id, &EndRequest { at })
        }),
    }
}
