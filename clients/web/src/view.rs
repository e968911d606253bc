//! Small things that several pages show: states, digests, choices.

use crate::foreign::Foreign;
use crate::frame::Frame;
use crate::language::Language;

/// An option of a list or a box to tick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What the reader sees.
    pub text: Foreign,
    /// Whether it is chosen already.
    pub chosen: bool,
}

/// The digest of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// Name of the algorithm, `SHA-256`.
    pub algorithm: String,
    /// All of it, in lower-case hexadecimal.
    pub hex: String,
}

impl Digest {
    /// The first and the last eight digits, for comparing at a glance; the page holds all of it, too.
    pub(crate) fn short(&self) -> String {
        let characters: Vec<char> = self.hex.chars().collect();
        if characters.len() <= 16 {
            return self.hex.clone();
        }
        let first: String = characters.iter().take(8).collect();
        let last: String = characters.iter().skip(characters.len() - 8).collect();
        format!("{first}…{last}")
    }
}

/// Urgency (độ khẩn).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Thường.
    Normal,
    /// Khẩn.
    Urgent,
    /// Thượng khẩn.
    VeryUrgent,
    /// Hỏa tốc.
    MostUrgent,
}

/// What became of something, as a badge: word and colour.
macro_rules! states {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident $tone:literal $vi:literal $en:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// Every state, for a list to choose from.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name for people.
            pub const fn name(self, language: Language) -> &'static str {
                match self { $(Self::$variant => language.choose($vi, $en),)* }
            }

            pub(crate) const fn word(self, frame: &Frame) -> &'static str {
                self.name(frame.language)
            }

            /// Its colour, which never is the only sign of it.
            pub(crate) const fn tone(self) -> &'static str {
                match self { $(Self::$variant => $tone,)* }
            }
        }
    };
}

impl Urgency {
    /// Its name for people.
    pub const fn name(self, language: Language) -> &'static str {
        match self {
            Self::Normal => language.choose("Thường", "Normal"),
            Self::Urgent => language.choose("Khẩn", "Urgent"),
            Self::VeryUrgent => language.choose("Thượng khẩn", "Very urgent"),
            Self::MostUrgent => language.choose("Hỏa tốc", "Most urgent"),
        }
    }

    pub(crate) const fn word(self, frame: &Frame) -> &'static str {
        self.name(frame.language)
    }

    pub(crate) const fn tone(self) -> &'static str {
        match self {
            Self::Normal => "calm",
            Self::Urgent => "warn",
            Self::VeryUrgent | Self::MostUrgent => "bad",
        }
    }

    pub(crate) fn presses(self) -> bool {
        self != Self::Normal
    }
}

states! {
    /// State of a request for approval.
    RequestState {
        /// Not opened yet.
        Waiting "calm" "Chờ ký" "Waiting";
        /// The leader looked at it.
        Opened "calm" "Đã xem" "Opened";
        /// Approved; the signature is being made.
        Approved "warn" "Đã duyệt, đang ký" "Approved, being signed";
        /// Signed.
        Signed "good" "Đã ký" "Signed";
        /// Refused (từ chối).
        Refused "bad" "Từ chối" "Refused";
        /// Sent back with a reason (trả lại).
        Returned "warn" "Trả lại" "Returned";
        /// Taken back by the system.
        Withdrawn "calm" "Đã rút" "Withdrawn";
        /// Not decided in time.
        Expired "calm" "Hết hạn" "Expired";
        /// Approved, but not signed.
        Failed "bad" "Thất bại" "Failed";
    }
}

states! {
    /// State of a credential.
    CredentialState {
        /// Key and request made; no certificate yet.
        Requested "calm" "Chờ chứng thư" "Waiting for a certificate";
        /// Has a certificate, not handed over.
        Certified "calm" "Chưa bàn giao" "Not handed over";
        /// Handed over, not activated.
        HandedOver "warn" "Đã bàn giao" "Handed over";
        /// In use.
        Active "good" "Đã kích hoạt" "Active";
        /// Locked here; the certificate itself is untouched.
        Locked "bad" "Tạm khóa (tại máy chủ)" "Locked (on this server)";
        /// Its certificate has ended.
        Expired "calm" "Hết hạn" "Expired";
        /// Revoked for ever.
        Revoked "bad" "Đã thu hồi" "Revoked";
    }
}

states! {
    /// What became of one signature.
    Outcome {
        /// Signed.
        Signed "good" "Ký thành công" "Signed";
        /// Being signed.
        Running "warn" "Đang ký" "Being signed";
        /// Refused before a key was used.
        Refused "bad" "Không được ký" "Not allowed";
        /// The HSM or the server failed; certainly not signed.
        Failed "bad" "Ký lỗi" "Failed";
        /// Nobody knows: to be treated as signed.
        Unknown "bad" "Không xác định, coi như đã ký" "Unknown; treat as signed";
    }
}

states! {
    /// How the time stamps of one call stand, told by the one that is furthest behind.
    TimeStamped {
        /// One is still to come.
        Pending "warn" "Đã ký, chờ dấu thời gian" "Signed, time stamp pending";
        /// Nobody stamped one in time.
        GivenUp "bad" "Không có dấu thời gian" "No time stamp";
        /// All are there.
        Held "good" "Đã có dấu thời gian" "Time-stamped";
    }
}

states! {
    /// Whether a part of the machinery works.
    Health {
        /// It works.
        Well "good" "Hoạt động" "Working";
        /// It works, with something to look at.
        Strained "warn" "Cần chú ý" "Needs attention";
        /// It does not work.
        Down "bad" "Ngừng" "Down";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_shortened_only_when_it_is_long() {
        let short = |hex: &str| {
            Digest {
                algorithm: String::new(),
                hex: hex.to_owned(),
            }
            .short()
        };
        assert_eq!(short(&"0123456789abcdef".repeat(4)), "01234567…89abcdef");
        assert_eq!(short("0123456789abcdef"), "0123456789abcdef");
        assert_eq!(short(""), "");
    }
}
