//! What a security officer watches: alarms and disputes, and how the log is proven.

use askama::Template;

use super::pages;
use crate::{Foreign, Frame, Health, Moment};

pages! {
    Alarms in Alarms;
    LogProof in LogProof;
}

/// `/ui/alarms`: alarms and disputes, newest first. Sends `before` to the same path.
#[derive(Clone, Debug, Template)]
#[template(path = "alarms.html")]
pub struct Alarms {
    /// What stands around the page.
    pub frame: Frame,
    /// The signals.
    pub rows: Vec<AlarmRow>,
    /// The place in the log before which all is acknowledged by the form; none if there is nothing to acknowledge.
    pub acknowledges: Option<u64>,
    /// The link to older ones.
    pub older: Option<String>,
}

/// An alarm or a dispute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlarmRow {
    /// Number of its entry.
    pub sequence: u64,
    /// When.
    pub at: Moment,
    /// What it says, in the reader's language.
    pub meaning: Foreign,
    /// Its word, as in the runbook.
    pub word: Foreign,
    /// What to do, in short.
    pub to_do: Foreign,
    /// Whose key it is about; may be empty.
    pub about: Foreign,
}

impl Alarms {
    fn intro(&self) -> &'static str {
        self.frame.language.choose(
            "Trước tiên: không thay đổi gì. Không khởi động lại, không khôi phục, không sửa dòng nào; ghi lại thời điểm và \
             những ai có mặt; sao chép cơ sở dữ liệu, tệp đầu nhật ký và tệp mốc cuối cùng. Chi tiết ở ops/runbooks/alarm.md.",
            "First: change nothing. Do not restart, restore or repair a row; write down the time and who is there; copy the \
             database, the head file and the file of the last checkpoint. ops/runbooks/alarm.md has the whole of it.",
        )
    }

    fn acknowledge(&self) -> &'static str {
        let (vi, en) = ("Tôi đã xem tất cả", "I have seen all of these");
        self.frame.language.choose(vi, en)
    }

    fn acknowledge_means(&self) -> &'static str {
        self.frame.language.choose(
            "Thông báo ở đầu các trang của bạn sẽ tắt; việc bạn đã xem được ghi vào nhật ký. Báo động vẫn còn trong nhật ký.",
            "The notice on your pages goes; that you have seen them is an entry. The alarms stay in the log.",
        )
    }

    fn all_of(&self, event: &str) -> &'static str {
        let (vi, en) = match event {
            "alarm.raised" => ("Mọi báo động trong nhật ký", "All alarms in the log"),
            _ => ("Mọi khiếu nại trong nhật ký", "All disputes in the log"),
        };
        self.frame.language.choose(vi, en)
    }
}

/// `/ui/log`: the tree over the log, its newest checkpoint and who cosigned it.
#[derive(Clone, Debug, Template)]
#[template(path = "log_proof.html")]
pub struct LogProof {
    /// What stands around the page.
    pub frame: Frame,
    /// When this was read.
    pub at: Moment,
    /// Whether the log is proven as it should be.
    pub health: Health,
    /// Whether nothing is signed, since the log is not what was written or its witnesses are missing.
    pub halted: bool,
    /// The log's name.
    pub origin: Foreign,
    /// Entries in the log.
    pub entries: u64,
    /// The newest checkpoint; none before the first.
    pub newest: Option<Checkpoint>,
    /// Entries of the newest checkpoint that enough witnesses cosigned; none if there is none.
    pub witnessed: Option<u64>,
    /// How many witnesses have to cosign.
    pub quorum: usize,
    /// Whether nothing is signed while fewer do.
    pub required: bool,
    /// Those of the configuration.
    pub witnesses: Vec<WitnessRow>,
}

/// A checkpoint that the HSM signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Entries that it covers.
    pub size: u64,
    /// When the HSM signed it.
    pub at: Moment,
    /// Its root in hexadecimal.
    pub root: String,
}

/// A witness of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessRow {
    /// Its name.
    pub name: Foreign,
    /// When it cosigned the newest checkpoint, by its own clock; none if it has not.
    pub cosigned: Option<Moment>,
}

impl LogProof {
    fn export_means(&self) -> &'static str {
        self.frame.language.choose(
            "Một tệp có chữ ký, gồm các dòng nhật ký và mọi thứ để chứng minh chúng; mở verify.html trong tệp để kiểm tra mà \
             không cần máy chủ này. Việc kết xuất được ghi vào nhật ký.",
            "One signed file with entries and all that proves them; verify.html in it checks them without this server. That it was \
             exported is an entry.",
        )
    }

    fn text(&self, vi: &'static str, en: &'static str) -> &'static str {
        self.frame.language.choose(vi, en)
    }

    fn how_many(&self) -> usize {
        let cosigned = self.witnesses.iter().filter(|one| one.cosigned.is_some());
        cosigned.count()
    }

    fn intro(&self) -> &'static str {
        self.text(
            "Mỗi mốc là chữ ký của HSM lên toàn bộ nhật ký đến một dòng; bên làm chứng ký thêm khi mốc mới tiếp nối mốc cũ.",
            "A checkpoint is the HSM's signature over the whole log up to an entry; witnesses cosign one that continues the one before.",
        )
    }

    fn nothing_is_signed(&self) -> &'static str {
        self.text(
            "KHÔNG KÝ GÌ: nhật ký không đúng như đã ghi, hoặc thiếu bên làm chứng. Xem báo động.",
            "NOTHING IS SIGNED: the log is not what was written, or witnesses are missing. See the alarms.",
        )
    }

    fn no_witnesses(&self) -> &'static str {
        self.text(
            "Chưa cấu hình bên làm chứng nào: nếu cả cơ sở dữ liệu, tệp đầu nhật ký và tệp mốc cùng bị lùi lại thì không ai biết.",
            "No witness is configured: if database, head file and checkpoint file are all set back, nobody knows.",
        )
    }
}
