//! Requests to an authority: HTTPS only, each on a connection of its own, bounded in time and bytes.
use crate::limits;
use crate::tls::provider;
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;

const AGENT: &str = concat!("snug/", env!("CARGO_PKG_VERSION"));

/// Cheap to clone; clones share what they were told.
#[derive(Clone)]
pub(super) struct Client {
    tls: TlsConnector,
    come_again: Arc<Mutex<Option<SystemTime>>>,
}

impl Client {
    pub(super) fn new(roots: RootCertStore) -> Result<Client, rustls::Error> {
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Client { tls: TlsConnector::from(Arc::new(config)), come_again: Arc::default() })
    }

    /// When the authority last said no, and said until when.
    pub(super) fn come_again(&self) -> Option<SystemTime> {
        *self.come_again.lock().expect("nothing panics while it holds this lock")
    }

    async fn asked(&self, request: Request<BodyWrapper<Bytes>>) -> Result<Response<Bytes>, String> {
        let uri = request.uri().clone();
        let host = host(&uri)?;
        let said = async {
            let stream = reached(&host, uri.port_u16().unwrap_or(443)).await?;
            let name = ServerName::try_from(host.clone()).map_err(|_| format!("{host} is no name"))?;
            let stream = self.tls.connect(name, stream).await.map_err(|error| format!("{host}: {error}"))?;
            exchanged(stream, request).await.map_err(|error| format!("{host}: {error}"))
        };
        let response = tokio::time::timeout(limits::ACME_REQUEST_TIMEOUT, said)
            .await
            .unwrap_or_else(|_| Err(format!("{host} does not answer")))?;
        if matches!(response.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            *self.come_again.lock().expect("nothing panics while it holds this lock") = retry_after(response.headers());
        }
        Ok(response)
    }
}

impl HttpClient for Client {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let client = self.clone();
        Box::pin(async move {
            let response = client.asked(request).await.map_err(|why| Error::Other(why.into()))?;
            let (parts, body) = response.into_parts();
            Ok(BytesResponse { parts, body: Box::new(body) })
        })
    }
}

/// Whom an address leads to.
fn host(uri: &Uri) -> Result<String, String> {
    match (uri.scheme_str(), uri.host()) {
        (Some("https"), Some(host)) => Ok(host.trim_start_matches('[').trim_end_matches(']').to_owned()),
        _ => Err(format!("{uri} is no address that begins with https://")),
    }
}

/// A connection to the first of a name's addresses that takes one: the way by IPv6 may be broken, or the one by IPv4.
async fn reached(host: &str, port: u16) -> Result<TcpStream, String> {
    let addresses = lookup_host((host, port)).await.map_err(|error| format!("{host} is not found: {error}"))?;
    let mut why = format!("{host} has no address");
    for address in addresses {
        match tokio::time::timeout(limits::ACME_CONNECT_TIMEOUT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => why = format!("{host} cannot be reached: {error}"),
            Err(_) => why = format!("{host} cannot be reached: {address} does not answer"),
        }
    }
    Err(why)
}

async fn exchanged(
    stream: tokio_rustls::client::TlsStream<TcpStream>,
    mut request: Request<BodyWrapper<Bytes>>,
) -> Result<Response<Bytes>, Box<dyn std::error::Error + Send + Sync>> {
    let authority = request.uri().authority().map(|authority| authority.as_str().to_owned()).unwrap_or_default();
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    *request.uri_mut() = path.parse()?;
    request.headers_mut().insert(header::HOST, HeaderValue::from_str(&authority)?);
    request.headers_mut().insert(header::USER_AGENT, HeaderValue::from_static(AGENT));
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let (parts, body) = sender.send_request(request).await?.into_parts();
    let body = Limited::new(body, limits::ACME_ANSWER_BYTES_MAX).collect().await?.to_bytes();
    connection.abort();
    Ok(Response::from_parts(parts, body))
}

/// Seconds, or a date (RFC 9110, 10.2.3).
fn retry_after(headers: &HeaderMap) -> Option<SystemTime> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let at = match text.parse() {
        Ok(secs) => SystemTime::now() + Duration::from_secs(secs).min(limits::ACME_RETRY_AFTER_MAX),
        Err(_) => httpdate::parse_http_date(text).ok()?,
    };
    Some(at.min(SystemTime::now() + limits::ACME_RETRY_AFTER_MAX))
}
