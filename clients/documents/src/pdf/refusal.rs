//! Why a PDF is not signed, and what validators will dislike about one that is.

macro_rules! reasons {
    ($(#[$doc:meta])* $name:ident { $($variant:ident $code:literal $english:literal $vietnamese:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "verify", derive(serde::Serialize, serde::Deserialize))]
        pub enum $name {$(
            #[doc = $english]
            #[cfg_attr(feature = "verify", serde(rename = $code))]
            $variant,
        )*}

        impl $name {
            /// Each of them once.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// A code for programs, in lower case.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The reason in English.
            pub const fn english(self) -> &'static str {
                match self { $(Self::$variant => $english,)* }
            }

            /// The reason in Vietnamese.
            pub const fn vietnamese(self) -> &'static str {
                match self { $(Self::$variant => $vietnamese,)* }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.english())
            }
        }
    };
}

pub(crate) use reasons;

reasons! {
    /// Why a PDF is not signed.
    Refusal {
        NotPdf "not_pdf" "The file does not begin as a PDF." "Tệp không bắt đầu như một tệp PDF.";
        TooLarge "too_large" "The file is larger than is accepted." "Tệp lớn hơn mức cho phép.";
        TooManyObjects "too_many_objects" "The file has more objects or revisions than are accepted." "Tệp có nhiều đối tượng hoặc phiên bản hơn mức cho phép.";
        TooDense "too_dense" "Parts of the file are unpacked to more than is accepted." "Dữ liệu nén trong tệp giải ra lớn hơn mức cho phép.";
        Damaged "damaged" "The file's table of objects cannot be read as it is written; a program must repair it first." "Bảng đối tượng của tệp không đọc được; cần sửa tệp trước khi ký.";
        AfterEnd "after_end" "Something stands after the end of the PDF." "Có dữ liệu nằm sau phần kết thúc của PDF.";
        Encrypted "encrypted" "The file is encrypted." "Tệp bị mã hóa.";
        Certified "certified" "The file is certified against any change." "Tệp đã được chứng nhận, không cho phép thay đổi.";
        CertifiedVisible "certified_visible" "The file is certified; a new visible signature would break it. Sign a field that it has, or invisibly." "Tệp đã được chứng nhận; chữ ký hiển thị mới sẽ làm hỏng. Hãy ký vào ô có sẵn hoặc ký không hiển thị.";
        Locked "locked" "An earlier signature locks the field." "Chữ ký trước đã khóa ô ký này.";
        Malformed "malformed" "A part of the file that must be changed cannot be read for certain." "Có phần cần thay đổi trong tệp không đọc được chắc chắn.";
        NoField "no_field" "The file has no field with that name." "Tệp không có ô ký với tên này.";
        NotSignatureField "not_signature_field" "The field with that name is not for signatures." "Ô với tên này không phải ô ký.";
        FieldSigned "field_signed" "The field with that name is signed already." "Ô ký với tên này đã được ký.";
        Constrained "constrained" "The field demands things of its signature that are not supported here." "Ô ký đòi hỏi những điều kiện mà chương trình không hỗ trợ.";
        FieldExists "field_exists" "A field with that name exists already." "Đã có ô với tên này.";
        FieldName "field_name" "The name of a field must not be empty or contain a full stop or a control character." "Tên ô ký không được để trống, chứa dấu chấm hoặc ký tự điều khiển.";
        ReservedLate "reserved_late" "Fields for number and date must stand under the first signature; the file is signed already." "Ô số và ngày phải có trước chữ ký đầu tiên; tệp đã được ký.";
        NotReserved "not_reserved" "The field with that name is no shown text field of one piece." "Ô với tên này không phải ô chữ hiển thị đơn.";
        FieldFilled "field_filled" "The field with that name is filled already." "Ô với tên này đã có nội dung.";
        NoPage "no_page" "The file has no such page." "Tệp không có trang này.";
        OutsidePage "outside_page" "The place of the signature is empty or not inside the page." "Vị trí chữ ký trống hoặc không nằm trong trang.";
        Time "time" "The time cannot be written." "Thời điểm không ghi được.";
        Budget "budget" "The room asked for the signature is not between 1 and 1,048,576 bytes." "Dung lượng dành cho chữ ký không nằm trong khoảng 1 đến 1.048.576 byte.";
    }
}

impl std::error::Error for Refusal {}

reasons! {
    /// What some validators will dislike about a PDF that can be signed.
    Warning {
        Hybrid "hybrid" "The file has tables of objects of both forms; some validators refuse such files." "Tệp dùng cả hai dạng bảng đối tượng; một số phần mềm kiểm tra từ chối tệp như vậy.";
        Dangling "dangling" "The file refers to objects that it does not have; a later validator may call earlier signatures changed." "Tệp tham chiếu đến đối tượng không tồn tại; phần mềm kiểm tra có thể báo chữ ký trước bị thay đổi.";
        Gaps "gaps" "The file's first table of objects has gaps; Acrobat may call the first signature invalid after the second." "Bảng đối tượng đầu tiên có khoảng trống; Acrobat có thể báo chữ ký đầu không hợp lệ sau chữ ký thứ hai.";
        Uncovered "uncovered" "An earlier signature is not over a whole state of the file; a validator may call the file changed after it." "Chữ ký trước không phủ trọn một phiên bản của tệp; phần mềm kiểm tra có thể báo tệp bị sửa sau chữ ký đó.";
        Shrunk "shrunk" "A later table of objects of the file states a smaller size than an earlier one; some validators refuse such files." "Bảng đối tượng sau ghi kích thước nhỏ hơn bảng trước; một số phần mềm kiểm tra từ chối tệp như vậy.";
        Xfa "xfa" "The file has an XFA form; what a reader shows may differ from what is signed." "Tệp có biểu mẫu XFA; nội dung hiển thị có thể khác nội dung được ký.";
        UsageRights "usage_rights" "The file carries usage rights that end with this change." "Tệp có quyền sử dụng mở rộng sẽ mất hiệu lực sau thay đổi này.";
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_reason_has_a_code_of_its_own_and_words_in_both_languages() {
        let refusals = Refusal::ALL
            .iter()
            .map(|one| (one.code(), one.english(), one.vietnamese()));
        let warnings = Warning::ALL
            .iter()
            .map(|one| (one.code(), one.english(), one.vietnamese()));
        let mut codes = HashSet::new();
        for (code, english, vietnamese) in refusals.chain(warnings) {
            assert!(codes.insert(code), "{code} twice");
            assert!(english.is_ascii() && english.ends_with('.'), "{code}");
            assert!(
                !vietnamese.is_ascii() && vietnamese.ends_with('.'),
                "{code}"
            );
        }
    }
}
