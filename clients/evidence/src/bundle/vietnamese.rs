//! The sentences of [`fault`](super::fault) in Vietnamese.

use super::fault::{BesideFault, Fault};
use super::held::TileFault;
use crate::key::SignatureError;
use crate::policy::Distrust;
use crate::verify;

impl Fault {
    /// What is wrong, in Vietnamese.
    pub fn vietnamese(&self) -> String {
        match self {
            Self::Header(at) => format!("byte {at}: không đúng dạng của tệp kết xuất"),
            Self::CutOff(at) => format!("tệp bị cắt sau byte {at}"),
            Self::Trailing(at) => format!("byte {at}: có dữ liệu thừa sau khi tệp kết thúc"),
            Self::TooLong(name) => format!("phần {name} quá dài"),
            Self::Order { expected, found } => {
                format!("phần {found} nằm ở chỗ của {expected}")
            }
            Self::Part(name) => {
                format!("phần {name} đã bị thay đổi hoặc không phải phần mà bên kết xuất liệt kê")
            }
            Self::Form(name) => format!("phần {name} không chứa nội dung như tên gọi"),
            Self::OneKey => "khóa ký bản kê trùng với khóa của nhật ký".to_owned(),
            Self::Checkpoint { size, .. } => format!("mốc {size} không đọc được"),
            Self::Distrust { size, why } => format!("mốc {size}: {}", distrust(why)),
            Self::Tile(fault) => tile(fault),
            Self::Entry(fault) => entry(fault),
            Self::Missing(number) => format!("thiếu dòng {number}"),
            Self::Added(number) => format!("có dữ liệu thêm vào sau dòng {number}"),
            Self::NotHeld(number) => format!("tệp không có dòng {number}"),
            Self::Disclosed { sequence, field } => {
                format!(
                    "dòng {sequence}: giá trị công bố của {field} không khớp cam kết trong dòng"
                )
            }
            Self::Root { size } => {
                format!("{size} dòng đầu không cho ra gốc ghi trong mốc {size}")
            }
            Self::Statement => "bản kê nói khác với phần đầu của tệp".to_owned(),
            Self::Manifest(error) => format!("bản kê: {}", signature(error)),
            Self::Beside { number, why } => {
                format!(
                    "đối chiếu với tệp thứ {number} được đưa kèm: {}",
                    beside(why)
                )
            }
        }
    }
}

fn signature(error: &SignatureError) -> String {
    match error {
        SignatureError::OtherLog(origin) => format!("thuộc nhật ký khác, {origin}"),
        SignatureError::Missing(name) => format!("không có chữ ký của {name}"),
        SignatureError::Invalid(name) => format!("chữ ký của {name} không đúng"),
    }
}

fn distrust(why: &Distrust) -> String {
    match why {
        Distrust::Signature(error) => signature(error),
        Distrust::Quorum { quorum, found } => {
            format!("chỉ có {found} bên làm chứng ký trong số {quorum} bên cần có")
        }
    }
}

fn tile(fault: &TileFault) -> String {
    match fault {
        TileFault::Missing(tile) => format!("thiếu {tile}"),
        TileFault::Outside(size) => format!("các mảnh cây chỉ thuộc cây {size} dòng"),
        TileFault::Unneeded(tile) => format!("{tile} không có chỗ trong tệp này"),
        TileFault::Form(tile) => format!("{tile} không có đủ số giá trị băm như tên gọi"),
        TileFault::Differs { tile, above } => {
            format!("{tile} không cho ra giá trị băm đại diện cho nó trong {above}")
        }
    }
}

fn entry(fault: &verify::Fault) -> String {
    match fault {
        verify::Fault::Gap { expected, found } => {
            format!("thiếu dòng {expected}, tiếp theo là dòng {found}")
        }
        verify::Fault::Duplicate(number) => format!("dòng {number} xuất hiện hai lần"),
        verify::Fault::Order { expected, found } => {
            format!("sai thứ tự: dòng {found} nằm ở chỗ của dòng {expected}")
        }
        verify::Fault::Changed(number) => {
            format!("dòng {number} đã bị thay đổi: nội dung không khớp giá trị băm trong cây")
        }
        verify::Fault::Malformed { sequence, .. } => {
            format!("dòng {sequence} không đúng dạng của nhật ký, hoặc cần phiên bản mới hơn")
        }
        verify::Fault::Misplaced { row, entry } => {
            format!("chỗ của dòng {row} lại chứa dòng {entry}")
        }
        verify::Fault::ForeignLog(number) => format!("dòng {number} thuộc nhật ký khác"),
        verify::Fault::TimeBackwards(number) => {
            format!("dòng {number} có thời gian trước dòng liền trước")
        }
        verify::Fault::Projection { sequence, member } => {
            format!("dòng {sequence}: cột {member} khác với nội dung dòng")
        }
        verify::Fault::WrongIntent(number) => {
            format!("kết quả ở dòng {number} không ứng với lần ký nào đang mở")
        }
        verify::Fault::Rewritten { size } => format!("{size} dòng đầu đã bị viết lại"),
        verify::Fault::CutTail { from, to } => {
            format!("phần cuối bị cắt: thiếu dòng {from} đến {to}")
        }
    }
}

fn beside(why: &BesideFault) -> String {
    match why {
        BesideFault::Distrust(why) => format!("tệp đó không có giá trị: {}", distrust(why)),
        BesideFault::Inclusion(_) => "biên nhận đó không đúng".to_owned(),
        BesideFault::Forked { size } => format!(
            "nhật ký đã bị rẽ nhánh hoặc viết lại: {size} dòng đầu khác với những gì nhật ký đã ký"
        ),
        BesideFault::CutTail { from, to } => {
            format!("phần cuối bị cắt: thiếu dòng {from} đến {to}")
        }
        BesideFault::OtherEntry(number) => {
            format!("dòng {number} không phải dòng mà biên nhận chứng minh")
        }
        BesideFault::Incomparable { size, missing } => {
            format!("tệp này không đủ dữ liệu để so với cây {size} dòng: thiếu {missing}")
        }
    }
}
