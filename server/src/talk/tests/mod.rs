//! People who talk over real sockets with a real store.

mod floods;
mod hostile;
mod live;
mod strangers;
