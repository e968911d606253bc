//! What is not explained of what was added after a signature.

use super::super::refusal::reasons;

reasons! {
    /// Why what was added after a signature is not explained.
    Alteration {
        Unclear "unclear" "The signature is not over a whole state of the file." "Chữ ký không phủ trọn một phiên bản của tệp.";
        Unreadable "unreadable" "A later state of the file cannot be read as it is written." "Một phiên bản sau của tệp không đọc được.";
        TooMany "too_many_revisions" "More was added than is judged." "Số lần bổ sung vượt mức được xem xét.";
        Structure "structure" "What was added is not one list of objects after the other, or points at what was hidden before." "Phần bổ sung không đúng cấu trúc, hoặc trỏ đến nội dung bị giấu từ trước.";
        Freed "freed" "A part of what was signed was taken away." "Một phần nội dung đã ký bị xóa.";
        Trailer "trailer" "What the file begins with was changed." "Gốc của tệp bị thay đổi.";
        Catalog "catalog" "The catalog of the document was changed." "Danh mục của tài liệu bị thay đổi.";
        Form "form" "The form of the document was changed." "Biểu mẫu của tài liệu bị thay đổi.";
        Field "field" "A field was changed or added that is none for a signature." "Có ô không phải ô ký bị thay đổi hoặc thêm vào.";
        Page "page" "A page was changed." "Một trang bị thay đổi.";
        Annotation "annotation" "Something was put upon or taken from a page that is no signature." "Có nội dung không phải chữ ký bị thêm vào hoặc gỡ khỏi trang.";
        Overlay "overlay" "A later signature covers so much of a page that it may hide it." "Chữ ký sau che quá nhiều phần của trang.";
        Replaced "replaced" "An object that was signed was replaced." "Một đối tượng đã ký bị thay thế.";
        Reused "reused" "What was added stands under a number that the signed part uses for something else." "Phần bổ sung dùng lại số đối tượng mà phần đã ký đang dùng.";
        Unreached "unreached" "Something was added that nothing uses." "Có đối tượng được thêm vào mà không nơi nào dùng.";
        Signature "later_signature" "A later signature is not over the file as it was then, or says more than a signature may." "Chữ ký sau không phủ trọn tệp tại thời điểm ký hoặc chứa nội dung ngoài phạm vi chữ ký.";
        NotIntact "later_signature_not_intact" "A later signature is not intact, so nothing vouches for what it added." "Chữ ký sau không còn nguyên vẹn nên không bảo đảm cho phần nó thêm vào.";
        Filled "filled" "A field for number or date was filled with something else, or shows another text than it says." "Ô số hoặc ngày chứa nội dung khác, hoặc hiển thị khác với giá trị.";
        ValidationData "validation_data" "The validation data were changed in a way that is not allowed." "Dữ liệu kiểm chứng bị thay đổi sai quy tắc.";
        Locked "locked_later" "A field was changed that the signature locks." "Ô bị chữ ký khóa đã bị thay đổi.";
        Certified "certified_later" "The signature certifies the document against this change." "Chữ ký chứng nhận tài liệu không cho phép thay đổi này.";
    }
}
