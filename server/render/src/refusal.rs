//! Why a file is not shown.

/// Why a file is not shown, and so not put before anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDrawn {
    /// It is no PDF, or an encrypted or broken one.
    #[error("The file cannot be read as a PDF.")]
    Unreadable,
    /// It has none.
    #[error("The file has no pages.")]
    NoPages,
    /// More than are shown.
    #[error("The file has more pages than can be shown.")]
    TooManyPages,
    /// Longer than two hundred inches, smaller than a tenth of one, or a mere line.
    #[error("A page of the file has a size that cannot be shown.")]
    Size,
    /// A reader would choose one.
    #[error("The file uses a font that it does not contain.")]
    FontMissing,
    /// It is there, and cannot be read.
    #[error("A font in the file cannot be read.")]
    Font,
    /// It cannot be decoded.
    #[error("A picture in the file cannot be read.")]
    Picture,
    /// Its look cannot be found.
    #[error("A field or note in the file has no look that can be shown.")]
    Annotation,
    /// More bytes of pictures than are kept.
    #[error("The pages of the file are too large to be shown.")]
    TooHeavy,
}

impl NotDrawn {
    /// For programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::NoPages => "no_pages",
            Self::TooManyPages => "too_many_pages",
            Self::Size => "page_size",
            Self::FontMissing => "font_not_embedded",
            Self::Font => "font_unreadable",
            Self::Picture => "picture_unreadable",
            Self::Annotation => "annotation_without_look",
            Self::TooHeavy => "too_heavy",
        }
    }

    /// The reason in Vietnamese; `Display` has it in English.
    pub const fn vietnamese(self) -> &'static str {
        match self {
            Self::Unreadable => "Không đọc được tệp PDF.",
            Self::NoPages => "Tệp không có trang nào.",
            Self::TooManyPages => "Tệp có quá nhiều trang để hiển thị.",
            Self::Size => "Tệp có trang với kích thước không hiển thị được.",
            Self::FontMissing => "Tệp dùng phông chữ không được nhúng trong tệp.",
            Self::Font => "Tệp có phông chữ không đọc được.",
            Self::Picture => "Tệp có hình ảnh không đọc được.",
            Self::Annotation => "Tệp có ô hoặc ghi chú không có hình hiển thị.",
            Self::TooHeavy => "Các trang của tệp quá nặng để hiển thị.",
        }
    }
}
