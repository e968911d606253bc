//! The answers about a signature, each apart from the others, in both languages.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::pdf::reasons;

reasons! {
    /// Whether the signature and what it is over belong together, unchanged.
    Integrity {
        Intact "intact" "The signed bytes are unchanged." "Phần được ký không bị thay đổi.";
        Weak "weak" "The signed bytes match, but by a hash that no longer proves anything (SHA-1)." "Phần được ký khớp, nhưng theo hàm băm không còn giá trị chứng minh (SHA-1).";
        Broken "broken" "The signature does not fit the signed bytes." "Chữ ký không khớp với phần được ký.";
    }
}

reasons! {
    /// Why a signature is not intact.
    Fault {
        NotSignature "not_signature" "This is not a signature in CMS." "Đây không phải chữ ký ở dạng CMS.";
        Encoding "encoding" "The signature is encoded in a way that is not supported." "Chữ ký dùng cách mã hóa không được hỗ trợ.";
        Signers "signers" "There is not exactly one signer where there must be one." "Không có đúng một người ký ở nơi chỉ được có một.";
        Ranges "ranges" "The ranges of the file that are signed are not as they must be." "Các đoạn được ký của tệp không đúng quy cách.";
        Content "content" "There is no signed content, or it is in two places." "Không có nội dung được ký, hoặc nội dung nằm ở hai nơi.";
        Attributes "attributes" "A signed attribute is missing, doubled or malformed." "Thuộc tính được ký bị thiếu, trùng hoặc sai dạng.";
        UnknownHash "unknown_hash" "The hash algorithm is not known here." "Thuật toán băm không được hỗ trợ.";
        OtherDocument "other_document" "The signature is over something else, or the document was changed." "Chữ ký thuộc nội dung khác hoặc tài liệu đã bị sửa.";
        NoCertificate "no_certificate" "The signer's certificate is not in the file." "Trong tệp không có chứng thư của người ký.";
        OtherCertificate "other_certificate" "The signature is bound to another certificate." "Chữ ký gắn với chứng thư khác.";
        UnknownScheme "unknown_scheme" "The signature scheme is not known here, or does not fit the key." "Lược đồ chữ ký không được hỗ trợ hoặc không hợp với khóa.";
        BadValue "bad_value" "The signature value is wrong." "Giá trị chữ ký sai.";
    }
}

reasons! {
    /// What was added to a file after a signature.
    Later {
        Nothing "nothing" "Nothing was added after this signature." "Không có gì được thêm sau chữ ký này.";
        Explained "explained" "What was added after this signature is explained: signatures, fields that were left open, validation data." "Phần thêm sau chữ ký này được giải thích: chữ ký, ô để trống, dữ liệu kiểm tra.";
        Unexplained "unexplained" "Something was added after this signature that no signature explains." "Sau chữ ký này có phần được thêm mà không giải thích được.";
        Unknown "unknown" "Something was added after this signature; what, was not judged." "Sau chữ ký này có phần được thêm, chưa được đánh giá.";
    }
}

reasons! {
    /// Where the time of a signature comes from.
    TimeBasis {
        Stamped "stamped" "A time stamp proves that the signature existed then." "Dấu thời gian chứng minh chữ ký đã tồn tại vào lúc đó.";
        Claimed "claimed" "The signer claims that time; nothing proves it." "Thời điểm do người ký khai báo, không có gì chứng minh.";
        Now "now" "No time is given; this is the time of the check." "Không có thời điểm ký; đây là thời điểm kiểm tra.";
    }
}

reasons! {
    /// Why a signer is not trusted.
    Distrust {
        NoSigner "no_signer" "It is not known who signed." "Không biết ai đã ký.";
        NoPath "no_path" "No path leads from the certificate to an authority on the trust list." "Không có đường dẫn từ chứng thư đến tổ chức trong danh sách tin cậy.";
        Expired "expired" "A certificate had expired at that time." "Có chứng thư đã hết hạn tại thời điểm đó.";
        NotYetValid "not_yet_valid" "A certificate was not yet valid at that time." "Có chứng thư chưa có hiệu lực tại thời điểm đó.";
        WeakCertificate "weak_certificate" "A certificate on the path is signed with SHA-1, which proves nothing any more." "Có chứng thư trên đường dẫn được ký bằng SHA-1, không còn giá trị chứng minh.";
        Usage "usage" "The certificate is not meant for this use." "Chứng thư không dùng cho mục đích này.";
        AuthorityRevoked "authority_revoked" "An authority on the path had been revoked." "Một tổ chức trên đường dẫn đã bị thu hồi chứng thư.";
    }
}

reasons! {
    /// What is known about revocation.
    Standing {
        Good "good" "Not revoked, by a list or an answer of the authority." "Chưa bị thu hồi, theo danh sách hoặc trả lời của tổ chức chứng thực.";
        RevokedLater "revoked_later" "Revoked, but after the proven time of the signature." "Đã bị thu hồi, nhưng sau thời điểm ký được chứng minh.";
        Revoked "revoked" "Revoked, and nothing proves that the signature is older." "Đã bị thu hồi, không có gì chứng minh chữ ký có trước đó.";
        NotKnown "not_known" "Not known: no list or answer that fits was given." "Không rõ: không có danh sách hoặc trả lời phù hợp.";
    }
}

