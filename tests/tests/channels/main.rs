
mod mail;
