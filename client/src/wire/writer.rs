//! To text.

use super::Unreadable;
use serde::ser::{Impossible, Serialize, SerializeSeq, SerializeStruct, SerializeStructVariant, Serializer};

type Result<T> = core::result::Result<T, Unreadable>;
type Never = Impossible<(), Unreadable>;

#[derive(Default)]
pub(super) struct Writer(String);

impl Writer {
    pub(super) fn into_text(self) -> String {
        self.0
    }

    #[inline(never)]
    fn string(&mut self, text: &str) {
        self.0.push('"');
        for c in text.chars() {
            match c {
                '"' | '\\' => {
                    self.0.push('\\');
                    self.0.push(c);
                }
                '\n' => self.0.push_str("\\n"),
                c if c < ' ' => {
                    self.0.push_str("\\u00");
                    for half in [c as u8 >> 4, c as u8 & 15] {
                        self.0.push(char::from(b"0123456789abcdef"[usize::from(half)]));
                    }
                }
                c => self.0.push(c),
            }
        }
        self.0.push('"');
    }

    #[inline(never)]
    fn number(&mut self, mut number: u64) {
        let mut digits = [0; 20];
        let mut first = digits.len();
        loop {
            first -= 1;
            digits[first] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        self.0.extend(digits[first..].iter().map(|&digit| char::from(digit)));
    }

    /// A comma, unless this is the first item of its object or array. A value
    /// never ends in an opening bracket, for even a string ends in its quote.
    fn comma(&mut self) {
        if !self.0.ends_with(['{', '[']) {
            self.0.push(',');
        }
    }

    #[inline(never)]
    fn key(&mut self, key: &str) {
        self.comma();
        self.string(key);
        self.0.push(':');
    }
}

pub(super) struct Items<'w> {
    writer: &'w mut Writer,
    closing: &'static str,
}

impl<'w> Items<'w> {
    fn end(self) -> Result<()> {
        self.writer.0.push_str(self.closing);
        Ok(())
    }

    fn field<T: ?Sized + Serialize>(&mut self, key: &str, value: &T) -> Result<()> {
        self.writer.key(key);
        value.serialize(&mut *self.writer)
    }
}

impl SerializeSeq for Items<'_> {
    type Ok = ();
    type Error = Unreadable;

    fn serialize_element<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<()> {
        self.writer.comma();
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<()> {
        self.end()
    }
}

impl SerializeStruct for Items<'_> {
    type Ok = ();
    type Error = Unreadable;

    fn serialize_field<T: ?Sized + Serialize>(&mut self, key: &'static str, value: &T) -> Result<()> {
        self.field(key, value)
    }

    fn end(self) -> Result<()> {
        self.end()
    }
}

impl SerializeStructVariant for Items<'_> {
    type Ok = ();
    type Error = Unreadable;

    fn serialize_field<T: ?Sized + Serialize>(&mut self, key: &'static str, value: &T) -> Result<()> {
        self.field(key, value)
    }

    fn end(self) -> Result<()> {
        self.end()
    }
}

/// Shapes that no frame has.
macro_rules! no_frame_has {
    ($($method:ident($argument:ty))*) => {
        $(fn $method(self, _: $argument) -> Result<()> { Err(Unreadable) })*
    };
}

macro_rules! numbers {
    ($($method:ident($number:ty))*) => {
        $(fn $method(self, number: $number) -> Result<()> { self.number(number.into()); Ok(()) })*
    };
}

impl<'w> Serializer for &'w mut Writer {
    type Ok = ();
    type Error = Unreadable;
    type SerializeSeq = Items<'w>;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Items<'w>;
    type SerializeStructVariant = Items<'w>;

    no_frame_has! {
        serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64) serialize_f32(f32)
        serialize_f64(f64) serialize_char(char) serialize_bytes(&[u8]) serialize_unit_struct(&'static str)
    }

    numbers! { serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64) }

    fn serialize_bool(self, value: bool) -> Result<()> {
        self.0.push_str(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_str(self, text: &str) -> Result<()> {
        self.string(text);
        Ok(())
    }

    fn serialize_none(self) -> Result<()> {
        self.0.push_str("null");
        Ok(())
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<()> {
        self.serialize_none()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Result<()> {
        self.string(name);
        Ok(())
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(self, _: &'static str, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result<()> {
        self.0.push('{');
        self.key(name);
        value.serialize(&mut *self)?;
        self.0.push('}');
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items<'w>> {
        self.0.push('[');
        Ok(Items { writer: self, closing: "]" })
    }

    fn serialize_tuple(self, _: usize) -> Result<Never> {
        Err(Unreadable)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Never> {
        Err(Unreadable)
    }

    fn serialize_tuple_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Never> {
        Err(Unreadable)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Never> {
        Err(Unreadable)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Items<'w>> {
        self.0.push('{');
        Ok(Items { writer: self, closing: "}" })
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Items<'w>> {
        self.0.push('{');
        self.key(name);
        self.0.push('{');
        Ok(Items { writer: self, closing: "}}" })
    }
}
