//! Every text that the command line shows, in Vietnamese and in English.
//!
//! Sentences are here, `{0}`, `{1}`… being filled in; help and headings are in `catalogue.txt`.
//! Help of arguments goes by name: an argument means the same wherever it stands.

use std::collections::HashMap;
use std::sync::LazyLock;

use kyso_client::Language;

macro_rules! messages {
    ($($name:ident $vi:literal $en:literal;)+) => {
        /// A sentence.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Message { $($name,)+ }

        impl Message {
            #[cfg(test)]
            const ALL: &'static [Self] = &[$(Self::$name),+];

            const fn template(self, language: Language) -> &'static str {
                match (self, language) {$(
                    (Self::$name, Language::Vietnamese) => $vi,
                    (Self::$name, Language::English) => $en,
                )+}
            }
        }
    };
}

messages! {
    AskPassword "Mật khẩu: " "Password: ";
    AskNewPassword "Mật khẩu mới: " "New password: ";
    AskAgain "Nhập lại: " "Again: ";
    AskOtp "Mã xác thực: " "One-time password: ";
    AskCode "Mã kích hoạt: " "Enrolment code: ";
    TryAgain "Mã không đúng, hãy chờ mã mới rồi nhập lại." "That code is wrong; wait for a new one and try again.";
    LoggedIn "Đã đăng nhập: {0}." "Signed in: {0}.";
    LoggedOut "Đã đăng xuất." "Signed out.";
    PasswordChanged "Đã đổi mật khẩu." "The password was changed.";
    PasswordsDiffer "Hai lần nhập mật khẩu không giống nhau." "The two passwords differ.";
    EnrolmentUri "Quét mã này bằng ứng dụng xác thực:\n\n{0}\n\nhoặc nhập: {1}\n" "Scan this with an authenticator:\n\n{0}\n\nor enter: {1}\n";
    Enrolled "Tài khoản {0} đã sẵn sàng; hãy đăng nhập." "Account {0} is ready; sign in.";
    OtpNeverRight "Mã xác thực không đúng; đồng hồ điện thoại có đúng giờ không?" "The one-time password was never right; is the phone's clock right?";
    NoQrCode "Không tạo được mã QR: {0}." "The QR code cannot be made: {0}.";
    EnrolmentHalf "Nửa mã kích hoạt của đồng chí: {0}. Chỉ hiện một lần; người duyệt giữ nửa kia." "Your half of the enrolment code: {0}. It is shown once; the other manager has the other half.";
    EnrolmentCode "Mã kích hoạt: {0} (đến {1}). Chỉ hiện một lần." "Enrolment code: {0} (until {1}). It is shown once.";
    Proposed "Đã đề nghị: {0}\nMã đề nghị {1}, chờ người khác phê duyệt đến {2}." "Proposed: {0}\nChange {1} waits until {2} for somebody else's approval.";
    Approved "Đã phê duyệt: {0}." "Approved: {0}.";
    ClientSecret "Mật khẩu của hệ thống, chỉ hiện một lần: {0}" "The system's secret, shown once: {0}";
    CallbackSet "Hệ thống được báo về {0}.\nKhóa kiểm tra chữ ký, chỉ hiện một lần: {1}" "The system is told at {0}.\nThe secret that the calls are signed with, shown once: {1}";
    ReceiptWritten "Đã ghi biên nhận của {0}: {1}" "Wrote the receipt of {0}: {1}";
    DisputeEntered "Đã ghi nhận (dòng {1}): khóa {0} đã bị tạm khóa và cán bộ an toàn thông tin được báo.\nHãy gọi ngay cho cán bộ an toàn thông tin và người quản lý thuê bao." "Entered (entry {1}): credential {0} is locked and the security officers are told.\nNow call the security officer and the subscriber manager.";
    PictureWritten "Đã ghi {0}; rộng {1} mm." "Wrote {0}; {1} mm wide.";
    Created "Đã tạo {0}." "Created {0}.";
    CredentialMade "Đã tạo khóa {0}. Yêu cầu chứng thư:\n{1}" "Made key {0}. Certificate request:\n{1}";
    SessionOpened "Đã mở phiên đóng dấu {0}: {1} lượt, đến {2}." "Opened stamping session {0}: {1} signatures, until {2}.";
    Numbered "Đã ghi số {1}, ngày {2}: {0}" "Number {1}, date {2}: {0}";
    Sealed "Đã đóng dấu số {1}, ngày {2}: {0}" "Sealed {1} of {2}: {0}";
    AppendixSigned "Đã ký phụ lục của văn bản {1}: {0}" "Signed the appendix of {1}: {0}";
    Copied "Đã ký bản sao: {0}" "Signed the copy: {0}";
    FieldNotShown "{0}: ô chữ ký {1} không được hiển thị nên không đặt được hình chữ ký." "{0}: the field {1} is not shown, so that no picture can go there.";
    NoSignatureShown "{0}: không có chữ ký nào được hiển thị để đặt con dấu lên." "{0}: no signature is shown that the seal could go upon.";
    Done "Đã thực hiện: {0}." "Done: {0}.";
    Imported "{0} dòng: {1} đã ghi, {2} không đổi, {3} lỗi." "{0} rows: {1} applied, {2} unchanged, {3} errors.";
    WouldImport "Chạy thử, không ghi gì. {0} dòng: {1} sẽ ghi, {2} không đổi, {3} lỗi." "Dry run, nothing was changed. {0} rows: {1} to apply, {2} unchanged, {3} errors.";
    ImportError "Dòng {0}, cột {1}: {2} ({3})" "Row {0}, column {1}: {2} ({3})";
    OlderEntries "Còn cũ hơn: --before {0}" "There are older ones: --before {0}";
    ViewSays "{0}\nĐiều không thấy được: {1}" "{0}\nWhat it cannot see: {1}";
    Blind "Điều không biết được: {0}" "What cannot be known: {0}";
    SpoiltEntry "Dòng {0} của nhật ký đã bị sửa nên không cho biết gì." "Entry {0} of the log was tampered with and says nothing.";
    NotAllRead "Chưa đọc hết nhật ký đến cuối ngày; có thể còn quyền khác." "Not all of the log up to the end of the day was read; there may be more.";
    MoreEntries "Còn nữa: --after {0}" "There are more: --after {0}";
    Exported "Đã kết xuất vào {0} ({1} byte)." "Exported to {0} ({1} bytes).";
    MissingArguments "Thiếu tham số: {0}." "Missing arguments: {0}.";
    UnknownArgument "Không có tham số {0}." "There is no argument {0}.";
    MissingValue "Tham số {0} cần một giá trị." "Argument {0} needs a value.";
    WrongValue "Giá trị \"{0}\" không hợp lệ cho {1}." "Value \"{0}\" is not valid for {1}.";
    WrongChoice "Giá trị \"{0}\" không hợp lệ cho {1}; chọn một trong: {2}." "Value \"{0}\" is not valid for {1}; choose one of: {2}.";
    NotTogether "Không dùng {0} cùng với {1}." "{0} cannot be used with {1}.";
    OnlyOnce "Tham số {0} chỉ dùng được một lần." "Argument {0} can only be used once.";
    UnknownCommand "Không có lệnh {0}." "There is no command {0}.";
    MissingCommand "Sau {0} cần một lệnh: {1}." "{0} needs a command: {1}.";
    DidYouMean "Có phải ý là {0}?" "Did you mean {0}?";
    CalledSo "Cách dùng: {0}\nXem thêm: --help." "Usage: {0}\nFor more: --help.";
    FilesRead "Đã đọc {0}/{1} tệp" "{0}/{1} files read";
    FilesStamped "Đã gắn dấu thời gian {0}/{1} tệp" "{0}/{1} files time-stamped";
    Stamped "Đã gắn dấu thời gian {1}: {0}" "Time-stamped {1}: {0}";
    StampPending "{0}: đã ký, dấu thời gian chưa có; lấy sau bằng: kyso time-stamp {0} --id {1}" "{0}: signed, the time stamp is still to come; fetch it later with: kyso time-stamp {0} --id {1}";
    StampGivenUp "{0}: đã ký, nhưng không cơ quan nào cấp dấu thời gian {1}." "{0}: signed, but no authority gave time stamp {1}.";
    Unstamped "Không gắn được dấu thời gian. {0}" "The time stamp is not in the file. {0}";
    FilesSigned "Đã ký {0}/{1} tệp" "{0}/{1} files signed";
    NotSignedIn "Chưa đăng nhập vào máy chủ này: kyso login." "Not signed in to this server: kyso login.";
    NoServer "Hồ sơ \"{0}\" chưa có máy chủ: dùng --server." "Profile \"{0}\" has no server: use --server.";
    ProfileName "Tên hồ sơ \"{0}\" chỉ được có chữ cái không dấu, chữ số, - và _." "Profile name \"{0}\" may only hold letters, digits, - and _.";
    NoHome "Không biết thư mục cá nhân: đặt HOME." "There is no home directory: set HOME.";
    FileFailed "{0}: {1}" "{0}: {1}.";
    NothingToRead "Không đọc được: {0}." "Nothing could be read: {0}.";
    PrivateKey "{0} chứa khóa bí mật: chỉ gửi khóa công khai." "{0} holds a private key: send the public one only.";
    TooManyFiles "{0} tệp nhưng mỗi lần chỉ ký được {1}." "{0} files, but only {1} may be signed at once.";
    SignatureExists "{0} đã có; dùng --force để ghi đè." "{0} exists; use --force to overwrite it.";
    TargetTaken "{0} sẽ ghi đè lên một tệp khác trong danh sách." "{0} would be written over another file of the list.";
    FieldOnlyInPdf "--field chỉ dùng cho PDF được ký bên trong, không dùng cho {0}." "--field is for PDFs that are signed inside, not for {0}.";
    PdfRefused "{0}: {1} ({2})" "{0}: {1} ({2})";
    PdfWarning "Lưu ý, {0}: {1} ({2})" "Warning, {0}: {1} ({2})";
    FileChanged "{0} đã bị thay đổi trong lúc ký." "{0} was changed while it was being signed.";
    NothingSigned "Chưa ký tệp nào." "No file was signed.";
    NoAlgorithm "Khóa không có thuật toán phù hợp: {0}." "The key has no fitting algorithm: {0}.";
    WrongNumber "Máy chủ trả về sai số chữ ký." "The server answered with a wrong number of signatures.";
    SomeFailed "Có mục không thành công." "Some of it failed.";
    NoSignature "Không đọc được chữ ký: {0}." "The signature cannot be read: {0}.";
    AskOnline "Thêm --online để hỏi." "Add --online to ask.";
    NoAuthority "{0} không có chứng thư PEM." "{0} holds no PEM certificate.";
    NotValid "{0}: chữ ký KHÔNG hợp lệ." "{0}: the signature is NOT valid.";
    NotAllValid "{0}: có chữ ký KHÔNG hợp lệ, hoặc không chữ ký nào phủ cả tệp." "{0}: a signature is NOT valid, or none is over the whole file.";
    NoneInside "{0} không có chữ ký nào bên trong; --detached kiểm tra {1}." "{0} has no signature inside; --detached looks at {1}.";
    NoTrustList "Danh sách tin cậy không dùng được: {0}." "The trust list cannot be used: {0}.";
    TrustedUnder "có ({0})" "yes ({0})";
    Claims "Người ký khai báo: {0}." "The signer claims: {0}.";
    No "không" "no";
    OverWholeFile "cả tệp" "whole file";
    OverEarlier "phiên bản trước" "earlier revision";
    OverUnclear "không rõ" "unclear";
    WrongConfiguration "Cấu hình sai: {0}." "Wrong configuration: {0}.";
    Unreachable "Không kết nối được máy chủ: {0}." "The server cannot be reached: {0}.";
    Unreadable "Không hiểu câu trả lời của máy chủ: {0}." "The server's answer cannot be read: {0}.";
    NoVerifierKey "{0} không phải là một khóa kiểm tra nguyên vẹn." "{0} is no verifier key, or a damaged one.";
    OtherKindOfKey "{0} là khóa loại {1}: nhật ký có loại 1 hoặc 2, bên làm chứng có loại 4." "{0} is a key of type {1}: a log's is of type 1 or 2, a witness's of type 4.";
    QuorumTooLarge "Cần {0} bên làm chứng nhưng chỉ nêu {1}." "{0} witnesses are asked for, but only {1} are named.";
    WitnessTwice "Bên làm chứng {0} dùng khóa của một bên khác đã nêu." "Witness {0} has the key of another one that is named.";
    NotAReceipt "{0} không phải là biên nhận, đã bị thay đổi, hoặc cần phiên bản kyso mới hơn." "{0} is not a receipt, was changed, or needs a newer kyso.";
    ReceiptMisplaced "{0} nói về dòng {1} nhưng lại chứa dòng {2}." "{0} is about entry {1}, but holds entry {2}.";
    OtherLog "{0} là của nhật ký {1}, không phải {2}." "{0} is of the log {1}, not {2}.";
    NotSignedBy "{0} không có chữ ký bằng khóa đã nêu của {1}." "{0} has no signature by the key of {1} that is named.";
    SignatureChanged "{0}: chữ ký của {1} không đúng, có nội dung đã bị thay đổi." "{0}: the signature by {1} is wrong; something was changed.";
    TooFewWitnesses "{0}: mới có {1} bên làm chứng ký, cần {2}." "{0}: {1} of the witnesses named have cosigned, and {2} are needed.";
    NotInLog "{0}: dòng này không nằm trong nhật ký {1}." "{0}: this entry is not in the log {1}.";
    ReceiptHolds "{0} đúng: dòng {1} nằm trong nhật ký {2}, trong số {3} dòng đầu." "{0} holds: entry {1} is in the log {2}, among its first {3}.";
    BundleFault "{0} không đúng: {1}. Việc kiểm tra dừng ở lỗi đầu tiên." "{0} is not true: {1}. The check stopped at this first fault.";
    BundleHolds "{0} đúng trong phạm vi tệp này cho thấy: đầy đủ từ dòng {1} đến dòng {2} của nhật ký {3}." "{0} holds as far as this copy shows: complete from entry {1} to entry {2} of the log {3}.";
    BundleChecking "Đang kiểm tra: {0}/{1} dòng" "Checking: {0}/{1} entries";
    KeysGiven "khóa mà đồng chí nêu" "those that you gave";
    KeysOfBundle "khóa ghi trong chính tệp: ai làm ra tệp cũng có thể làm ra khóa" "those in the bundle itself: whoever made the bundle may have made the keys";
    ExportKeyOfBundle "khóa mà đồng chí nêu; riêng khóa ký bản kê lấy từ chính tệp" "those that you gave, but for the manifest's, which is the bundle's own";
    AgainstNothing "không có; nếu phần cuối bị cắt thì không thể biết" "nothing; a cut tail would not show";
    AgainstSize "khớp với nhật ký {0} dòng" "agrees with a log of {0} entries";
    OpenIntents "{0}, đầu tiên là dòng {1}; hãy coi là đã ký" "{0}, the first is {1}; treat them as signed";
    ExportedBy "{0}, {1}" "{0}, {1}";
    NotEvidence "{0} không phải là biên nhận, mốc hay tệp kết xuất." "{0} is no receipt, checkpoint or exported bundle.";
    PolicyLine "{0}, dòng {1}: cần log, export, witness kèm khóa kiểm tra, hoặc quorum kèm số." "{0}, line {1}: it must be log, export or witness with a verifier key, or quorum with a number.";
    PolicyLacksLog "{0} không có khóa của nhật ký." "{0} has no key of a log.";
    DigestOf "của nội dung {0}" "of content {0}";
    NoWitness "không có ai; hai lịch sử khác nhau sẽ không bị phát hiện" "by nobody; a second history would not show";
    WitnessMade "Đã tạo bên làm chứng trong {0}. Gửi khóa kiểm tra này cho những ai kiểm tra biên nhận:" "Made a witness in {0}. Give this verifier key to all who verify receipts:";
    WitnessKey "{0}" "{0}";
    WitnessListens "Đang làm chứng tại http://{0} với khóa {1}" "Witnessing at http://{0} with the key {1}";
    CannotListen "Không mở được {0}: {1}." "Cannot listen at {0}: {1}.";
    WitnessInUse "Một tiến trình khác đang dùng {0}." "Another process uses {0}.";
    WitnessTaken "{0} đã có; mỗi thư mục chỉ có một bên làm chứng, khóa không bao giờ bị ghi đè." "{0} is there already; a directory has one witness, and its key is never overwritten.";
    KeyExposed "Người khác cũng đọc được {0}: hãy đặt quyền 0600." "Others than its owner may read {0}: give it mode 0600.";
    NoSecretKey "{0} không có khóa bí mật nguyên vẹn." "{0} holds no secret key, or a damaged one.";
    StateMissing "Thiếu {0}: bên làm chứng quên điều đã ký thì có thể bị đưa sang một lịch sử khác. Hãy tạo bên làm chứng mới, với khóa mới." "{0} is missing: a witness that forgets what it cosigned can be led into a second history. Make a new one, with a new key.";
    StateForeign "{0} không phải do khóa của bên làm chứng này ký." "{0} was not cosigned with this witness's key.";
    StateDamaged "{0} bị hỏng hoặc đã bị sửa." "{0} is torn or was edited.";
    NoRandomness "Hệ thống không cho số ngẫu nhiên: {0}." "The system gives no randomness: {0}.";
    LogTwice "Nhật ký {0} được nêu hai lần; mỗi nhật ký có một khóa." "The log {0} is named twice; a log has one key.";
    LogInconsistent "CẢNH BÁO: mốc này của nhật ký {0} không nối tiếp mốc đã ký. Nếu bằng chứng kèm theo là đúng thì nhật ký đã bị viết lại; hãy giữ lại mốc này:\n{1}" "ALARM: this checkpoint of the log {0} does not continue the last one that was cosigned. If the proof that came with it was right, the log was rewritten; keep this:\n{1}";
    StateLost "Không ghi được trạng thái: không ký gì nữa cho đến khi khởi động lại. Hãy kiểm tra ổ đĩa." "The state cannot be written: nothing is cosigned until a restart. Look at the disk.";
    ClockWrong "Đồng hồ máy sai: không ký gì." "The machine's clock is wrong: nothing is cosigned.";
    Refused "{0} ({1})" "{0} ({1}).";
    RetryAfter "Thử lại sau {0} giây." "Try again in {0} s.";
    RequestId "Mã yêu cầu: {0}." "Request: {0}.";
}

