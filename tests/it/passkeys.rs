//! Passkeys: made, used and taken away; and everything about one that may be a lie.
use crate::support::device::{Device, PRESENT, Says, VERIFIED, encoded};
use crate::support::{Answer, PASSWORD, Person, World};
use serde_json::{Value, json};

/// A browser that knows the server by its name: passkeys do not work with addresses.
struct Browser {
    world: World,
    host: String,
    origin: String,
}

impl Browser {
    async fn new() -> Browser {
        let world = World::new().await;
        let host = format!("localhost:{}", world.door.address.port());
        Browser { origin: format!("http://{host}"), host, world }
    }

    async fn asks(&self, cookie: &str, method: &str, path: &str, body: Value) -> Answer {
        let headers = [
            ("host", self.host.as_str()),
            ("origin", &self.origin),
            ("cookie", cookie),
            ("content-type", "application/json"),
        ];
        self.world.door.call(method, &format!("/api/v1{path}"), &headers, body.to_string()).await
    }

    async fn by(&self, person: &Person, path: &str, body: Value) -> Answer {
        self.asks(&person.cookie, "POST", path, body).await
    }

    async fn anonymous(&self, path: &str, body: Value) -> Answer {
        self.asks("", "POST", path, body).await
    }

    async fn makes(&self, person: &Person, device: &mut Device) -> Value {
        let options = self.by(person, "/me/passkeys/options", json!({})).await.is(200);
        let credential = device.makes(&options, &Says::truly("webauthn.create", &options, &self.origin));
        self.by(person, "/me/passkeys", json!({"id": options["id"], "name": "Laptop", "credential": credential}))
            .await
            .is(201)
    }

    /// A challenge to sign in, and what an honest browser says to it.
    async fn challenged(&self) -> (Value, Says) {
        let options = self.anonymous("/auth/passkey/options", json!({})).await.is(200);
        let says = Says::truly("webauthn.get", &options, &self.origin);
        (options["id"].clone(), says)
    }

    async fn signs_in(&self, device: &mut Device) -> Answer {
        let (id, says) = self.challenged().await;
        self.anonymous("/auth/passkey", json!({"id": id, "credential": device.signs(&says)})).await
    }
}

#[tokio::test]
async fn s19_a_passkey_signs_in_alone_and_a_password_needs_it_from_then_on() {
    let browser = Browser::new().await;
    let ann = browser.world.owner("ann").await;
    for mut device in [Device::es256(), Device::ed25519(), Device::rs256()] {
        let made = browser.makes(&ann, &mut device).await;
        assert_eq!((&made["passkey"]["name"], &made["passkey"]["host"]), (&json!("Laptop"), &json!("localhost")));
        let answer = browser.signs_in(&mut device).await;
        assert!(answer.cookie().is_some());
        assert_eq!(answer.is(200)["user"]["username"], "ann");
    }
    let factors = ann.get("/me/factors").await.is(200);
    assert_eq!((factors["passkeys"].as_array().unwrap().len(), &factors["recovery_codes_left"]), (3, &json!(10)));
    let body = json!({"username": "ann", "password": PASSWORD});
    let asked = browser.anonymous("/auth/login", body.clone()).await;
    assert_eq!(asked.json()["methods"], json!(["passkey", "recovery"]));
    asked.refused(401, "code_needed");
    // By its address the server has no use for a passkey.
    assert_eq!(browser.world.post("/auth/login", body).await.json()["methods"], json!(["recovery"]));
    ann.post("/me/passkeys/options", json!({})).await.refused(422, "passkey_needs_name");
}

#[tokio::test]
async fn s19_a_passkey_is_a_second_factor_beside_a_password() {
    let browser = Browser::new().await;
    let ann = browser.world.owner("ann").await;
    let mallory = browser.world.person("mallory").await;
    let (mut hers, mut foreign) = (Device::es256(), Device::es256());
    browser.makes(&ann, &mut hers).await;
    browser.makes(&mallory, &mut foreign).await;
    let log_in = async |device: &mut Device| {
        let (id, says) = browser.challenged().await;
        let passkey = json!({"id": id, "credential": device.signs(&says)});
        browser.anonymous("/auth/login", json!({"username": "ann", "password": PASSWORD, "passkey": passkey})).await
    };
    log_in(&mut foreign).await.refused(401, "passkey_refused");
    log_in(&mut hers).await.is(200);
}

