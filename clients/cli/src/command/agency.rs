//! Agencies, and how far the roll-out has come.

use kyso_api::management::{
    AgencyCode, AgencyCodeFormat, EndRequest, MoveAgency, NewAgency, RenameAgency,
};
use kyso_client::Client;

use super::{act, import, proposed};
use crate::args::{AgencyCommand, CoverageArgs, NewAgencyArgs};
use crate::catalogue::Message;
use crate::failure::Failure;
use crate::screen::Screen;

pub(crate) fn run(screen: &Screen, client: &Client, command: AgencyCommand) -> Result<(), Failure> {
    match command {
        AgencyCommand::List => {
            screen.table(
                &client.agencies()?,
                &["id", "name", "kind", "level", "parent"],
            );
            Ok(())
        }
        AgencyCommand::Add(args) => add(screen, client, args),
        AgencyCommand::Code { id, format, code } => act(screen, &id, |id| {
            client.add_agency_code(id, &AgencyCode { format, code })
        }),
        AgencyCommand::EndCode { id, format, code } => act(screen, &id, |id| {
            client.end_agency_code(id, &AgencyCode { format, code })
        }),
        AgencyCommand::Move {
            id,
            parent,
            at,
            otp,
        } => {
            let change = otp.when_wanted(screen, |otp| {
                let (parent, at) = (parent.clone(), at.clone());
                client.move_agency(&id, &MoveAgency { parent, at, otp })
            })?;
            proposed(screen, &change);
            Ok(())
        }
        AgencyCommand::Rename { id, name, at } => act(screen, &id, |id| {
            client.rename_agency(id, &RenameAgency { name, at })
        }),
        AgencyCommand::End { id, at } => {
            act(screen, &id, |id| client.end_agency(id, &EndRequest { at }))
        }
        AgencyCommand::Import(args) => import(screen, &args, |csv| {
            client.import_agencies(csv, args.dry_run)
        }),
    }
}

fn add(screen: &Screen, client: &Client, args: NewAgencyArgs) -> Result<(), Failure> {
    let modern = args
        .modern_code
        .into_iter()
        .map(|code| (AgencyCodeFormat::Modern, code));
    let legacy = args
        .legacy_code
        .into_iter()
        .map(|code| (AgencyCodeFormat::Legacy, code));
    let codes = modern
        .chain(legacy)
        .map(|(format, code)| AgencyCode { format, code })
        .collect();
    let created = client.add_agency(&NewAgency {
        name: args.name,
        parent: args.parent,
        kind: args.kind,
        level: args.level,
        codes,
        valid_from: args.valid_from,
    })?;
    screen.result(&created, Message::Created, &[&created.id]);
    Ok(())
}

pub(crate) fn coverage(
    screen: &Screen,
    client: &Client,
    args: &CoverageArgs,
) -> Result<(), Failure> {
    let report = client.coverage()?;
    if args.by_level {
        let columns = ["level", "required", "certified", "used"];
        screen.table(&report.levels, &columns);
    } else {
        let columns = ["name", "level", "required", "certified", "used"];
        screen.table(&report.rows, &columns);
    }
    Ok(())
}
