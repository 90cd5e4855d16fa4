//! The server's own WebSocket layer with an echo behind it, so that a judge of the protocol can ask it anything.
//!
//! `cargo run --example echo` prints the port. Messages may be 64 MiB here, because the judge sends large ones.
use bytes::Bytes;
use http_body_util::Empty;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, header};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use snug::stream::Stream;
use snug::wire;
use snug::ws::Socket;
use std::convert::Infallible;
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

const MESSAGE_BYTES_MAX: usize = 64 * 1024 * 1024;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?.port());
    loop {
        let (stream, _) = listener.accept().await?;
        let io = TokioIo::new(Stream::plain(stream, Box::new(())));
        tokio::spawn(async move {
            let builder = Builder::new(TokioExecutor::new());
            // Who breaks the rules is closed, which is what is judged.
            let _ = builder.serve_connection_with_upgrades(io, service_fn(upgrade)).await;
        });
    }
}

async fn upgrade(mut request: Request<hyper::body::Incoming>) -> Result<Response<Empty<Bytes>>, Infallible> {
    let mut response = Response::new(Empty::new());
    let Some(key) = request.headers().get(header::SEC_WEBSOCKET_KEY) else {
        *response.status_mut() = StatusCode::UPGRADE_REQUIRED;
        return Ok(response);
    };
    let accept = derive_accept_key(key.as_bytes()).parse().expect("base64 is a header's value");
    tokio::spawn(echo(hyper::upgrade::on(&mut request)));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    response.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("Upgrade"));
    response.headers_mut().insert(header::UPGRADE, header::HeaderValue::from_static("websocket"));
    response.headers_mut().insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    Ok(response)
}

async fn echo(upgrade: hyper::upgrade::OnUpgrade) {
    let Ok(upgraded) = upgrade.await else { return };
    let Some(mut socket) = Socket::take(upgraded, MESSAGE_BYTES_MAX).await else { return };
    while let Some(message) = socket.next().await {
        let frame = match message {
            Ok(Message::Text(text)) => wire::frame(wire::TEXT, text.as_bytes()),
            Ok(Message::Binary(bytes)) => wire::frame(wire::BINARY, &bytes),
            Ok(_) => continue,
            Err(close) => return socket.close(close).await,
        };
        if socket.write(&[frame]).await.is_err() {
            return;
        }
    }
}