reasons! {
    /// Why nothing is known about revocation.
    Silence {
        NotAsked "not_asked" "Nobody was asked by network." "Chưa hỏi tổ chức nào qua mạng.";
        NoSource "no_source" "The certificate does not say where one could ask." "Chứng thư không cho biết có thể hỏi ở đâu.";
        NotListed "not_listed" "The certificate names places that are not asked from here." "Chứng thư chỉ đến nơi mà hệ thống này không hỏi.";
        NoAnswer "no_answer" "Whoever was asked did not answer in time, or not as it must be." "Nơi được hỏi không trả lời kịp hoặc trả lời không đúng quy cách.";
        NotFitting "not_fitting" "What was answered does not count: too old, about something else, or not signed by whom it must be." "Trả lời không có giá trị: quá cũ, về đối tượng khác, hoặc không do bên có thẩm quyền ký.";
        Unread "unread" "What was answered could not be read together with this file." "Trả lời không đọc được cùng với tệp này.";
        TooMany "too_many" "The file has more certificates than are asked about." "Tệp có nhiều chứng thư hơn mức được hỏi.";
    }
}

reasons! {
    /// Who signs with a certificate, as far as its subject tells.
    Party {
        Person "person" "A person's certificate." "Chứng thư của cá nhân.";
        Agency "agency" "An agency's certificate." "Chứng thư của cơ quan, tổ chức.";
        Unclear "unclear" "The certificate does not tell whether it is a person's or an agency's." "Chứng thư không cho biết của cá nhân hay cơ quan.";
    }
}

reasons! {
    /// Whether a document carries both signatures that make an electronic document original: the
    /// authorised person's and, after it, the agency's (Decree 30/2020 arts. 13 and 32).
    Completeness {
        Both "both" "A person's signature and after it an agency's are there." "Có chữ ký của cá nhân và sau đó của cơ quan.";
        AgencyFirst "agency_first" "Both are there, but the agency signed before the person." "Có cả hai, nhưng cơ quan ký trước cá nhân.";
        PersonOnly "person_only" "Only a person's signature is there; the agency's is missing." "Chỉ có chữ ký cá nhân, thiếu chữ ký của cơ quan.";
        AgencyOnly "agency_only" "Only an agency's signature is there; the person's is missing." "Chỉ có chữ ký cơ quan, thiếu chữ ký của người có thẩm quyền.";
        Unclear "unclear" "There are trusted signatures, but not all say whose they are." "Có chữ ký tin cậy, nhưng không xác định được hết là của ai.";
        Neither "neither" "No signature is there that is unchanged and trusted." "Không có chữ ký nào nguyên vẹn và tin cậy.";
    }
}

reasons! {
    /// What is odd about a signature and decides nothing by itself.
    Notice {
        Sha1 "sha1" "SHA-1 is used, which is no longer safe." "Dùng SHA-1, không còn an toàn.";
        Unbound "unbound" "The signature does not name its certificate, so it could be shown under another with the same key." "Chữ ký không gắn với chứng thư, có thể được trình bày với chứng thư khác cùng khóa.";
        LocalTimeAsUtc "local_time_as_utc" "The claimed time is seven hours off, as if Vietnam's local time were called UTC." "Thời điểm khai báo lệch bảy giờ, như thể giờ Việt Nam bị ghi là UTC.";
        TimeAhead "time_ahead" "The claimed time lies in the future." "Thời điểm khai báo ở tương lai.";
        TimeDiffers "time_differs" "The time that is claimed, the one in the text of the signature and that of its time stamp are more than five minutes apart." "Thời điểm khai báo, thời điểm ghi trong phần chữ của chữ ký và thời điểm của dấu thời gian lệch nhau quá năm phút.";
        BadStamp "bad_stamp" "There is a time stamp that proves nothing: it is over something else, broken or not trusted." "Có dấu thời gian không có giá trị: sai nội dung, hỏng hoặc không tin cậy.";
        NotToday "not_today" "The signer is trusted at the time of the signature, but not today." "Người ký được tin cậy tại thời điểm ký, nhưng hôm nay thì không.";
        Evaluation "evaluation" "The certificate is for evaluation only and has no legal value." "Chứng thư chỉ để thử nghiệm, không có giá trị pháp lý.";
    }
}

/// When a signature is taken to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningTime {
    /// The time at which certificates are looked at.
    pub at: OffsetDateTime,
    /// What that time rests on.
    pub basis: TimeBasis,
    /// What the signer claims, as it stands in the file.
    pub claimed: Option<OffsetDateTime>,
}

impl SigningTime {
    /// One that a time stamp proves.
    pub(super) const fn stamped(at: OffsetDateTime) -> Self {
        Self {
            at,
            basis: TimeBasis::Stamped,
            claimed: None,
        }
    }
}

/// Whether the signer's certificate may be revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// The answer.
    pub standing: Standing,
    /// When the certificate was revoked, or as of when it was not.
    pub at: Option<OffsetDateTime>,
}

impl Revocation {
    pub(super) const NOT_KNOWN: Self = Self {
        standing: Standing::NotKnown,
        at: None,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_has_words_in_both_languages() {
        macro_rules! all {
            ($($kind:ident)*) => {
                [$($kind::ALL.iter().map(|one| (one.code(), one.english(), one.vietnamese())).collect::<Vec<_>>(),)*]
            };
        }
        let kinds = all!(Integrity Fault Later TimeBasis Distrust Standing Silence Party Completeness Notice);
        for (code, english, vietnamese) in kinds.iter().flatten() {
            assert!(english.is_ascii() && english.ends_with('.'), "{code}");
            assert!(
                !vietnamese.is_ascii() && vietnamese.ends_with('.'),
                "{code}"
            );
        }
        for kind in &kinds {
            let codes: std::collections::HashSet<_> = kind.iter().map(|one| one.0).collect();
            assert_eq!(codes.len(), kind.len(), "{codes:?}");
        }
    }
}
