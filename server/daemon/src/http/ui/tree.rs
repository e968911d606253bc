//! The agencies as a subscriber manager looks through them: the tree, a branch of it, a search.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use kyso_api::problem::ProblemCode;
use kyso_core::id::AgencyId;
use kyso_core::model::Agency;
use kyso_core::{Snapshot, Timestamp};
use kyso_web::{Agencies, AgencyNode, Foreign};

use super::answer::page;
use super::naming;
use super::sent::{further, parameter};
use super::visitor::Visitor;
use crate::http::error::Problem;
use crate::http::management::{agencies, persons, read};

/// Most agencies whose whole tree is one page, and most that a page of a larger tree begins.
const PAGE: usize = 80;
/// Most that a page of a search holds; each names the one above it, too.
const FOUND: usize = 50;
/// Levels of a larger tree that a page shows.
const LEVELS: usize = 2;

/// `/ui/agencies`.
pub async fn tree(visitor: Visitor, request: HttpRequest) -> HttpResponse {
    let end = tree_page(&visitor, &request).await;
    visitor.show(&request, end).await
}

async fn tree_page(visitor: &Visitor, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    let snapshot = visitor.desk.policy().snapshot();
    let all = agencies::all(&visitor.desk, &snapshot)?;
    let from: usize = parameter(request, "from").map_or(Ok(0), |text| read::id(&text, "from"))?;
    let wanted = parameter(request, "q").unwrap_or_default();
    let at = parameter(request, "at").filter(|id| !id.is_empty());
    let at: Option<AgencyId> = at.map(|id| read::id(&id, "at")).transpose()?;
    let people = people_of(visitor, &snapshot)?;
    let now = visitor.desk.now();
    let node = |agency: &Agency| shown(agency, people.get(&agency.id).copied(), now);
    let searched = !wanted.trim().is_empty();
    let (roots, more) = if searched {
        windowed(
            named(&snapshot, found(&all, &wanted, now), &node, now),
            from,
            FOUND,
        )
    } else {
        let whole = whole(&all, at, &node, now).ok_or(ProblemCode::NotFound)?;
        windowed(lightened(whole), from, PAGE)
    };
    let view = Agencies {
        wanted: Foreign::new(&wanted),
        roots,
        may_register: visitor.manages(),
        part: searched || at.is_some(),
        further: more.map(|next| further("/ui/agencies", request, next)),
        frame: visitor.frame().await,
    };
    Ok(page(StatusCode::OK, view.render()))
}

/// How many people that the reader may see are in each agency.
fn people_of(visitor: &Visitor, snapshot: &Snapshot) -> Result<HashMap<AgencyId, u32>, Problem> {
    let mut people: HashMap<AgencyId, u32> = HashMap::new();
    for person in persons::seen(&visitor.desk, snapshot)? {
        *people.entry(person.agency).or_default() += 1;
    }
    Ok(people)
}

/// Those found, each with the one above it: half of the agencies have an office of the same name.
fn named(
    snapshot: &Snapshot,
    found: Vec<&Agency>,
    node: &impl Fn(&Agency) -> AgencyNode,
    now: Timestamp,
) -> Vec<AgencyNode> {
    let nodes = found.into_iter().map(|agency| {
        let above = agency.parent.at(now);
        let above = above.map(|id| naming::agency(snapshot, id, now));
        AgencyNode {
            above: above.unwrap_or_default(),
            ..node(agency)
        }
    });
    nodes.collect()
}

fn shown(agency: &Agency, people: Option<u32>, now: Timestamp) -> AgencyNode {
    let mut codes = agency.codes.iter().rev();
    let code = codes.find(|code| code.valid_until.is_none());
    let code = code.map(|code| Foreign::new(&code.code));
    AgencyNode {
        id: agency.id.to_string(),
        name: Foreign::new(agency.name.at(now)),
        code: code.unwrap_or_default(),
        people: people.unwrap_or(0),
        ended: agency.valid_until.is_some_and(|end| end <= now),
        above: Foreign::default(),
        below: Vec::new(),
        more: 0,
    }
}

/// Those that are, were or will be called so, or with a code that begins so, in the order of names.
fn found<'a>(all: &[&'a Agency], wanted: &str, now: Timestamp) -> Vec<&'a Agency> {
    let matches = |agency: &&&Agency| {
        let codes = agency.codes.iter().map(|code| code.code.as_str());
        let later = agency.name.later().values().map(String::as_str);
        let names = later.chain([agency.name.first().as_str()]);
        let text: Vec<&str> = codes.chain(names).collect();
        kyso_web::found_in(wanted, &text.join(" "))
    };
    let mut found: Vec<&Agency> = all.iter().filter(matches).copied().collect();
    found.sort_by_cached_key(|agency| kyso_web::vietnamese_order(agency.name.at(now)));
    found
}

