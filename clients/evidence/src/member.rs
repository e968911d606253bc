//! The members of an entry by name, for columns that repeat them.

use std::borrow::Cow;

use crate::entry::Entry;

/// A member's value as text; the inner `None` is an absent optional member.
type Member<'a> = Option<Cow<'a, str>>;

impl Entry {
    /// The member of that name, written as in the entry's bytes but without quotes.
    ///
    /// Single-valued members only; nested ones as `actor.id`, `key.cka_id`. `None` if no such
    /// member can exist, which a comparison must treat as a difference.
    pub fn member(&self, name: &str) -> Option<Option<Cow<'_, str>>> {
        self.required(name)
            .map(Some)
            .or_else(|| self.optional(name))
            .or_else(|| self.nested(name))
    }

    fn required(&self, name: &str) -> Option<Cow<'_, str>> {
        Some(match name {
            "boot" => Cow::from(&self.boot),
            "epoch" => Cow::from(self.epoch.to_string()),
            "event" => Cow::from(self.event.name()),
            "log" => Cow::from(&self.log),
            "outcome" => Cow::from(self.outcome.as_str()),
            "request" => Cow::from(&self.request),
            "seq" => Cow::from(self.seq.to_string()),
            "time" => Cow::from(&self.time),
            _ => return None,
        })
    }

    fn optional(&self, name: &str) -> Option<Member<'_>> {
        let text = match name {
            "agency" => &self.agency,
            "authority" => &self.authority,
            "client" => &self.client,
            "count" => return Some(self.count.map(|count| Cow::from(count.to_string()))),
            "credential" => &self.credential,
            "grant" => &self.grant,
            "intent" => &self.intent,
            "latency_us" => return Some(self.latency_us.map(|us| Cow::from(us.to_string()))),
            "object" => &self.object,
            "object_kind" => &self.object_kind,
            "purpose" => &self.purpose,
            "reason" => &self.reason,
            "scheme" => &self.scheme,
            "session" => &self.session,
            _ => return None,
        };
        Some(text.as_deref().map(Cow::from))
    }

    fn nested(&self, name: &str) -> Option<Member<'_>> {
        let key = self.key.as_ref();
        Some(match name {
            "actor.factor" => self.actor.factor.map(|factor| Cow::from(factor.as_str())),
            "actor.id" => self.actor.id.as_deref().map(Cow::from),
            "actor.kind" => Some(Cow::from(self.actor.kind.as_str())),
            "key.algorithm" => key.map(|key| Cow::from(&key.algorithm)),
            "key.certificate_sha256" => key
                .and_then(|key| key.certificate_sha256.as_deref())
                .map(Cow::from),
            "key.cka_id" => key.map(|key| Cow::from(&key.cka_id)),
            "key.purpose" => key.map(|key| Cow::from(&key.purpose)),
            _ => return None,
        })
    }
}
