//! The registry of event types: every name an entry may carry, and what it means.
//!
//! The registry is part of the schema's [`Version`](crate::Version), which says when a name may
//! still join it.

use serde::{Deserialize, Serialize};

macro_rules! registry {
    ($($variant:ident $name:literal $english:literal $vietnamese:literal;)*) => {
        /// What happened, as one of the registered names.
        ///
        /// An enum rather than a string: an event nobody registered does not compile, and one
        /// read from bytes does not parse.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Event {
            $(#[doc = $english] #[serde(rename = $name)] $variant,)*
        }

        impl Event {
            /// Every registered event, in registry order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in the entry's bytes, `subject.verb`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// One line of meaning in English.
            pub const fn english(self) -> &'static str {
                match self { $(Self::$variant => $english,)* }
            }

            /// One line of meaning in Vietnamese.
            pub const fn vietnamese(self) -> &'static str {
                match self { $(Self::$variant => $vietnamese,)* }
            }

            /// The event of that name, if it is registered.
            pub fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

registry! {
    ServerStarted "server.started" "The server started." "Máy chủ đã khởi động.";
    ServerStopped "server.stopped" "The server stopped in order." "Máy chủ đã dừng đúng trình tự.";
    ConfigurationLoaded "configuration.loaded" "A configuration was read and put into force." "Cấu hình đã được nạp và có hiệu lực.";
    BootstrapCompleted "bootstrap.completed" "The first administrators and keys were set up." "Đã thiết lập các quản trị viên và khóa đầu tiên.";
    LoginSucceeded "login.succeeded" "Someone proved who they are and was let in." "Đăng nhập thành công.";
    LoginFailed "login.failed" "A proof of identity was wrong or came too often." "Đăng nhập thất bại.";
    TokenIssued "token.issued" "An access token was issued." "Đã cấp mã truy cập.";
    TokenRefused "token.refused" "An access token was asked for and refused." "Từ chối cấp mã truy cập.";
    TokenRevoked "token.revoked" "An access token or its family was revoked." "Đã thu hồi mã truy cập.";
    FactorEnrolled "factor.enrolled" "A person enrolled a second factor." "Đã đăng ký yếu tố xác thực thứ hai.";
    FactorReset "factor.reset" "A person's second factor was reset." "Đã đặt lại yếu tố xác thực thứ hai.";
    FactorCodeIssued "factor.code_issued" "A one-time code for enrolling a factor was issued." "Đã cấp mã một lần để đăng ký yếu tố xác thực.";
    PasswordChanged "password.changed" "A password was set or changed." "Đã đặt hoặc đổi mật khẩu.";
    AgencyRegistered "agency.registered" "An agency was registered." "Đã đăng ký cơ quan.";
    AgencyAliasAdded "agency.alias_added" "An agency got a further name or code." "Đã thêm tên hoặc mã khác cho cơ quan.";
    AgencyCodeEnded "agency.code_ended" "A code of an agency ended; it names nobody else." "Một mã định danh của cơ quan hết hiệu lực; mã không cấp cho cơ quan khác.";
    AgencyMoved "agency.moved" "An agency is put under another one, from a date on." "Cơ quan được chuyển về trực thuộc cơ quan khác, kể từ một thời điểm.";
    AgencyRenamed "agency.renamed" "An agency is called otherwise, from a date on." "Cơ quan được đổi tên, kể từ một thời điểm.";
    AgencyEnded "agency.ended" "An agency was closed or merged." "Cơ quan đã kết thúc hoạt động hoặc sáp nhập.";
    PersonRegistered "person.registered" "A person was registered." "Đã đăng ký cá nhân.";
    PersonErased "person.erased" "What told who a person was has been erased." "Đã xoá những gì cho biết cá nhân là ai.";
    PersonEnded "person.ended" "A person left; nothing is signed for them any more." "Cá nhân đã thôi việc; không còn được ký.";
    RoleGranted "role.granted" "A role was granted to a person." "Đã giao vai trò cho cá nhân.";
    RoleRevoked "role.revoked" "A role was taken from a person." "Đã thu hồi vai trò của cá nhân.";
    ClientRegistered "client.registered" "A calling system was registered." "Đã đăng ký hệ thống kết nối.";
    ClientKeyAdded "client.key_added" "A calling system got a further key or certificate." "Đã thêm khóa hoặc chứng thư cho hệ thống kết nối.";
    ClientKeyRevoked "client.key_revoked" "A key or certificate of a calling system was revoked." "Đã thu hồi khóa hoặc chứng thư của hệ thống kết nối.";
    ClientGranted "client.granted" "A calling system was granted an agency, a credential or a mode." "Đã cấp quyền cho hệ thống kết nối.";
    ClientGrantRevoked "client.grant_revoked" "A grant of a calling system was revoked." "Đã thu hồi quyền của hệ thống kết nối.";
    ClientDisabled "client.disabled" "A calling system was disabled." "Đã vô hiệu hóa hệ thống kết nối.";
    ClientCallbackSet "client.callback_set" "Where a system is called back was set, with a new secret." "Đã đặt địa chỉ gọi lại của hệ thống và khóa bí mật mới.";
    ClientCallbackRemoved "client.callback_removed" "A system is not called back any more." "Đã bỏ địa chỉ gọi lại của hệ thống.";
    CredentialRequested "credential.requested" "A key pair was made and a certificate requested for it." "Đã tạo cặp khóa và yêu cầu cấp chứng thư.";
    CredentialCertified "credential.certified" "The certificate of a credential was stored." "Đã lưu chứng thư của khóa.";
    CredentialHandedOver "credential.handed_over" "A credential was handed over to its subscriber." "Đã bàn giao khóa cho thuê bao.";
    CredentialActivated "credential.activated" "A credential was activated for signing." "Đã kích hoạt khóa để ký.";
    CredentialLocked "credential.locked" "A credential was locked; it signs nothing until unlocked." "Đã khóa quyền ký; không ký được cho đến khi mở.";
    CredentialUnlocked "credential.unlocked" "A credential was unlocked." "Đã mở khóa quyền ký.";
    CredentialRevoked "credential.revoked" "A credential was revoked for ever." "Đã thu hồi vĩnh viễn quyền ký.";
    CredentialErased "credential.erased" "What a certificate told of its holder has been erased." "Đã xoá những gì chứng thư cho biết về chủ thể.";
    CredentialExpired "credential.expired" "The certificate of a credential expired." "Chứng thư đã hết hạn.";
    KeyAttested "key.attested" "A key's flags, its certificate and a test signature were checked." "Đã kiểm tra thuộc tính khóa, chứng thư và chữ ký thử.";
    KeyAttestationFailed "key.attestation_failed" "The check of a key failed; it stays disabled." "Kiểm tra khóa thất bại; khóa bị vô hiệu.";
    KeySealed "key.sealed" "A further version of a key that the HSM sealed for the servers was stored." "Đã lưu phiên bản mới của khóa do HSM niêm phong cho các máy chủ.";
    HsmAway "hsm.away" "The HSM went away; nothing is signed until it is back." "Thiết bị HSM mất kết nối; không ký được cho đến khi có lại.";
    HsmReturned "hsm.returned" "The HSM is back; every key is attested again." "Thiết bị HSM đã có lại; mọi khóa được kiểm tra lại.";
    AuthorityRecorded "authority.recorded" "A decision that gives authority to sign was recorded." "Đã ghi nhận văn bản giao thẩm quyền ký.";
    PictureSet "picture.set" "The picture that the signatures of a person or the seals of an agency show was put in force." "Đã đưa vào sử dụng hình ảnh chữ ký của cá nhân hoặc con dấu của cơ quan.";
    PictureRemoved "picture.removed" "The picture that signatures or seals show was taken away." "Đã gỡ hình ảnh chữ ký hoặc con dấu.";
    PictureRead "picture.read" "The picture that signatures or seals show was handed out." "Đã cung cấp hình ảnh chữ ký hoặc con dấu.";
    AuthorityEnded "authority.ended" "A recorded authority to sign ended." "Thẩm quyền ký đã chấm dứt.";
    SessionOpened "session.opened" "A stamping session was opened." "Đã mở phiên đóng dấu.";
    SessionClosed "session.closed" "A stamping session was closed." "Đã đóng phiên đóng dấu.";
    SadAuthorized "sad.authorized" "Signing of stated documents was authorized." "Đã cho phép ký các tài liệu xác định.";
    SadRefused "sad.refused" "Signing was asked to be authorized and refused." "Từ chối cho phép ký.";
    SadExtended "sad.extended" "An authorization to sign was extended." "Đã gia hạn cho phép ký.";
    SadRevoked "sad.revoked" "An authorization to sign was revoked." "Đã thu hồi cho phép ký.";
    ApprovalSubmitted "approval.submitted" "A system put documents before a signer." "Hệ thống đã trình văn bản để ký duyệt.";
    ApprovalOpened "approval.opened" "The signer was shown what is to be approved." "Người ký đã mở yêu cầu ký duyệt.";
    ApprovalGiven "approval.given" "The signer approved exactly what was shown." "Người ký đã duyệt đúng nội dung được hiển thị.";
    ApprovalRefused "approval.refused" "The signer refused to sign." "Người ký đã từ chối ký.";
    ApprovalReturned "approval.returned" "The signer returned the documents with a reason." "Người ký đã trả lại văn bản kèm lý do.";
    ApprovalWithdrawn "approval.withdrawn" "The system withdrew its request." "Hệ thống đã rút yêu cầu ký duyệt.";
    ApprovalExpired "approval.expired" "Nobody decided in time." "Yêu cầu ký duyệt đã quá hạn.";
    ApprovalSigned "approval.signed" "What was approved was signed." "Văn bản đã duyệt đã được ký.";
    ApprovalFailed "approval.failed" "What was approved was not signed, or it is not known." "Văn bản đã duyệt chưa ký được hoặc không rõ kết quả.";
    ApprovalErased "approval.erased" "The files behind a request for approval were erased; their digests stay." "Đã xóa các tệp của yêu cầu ký duyệt; giá trị băm được giữ lại.";
    CallbackFailed "callback.failed" "A system could not be told of the end of its request." "Không báo được cho hệ thống kết quả của yêu cầu.";
    SignatureIntent "signature.intent" "The server is about to use a key for these digests." "Máy chủ sắp dùng khóa để ký các giá trị băm này.";
    SignatureOutcome "signature.outcome" "What became of an intent, digest by digest." "Kết quả của lần ký, theo từng giá trị băm.";
    SignatureRefused "signature.refused" "A signature was asked for and refused before any key was used." "Từ chối ký trước khi dùng khóa.";
    SignatureDisputed "signature.disputed" "The owner of a key says that they did not make a signature; the key is locked." "Chủ khóa báo rằng mình không ký lần này; khóa bị tạm khóa.";
    TimestampReceived "timestamp.received" "An outside authority stamped the time of a signature." "Đã nhận dấu thời gian của tổ chức cấp dấu thời gian cho chữ ký.";
    TimestampFailed "timestamp.failed" "No authority stamped the time of a signature in time; it is not asked any more." "Không lấy được dấu thời gian cho chữ ký trong thời hạn; không yêu cầu nữa.";
    ChangeProposed "change.proposed" "A change that grants power was proposed." "Đã đề xuất một thay đổi về quyền.";
    ChangeApproved "change.approved" "A second person approved a proposed change." "Người thứ hai đã phê duyệt thay đổi.";
    ChangeRejected "change.rejected" "A proposed change was rejected or ran out." "Thay đổi bị từ chối hoặc hết hạn.";
    AuditExported "audit.exported" "Someone exported a part of the audit log." "Một phần nhật ký kiểm toán đã được kết xuất.";
    AuditRead "audit.read" "Someone read the audit log." "Nhật ký kiểm toán đã được đọc.";
    AuditVerified "audit.verified" "The audit log was verified." "Nhật ký kiểm toán đã được kiểm tra.";
    FailuresSummed "failures.summed" "Many equal failures, counted in one entry." "Tổng hợp nhiều lỗi giống nhau trong một dòng.";
    AlarmRaised "alarm.raised" "The server found something that must not happen." "Máy chủ phát hiện điều bất thường nghiêm trọng.";
    AlarmAcknowledged "alarm.acknowledged" "A security officer has seen the alarms and disputes up to an entry." "Cán bộ an toàn thông tin đã xem các báo động và khiếu nại đến một dòng nhật ký.";
    PolicyChanged "policy.changed" "A rule of policy was changed." "Đã thay đổi chính sách.";
    CertificateIssued "certificate.issued" "A certificate was issued by a key of this server." "Đã cấp chứng thư bằng khóa của máy chủ này.";
    JournalRecovered "journal.recovered" "The journal closed what a dead server had left open." "Đã khép lại các việc mà máy chủ hỏng để dở.";
    ImportApplied "import.applied" "A file of people, agencies or certificates was imported." "Đã nhập danh sách từ tệp.";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn well_formed(part: &str) -> bool {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
    }

    #[test]
    fn names_are_unique_and_well_formed() {
        let names: BTreeSet<_> = Event::ALL.iter().map(|event| event.name()).collect();
        assert_eq!(names.len(), Event::ALL.len());
        for name in names {
            let (subject, verb) = name.split_once('.').unwrap();
            assert!(well_formed(subject) && well_formed(verb), "{name}");
        }
    }

    #[test]
    fn names_lead_back_to_their_event_in_both_ways() {
        for &event in Event::ALL {
            assert_eq!(Event::named(event.name()), Some(event));
            let json = serde_json::to_string(&event).unwrap();
            assert_eq!(json, format!("\"{}\"", event.name()));
        }
        assert_eq!(Event::named("signature.forged"), None);
    }

    #[test]
    fn every_meaning_is_one_sentence_in_each_language() {
        for event in Event::ALL {
            for meaning in [event.english(), event.vietnamese()] {
                assert!(
                    meaning.ends_with('.') && !meaning.contains('\n'),
                    "{meaning}"
                );
            }
            assert_ne!(event.english(), event.vietnamese());
        }
    }
}
