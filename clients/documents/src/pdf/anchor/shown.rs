//! The text that a page shows, with its place (ISO 32000-2 §9.4).

use std::collections::HashMap;
use std::rc::Rc;

use lopdf::{Dictionary, ObjectId};

use super::super::page::Page;
use super::super::reader::Pdf;
use super::super::strings::string;
use super::super::text::{Cursor, Kind, Value};
use super::letters::Letters;
use super::matrix::Matrix;

/// How deep drawings may stand in drawings.
const MAX_DEPTH: usize = 8;

/// A piece of text on one line, in points as the page is shown.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shown {
    pub(super) text: String,
    pub(super) left: f64,
    pub(super) right: f64,
    /// The base line, from the lower edge.
    pub(super) up: f64,
    pub(super) size: f64,
}

/// What a content stream changes and `Q` restores.
#[derive(Clone)]
struct State {
    matrix: Matrix,
    font: Option<Rc<Letters>>,
    size: f64,
    spacing: f64,
    word_spacing: f64,
    scale: f64,
    leading: f64,
    rise: f64,
}

impl State {
    const FIRST: Self = Self {
        matrix: Matrix::UNIT,
        font: None,
        size: 0.0,
        spacing: 0.0,
        word_spacing: 0.0,
        scale: 1.0,
        leading: 0.0,
        rise: 0.0,
    };
}

/// Reads pages as long as there is something left of what may be read.
pub(super) struct Reading<'p, 'a> {
    pdf: &'p Pdf<'a>,
    /// Operators that may still be read.
    pub(super) left: usize,
    fonts: HashMap<*const Dictionary, Rc<Letters>>,
    found: Vec<Piece>,
}

impl<'p, 'a> Reading<'p, 'a> {
    pub(super) fn new(pdf: &'p Pdf<'a>, operators: usize) -> Self {
        Self {
            pdf,
            left: operators,
            fonts: HashMap::new(),
            found: Vec::new(),
        }
    }

    /// All text of a page.
    pub(super) fn page(&mut self, page: &Page) -> Vec<Shown> {
        let pdf = self.pdf;
        let Ok(dictionary) = pdf.document().get_dictionary(page.id) else {
            return Vec::new();
        };
        let mut content = Vec::new();
        let contents = dictionary.get(b"Contents").ok();
        let list = pdf.array(dictionary, b"Contents");
        for one in contents.into_iter().chain(list) {
            let id = one.as_reference().ok();
            let part = id.and_then(|id| pdf.content(id)).unwrap_or_default();
            content.extend_from_slice(&part);
            content.push(b'\n');
        }
        let resources = page_resources(pdf, dictionary);
        self.run(&content, resources, State::FIRST, MAX_DEPTH);
        let found = std::mem::take(&mut self.found);
        found
            .into_iter()
            .filter_map(|one| placed(page, one))
            .collect()
    }

    /// All text of a drawing, in the order in which it is drawn.
    #[cfg(feature = "verify")]
    pub(super) fn words(&mut self, form: ObjectId) -> String {
        let drawn = self.form(form, None, State::FIRST, MAX_DEPTH);
        drawn.unwrap_or_default();
        let found = std::mem::take(&mut self.found);
        found.into_iter().map(|one| one.text).collect()
    }

    /// Counts bytes as the operators that so many mostly hold.
    const fn pay(&mut self, bytes: usize) {
        self.left = self.left.saturating_sub(bytes / 32);
    }

    fn run(
        &mut self,
        content: &[u8],
        resources: Option<&'p Dictionary>,
        state: State,
        depth: usize,
    ) {
        self.pay(content.len());
        let mut drawing = Drawing {
            content,
            resources,
            depth,
            state,
            saved: Vec::new(),
            text: Matrix::UNIT,
            line: Matrix::UNIT,
        };
        let mut cursor = Cursor::new(content, 0);
        let mut operands = Vec::new();
        while self.left > 0 {
            cursor.skip_space();
            if let Some(value) = cursor.clone().value() {
                cursor = Cursor::new(content, value.span.end);
                operands.push(value);
                continue;
            }
            let Some(operator) = cursor.word() else {
                return;
            };
            self.left = self.left.saturating_sub(1);
            if operator == b"ID" {
                cursor.skip_image();
            }
            self.apply(&mut drawing, operator, &operands);
            operands.clear();
        }
    }

