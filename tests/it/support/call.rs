//! Real HTTP: one request on a connection of its own, and its answer.
use super::{contract, soon};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

pub trait Line: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Line for T {}

/// Where a server is, and how it is reached.
#[derive(Clone)]
pub struct Door {
    pub address: SocketAddr,
    pub tls: Option<Arc<rustls::ClientConfig>>,
    /// By what name; else by the address.
    pub name: Option<&'static str>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Door {
    /// Without TLS.
    pub fn plain(address: SocketAddr) -> Door {
        Door { address, tls: None, name: None }
    }

    pub fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// This server's own origin, as a browser writes it.
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme(), self.address)
    }

    /// A connection, through TLS where the server speaks it.
    pub async fn line(&self) -> Box<dyn Line> {
        let stream = soon("a connection", TcpStream::connect(self.address)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        match &self.tls {
            None => Box::new(stream),
            Some(config) => {
                let address = ServerName::IpAddress(self.address.ip().into());
                let name = self.name.map_or(address, |name| name.try_into().unwrap());
                let connector = TlsConnector::from(config.clone());
                Box::new(soon("a TLS handshake", connector.connect(name, stream)).await.unwrap())
            }
        }
    }

    /// Asks. `Host` is the address unless `headers` say otherwise.
    pub async fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
        let mut request = Request::new(Full::new(body.into()));
        *request.method_mut() = method.parse().unwrap();
        *request.uri_mut() = path.parse().unwrap();
        let host = HeaderValue::from_str(&self.address.to_string()).unwrap();
        request.headers_mut().insert(header::HOST, host);
        for (name, value) in headers {
            let name: HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
        }
        let answered = async {
            let (mut sender, connection) = http1::handshake(TokioIo::new(self.line().await)).await.unwrap();
            let connection = tokio::spawn(connection);
            let (parts, body) = sender.send_request(request).await.unwrap().into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            connection.abort();
            Answer { status: parts.status, headers: parts.headers, body }
        };
        let answer = soon(&format!("an answer to {method} {path}"), answered).await;
        contract::check(method, path, &answer);
        answer
    }
}

impl Answer {
    /// The body as JSON; null if there is none.
    pub fn json(&self) -> Value {
        if self.body.is_empty() { Value::Null } else { serde_json::from_slice(&self.body).unwrap() }
    }

    /// What was asked for was done, with this status.
    #[track_caller]
    pub fn is(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self.json()
    }

    /// It was answered with this status, whatever it holds.
    #[track_caller]
    pub fn answered(self, status: u16) {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
    }

    /// It was refused, as RFC 9457 has it, with this status and code. The whole problem.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json");
        let problem = self.json();
        let mut names: Vec<&String> = problem.as_object().unwrap().keys().collect();
        // What a password needs beside it is told with how to show it.
        names.retain(|name| code != "code_needed" || *name != "methods");
        assert_eq!(names, ["code", "detail", "field", "status", "title", "type"]);
        assert_eq!(
            (problem["status"].as_u64(), problem["code"].as_str()),
            (Some(status.into()), Some(code)),
            "{problem}"
        );
        problem
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The cookie that was set: its name, its value and all that is said about it.
    pub fn cookie(&self) -> Option<(String, String, String)> {
        let line = self.header("set-cookie")?.to_owned();
        let (name, rest) = line.split_once('=')?;
        let value = rest.split(';').next()?.to_owned();
        Some((name.to_owned(), value, line.clone()))
    }
}