impl Message {
    /// The sentence with its values.
    pub(crate) fn with<S: AsRef<str>>(self, language: Language, values: &[S]) -> String {
        let mut text = String::new();
        let mut rest = self.template(language);
        // Values are looked for in the template only, never in another value.
        while let Some((before, after)) = rest.split_once('{') {
            let (number, tail) = after.split_once('}').unwrap_or((after, ""));
            let value = number
                .parse()
                .ok()
                .and_then(|place: usize| values.get(place));
            text.push_str(before);
            text.push_str(value.map_or("", AsRef::as_ref));
            rest = tail;
        }
        text.push_str(rest);
        text
    }
}

/// Help and headings; see its first lines.
const TEXTS: &str = include_str!("catalogue.txt");

fn rows() -> impl Iterator<Item = [&'static str; 4]> {
    let row = |line: &'static str| line.splitn(4, " | ").collect::<Vec<_>>().try_into().ok();
    TEXTS
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(row)
}

/// The two texts by table and name: each start looks some four hundred up.
static FOUND: LazyLock<HashMap<(&str, &str), [&str; 2]>> = LazyLock::new(|| {
    rows()
        .map(|[table, name, vi, en]| ((table, name), [vi, en]))
        .collect()
});

fn find(table: &str, name: &str, language: Language) -> Option<&'static str> {
    let [vi, en] = FOUND.get(&(table, name))?;
    Some(match language {
        Language::Vietnamese => vi,
        Language::English => en,
    })
}

