//! From text. The work is done in a few functions that are not generic and not
//! inlined, so that each frame type adds little to the widget.

use super::Unreadable;
use serde::de::{
    self, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
};

type Result<T> = core::result::Result<T, Unreadable>;

pub(super) struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text: text.as_bytes(), at: 0 }
    }

    /// Nothing but white space may be left.
    pub(super) fn end(&mut self) -> Result<()> {
        self.skip_space();
        if self.at == self.text.len() { Ok(()) } else { Err(Unreadable) }
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.text.get(self.at) {
            self.at += 1;
        }
    }

    /// The next byte of the grammar; 0, which stands nowhere in it, at the end.
    fn peek(&mut self) -> u8 {
        self.skip_space();
        self.text.get(self.at).copied().unwrap_or(0)
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == byte;
        self.at += usize::from(is_next);
        is_next
    }

    fn need(&mut self, byte: u8) -> Result<()> {
        if self.take(byte) { Ok(()) } else { Err(Unreadable) }
    }

    fn take_word(&mut self, word: &[u8]) -> bool {
        self.skip_space();
        let is_next = self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word));
        if is_next {
            self.at += word.len();
        }
        is_next
    }

    /// The next byte as it is, inside a string.
    fn byte(&mut self) -> Result<u8> {
        let byte = *self.text.get(self.at).ok_or(Unreadable)?;
        self.at += 1;
        Ok(byte)
    }

    fn four_digits(&mut self) -> Result<u32> {
        let mut number = 0;
        for _ in 0..4 {
            number = number * 16 + char::from(self.byte()?).to_digit(16).ok_or(Unreadable)?;
        }
        Ok(number)
    }

    /// What follows a backslash (RFC 8259, clause 7).
    fn escaped(&mut self) -> Result<char> {
        Ok(match self.byte()? {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'u' => {
                let mut code = self.four_digits()?;
                // Characters beyond the first 65,536 come as a pair of surrogates.
                if code & 0xFC00 == 0xD800 {
                    if self.byte()? != b'\\' || self.byte()? != b'u' {
                        return Err(Unreadable);
                    }
                    let low = self.four_digits()?;
                    if low & 0xFC00 != 0xDC00 {
                        return Err(Unreadable);
                    }
                    code = 0x1_0000 + ((code & 0x3FF) << 10 | low & 0x3FF);
                }
                char::from_u32(code).ok_or(Unreadable)?
            }
            byte @ (b'"' | b'\\' | b'/') => char::from(byte),
            _ => return Err(Unreadable),
        })
    }

    #[inline(never)]
    fn string(&mut self) -> Result<String> {
        self.need(b'"')?;
        let mut bytes = Vec::new();
        loop {
            match self.byte()? {
                b'"' => break,
                b'\\' => bytes.extend_from_slice(self.escaped()?.encode_utf8(&mut [0; 4]).as_bytes()),
                0..=0x1F => return Err(Unreadable),
                byte => bytes.push(byte),
            }
        }
        String::from_utf8(bytes).map_err(|_| Unreadable)
    }

    #[inline(never)]
    fn number(&mut self) -> Result<u64> {
        self.skip_space();
        let start = self.at;
        let mut number = 0_u64;
        while let Some(digit @ b'0'..=b'9') = self.text.get(self.at) {
            number = number.checked_mul(10).ok_or(Unreadable)?;
            number = number.checked_add(u64::from(digit - b'0')).ok_or(Unreadable)?;
            self.at += 1;
        }
        let leading_zero = self.at - start > 1 && self.text[start] == b'0';
        let goes_on = matches!(self.text.get(self.at), Some(b'.' | b'e' | b'E'));
        if start == self.at || leading_zero || goes_on { Err(Unreadable) } else { Ok(number) }
    }

    /// Passes over a value of any shape. Brackets are counted, not matched: what
    /// is skipped is of a newer speaker and well-formed, or of no interest.
    #[inline(never)]
    fn skip(&mut self) -> Result<()> {
        let mut depth = 0_u32;
        loop {
            match self.peek() {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                    continue;
                }
                b'}' | b']' if depth > 0 => {
                    depth -= 1;
                    self.at += 1;
                }
                b',' | b':' if depth > 0 => {
                    self.at += 1;
                    continue;
                }
                _ => {
                    let start = self.at;
                    while let Some(b'a'..=b'z' | b'0'..=b'9' | b'-' | b'+' | b'.' | b'E') =
                        self.text.get(self.at)
                    {
                        self.at += 1;
                    }
                    if start == self.at {
                        return Err(Unreadable);
                    }
                }
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    /// Whether another item stands before the closing bracket.
    #[inline(never)]
    fn another(&mut self, closing: u8, is_first: &mut bool) -> Result<bool> {
        if self.take(closing) {
            return Ok(false);
        }
        if !core::mem::replace(is_first, false) {
            self.need(b',')?;
        }
        Ok(true)
    }
}

struct Items<'r, 'a> {
    reader: &'r mut Reader<'a>,
    is_first: bool,
}

impl<'de> MapAccess<'de> for Items<'_, '_> {
    type Error = Unreadable;

    fn next_key_seed<K: de::DeserializeSeed<'de>>(&mut self, key: K) -> Result<Option<K::Value>> {
        if !self.reader.another(b'}', &mut self.is_first)? {
            return Ok(None);
        }
        key.deserialize(&mut *self.reader).map(Some)
    }

    fn next_value_seed<V: de::DeserializeSeed<'de>>(&mut self, value: V) -> Result<V::Value> {
        self.reader.need(b':')?;
        value.deserialize(&mut *self.reader)
    }
}

