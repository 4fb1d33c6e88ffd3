//! E-mail against real mail servers, and against one that fails in every way.

mod faults;
mod listener;
mod mailbox;
mod out;
