//! How long a PostgreSQL server may take, said to libpq, to the kernel and to the server itself.
//!
//! A server that lives ends a statement by itself and says so. One that is silent is given up by
//! whoever waits: see the pool and the writer's watch.

use std::time::Duration;

use secrecy::SecretString;

/// A connection string with limits for connecting and for a peer that does not acknowledge; what it
/// says itself stays, since libpq takes the last of two equal parameters.
pub(crate) fn bounded(url: &str, patience: Duration) -> SecretString {
    let seconds = patience.as_secs().max(1);
    let limits = [
        ("connect_timeout", seconds.max(2)), // libpq's least
        ("keepalives", 1),
        ("keepalives_idle", seconds),
        ("keepalives_interval", seconds.div_ceil(4)),
        ("keepalives_count", 3),
        ("tcp_user_timeout", 2_000 * seconds), // milliseconds
    ];
    let joined = |separator: &str| {
        let parameters: Vec<String> = limits.map(|(name, value)| format!("{name}={value}")).into();
        parameters.join(separator)
    };
    let bounded = match parameters_of(url) {
        Parameters::Keywords => format!("{} {url}", joined(" ")),
        Parameters::At(at) => {
            let (before, after) = url.split_at(at);
            format!("{before}{}&{after}", joined("&"))
        }
        Parameters::None => format!("{url}?{}", joined("&")),
    };
    SecretString::from(bounded)
}

/// Where a connection string has its parameters.
enum Parameters {
    /// It is not a URL: `host=… user=…`.
    Keywords,
    /// From this byte on.
    At(usize),
    /// A URL without any.
    None,
}

/// A password may hold a question mark, so the user's part is passed over as libpq does it.
fn parameters_of(url: &str) -> Parameters {
    let scheme = ["postgres://", "postgresql://"]
        .into_iter()
        .find(|scheme| url.starts_with(scheme));
    let Some(scheme) = scheme else {
        return Parameters::Keywords;
    };
    let rest = url.split_at(scheme.len()).1;
    let user = rest
        .find(['@', '/'])
        .filter(|&at| rest.as_bytes().get(at) == Some(&b'@'))
        .unwrap_or(0);
    let question = rest.split_at(user).1.find('?');
    question.map_or(Parameters::None, |at| {
        Parameters::At(scheme.len() + user + at + 1)
    })
}

/// The session's limits. A lock is waited for shorter than a statement, so that the wait for
/// another server's turn is told apart; a transaction that its client forgot gives its lock back.
pub(crate) fn session(patience: Duration) -> String {
    let whole = patience.as_millis();
    format!(
        "SET statement_timeout = {whole}; SET lock_timeout = {}; \
         SET idle_in_transaction_session_timeout = {whole}",
        whole / 2
    )
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn limits_stand_before_what_the_string_says_itself() {
        let limits = |separator: &str| {
            [
                "connect_timeout=5",
                "keepalives=1",
                "keepalives_idle=5",
                "keepalives_interval=2",
                "keepalives_count=3",
                "tcp_user_timeout=10000",
            ]
            .join(separator)
        };
        let (words, query) = (limits(" "), limits("&"));
        for (given, bounded_is) in [
            ("host=h user=u", format!("{words} host=h user=u")),
            ("", format!("{words} ")),
            ("postgres://h/d", format!("postgres://h/d?{query}")),
            (
                "postgresql://u:p@h:5/d",
                format!("postgresql://u:p@h:5/d?{query}"),
            ),
            ("postgres://h/d?a=b", format!("postgres://h/d?{query}&a=b")),
            ("postgres://h/d?", format!("postgres://h/d?{query}&")),
            (
                "postgres://u:p?q@h/d",
                format!("postgres://u:p?q@h/d?{query}"),
            ),
            (
                "postgres://u:p?q@h/d?a=b",
                format!("postgres://u:p?q@h/d?{query}&a=b"),
            ),
            (
                "postgres:///d?password=x@y?z",
                format!("postgres:///d?{query}&password=x@y?z"),
            ),
        ] {
            let found = bounded(given, Duration::from_secs(5));
            assert_eq!(found.expose_secret(), bounded_is, "{given}");
        }
    }

    #[test]
    fn a_lock_is_waited_for_shorter_than_a_statement() {
        assert_eq!(
            session(Duration::from_secs(5)),
            "SET statement_timeout = 5000; SET lock_timeout = 2500; \
             SET idle_in_transaction_session_timeout = 5000"
        );
    }
}
