//! The sample of a file that was verified.

use kyso_web::{Found, FoundSignature, Language, VerifyFile};

use super::everyone::language_text;
use super::frame;

pub(crate) fn page(language: Language) -> String {
    let text = |vietnamese, english| language_text(language, vietnamese, english);
    let one = FoundSignature {
        subject: "CN=Nguyễn Thị Ánh Tuyết,O=Ủy ban nhân dân tỉnh,C=VN".into(),
        field: "LanhDao".into(),
        party: text("Chứng thư của cá nhân.", "A person's certificate."),
        integrity: vec![text(
            "Phần được ký không bị thay đổi.",
            "The signed bytes are unchanged.",
        )],
        coverage: text("Phủ toàn bộ tệp.", "It is over the whole file."),
        later: text("Không có gì được thêm.", "Nothing was added."),
        time: "15:00:00 23/11/2026 (UTC+7)".to_owned(),
        trust: text("Có (government-g2)", "Yes (government-g2)"),
        revocation: text("Không rõ.", "Not known."),
        notices: vec![text("Dùng SHA-1.", "SHA-1 is used.")],
    };
    let completeness = text(
        "Thiếu chữ ký của cơ quan.",
        "The agency's signature is missing.",
    );
    VerifyFile {
        frame: frame(language, None, "/ui/verify"),
        refusal: None,
        found: Some(Found {
            completeness,
            signatures: vec![one],
        }),
    }
    .render()
}
