//! Which function answers which route. The list is one constant too, so that a test can hold the
//! router and the `OpenAPI` document against it.

use actix_web::web::{self, delete, get, post, put};

use super::{
    agencies, approvals, audit, callbacks, clients, credentials, disputes, export, imports,
    key_use, pending, persons, pictures, receipts, reports, requests, roles, signatures,
    stamping_sessions, submissions, time_stamps, timeline, views,
};
use crate::http::{signing, stamps};

/// Largest CSV file, in bytes: some 5,000 people.
const FILE: usize = 4 * 1024 * 1024;

/// Every route here, method and path under `/api/v1`.
pub const ROUTES: &[(&str, &str)] = &[
    ("get", "/agencies"),
    ("post", "/agencies"),
    ("post", "/agencies/{id}/codes"),
    ("post", "/agencies/{id}/codes/end"),
    ("post", "/agencies/{id}/end"),
    ("post", "/agencies/{id}/move"),
    ("post", "/agencies/{id}/rename"),
    ("get", "/approvals"),
    ("post", "/approvals"),
    ("post", "/approvals/give"),
    ("post", "/approvals/open"),
    ("get", "/approvals/{id}"),
    ("get", "/approvals/{id}/documents/{place}/file"),
    ("get", "/approvals/{id}/documents/{place}/pages/{page}"),
    ("post", "/approvals/{id}/refuse"),
    ("post", "/approvals/{id}/return"),
    ("post", "/approvals/{id}/withdraw"),
    ("get", "/audit"),
    ("get", "/audit/export"),
    ("get", "/audit/key-use"),
    ("get", "/audit/signatures"),
    ("get", "/audit/views"),
    ("get", "/audit/views/{name}"),
    ("get", "/authorities"),
    ("post", "/authorities"),
    ("post", "/authorities/{id}/end"),
    ("get", "/changes"),
    ("post", "/changes/{id}/approve"),
    ("get", "/changes/{id}/picture"),
    ("post", "/changes/{id}/reject"),
    ("get", "/clients"),
    ("post", "/clients"),
    ("delete", "/clients/{id}/callback"),
    ("put", "/clients/{id}/callback"),
    ("post", "/clients/{id}/disable"),
    ("post", "/clients/{id}/grants"),
    ("delete", "/clients/{id}/grants/{grant}"),
    ("post", "/clients/{id}/keys"),
    ("delete", "/clients/{id}/keys/{key}"),
    ("get", "/credentials"),
    ("post", "/credentials"),
    ("get", "/credentials/{id}"),
    ("post", "/credentials/{id}/activate"),
    ("post", "/credentials/{id}/certificate"),
    ("post", "/credentials/{id}/hand-over"),
    ("post", "/credentials/{id}/issue"),
    ("post", "/credentials/{id}/lock"),
    ("post", "/credentials/{id}/revoke"),
    ("post", "/credentials/{id}/unlock"),
    ("post", "/imports/agencies"),
    ("post", "/imports/persons"),
    ("get", "/persons"),
    ("post", "/persons"),
    ("post", "/persons/{id}/end"),
    ("post", "/persons/{id}/enrolment-code"),
    ("post", "/persons/{id}/erase"),
    ("post", "/persons/{id}/reset-factors"),
    ("delete", "/pictures/{owner}"),
    ("get", "/pictures/{owner}"),
    ("put", "/pictures/{owner}"),
    ("get", "/receipts/{id}"),
    ("get", "/reports/coverage"),
    ("get", "/roles"),
    ("post", "/roles"),
    ("post", "/roles/{id}/withdraw"),
    ("post", "/seals"),
    ("get", "/signatures"),
    ("post", "/signatures"),
    ("post", "/signatures/{id}/dispute"),
    ("get", "/stamping-sessions"),
    ("post", "/stamping-sessions"),
    ("post", "/stamping-sessions/{id}/close"),
    ("get", "/stamping-sessions/{id}/signatures"),
    ("post", "/stamps"),
    ("get", "/time-stamps/{id}"),
];

/// The routes that take a query string.
pub const QUERIED: &[(&str, &str)] = &[
    ("get", "/approvals"),
    ("get", "/audit"),
    ("get", "/audit/export"),
    ("get", "/audit/key-use"),
    ("get", "/audit/signatures"),
    ("get", "/audit/views"),
    ("get", "/audit/views/{name}"),
    ("get", "/changes"),
    ("post", "/imports/agencies"),
    ("post", "/imports/persons"),
    ("get", "/receipts/{id}"),
    ("get", "/signatures"),
    ("get", "/stamping-sessions/{id}/signatures"),
];

/// Puts the routes in their places, within `/api/v1`.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .configure(organisation)
        .configure(power)
        .configure(keys)
        .configure(asking)
        .configure(oversight);
}

fn at(path: &str) -> actix_web::Resource {
    web::resource(path)
}

