//! Tried by what others wrote.
