//! How far a table has come: the key of a row of SQLite, as it is noted in PostgreSQL.

use rusqlite::Error;
use rusqlite::types::{Type, Value};

const NUMBER: u8 = 1;
const TEXT: u8 = 2;
const BYTES: u8 = 3;

/// Writes a key down.
pub(crate) fn write(key: &[Value]) -> Vec<u8> {
    let mut noted = Vec::new();
    let mut part = |kind: u8, bytes: &[u8]| {
        noted.push(kind);
        noted.extend((bytes.len() as u64).to_be_bytes());
        noted.extend(bytes);
    };
    for value in key {
        match value {
            Value::Integer(number) => part(NUMBER, &number.to_be_bytes()),
            Value::Text(text) => part(TEXT, text.as_bytes()),
            Value::Blob(bytes) => part(BYTES, bytes),
            // No key of ours; it would not be read again.
            Value::Null | Value::Real(_) => part(0, &[]),
        }
    }
    noted
}

/// Reads a key that was written down.
///
/// # Errors
/// When it is none.
pub(crate) fn read(mut noted: &[u8]) -> Result<Vec<Value>, Error> {
    let mut key = Vec::new();
    while !noted.is_empty() {
        let (value, rest) = one(noted).ok_or_else(|| {
            Error::FromSqlConversionFailure(key.len(), Type::Blob, "what is noted of a move is no key".into())
        })?;
        key.push(value);
        noted = rest;
    }
    Ok(key)
}

fn one(noted: &[u8]) -> Option<(Value, &[u8])> {
    let (kind, rest) = noted.split_first()?;
    let (length, rest) = rest.split_first_chunk()?;
    let (bytes, rest) = rest.split_at_checked(usize::try_from(u64::from_be_bytes(*length)).ok()?)?;
    let value = match *kind {
        NUMBER => Value::Integer(i64::from_be_bytes(bytes.try_into().ok()?)),
        TEXT => Value::Text(String::from_utf8(bytes.to_vec()).ok()?),
        BYTES => Value::Blob(bytes.to_vec()),
        _ => return None,
    };
    Some((value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_as_it_was() {
        for key in [
            vec![Value::Integer(-7)],
            vec![Value::Integer(i64::MAX), Value::Text("https://oak.example/a\0b".into())],
            vec![Value::Blob(vec![0, 1, 255]), Value::Text(String::new()), Value::Integer(0)],
        ] {
            let noted = write(&key);
            assert_eq!(read(&noted).unwrap(), key);
            assert!(read(&noted[..noted.len() - 1]).is_err(), "half a key is none");
        }
    }
}
