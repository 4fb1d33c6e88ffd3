//! What is believed of the servers that the relay speaks to.

use super::config::{BadEmailConfig, EmailConfig};
use lettre::transport::smtp::client::{Certificate, CertificateStore, TlsParameters};
use std::{fs, sync::Arc};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::CertificateDer},
};

/// The system's certificates and the configured ones, read once.
pub(super) struct Roots {
    certificates: Vec<CertificateDer<'static>>,
    store: Arc<RootCertStore>,
}

impl Roots {
    pub(super) fn read(config: &EmailConfig) -> Result<Self, BadEmailConfig> {
        let mut certificates = rustls_native_certs::load_native_certs().certs;
        for path in &config.extra_roots {
            let bad = || {
                BadEmailConfig(format!(
                    "email.extra_roots: {} has no certificate in PEM in it.",
                    path.display()
                ))
            };
            let pem = fs::read(path).map_err(|_| bad())?;
            let extra = pem_certificates(&pem).filter(|found| !found.is_empty()).ok_or_else(bad)?;
            certificates.extend(extra);
        }
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(certificates.iter().cloned());
        Ok(Self { certificates, store: Arc::new(store) })
    }

    /// For SMTP.
    pub(super) fn for_smtp(&self, host: &str) -> Option<TlsParameters> {
        let mut builder = TlsParameters::builder(host.to_owned()).certificate_store(CertificateStore::None);
        for certificate in &self.certificates {
            // One that can't be read is one that nothing is proven by.
            if let Ok(certificate) = Certificate::from_der(certificate.to_vec()) {
                builder = builder.add_root_certificate(certificate);
            }
        }
        builder.build().ok()
    }

    /// For IMAP.
    pub(super) fn for_imap(&self) -> Option<TlsConnector> {
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = builder
            .with_safe_default_protocol_versions()
            .ok()?
            .with_root_certificates(Arc::clone(&self.store))
            .with_no_client_auth();
        Some(TlsConnector::from(Arc::new(config)))
    }
}

/// RFC 7468.
fn pem_certificates(pem: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    use tokio_rustls::rustls::pki_types::pem::PemObject;
    CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().ok()
}
