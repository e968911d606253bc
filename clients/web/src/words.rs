//! Every word of the pages, once in each language.

macro_rules! words {
    ($($name:ident $vietnamese:literal $english:literal;)*) => {
        /// The words of one language: a field that a template names and nobody wrote does not compile.
        #[derive(Debug)]
        pub struct Words { $(pub(crate) $name: &'static str,)* }

        pub(crate) static VIETNAMESE: Words = Words { $($name: $vietnamese,)* };
        pub(crate) static ENGLISH: Words = Words { $($name: $english,)* };

        #[cfg(test)]
        const TABLE: &[(&str, &str, &str)] = &[$((stringify!($name), $vietnamese, $english),)*];
    };
}

words! {
    about "Về" "About";
    account_ended "Tài khoản này đã kết thúc." "This account has ended.";
    actor "Người thực hiện" "Actor";
    acts "Thao tác" "Actions";
    agencies "Cơ quan" "Agencies";
    agency "Cơ quan" "Agency";
    agency_code "Mã cơ quan" "Agency code";
    agency_code_hint "Ví dụ H27.1" "For example H27.1";
    all "Tất cả" "All";
    all_signed "Tất cả văn bản đã được ký." "Every document was signed.";
    approve "Ký duyệt" "Approve";
    approve_change "Phê duyệt" "Approve";
    approve_chosen "Ký duyệt mục đã chọn" "Approve the chosen";
    approve_intro "Mã xác thực chỉ có hiệu lực cho đúng danh sách dưới đây." "The one-time password counts for exactly the list below.";
    approved_not_signed "Đã duyệt. Hệ thống trình còn phải ký; kết quả sẽ hiện ở mục Đã ký hoặc Thất bại." "Approved. The asking system has yet to sign; the outcome will stand under Signed or Failed.";
    as_table "Dạng bảng" "As a table";
    asked_by "Hệ thống trình" "Asked by";
    at_most "Số lần đóng dấu tối đa" "Stamps at most";
    audit_log "Nhật ký" "Audit log";
    authenticator "Ứng dụng xác thực" "Authenticator app";
    authority "Thẩm quyền" "Authority";
    authority_record "Bản ghi thẩm quyền" "Authority record";
    back "Quay lại" "Back";
    bytes "Nội dung dòng nhật ký (JSON chuẩn hóa)" "The entry (canonical JSON)";
    certificate "Chứng thư" "Certificate";
    change_password "Đổi mật khẩu" "Change password";
    changes "Chờ phê duyệt" "Awaiting approval";
    changes_intro "Mỗi việc dưới đây cần một người khác với người đề nghị phê duyệt." "Each of these needs approval by somebody other than the proposer.";
    choose "Chọn" "Choose";
    choose_all "Chọn tất cả" "Choose all";
    choose_password "Đặt mật khẩu" "Choose a password";
    chosen "mục đã chọn" "chosen";
    clear_filter "Bỏ lọc" "Clear";
    close_now "Đóng phiên ngay" "Close now";
    commitments "Giá trị được cam kết" "Commitments";
    commitments_intro "Tên, trích yếu và địa chỉ chỉ nằm trong nhật ký dưới dạng giá trị băm có muối; nội dung ở bảng riêng và có thể xóa." "Names, titles and addresses stand in the log only as salted hashes; the text lies elsewhere and can be erased.";
    coverage "Mức độ triển khai" "Coverage";
    coverage_caption "Người có khóa ký đang hoạt động, theo cơ quan" "People with an active credential, by agency";
    credential "Khóa ký" "Credential";
    credentials "Khóa ký" "Credentials";
    day "Ngày" "Day";
    days "ngày" "days";
    decision "Quyết định" "Decision";
    digest "Giá trị băm" "Digest";
    document "Văn bản" "Document";
    drafter "Người soạn" "Drafter";
    due "Hạn xử lý" "Due";
    email "Thư điện tử công vụ" "Official e-mail address";
    end_account "Kết thúc tài khoản" "End the account";
    end_account_means "Người này không ký và không đăng nhập được nữa." "This person can no longer sign or log in.";
    end_others "Kết thúc mọi phiên khác" "End all other sessions";
    end_session "Kết thúc phiên" "End session";
    ended "Đã kết thúc" "Ended";
    enrolled "Đã nhận tài khoản" "Enrolled";
    enrolment "Nhận tài khoản" "Take over your account";
    enrolment_code "Mã kích hoạt" "Enrolment code";
    enrolment_code_hint "Mã do người quản lý thuê bao trao cho bạn, chỉ dùng một lần." "The subscriber manager gave it to you; it works once.";
    enrolment_intro "Bạn cần mã kích hoạt và một ứng dụng xác thực trên điện thoại." "You need your enrolment code and an authenticator app on your phone.";
    entry "Dòng nhật ký" "Log entry";
    entry_number "Số" "Number";
    erased "Nội dung đã xóa" "Text erased";
    evaluation "Máy chủ đang dùng thiết bị mềm hoặc chứng thư thử nghiệm." "This server uses a software token or evaluation certificates.";
    event "Sự kiện" "Event";
    expiring "Hết hạn trong" "Ends within";
    factors "Mật khẩu và mã xác thực" "Password and authenticator";
    figures_of "Số liệu lúc" "Figures of";
    filter "Lọc" "Filter";
    finish "Hoàn tất" "Finish";
    first_code "Xác nhận mã đầu tiên" "Confirm the first code";
    first_time "Lần đầu: nhận tài khoản" "First time: take over your account";
    fits "Khớp" "Fits";
    fits_not "KHÔNG khớp" "Does NOT fit";
    from "Từ" "From";
    go_on "Tiếp tục" "Continue";
    hour "Giờ" "Hour";
    in_python "Bằng Python" "In Python";
    integrate_begin "Trước hết: giá trị băm và mã truy cập" "First: a digest and a token";
    integrate_begin_text "Hệ thống chứng minh mình bằng khóa riêng của nó (private_key_jwt); người quản lý thuê bao đăng ký khóa công khai và cấp quyền. Mỗi JWT chỉ dùng một lần, sống tối đa mười phút, và ghi đúng máy chủ này." "A system proves itself with its own key (private_key_jwt); a subscriber manager registers the public key and grants what it may name. Each JWT counts once, lives ten minutes at most, and names exactly this server.";
    integrate_intro "Có ba cách để một hệ thống trình văn bản cho lãnh đạo ký. Cả ba dẫn đến cùng một trang phê duyệt; lãnh đạo nhập mã xác thực tại đó, không nhập trong hệ thống của bạn." "A system has three ways to put documents before a leader. All lead to the same page of ours; the leader enters the one-time password there and never in your system.";
    integrate_names "Mỗi mẫu dưới đây được chạy thử y nguyên trước khi phát hành. Bạn đặt: file là tệp cần ký, credential là khóa của lãnh đạo, assertion là JWT. Hướng dẫn đầy đủ:" "Every sample below is run as it stands before a release. You set: file is what is to be signed, credential the key of the leader, assertion the JWT. The whole guide:";
    integrators "Dành cho hệ thống kết nối" "For integrators";
    is_closed "Đã đóng" "Closed";
    is_open "Đang mở" "Open";
    issuer "Nơi cấp" "Issuer";
    journal "Nhật ký" "Journal";
    key "Khóa" "Key";
    kind "Loại văn bản" "Type";
    label "Tên do hệ thống đặt" "Called by the system";
    lanes "Luồng ký" "Lanes";
    last_used "dùng gần nhất" "last used";
    leader "Lãnh đạo" "Leader";
    leaf_hash "Giá trị băm của dòng" "Leaf hash";
    left_out "Không còn trong danh sách vì đã kết thúc:" "No longer on the list, because it has ended:";
    log_in "Đăng nhập" "Log in";
    log_out "Đăng xuất" "Log out";
    login "Tên đăng nhập" "Login name";
    login_hint "Chữ không dấu, chữ số và . - _ @" "Letters without accents, digits and . - _ @";
    lost_phone "Mất điện thoại: báo ngay người quản lý thuê bao của cơ quan." "Lost your phone? Tell your agency's subscriber manager at once.";
    machines "Vận hành" "Operation";
    make_code "Tạo mã kích hoạt" "Make an enrolment code";
    make_code_means "Mã hiện một lần; trao tận tay cho người này." "The code is shown once; hand it to the person yourself.";
    more "Xem tiếp" "More";
    my_account "Tài khoản của tôi" "My account";
    my_signatures "Chữ ký của tôi" "My signatures";
    my_signatures_intro "Mọi chữ ký được tạo bằng khóa của bạn. Nếu thấy chữ ký lạ, hãy báo ngay cán bộ an toàn thông tin." "Every signature made with your key. If you do not know one of them, tell the security officer at once.";
    name "Họ và tên" "Name";
    nav_inbox "Văn bản trình ký" "Documents for signature";
    navigation "Điều hướng chính" "Main navigation";
    new_password "Mật khẩu mới" "New password";
    next_page "Trang sau" "Next page";
    no_camera "Không quét được? Nhập khóa này vào ứng dụng" "Cannot scan? Type this key into the app";
    no_documents "Trang này không cho xem văn bản." "This page shows no documents.";
    no_due "Không có hạn" "None";
    no_legal_value "KHÔNG CÓ GIÁ TRỊ PHÁP LÝ." "NO LEGAL VALUE.";
    no_number "Chưa cấp số" "No number yet";
    none "Không có" "None";
    not_all_signed "Có văn bản chưa được ký; xem lý do ở từng văn bản." "Some documents were not signed; the reason stands at each.";
    not_enrolled "Chưa nhận tài khoản" "Not enrolled yet";
    not_said "Hệ thống không cho biết văn bản nào" "The system did not say which document";
    not_shown "Nội dung chưa được hiển thị." "The content is not shown.";
    not_shown_why "Máy chủ chỉ nhận giá trị băm và thông tin do hệ thống trình khai báo; hãy xem văn bản trong hệ thống đó trước khi ký." "The server holds only digests and what the asking system says of them; read the document in that system before you sign.";
    nothing_approved "Chưa ký văn bản nào: danh sách đã thay đổi. Hãy xem lại danh sách rồi nhập lại mã xác thực." "Nothing was approved: the list has changed. Look at it again, then enter the one-time password again.";
    nothing_found "Không tìm thấy mục nào." "Nothing was found.";
    nothing_found_yet "Chưa tìm thấy mục nào; còn những mục cũ hơn chưa tìm đến." "Nothing was found yet; older entries were not searched.";
    nothing_here "Không có mục nào." "There is nothing here.";
    number "Số" "Number";
    number_symbol "Số, ký hiệu" "Number, symbol";
    old_password "Mật khẩu hiện tại" "Current password";
    older "Xem mục cũ hơn" "Older";
    open_app "Mở ứng dụng trên điện thoại này" "Open the app on this phone";
    open_stamping "Mở phiên đóng dấu" "Open a stamping session";
    open_stamping_intro "Trong phiên này hệ thống được đóng dấu của cơ quan, tối đa số lần và đến thời điểm ghi dưới đây." "In this session the system may stamp with the agency's seal, as many times and as long as stated below.";
    openapi "mọi lời gọi của /api/v1, kèm ví dụ." "every call of /api/v1, with examples.";
    opened "Mở lúc" "Opened";
    operator "Vận hành" "Operator";
    otp "Mã xác thực" "One-time password";
    otp_hint "6 chữ số trong ứng dụng xác thực trên điện thoại" "Six digits from the authenticator app on your phone";
    outcome "Kết quả" "Outcome";
    overdue "Quá hạn" "Overdue";
    own_proposal "Do bạn đề nghị" "Proposed by you";
    own_proposal_means "Bạn là người đề nghị nên không phê duyệt được; bạn có thể từ chối để rút lại." "You proposed this and so cannot approve it; you may reject it to take it back.";
    own_right "Ký với thẩm quyền của chính mình" "Signs in their own right";
    owner "Chủ sở hữu" "Owner";
    password "Mật khẩu" "Password";
    password_again "Nhập lại mật khẩu mới" "New password again";
    password_rule "Ít nhất 12 ký tự" "At least 12 characters";
    password_saved "Đã đổi mật khẩu. Các phiên khác đã kết thúc." "The password was changed. Your other sessions have ended.";
    people "Người dùng" "People";
    persons "người" "people";
    position "Chức vụ" "Position";
    position_required "Vị trí này phải có chứng thư" "This position needs a certificate";
    positions "Vị trí phải có chứng thư" "Positions that need a certificate";
    problems "Hãy sửa các mục sau" "Please correct the following";
    product "Ký số tập trung" "Signing service";
    proposed_by "Người đề nghị" "Proposed by";
    purpose "Mục đích ký" "Signed for";
    purposes "Mục đích" "Purposes";
    qr "Mã QR để thêm tài khoản vào ứng dụng xác thực" "QR code that adds the account to an authenticator app";
    queue "Hàng đợi" "Queue";
    reason "Lý do" "Reason";
    reason_hint "Người soạn sẽ đọc được lý do này." "The drafter will read this.";
    reason_optional "Lý do (không bắt buộc)" "Reason (optional)";
    recipients "Nơi nhận" "Recipients";
    records_clerk "Văn thư" "Records clerk";
    refuse "Từ chối" "Refuse";
    refuse_means "Từ chối là quyết định cuối cùng: văn bản này sẽ không được ký." "Refusing is final: this will not be signed.";
    refuse_now "Từ chối ký" "Refuse to sign";
    register_person "Đăng ký người dùng" "Register a person";
    register_person_intro "Sau khi đăng ký, hãy tạo mã kích hoạt trên trang của người này." "Once registered, make an enrolment code on that person's page.";
    reject_change "Từ chối" "Reject";
    remaining "Còn lại" "Remaining";
    request_id "Mã yêu cầu" "Request id";
    reset_factors "Đề nghị cấp lại mật khẩu và mã xác thực" "Propose to reset password and authenticator";
    reset_factors_means "Có hiệu lực khi người thứ hai phê duyệt." "Takes effect when a second person approves.";
    return_means "Trả lại để chỉnh sửa: người soạn sửa theo lý do rồi trình lại." "It goes back to be corrected by the reason given, and may be submitted again.";
    return_now "Trả lại văn bản" "Return it";
    return_reason "Trả lại kèm lý do" "Return with a reason";
    roles "Vai trò" "Roles";
    root "Gốc của cây" "Root of the tree";
    rule_digest "Giá trị băm phải đúng độ dài của thuật toán, mã hóa base64; chuỗi thập lục phân bị từ chối." "A digest has exactly the algorithm's length, in base64; hexadecimal is refused.";
    rule_idempotency "Gửi Idempotency-Key với mỗi lần trình hoặc ký và giữ nó cùng văn bản: gửi lại đúng từng byte với cùng khóa không bao giờ ký hai lần." "Send an Idempotency-Key with each submission or signing call and keep it with the document: the same bytes with the same key never sign twice.";
    rule_mismatch "409 idempotency_mismatch (CSC: idempotency_conflict không kèm Retry-After): khóa này đã đi với nội dung khác. Không bao giờ gửi lại; hãy sửa chương trình." "409 idempotency_mismatch (CSC: idempotency_conflict without Retry-After): this key came with another body. Never retry; mend the program.";
    rule_named "Mỗi văn bản phải có tên: abstract (trích yếu) hoặc label trong documents; với credentials/authorize của CSC, một description cho tất cả cũng đủ." "Each document must have a name: abstract or label in documents; with credentials/authorize of CSC, one description for all will do.";
    rule_other "Các mã 4xx khác: gửi lại y nguyên không giúp được gì; trừ 401: lấy mã truy cập mới rồi gửi lại một lần." "Any other 4xx: the same again does not help; but after 401 take a new token, then the same once more.";
    rule_retry "Có Retry-After thì chờ đúng số giây đó rồi gửi lại y nguyên, cùng Idempotency-Key: luôn có ở 429 và 503, ở 202 khi lãnh đạo chưa quyết định, và ở 409 idempotency_running. Các mã 409 khác không có." "Where there is a Retry-After, wait that many seconds and send the same again with the same Idempotency-Key: 429 and 503 always have it, 202 while the leader has not decided, and 409 idempotency_running. Other 409s have none.";
    rule_unknown "outcome_unknown, outcome_uncertain: không ai biết đã ký hay chưa. Hãy coi là đã ký; con người quyết định có trình lại hay không." "outcome_unknown, outcome_uncertain: nobody knows whether it was signed. Treat it as signed; a person decides whether to ask anew.";
    rules "Quy tắc chung" "Rules for all";
    runs_out "Hết hiệu lực" "Runs out";
    scan "Mở ứng dụng xác thực (TOTP) trên điện thoại và quét mã này." "Open an authenticator (TOTP) on your phone and scan this code.";
    scheme "Thuật toán ký" "Signature scheme";
    scheme_of_system "Do hệ thống trình chọn khi ký" "Chosen by the asking system when it signs";
    seal "Con dấu" "Seal";
    search "Tìm" "Search";
    search_agencies "Tìm theo tên hoặc mã" "Search by name or code";
    search_hint "Có thể gõ không dấu" "Tones may be left out";
    search_owner "Tìm theo tên chủ sở hữu" "Search by the owner's name";
    search_people "Tìm theo họ tên" "Search by name";
    seconds_left "Số giây còn lại" "Seconds left";
    secrecy "Độ mật" "Secrecy";
    security_officer "Cán bộ an toàn thông tin" "Security officer";
    serial "Số sê-ri" "Serial number";
    sessions "Thiết bị đang đăng nhập" "Where you are logged in";
    share "Tỷ lệ" "Share";
    show "Xem" "Show";
    signed_once "Đã ký ít nhất một lần" "Signed at least once";
    signs_with "Ký bằng" "Signs with";
    since "từ" "since";
    skip "Đến nội dung chính" "Skip to content";
    spoilt "Đã bị sửa" "Tampered with";
    spoilt_what "Nội dung lưu trong cơ sở dữ liệu không khớp giá trị băm của dòng này nên không được hiển thị." "What the database holds does not fit the hash of this entry, so it is not shown.";
    stamping_sessions "Phiên đóng dấu" "Stamping sessions";
    stamps "Các lần đóng dấu" "Stamps";
    stamps_allowed "Số lần đóng dấu được phép" "Stamps allowed";
    state "Trạng thái" "State";
    subject "Trích yếu" "Abstract";
    subscriber_manager "Người quản lý thuê bao" "Subscriber manager";
    system "Hệ thống" "System";
    tab_failed "Thất bại" "Failed";
    tab_in_progress "Đang xử lý" "In progress";
    tab_signed "Đã ký" "Signed";
    tab_to_sign "Cần ký" "To sign";
    terms "Thông tin kỹ thuật được duyệt" "Technical terms of the approval";
    this_device "Thiết bị này" "This device";
    this_server "Máy chủ này" "This server";
    time "Thời gian" "Time";
    timeline "Chữ ký theo giờ" "Signatures by hour";
    to "Đến" "To";
    to_inbox "Về danh sách văn bản" "To the documents";
    to_start "Về trang đầu" "To the start";
    total "Tổng cộng" "Total";
    until "Đến" "Until";
    urgency "Độ khẩn" "Urgency";
    urgency_said "Độ khẩn của văn bản" "Urgency of the document";
    used "Đã dùng" "Used";
    valid "Hiệu lực" "Valid";
    verify "Kiểm tra nhật ký" "Verify the log";
    verify_intro "Máy chủ đọc lại toàn bộ nhật ký, tính lại cây băm và so với tệp đầu cây. Việc này có thể mất vài phút và được ghi vào nhật ký." "The server reads the whole log again, computes the tree and compares it with the head file. This may take minutes and is itself recorded.";
    verify_now "Kiểm tra ngay" "Verify now";
    vietnam_time "Giờ Việt Nam (+07:00)" "Vietnam time (+07:00)";
    way_csc1 "CSC v1, chờ trả lời" "CSC v1, waiting";
    way_csc1_text "Lời gọi chờ đến khi lãnh đạo quyết định. Hết thời gian chờ của một lời gọi thì có 503 và Retry-After. Khi đó, hoặc khi đứt kết nối, gửi lại cùng nội dung: lời gọi mới nhập vào đúng yêu cầu đang chờ." "The call waits until the leader decides. When the time of one call is over, it says 503 with Retry-After. Then, or if the line breaks, send the same again: the new call joins the same request.";
    way_csc2 "CSC v2, hỏi lại theo mã" "CSC v2, with a handle";
    way_csc2_text "Lời gọi trả về 202 và một mã; hệ thống hỏi lại theo mã đó cho đến khi lãnh đạo quyết định, rồi ký bằng SAD nhận được." "The call answers 202 and a handle; ask again with it until the leader has decided, then sign with the SAD.";
    way_mode_a "CSC v2, chế độ A" "CSC v2, mode A";
    way_mode_a_text "Lời gọi trả về responseID; máy chủ tự ký khi lãnh đạo phê duyệt, và signPolling trả chữ ký." "The call answers with a responseID; the server signs once the leader approves, and signPolling gives the signatures.";
    way_rest "REST, hỏi lại hoặc nhận webhook" "REST, polling or webhooks";
    way_rest_text "Gửi văn bản kèm số, ký hiệu, trích yếu, độ khẩn, người soạn, nơi nhận; rồi hỏi lại cho đến khi có kết quả, hoặc nhận webhook." "Submit documents with number, symbol, abstract, urgency, drafter and recipients; then ask until it has ended, or take a webhook.";
    webhook_text "Webhook: thêm callback vào nội dung gửi, dưới địa chỉ mà người quản lý thuê bao đã đăng ký. Máy chủ gửi id và trạng thái, không gửi chữ ký, kèm webhook-id, webhook-timestamp và webhook-signature (HMAC-SHA256, Standard Webhooks); integrate.py có hàm kiểm tra. Trả lời 2xx trong mười giây; cùng webhook-id là cùng một tin." "Webhooks: add callback to the body, under the origin that a subscriber manager registered. The server sends id and state, never signatures, with webhook-id, webhook-timestamp and webhook-signature (HMAC-SHA256, Standard Webhooks); integrate.py has a function that checks them. Answer 2xx within ten seconds; the same webhook-id is the same message.";
    what_stamped "Đã đóng dấu những gì" "What was stamped";
    whole_tree "Toàn bộ cơ quan" "All agencies";
    with_active "Có khóa hoạt động" "With active credential";
    with_below "cơ quan trực thuộc" "agencies below";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use unicode_normalization::is_nfc;

    use super::*;

    #[test]
    fn every_word_is_there_in_both_languages_and_in_order() {
        let names: Vec<&str> = TABLE.iter().map(|row| row.0).collect();
        let sorted: BTreeSet<&str> = names.iter().copied().collect();
        let sorted: Vec<&str> = sorted.into_iter().collect();
        assert_eq!(names, sorted, "once each, in alphabetical order");
        for (name, vietnamese, english) in TABLE {
            assert!(is_nfc(vietnamese) && english.is_ascii(), "{name}");
            assert!(
                !vietnamese.trim().is_empty() && !english.trim().is_empty(),
                "{name}"
            );
            assert_eq!(vietnamese.ends_with('.'), english.ends_with('.'), "{name}");
        }
    }
}
