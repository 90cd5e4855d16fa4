//! The raw side of a socket: pre-encoded frames go out in one write, tungstenite does the rest.
use crate::hub::Close;
use crate::stream::Stream;
use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt, StreamExt};
use hyper_util::rt::TokioIo;
use std::io;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, error::CapacityError};

/// FACTS: tungstenite's default of 128 KiB costs as much on every connection.
const READ_BUFFER_BYTES: usize = 1024;
/// What is copied together into one write.
const WRITE_BYTES: usize = 64 * 1024;
/// How long the other side may take to close after we did.
const CLOSE_WAIT: Duration = Duration::from_secs(1);

/// A WebSocket, from the upgrade to the close.
pub struct Socket {
    inner: WebSocketStream<Stream>,
}

impl Socket {
    /// Takes the connection over from hyper, with what it had read already. `max`: bytes of a message.
    pub async fn take(upgraded: hyper::upgrade::Upgraded, max: usize) -> Option<Socket> {
        let parts = hyper_util::server::conn::auto::upgrade::downcast::<TokioIo<Stream>>(upgraded).ok()?;
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(0)
            .max_message_size(Some(max))
            .max_frame_size(Some(max));
        let stream = parts.io.into_inner();
        let inner =
            WebSocketStream::from_partially_read(stream, parts.read_buf.to_vec(), Role::Server, Some(config)).await;
        Some(Socket { inner })
    }

    /// The next message; None at the end, the close to answer with if the client broke the rules.
    pub async fn next(&mut self) -> Option<Result<Message, Close>> {
        let message = self.inner.next().await?;
        Some(message.map_err(|error| match error {
            Error::Capacity(CapacityError::MessageTooLong { .. }) => Close::TOO_LARGE,
            Error::Utf8(_) => Close { code: 1007, reason: "not UTF-8" },
            _ => Close { code: 1002, reason: "protocol error" },
        }))
    }

    /// Writes frames, many in one write. Once begun it must end, or the connection is of no use any more.
    pub async fn write(&mut self, frames: &[Bytes]) -> io::Result<()> {
        // What tungstenite holds (a pong) goes first, whole.
        self.inner.flush().await.map_err(io::Error::other)?;
        let stream = self.inner.get_mut();
        let mut together = BytesMut::new();
        for (number, frame) in frames.iter().enumerate() {
            if frames.len() == 1 || frame.len() > WRITE_BYTES {
                stream.write_all(&together.split()).await?;
                stream.write_all(frame).await?;
                continue;
            }
            together.extend_from_slice(frame);
            if together.len() >= WRITE_BYTES || number + 1 == frames.len() {
                stream.write_all(&together.split()).await?;
            }
        }
        stream.write_all(&together).await?;
        stream.flush().await
    }

    pub async fn ping(&mut self) -> io::Result<()> {
        self.inner.send(Message::Ping(Bytes::new())).await.map_err(io::Error::other)
    }

    /// Says why, and waits a moment for the other side to have heard it.
    pub async fn close(mut self, close: Close) {
        let frame = CloseFrame { code: CloseCode::from(close.code), reason: close.reason.into() };
        let goodbye = async {
            self.inner.send(Message::Close(Some(frame))).await?;
            while let Some(Ok(_)) = self.inner.next().await {}
            Ok::<(), Error>(())
        };
        // Who does not answer is closed all the same.
        let _ = tokio::time::timeout(CLOSE_WAIT, goodbye).await;
    }
}
