//! Access tokens: what an API client shows for fifteen minutes (RFC 9068), signed by this server and read by nobody else. Our
//! own few lines on ring: one algorithm, one type, one issuer; nothing of what a token says of keys is believed (S24, S25).
pub mod refresh;

use super::signing::{Signing, SigningKey};
use crate::clock::Millis;
use crate::error::{Fault, Result};
use crate::id::{self, Id};
use crate::limits;
use crate::row::{Scope, Scopes};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Header {
    typ: String,
    alg: String,
    kid: String,
    /// Extensions that a reader must know. We know none.
    #[serde(default, skip_serializing)]
    crit: Option<serde::de::IgnoredAny>,
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The address under which it was asked for, and for which it is.
    pub iss: String,
    pub aud: String,
    /// The person.
    pub sub: String,
    pub client_id: String,
    pub iat: u64,
    pub exp: u64,
    pub nbf: u64,
    pub jti: String,
    pub scope: String,
    /// The session, which is looked up at each use.
    pub sid: String,
}

/// What a good token says, once it is known to be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub user: Id,
    pub session: Id,
    pub scopes: Scopes,
    pub issuer: String,
}

const TYPE: &str = "at+jwt";
const ALGORITHM: &str = "EdDSA";

/// A token for a session, from now on.
pub fn issue(key: &SigningKey, said: &Said, client: &str, now: Millis) -> Result<String> {
    let header = Header { typ: TYPE.into(), alg: ALGORITHM.into(), kid: key.id.clone(), crit: None };
    let now = now / 1_000;
    let claims = Claims {
        iss: said.issuer.clone(),
        aud: said.issuer.clone(),
        sub: said.user.to_string(),
        client_id: client.to_owned(),
        iat: now,
        exp: now + limits::TOKEN_LIFE_SECS,
        nbf: now,
        jti: id::secret::<16>(),
        scope: words(said.scopes),
        sid: said.session.to_string(),
    };
    let part = |json: serde_json::Result<Vec<u8>>| json.map(|json| URL_SAFE_NO_PAD.encode(json)).map_err(Fault::new);
    let signed = format!("{}.{}", part(serde_json::to_vec(&header))?, part(serde_json::to_vec(&claims))?);
    let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()));
    Ok(format!("{signed}.{signature}"))
}

/// What a token says, if it is one of ours and its time is now. Whether its session lives, and whether this server still
/// answers to its issuer's name, is asked next.
pub fn read(signing: &Signing, token: &str, now: Millis) -> Option<Said> {
    let claims = verified(signing, token)?;
    let now = now / 1_000;
    let is_now = now < claims.exp.saturating_add(limits::TOKEN_SKEW_SECS)
        && now.saturating_add(limits::TOKEN_SKEW_SECS) >= claims.nbf.max(claims.iat);
    if !is_now || claims.aud != claims.iss {
        return None;
    }
    let scopes = scopes(&claims.scope)?;
    Some(Said { user: claims.sub.parse().ok()?, session: claims.sid.parse().ok()?, scopes, issuer: claims.iss })
}