/// The tree from its roots, or from one agency; none if there is no such agency.
fn whole(
    all: &[&Agency],
    at: Option<AgencyId>,
    node: &impl Fn(&Agency) -> AgencyNode,
    now: Timestamp,
) -> Option<Vec<AgencyNode>> {
    let mut below: HashMap<Option<AgencyId>, Vec<&Agency>> = HashMap::new();
    for agency in all {
        below
            .entry(*agency.parent.at(now))
            .or_default()
            .push(agency);
    }
    let Some(at) = at else {
        return Some(branch(&mut below, None, node, now));
    };
    let top = all.iter().find(|agency| agency.id == at)?;
    let mut top = node(top);
    top.below = branch(&mut below, Some(at), node, now);
    Some(vec![top])
}

/// Each agency is taken out as it is placed, so that a ring that somebody wrote has an end.
fn branch(
    below: &mut HashMap<Option<AgencyId>, Vec<&Agency>>,
    parent: Option<AgencyId>,
    node: &impl Fn(&Agency) -> AgencyNode,
    now: Timestamp,
) -> Vec<AgencyNode> {
    let mut here = below.remove(&parent).unwrap_or_default();
    here.sort_by_cached_key(|agency| kyso_web::vietnamese_order(agency.name.at(now)));
    let mut nodes = Vec::with_capacity(here.len());
    for agency in here {
        let mut placed = node(agency);
        placed.below = branch(below, Some(agency.id), node, now);
        nodes.push(placed);
    }
    nodes
}

fn count(nodes: &[AgencyNode]) -> usize {
    nodes.iter().map(|node| 1 + count(&node.below)).sum()
}

/// A tree that is too large for a page, without what is below its first levels.
fn lightened(mut nodes: Vec<AgencyNode>) -> Vec<AgencyNode> {
    if count(&nodes) > PAGE {
        cut(&mut nodes, LEVELS);
    }
    nodes
}

fn cut(nodes: &mut [AgencyNode], levels: usize) {
    for node in nodes {
        if levels > 1 {
            cut(&mut node.below, levels - 1);
        } else {
            node.more = count(&node.below);
            node.below.clear();
        }
    }
}

/// The agencies from the `from`th on that one page takes, under those above them, and where the next page
/// begins.
fn windowed(nodes: Vec<AgencyNode>, from: usize, most: usize) -> (Vec<AgencyNode>, Option<usize>) {
    let (all, until) = (count(&nodes), from.saturating_add(most));
    let kept = within(nodes, &mut 0, &(from..until));
    (kept, (until < all).then_some(until))
}

fn within(
    nodes: Vec<AgencyNode>,
    at: &mut usize,
    window: &std::ops::Range<usize>,
) -> Vec<AgencyNode> {
    let mut kept = Vec::new();
    for mut node in nodes {
        let own = *at;
        *at += 1;
        node.below = within(node.below, at, window);
        if window.contains(&own) || !node.below.is_empty() {
            kept.push(node);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: usize, below: Vec<AgencyNode>) -> AgencyNode {
        AgencyNode {
            id: id.to_string(),
            name: Foreign::default(),
            code: Foreign::default(),
            people: 0,
            ended: false,
            above: Foreign::default(),
            below,
            more: 0,
        }
    }

    /// A province with so many departments, each with two parts.
    fn province(departments: usize) -> Vec<AgencyNode> {
        let part = |id| node(id, Vec::new());
        let each = (1..=departments).map(|id| node(id, vec![part(1000 + id), part(2000 + id)]));
        vec![node(0, each.collect())]
    }

    #[test]
    fn a_small_tree_is_one_page_and_a_large_one_says_what_is_below() {
        let small = lightened(province(20));
        assert_eq!((count(&small), small[0].below[0].more), (61, 0));
        let large = lightened(province(200));
        assert_eq!((count(&large), large[0].below[0].more), (201, 2));
    }

    #[test]
    fn pages_of_a_tree_hold_every_agency_under_the_one_above() {
        let (mut from, mut seen) = (Some(0), Vec::new());
        while let Some(at) = from {
            let (page, next) = windowed(lightened(province(200)), at, PAGE);
            assert!(count(&page) <= PAGE + 1, "{}", count(&page));
            seen.extend(page[0].below.iter().map(|node| node.id.clone()));
            from = next;
        }
        let all: Vec<String> = (1..=200).map(|id: usize| id.to_string()).collect();
        assert_eq!(seen, all);
    }
}
