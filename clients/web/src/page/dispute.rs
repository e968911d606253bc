//! "I did not make this": what a leader is asked before their key is locked, and told after it.

use askama::Template;

use super::pages;
use crate::{Foreign, Frame, Problems, SignatureRow};

pages! {
    Dispute in Signatures;
}

/// `/ui/signatures/{call}/dispute`. Sends `reason` to the same path.
#[derive(Clone, Debug, Template)]
#[template(path = "dispute.html")]
pub struct Dispute {
    /// What stands around the page.
    pub frame: Frame,
    /// What names the call in paths.
    pub call: String,
    /// What is disputed.
    pub row: SignatureRow,
    /// What was typed before.
    pub reason: Foreign,
    /// Errors at `reason`.
    pub problems: Problems,
}

impl Dispute {
    fn heading(&self) -> &'static str {
        let w = self.frame.w();
        match self.row.disputed {
            Some(_) => w.disputed,
            None => w.not_mine,
        }
    }

    fn entered(&self) -> Option<String> {
        let at = self.row.disputed?.plain();
        let (vi, en) = (
            format!(
                "Đã ghi nhận lúc {at}. Khóa ký đã bị tạm khóa và cán bộ an toàn thông tin được báo; cả hai việc đều nằm trong nhật ký."
            ),
            format!(
                "Entered at {at}. The key was locked and the security officers are told; both stand in the log."
            ),
        );
        Some(self.frame.language.choose(&vi, &en).to_owned())
    }

    fn whom_to_call(&self) -> &'static str {
        self.frame.language.choose(
            "Hãy gọi ngay cho cán bộ an toàn thông tin và người quản lý thuê bao của cơ quan: họ tìm ra ai đã ký, và chỉ \
             khi hai người quản lý cùng đồng ý thì khóa mới mở lại. Nếu nghi mật khẩu bị lộ, hãy đổi mật khẩu và kết thúc các phiên khác.",
            "Now call the security officer and your agency's subscriber manager: they find out who signed, and the key is \
             unlocked only if two managers agree. If somebody may know your password, change it and end all other sessions.",
        )
    }

    fn means(&self) -> &'static str {
        self.frame.language.choose(
            "Khóa ký bị tạm khóa ngay và cán bộ an toàn thông tin được báo. Bạn không ký được gì nữa cho đến khi hai người \
             quản lý mở khóa. Không cần mã xác thực. Bạn không tự rút lại được.",
            "The key is locked at once and the security officers are told. You can sign nothing more until two managers \
             unlock it. No one-time password is needed. You cannot take this back yourself.",
        )
    }

    fn act(&self) -> &'static str {
        let (vi, en) = (
            "Tôi không ký: khóa ngay",
            "I did not sign this: lock my key",
        );
        self.frame.language.choose(vi, en)
    }

    fn hint(&self) -> &'static str {
        let (vi, en) = (
            "Điều gì cho thấy không phải bạn ký; ví dụ lúc đó bạn đang ở đâu",
            "What speaks against it: where you were at that time, for example",
        );
        self.frame.language.choose(vi, en)
    }
}