/// What a command does, by its path (`kyso person import`).
pub(crate) fn about(path: &str, language: Language) -> Option<&'static str> {
    find("command", path, language)
}

/// What an argument means, by its name.
pub(crate) fn argument(name: &str, language: Language) -> Option<&'static str> {
    find("argument", name, language)
}

/// A word of the help's own, such as the heading over the options; one without is its own.
pub(crate) fn help(name: &'static str, language: Language) -> &'static str {
    find("help", name, language).unwrap_or(name)
}

/// What a word of an audit entry means, such as how it ended; one without is its own.
pub(crate) fn word<'a>(kind: &str, word: &'a str, language: Language) -> &'a str {
    find(kind, word, language).unwrap_or(word)
}

/// A column's heading, by the member's name; one without is its own.
pub(crate) fn heading(name: &str, language: Language) -> String {
    find("heading", name, language).unwrap_or(name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The places that a template fills.
    fn places(text: &str) -> Vec<&str> {
        let mut found: Vec<&str> = text
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split('}').next())
            .collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn both_languages_say_everything_with_the_same_values() {
        for message in Message::ALL {
            let (vi, en) = (
                message.template(Language::Vietnamese),
                message.template(Language::English),
            );
            assert!(!vi.is_empty() && !en.is_empty(), "{message:?}");
            assert_eq!(places(vi), places(en), "{message:?}");
        }
        let lines = TEXTS.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(rows().count(), lines, "a line has not four parts");
        for [table, name, vi, en] in rows() {
            assert!(
                !vi.trim().is_empty() && !en.trim().is_empty(),
                "{table} {name}"
            );
        }
    }

    #[test]
    fn no_name_is_explained_twice() {
        let mut names: Vec<_> = rows().map(|row| (row[0], row[1])).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn a_value_is_never_a_template() {
        let text = Message::FileFailed.with(Language::English, &["{1}", "x"]);
        assert_eq!(text, "{1}: x.");
    }
}
