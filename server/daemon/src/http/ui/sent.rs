//! What a form sent.

use actix_web::{HttpRequest, web};
use kyso_api::Secret;

/// Fields of a form, in order; a name may come more than once.
pub type Sent = web::Form<Vec<(String, String)>>;

/// The first value of this name; empty if there is none.
pub fn one<'a>(sent: &'a Sent, name: &str) -> &'a str {
    let found = sent.0.iter().find(|(field, _)| field == name);
    found.map_or("", |(_, value)| value)
}

/// The same without blanks around it; none if nothing was typed.
pub fn filled<'a>(sent: &'a Sent, name: &str) -> Option<&'a str> {
    Some(one(sent, name).trim()).filter(|text| !text.is_empty())
}

/// What was typed over several lines, as one, since an entry's texts have no lines. As long as the form counted it: for the
/// end of a line that counts as one character there, a browser sends two (HTML §4.10.11, "newline normalization").
pub fn in_one_line(sent: &Sent, name: &str) -> String {
    let typed = one(sent, name).replace("\r\n", "\n");
    typed.replace(['\r', '\n'], " ")
}

/// The one-time password; apps show it in two groups, so spaces in it are nobody's mistake.
pub fn typed_otp(sent: &Sent) -> Secret {
    let otp: String = one(sent, "otp").split_whitespace().collect();
    Secret::new(otp)
}

/// The same; none if nothing was typed, so that the log-in's own counts as long as it is fresh.
pub fn otp(sent: &Sent) -> Option<Secret> {
    Some(typed_otp(sent)).filter(|otp| !otp.expose().is_empty())
}

/// Every value of this name.
pub fn all<'a>(sent: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    let found = sent.iter().filter(|(field, _)| field == name);
    found.map(|(_, value)| value.as_str()).collect()
}

/// The parameters of the address, as a form's fields; none if they cannot be read.
pub fn asked(request: &HttpRequest) -> Vec<(String, String)> {
    serde_urlencoded::from_str(request.query_string()).unwrap_or_default()
}

/// One parameter of the address.
pub fn parameter(request: &HttpRequest, name: &str) -> Option<String> {
    let found = asked(request).into_iter().find(|(field, _)| field == name);
    found.map(|(_, value)| value)
}

/// The link to the page of the same list that begins there.
pub fn further(path: &str, request: &HttpRequest, from: usize) -> String {
    let mut kept = asked(request);
    kept.retain(|(name, _)| name != "from" && name != "lang");
    kept.push(("from".to_owned(), from.to_string()));
    let asked = serde_urlencoded::to_string(&kept).unwrap_or_default();
    format!("{path}?{asked}")
}

/// The link to a page that is asked the same, but for this parameter; an empty field says nothing.
pub fn link(path: &str, request: &HttpRequest, name: &str, value: &str) -> String {
    let mut kept = asked(request);
    kept.retain(|(known, value)| known != name && known != "lang" && !value.is_empty());
    kept.push((name.to_owned(), value.to_owned()));
    let asked = serde_urlencoded::to_string(&kept).unwrap_or_default();
    format!("{path}?{asked}")
}

/// Whether a browser says that our own page sent this: `Sec-Fetch-Site`, or for older ones `Origin`. Every
/// browser sends one of the two with a form.
pub fn is_ours(request: &HttpRequest, base_url: &str) -> bool {
    let header = |name| {
        let value = request.headers().get(name);
        value.and_then(|value| value.to_str().ok())
    };
    match (header("sec-fetch-site"), header("origin")) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => origin == base_url,
        (None, None) => false,
    }
}

/// Whether a browser says that another site led here. An address that was typed, or opened from outside of
/// the browser, was led to by none.
pub fn is_led_here(request: &HttpRequest) -> bool {
    let site = request.headers().get("sec-fetch-site");
    site.is_some_and(|site| site != "same-origin" && site != "none")
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_text_of_lines_is_as_long_as_its_form_counts_it() {
        let words = ["Sửa mục II"; 45];
        for end in ["\r\n", "\n", "\r"] {
            let typed = ("reason".to_owned(), words.join(end));
            let sent = web::Form(vec![typed]);
            assert_eq!(in_one_line(&sent, "reason"), words.join(" "), "{end:?}");
        }
    }

    #[test]
    fn only_our_own_pages_send_forms() {
        let ours = |headers: &[(&'static str, &str)]| {
            let request = headers
                .iter()
                .fold(TestRequest::default(), |request, header| {
                    request.insert_header(*header)
                });
            is_ours(&request.to_http_request(), "https://a.vn")
        };
        assert!(ours(&[("sec-fetch-site", "same-origin")]));
        assert!(ours(&[("origin", "https://a.vn")]));
        for other in [
            &[][..],
            &[("sec-fetch-site", "cross-site"), ("origin", "https://a.vn")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("origin", "https://b.vn")],
            &[("origin", "null")],
        ] {
            assert!(!ours(other), "{other:?}");
        }
    }
}
