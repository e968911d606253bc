//! Fills the database, in the order in which a province would.

use kyso_api::management::RoleName;

use super::cast::{Cast, Looker};
use super::deciding::{self, Approver};
use super::stamping::Stamps;
use super::town::Town;
use super::{Fill, asking, file};
use crate::province::Province;
use crate::server::Server;

/// Fills it; who looks at it then.
pub(super) fn fill(server: &Server, province: &Province, fill: Fill) -> anyhow::Result<Cast> {
    let town = Town::build(province, fill)?;
    deciding::left_to_systems(server, province)?;
    let submitted = asking::ask(server, province, &town, fill.requests)?;
    let stamps = Stamps::new(server, province, &town)?;
    let approver = Approver::new(server, &province.leader, submitted);
    let (size, office) = (stamps.size()?, &province.office);
    let half = size + fill.entries.saturating_sub(size) / 2;
    let began = minute(0)?;
    approver.beside(|| stamps.until(half))?;
    let rare = office.person(
        "it-khi",
        "Tôn Nữ Hỷ Khương",
        "Chuyên viên",
        &province.agencies.commune,
        RoleName::Signer,
    )?;
    approver.beside(|| stamps.until(fill.entries))?;
    let first = |at: usize| town.quarters.get(at).map(|quarter| quarter.code.to_owned());
    let busy = town.quarters.first();
    Ok(Cast {
        port: server.site().public_port(),
        leader: Looker::of(&province.leader),
        clerk: Looker::of(&province.clerk),
        manager: Looker::of(&office.manager1),
        officer: Looker::of(&office.officer),
        operator: Looker::of(&town.operator),
        busy_system: busy
            .map(|quarter| quarter.system.client_id.clone())
            .unwrap_or_default(),
        agencies: [
            first(0).unwrap_or_default(),
            first(town.quarters.len().saturating_sub(1)).unwrap_or_default(),
        ],
        rare_person: rare.login.clone(),
        rare_credential: town.idle,
        busy_credential: busy.map(|quarter| quarter.seal.clone()).unwrap_or_default(),
        with_file: file::ask(server, province)?,
        minute: [began, minute(0)?],
    })
}

/// So many minutes from now, as a field for a time has it: at +07:00, without seconds.
fn minute(minutes: i64) -> anyhow::Result<String> {
    let format = time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]");
    let now = time::OffsetDateTime::now_utc() + time::Duration::minutes(minutes);
    Ok(now.to_offset(time::macros::offset!(+7)).format(format)?)
}
