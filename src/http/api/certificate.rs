//! The certificate, for those who look after the server.
use crate::error::Result;
use crate::http::ask::Ask;
use crate::http::reply::Reply;
use crate::wire::Certificate;
use crate::{command, query};

pub async fn show(ask: Ask) -> Result<Reply> {
    ask.no_query()?;
    let state = query::certificate(&ask.app, &ask.who()?).await?;
    Ok(Reply::ok(&Certificate::new(&state)))
}

pub async fn renew(ask: Ask) -> Result<Reply> {
    let state = command::renew_certificate(&ask.app, &ask.who()?).await?;
    Ok(Reply::ok(&Certificate::new(&state)))
}

/// What is said of these routes to programs.
#[cfg(test)]
pub fn contract() -> crate::http::contract::Section {
    use crate::http::contract::{Section, route};
    Section {
        name: "Certificate",
        about: "What browsers see of this server, and whether it is renewed in time.",
        routes: vec![
            route("GET /api/v1/admin/certificate", "The certificate")
                .gives::<Certificate>(200, "How it is")
                .says(403, "forbidden")
                .says(409, "no_certificate"),
            route("POST /api/v1/admin/certificate/renew", "A new certificate now")
                .details(
                    "Makes or orders one, or reads the operator's files again. An order may take longer than the answer: \
                     then `renewing` is true in it. One that failed is told by `last_error`; the old one stays.",
                )
                .gives::<Certificate>(200, "How it is now")
                .says(403, "forbidden")
                .says(409, "no_certificate"),
        ],
    }
}