    fn apply(&mut self, drawing: &mut Drawing<'_, 'p>, operator: &[u8], operands: &[Value]) {
        let numbers = drawing.numbers(operands);
        match (operator, numbers.as_slice()) {
            (b"q", _) if drawing.saved.len() < 64 => drawing.saved.push(drawing.state.clone()),
            (b"Q", _) => {
                if let Some(state) = drawing.saved.pop() {
                    drawing.state = state;
                }
            }
            (b"cm", numbers) => {
                if let Some(matrix) = Matrix::of(numbers) {
                    drawing.state.matrix = matrix.then(&drawing.state.matrix);
                }
            }
            (b"BT", _) => drawing.set(Matrix::UNIT),
            (b"Tm", numbers) => drawing.set(Matrix::of(numbers).unwrap_or(Matrix::UNIT)),
            (b"Td", &[x, y]) => drawing.move_by(x, y),
            (b"TD", &[x, y]) => {
                drawing.state.leading = -y;
                drawing.move_by(x, y);
            }
            (b"T*", _) => drawing.next_line(),
            (b"Tc", &[spacing]) => drawing.state.spacing = spacing,
            (b"Tw", &[spacing]) => drawing.state.word_spacing = spacing,
            (b"Tz", &[percent]) => drawing.state.scale = percent / 100.0,
            (b"TL", &[leading]) => drawing.state.leading = leading,
            (b"Ts", &[rise]) => drawing.state.rise = rise,
            (b"Tf", &[size]) => {
                drawing.state.size = size;
                drawing.state.font = self.font(drawing, operands);
            }
            (b"Tj" | b"TJ", _) => self.show(drawing, operands),
            (b"'" | b"\"", _) => {
                drawing.next_line();
                self.show(drawing, operands);
            }
            (b"Do", _) => self.draw(drawing, operands).unwrap_or_default(),
            _ => {}
        }
    }

    fn font(&mut self, drawing: &Drawing<'_, 'p>, operands: &[Value]) -> Option<Rc<Letters>> {
        let pdf = self.pdf;
        let fonts = pdf.dictionary(drawing.resources?, b"Font")?;
        let font = pdf.dictionary(fonts, &drawing.name(operands)?)?;
        let place = std::ptr::from_ref(font);
        if let Some(letters) = self.fonts.get(&place) {
            return Some(Rc::clone(letters));
        }
        let letters = Rc::new(Letters::of(pdf, font));
        self.pay(letters.cost);
        self.fonts.insert(place, Rc::clone(&letters));
        Some(letters)
    }

    /// A drawing in the drawing (§8.10).
    fn draw(&mut self, drawing: &Drawing<'_, 'p>, operands: &[Value]) -> Option<()> {
        let pdf = self.pdf;
        let depth = drawing.depth.checked_sub(1)?;
        let forms = pdf.dictionary(drawing.resources?, b"XObject")?;
        let id = forms
            .get(&drawing.name(operands)?)
            .ok()?
            .as_reference()
            .ok()?;
        self.form(id, drawing.resources, drawing.state.clone(), depth)
    }

    fn form(
        &mut self,
        id: ObjectId,
        above: Option<&'p Dictionary>,
        mut state: State,
        depth: usize,
    ) -> Option<()> {
        let pdf = self.pdf;
        let form = &pdf.document().get_object(id).ok()?.as_stream().ok()?.dict;
        let kind = pdf.member(form, b"Subtype")?.as_name().ok()?;
        (kind == b"Form").then_some(())?;
        let content = pdf.content(id)?;
        let matrix: Vec<f64> = pdf
            .array(form, b"Matrix")
            .iter()
            .filter_map(|one| Some(f64::from(pdf.resolve(one)?.as_float().ok()?)))
            .collect();
        let matrix = Matrix::of(&matrix).unwrap_or(Matrix::UNIT);
        state.matrix = matrix.then(&state.matrix);
        let resources = pdf.dictionary(form, b"Resources").or(above);
        self.run(&content, resources, state, depth);
        Some(())
    }

