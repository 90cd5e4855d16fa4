//! One order, from the account to the certificate, with every way to prove a name tried once.
use super::client::Client;
use super::failure::{said, word};
use super::{ACCOUNT, Acme, Challenges, Failure, Kind, Leaf, millis};
use crate::clock::Millis;
use crate::config::Proof;
use crate::limits;
use crate::store::disk;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, CertificateIdentifier, ChallengeType, Error, ExternalAccountKey,
    Identifier, NewAccount, NewOrder, Order, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, DistinguishedName, KeyPair};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// What was brought home.
pub(in crate::tls) struct Ordered {
    /// The key, then the chain.
    pub(in crate::tls) pem: String,
    pub(in crate::tls) by: Proof,
}

/// An account as it is kept, and what it was made for.
#[derive(Serialize, Deserialize)]
struct Kept {
    directory: String,
    email: Option<String>,
    external: Option<String>,
    account: AccountCredentials,
}

impl Acme {
    /// Orders a certificate. `before` is the one that it follows.
    pub(in crate::tls) async fn order(
        &self,
        challenges: &Challenges,
        public: &RootCertStore,
        before: Option<&Leaf>,
    ) -> Result<Ordered, Failure> {
        let client = self.client(public)?;
        let ordered = async {
            // The client tries each request three times by itself; a busy authority may spoil more than that.
            for _ in 1..limits::ACME_STALE_TRIES {
                match self.order_by_any(&client, challenges, before).await {
                    Err(failure) if failure.kind == Kind::Stale => {}
                    outcome => return outcome,
                }
            }
            self.order_by_any(&client, challenges, before).await
        };
        let ordered = tokio::time::timeout(limits::ACME_ORDER_TIMEOUT, ordered);
        let ordered = ordered.await.unwrap_or_else(|_| Err(Failure::new(Kind::Unreachable, "It took too long.")));
        challenges.clear();
        ordered.map_err(|failure| Failure { come_again: client.come_again(), ..failure })
    }

    /// When the authority advises to renew a certificate: a moment of the window that it names, chosen once (RFC 9773).
    /// Nothing, where it gives no advice.
    pub(in crate::tls) async fn advice(&self, public: &RootCertStore, leaf: &Leaf) -> Result<Option<Millis>, Failure> {
        let der = CertificateDer::from(leaf.der());
        let Ok(id) = CertificateIdentifier::try_from(&der) else { return Ok(None) };
        let Some(kept) = self.kept_account().await? else { return Ok(None) };
        let builder = Account::builder_with_http(Box::new(self.client(public)?));
        let account = builder.from_credentials(kept.account).await.map_err(|error| Failure::of(&error))?;
        match account.renewal_info(&id).await {
            Ok((info, _)) => {
                let (from, to): (SystemTime, SystemTime) =
                    (info.suggested_window.start.into(), info.suggested_window.end.into());
                let span = to.duration_since(from).unwrap_or_default();
                Ok(Some(millis(from + span.mul_f64(super::chance(leaf)))))
            }
            Err(Error::Unsupported(_)) => Ok(None),
            Err(error) => Err(Failure::of(&error)),
        }
    }

    fn client(&self, public: &RootCertStore) -> Result<Client, Failure> {
        let mut roots = public.clone();
        if let Some(path) = &self.wanted.root {
            let unusable = |why: String| Failure::new(Kind::Unproven, format!("acme.root: {} {why}", path.display()));
            let root =
                CertificateDer::from_pem_file(path).map_err(|error| unusable(format!("is not used: {error}")))?;
            roots.add(root).map_err(|error| unusable(format!("is not used: {error}")))?;
        }
        Client::new(roots).map_err(|error| Failure::new(Kind::Unreachable, error.to_string()))
    }

    async fn order_by_any(
        &self,
        client: &Client,
        challenges: &Challenges,
        before: Option<&Leaf>,
    ) -> Result<Ordered, Failure> {
        let account = self.account(client).await?;
        let mut last =
            Failure::new(Kind::Unproven, "There is no way to prove a name: no listener is on port 80 or 443.");
        for proof in &self.wanted.proofs {
            match self.order_by(&account, challenges, before, *proof).await {
                Ok(pem) => return Ok(Ordered { pem, by: *proof }),
                // Only what the authority looked at and did not find may be found the other way.
                Err(Attempt::Unproven(failure)) => {
                    tracing::info!(proof = proof.word(), "the authority found no proof: {}", failure.why);
                    last = failure;
                }
                Err(Attempt::Over(failure)) => return Err(failure),
            }
            challenges.clear();
        }
        Err(last)
    }

