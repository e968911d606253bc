//! What each page holds for its reader, and what it does not.

use super::page;

/// What stands on each page, by its name in the gallery.
const NEEDED: &[(&str, &[&str])] = &[
    (
        "login",
        &[
            "name=\"login\"",
            "name=\"password\"",
            "name=\"next\" value=\"/ui/inbox\"",
        ],
    ),
    ("login-wrong", &["name=\"otp\"", "không đúng"]),
    (
        "verification",
        &[
            "name=\"document\" type=\"file\"",
            "multipart/form-data",
            "Phần được ký không bị thay đổi.",
            "Thiếu chữ ký của cơ quan.",
        ],
    ),
    ("login-used", &["chờ mã mới (17 giây)"]),
    (
        "integrate",
        &[
            "href=\"/ui/integrate.md\"",
            "href=\"/ui/integrate.py\"",
            "<code>https://kyso.hatinh.example</code>",
            "https://kyso.hatinh.example/csc/v2/credentials/authorizeCheck",
            "https://kyso.hatinh.example/csc/v2/signatures/signPolling",
            "https://kyso.hatinh.example/csc/v1/credentials/authorize",
            "https://kyso.hatinh.example/api/v1/approvals",
            "python3 -",
            "idempotency_mismatch",
            "outcome_unknown",
        ],
    ),
    (
        "enrol-factor",
        &[
            "<svg",
            "otpauth://totp/",
            "name=\"new_password_again\"",
            "name=\"otp\"",
        ],
    ),
    (
        "content",
        &[
            "/documents/0/pages/3",
            "from=4",
            "/documents/0/file",
            "/ui/requests/r0",
        ],
    ),
    ("account", &["/ui/logout", "name=\"old_password\""]),
    ("notice-elsewhere", &["Đã được duyệt ở nơi khác"]),
    (
        "inbox",
        &[
            "Cần ký",
            "Đang xử lý",
            "Đã ký",
            "Thất bại",
            "name=\"id\" value=\"r0\"",
            "Hỏa tốc",
            "Quá hạn",
            "đến năm 2035 và bãi bỏ",
        ],
    ),
    (
        "inbox-failed",
        &["Thiếu căn cứ pháp lý", "Trả lại", "Hết hạn"],
    ),
    (
        "request",
        &[
            "Nội dung chưa được hiển thị",
            "KT. CHỦ TỊCH",
            "Lưu: VT, TH2",
            "Chưa cấp số",
            "9f86d081…c55ad015",
            "/ui/approve?id=r0",
            "/refuse",
            "/return",
        ],
    ),
    (
        "approve",
        &[
            "Nội dung chưa được hiển thị",
            "name=\"shown\" value=\"s\"",
            "name=\"id\" value=\"r2\"",
            "name=\"otp\"",
            "Ký duyệt 3 văn bản",
        ],
    ),
    (
        "approve-wrong",
        &[
            "href=\"#otp\"",
            "aria-describedby=\"otp-wrong otp-hint\"",
            "aria-invalid=\"true\"",
        ],
    ),
    ("refuse", &["name=\"otp\"", "one-time-code"]),
    ("return", &["name=\"otp\"", "name=\"reason\""]),
    (
        "results",
        &["Đã ký 1 trên 3 văn bản", "coi như đã ký", "Không được ký"],
    ),
    (
        "stamping",
        &["363 / 500", "/ui/stamping/s1/close", "Mở phiên đóng dấu"],
    ),
    (
        "stamping-open",
        &[
            "name=\"limit\"",
            "name=\"until\"",
            "name=\"purpose\"",
            "name=\"otp\"",
            "href=\"#purpose\"",
        ],
    ),
    ("agencies", &["/ui/agencies/new", "/ui/agencies/H27.05"]),
    (
        "agency",
        &[
            "/ui/agencies/a1/codes",
            "/ui/agencies/a1/end",
            "/ui/agencies/new?above=a1",
            "id=\"code-wrong\"",
            "name=\"at\"",
        ],
    ),
    (
        "agency-new",
        &["name=\"above\"", "value=\"tinh\" selected", "name=\"from\""],
    ),
    (
        "person",
        &[
            "/ui/people/p1/roles/new",
            "/ui/people/p1/roles/h1/withdraw",
            "id=\"otp-h2\"",
            "/ui/people/p1/authorities/new",
            "/ui/people/p1/authorities/h1/end",
        ],
    ),
    (
        "role-new",
        &["value=\"records_clerk\" selected", "name=\"otp\""],
    ),
    (
        "authority-new",
        &[
            "value=\"KT\" selected",
            "name=\"basis\"",
            "id=\"until-wrong\"",
        ],
    ),
    (
        "picture",
        &[
            "src=\"/ui/pictures/a1/file\"",
            "name=\"png\" type=\"file\"",
            "/ui/pictures/a1/remove",
        ],
    ),
    ("picture-none", &["Chưa có hình nào được duyệt"]),
    ("people", &["Có thể gõ không dấu", "/ui/people/new"]),
    (
        "person-new",
        &[
            "name=\"agency\"",
            "name=\"position_required\" value=\"1\" checked",
        ],
    ),
    (
        "credential-new",
        &[
            "name=\"login\"",
            "value=\"p-256\" selected",
            "name=\"common_name\"",
        ],
    ),
    (
        "credential-requested",
        &[
            "/request.pem",
            "/issue",
            "/certify",
            "id=\"chain_pem-wrong\"",
        ],
    ),
    (
        "credential",
        &["/hand-over", "/activate", "/lock", "/unlock", "/revoke"],
    ),
    (
        "change",
        &[
            "/ui/changes/c1/approve",
            "/ui/changes/c1/reject",
            "name=\"otp\"",
        ],
    ),
    ("credentials", &["còn 20 ngày", "còn 1 ngày"]),
    ("coverage", &["42 %", "99 %"]),
    (
        "audit",
        &[
            "name=\"from\"",
            "name=\"event\"",
            "name=\"outcome\"",
            "name=\"actor\"",
            "name=\"agency\"",
            "name=\"credential\"",
            "before=1204879",
        ],
    ),
    (
        "entry",
        &[
            "Giá trị băm của dòng",
            "Nội dung đã xóa",
            "/ui/audit/1204881?from=9",
            "/ui/audit/1204880",
        ],
    ),
    ("verify-broken", &["KHÔNG còn như đã ghi", "1204877"]),
    (
        "timeline",
        &[
            "<title id=\"chart-title\">",
            "<desc id=\"chart-text\">",
            "Dạng bảng",
            "<rect class=\"s0\"",
        ],
    ),
    (
        "questions",
        &["/ui/audit/views/expired-authority", "Phải trống", "1000+"],
    ),
    (
        "question",
        &[
            "name=\"weekdays\"",
            "/ui/audit/1204881",
            "/ui/credentials/c1",
        ],
    ),
    (
        "key-day",
        &[
            "Dòng tạo khóa không ghi chủ khóa",
            "/ui/audit/1204990",
            "Điều không thể biết",
        ],
    ),
    ("officer-sessions", &["/ui/stamping/s1/close"]),
    ("officer-credential", &["/lock"]),
    (
        "machines",
        &["3f1c0a5e77d2", "Hàng đợi", "Số lần mất kết nối"],
    ),
];

#[test]
fn a_page_holds_what_its_reader_needs() {
    for (name, wanted) in NEEDED {
        let html = page(name);
        for words in *wanted {
            assert!(html.contains(words), "{name}: {words}");
        }
    }
}

#[test]
fn an_act_stands_only_where_its_reader_may_do_it() {
    let table = [
        ("officer-credential", "/unlock"),
        ("officer-credential", "/revoke"),
        ("officer-sessions", "href=\"/ui/stamping/open\""),
        ("inbox-failed", "type=\"checkbox\""),
        ("machines", "/ui/requests"),
        ("login", "name=\"otp\""),
        ("login", "/ui/logout"),
    ];
    for (name, refused) in table {
        assert!(!page(name).contains(refused), "{name}: {refused}");
    }
}