    fn show(&mut self, drawing: &mut Drawing<'_, 'p>, operands: &[Value]) {
        let Some(value) = operands.last() else {
            return;
        };
        let parts = value.elements(drawing.content);
        for part in parts.unwrap_or_else(|| vec![value.clone()]) {
            if part.kind == Kind::String {
                let bytes = string(part.of(drawing.content)).unwrap_or_default();
                self.found.extend(drawing.show(&bytes));
            } else if let Some(number) = drawing.numbers(&[part]).first() {
                let state = &drawing.state;
                drawing.advance(-number / 1000.0 * state.size * state.scale);
            }
        }
    }
}

struct Drawing<'c, 'p> {
    content: &'c [u8],
    resources: Option<&'p Dictionary>,
    depth: usize,
    state: State,
    saved: Vec<State>,
    text: Matrix,
    line: Matrix,
}

impl Drawing<'_, '_> {
    fn numbers(&self, operands: &[Value]) -> Vec<f64> {
        let numbers = operands.iter().filter(|one| one.kind == Kind::Number);
        let numbers = numbers.filter_map(|one| std::str::from_utf8(one.of(self.content)).ok());
        numbers.filter_map(|text| text.parse().ok()).collect()
    }

    fn name(&self, operands: &[Value]) -> Option<Vec<u8>> {
        let name = operands.first().filter(|one| one.kind == Kind::Name)?;
        Some(super::super::text::unescaped(name.of(self.content)))
    }

    const fn set(&mut self, matrix: Matrix) {
        self.text = matrix;
        self.line = matrix;
    }

    fn move_by(&mut self, x: f64, y: f64) {
        self.set(Matrix::shift(x, y).then(&self.line));
    }

    fn next_line(&mut self) {
        self.move_by(0.0, -self.state.leading);
    }

    fn advance(&mut self, by: f64) {
        self.text = Matrix::shift(by, 0.0).then(&self.text);
    }

    fn show(&mut self, bytes: &[u8]) -> Option<Piece> {
        let state = self.state.clone();
        let at = |text: &Matrix, up: f64| text.then(&state.matrix).point([0.0, up]);
        let from = at(&self.text, state.rise);
        let mut text = String::new();
        for (letter, width, is_space) in state.font.as_ref()?.read(bytes) {
            let word = if is_space { state.word_spacing } else { 0.0 };
            self.advance((width * state.size + state.spacing + word) * state.scale);
            text.push_str(&letter);
        }
        let to = at(&self.text, state.rise);
        let above = at(&self.text, state.rise + state.size);
        let size = f64::hypot(above[0] - to[0], above[1] - to[1]);
        let all = [from, to].concat();
        let finite = size.is_finite() && all.iter().all(|one| one.is_finite());
        finite.then_some(Piece {
            text,
            from,
            to,
            size,
        })
    }
}

/// A string with its ends, in the page's own units.
struct Piece {
    text: String,
    from: [f64; 2],
    to: [f64; 2],
    size: f64,
}

/// A string as the page is shown, if it runs from left to right.
fn placed(page: &Page, piece: Piece) -> Option<Shown> {
    let place = |[across, up]: [f64; 2]| page.place(1, [across, up, across, up]);
    let (from, to) = (place(piece.from), place(piece.to));
    let level = (from.bottom - to.bottom).abs() < 0.5 && to.left >= from.left;
    level.then_some(Shown {
        left: from.left,
        right: to.left,
        up: from.bottom,
        size: piece.size * page.unit,
        text: piece.text,
    })
}

/// The resources of a page, which nodes above it may have.
fn page_resources<'p>(pdf: &'p Pdf<'_>, page: &'p Dictionary) -> Option<&'p Dictionary> {
    let mut node = page;
    for _ in 0..64 {
        if let Some(found) = pdf.dictionary(node, b"Resources") {
            return Some(found);
        }
        node = pdf.dictionary(node, b"Parent")?;
    }
    None
}
