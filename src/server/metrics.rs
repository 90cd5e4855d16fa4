//! A port of its own for the metrics (`server.metrics_listen`), for who gathers them: plain HTTP, no credential, nothing else.
use crate::app::App;
use crate::error::{self, Error};
use crate::http::ResponseBody;
use crate::http::guard;
use crate::http::reply::Reply;
use crate::limits;
use crate::query;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// How long accepting pauses when the system has no file left to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Answers for ever.
pub(super) async fn serve(app: Arc<App>, listener: TcpListener) {
    let places = Arc::new(Semaphore::new(limits::METRICS_CONNECTIONS_MAX));
    loop {
        // Whoever comes beyond them waits in the system's queue.
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let app = app.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(app.clone(), request));
            let mut builder = hyper::server::conn::http1::Builder::new();
            builder.timer(TokioTimer::new()).header_read_timeout(limits::HEADER_TIMEOUT);
            // Who breaks off has their reason.
            let _ = builder.serve_connection(TokioIo::new(stream), service).await;
            drop(place);
        });
    }
}

async fn answer(app: Arc<App>, request: Request<Incoming>) -> Result<Response<ResponseBody>, Infallible> {
    let reply = match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, "/metrics") => match query::open_figures(&app).await {
            Ok(text) => Reply::metrics(text),
            Err(Error::Refused(refusal)) => Reply::problem(&refusal),
            Err(Error::Fault(fault)) => {
                tracing::error!(%fault, "the metrics could not be read");
                Reply::problem(&error::busy())
            }
        },
        (_, "/metrics") => Reply::method_not_allowed("GET, HEAD"),
        _ => Reply::problem(&error::not_found()),
    };
    let mut response = reply.into_response();
    guard::add_headers(response.headers_mut(), None);
    Ok(response)
}
