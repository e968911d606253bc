//! Writes every page with sample data, in both languages, as files that a plain web server can serve:
//! `cargo run -p kyso-web --example gallery -- DIRECTORY`.
//!
//! The samples are as bad as real life: titles of 500 characters, text from right to left, markup,
//! controls. `tests/pages` takes pictures of the result and looks for barriers.

mod clerk;
mod documents;
mod everyone;
mod organisation;
mod registering;
mod supervision;
mod verification;

use std::path::Path;
use std::{fs, io};

use kyso_web::{Foreign, Frame, Language, Moment, Role, Unseen, Viewer, assets};

/// A page's file name and its HTML.
pub(crate) type Page = (&'static str, String);

pub(crate) fn main() -> io::Result<()> {
    let Some(directory) = std::env::args_os().nth(1) else {
        return Err(io::Error::other("usage: gallery DIRECTORY"));
    };
    let directory = Path::new(&directory);
    for asset in assets() {
        write(directory, asset.path.trim_start_matches('/'), asset.bytes)?;
    }
    for language in [Language::Vietnamese, Language::English] {
        for (name, html) in pages(language) {
            write(
                directory,
                &format!("{}/{name}.html", language.code()),
                html.as_bytes(),
            )?;
        }
    }
    Ok(())
}

fn write(directory: &Path, path: &str, bytes: &[u8]) -> io::Result<()> {
    let path = directory.join(path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, bytes)
}

pub(crate) fn pages(language: Language) -> Vec<Page> {
    let mut pages = everyone::pages(language);
    pages.extend(documents::pages(language));
    pages.extend(clerk::pages(language));
    pages.extend(organisation::pages(language));
    pages.extend(supervision::pages(language));
    pages
}

/// What stands around a page that this role reads.
pub(crate) fn frame(language: Language, role: Option<Role>, here: &str) -> Frame {
    let name = match role {
        Some(Role::Leader) => "Nguyễn Thị Ánh Tuyết",
        Some(Role::RecordsClerk) => "Đặng Thị Ngọc Bích",
        Some(Role::SubscriberManager) => "Trần Đức Ưng",
        _ => "Lê Hoàng Ấn",
    };
    let viewer = role.map(|role| Viewer {
        name: name.into(),
        roles: vec![role],
    });
    let waiting = if role == Some(Role::Leader) { 3 } else { 0 };
    Frame {
        language,
        here: here.to_owned(),
        csrf: "c5rf".to_owned(),
        viewer,
        evaluation: true,
        waiting,
        unseen: match role {
            Some(Role::SecurityOfficer) => Unseen {
                alarms: 2,
                disputes: 1,
            },
            _ => Unseen::default(),
        },
    }
}

/// So many minutes after 26 November 2026, 08:00 in Vietnam.
pub(crate) fn minute(minutes: i64) -> Moment {
    Moment::from_micros((1_795_654_800 + minutes * 60) * 1_000_000)
}

fn text(vietnamese: &str) -> Foreign {
    Foreign::new(vietnamese)
}

/// A long title as offices write them, one with everything that could break a page, and a short one.
fn titles() -> [Foreign; 3] {
    let long = "Quyết định về việc phê duyệt kế hoạch triển khai, ứng dụng chữ ký số chuyên dùng công vụ \
        trong hoạt động của các cơ quan, tổ chức thuộc khối Đảng, Mặt trận Tổ quốc và các đoàn thể, các sở, \
        ban, ngành, Ủy ban nhân dân các xã, phường và các đơn vị sự nghiệp công lập trên địa bàn tỉnh giai \
        đoạn 2026 - 2030, định hướng đến năm 2035 và bãi bỏ các quy định trước đây trái với Quyết định này";
    let hostile = "Công văn </h2><script>alert('ký')</script> \u{202E}fdp.nac gnôC\u{202C} z\u{336}\u{336}\u{336}\u{336}\u{336}\u{336}\u{336} \
        העברית العربية KhôngCóDấuCáchNàoTrongTênTệpNàyĐểXemTrangCóBịVỡRaNgoàiMànHìnhĐiệnThoạiHayKhông.pdf";
    [
        text(long),
        text(hostile),
        text("Giấy mời họp giao ban tháng 12"),
    ]
}
