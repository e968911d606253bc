//! The reviewed snapshot `clients/openapi.json`, held against the router.

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use actix_web::{App, test, web};
    use serde_json::Value;

    use crate::http::description::DOCUMENT;
    use crate::http::management::{QUERIED, ROUTES, routes};

    /// Routes under `/api/v1` that log people in and enrol them, or are for everybody.
    const ENTRANCE: &[(&str, &str)] = &[
        ("post", "/sessions"),
        ("get", "/sessions"),
        ("delete", "/sessions/current"),
        ("delete", "/sessions/{id}"),
        ("get", "/me"),
        ("post", "/me/password"),
        ("post", "/enrolments"),
        ("post", "/enrolments/confirm"),
        ("post", "/verify"),
        ("get", "/log/checkpoint"),
        ("get", "/log/keys"),
    ];

    fn document() -> Value {
        serde_json::from_str(DOCUMENT).unwrap()
    }

    #[test]
    async fn the_document_has_exactly_the_routes() {
        let document = document();
        let paths = document["paths"].as_object().unwrap();
        let documented: BTreeSet<(String, String)> = paths
            .iter()
            .flat_map(|(path, item)| {
                let methods = item.as_object().unwrap().keys();
                methods.map(|method| (method.clone(), path.clone()))
            })
            .collect();
        let served = ROUTES.iter().chain(ENTRANCE);
        let served = served.map(|(method, path)| ((*method).to_owned(), (*path).to_owned()));
        assert_eq!(documented, served.collect());
    }

    #[test]
    async fn the_document_has_exactly_the_queries() {
        let document = document();
        let takes_query = |operation: &Value| {
            let parameters = operation["parameters"].as_array();
            let mut parameters = parameters.into_iter().flatten();
            parameters.any(|parameter| parameter["in"] == "query")
        };
        let paths = document["paths"].as_object().unwrap().iter();
        let operations = paths.flat_map(|(path, item)| {
            let operations = item.as_object().unwrap().iter();
            operations.map(move |(method, operation)| (method.as_str(), path.as_str(), operation))
        });
        let documented: BTreeSet<(&str, &str)> = operations
            .filter(|(.., operation)| takes_query(operation))
            .map(|(method, path, _)| (method, path))
            .collect();
        assert_eq!(documented, QUERIED.iter().copied().collect());
    }

    #[test]
    async fn every_reference_leads_somewhere() {
        fn check(value: &Value, root: &Value) {
            match value {
                Value::Object(members) => members.iter().for_each(|(name, value)| {
                    if name == "$ref" {
                        let place = value.as_str().unwrap().trim_start_matches('#');
                        assert!(root.pointer(place).is_some(), "{place}");
                    }
                    check(value, root);
                }),
                Value::Array(items) => items.iter().for_each(|item| check(item, root)),
                _ => {}
            }
        }
        let document = document();
        check(&document, &document);
    }

    /// Nobody is logged in, so a route that is there answers 401 and nothing else.
    #[actix_web::test]
    async fn the_router_has_every_route_of_the_list() {
        let app =
            test::init_service(App::new().service(web::scope("/api/v1").configure(routes))).await;
        for (method, path) in ROUTES {
            let method = method.to_uppercase().parse().unwrap();
            let path = format!("/api/v1{}", path.replace(['{', '}'], ""));
            let request = test::TestRequest::with_uri(&path)
                .method(method)
                .to_request();
            let status = test::call_service(&app, request).await.status();
            assert_eq!(status, 401, "{path}");
        }
        let request = test::TestRequest::get().uri("/api/v1/stamps").to_request();
        assert!(
            test::call_service(&app, request)
                .await
                .status()
                .is_client_error()
        );
    }
}
