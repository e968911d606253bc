//! How Vietnamese sorts names, and how people search for them.

use unicode_normalization::UnicodeNormalization as _;

/// The letters in their order; others (digits, foreign letters) come before or after by code point.
const LETTERS: &str = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz";

/// Tones in the order of dictionaries: none, huyền, hỏi, ngã, sắc, nặng.
const TONES: [char; 5] = ['\u{300}', '\u{309}', '\u{303}', '\u{301}', '\u{323}'];

/// Where a text stands in a Vietnamese list: syllable by syllable, letters first and then the tone.
///
/// Made by [`vietnamese_order`]; compare two of them, or sort by it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Order(Vec<Syllable>);

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Syllable {
    letters: Vec<(u8, u32)>,
    tones: Vec<usize>,
}

/// The order of a title or an agency's name, from its first word on.
///
/// By code points "Đ" would follow "Z" and "Ấp" would stand far from "An"; a clerk who looks for a
/// name there thinks that it is missing.
pub fn vietnamese_order(text: &str) -> Order {
    Order(words_of(text).map(|word| syllable(&word)).collect())
}

/// The order of people: by the given name, which is the last word, then from the family name on.
pub fn person_order(name: &str) -> Order {
    let mut words: Vec<String> = words_of(name).collect();
    if let Some(given) = words.pop() {
        words.insert(0, given);
    }
    Order(words.iter().map(|word| syllable(word)).collect())
}

/// The text without tones, marks and case, with single spaces: "Đặng Thị Ánh" gives "dang thi anh".
///
/// People type names without tones when they search; both sides of the comparison go through this.
pub fn fold(text: &str) -> String {
    let words: Vec<String> = words_of(text).map(|word| bare(&word)).collect();
    words.join(" ")
}

/// Whether every word of `wanted` begins some word of `text`, both without tones.
pub fn found_in(wanted: &str, text: &str) -> bool {
    let text = fold(text);
    let begins = |word: &str| text.split(' ').any(|other| other.starts_with(word));
    fold(wanted).split(' ').all(begins)
}

fn words_of(text: &str) -> impl Iterator<Item = String> {
    let composed: String = text.nfc().flat_map(char::to_lowercase).collect();
    let words: Vec<String> = composed.split_whitespace().map(str::to_owned).collect();
    words.into_iter()
}

fn bare(word: &str) -> String {
    let letters = word
        .nfd()
        .filter(|c| !unicode_normalization::char::is_combining_mark(*c));
    letters.map(|c| if c == 'đ' { 'd' } else { c }).collect()
}

fn syllable(word: &str) -> Syllable {
    let mut made = Syllable::default();
    for letter in word.nfc() {
        let tone = |c: &char| TONES.iter().position(|tone| tone == c);
        let parts: Vec<char> = std::iter::once(letter).nfd().collect();
        let without: String = parts
            .iter()
            .copied()
            .filter(|c| tone(c).is_none())
            .nfc()
            .collect();
        made.letters.extend(without.chars().map(rank));
        let found = parts.iter().find_map(tone).map_or(0, |at| at + 1);
        made.tones.push(found);
    }
    made
}

/// Signs and digits, then the Vietnamese letters, then all others.
fn rank(letter: char) -> (u8, u32) {
    let place = LETTERS.chars().position(|known| known == letter);
    match place.and_then(|place| u32::try_from(place).ok()) {
        Some(place) => (1, place),
        None if letter.is_alphabetic() => (2, u32::from(letter)),
        None => (0, u32::from(letter)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ascending(key: impl Fn(&str) -> Order, sorted: &[&str]) {
        for pair in sorted.windows(2) {
            assert!(
                key(pair[0]) < key(pair[1]),
                "{} before {}",
                pair[0],
                pair[1]
            );
        }
    }

    #[test]
    fn letters_come_before_tones_and_syllables_before_both() {
        ascending(
            vietnamese_order,
            &["ma", "mà", "mả", "mã", "má", "mạ", "măng", "mâm"],
        );
        ascending(
            vietnamese_order,
            &["an", "Ăn", "ân", "ba", "dê", "đa", "em", "êm"],
        );
        ascending(vietnamese_order, &["o", "ô", "ơ", "u", "ư", "v"]);
        ascending(
            vietnamese_order,
            &["Hoa An", "Hoa Bình", "Hòa An", "Hòa Bình"],
        );
        ascending(
            vietnamese_order,
            &["Sở 2", "Sở Nội vụ", "Sở Tài chính", "Sở Ω"],
        );
    }

    #[test]
    fn people_are_sorted_by_given_name_and_then_by_family_name() {
        ascending(
            person_order,
            &[
                "Trần Văn An",
                "Lê Thị Ánh",
                "Đỗ Bình",
                "Nguyễn Văn Dũng",
                "Lê Đức",
                "Phạm Đức",
            ],
        );
    }

    #[test]
    fn composed_and_decomposed_text_sort_alike() {
        let decomposed: String = "Đặng Thị Ánh".nfd().collect();
        assert_eq!(person_order("Đặng Thị Ánh"), person_order(&decomposed));
        assert_eq!(fold("Đặng Thị Ánh"), fold(&decomposed));
    }

    #[test]
    fn search_needs_no_tones() {
        let table = [
            ("Đặng Thị Ánh", "dang thi anh"),
            ("  ỦY BAN   NHÂN DÂN ", "uy ban nhan dan"),
            ("Ngưỡng Cầu Đường", "nguong cau duong"),
            ("", ""),
        ];
        for (text, folded) in table {
            assert_eq!(fold(text), folded);
        }
        let searches = [
            ("anh dang", true),
            ("Ánh", true),
            ("thi a", true),
            ("", true),
            ("nh", false),
            ("ánh nga", false),
        ];
        for (wanted, found) in searches {
            assert_eq!(found_in(wanted, "Đặng Thị Ánh"), found, "{wanted}");
        }
    }
}
