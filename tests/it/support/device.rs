//! An authenticator made of software: it makes passkeys and signs challenges, and lies where a story tells it to.
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::rsa;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub struct Device {
    key: Key,
    pub credential: Vec<u8>,
    pub handle: Vec<u8>,
    pub count: u32,
}

pub enum Key {
    Es256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rs256(Box<RsaKeyPair>),
}

/// What the device, or the browser before it, says; a story changes it to see it refused.
#[derive(Clone)]
pub struct Says {
    pub kind: &'static str,
    pub challenge: String,
    pub origin: String,
    pub host: String,
    pub cross_origin: bool,
    pub flags: u8,
    pub spoils_signature: bool,
}

pub const PRESENT: u8 = 0x01;
pub const VERIFIED: u8 = 0x04;
const MADE: u8 = 0x40;

impl Says {
    /// The truth: an answer to these options, from a page of `origin`.
    pub fn truly(kind: &'static str, options: &Value, origin: &str) -> Says {
        let asked = &options["publicKey"];
        let host = asked["rp"]["id"].as_str().or(asked["rpId"].as_str()).unwrap();
        Says {
            kind,
            challenge: asked["challenge"].as_str().unwrap().to_owned(),
            origin: origin.to_owned(),
            host: host.to_owned(),
            cross_origin: false,
            flags: PRESENT | VERIFIED,
            spoils_signature: false,
        }
    }

    fn client_data(&self) -> Vec<u8> {
        let said = json!({"type": self.kind, "challenge": self.challenge, "origin": self.origin, "crossOrigin": self.cross_origin});
        said.to_string().into_bytes()
    }

    fn device_data(&self, made: bool, count: u32) -> Vec<u8> {
        let flags = self.flags | if made { MADE } else { 0 };
        [&Sha256::digest(self.host.as_bytes())[..], &[flags], &count.to_be_bytes()].concat()
    }
}

impl Device {
    pub fn new(key: Key) -> Device {
        let mut credential = vec![0; 32];
        getrandom::fill(&mut credential).unwrap();
        Device { key, credential, handle: Vec::new(), count: 0 }
    }

    pub fn es256() -> Device {
        let random = SystemRandom::new();
        let bytes = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, bytes.as_ref(), &random).unwrap();
        Device::new(Key::Es256(pair))
    }

    pub fn ed25519() -> Device {
        let bytes = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Device::new(Key::Ed25519(Ed25519KeyPair::from_pkcs8(bytes.as_ref()).unwrap()))
    }

    pub fn rs256() -> Device {
        Device::new(Key::Rs256(Box::new(RsaKeyPair::from_pkcs8(include_bytes!("rsa.pk8")).unwrap())))
    }

    /// Makes a passkey.
    pub fn makes(&mut self, options: &Value, says: &Says) -> Value {
        self.handle = decoded(&options["publicKey"]["user"]["id"]);
        let mut data = says.device_data(true, self.count);
        data.extend_from_slice(&[0; 16]);
        data.extend_from_slice(&(self.credential.len() as u16).to_be_bytes());
        data.extend_from_slice(&self.credential);
        data.extend_from_slice(&self.cose());
        // {"fmt": "none", "attStmt": {}, "authData": …}
        let mut attestation = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData".to_vec();
        attestation.push(0x59);
        attestation.extend_from_slice(&(data.len() as u16).to_be_bytes());
        attestation.extend_from_slice(&data);
        let response = json!({
            "clientDataJSON": encoded(&says.client_data()),
            "attestationObject": encoded(&attestation),
            "transports": ["internal", "carrier-pigeon"],
        });
        json!({"id": encoded(&self.credential), "type": "public-key", "response": response, "clientExtensionResults": {}})
    }

    /// Signs a challenge.
    pub fn signs(&mut self, says: &Says) -> Value {
        self.count += 1;
        let (client, data) = (says.client_data(), says.device_data(false, self.count));
        let message = [&data[..], &Sha256::digest(&client)].concat();
        let mut signature = self.signature(&message);
        if says.spoils_signature {
            let last = signature.len() - 1;
            signature[last] ^= 1;
        }
        let response = json!({
            "clientDataJSON": encoded(&client),
            "authenticatorData": encoded(&data),
            "signature": encoded(&signature),
            "userHandle": encoded(&self.handle),
        });
        let id = encoded(&self.credential);
        json!({"id": id, "rawId": id, "type": "public-key", "authenticatorAttachment": "platform", "response": response})
    }

    fn signature(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.key {
            Key::Es256(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Key::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Key::Rs256(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap();
                signature
            }
        }
    }

    fn cose(&self) -> Vec<u8> {
        match &self.key {
            Key::Es256(pair) => {
                let point = pair.public_key().as_ref();
                let head = b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20";
                [&head[..], &point[1..33], b"\x22\x58\x20", &point[33..]].concat()
            }
            Key::Ed25519(pair) => {
                [&b"\xa4\x01\x01\x03\x27\x20\x06\x21\x58\x20"[..], pair.public_key().as_ref()].concat()
            }
            Key::Rs256(pair) => {
                let public = rsa::PublicKeyComponents::<Vec<u8>>::from(pair.public());
                let length = (public.n.len() as u16).to_be_bytes();
                [&b"\xa4\x01\x03\x03\x39\x01\x00\x20\x59"[..], &length, &public.n, b"\x21\x43", &public.e].concat()
            }
        }
    }
}

pub fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decoded(text: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text.as_str().unwrap()).unwrap()
}
