//! Whether every page is looked at: what the routes have against what is visited, both as they are written down.

use std::collections::BTreeSet;
use std::path::Path;

/// What answers without a page: it leads on, or is a file that pages load.
const NO_PAGES: [&str; 7] = [
    "/ui",
    "/ui/",
    "/ui/assets/{name}",
    "/ui/changes/{id}/picture",
    "/ui/pictures/{owner}/file",
    "/ui/requests/{id}/documents/{place}/file",
    "/ui/requests/{id}/documents/{place}/pages/{page}",
];

/// Every resource of the pages that answers GET.
fn resources() -> BTreeSet<String> {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/daemon/src/http/ui");
    let mut found = BTreeSet::new();
    for file in std::fs::read_dir(pages).unwrap() {
        let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for resource in source.split("web::resource(").skip(1) {
            let path = resource.split('"').nth(1).unwrap();
            if resource.contains("get().to(") {
                found.insert(format!("/ui{path}"));
            }
        }
    }
    found
}

/// How many parts of the resource's path this one meets by name; none if it leads elsewhere.
fn met(resource: &str, path: &str) -> Option<usize> {
    let both = || resource.split('/').zip(path.split('/'));
    let meets =
        |(part, one): (&str, &str)| part == one || (part.starts_with('{') && !one.is_empty());
    let all = resource.split('/').count() == path.split('/').count() && both().all(meets);
    all.then(|| both().filter(|(part, one)| part == one).count())
}

#[test]
fn every_page_is_looked_at() {
    let source = concat!(include_str!("visits.rs"), include_str!("standing.rs"));
    let texts = source.split('"').filter(|text| text.starts_with("/ui"));
    let paths = texts.filter_map(|text| text.split('?').next());
    let resources = resources();
    assert!(resources.len() > 25, "{resources:?}");
    let resource_of = |path| {
        let fitting = resources
            .iter()
            .filter_map(|one| Some((met(one, path)?, one.as_str())));
        fitting.max().map(|(_, resource)| resource)
    };
    let looked_at: BTreeSet<&str> = paths.filter_map(resource_of).collect();
    let all = resources.iter().map(String::as_str);
    let left: Vec<&str> = all.filter(|one| !looked_at.contains(one)).collect();
    assert_eq!(left, NO_PAGES);
}
