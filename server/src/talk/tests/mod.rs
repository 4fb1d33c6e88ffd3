//! People who talk over real sockets with a real store.

mod hostile;
mod live;
mod strangers;
