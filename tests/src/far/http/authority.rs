//! Certificates, good and bad, of an authority that lives for one test.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use std::{path::PathBuf, sync::Arc};
use tempfile::NamedTempFile;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring::default_provider,
        pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

/// What is shown to who connects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Certificate {
    /// In order.
    #[default]
    Good,
    /// It was in order once.
    Expired,
    /// It will be in order one day.
    NotYet,
    /// Of another name.
    OtherName,
    /// Of an authority that nobody knows.
    Stranger,
    /// None: what listens does not speak TLS.
    None,
}

/// Gives out certificates for one name.
#[derive(Clone)]
pub(super) struct Authority {
    name: &'static str,
    known: Arc<CertifiedIssuer<'static, KeyPair>>,
    unknown: Arc<CertifiedIssuer<'static, KeyPair>>,
    file: Arc<NamedTempFile>,
}

impl Authority {
    pub(super) fn new(name: &'static str) -> Self {
        let (known, unknown) = (Arc::new(issuer("known")), Arc::new(issuer("unknown")));
        let file = NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), known.pem()).expect("a file that can be written");
        Self { name, known, unknown, file: Arc::new(file) }
    }

    /// A PEM file with what has to be trusted.
    pub(super) fn file(&self) -> PathBuf {
        self.file.path().to_owned()
    }

    pub(super) fn acceptor(&self, certificate: Certificate) -> Option<TlsAcceptor> {
        let name = if certificate == Certificate::OtherName { "other.example" } else { self.name };
        let issuer = if certificate == Certificate::Stranger { &self.unknown } else { &self.known };
        let mut params = CertificateParams::new([name.into()]).expect("a name");
        match certificate {
            Certificate::None => return None,
            Certificate::Expired => params.not_after = date_time_ymd(2001, 1, 1),
            Certificate::NotYet => params.not_before = date_time_ymd(4000, 1, 1),
            Certificate::Good | Certificate::OtherName | Certificate::Stranger => {}
        }
        let key = KeyPair::generate().expect("a key");
        let chain = vec![CertificateDer::from(params.signed_by(&key, issuer).expect("a certificate"))];
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring knows them")
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("a certificate and its key");
        Some(TlsAcceptor::from(Arc::new(config)))
    }
}

fn issuer(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new([]).expect("no names");
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority")
}
