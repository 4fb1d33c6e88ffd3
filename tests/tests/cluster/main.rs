//! Several relays with one memory: real PostgreSQL, real NATS, real nginx, and people at
//! different relays who must not notice.

mod apart;
mod deliveries;
mod gone;
mod house;
mod load;
mod moving;
mod put_back;
mod together;
