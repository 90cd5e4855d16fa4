//! A look at a port from outside: whether it answers, and which certificate it shows. For the operator only: nothing that
//! is said there is trusted.
use super::facts::Facts;
use super::provider;
use rustls::ClientConfig;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Asks a port of this machine whether Snug is well. The facts of the certificate, over TLS.
///
/// # Errors
/// Why it is not, as the end of a sentence.
pub async fn knock(address: SocketAddr, secure: bool) -> Result<Option<Facts>, String> {
    let stream = TcpStream::connect(address).await.map_err(|error| format!("nothing listens there ({error})"))?;
    if !secure {
        return healthy(stream).await.map(|()| None);
    }
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anything(provider())))
        .with_no_client_auth();
    let name = ServerName::from(address.ip());
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream);
    let stream = stream.await.map_err(|error| format!("it does not speak TLS ({error})"))?;
    let shown = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first()).cloned();
    let facts = Facts::from_der(&shown.ok_or("it shows no certificate")?)?;
    healthy(stream).await.map(|()| Some(facts))
}

async fn healthy(mut stream: impl AsyncReadExt + AsyncWriteExt + Unpin) -> Result<(), String> {
    let broken = |error: std::io::Error| format!("it broke off ({error})");
    let request = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request).await.map_err(broken)?;
    let mut head = [0; 12];
    stream.read_exact(&mut head).await.map_err(broken)?;
    match &head {
        b"HTTP/1.1 200" => Ok(()),
        other => Err(format!("it answered {:?}, not \"200\"", String::from_utf8_lossy(other))),
    }
}

/// Takes every certificate: what is shown is only looked at.
#[derive(Debug)]
struct Anything(Arc<CryptoProvider>);

impl ServerCertVerifier for Anything {
    fn verify_server_cert(
        &self,
        _shown: &CertificateDer<'_>,
        _chain: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, shown, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, shown, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
