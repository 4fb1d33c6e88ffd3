//! What the relay decides about channels, with a far side that does as it is told.

mod answers;
mod browsers;
mod crowds;
mod handing;
mod matrix;
mod owners;
mod pictures;
mod scene;
mod visitors;
