//! Arguments of security officers.

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct AuditFilter {
    #[arg(long)]
    pub(crate) after: Option<u64>,
    #[arg(long)]
    pub(crate) limit: Option<u32>,
    #[arg(long)]
    pub(crate) event: Option<String>,
    #[arg(long)]
    pub(crate) actor: Option<String>,
    #[arg(long)]
    pub(crate) credential: Option<String>,
    #[arg(long)]
    pub(crate) agency: Option<String>,
    #[arg(long)]
    pub(crate) client: Option<String>,
    #[arg(long)]
    pub(crate) request: Option<String>,
    #[arg(long)]
    pub(crate) outcome: Option<String>,
    #[arg(long = "number", value_name = "NUMBER")]
    pub(crate) document_number: Option<u32>,
    #[arg(long = "series", value_name = "SERIES")]
    pub(crate) number_series: Option<String>,
    #[arg(long)]
    pub(crate) year: Option<u32>,
    #[arg(long)]
    pub(crate) from: Option<String>,
    #[arg(long)]
    pub(crate) to: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SpanArgs {
    #[arg(long)]
    pub(crate) from: Option<String>,
    #[arg(long)]
    pub(crate) to: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ViewArgs {
    pub(crate) view: String,
    #[command(flatten)]
    pub(crate) span: SpanArgs,
    #[arg(long = "after", value_name = "PLACE")]
    pub(crate) after_row: Option<String>,
    #[arg(long)]
    pub(crate) limit: Option<u32>,
    #[arg(long, value_name = "HH:MM")]
    pub(crate) begins: Option<String>,
    #[arg(long, value_name = "HH:MM")]
    pub(crate) ends: Option<String>,
    #[arg(long, value_name = "DAYS")]
    pub(crate) weekdays: Option<String>,
    #[arg(long, value_name = "NUMBER")]
    pub(crate) over: Option<u32>,
    #[arg(long)]
    pub(crate) actor: Option<String>,
    #[arg(long, value_name = "NUMBER")]
    pub(crate) days: Option<u32>,
    #[arg(long)]
    pub(crate) year: Option<u32>,
    #[arg(long)]
    pub(crate) agency: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct KeyUseArgs {
    #[arg(long)]
    pub(crate) credential: String,
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) day: String,
    #[arg(long)]
    pub(crate) after: Option<u64>,
    #[arg(long)]
    pub(crate) limit: Option<u32>,
}