    async fn order_by(
        &self,
        account: &Account,
        challenges: &Challenges,
        before: Option<&Leaf>,
        proof: Proof,
    ) -> Result<String, Attempt> {
        let names: Vec<Identifier> = self.wanted.names.iter().cloned().map(Identifier::Dns).collect();
        let mut order = placed(account, &names, before).await?;
        if !prove(&mut order, challenges, proof).await? {
            return Err(Attempt::Unproven(Failure::new(Kind::Unproven, "The authority offers no such proof.")));
        }
        match order.poll_ready(&patience()).await {
            Ok(OrderStatus::Ready) => {}
            Ok(_) => return Err(Attempt::Unproven(why_not(&mut order, None).await)),
            Err(Error::Api(problem)) if word(&problem) != "badNonce" => {
                return Err(Attempt::Unproven(why_not(&mut order, Some(said(&problem))).await));
            }
            Err(error) => return Err(error.into()),
        }
        let broken = |error: rcgen::Error| Attempt::Over(Failure::new(Kind::Unproven, error.to_string()));
        let key = KeyPair::generate().map_err(broken)?;
        let mut params = CertificateParams::new(self.wanted.names.clone()).map_err(broken)?;
        params.distinguished_name = DistinguishedName::new();
        let request = params.serialize_request(&key).map_err(broken)?;
        order.finalize_csr(request.der()).await?;
        let chain = order.poll_certificate(&patience()).await?;
        let pem = format!("{}{chain}", key.serialize_pem());
        let useless = |why: String| Attempt::Over(Failure::new(Kind::Unproven, format!("The new certificate {why}")));
        let leaf = Leaf::from_pem(pem.as_bytes(), pem.as_bytes()).map_err(useless)?;
        match self.wanted.names.iter().find(|name| !leaf.is_for(name)) {
            Some(name) => Err(useless(format!("is not for {name}."))),
            None => Ok(pem),
        }
    }

    /// The account that is kept, if it is one for what is configured; else a new one. The terms of service are agreed to:
    /// whoever sets `tls = "acme"` is told so beside it.
    async fn account(&self, client: &Client) -> Result<Account, Failure> {
        if let Some(kept) = self.kept_account().await? {
            let builder = Account::builder_with_http(Box::new(client.clone()));
            let account = builder.from_credentials(kept.account).await.map_err(|error| Failure::of(&error))?;
            let contact: Vec<String> = self.wanted.email.iter().map(|email| format!("mailto:{email}")).collect();
            let contact: Vec<&str> = contact.iter().map(String::as_str).collect();
            let is_known = match account.update_contacts(&contact).await {
                Ok(()) => true,
                Err(Error::Api(problem)) => !matches!(word(&problem), "accountDoesNotExist" | "unauthorized"),
                Err(error) => return Err(Failure::of(&error)),
            };
            if is_known {
                return Ok(account);
            }
            tracing::warn!("the authority does not know the account any more; another one is made");
        }
        self.new_account(client).await
    }

    async fn new_account(&self, client: &Client) -> Result<Account, Failure> {
        let contact: Vec<String> = self.wanted.email.iter().map(|email| format!("mailto:{email}")).collect();
        let contact: Vec<&str> = contact.iter().map(String::as_str).collect();
        let new = NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
        let external = self.external().await?;
        let builder = Account::builder_with_http(Box::new(client.clone()));
        let made = builder.create(&new, self.wanted.directory.clone(), external.as_ref()).await;
        let (account, credentials) = made.map_err(|error| Failure::of(&error))?;
        let kept = Kept {
            directory: self.wanted.directory.clone(),
            email: self.wanted.email.clone(),
            external: self.wanted.external.as_ref().map(|(id, _)| id.clone()),
            account: credentials,
        };
        let json = serde_json::to_vec_pretty(&kept).map_err(|error| Failure::new(Kind::Unproven, error.to_string()))?;
        let folder = self.folder.clone();
        on_disk(move || disk::write(&folder, ACCOUNT, json)).await?;
        Ok(account)
    }

