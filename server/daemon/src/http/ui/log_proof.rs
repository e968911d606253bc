//! How the log is proven: its tree, the newest checkpoint, and which witnesses cosigned it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::management::ExportQuery;
use kyso_core::{Refusal, Timestamp};
use kyso_evidence::checkpoint::SignedCheckpoint;
use kyso_evidence::policy::{Policy, Trusted};
use kyso_store::StoreError;
use kyso_store::tree::{StoredCheckpoint, covering, newest};
use kyso_web::{Checkpoint, Foreign, Health, LogProof, WitnessRow};

use super::answer::page;
use super::inbox::moment;
use super::sent::{Sent, one};
use super::visitor::Visitor;
use crate::app::App;
use crate::http::error::Problem;
use crate::http::management::{audit, export, read, stored};

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/log").route(web::get().to(show)))
        .service(web::resource("/log/export").route(web::post().to(exported)));
}

async fn show(visitor: Visitor, request: HttpRequest) -> HttpResponse {
    let end = log_page(&visitor).await;
    visitor.show(&request, end).await
}

async fn exported(visitor: Visitor, sent: Sent) -> HttpResponse {
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    let end = export::bundle(&visitor.desk, wanted(&sent)).await;
    visitor.answer(end).await
}

/// What is to be exported; a field that was left empty says nothing.
fn wanted(sent: &Sent) -> Result<ExportQuery, Problem> {
    let number = |name| match one(sent, name).trim() {
        "" => Ok(None),
        text => read::id(text, name).map(Some),
    };
    Ok(ExportQuery {
        from: number("from")?,
        to: number("to")?,
        disclose: Some(!one(sent, "disclose").is_empty()),
    })
}

/// Figures and public names, and nothing of what the entries say: to look at them is no entry.
async fn log_page(visitor: &Visitor) -> Result<HttpResponse, Problem> {
    if !audit::is_officer(&visitor.desk) {
        return Err(Refusal::Forbidden.into());
    }
    let app = visitor.desk.app();
    let (newest, witnessed) = checkpoints(app).await?;
    let policy = app.log.own_policy();
    let trusted = newest.as_ref().and_then(|one| trusted(policy, one));
    let quorum = app.config.audit.witness_quorum;
    let mut view = LogProof {
        at: moment(visitor.desk.now()),
        health: Health::Well,
        halted: app.journal().figures().is_halted(),
        origin: Foreign::new(policy.log().label().name().as_str()),
        entries: app.journal().figures().read().size,
        newest: newest.as_ref().zip(trusted.as_ref()).map(shown),
        witnessed: witnessed.and_then(|one| u64::try_from(one.size).ok()),
        quorum,
        required: app.config.audit.witnesses_required,
        witnesses: witnesses(policy, trusted.as_ref()),
        frame: visitor.frame().await,
    };
    view.health = health(&view);
    Ok(page(StatusCode::OK, view.render()))
}

type Found = (Option<StoredCheckpoint>, Option<StoredCheckpoint>);

/// The newest, and the newest that enough witnesses cosigned.
async fn checkpoints(app: &App) -> Result<Found, Problem> {
    let quorum = i64::try_from(app.config.audit.witness_quorum).unwrap_or(i64::MAX);
    let found = app.store.read(move |db| {
        let newest = newest(db)?;
        Ok::<_, StoreError>((newest, covering(db, 0, quorum)?))
    });
    found.await.map_err(stored::unreadable)
}

/// What the stored note proves: one that somebody changed proves nothing, and is shown as none.
fn trusted(policy: &Policy, stored: &StoredCheckpoint) -> Option<Trusted> {
    let signed = SignedCheckpoint::parse(stored.note.as_bytes()).ok()?;
    policy.judge(&signed).ok()
}

fn shown((stored, trusted): (&StoredCheckpoint, &Trusted)) -> Checkpoint {
    let checkpoint = trusted.checkpoint();
    Checkpoint {
        size: checkpoint.size(),
        at: moment(Timestamp::from_micros(stored.signed_at)),
        root: hex::encode(checkpoint.root()),
    }
}

/// Each witness of the configuration, in its order.
fn witnesses(policy: &Policy, newest: Option<&Trusted>) -> Vec<WitnessRow> {
    let lines = newest.map(Trusted::cosignatures).unwrap_or_default();
    let each = policy.witnesses().iter().map(|key| {
        let name = key.label().name();
        let line = lines.iter().find(|line| line.witness == *name);
        let at = line.and_then(|line| i64::try_from(line.time).ok());
        WitnessRow {
            name: Foreign::new(name.as_str()),
            cosigned: at.map(|at| moment(Timestamp::from_seconds(at))),
        }
    });
    each.collect()
}

/// Entries are covered within seconds; what is not for now needs a look.
fn health(view: &LogProof) -> Health {
    let cosigned = view.witnesses.iter().filter(|one| one.cosigned.is_some());
    if view.halted || view.newest.is_none() {
        Health::Down
    } else if cosigned.count() < view.quorum {
        Health::Strained
    } else {
        Health::Well
    }
}
