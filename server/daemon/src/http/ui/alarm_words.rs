//! What each word of an alarm says and what to do, for a security officer: ops/runbooks/alarm.md in short.

/// A word of alarms, what it says and what to do, each in Vietnamese and in English: the runbook in short.
pub(super) struct Meaning {
    pub(super) word: &'static str,
    pub(super) says: (&'static str, &'static str),
    pub(super) to_do: (&'static str, &'static str),
}

/// As in ops/runbooks/alarm.md; a test holds the two against each other.
pub(super) const WORDS: [Meaning; 15] = [
    Meaning {
        word: "log_changed",
        says: (
            "Nhật ký trong cơ sở dữ liệu không phải là nhật ký máy chủ đã ghi.",
            "The entries in the database are not those that the server wrote.",
        ),
        to_do: (
            "Không còn ký được. Giữ nguyên hiện trường và làm theo quy trình.",
            "Nothing is signed any more. Keep everything as it is and follow the runbook.",
        ),
    },
    Meaning {
        word: "log_forked",
        says: (
            "Nhật ký không tiếp nối mốc cuối cùng mà HSM đã ký.",
            "The log does not continue the last checkpoint that the HSM signed.",
        ),
        to_do: (
            "Không còn ký được. Giữ nguyên hiện trường và làm theo quy trình.",
            "Nothing is signed any more. Keep everything as it is and follow the runbook.",
        ),
    },
    Meaning {
        word: "checkpoint_missing",
        says: (
            "Đã lâu không có mốc nào cho các dòng mới của nhật ký.",
            "No checkpoint has covered the newest entries for some time.",
        ),
        to_do: (
            "Không ký được cho đến khi có mốc. Xem HSM, đĩa chứa tệp mốc và báo động của máy chủ khác.",
            "Nothing is signed until one does. Look at the HSM, the disk of the checkpoint file, and other servers' alarms.",
        ),
    },
    Meaning {
        word: "checkpoint_changed",
        says: (
            "Có dòng trong bảng mốc không do HSM ký; dòng đó đã bị bỏ.",
            "A stored checkpoint was not signed by the HSM; it was removed.",
        ),
        to_do: (
            "Có người ghi vào cơ sở dữ liệu ngoài máy chủ: tìm trong nhật ký của cơ sở dữ liệu.",
            "Somebody writes into the database beside the server: find out who, by the database's own log.",
        ),
    },
    Meaning {
        word: "witness_ahead",
        says: (
            "Một bên làm chứng đã ký cho nhật ký dài hơn nhật ký đang có.",
            "A witness has cosigned a larger log than there is here.",
        ),
        to_do: (
            "Xin bên làm chứng mốc họ đang giữ; nếu mốc có chữ ký của nhật ký này thì dừng máy chủ.",
            "Ask the witness for the checkpoint that it knows; if it bears this log's signature, stop the server.",
        ),
    },
    Meaning {
        word: "witness_refuses",
        says: (
            "Một bên làm chứng báo nhật ký không tiếp nối mốc họ đã ký.",
            "A witness says that the log does not continue what it cosigned.",
        ),
        to_do: (
            "Xin bên làm chứng mốc họ đang giữ; nếu mốc có chữ ký của nhật ký này thì dừng máy chủ.",
            "Ask the witness for the checkpoint that it knows; if it bears this log's signature, stop the server.",
        ),
    },
    Meaning {
        word: "witnesses_missing",
        says: (
            "Thiếu bên làm chứng so với số tối thiểu.",
            "Too few witnesses have cosigned for some time.",
        ),
        to_do: (
            "Gọi đơn vị vận hành bên làm chứng.",
            "Call those who run the witnesses.",
        ),
    },
    Meaning {
        word: "tree_changed",
        says: (
            "Giá trị băm đã lưu của cây bị sửa; máy chủ đã tính lại từ nhật ký.",
            "Stored hashes of the tree were changed; they were made anew from the entries.",
        ),
        to_do: (
            "Có người ghi vào cơ sở dữ liệu ngoài máy chủ: tìm trong nhật ký của cơ sở dữ liệu.",
            "Somebody writes into the database beside the server: find out who, by the database's own log.",
        ),
    },
    Meaning {
        word: "hsm_stuck",
        says: (
            "Một lời gọi bị treo hẳn trong thư viện của HSM; máy chủ tự khởi động lại.",
            "A call hangs in the HSM's module for good; the server ends, to be started anew.",
        ),
        to_do: (
            "Kiểm tra HSM và đường mạng tới HSM.",
            "Look at the HSM and the network to it.",
        ),
    },
    Meaning {
        word: "hsm_pin_refused",
        says: (
            "HSM không nhận mã PIN nữa; máy chủ không thử lại.",
            "The HSM does not take the PIN any more; it is not tried again.",
        ),
        to_do: (
            "Không còn ký được. Báo người giữ HSM.",
            "Nothing is signed any more. Call the HSM's keepers.",
        ),
    },
    Meaning {
        word: "time_stamp_clock",
        says: (
            "Đồng hồ máy chủ và đồng hồ của tổ chức cấp dấu thời gian lệch nhau nhiều.",
            "The server's clock and that of a time-stamp authority differ much.",
        ),
        to_do: (
            "So cả hai với một đồng hồ thứ ba; chỉnh đồng hồ nào sai.",
            "Compare both with a third clock; put right the one that is wrong.",
        ),
    },
    Meaning {
        word: "key_failed",
        says: (
            "Một khóa không đạt kiểm tra và đã bị khóa.",
            "A key failed its attestation and is locked.",
        ),
        to_do: (
            "Xem dòng ngay trước trong nhật ký; hỏi người giữ HSM ai đã chạm vào khóa.",
            "See the entry right before it; ask the HSM's keepers who touched the key.",
        ),
    },
    Meaning {
        word: "row_changed",
        says: (
            "Một dòng có niêm phong trong cơ sở dữ liệu bị sửa; dòng đó không còn cấp quyền gì.",
            "A sealed row of the database was changed; it grants nothing.",
        ),
        to_do: (
            "Khóa đối tượng mà dòng đó chỉ ra, rồi tìm ai đã ghi.",
            "Lock what it names, then find out who wrote it.",
        ),
    },
    Meaning {
        word: "entry_changed",
        says: (
            "Chính dòng báo động này đã bị sửa.",
            "The very entry of this alarm was changed.",
        ),
        to_do: (
            "Giữ nguyên hiện trường; kiểm tra toàn bộ nhật ký.",
            "Keep everything as it is; verify the whole log.",
        ),
    },
    Meaning {
        word: "signature_disputed",
        says: (
            "Chủ khóa báo rằng mình không ký; khóa đã bị tạm khóa.",
            "The owner of a key says that they did not make a signature; the key is locked.",
        ),
        to_do: (
            "Gọi cho chủ khóa; so biên nhận với văn bản; tìm hệ thống và địa chỉ mạng đã yêu cầu ký.",
            "Call the owner; hold the receipt against the document; find the system and the network that asked.",
        ),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runbook_has_each_word_and_each_word_is_said_in_short() {
        let runbook = include_str!("../../../../../ops/runbooks/alarm.md");
        for known in &WORDS {
            let row = format!("\n| `{}` |", known.word);
            assert!(runbook.contains(&row), "{}", known.word);
        }
        let first = runbook.split("\n## ").next().unwrap();
        let rows = first.lines().filter(|line| line.starts_with("| `"));
        assert_eq!(rows.count(), WORDS.len());
    }
}
