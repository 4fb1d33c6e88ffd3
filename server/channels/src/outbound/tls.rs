//! Whom the relay trusts when it calls.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio_rustls::rustls::{
    ClientConfig, RootCertStore,
    crypto::ring::default_provider,
    pki_types::{CertificateDer, pem::PemObject},
};

/// The machine's own authorities and those of the files, with ring.
pub(super) fn client_config(extra_roots: &[PathBuf]) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    let native = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(native.certs);
    if roots.is_empty() {
        tracing::warn!("this machine trusts no authority: install its CA certificates (ca-certificates)");
    }
    for path in extra_roots {
        match read(path) {
            Ok(certificates) => {
                roots.add_parsable_certificates(certificates);
            }
            Err(reason) => tracing::error!(reason, "left out of extra_roots"),
        }
    }
    ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring knows the versions that rustls holds for safe")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// The certificates of a PEM file, at least one.
pub(super) fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let name = path.display();
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(certificates) if certificates.is_empty() => {
            Err(format!("{name} has no certificate in it. It has to be a PEM file."))
        }
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(format!("{name} cannot be read as a PEM file with certificates: {error}.")),
    }
}