/// The claims of a token with a good signature of one of our keys.
fn verified(signing: &Signing, token: &str) -> Option<Claims> {
    if token.len() > limits::TOKEN_BYTES_MAX {
        return None;
    }
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let header: Header = part(header)?;
    if header.typ != TYPE || header.alg != ALGORITHM || header.crit.is_some() {
        return None;
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    if !signing.find(&header.kid)?.verifies(signed.as_bytes(), &signature) {
        return None;
    }
    part(claims)
}

fn part<T: for<'de> Deserialize<'de>>(text: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

/// Scopes as OAuth writes them: words with spaces between.
pub fn words(scopes: Scopes) -> String {
    scopes.iter().map(Scope::word).collect::<Vec<_>>().join(" ")
}

/// The scopes of such words; none if there is one that we do not know, or none at all.
pub fn scopes(words: &str) -> Option<Scopes> {
    let named = |word: &str| Scope::ALL.into_iter().find(|scope| scope.word() == word);
    let scopes: Scopes = words.split_ascii_whitespace().map(named).collect::<Option<_>>()?;
    (!scopes.is_empty()).then_some(scopes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::hmac;

    const NOW: Millis = 1_700_000_000_000;

    fn said() -> Said {
        let scopes = [Scope::Read, Scope::Write].into_iter().collect();
        Said { user: 7, session: 11, scopes, issuer: "https://chat.example".into() }
    }

    fn signing() -> (tempfile::TempDir, Signing) {
        let data = tempfile::tempdir().unwrap();
        let signing = Signing::open(data.path()).unwrap();
        (data, signing)
    }

    fn encoded(json: &str) -> String {
        URL_SAFE_NO_PAD.encode(json)
    }

    /// The token with another header or other claims, signed with the right key.
    fn forged(key: &SigningKey, token: &str, header: Option<&str>, claims: Option<&dyn Fn(&mut Claims)>) -> String {
        let mut parts = token.split('.');
        let (old_header, old_claims) = (parts.next().unwrap(), parts.next().unwrap());
        let header = header.map_or(old_header.to_owned(), encoded);
        let claims = claims.map_or(old_claims.to_owned(), |change| {
            let mut claims: Claims = part(old_claims).unwrap();
            change(&mut claims);
            encoded(&serde_json::to_string(&claims).unwrap())
        });
        let signed = format!("{header}.{claims}");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes())))
    }

    #[test]
    fn s24_a_token_says_what_rfc_9068_asks_for_and_is_read_again() {
        let (_data, signing) = signing();
        let key = signing.current(NOW).unwrap();
        let token = issue(&key, &said(), "walker", NOW).unwrap();
        assert_eq!(read(&signing, &token, NOW), Some(said()));
        let mut parts = token.split('.');
        let text = |part: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        let header = text(parts.next().unwrap());
        assert_eq!(header, format!(r#"{{"typ":"at+jwt","alg":"EdDSA","kid":"{}"}}"#, key.id));
        let claims: Claims = serde_json::from_str(&text(parts.next().unwrap())).unwrap();
        assert_eq!((claims.iss.as_str(), claims.aud.as_str()), ("https://chat.example", "https://chat.example"));
        assert_eq!((claims.sub.as_str(), claims.sid.as_str(), claims.client_id.as_str()), ("7", "11", "walker"));
        assert_eq!((claims.iat, claims.nbf, claims.exp), (NOW / 1_000, NOW / 1_000, NOW / 1_000 + 900));
        assert_eq!(claims.scope, "read write");
        assert_eq!(claims.jti.len(), 22);
    }

    #[test]
    fn s25_only_our_own_signature_counts() {
        let (_data, signing) = signing();
        let key = signing.current(NOW).unwrap();
        let token = issue(&key, &said(), "walker", NOW).unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let (_, claims) = signed.split_once('.').unwrap();
        let with = |header: &str| forged(&key, &token, Some(header), None);
        let header = |typ: &str, alg: &str, rest: &str| {
            with(&format!(r#"{{"typ":"{typ}","alg":"{alg}","kid":"{}"{rest}}}"#, key.id))
        };
        assert!(read(&signing, &header("at+jwt", "EdDSA", ""), NOW).is_some(), "the neighbour that is good");

        let none = format!("{}.{claims}.", encoded(&format!(r#"{{"typ":"at+jwt","alg":"none","kid":"{}"}}"#, key.id)));
        assert_eq!(read(&signing, &none, NOW), None, "alg none without a signature");
        assert_eq!(read(&signing, &header("at+jwt", "none", ""), NOW), None, "alg none with one");

        // The public key as the secret of an HMAC.
        let shared =
            format!("{}.{claims}", encoded(&format!(r#"{{"typ":"at+jwt","alg":"HS256","kid":"{}"}}"#, key.id)));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.public()), shared.as_bytes());
        assert_eq!(read(&signing, &format!("{shared}.{}", URL_SAFE_NO_PAD.encode(tag)), NOW), None, "HS256");

        for (typ, alg) in [("JWT", "EdDSA"), ("refresh+jwt", "EdDSA"), ("at+jwt", "eddsa"), ("at+jwt", "ES256")] {
            assert_eq!(read(&signing, &header(typ, alg, ""), NOW), None, "{typ} {alg}");
        }
        assert_eq!(read(&signing, &with(r#"{"alg":"EdDSA","kid":"x"}"#), NOW), None, "without a type");
        assert_eq!(read(&signing, &header("at+jwt", "EdDSA", r#","crit":["exp"]"#), NOW), None, "crit");

        // Another server's key under our key's name, under its own, and brought along in the header.
        let (_other_data, others) = self::signing();
        let other = others.current(NOW).unwrap();
        let foreign = |header: &str| forged(&other, &token, Some(header), None);
        let own_name = foreign(&format!(r#"{{"typ":"at+jwt","alg":"EdDSA","kid":"{}"}}"#, key.id));
        assert_eq!(read(&signing, &own_name, NOW), None, "another's signature");
        let other_name = foreign(&format!(r#"{{"typ":"at+jwt","alg":"EdDSA","kid":"{}"}}"#, other.id));
        assert_eq!(read(&signing, &other_name, NOW), None, "another's kid");
        let x = URL_SAFE_NO_PAD.encode(other.public());
        for brought in [
            format!(r#""jwk":{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#),
            r#""jku":"https://evil.example/jwks.json""#.to_owned(),
            r#""x5u":"https://evil.example/cert.pem""#.to_owned(),
        ] {
            let header = format!(r#"{{"typ":"at+jwt","alg":"EdDSA","kid":"{}",{brought}}}"#, key.id);
            assert_eq!(read(&signing, &foreign(&header), NOW), None, "{brought}");
            assert!(read(&signing, &with(&header), NOW).is_some(), "with our signature it is ignored: {brought}");
        }

        // Edited, cut, lengthened.
        let mut admin: Claims = part(claims).unwrap();
        admin.scope = "read write admin".into();
        let edited = encoded(&serde_json::to_string(&admin).unwrap());
        let head = signed.split_once('.').unwrap().0;
        assert_eq!(read(&signing, &format!("{head}.{edited}.{signature}"), NOW), None, "an edited payload");
        for wrong in ["", ".", "..", "...", "a.b.c", signed, &format!("{token}."), &format!("{token}="), &token[1..]] {
            assert_eq!(read(&signing, wrong, NOW), None, "{wrong}");
        }
        assert_eq!(read(&signing, &format!("{token}{}", "A".repeat(5_000)), NOW), None);
    }

    #[test]
    fn s25_a_token_is_good_from_its_time_to_its_end_with_half_a_minute_for_clocks() {
        let (_data, signing) = signing();
        let key = signing.current(NOW).unwrap();
        let token = issue(&key, &said(), "walker", NOW).unwrap();
        let after = |secs: i64| read(&signing, &token, NOW.saturating_add_signed(secs * 1_000)).is_some();
        assert_eq!([-31, -30, 0, 900, 929, 930].map(after), [false, true, true, true, true, false]);
        let claims =
            |change: &dyn Fn(&mut Claims)| read(&signing, &forged(&key, &token, None, Some(change)), NOW).is_some();
        assert!(claims(&|_| {}), "the neighbour that is good");
        assert!(!claims(&|claims| claims.aud = "https://other.example".into()));
        assert!(!claims(&|claims| claims.nbf += 3_600));
        assert!(!claims(&|claims| claims.exp -= 3_600));
        assert!(!claims(&|claims| claims.sub = "ada".into()));
        assert!(!claims(&|claims| claims.sid = String::new()));
        assert!(!claims(&|claims| claims.scope = "read root".into()));
        assert!(!claims(&|claims| claims.scope = String::new()));
    }

    #[test]
    fn s24_a_refresh_token_is_no_access_token() {
        let (_data, signing) = signing();
        let family = refresh::family();
        let (token, hash) = refresh::make(&family);
        assert_eq!(read(&signing, &token, NOW), None);
        assert_eq!(refresh::read(&token), Some((family.clone(), id::secret_hash(&family), hash)));
        for wrong in ["", "snugr_", &token[1..], &token[..token.len() - 1], &format!("{token}a"), &"ä".repeat(46)] {
            assert_eq!(refresh::read(wrong), None, "{wrong}");
        }
    }
}
