//! The command line. Help texts are in the catalogue, in both languages.

mod manage;
mod outgoing;
mod oversight;
mod proving;
mod signing;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use kyso_client::Language;

pub(crate) use manage::{
    AgencyCommand, AuthorityCommand, CallbackCommand, ChangeCommand, ClientCommand,
    ClientKeyCommand, CredentialCommand, GrantArgs, GrantCommand, ImportArgs, NewAgencyArgs,
    NewCredentialArgs, PersonCommand, PictureCommand, RoleCommand, SessionCommand,
};
pub(crate) use outgoing::{AppendixArgs, CopyArgs, NumberArgs, PersonLook, SealArgs, Sealing};
pub(crate) use oversight::{AuditFilter, KeyUseArgs, SpanArgs, ViewArgs};
pub(crate) use proving::{
    BundleArgs, DisputeArgs, ExportArgs, ExtractArgs, FetchArgs, KnownArgs, ReceiptArgs,
    ReceiptCommand, ServeArgs, UsesArgs, WitnessCommand,
};
pub(crate) use signing::{
    DocumentArgs, Hash, OnlineArgs, SignArgs, StampArgs, StampWish, SystemProof, TimeStampArgs,
    TrustArgs, VerifyArgs,
};

use crate::prompt::{OtpSource, PasswordSource};

#[derive(Debug, Parser)]
#[command(
    name = "kyso",
    version,
    propagate_version = false,
    disable_help_subcommand = true
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
pub(crate) struct Global {
    #[arg(long, global = true, default_value = "default")]
    pub(crate) profile: String,
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) server: Option<String>,
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) tls_ca: Option<PathBuf>,
    #[arg(long, global = true)]
    pub(crate) language: Option<LanguageName>,
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum LanguageName {
    Vi,
    En,
}

