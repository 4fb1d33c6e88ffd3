//! A value on its way, the same from either side, and what many rows of them add up to.

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// What stands in a column of PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    None,
    Uuid(Uuid),
    Text(String),
    Bytes(Vec<u8>),
    Big(i64),
    Int(i32),
    Small(i16),
    Bool(bool),
}

impl Value {
    /// About so much memory and line it takes.
    pub(crate) fn weight(&self) -> usize {
        size_of::<Self>()
            + match self {
                Value::Text(text) => text.len(),
                Value::Bytes(bytes) => bytes.len(),
                _ => 0,
            }
    }

    /// Which kind, how long, and what: so that no two rows read the same.
    fn feed(&self, hash: &mut Sha256) {
        let mut part = |kind: u8, bytes: &[u8]| {
            hash.update([kind]);
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        };
        match self {
            Value::None => part(0, &[]),
            Value::Uuid(id) => part(1, id.as_bytes()),
            Value::Text(text) => part(2, text.as_bytes()),
            Value::Bytes(bytes) => part(3, bytes),
            Value::Big(number) => part(4, &number.to_be_bytes()),
            Value::Int(number) => part(5, &number.to_be_bytes()),
            Value::Small(number) => part(6, &number.to_be_bytes()),
            Value::Bool(is) => part(7, &[u8::from(*is)]),
        }
    }
}

/// How many rows there are, and the sum of their SHA-256, as numbers of 256 bits. So it does
/// not matter in which order either side gives them, and a row that is there twice counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) rows: i64,
    pub(crate) checksum: [u8; 32],
}

impl Sum {
    /// Adds a row.
    pub(crate) fn add(&mut self, row: &[Value]) {
        let mut hash = Sha256::new();
        for value in row {
            value.feed(&mut hash);
        }
        let digest: [u8; 32] = hash.finalize().into();
        self.rows += 1;
        let mut carry = 0;
        for (sum, byte) in self.checksum.iter_mut().zip(digest).rev() {
            let both = u16::from(*sum) + u16::from(byte) + carry;
            *sum = both.to_be_bytes()[1];
            carry = both >> 8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(rows: &[&[Value]]) -> Sum {
        let mut sum = Sum::default();
        rows.iter().for_each(|row| sum.add(row));
        sum
    }

    #[test]
    fn a_sum_goes_by_what_the_rows_are_and_not_by_their_order() {
        let text = |text: &str| Value::Text(text.into());
        let (one, two) = ([text("ab"), text("c")], [text("a"), text("bc")]);
        assert_eq!(sum(&[&one, &two]), sum(&[&two, &one]));
        assert_ne!(sum(&[&one]), sum(&[&two]), "where one value ends counts");
        assert_ne!(sum(&[&one, &one]).checksum, sum(&[&two, &two]).checksum, "two of a kind do not cancel");
        assert_ne!(sum(&[&[Value::None]]), sum(&[&[text("")]]));
        assert_ne!(sum(&[&[Value::Big(1)]]), sum(&[&[Value::Big(2)]]));
    }

    #[test]
    fn a_sum_carries() {
        let mut full = Sum { rows: 0, checksum: [255; 32] };
        full.add(&[Value::None]);
        let mut one = sum(&[&[Value::None]]);
        // All ones are one less than nothing.
        for byte in one.checksum.iter_mut().rev() {
            let (less, borrows) = byte.overflowing_sub(1);
            *byte = less;
            if !borrows {
                break;
            }
        }
        assert_eq!(full, one);
    }
}