fn organisation(config: &mut web::ServiceConfig) {
    let file = || web::PayloadConfig::new(FILE);
    config
        .service(
            at("/agencies")
                .route(get().to(agencies::list))
                .route(post().to(agencies::register)),
        )
        .service(at("/agencies/{id}/codes").route(post().to(agencies::add_code)))
        .service(at("/agencies/{id}/codes/end").route(post().to(agencies::end_code)))
        .service(at("/agencies/{id}/end").route(post().to(agencies::end)))
        .service(at("/agencies/{id}/move").route(post().to(agencies::relocate)))
        .service(at("/agencies/{id}/rename").route(post().to(agencies::rename)))
        .service(
            at("/persons")
                .route(get().to(persons::list))
                .route(post().to(persons::register)),
        )
        .service(at("/persons/{id}/end").route(post().to(persons::end)))
        .service(at("/persons/{id}/enrolment-code").route(post().to(persons::enrolment_code)))
        .service(at("/persons/{id}/erase").route(post().to(persons::erase)))
        .service(at("/persons/{id}/reset-factors").route(post().to(persons::reset_factors)))
        .service(
            at("/imports/agencies")
                .app_data(file())
                .route(post().to(imports::agencies)),
        )
        .service(
            at("/imports/persons")
                .app_data(file())
                .route(post().to(imports::persons)),
        );
}

fn power(config: &mut web::ServiceConfig) {
    config
        .service(
            at("/roles")
                .route(get().to(roles::list))
                .route(post().to(roles::grant)),
        )
        .service(at("/roles/{id}/withdraw").route(post().to(roles::withdraw)))
        .service(
            at("/authorities")
                .route(get().to(roles::authorities))
                .route(post().to(roles::record_authority)),
        )
        .service(at("/authorities/{id}/end").route(post().to(roles::end_authority)))
        .service(at("/changes").route(get().to(pending::list)))
        .service(at("/changes/{id}/approve").route(post().to(pending::approve)))
        .service(at("/changes/{id}/picture").route(get().to(pictures::proposed)))
        .service(at("/changes/{id}/reject").route(post().to(pending::reject)))
        .service(
            at("/clients")
                .route(get().to(clients::list))
                .route(post().to(clients::register)),
        )
        .service(
            at("/clients/{id}/callback")
                .route(put().to(callbacks::set))
                .route(delete().to(callbacks::remove)),
        )
        .service(at("/clients/{id}/disable").route(post().to(clients::disable)))
        .service(at("/clients/{id}/grants").route(post().to(clients::grant)))
        .service(at("/clients/{id}/grants/{grant}").route(delete().to(clients::revoke_grant)))
        .service(at("/clients/{id}/keys").route(post().to(clients::add_key)))
        .service(at("/clients/{id}/keys/{key}").route(delete().to(clients::revoke_key)));
}

fn keys(config: &mut web::ServiceConfig) {
    config
        .service(
            at("/pictures/{owner}")
                .app_data(web::PayloadConfig::new(pictures::BODY))
                .route(get().to(pictures::one))
                .route(put().to(pictures::set))
                .route(delete().to(pictures::remove)),
        )
        .service(
            at("/credentials")
                .route(get().to(credentials::list))
                .route(post().to(requests::request)),
        )
        .service(at("/credentials/{id}").route(get().to(credentials::one)))
        .service(at("/credentials/{id}/activate").route(post().to(credentials::activate)))
        .service(at("/credentials/{id}/certificate").route(post().to(credentials::certify)))
        .service(at("/credentials/{id}/hand-over").route(post().to(credentials::hand_over)))
        .service(at("/credentials/{id}/issue").route(post().to(credentials::issue)))
        .service(at("/credentials/{id}/lock").route(post().to(credentials::lock)))
        .service(at("/credentials/{id}/revoke").route(post().to(credentials::revoke)))
        .service(at("/credentials/{id}/unlock").route(post().to(credentials::unlock)));
}

fn asking(config: &mut web::ServiceConfig) {
    config
        .service(
            at("/approvals")
                .route(get().to(approvals::list))
                .route(post().to(submissions::submit)),
        )
        .service(at("/approvals/give").route(post().to(approvals::give)))
        .service(at("/approvals/open").route(post().to(approvals::open)))
        .service(at("/approvals/{id}").route(get().to(approvals::one)))
        .service(at("/approvals/{id}/documents/{place}/file").route(get().to(approvals::file)))
        .service(
            at("/approvals/{id}/documents/{place}/pages/{page}")
                .route(get().to(approvals::picture)),
        )
        .service(at("/approvals/{id}/refuse").route(post().to(approvals::refuse)))
        .service(at("/approvals/{id}/return").route(post().to(approvals::give_back)))
        .service(at("/approvals/{id}/withdraw").route(post().to(approvals::withdraw)));
}

fn oversight(config: &mut web::ServiceConfig) {
    config
        .service(at("/audit").route(get().to(audit::page)))
        .service(at("/audit/export").route(get().to(export::asked)))
        .service(at("/audit/key-use").route(get().to(key_use::of_day)))
        .service(at("/audit/signatures").route(get().to(timeline::list)))
        .service(at("/audit/views").route(get().to(views::list)))
        .service(at("/audit/views/{name}").route(get().to(views::page)))
        .service(at("/receipts/{id}").route(get().to(receipts::of_call)))
        .service(at("/reports/coverage").route(get().to(reports::coverage)))
        .service(at("/seals").route(post().to(signing::seal)))
        .service(
            at("/signatures")
                .route(get().to(signatures::own))
                .route(post().to(signing::sign)),
        )
        .service(at("/signatures/{id}/dispute").route(post().to(disputes::dispute)))
        .service(
            at("/stamping-sessions")
                .route(get().to(stamping_sessions::list))
                .route(post().to(stamping_sessions::open)),
        )
        .service(at("/stamping-sessions/{id}/close").route(post().to(stamping_sessions::close)))
        .service(at("/stamping-sessions/{id}/signatures").route(get().to(signatures::of_session)))
        .service(at("/stamps").route(post().to(stamps::stamp)))
        .service(at("/time-stamps/{id}").route(get().to(time_stamps::one)));
}
