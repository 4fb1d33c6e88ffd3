//! The one provider of cryptography for TLS.

use tokio_rustls::rustls::crypto::ring::default_provider;

/// Makes ring the provider of this process, for clients that ask it for one. To be called
/// before the first of them is built; calling it again changes nothing.
pub fn use_ring() {
    // It fails only when one was chosen before, and there is but this one.
    let _ = default_provider().install_default();
}
