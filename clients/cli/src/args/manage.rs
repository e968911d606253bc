//! Arguments of managers, clerks and officers.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use kyso_api::management::{
    AgencyCodeFormat, AuthorityKind, ChangeState, ClientAuthMethod, CredentialKind, RoleName,
};

use super::outgoing::Tenths;
use crate::prompt::OtpSource;

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    pub(crate) file: PathBuf,
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AgencyCommand {
    List,
    Add(NewAgencyArgs),
    Code {
        id: String,
        #[arg(long)]
        format: AgencyCodeFormat,
        #[arg(long)]
        code: String,
    },
    EndCode {
        id: String,
        #[arg(long)]
        format: AgencyCodeFormat,
        #[arg(long)]
        code: String,
    },
    Move {
        id: String,
        #[arg(long)]
        parent: Option<String>,
        #[arg(long)]
        at: Option<String>,
        #[command(flatten)]
        otp: OtpSource,
    },
    Rename {
        id: String,
        #[arg(long)]
        name: String,
        #[arg(long)]
        at: Option<String>,
    },
    End {
        id: String,
        #[arg(long)]
        at: Option<String>,
    },
    Import(ImportArgs),
}

#[derive(Debug, Args)]
pub(crate) struct NewAgencyArgs {
    #[arg(long)]
    pub(crate) name: String,
    #[arg(long)]
    pub(crate) parent: Option<String>,
    #[arg(long)]
    pub(crate) kind: String,
    #[arg(long)]
    pub(crate) level: String,
    #[arg(long, value_name = "CODE")]
    pub(crate) modern_code: Vec<String>,
    #[arg(long, value_name = "CODE")]
    pub(crate) legacy_code: Vec<String>,
    #[arg(long)]
    pub(crate) valid_from: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PersonCommand {
    List,
    Add {
        #[arg(long)]
        login: String,
        #[arg(long)]
        name: String,
        #[arg(long)]
        agency: String,
        #[arg(long)]
        position: String,
        #[arg(long)]
        email: String,
        #[arg(long)]
        position_required: bool,
    },
    EnrolmentCode {
        id: String,
    },
    Erase {
        id: String,
        #[arg(long)]
        reason: Option<String>,
        #[command(flatten)]
        otp: OtpSource,
    },
    ResetFactors {
        id: String,
        #[command(flatten)]
        otp: OtpSource,
    },
    End {
        id: String,
        #[arg(long)]
        at: Option<String>,
    },
    Import(ImportArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum RoleCommand {
    List,
    Grant {
        #[arg(long)]
        person: String,
        #[arg(long)]
        role: RoleName,
        #[arg(long)]
        agency: Option<String>,
        #[command(flatten)]
        otp: OtpSource,
    },
    Withdraw {
        id: String,
        #[command(flatten)]
        otp: OtpSource,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ClientCommand {
    List,
    Add {
        #[arg(long)]
        client_id: String,
        #[arg(long)]
        name: String,
        #[arg(long)]
        auth_method: ClientAuthMethod,
        #[arg(long, value_name = "FILE")]
        public_key_file: Option<PathBuf>,
        #[command(flatten)]
        otp: OtpSource,
    },
    Show {
        id: String,
    },
    #[command(subcommand)]
    Key(ClientKeyCommand),
    #[command(subcommand)]
    Grant(GrantCommand),
    #[command(subcommand)]
    Callback(CallbackCommand),
    Disable {
        id: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum CallbackCommand {
    Set { id: String, origin: String },
    Remove { id: String },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ClientKeyCommand {
    Add {
        id: String,
        #[arg(long, value_name = "FILE")]
        public_key_file: Option<PathBuf>,
        #[command(flatten)]
        otp: OtpSource,
    },
    Revoke {
        id: String,
        key: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum GrantCommand {
    Add(GrantArgs),
    Revoke { id: String, grant: String },
}

#[derive(Debug, Args)]
pub(crate) struct GrantArgs {
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) object: GrantObject,
    #[arg(long)]
    pub(crate) explicit: bool,
    #[arg(long)]
    pub(crate) raw_hash: bool,
    #[command(flatten)]
    pub(crate) otp: OtpSource,
}

/// Exactly one of the two.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct GrantObject {
    #[arg(long)]
    pub(crate) agency: Option<String>,
    #[arg(long)]
    pub(crate) credential: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CredentialCommand {
    List,
    Show {
        id: String,
    },
    Add(Box<NewCredentialArgs>),
    Certificate {
        id: String,
        #[arg(long, value_name = "FILE")]
        chain_file: PathBuf,
    },
    Issue {
        id: String,
    },
    HandOver {
        id: String,
        #[arg(long)]
        basis: String,
    },
    Activate {
        id: String,
        #[command(flatten)]
        otp: OtpSource,
    },
    Lock {
        id: String,
        #[arg(long)]
        reason: String,
    },
    Unlock {
        id: String,
        #[command(flatten)]
        otp: OtpSource,
    },
    Revoke {
        id: String,
        #[arg(long)]
        reason: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct NewCredentialArgs {
    #[arg(long)]
    pub(crate) kind: CredentialKind,
    #[arg(long)]
    pub(crate) owner_person: Option<String>,
    #[arg(long)]
    pub(crate) owner_agency: Option<String>,
    #[arg(long)]
    pub(crate) algorithm: String,
    #[arg(long)]
    pub(crate) multisign: Option<u32>,
    #[arg(long)]
    pub(crate) sad_seconds: Option<u32>,
    #[arg(long)]
    pub(crate) by_digest: bool,
    #[arg(long)]
    pub(crate) common_name: String,
    #[arg(long)]
    pub(crate) user_id: Option<String>,
    #[arg(long)]
    pub(crate) title: Option<String>,
    #[arg(long)]
    pub(crate) organizational_unit: Vec<String>,
    #[arg(long)]
    pub(crate) organization: Option<String>,
    #[arg(long)]
    pub(crate) locality: Option<String>,
    #[arg(long)]
    pub(crate) state: Option<String>,
    #[arg(long)]
    pub(crate) email: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuthorityCommand {
    List,
    Grant {
        #[arg(long)]
        person: String,
        #[arg(long)]
        agency: String,
        #[arg(long)]
        kind: AuthorityKind,
        #[arg(long)]
        basis: String,
        #[arg(long)]
        from: String,
        #[arg(long)]
        to: Option<String>,
        #[command(flatten)]
        otp: OtpSource,
    },
    End {
        id: String,
        #[arg(long)]
        at: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum PictureCommand {
    Propose {
        owner: String,
        file: PathBuf,
        #[arg(long, value_name = "MM")]
        width: Tenths,
        #[command(flatten)]
        otp: OtpSource,
    },
    Get {
        owner: String,
        #[arg(long, value_name = "FILE")]
        output: PathBuf,
    },
    Remove {
        owner: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ChangeCommand {
    List {
        #[arg(long = "state", value_name = "STATE")]
        change_state: Option<ChangeState>,
    },
    Approve {
        id: String,
        #[command(flatten)]
        otp: OtpSource,
    },
    Reject {
        id: String,
        #[arg(long)]
        reason: String,
    },
    Picture {
        id: String,
        #[arg(long, value_name = "FILE")]
        output: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum SessionCommand {
    List,
    Open {
        #[arg(long)]
        client: String,
        #[arg(long)]
        credential: String,
        #[arg(long = "limit", value_name = "NUMBER")]
        signatures: u32,
        #[arg(long)]
        until: String,
        #[arg(long = "purpose", value_name = "CODE", required = true)]
        purposes: Vec<String>,
        #[command(flatten)]
        otp: OtpSource,
    },
    Close {
        id: String,
    },
    Signatures {
        id: String,
        #[arg(long)]
        before: Option<u64>,
        #[arg(long)]
        limit: Option<u16>,
    },
}
