//! The command line's way in: through the socket where a server runs, else into the data folder itself. Both answer the same.
use super::{OPERATOR, SOCKET};
use crate::app::App;
use crate::config::Config;
use crate::error::{Error, Fault, Refusal, Result};
use crate::http::body::BodyError;
use crate::http::{self, RequestBody, ResponseBody};
use crate::limits;
use crate::names::Names;
use crate::store::backup;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::CONTENT_TYPE;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::Value;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::UnixStream;

/// Where requests go.
pub struct Door {
    way: Way,
}

enum Way {
    Socket(PathBuf),
    Inside(Arc<App>),
}

/// Whether a command may make a data folder that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folder {
    MayBeMade,
    MustExist,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Unanswered {
    /// The server said no.
    Refused(Problem),
    /// Nobody could be asked.
    Failed(Error),
}

/// A refusal as it came over the wire.
#[derive(Debug, Deserialize)]
pub struct Problem {
    pub status: u16,
    pub code: String,
    pub detail: String,
    pub field: Option<String>,
}

impl Door {
    /// Finds the server of a data folder, or opens the folder in its stead.
    ///
    /// # Errors
    /// A `Refusal` with the code `no_data`, `not_permitted`, or one of `Store::open`: `locked` means that another process
    /// has the folder and no socket yet, or not any more.
    pub async fn open(config: Config, folder: Folder) -> Result<Door> {
        if is_running(&config.data).await? {
            return Ok(Door { way: Way::Socket(config.data.join(SOCKET)) });
        }
        if folder == Folder::MustExist {
            need_data(&config.data)?;
        }
        let names = Names::of_machine(&config.server.hosts);
        Ok(Door { way: Way::Inside(App::start(config, names)?) })
    }

    /// Whether a server answers, and not this process.
    pub fn is_online(&self) -> bool {
        matches!(self.way, Way::Socket(_))
    }

    /// Asks, and gives the JSON of the answer; null where there is none.
    pub async fn ask(&self, method: Method, path: &str, json: Option<&Value>) -> Result<Value, Unanswered> {
        let bytes = collected(self.send(method, path, json).await?.into_body()).await?;
        match bytes.is_empty() {
            true => Ok(Value::Null),
            false => serde_json::from_slice(&bytes).map_err(|error| Fault::new(error).into()),
        }
    }

    /// Asks for something that may be large.
    pub async fn stream(&self, path: &str) -> Result<ResponseBody, Unanswered> {
        Ok(self.send(Method::GET, path, None).await?.into_body())
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        json: Option<&Value>,
    ) -> Result<Response<ResponseBody>, Unanswered> {
        let mut request = Request::builder().method(method).uri(path);
        let mut bytes = Bytes::new();
        if let Some(json) = json {
            request = request.header(CONTENT_TYPE, "application/json");
            bytes = json.to_string().into();
        }
        let body: RequestBody = Full::new(bytes).map_err(|never| -> BodyError { match never {} }).boxed_unsync();
        let request = request.body(body).map_err(Fault::new)?;
        let response = match &self.way {
            Way::Socket(socket) => {
                let silent =
                    |_| Refusal::new(503, "busy", "The server is there, but does not answer. Look at its log.");
                let answer = tokio::time::timeout(limits::OPERATOR_TIMEOUT, through(socket, request));
                answer.await.map_err(silent).map_err(Error::from)??
            }
            Way::Inside(app) => http::handle(app.clone(), OPERATOR, request).await,
        };
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let said = collected(response.into_body()).await?;
        Err(match serde_json::from_slice(&said) {
            Ok(problem) => Unanswered::Refused(problem),
            Err(_) => Fault(format!("the server answered {status}")).into(),
        })
    }
}

/// Whether a server has this data folder and answers.
///
/// # Errors
/// A `Refusal` with the code `not_permitted`, if the folder is somebody else's.
pub async fn is_running(data: &Path) -> Result<bool> {
    match UnixStream::connect(data.join(SOCKET)).await {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Err(not_ours(data).into()),
        // No socket, or one that a crash left behind.
        Err(_) => Ok(false),
    }
}

/// Refuses a folder that holds no server's data.
pub fn need_data(data: &Path) -> Result<()> {
    if backup::occupied(data) {
        return Ok(());
    }
    let detail = format!(
        "There is no Snug in {}. Name its data folder with --data DIR, or begin one: snug serve --data DIR",
        data.display()
    );
    Err(Refusal::new(404, "no_data", detail).into())
}

fn not_ours(data: &Path) -> Refusal {
    let detail = format!("The data folder {} is another user's. Run this as that user, or with sudo.", data.display());
    Refusal::new(403, "not_permitted", detail)
}

async fn through(socket: &Path, request: Request<RequestBody>) -> Result<Response<ResponseBody>> {
    let gone = |error: hyper::Error| Fault(format!("the server broke off: {error}"));
    let stream = UnixStream::connect(socket).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(gone)?;
    tokio::spawn(connection);
    let response = sender.send_request(request).await.map_err(gone)?;
    Ok(response.map(|body| {
        body.map_err(move |error| {
            // The connection lives as long as its sender, and so as long as this body.
            let _open = &sender;
            io::Error::other(gone(error))
        })
        .boxed_unsync()
    }))
}

async fn collected(body: ResponseBody) -> Result<Bytes> {
    Ok(body.collect().await?.to_bytes())
}

impl From<Error> for Unanswered {
    fn from(error: Error) -> Self {
        Unanswered::Failed(error)
    }
}

impl From<Fault> for Unanswered {
    fn from(fault: Fault) -> Self {
        Unanswered::Failed(fault.into())
    }
}
