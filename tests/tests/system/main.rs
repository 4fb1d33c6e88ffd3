//! The relay as a whole, through its sockets, its pages and its command line, as
//! visitors, owners and those who mean ill meet it.

mod command_line;
mod copies;
mod crash;
mod doors;
mod ends;
mod form;
mod frames;
mod headers;
mod hostile;
mod inbox;
mod limits;
mod lines;
mod live;
mod mail;
mod outside;
mod slow;
mod strangers;
mod telegram;
mod webhook;
