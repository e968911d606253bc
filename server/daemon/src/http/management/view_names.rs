//! The standing questions: what each is called, what it counts, and what it cannot see.

use kyso_api::management::View;
use kyso_api::problem::Language;

/// A standing question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// Acts of power without a second person.
    ActingAlone,
    /// Many documents at once.
    Bulk,
    /// Certificates that end soon.
    CertificatesEnding,
    /// Signatures under a record that was not in force.
    ExpiredAuthority,
    /// What was tried and refused.
    FailedActivations,
    /// Seals outside office hours.
    SealOutsideHours,
    /// Seals without a person's signature.
    SealWithoutSignature,
    /// Numbers that no document has.
    SkippedNumbers,
}

/// The name in the path, whether a row means that something is wrong, and each text in Vietnamese and in English.
struct Text {
    name: &'static str,
    must_be_empty: bool,
    title: [&'static str; 2],
    counts: [&'static str; 2],
    blind: [&'static str; 2],
}

impl Name {
    /// Every question, those that must be empty first.
    pub const ALL: [Self; 8] = [
        Self::ExpiredAuthority,
        Self::SealWithoutSignature,
        Self::SealOutsideHours,
        Self::Bulk,
        Self::FailedActivations,
        Self::ActingAlone,
        Self::CertificatesEnding,
        Self::SkippedNumbers,
    ];

    /// The question of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// The name in paths, commands and entries.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.text().name
    }

    /// What is said of it, in this language.
    #[must_use]
    pub fn told(self, language: Language) -> View {
        let text = self.text();
        let words =
            |[vietnamese, english]: [&str; 2]| language.choose(vietnamese, english).to_owned();
        View {
            name: text.name.to_owned(),
            title: words(text.title),
            counts: words(text.counts),
            blind: words(text.blind),
            must_be_empty: text.must_be_empty,
        }
    }

    const fn text(self) -> &'static Text {
        match self {
            Self::ActingAlone => &ACTING_ALONE,
            Self::Bulk => &BULK,
            Self::CertificatesEnding => &CERTIFICATES_ENDING,
            Self::ExpiredAuthority => &EXPIRED_AUTHORITY,
            Self::FailedActivations => &FAILED_ACTIVATIONS,
            Self::SealOutsideHours => &SEAL_OUTSIDE_HOURS,
            Self::SealWithoutSignature => &SEAL_WITHOUT_SIGNATURE,
            Self::SkippedNumbers => &SKIPPED_NUMBERS,
        }
    }
}

static ACTING_ALONE: Text = Text {
    name: "acting-alone",
    must_be_empty: false,
    title: ["Một người tự làm một mình", "One person acting alone"],
    counts: [
        "Đếm các thao tác trao quyền, xoá danh tính hoặc thu hồi vai trò cán bộ an toàn thông tin mà cùng một lần gọi không có người thứ hai phê duyệt, các thay đổi do chính người đề nghị phê duyệt, các mã kích hoạt do một người cấp, và những gì máy chủ tự lập khi khởi tạo.",
        "Counts acts that grant power, erase who somebody was or take a security officer's role away, without a second person's approval in the same call, changes approved by whoever proposed them, enrolment codes that one person issued, and what the server itself set up at the beginning.",
    ],
    blind: [
        "Không thấy được hai người thông đồng, hoặc một người dùng tài khoản của hai người.",
        "It cannot see two people who agree with each other, or one person who uses the accounts of two.",
    ],
};

static BULK: Text = Text {
    name: "bulk",
    must_be_empty: false,
    title: ["Ký hàng loạt", "Bulk signing"],
    counts: [
        "Đếm các lần gọi ký nhiều hơn N giá trị băm, các phiên đóng dấu mở cho nhiều hơn N lượt, và các lần một mã xác thực duyệt nhiều hơn N yêu cầu ký duyệt.",
        "Counts calls to sign more than N digests, stamping sessions opened for more than N stamps, and one-time passwords that approved more than N requests at once.",
    ],
    blind: [
        "Không cộng nhiều lần gọi nhỏ liên tiếp, và không biết mỗi giá trị băm là văn bản nào.",
        "It does not add up many small calls that follow each other, and does not know what document a digest stands for.",
    ],
};

static CERTIFICATES_ENDING: Text = Text {
    name: "certificates-ending",
    must_be_empty: false,
    title: ["Chứng thư sắp hết hạn", "Certificates ending soon"],
    counts: [
        "Đếm các khóa chưa thu hồi, chưa hết hạn có chứng thư hết hạn trong số ngày đã chọn kể từ bây giờ.",
        "Counts credentials, neither revoked nor expired, whose certificate ends within the chosen days from now.",
    ],
    blind: [
        "Không biết nơi cấp đã thu hồi chứng thư hay chưa, và không thấy chứng thư của khóa nằm ngoài máy chủ này.",
        "It does not know whether the authority has revoked a certificate, and sees no key outside this server.",
    ],
};

static EXPIRED_AUTHORITY: Text = Text {
    name: "expired-authority",
    must_be_empty: true,
    title: [
        "Ký theo thẩm quyền đã hết",
        "Signed under an expired authority",
    ],
    counts: [
        "Đếm các chữ ký cá nhân nêu bản ghi thẩm quyền chưa có hiệu lực, đã hết hạn hoặc đã chấm dứt khi khóa sắp được dùng, và mọi chữ ký hay con dấu nêu bản ghi không có trong nhật ký.",
        "Counts personal signatures that name a record of authority which had not begun, had run out or was ended when the key was about to be used, and any signature or seal that names a record the log does not have.",
    ],
    blind: [
        "Không thấy chữ ký không nêu thẩm quyền nào, và không biết văn bản giao quyền bên ngoài đã bị bãi bỏ hay chưa.",
        "It cannot see signatures that name no authority, nor whether the decision behind a record was withdrawn on paper.",
    ],
};

static FAILED_ACTIVATIONS: Text = Text {
    name: "failed-activations",
    must_be_empty: false,
    title: [
        "Đăng nhập, xác thực và ký không thành",
        "Failed log-ins, passwords and signatures",
    ],
    counts: [
        "Đếm các lần đăng nhập, cấp mã truy cập, cho phép ký, ký duyệt, mở phiên, đề nghị và phê duyệt thay đổi bị từ chối, cùng các dòng tổng hợp nhiều lỗi giống nhau.",
        "Counts refused log-ins, tokens, permissions to sign, signatures, approvals, sessions and changes, and the entries that sum up many equal failures.",
    ],
    blind: [
        "Một dòng tổng hợp thay cho nhiều lần thử và có thể không nêu tên ai; không biết ai đứng sau một tài khoản.",
        "An entry that sums up stands for many tries and may name nobody; who sat behind an account it does not know.",
    ],
};

static SEAL_OUTSIDE_HOURS: Text = Text {
    name: "seal-outside-hours",
    must_be_empty: false,
    title: [
        "Đóng dấu ngoài giờ làm việc",
        "Seal used outside office hours",
    ],
    counts: [
        "Đếm các lần khóa con dấu đã ký, hoặc không rõ kết quả, kết thúc ngoài giờ và ngày làm việc đã chọn theo giờ Việt Nam (+07:00).",
        "Counts uses of seals that signed, or whose end is unknown, and ended outside the chosen hours and days of work in Vietnamese time (+07:00).",
    ],
    blind: [
        "Không biết ngày lễ, ngày làm bù và trực ngoài giờ; giờ là đồng hồ của máy chủ này.",
        "It knows no public holidays, substitute days of work or night duty; the time is that of this server's clock.",
    ],
};

static SEAL_WITHOUT_SIGNATURE: Text = Text {
    name: "seal-without-signature",
    must_be_empty: true,
    title: [
        "Đóng dấu khi không có chữ ký cá nhân",
        "Seal without a person's signature",
    ],
    counts: [
        "Đếm các lần sắp dùng khóa con dấu mà chỉ có hệ thống gọi khẳng định căn cứ, không nêu căn cứ, hoặc nêu chữ ký của một khóa chưa từng ký trước đó trong nhật ký; bản sao và phụ lục không cần chữ ký cá nhân.",
        "Counts intents to use a seal for which only the calling system vouched, which name no ground, or which name a person's key that never signed before in the log; copies and appendices need no person.",
    ],
    blind: [
        "Không đọc lại văn bản: việc chữ ký cá nhân đúng cho chính văn bản ấy là lời máy chủ ghi lúc đóng dấu, và không thấy dấu đóng bên ngoài máy chủ này.",
        "It does not read the document again: that the person's signature fits it is what the server wrote when it sealed; and it sees no seal used outside this server.",
    ],
};

static SKIPPED_NUMBERS: Text = Text {
    name: "skipped-numbers",
    must_be_empty: false,
    title: ["Số văn bản bị bỏ trống", "Skipped document numbers"],
    counts: [
        "Đếm các khoảng số, từ 1 đến số lớn nhất đã đóng dấu của mỗi cơ quan, loại số và năm, mà không văn bản nào trên máy chủ này giữ.",
        "Counts the runs of numbers, from 1 to the highest that was sealed for an agency, a series and a year, that no document on this server has.",
    ],
    blind: [
        "Không biết số đã cấp trên giấy hoặc ở hệ thống khác, số sau số lớn nhất, và không phân biệt số có văn bản đóng dấu không thành.",
        "It does not know numbers given on paper or elsewhere, nor any after the highest, and a number whose seal failed counts as used.",
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_and_every_text_is_one_sentence() {
        for one in Name::ALL {
            assert_eq!(Name::of(one.name()), Some(one));
            for language in [Language::Vietnamese, Language::English] {
                let told = one.told(language);
                for sentence in [&told.counts, &told.blind] {
                    assert!(
                        sentence.ends_with('.') && !sentence.contains(". "),
                        "{sentence}"
                    );
                }
                assert!(!told.title.ends_with('.'), "{}", told.title);
            }
        }
        assert_eq!(Name::of("Bulk"), None);
    }
}