    async fn kept_account(&self) -> Result<Option<Kept>, Failure> {
        let path = self.folder.join(ACCOUNT);
        let json = on_disk(move || disk::read(&path)).await?;
        let kept = json.and_then(|json| serde_json::from_slice::<Kept>(&json).ok());
        let external = self.wanted.external.as_ref().map(|(id, _)| id.as_str());
        Ok(kept.filter(|kept| kept.directory == self.wanted.directory && kept.external.as_deref() == external))
    }

    /// The account at the authority that the new one belongs to.
    async fn external(&self) -> Result<Option<ExternalAccountKey>, Failure> {
        let Some((id, path)) = self.wanted.external.clone() else { return Ok(None) };
        let unusable = |path: &Path, why: &str| {
            Failure::new(Kind::Unproven, format!("acme.eab_key_file: {} {why}", path.display()))
        };
        let read = {
            let path = path.clone();
            tokio::task::spawn_blocking(move || std::fs::read_to_string(path)).await
        };
        let text = match read {
            Ok(Ok(text)) => text,
            Ok(Err(error)) => return Err(unusable(&path, &format!("cannot be read: {error}"))),
            Err(error) => return Err(unusable(&path, &format!("cannot be read: {error}"))),
        };
        let key = URL_SAFE_NO_PAD.decode(text.trim().trim_end_matches('='));
        let key = key.map_err(|_| unusable(&path, "holds no key in base64url"))?;
        Ok(Some(ExternalAccountKey::new(id, &key)))
    }
}

/// Why one way to prove a name led nowhere.
enum Attempt {
    /// Another way may.
    Unproven(Failure),
    Over(Failure),
}

impl From<Error> for Attempt {
    fn from(error: Error) -> Self {
        Attempt::Over(Failure::of(&error))
    }
}

/// An order that says which certificate it follows, where the authority wants to know; else one that does not.
async fn placed(account: &Account, names: &[Identifier], before: Option<&Leaf>) -> Result<Order, Error> {
    if let Some(leaf) = before {
        let der = CertificateDer::from(leaf.der());
        if let Ok(id) = CertificateIdentifier::try_from(&der)
            && let Ok(order) = account.new_order(&NewOrder::new(names).replaces(id)).await
        {
            return Ok(order);
        }
    }
    account.new_order(&NewOrder::new(names)).await
}

/// Shows the proof of each name that needs one, and says so. Not done, if one cannot be proven so.
async fn prove(order: &mut Order, challenges: &Challenges, proof: Proof) -> Result<bool, Attempt> {
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        match authorization.status {
            AuthorizationStatus::Valid => continue,
            AuthorizationStatus::Pending => {}
            _ => return Ok(false),
        }
        let name = authorization.identifier().to_string();
        let kind = match proof {
            Proof::Http => ChallengeType::Http01,
            Proof::Alpn => ChallengeType::TlsAlpn01,
        };
        let Some(mut challenge) = authorization.challenge(kind) else { return Ok(false) };
        let key = challenge.key_authorization();
        match proof {
            Proof::Http => challenges.put_answer(&challenge.token, key.as_str()),
            Proof::Alpn => challenges
                .put_certificate(&name, key.digest().as_ref())
                .map_err(|error| Attempt::Over(Failure::new(Kind::Unproven, error.to_string())))?,
        }
        challenge.set_ready().await?;
    }
    Ok(true)
}

/// What the authority says of the names that it found no proof for.
async fn why_not(order: &mut Order, otherwise: Option<String>) -> Failure {
    let mut why = Vec::new();
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        if authorization.refresh().await.is_err() {
            continue;
        }
        let name = authorization.identifier().to_string();
        let problems = authorization.challenges.iter().filter_map(|challenge| challenge.error.as_ref());
        why.extend(problems.map(|problem| format!("{name}: {}", said(problem))));
    }
    if why.is_empty() {
        why.push(otherwise.unwrap_or_else(|| "The authority found no proof.".to_owned()));
    }
    Failure::new(Kind::Unproven, why.join(" "))
}

fn patience() -> RetryPolicy {
    RetryPolicy::new().initial_delay(Duration::from_millis(500)).backoff(1.5).timeout(limits::ACME_WAIT)
}

async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> crate::error::Result<T> + Send + 'static,
) -> Result<T, Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(Failure::new(Kind::Unproven, error.to_string())),
        Err(error) => Err(Failure::new(Kind::Unproven, error.to_string())),
    }
}