impl<'de> SeqAccess<'de> for Items<'_, '_> {
    type Error = Unreadable;

    fn next_element_seed<T: de::DeserializeSeed<'de>>(&mut self, item: T) -> Result<Option<T::Value>> {
        if !self.reader.another(b']', &mut self.is_first)? {
            return Ok(None);
        }
        item.deserialize(&mut *self.reader).map(Some)
    }
}

struct Tagged<'r, 'a>(&'r mut Reader<'a>);

impl<'de> EnumAccess<'de> for Tagged<'_, '_> {
    type Error = Unreadable;
    type Variant = Self;

    fn variant_seed<V: de::DeserializeSeed<'de>>(self, tag: V) -> Result<(V::Value, Self)> {
        let tag = tag.deserialize(&mut *self.0)?;
        self.0.need(b':')?;
        Ok((tag, self))
    }
}

impl<'de> VariantAccess<'de> for Tagged<'_, '_> {
    type Error = Unreadable;

    fn unit_variant(self) -> Result<()> {
        Err(Unreadable)
    }

    fn newtype_variant_seed<T: de::DeserializeSeed<'de>>(self, value: T) -> Result<T::Value> {
        value.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value> {
        Err(Unreadable)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.0.deserialize_struct("", fields, visitor)
    }
}

/// Shapes that no frame has.
macro_rules! no_frame_has {
    ($($method:ident($($argument:ty),*))*) => {
        $(fn $method<V: Visitor<'de>>(self, $(_: $argument,)* _: V) -> Result<V::Value> { Err(Unreadable) })*
    };
}

/// All widths are read as one; the visitor of a narrower type checks its range.
macro_rules! numbers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> { visitor.visit_u64(self.number()?) })*
    };
}

impl<'de> Deserializer<'de> for &mut Reader<'_> {
    type Error = Unreadable;

    no_frame_has! {
        deserialize_any() deserialize_i8() deserialize_i16() deserialize_i32() deserialize_i64()
        deserialize_f32() deserialize_f64() deserialize_char() deserialize_bytes() deserialize_byte_buf()
        deserialize_unit() deserialize_unit_struct(&'static str) deserialize_tuple(usize)
        deserialize_tuple_struct(&'static str, usize) deserialize_map()
    }

    numbers! { deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let is_true = self.take_word(b"true");
        if !is_true && !self.take_word(b"false") {
            return Err(Unreadable);
        }
        visitor.visit_bool(is_true)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_str(&self.string()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_string(self.string()?)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_str(&self.string()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.take_word(b"null") { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.need(b'[')?;
        visitor.visit_seq(Items { reader: self, is_first: true })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.need(b'{')?;
        visitor.visit_map(Items { reader: self, is_first: true })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        if !self.take(b'{') {
            let name = self.string()?;
            return visitor.visit_enum(IntoDeserializer::<Unreadable>::into_deserializer(name.as_str()));
        }
        let value = visitor.visit_enum(Tagged(self))?;
        self.need(b'}')?;
        Ok(value)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.skip()?;
        visitor.visit_unit()
    }
}