impl From<LanguageName> for Language {
    fn from(name: LanguageName) -> Self {
        match name {
            LanguageName::Vi => Self::Vietnamese,
            LanguageName::En => Self::English,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Login(LoginArgs),
    Logout,
    Whoami,
    Password(PasswordArgs),
    Enrol(EnrolArgs),
    Sign(Box<SignArgs>),
    Number(NumberArgs),
    Seal(SealArgs),
    Appendix(AppendixArgs),
    Copy(CopyArgs),
    Stamp(StampArgs),
    TimeStamp(TimeStampArgs),
    Verify(VerifyArgs),
    Signatures(UsesArgs),
    Dispute(DisputeArgs),
    Credentials,
    #[command(subcommand)]
    Credential(CredentialCommand),
    #[command(subcommand)]
    Agency(AgencyCommand),
    #[command(subcommand)]
    Person(PersonCommand),
    #[command(subcommand)]
    Role(RoleCommand),
    #[command(subcommand)]
    Client(ClientCommand),
    #[command(subcommand)]
    Authority(AuthorityCommand),
    #[command(subcommand)]
    Picture(PictureCommand),
    #[command(subcommand)]
    Change(ChangeCommand),
    #[command(subcommand)]
    Session(SessionCommand),
    #[command(subcommand)]
    Report(ReportCommand),
    #[command(subcommand)]
    Audit(AuditCommand),
    #[command(subcommand)]
    Receipt(ReceiptCommand),
    #[command(subcommand)]
    Witness(WitnessCommand),
}

#[derive(Debug, Args)]
pub(crate) struct LoginArgs {
    pub(crate) login: String,
    #[command(flatten)]
    pub(crate) password: PasswordSource,
    #[command(flatten)]
    pub(crate) otp: OtpSource,
}

#[derive(Debug, Args)]
pub(crate) struct PasswordArgs {
    #[arg(long, value_name = "FILE")]
    pub(crate) old_password_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) password: PasswordSource,
    #[command(flatten)]
    pub(crate) otp: OtpSource,
}

#[derive(Debug, Args)]
pub(crate) struct EnrolArgs {
    #[arg(long, value_name = "FILE")]
    pub(crate) code_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) password: PasswordSource,
    #[command(flatten)]
    pub(crate) otp: OtpSource,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReportCommand {
    Coverage(CoverageArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CoverageArgs {
    #[arg(long)]
    pub(crate) by_level: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    KeyUse(KeyUseArgs),
    List(AuditFilter),
    Export(ExportArgs),
    Views(SpanArgs),
    View(Box<ViewArgs>),
    Verify(BundleArgs),
    Extract(ExtractArgs),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split(' '))
    }

    /// Lines of the documentation.
    const LINES: &[&str] = &[
        "kyso login lanh-dao --server https://localhost:8443 --tls-ca ca.pem",
        "kyso --json --profile demo whoami",
        "kyso sign a.pdf b.docx --credential c --otp-file otp",
        "kyso sign a.pdf b.pdf --credential c --field Leader",
        "kyso sign a.pdf --credential c --detached --force",
        "kyso sign a.pdf --credential c --image hand.png --signer-name A --image-width 45",
        "kyso sign a.pdf --credential c --number-at 1,30,250,60,7 --date-at 1,110,250,70,7",
        "kyso number a.pdf --number 12 --symbol QĐ-UBND --date 2026-11-27",
        "kyso seal a.pdf --client-id dms --key-file k.pem --credential c --series CV --image dau.png",
        "kyso copy a.pdf --client-id dms --key-file k.pem --credential c --kind sao_y --source s --agency-name UBND",
        "kyso stamp a.pdf --client-id dms --key-file k.pem --credential c --number 12 \
         --symbol QĐ-UBND --type QĐ --purpose XAC_NHAN",
        "kyso verify a.pdf --ca ca.pem",
        "kyso verify a.pdf --detached --ca ca.pem",
        "kyso verify a.pdf other.p7s --ca ca.pem",
        "kyso verify a.p7m --trust trust --evaluation",
        "kyso verify a.pdf --trust trust --ca ca.pem --crl a.crl --ocsp a.der",
        "kyso verify a.pdf --trust trust --online",
        "kyso verify a.pdf --trust trust --online --revocation-host ocsp.ca.gov.vn \
         --revocation-host 10.1.2.3:8080 --revocation-address 10.1.2.3",
        "kyso person import people.csv --dry-run",
        "kyso change approve 1 --otp-stdin",
        "kyso change picture 1 --output a.png",
        "kyso agency end-code 1 --format modern --code H27.1",
        "kyso agency move 1 --parent 2 --at 2027-01-01T00:00:00+07:00",
        "kyso agency rename 1 --name A --at 2027-01-01T00:00:00+07:00",
        "kyso picture propose 1 a.png --width 36",
        "kyso picture get 1 --output a.png",
        "kyso picture remove 1",
        "kyso sign a.pdf --credential c --approved-image --signer-name A",
        "kyso seal a.pdf --client-id dms --key-file k.pem --credential c --approved-image",
        "kyso seal a.pdf --client-id dms --key-file k.pem --credential c --compose",
        "kyso copy a.pdf --client-id dms --key-file k.pem --credential c --kind sao_y --source s --compose",
        "kyso role grant --person p --role records_clerk",
        "kyso authority grant --person p --agency a --kind KT --basis b --from 2026-01-01T00:00:00Z",
        "kyso session open --client c --credential s --limit 50 --until 2026-01-01T00:00:00Z --purpose PHAT_HANH",
        "kyso report coverage --by-level --language en",
        "kyso audit list --event x --limit 5",
        "kyso audit export a.tar --from 3 --to 9 --disclose",
        "kyso audit views --from 2026-11-01T00:00:00Z",
        "kyso audit view bulk --over 20 --limit 5",
        "kyso audit view seal-outside-hours --begins 07:00 --ends 17:00 --weekdays 12345",
        "kyso audit view certificates-ending --days 30",
        "kyso audit view skipped-numbers --year 2026 --after a.3.QĐ-UBND",
        "kyso audit key-use --credential c --day 2026-11-27",
        "kyso receipt verify a.tlog-proof --log-key @log.key --witness w --witness @x --quorum 1",
        "kyso signatures --before 41 --limit 5",
        "kyso receipt fetch c -o c.tlog-proof",
        "kyso receipt fetch c --output c.tlog-proof",
        "kyso dispute c --reason x",
        "kyso audit verify a.tar",
        "kyso audit verify a.tar --policy trusted --against r --against b.tar",
        "kyso audit verify a.tar --log-key k --export-key e --witness w --quorum 1",
        "kyso audit extract a.tar --entry 41 --log-key @k",
        "kyso witness init w --name witness.example",
        "kyso witness serve w --listen 127.0.0.1:0 --log @log.key --log k",
    ];

    #[test]
    fn lines_of_the_documentation_are_understood() {
        for line in LINES {
            let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(parsed(&line).is_ok(), "{line}: {:?}", parsed(&line).err());
        }
    }

    #[test]
    fn secrets_have_no_place_on_the_command_line() {
        for line in [
            "kyso login a --password x",
            "kyso login a --otp 123456",
            "kyso sign a --credential c --otp 123456",
            "kyso login a --otp-file f --otp-stdin",
        ] {
            assert_eq!(parsed(line).unwrap_err().exit_code(), 2, "{line}");
        }
    }

    #[test]
    fn a_picture_has_exactly_one_place() {
        let place = "--image-at 1,100,50,60,25";
        for (more, understood) in [
            (format!("--image hand.png {place}"), true),
            ("--image hand.png --field Leader".to_owned(), true),
            ("--approved-image --field Leader".to_owned(), true),
            ("--image hand.png".to_owned(), false),
            (place.to_owned(), false),
            ("--image hand.png --image-at 1,100,50".to_owned(), false),
            (format!("--image hand.png {place} --field Leader"), false),
            (
                "--image hand.png --signer-name A --field Leader".to_owned(),
                false,
            ),
            (format!("--image hand.png {place} --detached"), false),
        ] {
            let found = parsed(&format!("kyso sign a.pdf --credential c {more}"));
            assert_eq!(found.is_ok(), understood, "{more}");
        }
    }

    #[test]
    fn what_is_missing_or_unknown_is_wrong_usage() {
        for line in [
            "kyso",
            "kyso sign a.pdf",
            "kyso sign --credential c",
            "kyso sign a.pdf --credential c --detached --field Leader",
            "kyso sign a.pdf --credential c --image hand.png",
            "kyso sign a.pdf --credential c --number-at 1,30,250,60,7",
            "kyso sign a.pdf --credential c --number-at 1,30 --date-at 1,110,250,70,7",
            "kyso number a.pdf --number 12 --date 27/11/2026",
            "kyso number a.pdf",
            "kyso copy a.pdf --client-id dms --key-file k.pem --credential c --kind x --source s --agency-name UBND",
            "kyso verify a.pdf",
            "kyso verify a.pdf --evaluation",
            "kyso receipt verify a.tlog-proof --log-key k",
            "kyso receipt verify a.tlog-proof --quorum 0",
            "kyso audit view",
            "kyso audit view bulk --over many",
            "kyso audit key-use --credential c",
            "kyso receipt fetch",
            "kyso dispute",
            "kyso dispute c --otp-stdin",
            "kyso audit verify",
            "kyso audit verify a.tar --witness w",
            "kyso audit verify a.tar --policy p --log-key k",
            "kyso audit extract a.tar --entry x",
            "kyso witness init w",
            "kyso witness init w --name a+b",
            "kyso witness serve w --listen 127.0.0.1:0",
            "kyso witness serve w --listen localhost --log k",
            "kyso role grant --person p --role admin",
            "kyso stamp a --credential c --client-id x --number 1 --symbol s --type t --purpose p",
            "kyso client grant add c --agency a --credential b",
            "kyso client grant add c",
            "kyso change reject 1",
            "kyso picture propose 1 a.png",
            "kyso seal a.pdf --client-id dms --key-file k.pem --credential c --compose --image a.png",
            "kyso copy a.pdf --client-id dms --key-file k.pem --credential c --kind sao_y --source s",
            "kyso sign a.pdf --credential c --approved-image",
            "kyso sign a.pdf --credential c --approved-image --image a.png --signer-name A",
        ] {
            assert_eq!(parsed(line).unwrap_err().exit_code(), 2, "{line}");
        }
    }
}
