//! Agencies, people, systems and keys: enough for lists to be long, with names that sort as Vietnamese does.

use anyhow::Context as _;
use kyso_api::management::{NewStampingSession, RoleName};
use kyso_client::{Client, Secret};

use super::Fill;
use crate::bench::plan::in_eight_hours;
use crate::province::Granted;
use crate::province::{Account, Holder, PERSON_MULTISIGN, Plan, Province, SEAL_MULTISIGN, System};

/// Agencies beside those of the province, each with a clerk, a seal and a system: name, code before 2025, code of
/// today.
const QUARTERS: [(&str, &str, &str); 5] = [
    ("Sở Tài chính", "000.00.04.H27", "H27.4"),
    ("Sở Đất đai và Môi trường", "000.00.05.H27", "H27.5"),
    ("Sở Giáo dục và Đào tạo", "000.00.06.H27", "H27.6"),
    ("Sở Y tế", "000.00.07.H27", "H27.7"),
    ("Ban Dân tộc", "000.00.08.H27", "H27.8"),
];
/// People who are asked, beside the leader.
const SIGNERS: usize = 12;
/// Rows of one import.
const ROWS: u64 = 1000;

/// An agency that stamps.
#[derive(Debug)]
pub(super) struct Quarter {
    pub(super) id: String,
    pub(super) code: &'static str,
    pub(super) seal: String,
    pub(super) system: System,
    pub(super) clerk: Account,
}

/// Somebody whom a system asks.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) account: Account,
    /// P-256.
    pub(super) credential: String,
    /// Which of the quarters is theirs.
    pub(super) quarter: usize,
}

/// All of it.
#[derive(Debug)]
pub(super) struct Town {
    pub(super) quarters: Vec<Quarter>,
    pub(super) signers: Vec<Asked>,
    pub(super) operator: Account,
    /// A credential that nobody ever uses.
    pub(super) idle: String,
}

impl Town {
    pub(super) fn build(province: &Province, fill: Fill) -> anyhow::Result<Self> {
        let quarters = QUARTERS.iter().enumerate();
        let quarters: Vec<Quarter> = quarters
            .map(|(number, names)| quarter(province, number, *names))
            .collect::<anyhow::Result<_>>()?;
        let signers = (0..SIGNERS).map(|number| signer(province, &quarters, number));
        let signers = signers.collect::<anyhow::Result<_>>()?;
        populate(province, (fill.requests / 100).clamp(60, ROWS))?;
        let idle = keys(province, &quarters, (fill.requests / 400).clamp(5, 250))?;
        let (office, top) = (&province.office, &province.agencies.province);
        Ok(Self {
            operator: office.person(
                "van-hanh",
                "Võ Hữu Phước",
                "Kỹ sư",
                top,
                RoleName::Operator,
            )?,
            quarters,
            signers,
            idle,
        })
    }
}

fn quarter(
    province: &Province,
    number: usize,
    (name, legacy, modern): (&'static str, &str, &'static str),
) -> anyhow::Result<Quarter> {
    let office = &province.office;
    let id = office.agency(Plan {
        name,
        parent: Some(&province.agencies.province),
        level: "department",
        legacy,
        modern,
    })?;
    let seal = office.credential(Holder::Agency(&id, name), "p-256", SEAL_MULTISIGN)?;
    let system = office.system(&format!("he-thong-{number}"), Granted::Agency(&id))?;
    let login = format!("van-thu-{number}");
    let clerk = office.person(&login, "Hồ Thị Én", "Văn thư", &id, RoleName::RecordsClerk)?;
    let opened = Quarter {
        code: modern,
        id,
        seal,
        system,
        clerk,
    };
    opened.open_session()?;
    Ok(opened)
}

impl Quarter {
    fn open_session(&self) -> anyhow::Result<()> {
        let clerk = self.clerk.log_in(Some(self.clerk.authenticator.code()?))?;
        clerk.open_stamping_session(&NewStampingSession {
            client: self.system.id.clone(),
            credential: self.seal.clone(),
            limit: 100_000_000,
            until: in_eight_hours()?,
            purposes: vec!["PHAT_HANH".to_owned()],
            otp: Secret::new(self.clerk.authenticator.code()?),
        })?;
        Ok(())
    }
}

fn signer(province: &Province, quarters: &[Quarter], number: usize) -> anyhow::Result<Asked> {
    let quarter = number % quarters.len();
    let agency = &quarters.get(quarter).context("no agency")?.id;
    let (office, name) = (&province.office, name_of(number));
    let login = format!("nguoi-duyet-{number}");
    let account = office.person(&login, &name, "Giám đốc", agency, RoleName::Signer)?;
    let holder = Holder::Person(&account, agency, &name);
    Ok(Asked {
        credential: office.credential(holder, "p-256", PERSON_MULTISIGN)?,
        account,
        quarter,
    })
}

/// People who only stand in lists.
fn populate(province: &Province, people: u64) -> anyhow::Result<()> {
    let people = (0..usize::try_from(people)?).map(|number| {
        let name = name_of(number);
        let (_, _, code) = QUARTERS
            .get(number % QUARTERS.len())
            .unwrap_or(&QUARTERS[0]);
        let required = u8::from(number.is_multiple_of(2));
        format!("cb-{number},{name},{code},Chuyên viên,cb-{number}@hue.example.vn,{required}\n")
    });
    let heading = "login,name,agency,position,email,position_required\n".to_owned();
    let csv: String = std::iter::once(heading).chain(people).collect();
    let import = |manager: &Client| manager.import_persons(csv.clone().into_bytes(), false);
    let reply = province.office.manager1.acting(import)?;
    anyhow::ensure!(reply.errors.is_empty(), "{:?}", reply.errors);
    Ok(())
}

/// Keys of agencies that are certified and nothing more; the last of them.
fn keys(province: &Province, quarters: &[Quarter], keys: u64) -> anyhow::Result<String> {
    let mut last = String::new();
    for number in 0..usize::try_from(keys)? {
        let quarter = quarters.get(number % quarters.len()).context("no agency")?;
        let holder = Holder::Agency(&quarter.id, "Con dấu dự phòng");
        last = province.office.certified(holder, "p-256", SEAL_MULTISIGN)?;
    }
    Ok(last)
}

fn name_of(number: usize) -> String {
    const FAMILY: [&str; 7] = ["Nguyễn", "Trần", "Lê", "Phạm", "Đặng", "Ưng", "Ông"];
    const MIDDLE: [&str; 5] = ["Văn", "Thị", "Đức", "Minh", "Ngọc"];
    const GIVEN: [&str; 11] = [
        "Ánh", "Ân", "Bảo", "Đạt", "Dũng", "Hà", "Hạnh", "Lộc", "Quý", "Thắng", "Yến",
    ];
    let one = |of: &[&'static str]| of.get(number % of.len()).copied().unwrap_or_default();
    format!("{} {} {}", one(&FAMILY), one(&MIDDLE), one(&GIVEN))
}