/// What is not as it should be, and how it is said.
type Lie = (&'static str, fn(&mut Says));

#[tokio::test]
async fn s19_what_a_device_or_a_page_lies_about_is_refused() {
    let browser = Browser::new().await;
    let ann = browser.world.owner("ann").await;
    let mallory = browser.world.person("mallory").await;
    let mut device = Device::es256();
    browser.makes(&ann, &mut device).await;
    let lies: [Lie; 9] = [
        ("another origin", |says| says.origin = "https://evil.example".into()),
        ("another port", |says| says.origin = "http://localhost:1".into()),
        ("in a frame", |says| says.cross_origin = true),
        ("another server", |says| says.host = "evil.example".into()),
        ("another challenge", |says| says.challenge = encoded(&[7; 32])),
        ("a registration", |says| says.kind = "webauthn.create"),
        ("nobody was there", |says| says.flags = VERIFIED),
        ("nobody was recognised", |says| says.flags = PRESENT),
        ("a bad signature", |says| says.spoils_signature = true),
    ];
    for (name, lie) in lies {
        let (id, mut says) = browser.challenged().await;
        lie(&mut says);
        let answer = browser.anonymous("/auth/passkey", json!({"id": id, "credential": device.signs(&says)})).await;
        assert_eq!((answer.status.as_u16(), answer.json()["code"].as_str()), (401, Some("passkey_refused")), "{name}");
        assert!(answer.cookie().is_none());
    }
    // What was right once is not right twice.
    let (id, says) = browser.challenged().await;
    let body = json!({"id": id, "credential": device.signs(&says)});
    browser.anonymous("/auth/passkey", body.clone()).await.is(200);
    browser.anonymous("/auth/passkey", body).await.refused(409, "passkey_late");
    // Nor does an answer fit another question.
    let (_, says) = browser.challenged().await;
    let (other, _) = browser.challenged().await;
    let answer = browser.anonymous("/auth/passkey", json!({"id": other, "credential": device.signs(&says)})).await;
    answer.refused(401, "passkey_refused");
    // A copy that counts from the same place as the original.
    device.count -= 1;
    browser.signs_in(&mut device).await.is(200);
    device.count -= 1;
    browser.signs_in(&mut device).await.refused(401, "passkey_refused");
    device.count += 5;
    browser.signs_in(&mut device).await.is(200);
    // It says that it is somebody else's.
    device.handle = mallory.id.to_be_bytes().to_vec();
    browser.signs_in(&mut device).await.refused(401, "passkey_refused");
    browser.signs_in(&mut Device::es256()).await.refused(401, "passkey_refused");
}

#[tokio::test]
async fn s19_a_new_passkey_is_made_for_who_asked_and_once() {
    let browser = Browser::new().await;
    let ann = browser.world.owner("ann").await;
    let mallory = browser.world.person("mallory").await;
    let mut device = Device::es256();
    let asked = async |person: &Person| browser.by(person, "/me/passkeys/options", json!({})).await.is(200);
    let answer = async |person: &Person, options: &Value, credential: Value| {
        let body = json!({"id": options["id"], "name": "Laptop", "credential": credential});
        browser.by(person, "/me/passkeys", body).await
    };
    let says = |options: &Value| Says::truly("webauthn.create", options, &browser.origin);
    let options = asked(&ann).await;
    let credential = device.makes(&options, &says(&options));
    answer(&mallory, &options, credential).await.refused(409, "passkey_late");
    for lie in [
        Says { origin: "https://evil.example".into(), ..says(&asked(&ann).await) },
        Says { flags: PRESENT, ..says(&asked(&ann).await) },
    ] {
        let options = asked(&ann).await;
        let said = Says { challenge: options["publicKey"]["challenge"].as_str().unwrap().into(), ..lie };
        let credential = device.makes(&options, &said);
        answer(&ann, &options, credential).await.refused(422, "passkey_invalid");
    }
    let made = browser.makes(&ann, &mut device).await;
    assert_eq!(made["recovery_codes"].as_array().unwrap().len(), 10);
    // The browser is told what is there already, and the same one is not taken twice.
    let options = asked(&ann).await;
    assert_eq!(options["publicKey"]["excludeCredentials"][0]["id"], encoded(&device.credential));
    assert_eq!(options["publicKey"]["excludeCredentials"][0]["transports"], json!(["internal"]));
    let credential = device.makes(&options, &says(&options));
    answer(&ann, &options, credential).await.refused(409, "passkey_known");

    let path = format!("/me/passkeys/{}", made["passkey"]["id"]);
    mallory.patch(&path, json!({"name": "Mine"})).await.refused(404, "not_found");
    mallory.delete(&path).await.refused(404, "not_found");
    ann.patch(&path, json!({"name": ""})).await.refused(422, "invalid");
    assert_eq!(ann.patch(&path, json!({"name": "Work laptop"})).await.is(200)["name"], "Work laptop");
    browser.signs_in(&mut device).await.is(200);
    ann.delete(&path).await.is(204);
    browser.signs_in(&mut device).await.refused(401, "passkey_refused");
    browser.anonymous("/auth/login", json!({"username": "ann", "password": PASSWORD})).await.is(200);
}

#[tokio::test]
async fn s21_a_passkey_of_who_is_kept_out_opens_nothing() {
    let browser = Browser::new().await;
    let ann = browser.world.owner("ann").await;
    let bob = browser.world.person("bob").await;
    let mut device = Device::ed25519();
    browser.makes(&bob, &mut device).await;
    ann.patch(&format!("/admin/users/{}", bob.id), json!({"active": false})).await.is(200);
    browser.signs_in(&mut device).await.refused(401, "passkey_refused");
    ann.patch(&format!("/admin/users/{}", bob.id), json!({"active": true})).await.is(200);
    browser.signs_in(&mut device).await.is(200);
    ann.delete(&format!("/admin/users/{}", bob.id)).await.is(204);
    browser.signs_in(&mut device).await.refused(401, "passkey_refused");
}
