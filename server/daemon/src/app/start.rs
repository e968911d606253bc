//! Starting the server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::middleware::from_fn;
use actix_web::{App as Actix, HttpServer, web};
use anyhow::Context as _;
use kyso_core::id::RequestId;
use kyso_core::journal::Journal;
use kyso_core::{Actor, Draft};
use kyso_evidence::Event;
use kyso_evidence::entry::Outcome;

use super::evaluation::EvaluationCa;
use super::open::{Begin, Opened, open};
use super::running::Running;
use super::{App, Arrivals, FilesKeys, Flows, Intake, Polls, Turns, Waits};
use crate::alarms::Watcher;
use crate::auth::failures::Failures;
use crate::auth::guesses::Guesses;
use crate::auth::password::Passwords;
use crate::auth::rotation;
use crate::auth::token::TokenService;
use crate::config::{Config, Environment};
use crate::metrics::Metrics;
use crate::time_stamps::Stamping;
use crate::verification::Asking;
use crate::webhook::Caller;
use crate::{background, http, tls};

/// PDFs that are read or drawn at once; one more waits, and is told to come back.
const FILE_PLACES: usize = 4;
/// PDFs that are drawn for signers at once, at the lowest priority.
const DRAW_PLACES: usize = 2;

/// Connections that are idle for so long are closed.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// Starts the server and returns when it serves.
///
/// # Errors
/// If a file, the token or the database cannot be used, the schema is not this build's, a key is
/// missing, or an address is taken.
pub async fn start(config: Config) -> anyhow::Result<Running> {
    let tls = tls::server_config(&config.tls)?;
    let opened = open(&config, Begin::Again).await?;
    let app = web::Data::new(assemble(config, opened).await?);
    note_start(&app).await?;
    let tasks = background::start(&app);
    let (public_address, public) = serve_public(&app, tls)?;
    let (internal_address, internal) = serve_internal(&app)?;
    tracing::info!(public = %public_address, internal = %internal_address, "serving");
    Ok(Running {
        public: public_address,
        internal: internal_address,
        app,
        servers: [public, internal],
        tasks,
    })
}

async fn assemble(config: Config, opened: Opened) -> anyhow::Result<App> {
    let Opened {
        token,
        metrics,
        store,
        signer,
        log,
    } = opened;
    let ring = rotation::load(&token, &store, &config.tokens)
        .await
        .context("the key that signs access tokens")?;
    let evaluation = match (&config.evaluation, config.environment) {
        (Some(evaluation), Environment::Evaluation) => Some(EvaluationCa::load(evaluation)?),
        _ => None,
    };
    if let Some(ca) = &evaluation {
        token.keep_for_certificates(&ca.key);
    }
    Ok(App {
        tokens: TokenService::new(&config.server.base_url, ring),
        passwords: Passwords::new(config.limits.password_hashes)?,
        failures: Failures::default(),
        guesses: Guesses::default(),
        flows: Flows::default(),
        caller: Caller::new(&config.callbacks),
        watcher: config.alarms.as_ref().map(Watcher::new).transpose()?,
        stamping: config.time_stamps.as_ref().map(Stamping::new),
        asking: asking(&config, &metrics),
        polls: Polls::default(),
        picture_reads: Polls::default(),
        waits: Waits::default(),
        turns: Turns::default(),
        intake: Intake::new(usize::try_from(config.limits.body_bytes)?),
        file_places: Arc::new(tokio::sync::Semaphore::new(FILE_PLACES)),
        file_arrivals: Arrivals::default(),
        draw_places: Arc::new(tokio::sync::Semaphore::new(DRAW_PLACES)),
        files_keys: FilesKeys::default(),
        decided: tokio::sync::broadcast::Sender::new(DECISIONS),
        signer,
        log,
        store,
        token,
        metrics,
        evaluation,
        config,
    })
}

fn asking(config: &Config, metrics: &Arc<Metrics>) -> Option<Asking> {
    let settings = config.revocation.settings()?;
    Some(Asking::new(settings, Arc::clone(metrics)))
}

async fn note_start(app: &App) -> anyhow::Result<()> {
    let status = app.token.status();
    let entry = |event| Draft::new(event, Outcome::Ok, &Actor::system(), RequestId::random());
    let loaded = entry(Event::ConfigurationLoaded)
        .fact("sha256", hex::encode(app.config.sha256))
        .fact("environment", app.config.environment.name());
    let started = entry(Event::ServerStarted)
        .fact("version", env!("CARGO_PKG_VERSION"))
        .fact("software_token", i64::from(status.is_software))
        .fact("log_key", app.log.policy().log().to_string());
    app.journal().note(loaded).await?;
    app.journal().note(started).await?;
    Ok(())
}

/// Decisions that a waiting call may be behind; one that is further behind reads again.
const DECISIONS: usize = 256;

type Served = (SocketAddr, actix_web::dev::ServerHandle);

fn serve_public(app: &web::Data<App>, tls: rustls::ServerConfig) -> anyhow::Result<Served> {
    let (data, listen) = (app.clone(), &app.config.listen);
    let limit = usize::try_from(app.config.limits.body_bytes)?;
    let server = HttpServer::new(move || {
        Actix::new()
            .app_data(data.clone())
            .app_data(web::PayloadConfig::new(limit))
            .wrap(from_fn(http::frame::frame))
            .configure(http::public)
    });
    let workers = listen
        .workers
        .map_or_else(processors, |count| usize::from(count.get()));
    let server = server
        .workers(workers)
        .keep_alive(KEEP_ALIVE)
        .tls_handshake_timeout(Duration::from_secs(5))
        .on_connect(tls::note_peer)
        .disable_signals()
        .shutdown_timeout(2)
        .bind_rustls_0_23(listen.public, tls)
        .with_context(|| format!("cannot listen on {}", listen.public))?;
    run(&server.addrs(), server.run())
}

fn serve_internal(app: &web::Data<App>) -> anyhow::Result<Served> {
    let (data, address) = (app.clone(), app.config.listen.internal);
    let server = HttpServer::new(move || {
        Actix::new()
            .app_data(data.clone())
            .configure(http::internal)
    });
    let server = server
        .workers(1)
        .disable_signals()
        .shutdown_timeout(1)
        .bind(address)
        .with_context(|| format!("cannot listen on {address}"))?;
    run(&server.addrs(), server.run())
}

fn run(addresses: &[SocketAddr], server: actix_web::dev::Server) -> anyhow::Result<Served> {
    let address = addresses
        .first()
        .copied()
        .context("no address is listened on")?;
    let handle = server.handle();
    tokio::spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "a listener ended");
        }
    });
    Ok((address, handle))
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// What the token and journal say of themselves, for one look at the metrics.
pub(crate) fn read_figures(app: &App) {
    app.metrics.set_token(&app.token.status());
    app.metrics.set_journal(&app.journal().figures().read());
}
